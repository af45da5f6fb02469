"""From a delivery's words to the lake's short rows, without losing a digit."""

from collections.abc import Iterable
from decimal import Decimal

import ibis
import ibis.expr.types as ir

from zhiheng.evidence.checking import KEY
from zhiheng.evidence.delivered import LEAN, LINES
from zhiheng.evidence.tables import EXACT

SIGNS = {"=": 0, "<": 1, "nd": 2, "detected": 3, ">": 4}
# without a comparator; several units; several units of which some were not found
ABSENT, SEVERAL, SEVERAL_ABSENT = 5, 6, 7
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
        (several & (pieces.absent > 0).fill_null(False), SEVERAL_ABSENT),
        (several, SEVERAL),
        *[(good.comparator == word, code) for word, code in SIGNS.items()],
        else_=ABSENT,
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
    """Of each result of several units: the greatest unit value (none found is nothing), how many units there are, how many
    were not found, and how many of all say something plain."""
    absent = (pieces.comparator == "nd").fill_null(False)
    figure = (pieces.comparator.isin(["=", "<"]) & pieces.value.notnull()).fill_null(False)
    return pieces.group_by([*KEY, "item"]).agg(
        top=ibis.ifelse(absent, 0, pieces.value).max(),
        units=pieces.count(),
        absent=absent.cast("int64").sum(),
        plain=(figure | absent).cast("int64").sum(),
    )


def panel_keys(lines: ir.Table) -> ir.Table:
    """The set of subjects of each report, as a text that is the same for the same set."""
    counted = lines.group_by(["delivery", "report", "subject"]).agg(times=lines.count())
    return keyed_panels(counted, ["delivery", "report"])


def keyed_panels(counted: ir.Table, by: list[str]) -> ir.Table:
    """Sets of subjects as texts."""
    part = counted.subject.cast("string") + ":" + counted.times.cast("string")
    return counted.mutate(part=part).group_by(by).agg(key=lambda table: table.part.collect().sort().join(","))
