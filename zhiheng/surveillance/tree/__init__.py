"""Series within series, week by week: takes findings, gives the tests of every series as a count and as a rate, and which of
them hold when the false discoveries of the whole tree are controlled."""

from zhiheng.surveillance.tree.cells import Cells, cells, items, level
from zhiheng.surveillance.tree.control import Controlled, control
from zhiheng.surveillance.tree.judging import Tests, judge
from zhiheng.surveillance.tree.looking import Look, look, looks

__all__ = ["Cells", "Controlled", "Look", "Tests", "cells", "control", "items", "judge", "level", "look", "looks"]
