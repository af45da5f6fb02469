"""A small lake for tests: two tables that must always tell of the same deliveries, and processes that work on it.

Processes start from a server that has everything imported and has no thread yet, so that a kill costs milliseconds.
"""

import itertools
import multiprocessing
import os
import random
import sys
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import ibis

from zhiheng.engines import Engine
from zhiheng.evidence import lake as lakes
from zhiheng.evidence.lake import Lake
from zhiheng.evidence.tables import Column, Table

REPORTS, LINES = 5, 40
MONTHS = ("2025-04", "2025-05")
TARGET = 200_000


def shaped(name: str, *columns: tuple[str, str]) -> Table:
    return Table(name, name, name, tuple(Column(column, kind, column, column) for column, kind in columns))


TABLES = {
    "reports": shaped("reports", ("delivery", "int64"), ("report", "int64"), ("day", "date"), ("maker", "string")),
    "lines": shaped(
        "lines", ("delivery", "int64"), ("report", "int64"), ("line", "int32"), ("value", "decimal(18, 9)")
    ),
}
START = multiprocessing.get_context("forkserver")
START.set_forkserver_preload(["lakes"])


def expression(table: str, delivery: int, rows: int) -> ibis.Table:
    """Rows of a delivery that depend on nothing but its number."""
    numbers = ibis.range(rows).unnest().name("n").as_table()
    values: dict[str, ibis.Value] = {
        "delivery": ibis.literal(delivery, "int16").cast("int64"),  # a literal alone is written as it is
        "report": (numbers.n % REPORTS + 1).cast("int64"),
        "line": numbers.n.cast("int32"),
        "day": ibis.literal("2025-04-01").cast("date"),
        "maker": ibis.ifelse(numbers.n % 3 == 0, None, numbers.n.cast("string")),
        "value": (numbers.n * delivery).cast("decimal(18, 9)") / 8,
    }
    schema = TABLES[table].schema
    return numbers.select(**{name: values[name].cast(kind) for name, kind in schema.items()})


# the first expression that is compiled imports half of Ibis; once, here, is enough for all processes
ibis.to_sql(expression("lines", 1, 1), dialect="duckdb")


def append(lake: Lake, delivery: int = 0, *, month: str = "", lines: int = LINES) -> int:
    """Append the next delivery, or the one that is named; its number is given back."""
    with lake.change("append") as change:
        number = delivery or change.base.rows("reports") // REPORTS + 1
        change.about["delivery"] = number
        for table, rows in (("reports", REPORTS), ("lines", lines)):
            path = change.new_file(table, month or MONTHS[number % 2])
            change.engine.write(expression(table, number, rows), path)
            change.add(table, path)
    return number


def compact(lake: Lake) -> list[lakes.Merge]:
    return lakes.compact(lake, target=TARGET)


def vacuum(lake: Lake) -> lakes.Removal:
    return lakes.vacuum(lake, keep_days=0)


ACTIONS: dict[str, Any] = {"append": append, "compact": compact, "vacuum": vacuum}


def content(lake: Lake, commit: int | None = None) -> dict[str, list[tuple[int, int]]]:
    """Every delivery of each table with its count of rows, read from the files."""
    with lake.reading(commit) as found, Engine(threads=1) as engine:
        return {table: counted(engine, found, table) for table in TABLES}


def counted(engine: Engine, found: lakes.Snapshot, table: str) -> list[tuple[int, int]]:
    found.attach(engine, table)
    rows = TABLES[table].unbound()
    return [
        (row["delivery"], row["n"])
        for row in engine.rows(rows.group_by("delivery").agg(n=rows.count()).order_by("delivery"))
    ]


def whole(deliveries: int, *, lines: int = LINES) -> dict[str, list[tuple[int, int]]]:
    """What a lake holds when it holds so many deliveries, each once and whole."""
    numbers = range(1, deliveries + 1)
    return {"reports": [(number, REPORTS) for number in numbers], "lines": [(number, lines) for number in numbers]}


def started(work: Any, *arguments: Any) -> tuple[BaseProcess, Connection]:
    """A process at work, and where its answers come from."""
    serve()
    here, there = START.Pipe(duplex=False)
    process = START.Process(target=work, args=(there, *arguments), daemon=True)
    process.start()
    there.close()
    return process, here


def serve() -> None:
    """Let the server of processes find what this process finds: before Python 3.13 it is not told."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    forkserver.ensure_running()
    if before is None:
        del os.environ["PYTHONPATH"]
    else:
        os.environ["PYTHONPATH"] = before


def stop_at(tell: Connection, root: Path, action: str, point: str) -> None:
    """One action that stops for good at a fault point; the parent is told by the standard error of this process."""
    os.environ["ZHIHENG_FAULT"] = point
    os.dup2(tell.fileno(), sys.stderr.fileno())
    ACTIONS[action](Lake(root, TABLES, memory="200MB"))
    print("passed", file=sys.stderr, flush=True)


def work_on(tell: Connection, root: Path, seed: int) -> None:
    """Appends, merges and removals in a random order, for ever; each commit is told after it was made."""
    lake, chance = Lake(root, TABLES, memory="200MB"), random.Random(seed)
    tell.send(0)
    for _ in itertools.count():
        ACTIONS[chance.choice(["append", "append", "append", "compact", "vacuum"])](lake)
        tell.send(lake.snapshot().number)


def append_many(tell: Connection, root: Path, first: int, times: int) -> None:
    """Deliveries of one writer among several, numbered from `first`."""
    lake = Lake(root, TABLES, memory="200MB")
    for number in range(first, first + times):
        append(lake, number)
    tell.send("done")


def tidy_up(tell: Connection, root: Path, times: int) -> None:
    """Appends, each followed by a merge and a removal of everything old."""
    lake = Lake(root, TABLES, memory="200MB")
    for _ in range(times):
        append(lake)
        compact(lake)
        vacuum(lake)
    tell.send("done")


def read_on(tell: Connection, root: Path, stop: Path) -> None:
    """Read until somebody says stop; every delivery must be whole in both tables each time."""
    lake, times = Lake(root, TABLES, memory="200MB"), 0
    while not stop.exists():
        found = content(lake)
        numbers = [number for number, _ in found["reports"]]
        assert found == {
            "reports": [(number, REPORTS) for number in numbers],
            "lines": [(number, LINES) for number in numbers],
        }
        times += 1
    tell.send(times)
