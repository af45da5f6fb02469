"""The tables of evidence: results as reported, the units tested for one result, and the rows that were turned away."""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import ibis
import ibis.expr.types as ir

EXACT = "decimal(38, 15)"


@dataclass(frozen=True)
class Column:
    """One column: its name, type, and what it means in both languages."""

    name: str
    type: str
    en: str
    zh: str


@dataclass(frozen=True)
class Table:
    """One table of the house."""

    name: str
    en: str
    zh: str
    columns: tuple[Column, ...]

    def __post_init__(self) -> None:
        folded = [column.name.casefold() for column in self.columns]
        twice = sorted({name for name in folded if folded.count(name) > 1})
        if twice:  # engines do not tell m from M
            raise ValueError(
                f"table {self.name}: the column '{twice[0]}' stands twice, small and capital letters alike"
            )

    @cached_property
    def schema(self) -> ibis.Schema:
        """The columns as an Ibis schema."""
        return ibis.schema({column.name: column.type for column in self.columns})

    def unbound(self, name: str = "") -> ir.Table:
        """The table for use in an expression."""
        return ibis.table(self.schema, name=name or self.name)

    def label(self, column: str, language: str) -> str:
        """What a reader sees above a column."""
        found = next((entry for entry in self.columns if entry.name == column), None)
        if found is None:
            return column
        return found.zh if language.startswith("zh") else found.en


def fingerprint(*tables: Table) -> str:
    """Sixteen hexadecimal digits that change with the name or type of any column."""
    shapes = [(table.name, [(column.name, column.type) for column in table.columns]) for table in tables]
    return hashlib.sha256(repr(shapes).encode()).hexdigest()[:16]


RESULTS = Table(
    "results",
    "Results",
    "检验结果",
    (
        Column("result_id", "string", "Result", "结果编号"),
        Column("dataset", "string", "Data set", "数据集"),
        Column("source", "string", "Checksum of the source file", "来源文件校验和"),
        Column("row", "int64", "Row in the source", "来源行号"),
        Column("item", "int64", "Item in the row", "行内序号"),
        Column("sample_id", "string", "Sample", "样品编号"),
        Column("sample_kind", "string", "Kind of sample", "样品种类"),
        Column("stage", "string", "First test or retest", "初检或复检"),
        Column("product_type", "string", "Product type", "产品类别"),
        Column("product_name", "string", "Product", "产品名称"),
        Column("maker", "string", "Maker", "标称生产者"),
        Column("origin", "string", "Origin", "产地"),
        Column("site", "string", "Site or inspected party", "受检单位或站点"),
        Column("region", "string", "Region of sampling", "抽样地区"),
        Column("province", "string", "Publishing province", "公布省份"),
        Column("reference", "string", "Bulletin or reference", "通报期号"),
        Column("laboratory", "string", "Laboratory", "检验机构"),
        Column("method", "string", "Method", "检验方法"),
        Column("sampled_on", "date", "Sampled on", "抽样日期"),
        Column("made_on", "date", "Made on", "生产日期"),
        Column("day", "date", "Day whose rules apply", "适用规则之日"),
        Column("analyte", "string", "Test item code", "检验项目代码"),
        Column("analyte_printed", "string", "Test item as printed", "检验项目（原文）"),
        Column("printed", "string", "Result as printed", "检验结果（原文）"),
        Column("comparator", "string", "Comparator", "比较符"),
        Column("value", EXACT, "Value in the canonical unit", "换算值"),
        Column("kind", "string", "Canonical unit", "换算单位"),
        Column("printed_unit", "string", "Unit as printed", "单位（原文）"),
        Column("units_tested", "int64", "Units tested", "检验件数"),
        Column("reporting_level", EXACT, "Reporting level", "报告限"),
        Column("uncertainty", EXACT, "Standard uncertainty", "标准不确定度"),
        Column("lower", EXACT, "Lower end of the 95 % interval", "95% 区间下端"),
        Column("upper", EXACT, "Upper end of the 95 % interval", "95% 区间上端"),
        Column("printed_limit", "string", "Limit as printed", "标准值（原文）"),
        Column("limit_operator", "string", "Printed limit, operator", "原文限值比较符"),
        Column("limit_low", EXACT, "Printed limit, lower", "原文限值下限"),
        Column("limit_high", EXACT, "Printed limit, upper", "原文限值上限"),
        Column("limit_n", "int64", "Printed plan, n", "原文方案 n"),
        Column("limit_c", "int64", "Printed plan, c", "原文方案 c"),
        Column("limit_m", EXACT, "Printed plan, m", "原文方案 m"),
        Column("limit_m_max", EXACT, "Printed plan, M", "原文方案 M"),
        Column("limit_kind", "string", "Printed limit, unit", "原文限值单位"),
        Column("limit_remark", "string", "What was odd about the printed limit", "原文限值异常"),
    ),
)

UNITS = Table(
    "units",
    "Units tested",
    "逐件检验值",
    (
        Column("result_id", "string", "Result", "结果编号"),
        Column("number", "int64", "Unit number", "件号"),
        Column("comparator", "string", "Comparator", "比较符"),
        Column("value", EXACT, "Value in the canonical unit", "换算值"),
    ),
)

REJECTS = Table(
    "rejects",
    "Rows turned away",
    "未接收的行",
    (
        Column("dataset", "string", "Data set", "数据集"),
        Column("source", "string", "Checksum of the source file", "来源文件校验和"),
        Column("row", "int64", "Row in the source", "来源行号"),
        Column("item", "int64", "Item in the row", "行内序号"),
        Column("column", "string", "Column", "列"),
        Column("code", "string", "Reason code", "原因代码"),
        Column("reason", "string", "Reason", "原因"),
        Column("remedy", "string", "What to do", "如何处理"),
        Column("text", "string", "The row as received", "原文"),
    ),
)
