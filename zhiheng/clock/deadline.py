"""A deadline: a period that has begun, as days, with the steps that led to them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property

from zhiheng.dates import day_of, moment_of
from zhiheng.rules.procedures import PeriodAt, Text


@dataclass(frozen=True)
class Pause:
    """Days that do not count, both included, and why, such as `laboratory`."""

    since: date
    until: date
    kind: str = ""

    @property
    def days(self) -> list[date]:
        """Each of the days."""
        return [self.since + timedelta(days=step) for step in range((self.until - self.since).days + 1)]


@dataclass(frozen=True)
class Skipped:
    """A day that did not count, or from which the last day moved: `why` is weekend, holiday or paused."""

    day: date
    why: str
    name: Text = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """One sentence of an explanation: `kind` is start, law_of, law, unit, skipped, made_up, paused, extended, roll, window, result,
    post, force or standing."""

    kind: str
    zh: str
    en: str


def unexplained(found: "Deadline") -> tuple[Step, ...]:  # noqa: ARG001
    """No explanation."""
    return ()


@dataclass(frozen=True)
class Deadline:
    """The days of a period.

    not_before  the first day of a window; None where there is no lower bound
    not_after   the last day, moved where the law moves it
    counted_to  the last day before it moved
    moment      the end of a period of hours
    settled     False where the year's notice is not out: the last day may still move later, never earlier
    stands      True where the period is paused at the moment: the last day is as if it went on tomorrow
    explained   makes its explanation, sentence by sentence: a case is looked at far more often than its reasons are read
    """

    rule: PeriodAt
    start: date
    not_before: date | None
    not_after: date
    counted_to: date
    moment: datetime | None = None
    settled: bool = True
    stands: bool = False
    skipped: tuple[Skipped, ...] = ()
    made_up: tuple[date, ...] = ()
    pauses: tuple[Pause, ...] = ()
    extensions: int = 0
    explained: Callable[["Deadline"], tuple[Step, ...]] = field(default=unexplained, compare=False, repr=False)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The sentences of its explanation, in their order."""
        return self.explained(self)

    @property
    def rolled(self) -> bool:
        """Whether the last day moved."""
        return self.not_after != self.counted_to

    @property
    def explanation(self) -> Text:
        """The whole explanation in each language."""
        return {"zh": "".join(step.zh for step in self.steps), "en": " ".join(step.en for step in self.steps)}

    def is_early(self, at: date | datetime) -> bool:
        """Whether the window has not opened yet."""
        return self.not_before is not None and day_of(at) < self.not_before

    def is_late(self, at: date | datetime) -> bool:
        """Whether the last day is over (it ends at 24:00)."""
        if self.moment is not None and isinstance(at, datetime):
            return moment_of(at) > self.moment
        return day_of(at) > self.not_after

    def days_left(self, at: date | datetime) -> int:
        """Calendar days until the last day; negative where it is over."""
        return (self.not_after - day_of(at)).days
