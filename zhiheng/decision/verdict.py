"""One finding a result: conforming, nonconforming, inconclusive, or not judged, with its reason.

The measured value is a range of values it may have: a point under simple acceptance, the 95 % interval under guarded
acceptance (JCGM 106:2012, 8.2 and 8.3), everything below the reporting level when the substance was not found. The
finding is conforming when the whole range meets the limit, nonconforming when none of it does, and inconclusive
otherwise. A value at the limit meets it: a limit may be reached, not passed.
"""

from datetime import date

import ibis
import ibis.expr.types as ir

from zhiheng.decision.tables import REQUIRED
from zhiheng.evidence.tables import EXACT

UPPER = ("<=", "<", "range")
LOWER = (">=", ">", "range")
NUMERIC = ("<=", "<", ">=", ">", "range")
COUNTS = ("units", "over_m", "over_max", "maybe_m", "maybe_max", "unknown")
ABSENT = ("not_permitted", "not_detected")


def assess(
    measurements: ir.Table,
    requirements: ir.Table,
    tested: ir.Table | None,
    *,
    name_key: ir.StringValue,
    on: date | None = None,
) -> ir.Table:
    """The finding of every measurement under the requirement of its day, or of the one day `on`.

    `tested` may be left out where no requirement is a sampling plan: a nation's results are then judged without a join.
    """
    day = ibis.literal(on, type="date") if on else measurements.day
    keyed = measurements.mutate(
        key_type=measurements.product_type.fill_null(""),
        key_name=name_key,
        key_analyte=measurements.analyte.fill_null(""),
        key_day=day,
    )
    joined = keyed.left_join(
        requirements,
        [
            keyed.key_type == requirements.product_type,
            keyed.key_name == requirements.name_key,
            keyed.key_analyte == requirements.analyte,
            keyed.key_day >= requirements.since,
            keyed.key_day < requirements.until,
        ],
    ).select(
        *[keyed[name] for name in measurements.columns if name != "day"],
        day=keyed.key_day,
        **{
            name: requirements[name]
            for name in REQUIRED.schema.names
            if name not in ("product_type", "name_key", "analyte", "since", "until")
        },
    )
    return judged(
        joined.mutate(**dict.fromkeys(COUNTS, ibis.literal(0))) if tested is None else plan_counts(joined, tested)
    )


def plan_counts(findings: ir.Table, tested: ir.Table) -> ir.Table:
    """Each finding with how many of its tested units surely, or possibly, lie over m and over M of the plan."""
    plans = findings.filter(findings.operator == "plan").select(
        "result_id", "m", "m_max", one="value", sign="comparator"
    )
    several = tested.inner_join(plans, "result_id").select(
        "result_id", "m", "m_max", value=tested.value, comparator=tested.comparator
    )
    # one unit reported alone is a plan of one unit
    alone = plans.anti_join(tested, "result_id").select(
        "result_id", "m", "m_max", value=plans.one, comparator=plans.sign
    )
    units = several.union(alone)
    counts = units.group_by("result_id").agg(
        units=units.count(),
        over_m=surely_over(units, units.m).cast("int64").sum(),
        over_max=surely_over(units, units.m_max).cast("int64").sum(),
        maybe_m=perhaps_over(units, units.m).cast("int64").sum(),
        maybe_max=perhaps_over(units, units.m_max).cast("int64").sum(),
        unknown=(units.comparator.isnull() | (units.value.isnull() & units.comparator.isin(["=", "<", ">"])))
        .cast("int64")
        .sum(),
    )
    return findings.left_join(counts, "result_id").select(
        *[findings[name] for name in findings.columns], **{name: counts[name].fill_null(0) for name in COUNTS}
    )


def surely_over(units: ir.Table, bound: ir.DecimalValue) -> ir.BooleanValue:
    """Whether a unit lies over the bound whatever its true value: present where the bound is none at all, or a figure beyond it."""
    return ibis.cases(
        (bound.isnull() | units.comparator.isnull(), False),
        (units.comparator == "detected", bound == 0),
        (units.comparator == ">", units.value >= bound),
        (units.comparator == "=", units.value > bound),
        else_=False,
    ).fill_null(False)


def perhaps_over(units: ir.Table, bound: ir.DecimalValue) -> ir.BooleanValue:
    """Whether a unit may lie over the bound: surely, or because its figure is not known closely enough."""
    return ibis.cases(
        (bound.isnull(), False),
        (units.comparator.isin(["detected", ">"]), True),
        ((units.comparator == "<") & (bound > 0), units.value > bound),
        # absent is absent where the bound is none at all; under a count it is less than a level nobody stated
        (units.comparator == "nd", bound > 0),
        (units.comparator == "=", units.value > bound),
        else_=False,
    ).fill_null(False)


Branch = tuple[ir.BooleanValue, str, str | None]


def judged(findings: ir.Table) -> ir.Table:
    """Verdict and reason of every finding: the first branch that holds decides."""
    comparable = (findings.kind == findings.rule_kind).fill_null(False)
    branches: list[Branch] = [
        ((findings.sample_kind != "regular").fill_null(True), "not_judged", "quality_control"),
        (findings.rule_key.isnull(), "not_judged", None),
        (findings.state == "missing", "not_judged", "missing_value"),
        *absence_branches(findings),
        *plan_branches(findings, comparable),
        (~comparable | (findings.state == "several_units"), "not_judged", "unit_not_comparable"),
        (findings.state == "detected", "inconclusive", "no_figure"),
        *bound_branches(findings),
    ]
    absence = findings.absence.fill_null("no_rule")
    ratio = findings.value.cast("float64") / findings.high.cast("float64")
    return findings.mutate(
        verdict=ibis.cases(*[(test, word) for test, word, _ in branches], else_="inconclusive"),
        reason=ibis.cases(
            *[(test, absence if why is None else ibis.literal(why)) for test, _, why in branches],
            else_="uncertainty_straddles_limit",
        ),
        exceedance=ibis.ifelse(comparable & (findings.high > 0), ratio, None).cast("float64"),
        standing=ibis.cases(
            (findings.rule_key.isnull(), ibis.literal(None, type="string")),
            (findings.checked.isnull(), "unverified"),
            (findings.day > findings.checked, "stale"),
            else_="checked",
        ),
    )


def absence_branches(findings: ir.Table) -> list[Branch]:
    """A substance that may not be there at all."""
    absent = findings.operator.isin(list(ABSENT))
    return [
        (absent & (findings.state == "below_level"), "conforming", "not_found"),
        (absent & (findings.value == 0), "conforming", "not_found"),
        (absent, "nonconforming", "found_where_not_allowed"),
    ]


def plan_branches(findings: ir.Table, comparable: ir.BooleanValue) -> list[Branch]:
    """An attributes plan of n units: at most c over m, none over M (ICMSF; GB 4789.1)."""
    plan = findings.operator == "plan"
    return [
        (plan & (findings.units == 0), "not_judged", "missing_value"),
        (plan & ~comparable, "not_judged", "unit_not_comparable"),
        (plan & ((findings.over_max > 0) | (findings.over_m > findings.c)), "nonconforming", "plan_failed"),
        (plan & (findings.unknown > 0), "not_judged", "missing_value"),
        (plan & (findings.units < findings.n), "inconclusive", "too_few_units"),
        (plan & ((findings.maybe_max > 0) | (findings.maybe_m > findings.c)), "inconclusive", "units_unclear"),
        (plan, "conforming", "plan_met"),
    ]


def bound_branches(findings: ir.Table) -> list[Branch]:
    """A lower limit, an upper limit, or both, against the range that the measurement leaves open."""
    low, high, shut = span(findings)
    strict_high, strict_low = findings.operator == "<", findings.operator == ">"
    no_high, no_low = findings.high.isnull(), findings.low.isnull()
    under = no_high | ibis.ifelse(strict_high & ~shut, high < findings.high, high <= findings.high).fill_null(False)
    above = no_low | ibis.ifelse(strict_low & ~shut, low > findings.low, low >= findings.low).fill_null(False)
    over = ~no_high & ibis.ifelse(strict_high | shut, low >= findings.high, low > findings.high).fill_null(False)
    short = ~no_low & ibis.ifelse(strict_low | shut, high <= findings.low, high < findings.low).fill_null(False)
    within = findings.operator.isin(list(NUMERIC)) & under & above
    below = findings.state == "below_level"
    stated = findings.analyte_printed.re_search(findings.met_by).fill_null(False)
    conditional = findings.condition.notnull() & ~stated
    return [
        (below & findings.most.isnull(), "inconclusive", "reporting_level_unknown"),
        (within & below, "conforming", "reporting_level_within_limit"),
        (within, "conforming", "within_limit"),
        ((over | short) & conditional, "inconclusive", "condition_unknown"),
        (over, "nonconforming", "exceeds_limit"),
        (short, "nonconforming", "below_minimum"),
        (below, "inconclusive", "reporting_level_above_limit"),
        (findings.state == "above_range", "inconclusive", "range_exceeded"),
    ]


def span(findings: ir.Table) -> tuple[ir.DecimalValue, ir.DecimalValue, ir.BooleanValue]:
    """The range that is held against the limit, and whether its ends are excluded."""
    guarded = (findings.decision == "guarded") & (findings.state == "quantified")
    low = ibis.ifelse(guarded, findings.lower, findings.least).cast(EXACT)
    high = ibis.ifelse(guarded, findings.upper, findings.most).cast(EXACT)
    return low, high, findings.open.fill_null(False)
