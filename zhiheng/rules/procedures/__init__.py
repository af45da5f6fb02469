"""Procedures: states, acts and periods of casework, read from law/cn/procedures and law/cn/deadlines as in force on a day."""

from zhiheng.rules.procedures.library import period, periods, procedure, procedures, read
from zhiheng.rules.procedures.period import UNITS, Counting, Period, PeriodAt, PeriodValue, Text
from zhiheng.rules.procedures.procedure import Act, Field, Procedure, State

__all__ = [
    "UNITS",
    "Act",
    "Counting",
    "Field",
    "Period",
    "PeriodAt",
    "PeriodValue",
    "Procedure",
    "State",
    "Text",
    "period",
    "periods",
    "procedure",
    "procedures",
    "read",
]
