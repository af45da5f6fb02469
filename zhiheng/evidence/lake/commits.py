"""The chain of commits: numbered files, each with the checksum of the one before, none ever written twice."""

import errno
import fcntl
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, date, datetime, timedelta, timezone
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

from zhiheng.errors import StoreError
from zhiheng.evidence.snapshot import settle, store_json

# one time for the whole country (UTC+8, no summer time): the day of a commit does not depend on the machine's settings
ZONE = timezone(timedelta(hours=8))
HEAD = "head.json"
LONG_SLEEP = 3600


@dataclass(frozen=True)
class File:
    """A Parquet file as it was registered: its place under the table's folder, and everything needed to know it again."""

    path: str
    size: int
    rows: int
    sha256: str
    digests: dict[str, list[Any]]  # delivery → [rows, content digest in hexadecimal]
    stats: dict[str, Any]


@dataclass(frozen=True)
class Commit:
    """One change of the lake, and the versions of all tables after it."""

    number: int = 0
    kind: str = ""
    when: str = ""
    about: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    added: dict[str, list[File]] = field(default_factory=dict)
    removed: dict[str, list[str]] = field(default_factory=dict)
    clock: str = ""
    previous_sha256: str = ""

    @property
    def moment(self) -> datetime:
        """When the commit was made."""
        return datetime.fromisoformat(self.when) if self.when else datetime.min.replace(tzinfo=UTC)


class Chain:
    """The commit files of a lake."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, number: int) -> Path:
        """The file of a commit."""
        return self.folder / f"{number:010}.json"

    def numbers(self) -> list[int]:
        """The numbers of the commit files that are there."""
        return sorted(int(path.stem) for path in self.folder.glob("[0-9]" * 10 + ".json"))

    def hint(self) -> tuple[int, str]:
        """What the head file says: a number that was reached, and the checksum of that commit; it may lag behind."""
        try:
            body = json.loads((self.folder / HEAD).read_text(encoding="utf-8"))
            return int(body["number"]), str(body["sha256"])
        except FileNotFoundError:
            return max(self.numbers(), default=0), ""
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StoreError(
                f"{self.folder / HEAD} is damaged: {error}; remove it, then run 'zhiheng lake verify'"
            ) from error

    def last_number(self) -> int:
        """The number of the last commit, 0 for an empty lake."""
        number = self.hint()[0]
        while self.path(number + 1).exists():
            number += 1
        return number

    def last(self) -> Commit:
        """The last commit; damage to it is told, never passed over."""
        number, checksum = self.hint()
        last = self.last_number()
        if last == number and checksum and checksum != self.checksum(number):
            raise StoreError(f"{told(self.path(number))} was altered after it was written; {FROM_COPY}")
        return self.load(last)

    def load(self, number: int) -> Commit:
        """A commit by its number."""
        if number == 0:
            return Commit()
        try:
            body = json.loads(self.path(number).read_bytes())
            # a commit of an older release lacks what came later
            held = {entry.name: body[entry.name] for entry in fields(Commit) if entry.name in body}
            held["added"] = {table: [File(**entry) for entry in files] for table, files in body["added"].items()}
            commit = Commit(**held)
            if commit.number != number:
                raise ValueError(f"it says that it is commit {commit.number}")
        except FileNotFoundError as error:
            raise StoreError(f"{told(self.path(number))} is missing; {FROM_COPY}") from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StoreError(f"{told(self.path(number))} is damaged ({error}); {FROM_COPY}") from error
        return commit

    def checksum(self, number: int) -> str:
        """The SHA-256 of a commit file, empty for number 0."""
        if number == 0:
            return ""
        try:
            return sha256(self.path(number).read_bytes()).hexdigest()
        except OSError as error:
            raise StoreError(f"{told(self.path(number))} cannot be read: {error}; {FROM_COPY}") from error

    def walk(self) -> Iterator[Commit]:
        """All commits in their order."""
        return (self.load(number) for number in range(1, self.last_number() + 1))

    def at(self, day: date) -> int:
        """The number of the last commit of a day or before it, 0 when there is none."""
        low, high = 0, self.last_number()
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self.load(middle).moment.astimezone(ZONE).date() <= day else (low, middle - 1)
        return low

    def take(self, commit: Commit) -> Commit:
        """Write a commit under its number: the link either takes the number or finds it taken."""
        beside = self.folder / f".{commit.number:010}.{os.getpid()}"
        text = json.dumps(asdict(commit), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        try:
            beside.write_text(text, encoding="utf-8")
            settle(beside)
            fault("commit-written")
            os.link(beside, self.path(commit.number))
            settle(self.folder)
        except FileExistsError as error:
            raise StoreError(
                f"commit {commit.number} was taken by another writer; nothing was stored: run again"
            ) from error
        finally:
            beside.unlink(missing_ok=True)
        fault("commit-linked")
        with suppress(OSError):  # the commit stands; the head file may lag behind
            store_json(self.folder / HEAD, {"number": commit.number, "sha256": sha256(text.encode()).hexdigest()})
        return commit

    def now(self, last: Commit) -> tuple[str, str]:
        """The time of a commit that follows another, and a remark when the machine's clock stands behind that."""
        clock = datetime.fromtimestamp(time.time(), ZONE)
        if last.number and clock < last.moment:
            return last.when, f"behind by {last.moment - clock}"
        return clock.isoformat(timespec="microseconds"), ""


FROM_COPY = "bring the file back from a copy of the lake; until then nothing after it can be trusted"


def told(path: Path) -> str:
    """A commit file as a message names it."""
    return f"commit file {path.name} in {path.parent}"


def checksum_of(path: Path) -> str:
    """The SHA-256 of a file, read a part at a time."""
    with path.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()


@contextmanager
def locked(path: Path, *, shared: bool = False) -> Iterator[None]:
    """Hold a lock of this machine; another holder is waited for, and the system frees the lock of a killed one."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = path.open("a")
    except OSError as error:
        if shared and error.errno in (errno.EROFS, errno.EACCES):
            yield  # a copy that may only be read is read without a lock
            return
        raise StoreError(
            f"{path.parent} cannot be written: {error}; check its owner and that the disk has room"
        ) from error
    with stream:
        fcntl.flock(stream, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield


def fault(point: str) -> None:
    """A place where a test may stop the process for good: ZHIHENG_FAULT names it."""
    if os.environ.get("ZHIHENG_FAULT") == point:
        print(f"fault {point}", file=sys.stderr, flush=True)
        time.sleep(LONG_SLEEP)
