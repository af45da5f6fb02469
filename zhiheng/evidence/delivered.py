"""The tables of the lake: a delivery as laboratories send it, and the lean, exact, coded rows that it becomes.

A delivery has one row a result, and what belongs to the report is repeated on each. In the lake the report stands once, and
a result is a short row of whole numbers: a nation has ninety million of them in three quarters of a year.
"""

from zhiheng.evidence.tables import EXACT, UNITS, Column, Table

LEAN = "decimal(18, 9)"

# what the report says once
REPORTED = (
    Column("sample_id", "string", "Sample", "样品编号"),
    Column(
        "version",
        "int32",
        "Version of the report: 0 the first, n its n-th correction",
        "报告版次（0 为首次，n 为第 n 次更正）",
    ),
    Column("stage", "string", "First test or retest", "初检或复检"),
    Column("sample_kind", "string", "Kind of sample", "样品种类"),
    Column("product_type", "string", "Product type", "产品类别"),
    Column("product_name", "string", "Product", "产品名称"),
    Column("maker", "string", "Maker", "标称生产者"),
    Column("maker_id", "string", "Maker's identifier", "生产者统一社会信用代码"),
    Column("site", "string", "Site or inspected party", "受检单位或站点"),
    Column("site_id", "string", "Inspected party's identifier", "受检单位统一社会信用代码"),
    Column("size", "string", "Size of the firm", "企业规模"),
    Column("origin", "string", "Origin", "产地"),
    Column("region", "string", "Region of sampling", "抽样地区"),
    Column("province", "string", "Province", "省份"),
    Column("laboratory", "string", "Laboratory", "检验机构"),
    Column("channel", "string", "Channel", "抽样环节"),
    Column("arm", "string", "Targeted or random selection", "靶向抽样或随机抽样"),
    Column("inclusion", "float64", "Inclusion probability", "入样概率"),
    Column("sampled_on", "date", "Sampled on", "抽样日期"),
    Column("made_on", "date", "Made on", "生产日期"),
    Column("reported_on", "date", "Reported on", "报告日期"),
    Column("day", "date", "Day whose rules apply", "适用规则之日"),
)

DELIVERED = Table(
    "delivered",
    "A delivery of results",
    "检验结果报送",
    (
        *REPORTED,
        Column("item", "int32", "Line of the report", "报告行号"),
        Column("analyte", "string", "Test item code", "检验项目代码"),
        Column("analyte_printed", "string", "Test item as printed", "检验项目（原文）"),
        Column("printed", "string", "Result as printed", "检验结果（原文）"),
        Column("comparator", "string", "Comparator", "比较符"),
        Column("value", EXACT, "Value in the canonical unit", "换算值"),
        Column("kind", "string", "Canonical unit", "换算单位"),
        Column("units_tested", "int32", "Units tested", "检验件数"),
        Column("reporting_level", EXACT, "Reporting level", "报告限"),
        Column("uncertainty", EXACT, "Standard uncertainty", "标准不确定度"),
        Column("lower", EXACT, "Lower end of the 95 % interval", "95% 区间下端"),
        Column("upper", EXACT, "Upper end of the 95 % interval", "95% 区间上端"),
    ),
)
NEEDED = ("sample_id", "version", "stage", "sample_kind", "product_type", "day", "item", "analyte_printed")

DELIVERED_UNITS = Table(
    "delivered_units",
    "Units tested, as delivered",
    "逐件检验值（报送）",
    (
        Column("sample_id", "string", "Sample", "样品编号"),
        Column("version", "int32", "Version of the report", "报告版次"),
        Column("stage", "string", "First test or retest", "初检或复检"),
        Column("item", "int32", "Line of the report", "报告行号"),
        Column("number", "int32", "Unit number", "件号"),
        Column("comparator", "string", "Comparator", "比较符"),
        Column("value", EXACT, "Value in the canonical unit", "换算值"),
    ),
)

PLACED = (
    Column("delivery", "int64", "Delivery", "报送批号"),
    Column("report", "int32", "Report in the delivery", "报告序号"),
)

REPORTS = Table(
    "reports",
    "Reports",
    "检验报告",
    (
        *PLACED,
        Column("received", "date", "Received on", "接收日期"),
        *REPORTED,
        Column("panel", "int32", "Set of test items", "检验项目组"),
        Column("results", "int32", "Results", "检验结果数"),
        Column("again", "int8", "Whether the sample was reported before", "样品是否已有报告"),
    ),
)

LINES = Table(
    "lines",
    "Results, coded",
    "检验结果（编码）",
    (
        *PLACED,
        Column("item", "int32", "Line of the report", "报告行号"),
        Column("received", "date", "Received on", "接收日期"),
        Column("day", "date", "Day whose rules apply", "适用规则之日"),
        Column("subject", "int32", "Code of product type and test item", "产品类别与检验项目编码"),
        Column("sign", "int8", "Code of the comparator", "比较符编码"),
        Column("special", "int8", "Whether the row must be looked at whole", "是否须完整判定"),
        Column("value", LEAN, "Value in the canonical unit; of several units the greatest", "换算值（多件取最大）"),
        Column("level", LEAN, "Reporting level", "报告限"),
        Column("uncertainty", LEAN, "Standard uncertainty", "标准不确定度"),
        Column("units_tested", "int32", "Units tested", "检验件数"),
        Column("whole_value", EXACT, "Value, where the lean column can't hold it", "换算值（超出精简列范围）"),
        Column(
            "whole_level", EXACT, "Reporting level, where the lean column can't hold it", "报告限（超出精简列范围）"
        ),
        Column(
            "whole_uncertainty",
            EXACT,
            "Uncertainty, where the lean column can't hold it",
            "标准不确定度（超出精简列范围）",
        ),
        Column("lower", EXACT, "Lower end of the 95 % interval", "95% 区间下端"),
        Column("upper", EXACT, "Upper end of the 95 % interval", "95% 区间上端"),
        Column("printed", "string", "Result as printed", "检验结果（原文）"),
    ),
)

PIECES = Table(
    "pieces",
    "Units tested, coded",
    "逐件检验值（编码）",
    (
        *PLACED,
        Column("item", "int32", "Line of the report", "报告行号"),
        Column("received", "date", "Received on", "接收日期"),
        *UNITS.columns[1:],
    ),
)

REFUSED = Table(
    "refused",
    "Rows turned away",
    "未接收的行",
    (
        Column("delivery", "int64", "Delivery", "报送批号"),
        Column("received", "date", "Received on", "接收日期"),
        Column("row", "int64", "Row in the delivery", "行号"),
        Column("column", "string", "Column", "列"),
        Column("code", "string", "Reason code", "原因代码"),
        Column("reason", "string", "Reason", "原因"),
        Column("remedy", "string", "What to do", "处理办法"),
        Column("text", "string", "The row as delivered", "原始内容"),
    ),
)

SUBJECTS = Table(
    "subjects",
    "Subjects",
    "判定对象",
    (
        Column("subject", "int32", "Code", "编码"),
        Column("product_type", "string", "Product type", "产品类别"),
        Column("analyte", "string", "Test item code", "检验项目代码"),
        Column("analyte_printed", "string", "Test item as printed", "检验项目（原文）"),
        Column("kind", "string", "Canonical unit", "换算单位"),
    ),
)

PANELS = Table(
    "panels",
    "Sets of test items",
    "检验项目组",
    (
        Column("panel", "int32", "Code", "编码"),
        Column("subject", "int32", "Subject", "判定对象"),
        Column("times", "int32", "Lines of the subject", "行数"),
    ),
)

LAKE = {table.name: table for table in (REPORTS, LINES, PIECES, REFUSED, SUBJECTS, PANELS)}
