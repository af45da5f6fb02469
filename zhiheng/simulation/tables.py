"""The tables that the simulated country gives: deliveries, and the truth behind them."""

from zhiheng.evidence.tables import Column, Table

FIGURE = "decimal(18, 9)"

DELIVERED = Table(
    "delivered",
    "Delivered results",
    "报送结果",
    (
        Column("sample_id", "string", "Sample", "样品编号"),
        Column("version", "int32", "Version of the report", "报告版本"),
        Column("stage", "string", "First test or retest", "初检或复检"),
        Column("sample_kind", "string", "Kind of sample", "样品种类"),
        Column("product_type", "string", "Product type", "产品类别"),
        Column("product_name", "string", "Product", "产品名称"),
        Column("maker", "string", "Maker", "标称生产者"),
        Column("maker_id", "string", "Maker, credit code", "生产者统一社会信用代码"),
        Column("site", "string", "Inspected party", "受检单位"),
        Column("site_id", "string", "Inspected party, credit code", "受检单位统一社会信用代码"),
        Column("size", "string", "Size of the firm", "企业规模"),
        Column("origin", "string", "Origin", "产地"),
        Column("region", "string", "County, GB/T 2260", "抽样县级区划代码"),
        Column("province", "string", "Province", "省份"),
        Column("laboratory", "string", "Laboratory", "检验机构"),
        Column("channel", "string", "Channel", "抽样环节"),
        Column("arm", "string", "Targeted or random", "重点或随机"),
        Column("inclusion", "float64", "Inclusion probability", "入样概率"),
        Column("sampled_on", "date", "Sampled on", "抽样日期"),
        Column("made_on", "date", "Made on", "生产日期"),
        Column("reported_on", "date", "Reported on", "报告日期"),
        Column("day", "date", "Day whose rules apply", "适用规则之日"),
        Column("item", "int32", "Item in the report", "报告内序号"),
        Column("analyte", "string", "Test item code", "检验项目代码"),
        Column("analyte_printed", "string", "Test item as printed", "检验项目（原文）"),
        Column("printed", "string", "Result as printed", "检验结果（原文）"),
        Column("comparator", "string", "Comparator", "比较符"),
        Column("value", FIGURE, "Value in the canonical unit", "换算值"),
        Column("kind", "string", "Canonical unit", "换算单位"),
        Column("units_tested", "int32", "Units tested", "检验件数"),
        Column("reporting_level", FIGURE, "Reporting level", "报告限"),
        Column("uncertainty", FIGURE, "Standard uncertainty", "标准不确定度"),
        Column("lower", FIGURE, "Lower end of the 95 % interval", "95% 区间下端"),
        Column("upper", FIGURE, "Upper end of the 95 % interval", "95% 区间上端"),
    ),
)

DELIVERED_UNITS = Table(
    "delivered_units",
    "Delivered single units",
    "报送逐件值",
    (
        Column("sample_id", "string", "Sample", "样品编号"),
        Column("version", "int32", "Version of the report", "报告版本"),
        Column("stage", "string", "First test or retest", "初检或复检"),
        Column("item", "int32", "Item in the report", "报告内序号"),
        Column("number", "int32", "Unit number", "件号"),
        Column("comparator", "string", "Comparator", "比较符"),
        Column("value", FIGURE, "Value in the canonical unit", "换算值"),
    ),
)

FAILURES = Table(
    "failures",
    "Planted nonconforming results",
    "设定的不合格结果",
    (
        Column("sample_id", "string", "Sample", "样品编号"),
        Column("version", "int32", "Version of the report", "报告版本"),
        Column("stage", "string", "First test or retest", "初检或复检"),
        Column("received_on", "date", "Received on", "接收日期"),
        Column("sampled_on", "date", "Sampled on", "抽样日期"),
        Column("item", "int32", "Item in the report", "报告内序号"),
        Column("analyte", "string", "Test item code", "检验项目代码"),
        Column("product_type", "string", "Product type", "产品类别"),
        Column("province", "string", "Province", "省份"),
        Column("laboratory", "string", "Laboratory", "检验机构"),
        Column("arm", "string", "Targeted or random", "重点或随机"),
        Column("cause", "string", "Cause", "不合格原因"),
        Column("outbreak", "int32", "Outbreak, from 1", "暴发编号"),
    ),
)

PREVALENCE = Table(
    "prevalence",
    "True failing shares",
    "真实不合格率",
    (
        Column("province", "string", "Province", "省份"),
        Column("category", "string", "Category", "食品大类"),
        Column("channel", "string", "Channel", "环节"),
        Column("population", "float64", "Batches on the market", "市场批次"),
        Column("failing", "float64", "True failing share", "真实不合格率"),
    ),
)
