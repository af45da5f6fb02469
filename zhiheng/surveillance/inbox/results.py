"""Signals of our own results, in the form of the inbox: the counts of a series against their baseline, tested together."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from scipy import stats

from zhiheng import rules
from zhiheng.stats.multiplicity import adjust
from zhiheng.surveillance.inbox.candidates import Candidate
from zhiheng.surveillance.inbox.raising import Signal, graded, market_part, scored
from zhiheng.surveillance.signals import following

SUBJECTS = {"product_type": "product", "analyte": "hazard", "origin": "origin"}


def from_results(
    rows: Iterable[Mapping[str, Any]], terms: Mapping[str, Any], *, market: frozenset[str]
) -> list[Signal]:
    """Rows of SIGNALS of one data set as signals; the detector has raised them, p is that of the count given its baseline.

    A series by another dimension, such as a maker, names neither product nor hazard: its subject is that dimension.
    """
    ordered = sorted(rows, key=lambda row: (row["period"], row["signal_id"]))
    p = [chance(row) for row in ordered]
    q = adjusted(ordered, p, terms["discovery"])
    tree, analytes = rules.hazards(), rules.analytes()
    found, seen = [], set()
    for row, one, rate in zip(ordered, p, q, strict=True):
        part, name = SUBJECTS.get(row["dimension"], row["dimension"]), row["series"]
        subject = {part: tree.of_analyte(name, analytes) if part == "hazard" else name}
        candidate = Candidate("results", tuple(subject.items()), 0, row["count"], row["expected"], one, ())
        first = (row["dimension"], name) not in seen and not any(map(int, row["baseline"].split()))
        seen.add((row["dimension"], name))
        parts = scored(
            candidate,
            severity=0.5,
            first=first,
            market=market_part(subject.get("product", ""), market | {name}),
            terms=terms,
        )
        weights = terms["score"]
        score = sum(weights[key] * value for key, value in parts.items()) / sum(weights.values())
        figures = {"ground": "results", "count": row["count"], "expected": row["expected"], "p": one, "q": rate}
        found.append(
            Signal(
                row["signal_id"],
                row["dataset"],
                following(row["period"], row["step"]),
                subject,
                [figures | {"threshold": row["threshold"], "step": row["step"], "baseline": row["baseline"]}],
                [f"{row['dataset']}/{row['signal_id']}"],
                row["count"],
                row["expected"],
                rate,
                round(score, 4),
                {key: round(value, 4) for key, value in parts.items()},
                graded(score, parts["severity"], terms["levels"]),
                first,
            )
        )
    return found


def chance(row: Mapping[str, Any]) -> float:
    """How often a count as high or higher comes of the rate of its baseline: binomial, given count and baseline together."""
    before = [int(word) for word in row["baseline"].split()]
    return float(stats.binom.sf(row["count"] - 1, row["count"] + sum(before), 1 / (1 + len(before))))


def adjusted(rows: Sequence[Mapping[str, Any]], p: Sequence[float], terms: Mapping[str, Any]) -> list[float]:
    """The p-values adjusted among the signals of one period and step; what the detector did not raise is not known here."""
    groups: dict[tuple[date, str], list[int]] = {}
    for at, row in enumerate(rows):
        groups.setdefault((row["period"], row["step"]), []).append(at)
    found = [0.0] * len(p)
    for places in groups.values():
        values = adjust([p[at] for at in places], level=terms["rate"], control=terms["control"]).p
        for at, value in zip(places, values, strict=True):
            found[at] = float(value)
    return found
