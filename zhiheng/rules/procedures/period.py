"""Periods: how many days a statute gives, through time, and how that statute counts them."""

from dataclasses import dataclass, field
from datetime import date

from zhiheng.errors import RuleNotInForce
from zhiheng.rules.book import Citation

Text = dict[str, str]  # a wording by language: zh, en
UNITS = {
    "d": {"zh": "日", "en": "days"},
    "wd": {"zh": "个工作日", "en": "working days"},
    "month": {"zh": "个月", "en": "months"},
    "year": {"zh": "年", "en": "years"},
    "hour": {"zh": "小时", "en": "hours"},
}


@dataclass(frozen=True)
class Counting:
    """How a statute counts, since a day: `start`, `months`, `roll` and `hours` are the articles, empty where it has none.

    `working` says which of its numbers of days are working days: "all", "upto 10", "2 3 5 7" or empty.
    """

    key: str
    title: Text
    since: date
    cite: Citation
    start: Text
    months: Text
    roll: Text
    hours: Text
    working: str
    note: Text
    checked: date | None = None

    def are_working(self, length: int) -> bool | None:
        """Whether this statute makes a period of so many days one of working days; None where it does not say."""
        if not self.working:
            return None
        if self.working == "all":
            return True
        first, *rest = self.working.split()
        return length <= int(rest[0]) if first == "upto" else str(length) in self.working.split()


@dataclass(frozen=True)
class PeriodValue:
    """One dated value of a period: `length` in `unit`, and where it is a window, `opens` in the same unit.

    `legal` is False for a practice or a proposal; `roll` None leaves it to the statute; `extension` is what one
    extension adds, 0 where the law knows none.
    """

    since: date
    until: date | None
    length: int
    unit: str
    statute: str
    cite: Citation
    opens: int | None = None
    roll: bool | None = None
    extension: int = 0
    checked: date | None = None
    legal: bool = True
    repealed: bool = False
    note: Text | None = None

    def holds(self, on: date) -> bool:
        """Whether this value is in force on the day."""
        return not self.repealed and self.since <= on and (self.until is None or on < self.until)


@dataclass(frozen=True)
class Period:
    """A period through time.

    key        such as `product-sampling/objection`
    begins     the event from which it runs, in words
    binds      the role that has to act
    expires    the act that the system does when it has passed; empty: it is late, and that is all
    excluded   the kinds of pauses that do not count, such as `laboratory`
    countings  how each statute counts, by its key, through time
    times      what the kinds of pauses are called
    """

    key: str
    title: Text
    begins: Text
    binds: str
    excluded: tuple[str, ...]
    expires: str
    values: tuple[PeriodValue, ...]
    countings: dict[str, tuple[Counting, ...]]
    times: dict[str, Text] = field(default_factory=dict)
    region: str = ""
    source: str = ""

    def at(self, on: date) -> "PeriodAt":
        """The period as the law of a day has it; never a guess before its first day or after its repeal."""
        for value in self.values:
            if value.holds(on):
                return PeriodAt(self, value, self.counting(value.statute, on), on)
        raise RuleNotInForce(self.absence(on))

    def counting(self, statute: str, on: date) -> Counting:
        """How a statute counted on a day."""
        versions = [one for one in self.countings[statute] if one.since <= on]
        if not versions:
            first = self.countings[statute][0]
            raise RuleNotInForce(
                f"{self.key}: how '{statute}' counts is not known on {on}; it begins on {first.since} with {first.cite.act}"
            )
        return versions[-1]

    def absence(self, on: date) -> str:
        """Why there is no value on a day, in words."""
        if on < self.values[0].since:
            return f"{self.key}: no value on {on}; the first begins on {self.values[0].since}"
        last = [value for value in self.values if value.since <= on][-1]
        if last.repealed:
            return f"{self.key}: no value on {on}; it was repealed on {last.since} by {last.cite.act}"
        return f"{self.key}: no value on {on}; {last.cite.act} ended on {last.until}"


@dataclass(frozen=True)
class PeriodAt:
    """A period under the law of one day: what `zhiheng.clock.due` takes."""

    period: Period
    value: PeriodValue
    counting: Counting
    on: date

    @property
    def standing(self) -> str:
        """`unverified` when nobody has read the source, `stale` when the day is later than the last reading, or `checked`."""
        if self.value.checked is None:
            return "unverified"
        return "stale" if self.on > self.value.checked else "checked"
