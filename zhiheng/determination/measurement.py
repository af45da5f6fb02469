"""What a result says of the value: a figure, an interval, less than a level, more than a range, present, or nothing."""

from decimal import Decimal

import ibis
import ibis.expr.types as ir

from zhiheng.evidence.tables import EXACT

PLACES = ibis.dtype(EXACT).scale


def measure(results: ir.Table, *, coverage_factor: Decimal) -> ir.Table:
    """Each result with its state and the least and greatest value it leaves open.

    `lower` and `upper` are filled from the standard uncertainty where the laboratory gave no interval
    (JCGM 100:2008, 6.3). They are kept apart from `least` and `most`, which hold without any uncertainty:
    below a reporting level the value is less than the level, not zero.
    """
    # rounded at once: a product of more digits would leave the value fewer before its point; a cast would not do, for
    # Ibis takes the product to be EXACT already and drops it
    half = (results.uncertainty * ibis.literal(coverage_factor, type=narrowest(coverage_factor))).round(PLACES)
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


def narrowest(figure: Decimal) -> str:
    """The type that holds a figure and nothing more: every further digit behind its point is lost before a product's point.

    >>> narrowest(Decimal("1.96"))
    'decimal(3, 2)'
    """
    _, digits, exponent = figure.as_tuple()
    scale = max(0, -int(exponent))
    return f"decimal({max(len(digits) + max(0, int(exponent)), scale)}, {scale})"
