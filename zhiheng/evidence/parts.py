"""A data set that was taken in by its profile, as a delivery: so that what began as a spreadsheet can grow into a lake."""

import ibis
import ibis.expr.types as ir

from zhiheng.evidence.delivered import DELIVERED, DELIVERED_UNITS
from zhiheng.evidence.tables import RESULTS, UNITS


def numbered() -> ir.Table:
    """Accepted results with the line that each will be in its report, in the order of the source."""
    results = RESULTS.unbound()
    stage = results.stage.fill_null("first")
    line = ibis.row_number().over(ibis.window(group_by=["sample_id", stage], order_by=["row", "item", "result_id"]))
    return results.mutate(stage=stage, line=(line + 1).cast("int32"))


def delivered() -> ir.Table:
    """Accepted results as a delivery; a source without corrections has first versions only."""
    rows = numbered()
    shaped = {
        name: (rows[name] if name in rows.columns else ibis.literal(None)).cast(kind)
        for name, kind in DELIVERED.schema.items()
    }
    return rows.select(
        **shaped
        | {
            "version": ibis.literal(0, type="int32"),
            "sample_kind": rows.sample_kind.fill_null("unknown"),
            "product_type": rows.product_type.fill_null(""),
            "item": rows.line,
            "analyte_printed": rows.analyte_printed.fill_null(""),
            "row": ibis.row_number().over(ibis.window(order_by=["row", "item", "result_id"])) + 1,
        }
    )


def delivered_units() -> ir.Table:
    """The single units of accepted results as a delivery has them."""
    rows, units = numbered(), UNITS.unbound()
    joined = units.inner_join(rows, "result_id")
    return joined.select(
        sample_id=rows.sample_id,
        version=ibis.literal(0, type="int32"),
        stage=rows.stage,
        item=rows.line,
        number=units.number.cast("int32"),
        comparator=units.comparator,
        value=units.value,
    ).select(*DELIVERED_UNITS.schema.names)
