"""The tables of decision: the requirement of each kind of object, the finding of each result, the verdict of each sample."""

from zhiheng.determination.tables import MEASUREMENTS
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
