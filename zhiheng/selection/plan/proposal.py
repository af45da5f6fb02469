"""A first proposal of the next inspections: a targeted arm where findings are expected, and always a random arm."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from zhiheng.stats import posterior, prior_by_moments

LEVEL = 0.95


@dataclass(frozen=True)
class Terms:
    """How a proposal is made: number of samples, share of the random arm, at most this share for one stratum."""

    budget: int
    random_share: float
    largest_share: float


def propose(history: Sequence[Mapping[str, Any]], *, terms: Terms, supports: str) -> list[tuple[Any, ...]]:
    """Lines of PROPOSAL, those with most targeted samples first.

    With denominators, each stratum's rate is shrunk towards the common one (beta-binomial, moments), and the targeted
    arm follows the expected rate. Samples of the random arm are drawn over all strata alike: `random` is how many of them a
    stratum may expect. A stratum in which nothing was ever judged is met by the random arm alone. Where only
    failures are known there is no rate: the arm follows their number.
    """
    strata = sorted((row for row in history if row["value"]), key=lambda row: row["value"])
    if not strata:
        return []
    expected, lower, upper = expectations(strata, supports)
    judged = np.array([row["judged"] for row in strata], dtype=float)
    weights = (
        np.array([row["nonconforming"] for row in strata], dtype=float)
        if expected is None
        else np.where(judged > 0, expected, 0.0)
    )
    drawn = max(1, round(terms.budget * terms.random_share))
    random = drawn / len(strata)
    targeted = spread(weights, terms.budget - drawn, terms.largest_share)
    lines = []
    for place, row in enumerate(strata):
        rate: float | None = None
        bounds: tuple[float | None, float | None] = (None, None)
        if expected is not None and lower is not None and upper is not None and row["judged"] > 0:
            rate, bounds = float(expected[place]), (float(lower[place]), float(upper[place]))
        total = float(targeted[place]) + random
        why = "number_of_failures" if expected is None else ("no_history" if rate is None else "shrunk_rate")
        lines.append(
            (
                row["value"],
                row["judged"],
                row["nonconforming"],
                row["inconclusive"],
                rate,
                *bounds,
                int(targeted[place]),
                random,
                None if rate is None else rate * total,
                why,
            )
        )
    return sorted(lines, key=lambda line: (-line[7], -line[2], line[0]))


def expectations(
    strata: Sequence[Mapping[str, Any]], supports: str
) -> tuple[np.ndarray | None, np.ndarray | None, np.ndarray | None]:
    """Expected rate and interval of every stratum, or nothing where no rate can be had."""
    failed = np.array([row["nonconforming"] for row in strata], dtype=float)
    judged = np.array([row["judged"] for row in strata], dtype=float)
    known = judged > 0
    if supports == "failures" or known.sum() < 2 or failed[known].sum() in (0.0, judged[known].sum()):
        return None, None, None
    prior = prior_by_moments(failed[known], judged[known])
    found = posterior(prior, failed, judged, level=LEVEL)
    return np.asarray(found.mean), np.asarray(found.lower), np.asarray(found.upper)


def spread(weights: np.ndarray, total: int, largest_share: float) -> np.ndarray:
    """Whole numbers in proportion to weights that add up to the total (largest remainders), none above the share.

    >>> spread(np.array([3.0, 1.0]), 8, 1.0)
    array([6, 2])
    """
    if total <= 0 or weights.sum() <= 0:
        weights = np.ones_like(weights)
    cap = max(1.0, np.ceil(total * largest_share), np.ceil(total / len(weights)))
    exact = np.zeros_like(weights, dtype=float)
    left, free = float(total), np.ones(len(weights), dtype=bool)
    while left > 1e-9 and free.any():
        share = np.where(free, weights, 0.0)
        if share.sum() <= 0:  # what has no weight gets nothing: the rest goes where weight is, above the cap
            exact += weights / weights.sum() * left
            break
        exact += share / share.sum() * left
        over = exact > cap
        left = float((exact - cap)[over].sum())
        exact[over], free = cap, free & ~over
    whole = np.floor(exact + 1e-9).astype(int)
    order = np.argsort(-(exact - whole), kind="stable")
    for place in order[: total - int(whole.sum())]:
        whole[place] += 1
    return whole
