"""Surveillance: takes findings, gives rates that say what they rest on, and signals that somebody should look at."""

from zhiheng.surveillance.rates import cells, counted, series, totals, verdict_counts, verdicts_by, with_intervals
from zhiheng.surveillance.signals import newest, signals
from zhiheng.surveillance.tables import CELLS, INBOX, NOTICES, RATES, SIGNALS

__all__ = [
    "CELLS",
    "INBOX",
    "NOTICES",
    "RATES",
    "SIGNALS",
    "cells",
    "counted",
    "newest",
    "series",
    "signals",
    "totals",
    "verdict_counts",
    "verdicts_by",
    "with_intervals",
]
