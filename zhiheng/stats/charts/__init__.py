"""Control charts for laboratories and firms: attributes, measured values, charts with a memory, and run rules.

Every chart takes arrays with time on the last axis and gives centre line, limits and a reason for each point. Constants are
computed, run lengths solved from their integral equations.
"""

from zhiheng.stats.charts.attributes import p_chart, u_chart
from zhiheng.stats.charts.constants import c4, d2, d3
from zhiheng.stats.charts.results import ControlChart
from zhiheng.stats.charts.rules import nelson, run_length, western_electric
from zhiheng.stats.charts.variables import individuals, xbar_r, xbar_s
from zhiheng.stats.charts.weighted import (
    CusumChart,
    cusum_arl,
    cusum_chart,
    cusum_decision,
    ewma_arl,
    ewma_chart,
    ewma_multiplier,
)

__all__ = [
    "ControlChart",
    "CusumChart",
    "c4",
    "cusum_arl",
    "cusum_chart",
    "cusum_decision",
    "d2",
    "d3",
    "ewma_arl",
    "ewma_chart",
    "ewma_multiplier",
    "individuals",
    "nelson",
    "p_chart",
    "run_length",
    "u_chart",
    "western_electric",
    "xbar_r",
    "xbar_s",
]
