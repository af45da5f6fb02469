"""Several processes on one lake: nobody loses anything, nobody sees half of anything."""

from pathlib import Path

import lakes as small
import pytest

from zhiheng.evidence import lake as lakes
from zhiheng.evidence.lake import Lake


@pytest.mark.slow
def test_four_writers_lose_nothing_and_two_readers_never_see_half_a_delivery(tmp_path: Path) -> None:
    root, stop, times = tmp_path / "lake", tmp_path / "stop", 3
    readers = [small.started(small.read_on, root, stop) for _ in range(2)]
    writers = [small.started(small.append_many, root, 1 + times * number, times) for number in range(4)]
    assert [answer.recv() for _, answer in writers] == ["done"] * 4
    stop.touch()
    assert all(answer.recv() > 1 for _, answer in readers)
    lake = Lake(root, small.TABLES)
    assert small.content(lake) == small.whole(12)
    # one commit a delivery and one version a commit: no writer had to try again (version 0 is the empty table)
    assert lake.snapshot().number == 12
    assert lake.snapshot().commit.versions == {"reports": 12, "lines": 12}
    assert lakes.verify(lake).faults == []


@pytest.mark.slow
def test_a_reader_goes_on_while_files_are_merged_and_removed(tmp_path: Path) -> None:
    root, stop = tmp_path / "lake", tmp_path / "stop"
    readers = [small.started(small.read_on, root, stop) for _ in range(2)]
    tidier, answer = small.started(small.tidy_up, root, 4)
    assert answer.recv() == "done"
    stop.touch()
    assert all(answer.recv() > 1 for _, answer in readers)
    assert small.content(Lake(root, small.TABLES)) == small.whole(4)
    tidier.join()
