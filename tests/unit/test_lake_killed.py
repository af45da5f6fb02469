"""Kill -9 at any moment of any work leaves a lake that is whole: the work is there or absent, and can be done again.

First at every point that matters, one after another; then at random. `ZHIHENG_KILLS=200` kills more often than every day.
"""

import os
import random
import time
from pathlib import Path

import lakes as small
import pytest

from zhiheng.evidence import lake as lakes
from zhiheng.evidence.lake import Lake

KILLS = int(os.environ.get("ZHIHENG_KILLS", "12"))
LONGEST = 0.6
PATIENCE = 20
# action → point → whether the work counts when it is killed there
POINTS = [
    ("append", "file-written", False),
    ("append", "table-widened", False),
    ("append", "table-registered", False),
    ("append", "commit-written", False),
    ("append", "commit-linked", True),
    ("compact", "merged", False),
    ("compact", "table-registered", False),
    ("compact", "commit-linked", True),
    ("vacuum", "commit-written", False),
    ("vacuum", "vacuum-decided", True),
    ("vacuum", "file-removed", True),
]


def clean(lake: Lake, *, deliveries: int) -> None:
    """The lake is whole: by its own verification, and by what its files hold."""
    assert lakes.verify(lake).faults == []
    assert small.content(lake) == small.whole(deliveries)


def killed_at(root: Path, action: str, point: str) -> None:
    """Start an action, and kill it where it has stopped."""
    process, told = small.started(small.stop_at, root, action, point)
    assert told.poll(PATIENCE)
    assert os.read(told.fileno(), 100).decode().strip() == f"fault {point}"
    process.kill()
    process.join()


@pytest.mark.slow
@pytest.mark.parametrize(("action", "point", "counts"), POINTS)
def test_work_killed_at_a_point_is_there_or_absent_and_can_be_done_again(
    tmp_path: Path, action: str, point: str, counts: bool
) -> None:
    lake = Lake(tmp_path, small.TABLES, memory="200MB")
    for _ in range(3):
        small.append(lake)
    if action == "vacuum":
        small.compact(lake)
    before = lake.snapshot().number
    killed_at(tmp_path, action, point)
    there = 3 + (action == "append" and counts)
    assert lake.snapshot().number == before + counts
    clean(lake, deliveries=there)
    small.ACTIONS[action](lake)
    clean(lake, deliveries=there + (action == "append"))
    lakes.sweep(lake)
    assert not list((tmp_path / "scratch").iterdir()) and not list(lake.chain.folder.glob(".*"))
    named = {tmp_path / entry.table / entry.file.path for entry in lakes.Inventory().follow(lake.chain).needed()}
    assert set(tmp_path.glob("*/month=*/*")) == named, "what was left over is gone"


@pytest.mark.slow
def test_a_lake_killed_at_random_is_whole_each_time_and_keeps_what_it_said_it_kept(tmp_path: Path) -> None:
    lake, chance, moments = Lake(tmp_path, small.TABLES, memory="200MB"), random.Random(20261122), []
    begun = time.monotonic()
    small.append(lake)
    # a busy machine takes longer over a piece of work: the kill must find some of it done
    longest = max(LONGEST, 4 * (time.monotonic() - begun))
    for number in range(KILLS):
        process, told = small.started(small.work_on, tmp_path, chance.randrange(10**6))
        assert told.poll(PATIENCE), "it never began"
        time.sleep(chance.uniform(0.05, longest))
        process.kill()
        process.join()
        said = 0
        while told.poll():
            try:
                said = told.recv()
            except EOFError:
                break
        last = lake.snapshot()
        assert last.number >= said, "what was told as kept is kept"
        clean(lake, deliveries=last.rows("reports") // small.REPORTS)
        moments.append(last.number)
        if number % 20 == 19:
            lakes.sweep(lake)
    small.append(lake)
    assert lakes.verify(lake).faults == []
    assert len(set(moments)) > KILLS / 4, "there was work to be killed in"
