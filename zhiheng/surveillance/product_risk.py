"""The risk of a product from a harm scenario: its steps multiply, the product falls into a band, severity and items in use do the rest."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zhiheng.errors import UsageError

MOST_ITEMS = 10**12


@dataclass(frozen=True)
class Step:
    """One step on the way to harm: what happens, how likely it is given the steps before, and what that rests on."""

    what: str
    probability: float
    evidence: str


@dataclass(frozen=True)
class Assessment:
    """Probability of the whole scenario, its band from 0 (most likely), the band after raising, level before and after.

    `doubtful` names the steps without evidence; `next_up` the least probability at which the level would be higher, or None.
    """

    probability: float
    band: int
    raised_band: int
    bands_raised: int
    severity: int
    items: int
    level_alone: str
    level: str
    doubtful: tuple[int, ...]
    next_up: float | None


def assess(steps: Sequence[Step], *, severity: int, items: int, terms: Mapping[str, Any]) -> Assessment:
    """The risk of a scenario under the terms of zhiheng/law/int/product-risk.yaml.

    UsageError: no step, a probability outside 0 to 1, an unknown severity, a negative number of items.
    """
    if not steps or not all(0 <= step.probability <= 1 and math.isfinite(step.probability) for step in steps):
        raise UsageError("a harm scenario has one step or more, each with a probability from 0 to 1, such as 0.05")
    if severity not in terms["severities"] or not 0 <= items <= MOST_ITEMS:
        known = ", ".join(map(str, terms["severities"]))
        raise UsageError(f"severity is one of {known}, and items in use are 0 or more")
    probability = math.prod(step.probability for step in steps)
    band = band_of(probability, terms["bands"])
    up = max((raise_["bands"] for raise_ in terms["raises"] if items > raise_["items"]), default=0)
    raised = max(0, band - up)
    matrix = terms["matrix"]
    level = matrix[raised][severity - 1]
    higher = [place for place in range(raised) if matrix[place][severity - 1] != level]
    return Assessment(
        probability,
        band,
        raised,
        band - raised,
        severity,
        items,
        matrix[band][severity - 1],
        level,
        tuple(at for at, step in enumerate(steps, start=1) if not step.evidence.strip()),
        float(terms["bands"][min(max(higher) + up, len(terms["bands"]) - 1)]["above"]) if higher else None,
    )


def band_of(probability: float, bands: Sequence[Mapping[str, Any]]) -> int:
    """The first band whose bound the probability is above; a bound itself belongs to the band below it."""
    return next((at for at, band in enumerate(bands) if probability > band["above"]), len(bands) - 1)


def step(text: str) -> Step:
    """A step as it is typed: what | probability | evidence.

    >>> step("the seal fails | 0.05 | 12 of 240 tested").probability
    0.05
    """
    parts = [part.strip() for part in text.split("|")]
    try:
        what, probability = parts[0], float(parts[1])
    except (IndexError, ValueError) as error:
        raise UsageError(f"'{text[:60]}': write a step as 'what happens | 0.05 | what that rests on'") from error
    return Step(what, probability, " | ".join(parts[2:]))
