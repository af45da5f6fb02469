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

PLAN_TARGETS = Table(
    "plan_targets",
    "Targets of a plan",
    "抽检计划对象",
    (
        Column("id", "string", "Target", "对象编号"),
        Column("stratum", "string", "Stratum of the list", "名录分层"),
        Column("drawn_in", "string", "Stratum of the draw", "抽签分层"),
        Column("probability", "float64", "Probability of failing", "不合格概率"),
        Column("lower", "float64", "Its lower end", "不合格概率下端"),
        Column("upper", "float64", "Its upper end", "不合格概率上端"),
        Column("random", "float64", "Probability of being drawn at random", "随机部分入样概率"),
        Column("targeted", "float64", "Probability of being drawn by risk", "定向部分入样概率"),
        Column("inclusion", "float64", "Probability of being drawn", "入样概率"),
        Column("weight", "float64", "Weight, 1 / probability of being drawn", "权重（入样概率的倒数）"),
        Column("certain", "boolean", "Drawn with certainty", "必抽"),
        Column("why", "string", "Why", "理由"),
        Column("act", "string", "Act", "依据"),
        Column("at", "string", "Article", "条款"),
        Column("units", "int64", "Units to take", "抽取单位数"),
    ),
)

PLAN_STRATA = Table(
    "plan_strata",
    "Strata of a plan",
    "抽检计划分层",
    (
        Column("stratum", "string", "Stratum of the draw", "抽签分层"),
        Column("eligible", "int64", "Targets that may be inspected", "可抽对象数"),
        Column("random", "int64", "Random arm", "随机部分"),
        Column("targeted", "int64", "Targeted arm", "定向部分"),
        Column("drawn", "int64", "To be drawn", "抽取数"),
        Column("units", "float64", "Units to take, expected", "抽取单位期望数"),
        Column("certain", "int64", "Drawn with certainty", "必抽数"),
        Column("least_inclusion", "float64", "Smallest probability of being drawn", "最小入样概率"),
        Column("effective", "float64", "Effective sample size", "有效样本量"),
        Column("expected_findings", "float64", "Expected findings", "预期不合格数"),
        Column("lower", "float64", "Lower end of the 95 % interval", "95% 区间下端"),
        Column("upper", "float64", "Upper end of the 95 % interval", "95% 区间上端"),
    ),
)

PLAN_EXCLUDED = Table(
    "plan_excluded",
    "Rules that keep targets out of a plan",
    "不抽对象及依据",
    (
        Column("rule", "string", "Rule", "规则"),
        Column("targets", "int64", "Targets kept out", "不抽对象数"),
        Column("en", "string", "In words", "英文说明"),
        Column("zh", "string", "In Chinese", "中文说明"),
        Column("act", "string", "Act", "依据"),
        Column("at", "string", "Article", "条款"),
        Column("applied", "boolean", "The list has the column it needs", "名录有所需列"),
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
