"""The tests that a delivered row must pass, each with what to say when it does not."""

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from zhiheng.evidence.delivered import DELIVERED, NEEDED, REPORTED
from zhiheng.evidence.profile import COMPARATORS

ROW = "row"
STAGES = ("first", "retest")
KEY = ("sample_id", "version", "stage")
ADVICE = "have the laboratory send the report again, corrected"


@dataclass(frozen=True)
class Check:
    """What makes a row unusable: the column, a code, the reason and the remedy."""

    bad: ir.BooleanValue
    column: str
    code: str
    reason: str
    remedy: str = ADVICE


def checks(
    rows: ir.Table, *, received: ir.DateValue, strange_kinds: Sequence[str] = (), strange_analytes: Sequence[str] = ()
) -> list[Check]:
    """The tests of a delivered row, in the order in which a reader would name them."""
    several = (rows.units_tested > 1).fill_null(False)
    return [
        *(Check(rows[name].isnull(), name, "missing", f"the column '{name}' is empty") for name in NEEDED),
        Check(rows.sample_id.strip() == "", "sample_id", "missing", "the sample has no number"),
        Check(~rows.stage.isin(list(STAGES)), "stage", "unknown_code", "neither 'first' nor 'retest'"),
        Check(rows.version < 0, "version", "out_of_range", "the version is below zero"),
        Check(
            rows.comparator.notnull() & ~rows.comparator.isin(list(COMPARATORS)),
            "comparator",
            "unknown_code",
            f"the comparator is none of {' '.join(COMPARATORS)}",
        ),
        Check(
            (rows.comparator == "=") & rows.value.isnull() & ~several,
            "value",
            "missing_value",
            "the comparator promises a figure and there is none",
        ),
        Check(rows.value < 0, "value", "negative", "the value is below zero"),
        Check(rows.reporting_level < 0, "reporting_level", "negative", "the reporting level is below zero"),
        Check(rows.uncertainty < 0, "uncertainty", "negative", "the uncertainty is below zero"),
        Check(rows.lower > rows.upper, "lower", "out_of_order", "the interval's lower end lies above its upper end"),
        Check(rows.units_tested < 1, "units_tested", "out_of_range", "fewer than one unit was tested"),
        Check(
            rows.kind.isin([*strange_kinds]),
            "kind",
            "unknown_unit",
            "not one of our canonical units",
            "convert the figure, or add the unit to the vocabulary",
        ),
        Check(
            rows.analyte.isin([*strange_analytes]),
            "analyte",
            "unknown_analyte",
            "not a code of our vocabulary",
            "leave the code empty, or add the test item to the vocabulary",
        ),
        Check(
            (rows.inclusion <= 0) | (rows.inclusion > 1),
            "inclusion",
            "out_of_range",
            "an inclusion probability lies above 0 and reaches at most 1",
        ),
        Check(
            (rows.sampled_on > received) | (rows.reported_on > received),
            "sampled_on",
            "in_the_future",
            "sampled or reported after the day on which the delivery was received",
        ),
    ]


def tested(rows: ir.Table, rules: Sequence[Check]) -> ir.Table:
    """The rows that fail a test, with the number of the first that they fail: (row, fault)."""
    none = ibis.literal(None, type="int8")
    # a test of an absent value is neither true nor false: the next one is asked
    fault = ibis.cases(*[(rule.bad, place) for place, rule in enumerate(rules)], else_=none).cast("int8")
    return rows.select(ROW, fault=fault).filter(lambda table: table.fault.notnull())


def turned_away(
    faulty: ir.Table, rows: ir.Table, rules: Sequence[Check], *, delivery: ir.IntegerValue, received: ir.DateValue
) -> ir.Table:
    """The rows that failed a test (row, fault), as the table of rows turned away."""

    def said(name: str) -> ir.StringValue:
        return ibis.cases(
            *[(faulty.fault == place, getattr(rule, name)) for place, rule in enumerate(rules)],
            else_=ibis.literal(None, type="string"),
        )

    return rows.inner_join(faulty, rows[ROW] == faulty[ROW]).select(
        delivery=delivery,
        received=received,
        row=rows[ROW],
        column=said("column"),
        code=said("code"),
        reason=said("reason"),
        remedy=said("remedy"),
        text=as_text(rows),
    )


def as_text(rows: ir.Table) -> ir.StringValue:
    """A delivered row as `column=cell` pairs, empty cells left out."""
    parts = [
        ibis.ifelse(rows[name].isnull(), ibis.literal(""), ibis.literal(f"{name}=") + rows[name].cast("string") + "; ")
        for name in DELIVERED.schema.names
    ]
    text = parts[0]
    for part in parts[1:]:
        text = text + part
    return text


def repeated_items(rows: ir.Table) -> ir.Table:
    """Rows that say again, or otherwise, what an earlier row of the same report said: (row, same).

    Only the lines that stand twice are looked at whole; they are few.
    """
    key = [*KEY, "item"]
    twice = rows.group_by(key).agg(n=rows.count()).filter(lambda table: table.n > 1).select(*key)
    few = rows.semi_join(twice, key)
    place = ibis.row_number().over(ibis.window(group_by=key, order_by=ROW))
    first = ibis.window(group_by=key, order_by=ROW, preceding=None, following=0)
    same = ibis.literal(True)
    for name in DELIVERED.schema.names:
        if name not in key:
            same = same & few[name].identical_to(few[name].first(include_null=True).over(first))
    return few.mutate(place=place, same=same).filter(lambda table: table.place > 0).select(ROW, "same")


def heads(good: ir.Table) -> ir.Table:
    """Each report once, with everything that its rows repeat; a report whose rows disagree comes more than once."""
    return good.group_by([column.name for column in REPORTED]).agg(first=good[ROW].min(), results=good.count())
