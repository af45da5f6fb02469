"""Surveillance: takes findings, gives rates that say what they rest on, and signals that somebody should look at."""

from zhiheng.surveillance.arms import OF_POPULATION, OF_TESTED, Arms, Figure, arms, estimated
from zhiheng.surveillance.arrivals import arrivals, triangle
from zhiheng.surveillance.ranking import Estimates, Ranking, ranking
from zhiheng.surveillance.rates import cells, counted, series, totals, verdict_counts, verdicts_by, with_intervals
from zhiheng.surveillance.signals import newest, signals
from zhiheng.surveillance.tables import CELLS, INBOX, MARGINS, NOTICES, PARTS, RANKED, RATES, SIGNALS
from zhiheng.surveillance.trend import Movement, between, factors_of, margins, movement, of_samples

__all__ = [
    "CELLS",
    "INBOX",
    "MARGINS",
    "NOTICES",
    "OF_POPULATION",
    "OF_TESTED",
    "PARTS",
    "RANKED",
    "RATES",
    "SIGNALS",
    "Arms",
    "Estimates",
    "Figure",
    "Movement",
    "Ranking",
    "arms",
    "arrivals",
    "between",
    "cells",
    "counted",
    "estimated",
    "factors_of",
    "margins",
    "movement",
    "newest",
    "of_samples",
    "ranking",
    "series",
    "signals",
    "totals",
    "triangle",
    "verdict_counts",
    "verdicts_by",
    "with_intervals",
]
