"""Sampling plans: takes a lot and what it is to be protected from, gives how many items to inspect and when to refuse."""

from zhiheng.selection.sampling.attributes import AttributesPlan, double_plan, for_lot, single_plan, tighter
from zhiheng.selection.sampling.declared import limiting_plan, ratio_plan
from zhiheng.selection.sampling.scheme import SEVERITIES, Lots, Scheme, Severity, lots, scheme
from zhiheng.selection.sampling.switching import (
    History,
    Inspected,
    Series,
    SwitchingRules,
    advance,
    follow,
    inspected,
    switching_rules,
)
from zhiheng.selection.sampling.variables import PrintedPlan, matched, printed_letter, printed_level, printed_plan

__all__ = [
    "SEVERITIES",
    "AttributesPlan",
    "History",
    "Inspected",
    "Lots",
    "PrintedPlan",
    "Scheme",
    "Series",
    "Severity",
    "SwitchingRules",
    "advance",
    "double_plan",
    "follow",
    "for_lot",
    "inspected",
    "limiting_plan",
    "lots",
    "matched",
    "printed_letter",
    "printed_level",
    "printed_plan",
    "ratio_plan",
    "scheme",
    "single_plan",
    "switching_rules",
    "tighter",
]
