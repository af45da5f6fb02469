"""The tables that selection gives: what to inspect next, and why; and what a draw drew."""

from zhiheng.evidence.tables import Column, Table

PROPOSAL = Table(
    "proposal",
    "Next inspections",
    "下一轮抽检建议",
    (
        Column("stratum", "string", "Product type", "产品类别"),
        Column("judged", "int64", "Samples judged", "已判定样品数"),
        Column("nonconforming", "int64", "Samples nonconforming", "不合格样品数"),
        Column("inconclusive", "int64", "Samples inconclusive", "无法判定样品数"),
        Column("expected_rate", "float64", "Expected rate", "预期不合格率"),
        Column("lower", "float64", "Lower end of the 95 % interval", "95% 区间下端"),
        Column("upper", "float64", "Upper end of the 95 % interval", "95% 区间上端"),
        Column("targeted", "int64", "Targeted samples", "定向抽样数"),
        Column("random", "float64", "Random samples expected", "随机抽样期望数"),
        Column("expected_findings", "float64", "Expected findings", "预期不合格数"),
        Column("why", "string", "Basis", "依据"),
    ),
)

DRAWN = Table(
    "drawn",
    "Targets drawn",
    "抽中对象",
    (
        Column("row", "int64", "Row of the list, from 0", "名单行号（自 0 起）"),
        Column("stratum", "string", "Stratum", "层"),
        Column("id", "string", "Target", "对象编号"),
        Column("probability", "float64", "Probability of being drawn", "抽中概率"),
        Column("fraction", "string", "Probability as a fraction", "概率（分数）"),
        Column("inspectors", "string", "Inspectors", "检查人员"),
    ),
)
