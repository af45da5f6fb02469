"""Determination: takes results, gives what was really measured, the range in which the true value is stated to lie."""

from zhiheng.determination.measurement import measure
from zhiheng.determination.tables import MEASUREMENTS

__all__ = ["MEASUREMENTS", "measure"]
