"""What a row of sums may say: of the population, with its interval, or of the items tested, with the reason why it is no more."""

from collections.abc import Mapping, Sequence
from typing import Any

from zhiheng.reports.nation.figures import LEVEL
from zhiheng.surveillance.arms import NOTHING, OF_POPULATION, OF_TESTED, TARGETED, UNKNOWN, UNSTATED, Figure, Kind

IMPOSSIBLE = "the counts cannot be: below 0, or more failed than judged; what was taken back was never entered"
METHOD = "Hájek, interval of Korn and Graubard"
KINDS: Mapping[str, Kind] = {"random": "population", "targeted": "found"}


def stated(row: Mapping[str, Any], arm: str) -> Figure:
    """The figure of the batches of one arm: only the random one estimates the population, and only where every probability is known.

    The targeted arm says what looking found, a row without an arm stands for itself: both have no interval.
    """
    n, failed, kind = int(row["judged"]), int(row["nonconforming"]), KINDS.get(arm, "unstated")
    if not 0 <= failed <= n:
        return bare(kind, failed, n, None, IMPOSSIBLE)
    if not n:
        return bare(kind, failed, n, None, NOTHING)
    if kind == "found":
        return bare(kind, failed, n, row["rate"], TARGETED)
    if kind == "unstated":
        return bare(kind, failed, n, row["rate"], UNSTATED)
    if row["weighted_lower"] is None:
        return bare(kind, failed, n, row["rate"], UNKNOWN.format(missing=row["unweighted"], n=n))
    reasons = (row["weighted_reason"],) if row["weighted_reason"] else ()
    return Figure(
        kind, OF_POPULATION, failed, n, row["weighted"], row["weighted_lower"], row["weighted_upper"], LEVEL, METHOD, reasons,
    )  # fmt: skip


def bare(kind: Kind, failed: int, n: int, rate: float | None, reason: str) -> Figure:
    """A figure of the items tested."""
    return Figure(kind, OF_TESTED, failed, n, rate, None, None, None, "share", (reason,))


def is_population(rows: Sequence[Mapping[str, Any]], arm: str) -> bool:
    """Whether all rows of an arm that hold judged batches may speak of the population; units set side by side must be of one kind."""
    held = [stated(row, arm) for row in rows if row["judged"] > 0]
    return bool(held) and all(figure.of == OF_POPULATION for figure in held)
