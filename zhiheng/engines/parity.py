"""Whether two engines give the same: a digest of rows that knows no engine, and the list of what engines do differently.

A stage must not rest on anything in DIFFERENCES; where a setting of ours makes the engines agree, the setting is named.
"""

import hashlib
import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir

from zhiheng.engines.opening import AnyEngine

MODULUS = 1 << 256
FAULT = "an error"


def digest(engine: AnyEngine, expression: ir.Table) -> str:
    """The number of rows and a checksum of column names and rows, whatever the order of rows and whatever the engine.

    Rows come through Python one batch at a time and are added up as numbers of 256 bits: two equal rows count twice.

    >>> from zhiheng.engines import Engine
    >>> rows = ibis.memtable({"a": [1, 2]})
    >>> digest(Engine(), rows) == digest(Engine(), rows.order_by(ibis.desc("a")))
    True
    """
    names = tuple(expression.columns)
    total = found = 0
    for row in engine.stream(expression):
        found += 1
        line = json.dumps([canonical(row[name]) for name in names], ensure_ascii=True)
        total = (total + int.from_bytes(hashlib.sha256(line.encode()).digest())) % MODULUS
    body = json.dumps([names, found, f"{total:064x}"])
    return f"{found}:{hashlib.sha256(body.encode()).hexdigest()}"


def canonical(value: Any) -> str:
    """A value as a text that every engine's answer for it has.

    A decimal is its exact figure without trailing zeros, whatever its scale. A float is its 64 bits, so that the last of them
    counts; every not-a-number is one. Kinds are told apart: 1, 1.0 and true are three values.

    >>> canonical(Decimal("0.100")), canonical(0.1), canonical(None), canonical("铅")
    ('d0.1', 'f3fb999999999999a', 'n', 's铅')
    """
    match value:
        case None:
            return "n"
        case bool():
            return f"b{int(value)}"
        case int():
            return f"i{value}"
        case float():
            return "fnan" if value != value else "f" + struct.pack(">d", value).hex()
        case Decimal():
            return "d" + plain(value)
        case datetime():
            return "t" + value.isoformat()
        case date():
            return "t" + value.isoformat()
        case str():
            return "s" + value
        case list() | tuple():
            return "l" + json.dumps([canonical(entry) for entry in value])
    raise TypeError(f"{type(value).__name__}: no canonical text is decided for this kind of value")


def plain(value: Decimal) -> str:
    """A decimal without exponent, trailing zeros or a minus before zero.

    >>> plain(Decimal("-0E-15")), plain(Decimal("1.50")), plain(Decimal("1E+3"))
    ('0', '1.5', '1000')
    """
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


@dataclass(frozen=True)
class Difference:
    """Something that engines do differently, and what was decided."""

    name: str
    decided: str
    probe: Callable[[], ir.Value]
    duckdb: str
    spark: str
    # the setting that makes Spark agree, and Spark's own default for it, which gives `spark`
    setting: str = ""
    default: str = ""


def exact(text: str) -> ir.DecimalValue:
    """A decimal as our tables hold it."""
    return ibis.literal(Decimal(text), type="decimal(38, 15)")


def text(words: str) -> ir.StringValue:
    """A text."""
    return ibis.literal(words)


NO_ENGINE = "stages do not use it"
DIFFERENCES = (
    Difference(
        "a decimal times a decimal loses digits",
        "allowPrecisionLoss is off: digits are kept, and what does not fit is an error",
        lambda: exact("1.000000000000001") * ibis.literal(Decimal(2), type="decimal(1, 0)"),
        "d2.000000000000002",
        "d2",
        "spark.sql.decimalOperations.allowPrecisionLoss",
        "true",
    ),
    Difference(
        "a sum of whole numbers that no longer fits",
        "an error on Spark under ANSI, while DuckDB counts on in 128 bits; counts of ours stay far below",
        lambda: few().n.sum(),
        "i9223372036854775808",
        FAULT,
    ),
    Difference(
        "a decimal that no longer fits",
        "ANSI is on: an error on both, never a silent NULL",
        lambda: exact("99999999999999999999999") * ibis.literal(Decimal(2), type="decimal(1, 0)"),
        FAULT,
        "n",
        "spark.sql.ansi.enabled",
        "false",
    ),
    Difference(
        "a decimal literal without a type takes another scale",
        "a decimal literal in a stage says its type: the scale of the product decides how large it may grow",
        lambda: exact("200000") * ibis.literal(Decimal(2)),
        "d400000",
        FAULT,
    ),
    Difference(
        "a decimal over a decimal",
        "stages divide floats: both are cast first, and the same 64 bits come out",
        lambda: exact("1") / exact("3"),
        "f3fd5555555555555",
        "d0.333333333333333333",
    ),
    Difference(
        "the mean of decimals", "stages give sum and count", lambda: few().d.mean(), "f3fc3333333333333", "d0.15"
    ),
    Difference("a decimal to a whole number", "stages round first", lambda: exact("2.5").cast("int64"), "i3", "i2"),
    Difference("a float to a whole number", "stages round first", lambda: ibis.literal(3.7).cast("int64"), "i4", "i3"),
    Difference(
        "a float as a text",
        NO_ENGINE + ": texts of figures are made by doors",
        lambda: ibis.literal(1e-7).cast("string"),
        "s1e-07",
        "s1.0E-7",
    ),
    Difference(
        "a division by zero",
        "stages test the divisor first; then neither engine gets to divide",
        lambda: ibis.literal(1.0) / ibis.literal(0.0),
        "f7ff0000000000000",
        FAULT,
    ),
    Difference(
        "not-a-number is NULL for Ibis on Spark",
        "no stage makes one: see the division by zero",
        lambda: ibis.literal(float("nan")).isnull(),
        "b0",
        "b1",
    ),
    Difference(
        "the natural logarithm's last bit",
        "logarithms are for stats, on arrays",
        lambda: ibis.literal(3.0).ln(),
        "f3ff193ea7aad030b",
        "f3ff193ea7aad030a",
    ),
    Difference("capital letters of ß", NO_ENGINE, lambda: text("ß").upper(), "sẞ", "sSS"),
    Difference("small letters of İ", NO_ENGINE, lambda: text("İ").lower(), "si", "si̇"),
    Difference(
        "a pattern's $ before a last line break",
        "patterns of the law have no anchors",
        lambda: text("a\n").re_search("a$"),
        "b0",
        "b1",
    ),
    Difference(
        "a pattern's blank and the vertical tab",
        "patterns of the law have no classes",
        lambda: text("\x0b").re_search(r"^\s$"),
        "b0",
        "b1",
    ),
    Difference(
        "a pattern without regard to case",
        "patterns of the law name both letters",
        lambda: text("É").re_search("(?i)é"),
        "b1",
        "b0",
    ),
    Difference(
        "a pattern that looks ahead",
        "patterns of the law are plain alternatives",
        lambda: text("ab").re_search("a(?=b)"),
        FAULT,
        "b1",
    ),
    Difference("a group in a replacement", NO_ENGINE, lambda: text("a1").re_replace(r"\d", r"<\0>"), "sa<1>", "sa<0>"),
    Difference(
        "an escaped percent sign in LIKE",
        "stages ask contains() instead",
        lambda: text("a%b").like(r"a\%b"),
        "b0",
        "b1",
    ),
    Difference(
        "a month added to a day",
        "a stage that adds an interval casts to date",
        lambda: ibis.date(2024, 1, 31) + ibis.interval(months=1),
        "t2024-02-29T00:00:00",
        "t2024-02-29",
    ),
)


FEW_SCHEMA = ibis.schema({"d": "decimal(38, 15)", "n": "int64"})
FEW = ((Decimal("0.1"), 2**63 - 1), (Decimal("0.2"), 1))


def few() -> ir.Table:
    """The rows of FEW."""
    return ibis.table(FEW_SCHEMA, name="few")
