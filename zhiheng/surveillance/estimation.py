"""Sums of a probability sample by stratum and domain, made in the engine: what the estimators of `stats.survey` need, and no more.

A sample of millions becomes one line for each stratum and domain that meet. Columns of the given table: the stratum, the domain,
a weight (one over the inclusion probability), a value (0 and 1 for a proportion), where clusters were drawn the first-stage
unit, and where it is known the number of units in the stratum's population. Weights are fractions, and sums of fractions differ
in their last digits with the order of addition: the estimates hold to about thirteen digits, on every engine.
"""

from collections.abc import Mapping
from typing import Any

import ibis
import ibis.expr.types as ir

from zhiheng.errors import StatisticsError
from zhiheng.stats.survey import Cells, Strata, cells, strata

SUMS = ("weight", "total", "weight_weight", "weight_total", "total_total")


def sizes(items: ir.Table, *, stratum: str, unit: str | None = None, held: str | None = None) -> ir.Table:
    """Strata by name with a code from 0, units taken, their population (nothing: not known), and items that cannot be used.

    Keep the result under a name (`engine.create`) and hand it to `sums`: the sample is then read once for it.
    """
    taken = items[unit].nunique() if unit else items.count()
    lowest, highest = (items[held].min(), items[held].max()) if held else (ibis.null("float64"), ibis.null("float64"))
    found = items.group_by(stratum=items[stratum]).agg(
        taken=taken.cast("int64"),
        held=highest.cast("float64"),
        least=lowest.cast("float64"),
        items=items.count().cast("int64"),
    )
    return found.mutate(code=ibis.dense_rank().over(order_by=found.stratum).cast("int64")).order_by("code")


def sums(
    items: ir.Table,
    known: ir.Table,
    *,
    stratum: str,
    domain: str,
    weight: str,
    value: str,
    unit: str | None = None,
) -> ir.Table:
    """One line for each stratum and domain: units, items and the five sums of `stats.survey.Cells`.

    An item without a value or a domain is in no domain: it still counts in its stratum (`sizes`). `known` is what `sizes` gave.
    """
    inside = items.filter(items[value].notnull() & items[domain].notnull())
    a = inside[weight].cast("float64")
    b = a * inside[value].cast("float64")
    if unit:
        each = inside.group_by(stratum=inside[stratum], domain=inside[domain], unit=inside[unit]).agg(
            a=a.sum(), b=b.sum(), items=inside.count()
        )
    else:
        each = inside.select(stratum=inside[stratum], domain=inside[domain], a=a, b=b, items=ibis.literal(1))
    found = each.group_by(["stratum", "domain"]).agg(
        units=each.count().cast("int64"),
        items=each["items"].sum().cast("int64"),
        weight=each.a.sum(),
        total=each.b.sum(),
        weight_weight=(each.a * each.a).sum(),
        weight_total=(each.a * each.b).sum(),
        total_total=(each.b * each.b).sum(),
    )
    placed = found.join(known.select("stratum", place="code"), "stratum")
    place = ibis.dense_rank().over(order_by=placed.domain).cast("int64")
    return placed.select("place", "domain", "units", "items", *SUMS, domain_place=place)


def names(items: ir.Table, *, domain: str, value: str) -> ir.Table:
    """The domains in the order of their codes in `sums`, with their items."""
    inside = items.filter(items[value].notnull() & items[domain].notnull())
    # not `distinct`: ordered, it compiles for Spark to the distinct pairs of domain and value
    return inside.group_by(domain=inside[domain]).agg(items=inside.count().cast("int64")).order_by("domain")


def faults(items: ir.Table, *, stratum: str, weight: str) -> ir.Table:
    """How many items have no stratum, no weight, or a weight that is none: one line; `checked` refuses them."""
    return items.agg(
        items=items.count(),
        no_stratum=items[stratum].isnull().cast("int64").sum().fill_null(0),
        no_weight=items[weight].isnull().cast("int64").sum().fill_null(0),
        bad_weight=(items[weight] < 1).cast("int64").sum().fill_null(0),
    )


def checked(line: Mapping[str, Any]) -> None:
    """StatisticsError: an item without a stratum or a weight, or with a weight that is no inclusion probability's inverse."""
    told = {
        "no_stratum": "have no stratum: name it, or leave them out of the sample",
        "no_weight": "have no weight: their inclusion probability is not known, so they stand for themselves alone",
        "bad_weight": "have a weight below 1: a weight is one over an inclusion probability",
    }
    for name, text in told.items():
        if line[name]:
            raise StatisticsError(f"{line[name]} of {line['items']} items {text}")


def arrays(found: Mapping[str, Any], known: Mapping[str, Any]) -> tuple[Cells, Strata]:
    """What `sums` and `sizes` gave, as columns, in the form of the estimators.

    StatisticsError: a stratum with two populations.
    """
    for place, (least, most) in enumerate(zip(known["least"], known["held"], strict=True)):
        if least == least and most == most and least != most:
            raise StatisticsError(
                f"stratum {known['stratum'][place]} has populations from {least:g} to {most:g}: a stratum has one population"
            )
    columns = [found[name] for name in ("place", "domain_place", "units", "items", *SUMS)]
    return cells(columns), strata(known["taken"], [most if most == most else float("inf") for most in known["held"]])
