"""The tables that selection gives: what to inspect next and why, and how likely each target is to have a nonconformity."""

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

# One list a day and model. `reasons` is a JSON list of {"code", "value", "weight"}: the code of a feature in the model's YAML
# (its words in both languages stand there), the value it had, and how much it moved the log odds away from an average target.
SCORES = Table(
    "scores",
    "Risk scores",
    "风险评分",
    (
        Column("target", "string", "Target", "检查对象"),
        Column("on", "date", "Day of the list", "名单日期"),
        Column("probability", "float64", "Probability of a nonconformity", "发现不合格的概率"),
        Column("lower", "float64", "Lower end of the 95 % interval", "95% 区间下端"),
        Column("upper", "float64", "Upper end of the 95 % interval", "95% 区间上端"),
        Column("rank", "int64", "Rank", "名次"),
        Column("reasons", "string", "Reasons", "理由"),
        Column("model", "string", "Fingerprint of the model", "模型指纹"),
    ),
)
