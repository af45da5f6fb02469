"""What a result says of the value: a figure, an interval, less than a level, more than a range, present, or nothing."""

from decimal import Decimal

import ibis
import ibis.expr.types as ir

from zhiheng.evidence.tables import EXACT


def measure(results: ir.Table, *, coverage_factor: Decimal) -> ir.Table:
    """Each result with its state and the least and greatest value it leaves open.

    `lower` and `upper` are filled from the standard uncertainty where the laboratory gave no interval
    (JCGM 100:2008, 6.3). They are kept apart from `least` and `most`, which hold without any uncertainty:
    below a reporting level the value is less than the level, not zero.
    """
    half = results.uncertainty * ibis.literal(coverage_factor)
    figure = results.comparator == "="
    lower = ibis.ifelse(figure, ibis.coalesce(results.lower, (results.value - half).cast(EXACT), results.value), None)
    upper = ibis.ifelse(figure, ibis.coalesce(results.upper, (results.value + half).cast(EXACT), results.value), None)
    none = ibis.literal(None, type=EXACT)
    state = ibis.cases(
        (results.units_tested > 1, "several_units"),
        (results.comparator.isnull(), "missing"),
        (results.comparator == "detected", "detected"),
        (results.comparator.isin(["<", "nd"]), "below_level"),
        (results.value.isnull(), "missing"),
        (results.comparator == ">", "above_range"),
        else_="quantified",
    )
    return results.mutate(
        lower=lower.cast(EXACT),
        upper=upper.cast(EXACT),
        state=state,
        least=ibis.cases((state.isin(["quantified", "above_range"]), results.value), else_=none).cast(EXACT),
        most=ibis.cases(
            (state == "quantified", results.value), (state == "below_level", results.reporting_level), else_=none
        ).cast(EXACT),
        open=state.isin(["below_level", "above_range"]),
    )
