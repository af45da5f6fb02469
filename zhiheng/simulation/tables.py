"""The tables that the simulated country gives: deliveries, and the truth behind them."""

from dataclasses import replace

from zhiheng.evidence import delivered as evidence
from zhiheng.evidence.tables import EXACT, Column, Table

FIGURE = "decimal(18, 9)"


def narrow(table: Table) -> Table:
    """A table whose figures have the decimals of a laboratory: smaller files, the same values."""
    columns = tuple(replace(column, type=FIGURE) if column.type == EXACT else column for column in table.columns)
    return replace(table, columns=columns)


DELIVERED = narrow(evidence.DELIVERED)
DELIVERED_UNITS = narrow(evidence.DELIVERED_UNITS)

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
