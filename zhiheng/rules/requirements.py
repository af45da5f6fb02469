"""Which requirement applies to which object on which days: one at a time, never two."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from zhiheng.rules.book import Book, Rule, Value
from zhiheng.rules.categories import STEP, Categories, within

FOREVER = date(9999, 12, 31)
CONFIDENCE = ("read-mirror", "", "read-secondary", "notice", "inferred", "background")


@dataclass(frozen=True)
class Subject:
    """A kind of object and a test item on it: (category in the source's scheme, name where it decides, analyte code)."""

    category: str
    name: str
    analyte: str


@dataclass(frozen=True)
class Requirement:
    """The rule that applies to a subject from `since` until before `until`; without a rule, `absence` says why."""

    subject: Subject
    since: date
    until: date
    rule: Rule | None
    value: Value | None
    absence: str
    placed: str = ""


@dataclass(frozen=True)
class Candidate:
    """A rule that covers a subject, with how closely it does."""

    rule: Rule
    depth: int
    placed: str


def requirements(
    subjects: Iterable[Subject], *, book: Book, categories: Categories, origin: str, families: tuple[str, ...]
) -> list[Requirement]:
    """The requirements of every subject through time, in disjoint intervals.

    Legal limits come before guidance values; in one family the most specific category wins; between families the
    better-read source, then the stricter value.
    """
    by_analyte: dict[str, list[Rule]] = {}
    for rule in book.families(families):
        by_analyte.setdefault(rule.analyte, []).append(rule)
    found: list[Requirement] = []
    for subject in subjects:
        rules = by_analyte.get(subject.analyte, [])
        candidates, absence = placed_rules(subject, rules, categories=categories, origin=origin)
        found += intervals(subject, candidates, absence)
    return found


def placed_rules(
    subject: Subject, rules: list[Rule], *, categories: Categories, origin: str
) -> tuple[list[Candidate], str]:
    """The rules that cover a subject; when there are none, why."""
    if not subject.analyte:
        return [], "analyte_unknown"
    if not rules:
        return [], "no_rule"
    candidates: list[Candidate] = []
    unplaced = False
    schemes = {rule.scheme for rule in rules}
    placed = {
        scheme: categories.place(subject.category, subject.name, origin=origin, scheme=scheme) for scheme in schemes
    }
    for rule in rules:
        decision = placed[rule.scheme]
        if "*" in rule.applies:
            candidates.append(Candidate(rule, 0, "*"))
            continue
        if decision is None or not decision.to:
            # a scheme to which no decision leads at all is about other objects: there, nothing waits to be placed
            unplaced |= (origin, rule.scheme) in categories.decisions
            continue
        depths = [path.count(STEP) + 1 for path in rule.applies if within(decision.to, path)]
        if depths and not any(within(decision.to, path) for path in rule.excepts):
            candidates.append(Candidate(rule, max(depths), decision.to))
    return candidates, "" if candidates else ("category_unmapped" if unplaced else "no_rule")


def intervals(subject: Subject, candidates: list[Candidate], absence: str) -> Iterator[Requirement]:
    """The best candidate of each stretch of days between two changes."""
    if not candidates:
        yield Requirement(subject, date.min, FOREVER, None, None, absence)
        return
    days = {date.min, FOREVER}
    for candidate in candidates:
        for value in candidate.rule.values:
            days |= {value.since, value.until or FOREVER}
    ordered = sorted(days)
    last: Requirement | None = None
    for since, until in zip(ordered, ordered[1:], strict=False):
        best = choose(candidates, since)
        placed = best[0].placed if best else ""
        rule = best[0].rule if best else None
        held = best[1] if best else None
        current = Requirement(subject, since, until, rule, held, "" if best else "rule_not_in_force", placed)
        if last and (last.rule, last.value) == (current.rule, current.value):
            last = Requirement(subject, last.since, until, rule, held, last.absence, placed)
            continue
        if last:
            yield last
        last = current
    if last:
        yield last


def choose(candidates: list[Candidate], on: date) -> tuple[Candidate, Value] | None:
    """The one requirement in force on the day."""
    in_force = [(candidate, value) for candidate in candidates for value in candidate.rule.values if value.holds(on)]
    deepest: dict[str, int] = {}
    for candidate, _ in in_force:
        family = candidate.rule.family
        deepest[family] = max(deepest.get(family, 0), candidate.depth)
    closest = [(candidate, value) for candidate, value in in_force if candidate.depth == deepest[candidate.rule.family]]
    return min(closest, key=rank, default=None)


def rank(choice: tuple[Candidate, Value]) -> tuple[int, int, Decimal, str]:
    """The order of preference between requirements that apply at once."""
    candidate, value = choice
    strictness = value.high if value.high is not None else Decimal(-1)
    return (
        0 if candidate.rule.force == "legal" else 1,
        CONFIDENCE.index(value.confidence),
        strictness,
        candidate.rule.key,
    )
