"""The lake's short rows as results again: the inverse of coding."""

from collections.abc import Sequence
from typing import Any

import ibis
import ibis.expr.types as ir

from zhiheng.evidence.coding import SEVERAL, SEVERAL_ABSENT, SIGNS
from zhiheng.evidence.delivered import REPORTED
from zhiheng.evidence.tables import EXACT, RESULTS

PASSED = ("version", "maker_id", "site_id", "size", "channel", "arm", "inclusion", "again")


def opened(
    lines: ir.Table, reports: ir.Table, subjects: ir.Table, *, dataset: str, keep: Sequence[str] = ("subject",)
) -> ir.Table:
    """Lines of the lake as results again, with the columns that place them: the inverse of coding."""
    named = lines.inner_join(subjects, lines.subject == subjects.subject)
    joined = named.inner_join(reports, [lines.delivery == reports.delivery, lines.report == reports.report])
    none = ibis.literal(None, type="string")
    several = lines.sign.isin([SEVERAL, SEVERAL_ABSENT])
    comparator = ibis.cases(*[(lines.sign == code, word) for word, code in SIGNS.items()], else_=none)
    values: dict[str, Any] = {
        "result_id": result_id(lines),
        "dataset": ibis.literal(dataset),
        "source": lines.delivery.cast("string"),
        "row": lines.report,
        "item": lines.item,
        "day": lines.day,
        "analyte": subjects.analyte.nullif(""),
        "analyte_printed": subjects.analyte_printed.nullif(""),
        "kind": subjects.kind.nullif(""),
        "comparator": comparator,
        "printed": lines.printed,
        "value": ibis.ifelse(several, None, ibis.coalesce(lines.whole_value, lines.value.cast(EXACT))),
        "reporting_level": ibis.coalesce(lines.whole_level, lines.level.cast(EXACT)),
        "uncertainty": ibis.coalesce(lines.whole_uncertainty, lines.uncertainty.cast(EXACT)),
        "lower": lines.lower,
        "upper": lines.upper,
        "units_tested": lines.units_tested,
        **{
            name: reports[name]
            for name in (column.name for column in REPORTED)
            if name in RESULTS.schema.names and name != "day"
        },
    }
    shaped = {
        name: (values[name] if name in values else ibis.literal(None)).cast(kind)
        for name, kind in RESULTS.schema.items()
    }
    return joined.select(
        **shaped,
        delivery=lines.delivery,
        report=lines.report,
        received=lines.received,
        **{name: reports[name] for name in PASSED},
        **{name: lines[name] for name in keep},
    )


def result_id(rows: ir.Table) -> ir.StringValue:
    """The number of a result in the lake: delivery, report, line."""
    return rows.delivery.cast("string") + "-" + rows.report.cast("string") + "-" + rows.item.cast("string")


def opened_units(pieces: ir.Table) -> ir.Table:
    """Single units as the table of units tested."""
    return pieces.select(result_id=result_id(pieces), number="number", comparator="comparator", value="value")
