"""Aberration detection in series of counts: is this week more than the weeks before it let one expect?

Every detector takes counts with time on the last axis, one series a row, and gives a frozen result with a bound, an
expectation, an alarm and a reason for each count; one that cannot be judged says why.
"""

from zhiheng.stats.aberration.baseline import Baseline, seasonal_baseline
from zhiheng.stats.aberration.cusum import CountChart, cusum
from zhiheng.stats.aberration.delay import Completed, chain_ladder, scaled_counts
from zhiheng.stats.aberration.ears import ears
from zhiheng.stats.aberration.farrington import FarringtonAberrations, farrington
from zhiheng.stats.aberration.glr import glrnb
from zhiheng.stats.aberration.results import WORDS, Aberrations, Reason
from zhiheng.stats.aberration.settings import FLEXIBLE, ORIGINAL, Farrington
from zhiheng.stats.aberration.tree import Discoveries, adjusted, simes, tree_discoveries

__all__ = [
    "FLEXIBLE",
    "ORIGINAL",
    "WORDS",
    "Aberrations",
    "Baseline",
    "Completed",
    "CountChart",
    "Discoveries",
    "Farrington",
    "FarringtonAberrations",
    "Reason",
    "adjusted",
    "chain_ladder",
    "cusum",
    "ears",
    "farrington",
    "glrnb",
    "scaled_counts",
    "seasonal_baseline",
    "simes",
    "tree_discoveries",
]
