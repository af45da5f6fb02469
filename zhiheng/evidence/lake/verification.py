"""Verification: the chain of commits, the logs of the tables, every file, every row. Each fault says where and what next."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from zhiheng.engines import Engine
from zhiheng.engines.parquet import digests, footer
from zhiheng.errors import FileUnreadable, StoreError
from zhiheng.evidence.lake import delta
from zhiheng.evidence.lake.change import BY
from zhiheng.evidence.lake.commits import FROM_COPY, Commit, checksum_of, locked
from zhiheng.evidence.lake.inventory import Entry, Inventory, summed
from zhiheng.evidence.lake.store import VERIFYING, Lake

FILE_FROM_COPY = "bring the file back from a copy of the lake, or take its deliveries into a new lake"


@dataclass(frozen=True)
class Fault:
    """Something that is not as it was written."""

    what: str
    remedy: str
    table: str = ""
    file: str = ""
    delivery: str = ""
    commit: int | None = None

    def __str__(self) -> str:
        places = {"commit": self.commit, "table": self.table, "file": self.file, "delivery": self.delivery}
        where = ", ".join(f"{name} {value}" for name, value in places.items() if value not in ("", None))
        return f"{where}: {self.what}; {self.remedy}"


@dataclass
class Report:
    """What was checked, and what was found."""

    quick: bool
    commit: int = 0
    tables: int = 0
    files: int = 0
    size: int = 0
    rows: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def body(self) -> dict[str, Any]:
        """The report for machines."""
        return asdict(self)


def verify(lake: Lake, *, quick: bool = False, done: Callable[[int, int], None] = lambda _, __: None) -> Report:
    """Check everything; `quick` leaves the content of the files out. `done` is told files checked and files in all.

    It is of the last commit as it stood at the beginning: writers go on meanwhile, a removal waits.
    """
    report = Report(quick)
    with locked(lake.readers / VERIFYING, shared=True):
        inventory, last = walked(lake, report)
        if inventory is None:
            return report
        report.commit, report.tables = last.number, len(last.versions)
        report.faults += [
            found for table in sorted(last.versions) for found in log_faults(lake, last, inventory, table)
        ]
        report.faults += [found for table in sorted(last.versions) for found in count_faults(last, inventory, table)]
        needed = inventory.needed()
        with Engine(memory=lake.memory) as engine:
            for place, entry in enumerate(needed, start=1):
                report.faults += file_faults(engine, lake.root, entry, quick=quick)
                report.files, report.size = place, report.size + entry.file.size
                report.rows += entry.file.rows if entry.died is None else 0
                done(place, len(needed))
    return report


def walked(lake: Lake, report: Report) -> tuple[Inventory | None, Commit]:
    """The files by the commits; nothing when a commit cannot be read, for then the rest cannot be judged."""
    chain, inventory, before, unreadable = lake.chain, Inventory(), Commit(), False
    try:
        head, checksum = chain.hint()
    except StoreError as error:
        report.faults.append(Fault(str(error), "then run this again"))
        return None, before
    for number in range(1, max(chain.last_number(), *chain.numbers(), 0) + 1):
        try:
            commit = chain.load(number)
            if number == head and checksum not in ("", chain.checksum(number)):
                report.faults.append(Fault("was altered after it was written", FROM_COPY, commit=number))
            if not unreadable:
                report.faults += link_faults(lake, before, commit)
                inventory.take(commit)
            before = commit
        except StoreError as error:
            report.faults.append(Fault(str(error), "the tables were not checked", commit=number))
            unreadable = True
        except KeyError as error:
            report.faults.append(Fault(f"takes away {error}, which no commit brought", FROM_COPY, commit=number))
            unreadable = True
    return (None if unreadable else inventory), before


def link_faults(lake: Lake, before: Commit, commit: Commit) -> Iterator[Fault]:
    """Whether a commit follows from the one before it."""
    if commit.previous_sha256 != lake.chain.checksum(before.number):
        yield Fault("was altered after the next commit was written", FROM_COPY, commit=before.number)
    if commit.moment < before.moment:
        yield Fault(f"is dated {commit.when}, before its forerunner", FROM_COPY, commit=commit.number)


def log_faults(lake: Lake, last: Commit, inventory: Inventory, table: str) -> Iterator[Fault]:
    """Whether the log of a table is whole and names the files that the commits name."""
    folder, version = lake.root / table, last.versions[table]
    for number in range(version + 1):
        if not (folder / delta.LOG / f"{number:020}.json").exists():
            yield Fault("is missing", FROM_COPY, table=table, file=f"{delta.LOG}/{number:020}.json")
    try:
        logged = set(delta.paths(folder, version))
    except StoreError as error:
        yield Fault(str(error), FROM_COPY, table=table, file=delta.LOG)
        return
    committed = inventory.live(table)
    for path in sorted(logged ^ set(committed)):
        what = "is named by the commits and not by the log" if path in committed else "is in the log of no commit"
        yield Fault(f"{what} (version {version})", f"bring {delta.LOG} back from a copy", table=table, file=path)


def count_faults(last: Commit, inventory: Inventory, table: str) -> Iterator[Fault]:
    """Whether the files hold for each delivery what its commits said that they brought."""
    files = list(inventory.live(table).values())
    if (rows := sum(file.rows for file in files)) != last.rows.get(table, 0):
        yield Fault(f"its files have {rows} rows, the commit says {last.rows.get(table, 0)}", FROM_COPY, table=table)
    said, held = inventory.brought.get(table, {}), summed(files)
    for key in sorted(said.keys() | held.keys()):
        if said.get(key) != held.get(key):
            what = f"the files have {counted(held.get(key))}, its commits say {counted(said.get(key))}"
            yield Fault(what, FROM_COPY, table=table, delivery=key)


def counted(found: tuple[int, int] | None) -> str:
    """Rows and digest for a reader."""
    return f"{found[0]} rows with digest {found[1]:016x}" if found else "nothing"


def file_faults(engine: Engine, root: Path, entry: Entry, *, quick: bool) -> Iterator[Fault]:
    """Whether a file is there, of its size, whole, and holds its rows."""
    file, path = entry.file, root / entry.table / entry.file.path

    def fault(what: str, deliveries: str = "") -> Fault:
        keys = deliveries or ", ".join(file.digests)
        return Fault(what, FILE_FROM_COPY, table=entry.table, file=file.path, delivery=keys, commit=entry.born)

    try:
        size = path.stat().st_size
        if size != file.size:
            yield fault(f"has {size} bytes, its commit says {file.size}")
        if (rows := footer(engine, path).rows) != file.rows:
            yield fault(f"has {rows} rows, its commit says {file.rows}")
        if quick:
            return
        if checksum_of(path) != file.sha256:
            yield fault("its bytes are not those that were written (SHA-256)")
        found = {key: [rows, f"{total:016x}"] for key, (rows, total) in digests(engine, path, by=BY).items()}
        if wrong := sorted(
            key for key in found.keys() | file.digests.keys() if found.get(key) != file.digests.get(key)
        ):
            yield fault("its rows are not those that were written (digest)", ", ".join(wrong))
    except OSError as error:
        yield fault(f"is missing or unreadable: {error.strerror}")
    except FileUnreadable as error:
        yield fault(str(error))
