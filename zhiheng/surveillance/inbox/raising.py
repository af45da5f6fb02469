"""Mornings: week by week the candidates are tested together, folded into each other, scored and graded; what remains is a signal."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np

from zhiheng.stats.multiplicity import adjust
from zhiheng.surveillance.inbox.candidates import Candidate, Subject, on_market, pairs, singles, trends
from zhiheng.surveillance.inbox.weeks import Weeks, weeks

WEEKS_A_MONTH = 52 / 12


@dataclass(frozen=True)
class Signal:
    """What somebody should look at: source, day, subject, grounds with their figures, evidence, score with its parts, level."""

    signal_id: str
    source: str
    day: date
    subject: dict[str, str]
    grounds: list[dict[str, Any]]
    evidence: list[str]
    count: int
    expected: float
    q: float | None
    score: float
    parts: dict[str, float]
    level: int
    first: bool
    also: list[dict[str, str]] = field(default_factory=list)
    continued: list[str] = field(default_factory=list)


def raised(lines: Sequence[Mapping[str, Any]], terms: Mapping[str, Any], *, market: frozenset[str]) -> list[Signal]:
    """The signals of one source's notices, as every Monday's look would have raised them, the earliest first.

    No look uses a notice of a later day. All tests of one week are adjusted together (`discovery`).
    """
    if not lines:
        return []
    found = weeks(lines, serious=terms["single"]["seriousness"])
    kinds = [trends(found, terms["trend"], parts=parts) for parts in terms["trend"]["series"]]
    kinds += [pairs(found, terms["pairs"], table=table) for table in terms["pairs"]["tables"]]
    quiet = math.ceil(terms["novelty_months"] * WEEKS_A_MONTH)
    tests = np.sum([kind.tests for kind in kinds], axis=0)
    by_week: dict[int, list[Candidate]] = {}
    for candidate in [one for kind in kinds for one in kind.candidates]:
        by_week.setdefault(candidate.week, []).append(candidate)
    alone: dict[int, list[Candidate]] = {}
    for candidate in singles(found, terms["single"], quiet=quiet, market=market):
        alone.setdefault(candidate.week, []).append(candidate)
    book = Book(found, terms, market, quiet)
    for week in sorted({*by_week, *alone}):
        kept = discovered(by_week.get(week, []), int(tests[week]), terms["discovery"])
        book.morning(week, kept, alone.get(week, []))
    return book.signals


def discovered(candidates: Sequence[Candidate], tests: int, terms: Mapping[str, Any]) -> list[tuple[Candidate, float]]:
    """The candidates that hold when all tests of the week are adjusted together, each with its adjusted p."""
    if not candidates:
        return []
    p = np.ones(max(tests, len(candidates)))
    p[: len(candidates)] = [one.p for one in candidates]
    found = adjust(p, level=terms["rate"], control=terms["control"])
    return [(one, float(found.p[at])) for at, one in enumerate(candidates) if found.found[at]]


@dataclass
class Book:
    """The signals so far, and when each subject was last raised."""

    found: Weeks
    terms: Mapping[str, Any]
    market: frozenset[str]
    quiet: int
    signals: list[Signal] = field(default_factory=list)
    last: dict[Subject, tuple[int, int]] = field(default_factory=dict)

    def morning(self, week: int, kept: Sequence[tuple[Candidate, float]], alone: Sequence[Candidate]) -> None:
        """Add the signals of a week."""
        grounds: dict[Subject, list[tuple[Candidate, float | None]]] = {}
        for candidate, q in [*kept, *((one, None) for one in alone)]:
            grounds.setdefault(candidate.subject, []).append((candidate, q))
        folded: dict[Subject, list[Subject]] = {}
        chosen: list[tuple[Subject, set[int]]] = []
        # the narrowest first; among equals the one with more behind it
        for subject in sorted(grounds, key=lambda one: (-len(one), -grounds[one][0][0].count, one)):
            lines = {line for candidate, _ in grounds[subject] for line in candidate.lines}
            owner = next((other for other, held in chosen if self.is_within(subject, lines, other, held)), None)
            if owner is None:
                chosen.append((subject, lines))
            else:
                folded.setdefault(owner, []).append(subject)
        for subject, lines in chosen:
            self.raise_(week, subject, grounds[subject], lines, folded.get(subject, []))

    def is_within(self, wide: Subject, lines: set[int], narrow: Subject, held: set[int]) -> bool:
        """Whether a wider subject says the same as a narrower one: it holds all of it, and little more."""
        covers = set(wide) < set(narrow)
        return covers and len(lines & held) >= self.terms["overlap"] * len(lines)

    def raise_(
        self,
        week: int,
        subject: Subject,
        grounds: Sequence[tuple[Candidate, float | None]],
        lines: set[int],
        also: Sequence[Subject],
    ) -> None:
        """A new signal, or one more week of an earlier one that is not quiet yet."""
        before = self.last.get(subject)
        lasting = all(candidate.ground == "pair" for candidate, _ in grounds)
        quiet = self.terms["pairs" if lasting else "discovery"].get("quiet_weeks", self.terms["quiet_weeks"])
        if before is not None and week - before[0] <= quiet:
            self.last[subject] = (week, before[1])
            self.signals[before[1]].continued.append(self.day(week).isoformat())
            return
        self.last[subject] = (week, len(self.signals))
        self.signals.append(self.made(week, subject, grounds, sorted(lines), also))

    def day(self, week: int) -> date:
        """The Monday on which a week is looked at: the one after it."""
        return self.found.monday(week) + timedelta(days=7)

    def made(
        self,
        week: int,
        subject: Subject,
        grounds: Sequence[tuple[Candidate, float | None]],
        lines: Sequence[int],
        also: Sequence[Subject],
    ) -> Signal:
        """The signal with its score and level."""
        source = str(self.found.lines[0]["source"])
        lead = min(grounds, key=lambda one: (one[0].p is None, one[0].p or 0.0))
        first = self.is_first(subject, week, lines)
        grave = float(np.mean(self.found.serious[list(lines)]))
        parts = scored(
            lead[0],
            severity=grave,
            first=first,
            market=market_part(dict(subject).get("product", ""), self.market),
            terms=self.terms,
        )
        weights = self.terms["score"]
        score = sum(weights[name] * value for name, value in parts.items()) / sum(weights.values())
        day = self.day(week)
        told = "|".join(f"{part}={value}" for part, value in subject)
        return Signal(
            hashlib.sha256(f"{source}|{told}|{day}".encode()).hexdigest()[:12],
            source,
            day,
            dict(subject),
            [
                {"ground": one.ground, "count": one.count, "expected": one.expected, "p": one.p, "q": q} | one.figures
                for one, q in grounds
            ],
            [f"{self.found.lines[line]['notice']}#{self.found.lines[line]['item']}" for line in lines],
            lead[0].count,
            lead[0].expected,
            lead[1],
            round(score, 4),
            {name: round(value, 4) for name, value in parts.items()},
            graded(score, grave, self.terms["levels"]),
            first,
            [dict(one) for one in also],
        )

    def is_first(self, subject: Subject, week: int, lines: Sequence[int]) -> bool:
        """Whether nothing of this kind was reported in the months before the evidence; early weeks cannot say so."""
        begins = int(min(self.found.week[line] for line in lines))
        if begins < self.quiet:
            return False
        same = np.ones(len(self.found.week), dtype=bool)
        for part, value in subject:
            same &= self.found.codes[part] == self.found.names[part].index(value)
        earlier = same & (self.found.week < begins) & (self.found.week >= begins - self.quiet)
        return not bool(earlier.any()) and week >= self.quiet


def scored(
    lead: Candidate, *, severity: float, first: bool, market: float, terms: Mapping[str, Any]
) -> dict[str, float]:
    """The parts of the score, each between 0 and 1: how sure, how much more, how serious, how new, whether sold here."""
    p = lead.p if lead.p is not None else 1.0
    # a single notice has no past to have grown from
    ratio = 1.0 if lead.p is None else lead.count / lead.expected if lead.expected > 0 else float(terms["growth_at"])
    return {
        "strength": min(1.0, -math.log10(max(p, 1e-300)) / terms["strength_at"]),
        "growth": min(1.0, max(0.0, math.log(max(ratio, 1e-9)) / math.log(terms["growth_at"]))),
        "severity": severity,
        "novelty": float(first),
        "market": market,
    }


def market_part(product: str, market: frozenset[str]) -> float:
    """1 on our market, 0 not on it, a half where the signal names no product or we know no market."""
    return 0.5 if not product or not market else float(on_market(product, market))


def graded(score: float, severity: float, levels: Sequence[Mapping[str, Any]]) -> int:
    """The first level whose bounds are met."""
    for one in levels:
        if score >= one.get("score", 0.0) and severity >= one.get("severity", 0.0):
            return int(one["level"])
    return int(levels[-1]["level"])
