"""Progress: lines for a reader, lines for a machine, and a stop that leaves work resumable."""

import io
import json
import os
import signal
from pathlib import Path

import pytest

from zhiheng.errors import StoreError
from zhiheng.progress import Progress


class Clock:
    """A clock that a test winds on."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def worked(stream: io.StringIO, clock: Clock, *, log: Path | None = None, parts: int = 10) -> str:
    """Ten parts of two seconds each."""
    with Progress(stream, log=log, clock=clock) as progress, progress.step("taking in", total=10, unit="files") as step:
        for _ in range(parts):
            clock.seconds += 2
            step.advance()
    return stream.getvalue()


def test_a_file_gets_a_line_every_few_seconds_with_rate_and_time_left() -> None:
    assert worked(io.StringIO(), Clock()).splitlines() == [
        "taking in: 0 of 10 files",
        "taking in: 3 of 10 files, 0.5/s, 14 s left",
        "taking in: 6 of 10 files, 0.5/s, 8 s left",
        "taking in: 9 of 10 files, 0.5/s, 2 s left",
        "taking in: 10 of 10 files, 0.5/s",
    ]


def test_a_terminal_gets_one_line_drawn_again_and_again() -> None:
    text = worked(Terminal(), Clock())
    assert text.count("\n") == 1 and text.count("\r") == 12
    assert text.endswith("\r\x1b[Ktaking in: 10 of 10 files, 0.5/s\n")


def test_a_log_has_one_object_a_line(tmp_path: Path) -> None:
    worked(io.StringIO(), Clock(), log=tmp_path / "log.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["done"] for line in lines] == [0, 3, 6, 9, 10]
    assert lines[1] | {"time": ""} == {
        "time": "",
        "step": "taking in",
        "done": 3,
        "total": 10,
        "rate": 0.5,
        "left": 14.0,
    }


def test_it_is_called_as_any_say() -> None:
    stream, clock = io.StringIO(), Clock()
    progress = Progress(stream, clock=clock)
    clock.seconds = 1.25
    progress("judging")
    assert stream.getvalue() == "[   1.2 s] judging\n"


def test_work_of_unknown_length_has_no_time_left() -> None:
    stream, clock = io.StringIO(), Clock()
    with Progress(stream, clock=clock).step("reading", unit="rows") as step:
        clock.seconds = 8
        step.advance(20_000)
    assert stream.getvalue().splitlines()[-1] == "reading: 20,000 rows, 2,500/s"


def test_ctrl_c_waits_for_the_part_at_hand_and_says_how_to_go_on() -> None:
    stream, done = io.StringIO(), []

    def work() -> None:
        with Progress(stream).step("taking in", total=9, unit="files", resume="zhiheng lake append nation") as step:
            for part in range(9):
                if part == 2:
                    os.kill(os.getpid(), signal.SIGINT)
                done.append(part)
                step.advance()

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == [0, 1, 2], "the part at hand was finished, no other begun"
    assert "stopped: taking in: 3 of 9 files" in stream.getvalue()
    assert stream.getvalue().rstrip().endswith("go on with: zhiheng lake append nation")
    assert signal.getsignal(signal.SIGINT) is before


def test_a_second_ctrl_c_stops_at_once() -> None:
    done = []

    def work() -> None:
        with Progress(io.StringIO()).step("taking in", total=9):
            for _ in range(2):
                os.kill(os.getpid(), signal.SIGINT)
                done.append(1)

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == [1]


def test_a_log_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written: .* name another with --log"):
        Progress(log=tmp_path / "none" / "log")
