"""Aberration detection in series of counts: is this week more than the weeks before it let one expect?

Every detector takes counts with time on the last axis, one series a row, and gives a frozen result with a bound, an
expectation, an alarm and a reason for each count; one that cannot be judged says why.
"""

from zhiheng.stats.aberration.ears import ears
from zhiheng.stats.aberration.farrington import FarringtonAberrations, farrington
from zhiheng.stats.aberration.results import WORDS, Aberrations, Reason
from zhiheng.stats.aberration.settings import FLEXIBLE, ORIGINAL, Farrington

__all__ = [
    "FLEXIBLE",
    "ORIGINAL",
    "WORDS",
    "Aberrations",
    "Farrington",
    "FarringtonAberrations",
    "Reason",
    "ears",
    "farrington",
]
