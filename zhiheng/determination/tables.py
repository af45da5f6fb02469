"""The table that determination gives: each result with what was really measured."""

from zhiheng.evidence.tables import EXACT, RESULTS, Column, Table

STATES = ("missing", "quantified", "below_level", "above_range", "detected", "several_units")

MEASUREMENTS = Table(
    "measurements",
    "Measurements",
    "测量结果",
    (
        *RESULTS.columns,
        Column("state", "string", "State of the measurement", "测量状态"),
        Column("least", EXACT, "Least value it may have", "可能的最小值"),
        Column("most", EXACT, "Greatest value it may have", "可能的最大值"),
        Column("open", "boolean", "Whether those ends are themselves excluded", "端点是否除外"),
    ),
)
