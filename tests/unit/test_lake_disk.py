"""A disk that is full or may not be written: the lake says so, and stays whole."""

import re
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import lakes as small
import pytest

from zhiheng.errors import StoreError
from zhiheng.evidence import lake as lakes
from zhiheng.evidence.lake import Lake


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake of three deliveries."""
    made = Lake(tmp_path / "lake", small.TABLES, memory="200MB")
    for _ in range(3):
        small.append(made)
    return made


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """A disk that refuses to write on: the limit of the system on the size of a file, which needs no rights and no mount."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [0, 10, 300, 600, 1000, 1500, 3000])
def test_a_disk_that_refuses_to_write_leaves_the_lake_whole(lake: Lake, size: int) -> None:
    refused = []
    for work in (small.append, small.compact, small.vacuum):
        before = small.content(lake)
        try:
            with files_no_larger_than(size):
                work(lake)
        except StoreError as error:
            refused.append(str(error))
            assert small.content(lake) == before
        assert lakes.verify(lake).faults == []
    assert refused or size > 1000
    assert not list((lake.root / "scratch").iterdir())
    small.append(lake)
    assert lake.snapshot().rows("reports") % small.REPORTS == 0 and lakes.verify(lake).faults == []


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte, where the system lets one be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    made = mount and subprocess.run([mount, "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True)
    if not made or made.returncode:
        pytest.skip("mounting a small disk needs rights that this account has not; RLIMIT_FSIZE stands in above")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.slow
def test_a_disk_that_is_full_refuses_with_a_word_and_goes_on_when_there_is_room(tiny_disk: Path) -> None:
    lake, done = Lake(tiny_disk / "lake", small.TABLES), 0
    refused = ""
    while not refused:
        try:
            done = small.append(lake, lines=4000)
        except StoreError as error:
            refused = str(error)
    assert done > 1 and re.search("(?i)space|room|full", refused)
    assert small.content(lake) == small.whole(done, lines=4000) and lakes.verify(lake).faults == []
    subprocess.run(["mount", "-o", "remount,size=8m", tiny_disk], check=True)
    small.append(lake, lines=4000)
    assert small.content(lake) == small.whole(done + 1, lines=4000) and lakes.verify(lake).faults == []


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("a file", encoding="utf-8")
    with pytest.raises(StoreError, match="cannot be written"):
        small.append(Lake(tmp_path / "lake", small.TABLES))
