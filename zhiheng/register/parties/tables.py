"""The table of organisations as lists, files and the API show it."""

from zhiheng.evidence.tables import Column, Table
from zhiheng.reports.browse import Listing

ORGANISATIONS = Table(
    "organisations",
    "Organisations",
    "单位",
    (
        Column("number", "int64", "number", "编号"),
        Column("credit_code", "string", "credit code", "统一社会信用代码"),
        Column("name", "string", "name", "单位名称"),
        Column("kind", "string", "kind", "单位类型"),
        Column("level", "string", "level", "层级"),
        Column("region", "string", "division", "行政区划代码"),
        Column("region_name", "string", "place", "所在地区"),
        Column("province", "string", "province", "省份"),
        Column("industry", "string", "industry", "行业代码"),
        Column("section", "string", "sector", "行业门类"),
        Column("size", "string", "size", "规模"),
        Column("address", "string", "address", "地址"),
        Column("coded", "string", "has a credit code", "有无信用代码"),
    ),
)
LISTING = Listing(
    ORGANISATIONS,
    facets=("kind", "province", "section", "coded"),
    searched=("name", "credit_code", "address"),
    order=("number",),
    key="number",
)
