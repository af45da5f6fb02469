"""All tables of a lake at one commit."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import ibis

from zhiheng.engines import Engine
from zhiheng.errors import StoreError
from zhiheng.evidence.lake import delta
from zhiheng.evidence.lake.commits import Commit


class Snapshot:
    """All tables at one commit; it stays what it is, whatever is written later."""

    def __init__(self, root: Path, schemas: Mapping[str, ibis.Schema], commit: Commit) -> None:
        self.root, self.schemas, self.commit, self.number = root, schemas, commit, commit.number
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
            found = [] if version is None else delta.paths(self.root / table, version)
            self.held[table] = sorted(found, key=order)
        return self.held[table]

    def files(self, table: str, months: Sequence[str] | None = None) -> list[Path]:
        """The Parquet files of a table, of all months or of some, in the order in which their rows came."""
        folder = self.root / table
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
        known = self.spans_of(table)
        return [
            self.root / table / path
            for path in self.paths(table)
            if all(meets(known.get(path, {}).get(name), low, high) for name, (low, high) in spans.items())
        ]

    def holding(self, table: str, column: str, values: Iterable[Any]) -> list[Path]:
        """The files of a table that may hold rows with one of some values in a column."""
        known, ordered = self.spans_of(table), sorted(set(values))
        found = []
        for path in self.paths(table):
            span = known.get(path, {}).get(column)
            at = bisect_left(ordered, span[0]) if span else 0
            if span is None or (at < len(ordered) and ordered[at] <= span[1]):
                found.append(self.root / table / path)
        return found

    def spans_of(self, table: str) -> Mapping[str, Mapping[str, tuple[Any, Any]]]:
        """Of each file the least and greatest value of the columns that the log tells."""
        if table not in self.spans:
            version = self.commit.versions.get(table)
            self.spans[table] = {} if version is None else delta.spans(self.root / table, version)
        return self.spans[table]

    def months(self, table: str) -> list[str]:
        """The months of which a table has rows."""
        return sorted({delta.month_of(path) for path in self.paths(table)})

    def attach(self, engine: Engine, *tables: str, months: Sequence[str] | None = None) -> None:
        """Give tables their names in an engine; all of them when none is named."""
        for table in tables or self.schemas:
            engine.attach(table, self.files(table, months), self.schemas[table])

    def known(self, table: str) -> None:
        """Refuse a name that is no table of the lake."""
        names = {*self.schemas, *self.commit.versions}
        if table not in names:
            raise StoreError(f"no table {table} in {self.root}: it has {', '.join(sorted(names)) or 'none'}")


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
