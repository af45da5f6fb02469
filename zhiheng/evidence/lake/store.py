"""The lake as its users see it: a snapshot to read from, a change to write with."""

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import ibis

from zhiheng.engines import Engine
from zhiheng.engines.parquet import WORD, digests, expected_types, footer
from zhiheng.errors import FileUnreadable, StoreError
from zhiheng.evidence.lake import delta
from zhiheng.evidence.lake.commits import Chain, Commit, File, checksum_of, fault, locked
from zhiheng.evidence.snapshot import Workspace, settle
from zhiheng.evidence.tables import Table

MEMORY = "700MB"
MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
BY = "delivery"
# a table is written down whole after so many of its versions: opening then reads at most these
CHECKPOINT_EVERY = 20


class Lake:
    """Tables that change together under one folder; without `tables`, what is there can be read, checked and tidied."""

    def __init__(self, root: Path, tables: Mapping[str, Table] | None = None, *, memory: str = MEMORY) -> None:
        self.root = root
        self.schemas: dict[str, ibis.Schema] = {name: table.schema for name, table in (tables or {}).items()}
        self.memory = memory
        self.chain = Chain(root / "commits")

    def snapshot(self, commit: int | None = None) -> "Snapshot":
        """All tables as they stood at a commit, the last one if none is named."""
        return Snapshot(self, self.chain.last() if commit is None else self.chain.load(commit))

    def at(self, day: date) -> "Snapshot":
        """All tables as they stood at the end of a day in China."""
        return self.snapshot(self.chain.at(day))

    @contextmanager
    def reading(self, commit: int | None = None) -> Iterator["Snapshot"]:
        """A snapshot whose files nobody removes meanwhile."""
        with locked(self.readers / "gate", shared=True):
            found = self.snapshot(commit)
            lease = locked(self.readers / f"{found.number:010}", shared=True)
            lease.__enter__()
        try:
            yield found
        finally:
            lease.__exit__(None, None, None)

    @property
    def readers(self) -> Path:
        """Locks of those who read."""
        return self.root / "readers"

    @property
    def pins(self) -> Path:
        """Names of commits that must stay readable, one file each."""
        return self.root / "pins"

    def pin(self, name: str, commit: int) -> None:
        """Keep a commit readable for as long as the pin of this name is there."""
        with delta.told(self.pins):
            self.pins.mkdir(parents=True, exist_ok=True)
            (self.pins / name).write_text(str(self.chain.load(commit).number), encoding="utf-8")
            settle(self.pins / name)

    @contextmanager
    def change(self, kind: str, about: Mapping[str, Any] | None = None) -> Iterator["Change"]:
        """One change of any of the tables: whole after the block, absent after an exception; other writers wait."""
        with locked(self.root / "lock"), Workspace(self.root).scratch() as scratch:
            base = self.snapshot()
            self.chain.folder.mkdir(parents=True, exist_ok=True)
            self.recover(base.commit)
            with Engine(memory=self.memory, spill=scratch) as engine:
                change, done = Change(self, base, engine, kind=kind, about=dict(about or {})), False
                try:
                    yield change
                    change.finish()
                    done = True
                finally:
                    if not done:
                        change.discard()

    def recover(self, last: Commit) -> None:
        """Bring tables that a killed writer left ahead of the last commit back to it."""
        for folder in self.folders():
            named, newest = last.versions.get(folder.name), delta.version_of(folder)
            if named is not None and newest < named:
                raise StoreError(
                    f"table {folder.name} in {self.root}: its log ends at version {newest}, and commit {last.number} names "
                    f"version {named}; bring {delta.LOG} back from a copy of the lake"
                )
            if newest > (named or 0) and set(delta.paths(folder)) != set(delta.paths(folder, named or 0)):
                delta.restore(folder, named)

    def folders(self) -> list[Path]:
        """The folders of the tables that are there."""
        return sorted(path for path in self.root.iterdir() if delta.is_there(path)) if self.root.exists() else []


class Snapshot:
    """All tables at one commit; it stays what it is, whatever is written later."""

    def __init__(self, lake: Lake, commit: Commit) -> None:
        self.lake, self.commit, self.number = lake, commit, commit.number
        self.held: dict[str, list[str]] = {}
        self.spans: dict[str, dict[str, dict[str, tuple[Any, Any]]]] = {}

    @property
    def about(self) -> dict[str, Any]:
        """What the writer said of the commit."""
        return self.commit.about

    def rows(self, table: str) -> int:
        """How many rows a table has."""
        self.known(table)
        return self.commit.rows.get(table, 0)

    def paths(self, table: str) -> list[str]:
        """The files of a table relative to its folder, in the order in which their rows came."""
        self.known(table)
        if table not in self.held:
            version = self.commit.versions.get(table)
            found = [] if version is None else delta.paths(self.lake.root / table, version)
            self.held[table] = sorted(found, key=order)
        return self.held[table]

    def files(self, table: str, months: Sequence[str] | None = None) -> list[Path]:
        """The Parquet files of a table, of all months or of some, in the order in which their rows came."""
        folder = self.lake.root / table
        chosen = [
            folder / path for path in self.paths(table) if months is None or delta.month_of(path) in frozenset(months)
        ]
        gone = next((path for path in chosen if not path.exists()), None)
        if gone:
            raise StoreError(
                f"table {table}: {gone.relative_to(folder)} of commit {self.number} is not there; 'zhiheng lake history' says "
                "whether old files were removed by intent, 'zhiheng lake verify' what else is missing"
            )
        return chosen

    def within(self, table: str, spans: Mapping[str, tuple[Any, Any]]) -> list[Path]:
        """The files of a table that may hold rows with each of some columns between two values; an open end is None.

        The spans of days and deliveries stand in the table's log, so that no file is opened to find out. A file whose
        span is not known is kept.
        """
        if table not in self.spans:
            version = self.commit.versions.get(table)
            self.spans[table] = {} if version is None else delta.spans(self.lake.root / table, version)
        known = self.spans[table]
        return [
            self.lake.root / table / path
            for path in self.paths(table)
            if all(meets(known.get(path, {}).get(name), low, high) for name, (low, high) in spans.items())
        ]

    def months(self, table: str) -> list[str]:
        """The months of which a table has rows."""
        return sorted({delta.month_of(path) for path in self.paths(table)})

    def attach(self, engine: Engine, *tables: str, months: Sequence[str] | None = None) -> None:
        """Give tables their names in an engine; all of them when none is named."""
        for table in tables or self.lake.schemas:
            engine.attach(table, self.files(table, months), self.lake.schemas[table])

    def known(self, table: str) -> None:
        """Refuse a name that is no table of the lake."""
        names = {*self.lake.schemas, *self.commit.versions}
        if table not in names:
            raise StoreError(f"no table {table} in {self.lake.root}: it has {', '.join(sorted(names)) or 'none'}")


class Change:
    """What one commit will hold. Files are written where `new_file` says, and count from `add` on."""

    def __init__(self, lake: Lake, base: Snapshot, engine: Engine, *, kind: str, about: dict[str, Any]) -> None:
        self.lake, self.base, self.engine, self.kind, self.about = lake, base, engine, kind, about
        self.number = base.number + 1
        self.written: list[Path] = []
        self.added: dict[str, list[File]] = {}
        self.removed: dict[str, list[File]] = {}
        self.commit: Commit | None = None
        self.is_wanted = True

    def new_file(self, table: str, month: str, *, place: str = "") -> Path:
        """Where to write a Parquet file of a table; its name keeps the order of commits (or takes another's `place`)."""
        if not MONTH.fullmatch(month):
            raise StoreError(f"table {table}: {month!r} is no month; write it as 2025-04")
        self.base.known(table)
        place = place or f"{self.number:010}-{len(self.written):04}"
        path = self.lake.root / table / f"month={month}" / f"{place}-{secrets.token_hex(4)}.parquet"
        with delta.told(self.lake.root / table):
            path.parent.mkdir(parents=True, exist_ok=True)
        self.written.append(path)
        return path

    def add(self, table: str, path: Path) -> File:
        """Count a written file in: its rows, span of days and digests are read from the file itself."""
        fault("file-written")
        try:
            said = footer(self.engine, path, ranged=self.ranged(table))
            counted = digests(self.engine, path, by=BY)
        except FileUnreadable as error:
            raise StoreError(f"table {table}: {error}; nothing was stored: write the file again") from error
        self.fits(table, path, said.types)
        with delta.told(self.lake.root / table):
            settle(path)
            settle(path.parent)
            size, checksum = path.stat().st_size, checksum_of(path)
        file = File(
            path.relative_to(self.lake.root / table).as_posix(),
            size,
            said.rows,
            checksum,
            {key: [rows, f"{total:016x}"] for key, (rows, total) in counted.items()},
            {
                "numRecords": said.rows,
                "minValues": {name: number(text) for name, text in said.least.items()},
                "maxValues": {name: number(text) for name, text in said.greatest.items()},
            },
        )
        self.added.setdefault(table, []).append(file)
        return file

    def replace(self, table: str, old: Sequence[File], path: Path) -> File:
        """Put one file in the place of several that hold the same rows."""
        file = self.add(table, path)
        if summed([file]) != summed(old):
            raise StoreError(
                f"table {table}: the merged {file.path} does not hold the rows of its {len(old)} sources; nothing was changed: "
                "run 'zhiheng lake verify', one of the sources may be damaged"
            )
        self.removed.setdefault(table, []).extend(old)
        return file

    def nothing(self) -> None:
        """There was nothing to change: the block ends without a commit."""
        self.is_wanted = False

    def ranged(self, table: str) -> list[str]:
        """The columns whose span the log keeps: days and the delivery."""
        schema = self.lake.schemas.get(table, {})
        return [name for name, kind in schema.items() if kind.is_date() or name == BY] or [BY]

    def fits(self, table: str, path: Path, types: Mapping[str, str]) -> None:
        """Refuse a file whose columns are not those of its table; one that lacks some is welcome."""
        if table not in self.lake.schemas:
            return
        expected = expected_types(self.engine, self.lake.schemas[table])
        for name, kind in types.items():
            if expected.get(name) != kind:
                raise StoreError(
                    f"table {table}: column {name} of {path.name} is {kind}, and the table has "
                    f"{expected.get(name, 'no such column')}; nothing was stored"
                )

    def finish(self) -> None:
        """Register the files with every table, then let the commit file decide."""
        if not self.is_wanted:
            self.discard()
            return
        versions, rows = dict(self.base.commit.versions), dict(self.base.commit.rows)
        for table in sorted({*self.added, *self.removed}):
            versions[table] = self.register(table)
            fault("table-registered")
            rows[table] = (
                rows.get(table, 0)
                + sum(file.rows for file in self.added.get(table, []))
                - sum(file.rows for file in self.removed.get(table, []))
            )
        if self.added and not self.removed:
            self.about.setdefault("digests", {table: listed(files) for table, files in self.added.items()})
        chain, last = self.lake.chain, self.base.commit
        when, clock = chain.now(last)
        with delta.told(chain.folder):
            self.commit = chain.take(
                Commit(
                    self.number,
                    self.kind,
                    when,
                    self.about,
                    versions,
                    rows,
                    self.added,
                    {table: [file.path for file in files] for table, files in self.removed.items()},
                    clock,
                    chain.checksum(last.number),
                )
            )

    def register(self, table: str) -> int:
        """The version of a table that has this change."""
        folder = self.lake.root / table
        if not delta.is_there(folder):
            delta.create(folder, self.lake.schemas[table])
        since = self.base.commit.versions.get(table, -1)
        if table in self.lake.schemas:
            delta.widen(folder, self.lake.schemas[table])
        fault("table-widened")
        version = delta.register(
            folder,
            added=self.added.get(table, []),
            removed={file.path: file.size for file in self.removed.get(table, [])},
            commit=self.number,
            change=table not in self.removed,
        )
        if version // CHECKPOINT_EVERY > max(since, 0) // CHECKPOINT_EVERY:
            delta.checkpoint(folder)
        delta.settle_log(folder, since=since + 1, until=version)
        return version

    def discard(self) -> None:
        """Remove the files of a change that did not come about."""
        if self.lake.chain.path(self.number).exists():
            return  # decided already, whatever was interrupted afterwards
        for path in self.written:
            path.unlink(missing_ok=True)


def order(path: str) -> tuple[str, str]:
    """What files are sorted by: the month, then the place that their name begins with."""
    folder, _, name = path.partition("/")
    return folder, name


def meets(span: tuple[Any, Any] | None, low: Any, high: Any) -> bool:
    """Whether a span of values reaches into another.

    >>> meets((2, 4), 4, None), meets((2, 4), 5, None), meets(None, 5, 6)
    (True, False, True)
    """
    return span is None or ((low is None or span[1] >= low) and (high is None or span[0] <= high))


def number(text: str) -> int | str:
    """A bound as the log writes it: an integer or a day.

    >>> number("12"), number("2025-04-01")
    (12, '2025-04-01')
    """
    return int(text) if re.fullmatch(r"-?\d+", text) else text


def summed(files: Sequence[File]) -> dict[str, tuple[int, int]]:
    """Rows and digest of each delivery over several files."""
    found: dict[str, tuple[int, int]] = {}
    for file in files:
        for key, (rows, total) in file.digests.items():
            held = found.get(key, (0, 0))
            found[key] = held[0] + int(rows), (held[1] + int(total, 16)) % WORD
    return found


def listed(files: Sequence[File]) -> dict[str, list[Any]]:
    """Rows and digest of each delivery as a commit writes them."""
    return {key: [rows, f"{total:016x}"] for key, (rows, total) in sorted(summed(files).items())}
