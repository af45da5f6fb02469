"""Decision: takes measurements and the requirements of their day, gives one finding a result and one verdict a sample."""

from zhiheng.decision.lot import complete, decide, graded
from zhiheng.decision.printed import compare, uncompared
from zhiheng.decision.required import required, subjects
from zhiheng.decision.tables import FINDINGS, REQUIRED, SAMPLES, VERDICTS
from zhiheng.decision.verdict import assess

__all__ = [
    "FINDINGS",
    "REQUIRED",
    "SAMPLES",
    "VERDICTS",
    "assess",
    "compare",
    "complete",
    "decide",
    "graded",
    "required",
    "subjects",
    "uncompared",
]
