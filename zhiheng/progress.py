"""Progress of long work: how much is done, how fast, how long it still takes; and a way to stop between two steps.

On a terminal one line is redrawn; elsewhere a line is written every few seconds; a log has one JSON object a line.
"""

import json
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import TextIO

from zhiheng.errors import StoreError

# between two lines for a reader of a file, and between two drawings on a terminal
EVERY_SECONDS = 5.0
REDRAW_SECONDS = 0.1
CLEAR = "\r\x1b[K"


class Progress:
    """Tells what is being done; callable with a text, so it fits wherever a `say` is wanted."""

    def __init__(
        self,
        stream: TextIO | None = None,
        *,
        log: Path | None = None,
        every: float = EVERY_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.stream = stream or sys.stderr
        self.every, self.clock, self.start = every, clock, clock()
        self.is_terminal = self.stream.isatty()
        self.is_drawn = self.is_stopping = False
        try:
            self.log = log.open("a", encoding="utf-8") if log else None
        except OSError as error:
            raise StoreError(f"the log {log} cannot be written: {error}; name another with --log") from error

    def __call__(self, text: str) -> None:
        """Say one thing on a line of its own."""
        self.line(f"[{self.clock() - self.start:6.1f} s] {text}")
        self.record(step=text)

    def line(self, text: str) -> None:
        """Write a line that stays."""
        self.stream.write(f"{CLEAR if self.is_drawn else ''}{text}\n")
        self.stream.flush()
        self.is_drawn = False

    def draw(self, text: str) -> None:
        """Draw a line that the next drawing replaces."""
        self.stream.write(f"{CLEAR}{text}")
        self.stream.flush()
        self.is_drawn = True

    def record(
        self,
        *,
        step: str,
        done: int | None = None,
        total: int | None = None,
        rate: float | None = None,
        left: float | None = None,
    ) -> None:
        """Write one line for machines: time (UTC), step, done, total, rate (a second), left (seconds)."""
        if self.log:
            body = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "step": step}
            body |= {"done": done, "total": total, "rate": rounded(rate), "left": rounded(left)}  # type: ignore[dict-item]
            self.log.write(json.dumps(body, ensure_ascii=False) + "\n")
            self.log.flush()

    @contextmanager
    def step(self, name: str, *, total: int | None = None, unit: str = "", resume: str = "") -> Iterator["Step"]:
        """Work of `total` parts. Ctrl-C waits for the part at hand, says how to go on, and stops; a second one stops at once."""
        step = Step(self, name, total=total, unit=unit, resume=resume)
        with self.patient():
            step.tell(force=True)
            yield step
            step.tell(force=True, last=True)

    @contextmanager
    def patient(self) -> Iterator[None]:
        """Let the first Ctrl-C only be noted; signals reach the main thread alone, so elsewhere nothing changes."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGINT, self.stop)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def stop(self, _: int, __: FrameType | None) -> None:
        """Note that somebody wants to stop; the second time, stop."""
        if self.is_stopping:
            raise KeyboardInterrupt
        self.is_stopping = True
        self.line("stopping after the part at hand; Ctrl-C again stops at once")

    def close(self) -> None:
        """End the drawn line and the log."""
        if self.is_drawn:
            self.stream.write("\n")
            self.is_drawn = False
        if self.log:
            self.log.close()
            self.log = None

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Step:
    """One stretch of work of known or unknown length."""

    def __init__(self, progress: Progress, name: str, *, total: int | None, unit: str, resume: str) -> None:
        self.progress, self.name, self.total, self.unit, self.resume = progress, name, total, unit, resume
        self.done, self.start, self.told = 0, progress.clock(), 0.0

    def advance(self, parts: int = 1) -> None:
        """So many parts more are done and kept; the place where a wish to stop is granted."""
        self.done += parts
        self.tell()
        if self.progress.is_stopping:
            self.progress.line(f"stopped: {self.said()}" + (f"; go on with: {self.resume}" if self.resume else ""))
            self.progress.record(step=f"{self.name}: stopped", done=self.done, total=self.total)
            raise KeyboardInterrupt

    def rate(self) -> float | None:
        """Parts a second since the start of the step."""
        passed = self.progress.clock() - self.start
        return self.done / passed if passed > 0 and self.done else None

    def left(self) -> float | None:
        """Seconds that the rest takes at this rate."""
        rate = self.rate()
        return None if rate is None or self.total is None else (self.total - self.done) / rate

    def tell(self, *, force: bool = False, last: bool = False) -> None:
        """Tell how things stand, if it is time for that."""
        progress, now = self.progress, self.progress.clock()
        if not force and now - self.told < (REDRAW_SECONDS if progress.is_terminal else progress.every):
            return
        self.told = now
        text = self.said()
        if progress.is_terminal and not last:
            progress.draw(text)
        else:
            progress.line(text)
        progress.record(step=self.name, done=self.done, total=self.total, rate=self.rate(), left=self.left())

    def said(self) -> str:
        """The state of the step for a reader."""
        of = f" of {self.total:,}" if self.total is not None else ""
        rate, left = self.rate(), self.left()
        parts = [f"{self.name}: {self.done:,}{of}{' ' + self.unit if self.unit else ''}"]
        if rate is not None:
            parts.append(f"{rate:,.3g}/s" if rate < 1000 else f"{rate:,.0f}/s")
        if left:
            parts.append(f"{duration(left)} left")
        return ", ".join(parts)


def duration(seconds: float) -> str:
    """A length of time as a reader says it.

    >>> duration(42), duration(754), duration(7500)
    ('42 s', '12 min 34 s', '2 h 05 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


def rounded(value: float | None) -> float | None:
    """A figure for the log, to a thousandth."""
    return None if value is None else round(value, 3)
