"""Surveillance: takes findings, gives rates that say what they rest on, and signals that somebody should look at."""

from zhiheng.surveillance.arms import OF_POPULATION, OF_TESTED, Arms, Figure, arms, estimated
from zhiheng.surveillance.rates import cells, counted, series, totals, verdict_counts, verdicts_by, with_intervals
from zhiheng.surveillance.signals import newest, signals
from zhiheng.surveillance.tables import CELLS, RATES, SIGNALS

__all__ = [
    "CELLS",
    "OF_POPULATION",
    "OF_TESTED",
    "RATES",
    "SIGNALS",
    "Arms",
    "Figure",
    "arms",
    "cells",
    "counted",
    "estimated",
    "newest",
    "series",
    "signals",
    "totals",
    "verdict_counts",
    "verdicts_by",
    "with_intervals",
]
