"""Compaction: the small files of a month become one. The rows, their order and their digests stay what they are."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from zhiheng.engines.parquet import merge
from zhiheng.evidence.lake import delta
from zhiheng.evidence.lake.commits import File, fault
from zhiheng.evidence.lake.inventory import Inventory
from zhiheng.evidence.lake.store import Lake

# large enough that opening a file costs nothing beside reading it, small enough to be rewritten in seconds
TARGET_BYTES = 128 * 1024 * 1024


@dataclass(frozen=True)
class Merge:
    """Files of one month of a table that become one; sizes in bytes."""

    table: str
    month: str
    files: tuple[File, ...]

    @property
    def size(self) -> int:
        """The size of the files as they are."""
        return sum(file.size for file in self.files)

    @property
    def rows(self) -> int:
        """The rows of the files."""
        return sum(file.rows for file in self.files)


def planned(
    lake: Lake, inventory: Inventory, *, months: Sequence[str] | None = None, target: int = TARGET_BYTES
) -> list[Merge]:
    """The merges that are due."""
    tables = sorted(lake.snapshot(inventory.number).commit.versions)
    return [
        found
        for table in tables
        for month, files in by_month(inventory.live(table)).items()
        if months is None or month in months
        for found in (Merge(table, month, run) for run in runs(files, target=target))
    ]


def by_month(files: dict[str, File]) -> dict[str, list[File]]:
    """Files by the month that places them."""
    found: dict[str, list[File]] = {}
    for path, file in files.items():
        found.setdefault(delta.month_of(path), []).append(file)
    return found


def runs(files: Sequence[File], *, target: int) -> Iterator[tuple[File, ...]]:
    """Neighbours that together stay under the target. A file of half of it is left alone: nothing is rewritten daily."""
    run: list[File] = []
    for file in [*files, None]:
        ends = file is None or file.size * 2 >= target or sum(held.size for held in run) + file.size > target
        if ends:
            if len(run) > 1:
                yield tuple(run)
            run = []
        if file is not None and file.size * 2 < target:
            run.append(file)


def compact(
    lake: Lake,
    *,
    months: Sequence[str] | None = None,
    target: int = TARGET_BYTES,
    done: Callable[[Merge], None] = lambda _: None,
) -> list[Merge]:
    """Merge what is due, one commit a month, so that interrupted work goes on where it stopped; `done` is told of each."""
    inventory, made = Inventory().follow(lake.chain), []
    for month in sorted({one.month for one in planned(lake, inventory, months=months, target=target)}):
        with lake.change("compact", about={"month": month}) as change:
            due = planned(lake, inventory.follow(lake.chain), months=[month], target=target)
            if not due:
                change.nothing()
            for one in due:
                folder = lake.root / one.table
                path = change.new_file(one.table, month, place=place(one.files[0]))
                merge(change.engine, [folder / file.path for file in one.files], path)
                fault("merged")
                change.replace(one.table, one.files, path)
        made += due
        for one in due:
            done(one)
    return made


def place(file: File) -> str:
    """The part of a file's name that keeps the order: the commit and the place in it.

    >>> place(File("month=2025-04/0000000012-0001-1a2b3c4d.parquet", 0, 0, "", {}, {}))
    '0000000012-0001'
    """
    return file.path.rpartition("/")[2].rpartition("-")[0]
