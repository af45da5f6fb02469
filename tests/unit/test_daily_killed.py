"""Kill -9 while deliveries are taken in, judged, replayed and merged: evidence and books stay whole, the work goes on.

`ZHIHENG_KILLS=200` kills more often than every day, and at every point for either work (tests of the lake do so always).
"""

import multiprocessing
import os
import random
import time
from pathlib import Path
from typing import Any

import daily_work
import delivering
import ibis
import pytest

from zhiheng import daily
from zhiheng.decision.tables import CELLS
from zhiheng.engines import Engine
from zhiheng.evidence import lake as lakes
from zhiheng.evidence.delivered import LINES

KILLS = int(os.environ.get("ZHIHENG_KILLS", "4"))
PATIENCE = 120
EVERY = [
    ("take_in", "file-written"),
    ("take_in", "table-registered"),
    ("take_in", "commit-written"),
    ("take_in", "commit-linked"),
    ("judge", "file-written"),
    ("judge", "table-registered"),
    ("judge", "commit-written"),
    ("judge", "commit-linked"),
]
POINTS = EVERY if KILLS > 4 else [EVERY[1], EVERY[2], EVERY[4], EVERY[7]]
SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(["daily_work"])


def stopping(action: str, point: str, root: Path, folder: Path) -> None:
    """Do one thing, and stop at a point for good."""
    os.environ["ZHIHENG_FAULT"] = point
    (root / "begun").touch()
    where = daily_work.place(root)
    if action == "take_in":
        daily_work.take_in(where, folder)
    else:
        daily.judge(where, law=daily.law(), today=daily_work.TODAY)


def whole(where: daily.Place) -> None:
    """The evidence and every book are as their commits say."""
    assert lakes.verify(where.evidence).faults == []
    judged = where.root / "judged"
    for key in (path.name for path in judged.glob("*") if path.is_dir()) if judged.exists() else ():
        assert lakes.verify(where.book(key)).faults == []


def figures(where: daily.Place) -> dict[str, Any]:
    """The cells of the book in force, added up, and what the lake holds."""
    snapshot = where.book(where.current["key"]).snapshot()
    found: dict[str, Any] = {"lines": where.evidence.snapshot().rows("lines")}
    with Engine(threads=1) as engine:
        for name, table in CELLS.items():
            engine.attach(name, snapshot.files(name), table.schema)
            rows = table.unbound()
            sums = [column for column, kind in table.schema.items() if kind.is_integer() or kind.is_decimal()]
            by = [column for column in table.schema.names if column not in sums]
            added = rows.group_by(by).agg(**{column: rows[column].sum() for column in sums})
            some = added.filter(ibis.or_(*[added[column] != 0 for column in sums]))
            found[name] = sorted(map(repr, engine.rows(some)))
    return found


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sent")
    delivering.deliveries(folder, seed=3, days=2, batches=12)
    return folder


@pytest.fixture(scope="module")
def expected(sent: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], float]:
    """What comes of the work when nobody is killed, and how long it takes."""
    root = tmp_path_factory.mktemp("undisturbed")
    begun = time.monotonic()
    daily_work.work(root, sent)
    return figures(daily_work.place(root)), time.monotonic() - begun


@pytest.mark.slow
@pytest.mark.parametrize(("action", "point"), POINTS)
def test_killed_at_a_point_it_is_whole_and_goes_on(
    tmp_path: Path, sent: Path, expected: tuple[dict[str, Any], float], action: str, point: str
) -> None:
    where, folders = daily_work.place(tmp_path), sorted(sent.iterdir())
    daily_work.take_in(where, folders[0])
    process = SERVER.Process(target=stopping, args=(action, point, tmp_path, folders[1]))
    process.start()
    lock = where.root if action == "take_in" else where.root / "judged"
    stood_still(process, lock, tmp_path / "begun")
    process.kill()
    process.join()
    whole(where)
    daily_work.judged(tmp_path, sent)
    whole(where)
    assert figures(where) == expected[0]


def stood_still(process: Any, folder: Path, begun_by: Path) -> None:
    """Wait until a process has written something and then writes nothing any more."""
    seen, quiet, begun = -1, 0, time.monotonic()
    while quiet < 8 and time.monotonic() - begun < PATIENCE:
        assert process.is_alive(), "it ended before the point"
        files = sum(1 for path in folder.rglob("*") if path.is_file()) if folder.exists() else 0
        quiet = quiet + 1 if files == seen and begun_by.exists() and files > 1 else 0
        seen = files
        time.sleep(0.25)
    assert quiet >= 8, "it never stood still"


@pytest.mark.slow
def test_killed_at_random_it_is_whole_each_time_and_ends_with_the_same_figures(
    tmp_path: Path, sent: Path, expected: tuple[dict[str, Any], float]
) -> None:
    figures_expected, seconds = expected
    chance, where = random.Random(20261122), daily_work.place(tmp_path)
    for _ in range(KILLS):
        process = SERVER.Process(target=daily_work.work, args=(tmp_path, sent))
        process.start()
        process.join(chance.uniform(0, seconds))
        process.kill()
        process.join()
        whole(where)
    daily_work.work(tmp_path, sent)
    whole(where)
    assert figures(where) == figures_expected
    with Engine(threads=1) as engine:
        engine.attach("lines", where.evidence.snapshot().files("lines"), LINES.schema)
        assert engine.scalar(LINES.unbound().count()) == figures_expected["lines"]
