"""Answers that were worked out once: those asked last are kept, up to a number of rows in all."""

from collections.abc import Callable, Sized
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar

T = TypeVar("T")
# a row of sums takes about two kilobytes
MOST_ROWS = 60_000


@dataclass(eq=False)
class Memory:
    """Answers by question; whoever asks first works it out, and what was not asked for longest makes room.

    >>> memory = Memory(most=2)
    >>> memory.once("a", lambda: [1]), memory.once("a", lambda: [2]), memory.once("b", lambda: [3, 4])
    ([1], [1], [3, 4])
    >>> memory.once("a", lambda: [5])
    [5]
    """

    most: int = MOST_ROWS
    held: dict[Any, tuple[Any, int]] = field(default_factory=dict)
    rows: int = 0
    lock: Lock = field(default_factory=Lock)

    def once(self, question: Any, answer: Callable[[], T]) -> T:
        """The answer of a question; two readers may work it out at the same time, and get the same."""
        found = self.held.get(question)
        if found is None:
            made = answer()
            found = made, max(1, len(made)) if isinstance(made, Sized) else 1
        with self.lock:
            self.rows += found[1] - self.held.pop(question, (None, 0))[1]
            self.held[question] = found
            while self.rows > self.most and len(self.held) > 1:
                self.rows -= self.held.pop(next(iter(self.held)))[1]
        value: T = found[0]
        return value

    def clear(self) -> None:
        """Forget every answer."""
        with self.lock:
            self.held.clear()
            self.rows = 0
