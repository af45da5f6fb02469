"""Signals of our own results: what the looks over the tree of series raised, folded along the tree, in the form of the inbox."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np

from zhiheng import rules
from zhiheng.surveillance.inbox.candidates import Candidate
from zhiheng.surveillance.inbox.raising import Signal, graded, market_part, scored
from zhiheng.surveillance.signals import signal_id
from zhiheng.surveillance.tree.cells import DAYS, Cells
from zhiheng.surveillance.tree.judging import NAMES
from zhiheng.surveillance.tree.looking import Look

SUBJECTS = {"product_type": "product", "analyte": "hazard"}
WHOLE = "whole"
# a serious finding is known by its row, not by its count: half, as where a notice says nothing
SEVERITY = 0.5


@dataclass(frozen=True)
class Source:
    """Where the results stand: data set, and whether it is a lake, whose rows are on other pages."""

    dataset: str
    is_lake: bool = False


def from_looks(
    cells: Cells,
    looks: Iterable[Look],
    source: Source,
    *,
    terms: Mapping[str, Any],
    tree: Mapping[str, Any],
    market: frozenset[str] = frozenset(),
) -> list[Signal]:
    """The signals of all looks, the earliest first.

    Of alarms along one branch of the tree the widest is kept that no narrower one explains: a narrower one with the share
    `overlap` of its cases takes its place. The same series, or one that holds it, is not raised again within `quiet_weeks`; later
    looks are noted under the first signal.
    """
    book = Branches(cells, source, terms, tree, market)
    for look in looks:
        book.morning(look)
    return book.signals


@dataclass
class Branches:
    """The signals so far, and when each series was last raised."""

    cells: Cells
    source: Source
    terms: Mapping[str, Any]
    tree: Mapping[str, Any]
    market: frozenset[str]
    signals: list[Signal] = field(default_factory=list)
    last: dict[int, tuple[int, int]] = field(default_factory=dict)

    def morning(self, look: Look) -> None:
        """Add the signals of a look."""
        by_node: dict[int, list[int]] = {}
        for place, at in enumerate(look.alarms):
            by_node.setdefault(int(look.tests.node[at]), []).append(place)
        cases = {node: max(look.tests.count[look.alarms[place]] for place in held) for node, held in by_node.items()}
        kept: dict[int, list[int]] = {}
        # the narrowest first: parents have smaller numbers
        for node in sorted(by_node, reverse=True):
            inside = [one for one in kept if node in self.above(one)]
            heir = max(inside, key=lambda one: cases[one], default=None)
            if heir is not None and cases[heir] >= self.tree["overlap"] * cases[node]:
                kept[heir].append(node)
            else:
                kept[node] = []
        for node in sorted(kept):
            earlier = self.raised(node, look.week)
            if earlier is None:
                self.last[node] = look.week, len(self.signals)
                self.signals.append(self.signal(look, node, by_node[node], kept[node]))
            else:
                self.last[node] = look.week, earlier
                self.signals[earlier].continued.append(look.day.isoformat())

    def above(self, node: int) -> list[int]:
        """A series and all that hold it."""
        found = [node]
        while (up := int(self.cells.parent[found[-1]])) >= 0:
            found.append(up)
        return found

    def raised(self, node: int, week: int) -> int | None:
        """The signal that is not over yet of this series, or of one within it; a narrower series than before is news."""
        found = [self.last[one] for one in self.last if node in self.above(one) and (node or not one)]
        return max((at for since, at in found if week - since <= self.tree["quiet_weeks"]), default=None)

    def signal(self, look: Look, node: int, places: Sequence[int], also: Sequence[int]) -> Signal:
        """The signal of a series, by the surest of its tests."""
        order = sorted(places, key=lambda place: look.tests.p[look.alarms[place]])
        grounds = [self.ground(look, place) for place in order]
        at, head = look.alarms[order[0]], grounds[0]
        count, expected, p = (float(getattr(look.tests, name)[at]) for name in ("count", "expected", "p"))
        subject = self.subject(node)
        week = int(look.tests.week[at])
        first = not self.before(node, week)
        known = self.market | {subject["product"]} if "product" in subject else self.market
        parts = scored(
            Candidate("results", tuple(subject.items()), week, int(count), expected, p, ()),
            severity=SEVERITY,
            first=first,
            market=market_part(subject.get("product", ""), known),
            terms=self.terms,
        )
        score = sum(self.terms["score"][key] * value for key, value in parts.items()) / sum(
            self.terms["score"].values()
        )
        return Signal(
            signal_id(self.source.dataset, *sorted(subject.items()), self.cells.monday(week), look.day),
            self.source.dataset,
            look.day,
            subject,
            grounds,
            [address(self.source, self.cells.named(node), date.fromisoformat(head["week"]))],
            int(count),
            expected,
            None,
            round(score, 4),
            {key: round(value, 4) for key, value in parts.items()},
            graded(score, parts["severity"], self.terms["levels"]),
            first,
            also=[self.subject(one) for one in also],
        )

    def subject(self, node: int) -> dict[str, str]:
        """A series in the words of the inbox."""
        tree, analytes, found = rules.hazards(), rules.analytes(), {}
        for part, value in self.cells.named(node).items():
            found[SUBJECTS.get(part, part)] = tree.of_analyte(value, analytes) if part == "analyte" else value
        return found or {WHOLE: self.source.dataset}

    def before(self, node: int, week: int) -> bool:
        """Whether the series had a case in the year before."""
        past = (
            (self.cells.node == node) & (self.cells.week < week) & (self.cells.week >= week - self.tree["weeks_a_year"])
        )
        return bool(self.cells.nonconforming[past].any())

    def ground(self, look: Look, place: int) -> dict[str, Any]:
        """A test with everything that it rests on: figures, detector, lateness, and how the tree was controlled."""
        at, tests, held = look.alarms[place], look.tests, look.held
        share = float(tests.arrived[at])
        return {
            "ground": "results",
            "measure": NAMES[int(tests.measure[at])],
            "week": self.cells.monday(int(tests.week[at])).isoformat(),
            "detector": detector(self.tree, is_long=bool(tests.is_long[at])),
            "is_long": bool(tests.is_long[at]),
            "count": float(tests.count[at]),
            "judged": float(tests.judged[at]) if self.cells.has_rates else None,
            "expected": float(tests.expected[at]),
            "threshold": float(tests.bound[at]),
            "p": float(tests.p[at]),
            "q": float(held.q[at]) if math.isfinite(held.q[at]) else None,
            "rate": held.rate,
            "level": float(held.level[at]),
            "tests": held.tests,
            "series": held.series,
            "hopeless": held.hopeless,
            "method": held.method,
            "arrived": share if self.cells.has_receipt and np.isfinite(share) else None,
            "baseline": " ".join(map(str, look.baselines[place])),
        }


def detector(tree: Mapping[str, Any], *, is_long: bool) -> str:
    """The name of a detector with its baseline.

    >>> detector({"ears": {"method": "C2", "baseline": 13}}, is_long=False)
    'EARS C2, 13 weeks'
    """
    if is_long:
        return f"Farrington flexible, {tree['farrington']['years']} years"
    return f"EARS {tree['ears']['method']}, {tree['ears']['baseline']} weeks"


def address(source: Source, parts: Mapping[str, str], monday: date) -> str:
    """The rows behind a series and week, for whoever can link: kind, data set, first and last day, parts."""
    last = monday + timedelta(days=DAYS - 1)
    kind = "lake" if source.is_lake else "results"
    return "\t".join(
        [
            kind,
            source.dataset,
            monday.isoformat(),
            last.isoformat(),
            *(f"{key}={value}" for key, value in parts.items()),
        ]
    )
