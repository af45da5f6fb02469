"""The book of rules: every law file read, checked and held as frozen values."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from zhiheng.errors import RuleNotInForce, RuleUnknown
from zhiheng.identifiers import content_name


@dataclass(frozen=True)
class Citation:
    """Where a value stands, and where it was read."""

    act: str
    at: str = ""
    source: str = ""


@dataclass(frozen=True)
class Value:
    """One dated value of a rule; `low` and `high` are printed decimals in the rule's unit."""

    since: date
    until: date | None
    cite: Citation
    low: Decimal | None = None
    high: Decimal | None = None
    n: int | None = None
    c: int | None = None
    m: Decimal | None = None
    M: Decimal | None = None
    checked: date | None = None
    confidence: str = ""
    note: str = ""
    condition: str = ""
    repealed: bool = False

    def holds(self, on: date) -> bool:
        """Whether this value is in force on the day."""
        return not self.repealed and self.since <= on and (self.until is None or on < self.until)


@dataclass(frozen=True)
class Rule:
    """One requirement through time."""

    key: str
    title: dict[str, str]
    force: str
    scheme: str
    decision: str
    analyte: str
    applies: tuple[str, ...]
    excepts: tuple[str, ...]
    operator: str
    unit: str
    note: str
    values: tuple[Value, ...]
    source: str = field(default="", compare=False)

    @property
    def family(self) -> str:
        """The file that the rule stands in.

        >>> from zhiheng import rules
        >>> rules.book().rule("us/cpsia/toys-lead").family
        'us/cpsia'
        """
        return self.key.rsplit("/", 1)[0]

    def fingerprint(self, value: Value) -> str:
        """Sixteen hexadecimal digits that change when anything that decides a verdict changes."""
        decides = [
            self.key,
            self.force,
            self.decision,
            self.scheme,
            self.analyte,
            self.applies,
            self.excepts,
            self.operator,
            self.unit,
            value.condition,
            value.since.isoformat(),
            str(value.until),
            str(value.low),
            str(value.high),
            value.n,
            value.c,
            str(value.m),
            str(value.M),
            value.cite.act,
            value.cite.at,
        ]
        return content_name(decides)


@dataclass(frozen=True)
class RuleAt:
    """A rule as it stands on one day."""

    rule: Rule
    value: Value
    on: date

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the value in force."""
        return self.rule.fingerprint(self.value)

    @property
    def standing(self) -> str:
        """`unverified` when nobody has read the source, `stale` when the day is later than the last reading."""
        if self.value.checked is None:
            return "unverified"
        return "stale" if self.on > self.value.checked else "checked"


@dataclass(frozen=True)
class Book:
    """All rules by key."""

    rules: dict[str, Rule]

    def rule(self, key: str) -> Rule:
        """The rule with this key."""
        if key not in self.rules:
            near = [known for known in self.rules if key.split("/")[-1].split(".")[0] in known][:3]
            hint = f"; did you mean {', '.join(near)}?" if near else ": 'zhiheng rule --list' shows all keys"
            raise RuleUnknown(f"no rule has the key '{key}'{hint}")
        return self.rules[key]

    def at(self, key: str, *, on: date) -> RuleAt:
        """The rule as it stood on the day; never a guess before its first day or after its last."""
        rule = self.rule(key)
        for value in rule.values:
            if value.holds(on):
                return RuleAt(rule, value, on)
        raise RuleNotInForce(absence(rule, on=on))

    def families(self, names: tuple[str, ...]) -> list[Rule]:
        """The rules of the named families; a name covers every family that begins with it."""
        chosen = [rule for rule in self.rules.values() if any(covers(name, rule.family) for name in names)]
        if not chosen:
            raise RuleUnknown(f"no rules under {', '.join(names)}: 'zhiheng rule --list' shows all families")
        return chosen


def covers(name: str, family: str) -> bool:
    """Whether a family name or a folder of families covers the family."""
    return family == name or family.startswith(name + "/")


def absence(rule: Rule, *, on: date) -> str:
    """Why the rule has no value on the day, in words."""
    first, last = rule.values[0], rule.values[-1]
    if on < first.since:
        return f"{rule.key}: no value on {on}; the first begins on {first.since}"
    repealed = [value for value in rule.values if value.repealed and value.since <= on]
    if repealed:
        return f"{rule.key}: no value on {on}; it was repealed on {repealed[-1].since} by {repealed[-1].cite.act}"
    ended = [value for value in rule.values if value.until is not None and value.until <= on]
    end = ended[-1] if ended else last
    return (
        f"{rule.key}: no value on {on}; {end.cite.act} ended on {end.until} and no later edition's value has been read"
    )
