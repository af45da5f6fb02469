"""What may go: files that no kept commit names, and what killed writers left behind."""

import fcntl
import re
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from zhiheng.errors import StoreError, UsageError
from zhiheng.evidence.lake import delta
from zhiheng.evidence.lake.commits import fault, locked
from zhiheng.evidence.lake.inventory import Entry, Inventory, ranges
from zhiheng.evidence.lake.store import GATE, VERIFYING, Lake
from zhiheng.evidence.snapshot import Workspace

LOG_FILE = re.compile(r"\d{20}\.(json|checkpoint.*\.parquet)|_last_checkpoint|\d{20}\.\d{20}\.compacted\.json")


@dataclass(frozen=True)
class Removal:
    """Commits that can no longer be read (first and last of each run), and the files that go with them."""

    commits: list[list[int]] = field(default_factory=list)
    files: int = 0
    size: int = 0


def vacuum(lake: Lake, *, keep_days: int, dry: bool = False) -> Removal:
    """Give up commits that are older than some days, except the one in force when they began, pins, and what is read now.

    A file that any other commit names stays. The giving up is a commit itself; then the files go.
    """
    if keep_days < 0:
        raise UsageError(f"{keep_days} days cannot be kept; name 0 or more")
    if dry:
        with locked(lake.readers / GATE):
            return removal(doomed(lake, Inventory().follow(lake.chain), keep_days=keep_days))
    # first whoever checks everything, then the writers: nobody who waits for a lock keeps others from theirs
    with locked(lake.readers / VERIFYING), ExitStack() as afterwards:
        with lake.change("vacuum", about={"keep_days": keep_days}) as change:
            afterwards.enter_context(locked(lake.readers / GATE))
            entries = doomed(lake, Inventory().follow(lake.chain), keep_days=keep_days)
            found = removal(entries)
            change.about |= {"gone": found.commits, "files": found.files, "bytes": found.size}
            if not entries:
                change.nothing()
        fault("vacuum-decided")
        remove(lake, [lake.root / entry.table / entry.file.path for entry in entries])
    sweep(lake)
    return found


def remove(lake: Lake, paths: list[Path]) -> None:
    """Remove files."""
    with delta.told(lake.root):
        for path in paths:
            path.unlink(missing_ok=True)
            fault("file-removed")


def doomed(lake: Lake, inventory: Inventory, *, keep_days: int) -> list[Entry]:
    """The files that no kept commit names, of those that are still there."""
    kept = kept_commits(lake, inventory, keep_days=keep_days)
    lost = set(range(1, inventory.number + 1)) - kept
    return [entry for entry in inventory.needed() if not inventory.is_needed(entry, but=lost)]


def kept_commits(lake: Lake, inventory: Inventory, *, keep_days: int) -> set[int]:
    """The commits of the last days, the one in force when these began, the last one, pins, and those that are read now."""
    if not inventory.number:
        return set()
    now = datetime.fromisoformat(lake.chain.now(lake.chain.last())[0])
    since = now - timedelta(days=keep_days)
    recent = {number for number, when in inventory.moments if datetime.fromisoformat(when) >= since}
    before = max((number for number, _ in inventory.moments if number not in recent), default=inventory.number)
    return recent | {before, inventory.number} | inventory.pinned | pins(lake) | read_now(lake)


def pins(lake: Lake) -> set[int]:
    """The commits that a file in the folder of pins names."""
    try:
        return {int(path.read_text(encoding="utf-8")) for path in lake.pins.glob("[!.]*")}
    except (OSError, ValueError) as error:
        raise StoreError(
            f"a pin in {lake.pins} is unreadable: {error}; it holds nothing but a commit's number"
        ) from error


def read_now(lake: Lake) -> set[int]:
    """The commits that somebody holds open; what a killed reader left is cleared away."""
    found = set()
    for path in lake.readers.glob("[0-9]*"):
        with path.open("a") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
            except BlockingIOError:
                found.add(int(path.name))
    return found


def removal(entries: list[Entry]) -> Removal:
    """What the removal of files means."""
    gone = {number for entry in entries for number in range(entry.born, entry.died or entry.born)}
    return Removal(ranges(gone), len(entries), sum(entry.file.size for entry in entries))


def sweep(lake: Lake) -> list[Path]:
    """Remove files that no readable commit names and what killed processes left; a running writer is waited for."""
    with locked(lake.root / "lock"):
        last = lake.chain.last()
        lake.recover(last)
        inventory = Inventory().follow(lake.chain)
        named = {lake.root / entry.table / entry.file.path for entry in inventory.needed()}
        loose = [path for path in lake.root.glob("*/month=*/*") if path not in named]
        loose += [
            path for path in lake.root.glob(f"*/{delta.LOG}/*") if path.is_file() and not LOG_FILE.fullmatch(path.name)
        ]
        loose += list(lake.chain.folder.glob(".*"))
        remove(lake, loose)
        Workspace(lake.root).sweep()
    return loose
