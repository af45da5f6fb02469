"""Earlier signals like a new one: of the same or a neighbouring product, hazard and origin."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from zhiheng.rules.hazards import steps
from zhiheng.surveillance.inbox.raising import Signal

DAYS_A_MONTH = 365 / 12


def similar(signal: Signal, others: Iterable[Signal], terms: Mapping[str, Any]) -> list[tuple[float, Signal]]:
    """Signals raised before this one, the most similar first, then the latest; no more than `most`, none below `least`."""
    since = signal.day - timedelta(days=round(terms["months"] * DAYS_A_MONTH))
    found = [
        (likeness(signal.subject, other.subject, terms), other)
        for other in others
        if since <= other.day <= signal.day and other.signal_id != signal.signal_id
    ]
    kept = [one for one in found if one[0] >= terms["least"]]
    kept.sort(key=lambda one: (-one[0], -one[1].day.toordinal(), one[1].signal_id))
    return kept[: terms["most"]]


def likeness(one: Mapping[str, str], other: Mapping[str, str], terms: Mapping[str, Any]) -> float:
    """The weighted mean of the likeness of the parts that either names; a part that only one names counts nothing.

    >>> likeness({"hazard": "microbe > salmonella"}, {"hazard": "microbe > listeria"}, {"hazard": 1, "product": 1, "origin": 1})
    0.5
    """
    parts = [part for part in ("product", "hazard", "origin") if part in one or part in other]
    whole = sum(terms[part] for part in parts)
    held = sum(terms[part] * near(one.get(part, ""), other.get(part, "")) for part in parts)
    return round(held / whole, 4) if whole else 0.0


def near(one: str, other: str) -> float:
    """Twice the depth of the common ancestor over the sum of the depths (Wu and Palmer 1994, ACL 32, 133-138); 1 for the same."""
    left, right = steps(one), steps(other)
    shared = 0
    for a, b in zip(left, right, strict=False):
        if a != b:
            break
        shared += 1
    return 2 * shared / (len(left) + len(right)) if left and right else 0.0
