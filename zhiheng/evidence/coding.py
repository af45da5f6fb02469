"""Between a delivery's words and the lake's short rows: coding, and opening again, without losing a digit."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir

from zhiheng.evidence.checking import KEY
from zhiheng.evidence.delivered import LEAN, LINES, PANELS, PIECES, REPORTED, REPORTS, SUBJECTS
from zhiheng.evidence.tables import EXACT, RESULTS, UNITS

SIGNS = {"=": 0, "<": 1, "nd": 2, "detected": 3, ">": 4}
ABSENT, SEVERAL = 5, 6
BELOW = (SIGNS["<"], SIGNS["nd"])
SUBJECT = ("product_type", "analyte", "analyte_printed", "kind")
MOST = Decimal(10) ** 9
STEP = 9


def fits(value: ir.DecimalValue) -> ir.BooleanValue:
    """Whether the lean column holds the value exactly."""
    return ((value < MOST) & (value > -MOST) & (value == value.cast("decimal(38, 9)"))).fill_null(False)


def lean(value: ir.DecimalValue) -> ir.DecimalValue:
    """The value for the lean column: nothing where it would lose a digit."""
    return ibis.ifelse(fits(value), value, None).cast(LEAN)


def whole(value: ir.DecimalValue) -> ir.DecimalValue:
    """The value for the exact column: nothing where the lean one holds it."""
    return ibis.ifelse(fits(value), None, value).cast(EXACT)


def subjects_of(good: ir.Table) -> ir.Table:
    """The distinct subjects of rows, with nothing written as an empty text."""
    return good.select(**{name: good[name].fill_null("") for name in SUBJECT}).distinct()


def new_codes(wanted: ir.Table, held: ir.Table, *, name: str, by: Iterable[str]) -> ir.Table:
    """Codes for what has none yet, after the last one given: what is coded once keeps its code."""
    keys = list(by)
    fresh = wanted.anti_join(held, keys).select(*keys)
    after = held[name].max().fill_null(0).as_scalar()
    place = ibis.row_number().over(ibis.window(order_by=keys)) + 1
    return fresh.select(**{name: (place + after).cast("int32")}, **{key: fresh[key] for key in keys})


def coded(
    good: ir.Table, reports: ir.Table, subjects: ir.Table, pieces: ir.Table, *, received: ir.DateValue
) -> ir.Table:
    """Delivered rows as the lake's lines. `reports` has KEY, delivery, report; `pieces` one row a result of several units."""
    keyed = good.mutate(**{f"key_{name}": good[name].fill_null("") for name in SUBJECT})
    numbered = keyed.inner_join(reports, list(KEY))
    named = numbered.inner_join(subjects, [numbered[f"key_{name}"] == subjects[name] for name in SUBJECT])
    joined = named.left_join(pieces, [named[name] == pieces[name] for name in (*KEY, "item")])
    several = (good.units_tested > 1).fill_null(False)
    top = ibis.ifelse(several, pieces.top, good.value).cast(EXACT)
    sign = ibis.cases(
        (several, SEVERAL), *[(good.comparator == word, code) for word, code in SIGNS.items()], else_=ABSENT
    ).cast("int8")
    table = joined.select(
        delivery=reports.delivery,
        report=reports.report,
        item=good.item,
        received=received,
        day=good.day,
        subject=subjects.subject,
        sign=sign,
        value=lean(top),
        level=lean(good.reporting_level),
        uncertainty=lean(good.uncertainty),
        units_tested=good.units_tested,
        whole_value=whole(top),
        whole_level=whole(good.reporting_level),
        whole_uncertainty=whole(good.uncertainty),
        lower=good.lower.cast(EXACT),
        upper=good.upper.cast(EXACT),
        printed=good.printed,
        odd=(good.sample_kind != "regular")
        | (good.stage != "first")
        | (several & (pieces.plain != pieces.units)).fill_null(several),
    )
    special = (
        table.odd
        | table.sign.isin([SIGNS["detected"], SIGNS[">"], ABSENT])
        | table.whole_value.notnull()
        | table.whole_level.notnull()
        | table.whole_uncertainty.notnull()
        | table.lower.notnull()
        | table.upper.notnull()
    )
    return table.mutate(special=special.fill_null(True).cast("int8")).select(*LINES.schema.names)


def summed(pieces: ir.Table) -> ir.Table:
    """Of each result of several units: the greatest unit value, how many units, and how many of them are plain figures."""
    figure = pieces.comparator.isin(["=", "<"]) & pieces.value.notnull()
    return pieces.group_by([*KEY, "item"]).agg(
        top=pieces.value.max(), units=pieces.count(), plain=figure.fill_null(False).cast("int64").sum()
    )


def panel_keys(lines: ir.Table) -> ir.Table:
    """The set of subjects of each report, as a text that is the same for the same set."""
    counted = lines.group_by(["delivery", "report", "subject"]).agg(times=lines.count())
    return keyed_panels(counted, ["delivery", "report"])


def keyed_panels(counted: ir.Table, by: list[str]) -> ir.Table:
    """Sets of subjects as texts."""
    part = counted.subject.cast("string") + ":" + counted.times.cast("string")
    return counted.mutate(part=part).group_by(by).agg(key=lambda table: table.part.collect().sort().join(","))


def opened(
    lines: ir.Table, reports: ir.Table, subjects: ir.Table, *, dataset: str, keep: Sequence[str] = ("subject",)
) -> ir.Table:
    """Lines of the lake as results again, with the columns that place them: the inverse of coding."""
    named = lines.inner_join(subjects, lines.subject == subjects.subject)
    joined = named.inner_join(reports, [lines.delivery == reports.delivery, lines.report == reports.report])
    none = ibis.literal(None, type="string")
    several = lines.sign == SEVERAL
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


PASSED = ("version", "maker_id", "site_id", "size", "channel", "arm", "inclusion", "again")


def result_id(rows: ir.Table) -> ir.StringValue:
    """The number of a result in the lake: delivery, report, line."""
    return rows.delivery.cast("string") + "-" + rows.report.cast("string") + "-" + rows.item.cast("string")


def opened_units(pieces: ir.Table) -> ir.Table:
    """Single units as the table of units tested."""
    return pieces.select(result_id=result_id(pieces), number="number", comparator="comparator", value="value")


CODED = (REPORTS, LINES, PIECES, SUBJECTS, PANELS, UNITS)
