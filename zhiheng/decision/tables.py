"""The tables of decision: the requirement of each kind of object, the finding of each result, the verdict of each sample."""

from zhiheng.determination.tables import MEASUREMENTS
from zhiheng.evidence.delivered import LEAN, PLACED, REPORTED
from zhiheng.evidence.tables import EXACT, Column, Table

VERDICTS = ("conforming", "nonconforming", "inconclusive", "not_judged")

REASONS = {
    "within_limit": ("within the limit", "未超过标准值"),
    "reporting_level_within_limit": (
        "not found, and the reporting level is within the limit",
        "未检出，报告限不高于标准值",
    ),
    "not_found": ("not found where it may not be", "不得检出（使用）项目未检出"),
    "plan_met": ("the sampling plan is met", "符合采样方案"),
    "exceeds_limit": ("beyond the limit", "超过标准值"),
    "below_minimum": ("below the minimum", "低于最低值"),
    "found_where_not_allowed": ("found where it may not be", "检出不得检出（使用）的物质"),
    "plan_failed": ("the sampling plan is not met", "不符合采样方案"),
    "reporting_level_above_limit": (
        "not found, but the reporting level is above the limit",
        "未检出，但报告限高于标准值",
    ),
    "reporting_level_unknown": ("not found, and the reporting level is not given", "未检出，但未给出报告限"),
    "uncertainty_straddles_limit": ("the uncertainty straddles the limit", "测量不确定度区间跨越标准值"),
    "range_exceeded": ("more than the method could measure", "超出方法测量范围"),
    "no_figure": ("found, but without a figure", "检出但无数值"),
    "too_few_units": ("fewer units tested than the plan asks for", "检验件数少于采样方案要求"),
    "units_unclear": ("too little is known of single units", "个别件的数值不明，无法按方案判定"),
    "condition_unknown": ("whether the rule's condition is met is not known", "规则的适用条件是否满足不明"),
    "quality_control": ("a quality-control sample", "质量控制样品"),
    "analyte_unknown": ("nobody has entered this test item", "检验项目未录入"),
    "no_rule": ("no rule for this item and product", "该产品该项目没有规则"),
    "category_unmapped": ("the product is not placed in the rule's categories", "产品未归入规则的食品类别"),
    "rule_not_in_force": ("no rule in force on the day", "当日没有有效规则"),
    "unit_not_comparable": ("the unit cannot be compared with the limit's", "单位与标准值不可比"),
    "missing_value": ("the value is missing", "缺少检验结果"),
}

REQUIRED = Table(
    "required",
    "Requirements",
    "适用要求",
    (
        Column("product_type", "string", "Product type", "产品类别"),
        Column("name_key", "string", "Product, where it decides", "产品名称（决定归类时）"),
        Column("analyte", "string", "Test item code", "检验项目代码"),
        Column("since", "date", "First day", "起始日"),
        Column("until", "date", "First day it no longer holds", "失效日"),
        Column("absence", "string", "Why there is no rule", "无规则原因"),
        Column("placed", "string", "Where the product was placed", "归入类别"),
        Column("rule_key", "string", "Rule", "规则"),
        Column("rule_since", "date", "Rule in force since", "规则生效日"),
        Column("rule_until", "date", "Rule in force until", "规则失效日"),
        Column("citation", "string", "Source", "依据"),
        Column("fingerprint", "string", "Fingerprint of the rule", "规则指纹"),
        Column("force", "string", "Legal limit or guidance", "法定限量或指导值"),
        Column("confidence", "string", "How the figure was read", "数值来源"),
        Column("checked", "date", "Source last read on", "最近核对日"),
        Column("decision", "string", "Decision rule", "判定规则"),
        Column("condition", "string", "Condition", "适用条件"),
        Column("met_by", "string", "How a test item's name states the condition", "项目名称中的条件表述"),
        Column("operator", "string", "Operator", "比较符"),
        Column("low", EXACT, "Lower limit", "下限"),
        Column("high", EXACT, "Upper limit", "上限"),
        Column("n", "int64", "Plan, n", "方案 n"),
        Column("c", "int64", "Plan, c", "方案 c"),
        Column("m", EXACT, "Plan, m", "方案 m"),
        Column("m_max", EXACT, "Plan, M", "方案 M"),
        Column("rule_kind", "string", "Unit of the limit", "限值单位"),
        Column("rule_text", "string", "Limit", "标准值"),
    ),
)

FINDINGS = Table(
    "findings",
    "Findings",
    "单项判定",
    (
        *MEASUREMENTS.columns,
        Column("verdict", "string", "Verdict", "判定"),
        Column("reason", "string", "Reason", "理由"),
        *[
            column
            for column in REQUIRED.columns
            if column.name not in ("product_type", "name_key", "analyte", "since", "until", "absence")
        ],
        Column("standing", "string", "Standing of the rule", "规则核对状态"),
        Column("exceedance", "float64", "Result over limit", "结果与标准值之比"),
        Column("severity", "string", "Severity", "程度"),
        Column("superseded", "boolean", "Replaced by a retest", "已被复检替代"),
        Column("printed_verdict", "string", "Verdict by the printed limit", "按原文标准值判定"),
        Column("agreement", "string", "Printed limit against ours", "原文标准值与规则比对"),
    ),
)

SAMPLES = Table(
    "samples",
    "Samples",
    "样品综合判定",
    (
        Column("sample_id", "string", "Sample", "样品编号"),
        Column("dataset", "string", "Data set", "数据集"),
        Column("product_type", "string", "Product type", "产品类别"),
        Column("product_name", "string", "Product", "产品名称"),
        Column("maker", "string", "Maker", "标称生产者"),
        Column("origin", "string", "Origin", "产地"),
        Column("site", "string", "Site or inspected party", "受检单位或站点"),
        Column("region", "string", "Region of sampling", "抽样地区"),
        Column("province", "string", "Publishing province", "公布省份"),
        Column("day", "date", "Day whose rules apply", "适用规则之日"),
        Column("verdict", "string", "Verdict", "综合判定"),
        Column("severity", "string", "Severity", "程度"),
        Column("results", "int64", "Results", "检验结果数"),
        Column("nonconforming", "int64", "Nonconforming", "不合格项"),
        Column("inconclusive", "int64", "Inconclusive", "无法判定项"),
        Column("not_judged", "int64", "Not judged", "未判项"),
        Column("guidance_exceeded", "int64", "Guidance values exceeded", "超过指导值项"),
    ),
)

ENVELOPES = Table(
    "envelopes",
    "What is plain",
    "明显合格范围",
    (
        Column("subject", "int32", "Code of product type and test item", "产品类别与检验项目编码"),
        Column("settled_before", "date", "Day before which there was no rule", "此日之前没有规则"),
        Column("settled_after", "date", "Day from which there is no rule any more", "此日之后没有规则"),
        Column("absence", "string", "Why there was no rule", "无规则原因"),
        Column("clear_since", "date", "First day of the envelope", "范围起始日"),
        Column("clear_until", "date", "First day it no longer holds", "范围失效日"),
        Column("high", LEAN, "Greatest plain value", "明显合格的最大值"),
        Column("low", LEAN, "Least plain value", "明显合格的最小值"),
        Column("level", LEAN, "Greatest plain reporting level", "明显合格的最大报告限"),
        Column(
            "below",
            "int8",
            "Not found is plain at any level: 1 of a result, 2 of its units",
            "未检出即合格（1 单件，2 逐件）",
        ),
        Column("units_high", LEAN, "Greatest plain unit value", "逐件明显合格的最大值"),
        Column("units_least", "int32", "Least units of a plan", "方案要求的最少件数"),
        Column("guarded", "int8", "Whether the uncertainty counts", "是否计入不确定度"),
    ),
)

COUNTED = (
    Column("results", "int32", "Results", "检验结果数"),
    Column("nonconforming", "int32", "Nonconforming results", "不合格项"),
    Column("inconclusive", "int32", "Inconclusive results", "无法判定项"),
    Column("not_judged", "int32", "Results not judged", "未判项"),
)

KEPT_FINDINGS = Table(
    "kept_findings",
    "Findings that are not plain",
    "单项判定（非明显合格）",
    (
        *FINDINGS.columns,
        *PLACED,
        Column("received", "date", "Received on", "接收日期"),
        Column("version", "int32", "Version of the report", "报告版次"),
        Column("maker_id", "string", "Maker's identifier", "生产者统一社会信用代码"),
        Column("site_id", "string", "Inspected party's identifier", "受检单位统一社会信用代码"),
        Column("size", "string", "Size of the firm", "企业规模"),
        Column("channel", "string", "Channel", "抽样环节"),
        Column("arm", "string", "Targeted or random selection", "靶向抽样或随机抽样"),
        Column("inclusion", "float64", "Inclusion probability", "入样概率"),
        Column("again", "int8", "Whether the sample was reported before", "样品是否已有报告"),
        Column("subject", "int32", "Code of product type and test item", "产品类别与检验项目编码"),
        Column("settled", "boolean", "Whether there was no rule before that day", "当日之前没有规则"),
    ),
)

LEDGER = Table(
    "ledger",
    "Verdicts that are not plain, and changes of verdicts",
    "综合判定台账",
    (
        Column("sign", "int8", "1 enters, -1 takes back", "1 记入，-1 冲回"),
        Column("kind", "string", "First verdict or a change", "首次判定或变更"),
        *PLACED,
        Column("received", "date", "Received on", "接收日期"),
        *REPORTED,
        Column("verdict", "string", "Verdict", "综合判定"),
        Column("severity", "string", "Severity", "程度"),
        *COUNTED,
    ),
)

MEASURES = (
    Column("batches", "int64", "Batches", "批次"),
    Column("nonconforming", "int64", "Nonconforming batches", "不合格批次"),
    Column("inconclusive", "int64", "Inconclusive batches", "无法判定批次"),
    Column("not_judged", "int64", "Batches not judged", "未判批次"),
    Column("results", "int64", "Results", "检验结果数"),
    Column("results_nonconforming", "int64", "Nonconforming results", "不合格项"),
    Column("results_inconclusive", "int64", "Inconclusive results", "无法判定项"),
    Column("results_not_judged", "int64", "Results not judged", "未判项"),
    Column("weight", "decimal(38, 6)", "Weighted batches", "加权批次"),
    Column("weight_nonconforming", "decimal(38, 6)", "Weighted nonconforming batches", "加权不合格批次"),
    # what the interval of a weighted rate needs: the batches judged, and their weights squared
    Column("weight_judged", "decimal(38, 6)", "Weighted batches judged", "加权已判批次"),
    Column("square_judged", "decimal(38, 6)", "Squared weights of the batches judged", "已判批次权数平方和"),
    Column(
        "square_nonconforming",
        "decimal(38, 6)",
        "Squared weights of nonconforming batches",
        "不合格批次权数平方和",
    ),
    Column("unweighted", "int64", "Batches judged without a known inclusion probability", "入样概率不明的已判批次"),
)

DIMENSIONS = {
    "happened": Column("happened", "date", "Day of sampling", "抽样日期"),
    "week": Column("week", "date", "Week beginning", "周（起始日）"),
    "period": Column("period", "date", "Month", "月份"),
    "province": Column("province", "string", "Province", "省份"),
    "region": Column("region", "string", "Region of sampling", "抽样地区"),
    "category": Column("category", "string", "Category", "食品大类"),
    "product_type": Column("product_type", "string", "Product type", "产品类别"),
    "channel": Column("channel", "string", "Channel", "抽样环节"),
    "arm": Column("arm", "string", "Targeted or random selection", "靶向抽样或随机抽样"),
    "analyte": Column("analyte", "string", "Test item code", "检验项目代码"),
}

# what the pages are made of: each is one grouping of the batches
CUBES = {
    "course": ("week", "province", "category", "channel", "arm"),
    "kinds": ("period", "province", "product_type", "arm"),
    "places": ("week", "region", "province", "arm"),
    "mix": ("region", "province", "category", "channel", "arm"),
    "days": ("happened", "province", "arm"),
}

TALLIES = {
    "by_type": ("period", "product_type", "analyte"),
    "by_place": ("period", "province", "analyte"),
}

TALLIED = (
    Column("tests", "int64", "Tests", "检验项次"),
    Column("nonconforming", "int64", "Nonconforming", "不合格"),
    Column("inconclusive", "int64", "Inconclusive", "无法判定"),
    Column("not_judged", "int64", "Not judged", "未判"),
)


def cube(name: str) -> Table:
    """The table of one grouping of batches, or of tests."""
    by = CUBES.get(name) or TALLIES[name]
    measures = MEASURES if name in CUBES else TALLIED
    return Table(name, "Prepared counts", "汇总数据", (*(DIMENSIONS[word] for word in by), *measures))


CELLS = {name: cube(name) for name in (*CUBES, *TALLIES)}
JUDGED = {table.name: table for table in (KEPT_FINDINGS, LEDGER, *CELLS.values())}
