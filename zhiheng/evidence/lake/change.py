"""One change of a lake: files are written, registered with their tables, and then a commit decides."""

import re
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from zhiheng.engines import Engine
from zhiheng.engines.parquet import digests, expected_types, footer
from zhiheng.errors import FileUnreadable, StoreError
from zhiheng.evidence.lake import delta
from zhiheng.evidence.lake.commits import Chain, Commit, File, checksum_of, fault
from zhiheng.evidence.lake.inventory import summed
from zhiheng.evidence.lake.snapshot import Snapshot
from zhiheng.evidence.snapshot import settle

MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
BY = "delivery"
# a table is written down whole after so many of its versions: opening then reads at most these
CHECKPOINT_EVERY = 20


class Change:
    """What one commit will hold. Files are written where `new_file` says, and count from `add` on."""

    def __init__(self, chain: Chain, base: Snapshot, engine: Engine, *, kind: str, about: dict[str, Any]) -> None:
        self.chain, self.base, self.engine, self.kind, self.about = chain, base, engine, kind, about
        self.root, self.schemas = base.root, base.schemas
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
        path = self.root / table / f"month={month}" / f"{place}-{secrets.token_hex(4)}.parquet"
        with delta.told(self.root / table):
            path.parent.mkdir(parents=True, exist_ok=True)
        self.written.append(path)
        return path

    def add(self, table: str, path: Path, *, ranged: Sequence[str] = ()) -> File:
        """Count a written file in: its rows, span of days and digests are read from the file itself."""
        fault("file-written")
        try:
            said = footer(self.engine, path, ranged=ranged or self.ranged(table))
            counted = digests(self.engine, path, by=BY)
        except FileUnreadable as error:
            raise StoreError(f"table {table}: {error}; nothing was stored: write the file again") from error
        self.fits(table, path, said.types)
        with delta.told(self.root / table):
            settle(path)
            settle(path.parent)
            size, checksum = path.stat().st_size, checksum_of(path)
        file = File(
            path.relative_to(self.root / table).as_posix(),
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
        file = self.add(table, path, ranged=sorted({name for one in old for name in one.stats["minValues"]}))
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
        schema = self.schemas.get(table, {})
        return [name for name, kind in schema.items() if kind.is_date() or name == BY] or [BY]

    def fits(self, table: str, path: Path, types: Mapping[str, str]) -> None:
        """Refuse a file whose columns are not those of its table; one that lacks some is welcome."""
        if table not in self.schemas:
            return
        expected = expected_types(self.engine, self.schemas[table])
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
        chain, last = self.chain, self.base.commit
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
        folder = self.root / table
        if not delta.is_there(folder):
            delta.create(folder, self.schemas[table])
        since = self.base.commit.versions.get(table, -1)
        if table in self.schemas:
            delta.widen(folder, self.schemas[table])
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
        if self.chain.path(self.number).exists():
            return  # decided already, whatever was interrupted afterwards
        for path in self.written:
            path.unlink(missing_ok=True)


def number(text: str) -> int | str:
    """A bound as the log writes it: an integer or a day.

    >>> number("12"), number("2025-04-01")
    (12, '2025-04-01')
    """
    return int(text) if re.fullmatch(r"-?\d+", text) else text


def listed(files: Sequence[File]) -> dict[str, list[Any]]:
    """Rows and digest of each delivery as a commit writes them."""
    return {key: [rows, f"{total:016x}"] for key, (rows, total) in sorted(summed(files).items())}
