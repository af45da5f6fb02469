"""Simulation: a country that does not exist, with known truth, written as the deliveries that a real one would send.

It takes a seed, a size and days; it gives one folder of results a day of receipt, and the truth that they were made from.
"""

from zhiheng.simulation.nation import Nation, simulate
from zhiheng.simulation.tables import DELIVERED, DELIVERED_UNITS, FAILURES, PREVALENCE

__all__ = ["DELIVERED", "DELIVERED_UNITS", "FAILURES", "PREVALENCE", "Nation", "simulate"]
