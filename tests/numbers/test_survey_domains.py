"""Estimates of many domains from sums made in the engine against those from the items themselves.

Tolerance 1e-11, relative: the same figures added up in another order.
"""

import csv
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import ibis
import numpy as np
import pytest

from zhiheng.engines import Engine
from zhiheng.errors import StatisticsError
from zhiheng.stats.survey import (
    Cells,
    Domains,
    Strata,
    cells,
    design,
    domain_intervals,
    domain_means,
    domain_totals,
    mean,
    proportion,
    strata,
    total,
)
from zhiheng.surveillance import estimation

REFERENCE = Path(__file__).parent / "reference" / "survey"
KINDS = {
    "stratum": "string",
    "unit": "int64",
    "domain": "string",
    "weight": "float64",
    "value": "float64",
    "held": "float64",
}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(threads=1) as made:
        yield made


def drawn(seed: int, *, share: bool = True) -> dict[str, np.ndarray]:
    """Sixty items in five strata and six domains, one of them of ones alone, another of one item."""
    draw = np.random.Generator(np.random.PCG64(seed))
    stratum = np.repeat(np.arange(5), [4, 16, 10, 20, 10])
    domain = draw.integers(0, 4, size=60)
    value = draw.integers(0, 2, size=60).astype(float) if share else draw.normal(50, 9, size=60)
    domain[[5, 25, 45]], value[[5, 25, 45]] = 4, 1.0
    domain[59] = 5
    return {
        "stratum": np.array([f"s{code}" for code in stratum], dtype=object),
        "unit": stratum * 100 + np.arange(60) % 4,
        "domain": np.array([f"d{code}" for code in domain], dtype=object),
        "weight": draw.uniform(2, 9, size=60),
        "value": value,
        "held": np.array([40.0, 160, 100, 400, 90])[stratum],
    }


def from_engine(engine: Engine, items: dict[str, np.ndarray], *, unit: str | None = None) -> tuple:
    engine.arrays("items", items)
    table = ibis.table(KINDS, name="items")
    estimation.checked(engine.rows(estimation.faults(table, stratum="stratum", weight="weight"))[0])
    sizes = estimation.sizes(table, stratum="stratum", unit=unit, held="held")
    engine.create("sizes", sizes)
    known = ibis.table(sizes.schema(), name="sizes")
    sums = estimation.sums(table, known, stratum="stratum", domain="domain", weight="weight", value="value", unit=unit)
    names = [row["domain"] for row in engine.rows(estimation.names(table, domain="domain", value="value"))]
    return *estimation.arrays(engine.columns(sums), engine.columns(known.order_by("code"))), names


def equal(found: Domains, place: int, expected) -> None:
    assert found.value[place] == pytest.approx(expected.value[0], rel=1e-11)
    assert found.variance[place] == pytest.approx(expected.covariance[0, 0], rel=1e-11, abs=1e-25)
    assert (found.n[place], found.degrees[place]) == (expected.n, expected.degrees)


@pytest.mark.parametrize("unit", [None, "unit"])
@pytest.mark.parametrize("share", [True, False])
def test_domains_from_the_engine_equal_those_from_items(engine: Engine, unit, share: bool) -> None:
    items = drawn(11, share=share)
    parts, sizes, names = from_engine(engine, items, unit=unit)
    made = design(
        weights=items["weight"], strata=items["stratum"], held=[items["held"]], units=[items["unit"]] if unit else None
    )
    means, totals = domain_means(parts, sizes), domain_totals(parts, sizes)
    assert names == [f"d{code}" for code in range(6)]
    for place, name in enumerate(names):
        inside = items["domain"] == name
        equal(means, place, mean(made, items["value"], domain=inside))
        equal(totals, place, total(made, items["value"], domain=inside))


@pytest.mark.parametrize("method", ["beta", "xlogit", "asin", "mean", "wilson"])
def test_intervals_from_the_engine_equal_those_from_items(engine: Engine, method: str) -> None:
    items = drawn(12)
    parts, sizes, names = from_engine(engine, items)
    made = design(weights=items["weight"], strata=items["stratum"], held=[items["held"]])
    ends = domain_intervals(domain_means(parts, sizes), level=0.9, method=method)
    for place, name in enumerate(names):
        one = proportion(made, items["value"], domain=items["domain"] == name, method=method, level=0.9)
        assert (ends.lower[place], ends.upper[place]) == pytest.approx((one.lower, one.upper), rel=1e-9, abs=1e-12)
    assert "alike" in ends.reasons[4] and ends.reasons[0] == ""


@lru_cache
def by_r() -> list[dict[str, str]]:
    with (REFERENCE / "domains.csv").open() as file:
        return list(csv.DictReader(file))


def sums_of(name: str, cut: str) -> tuple[list[str], Cells, Strata]:
    """What an engine would sum of a sample of R survey: one line for each stratum and domain that meet, items or clusters as units."""
    with (REFERENCE / f"{name}.csv").open() as file:
        rows = list(csv.DictReader(file))
    column, sign, edge = cut.split()
    y = np.array(
        [float(row[column]) > float(edge) if sign == ">" else float(row[column]) < float(edge) for row in rows]
    )
    w = np.array([float(row["pw"]) for row in rows])
    stratum, unit = (
        np.array([row["stype"] if name == "apistrat" else "" for row in rows]),
        np.array([row["dnum"] if name == "apiclus1" else str(at) for at, row in enumerate(rows)]),
    )
    domain = np.array([f"{row['comp.imp']} {row['sch.wide']}" for row in rows])
    names, codes = np.unique(domain, return_inverse=True)
    parts, places = np.unique(stratum, return_inverse=True)
    lines = []
    for place, kind in sorted(set(zip(places.tolist(), codes.tolist(), strict=True))):
        inside = (places == place) & (codes == kind)
        _, own = np.unique(unit[inside], return_inverse=True)
        a, b = np.bincount(own, w[inside]), np.bincount(own, (w * y)[inside])
        lines.append((place, kind, a.size, inside.sum(), a.sum(), b.sum(), a @ a, a @ b, b @ b))
    held = [float(next(row["fpc"] for row, one in zip(rows, stratum, strict=True) if one == part)) for part in parts]
    taken = [np.unique(unit[stratum == part]).size for part in parts]
    return names.tolist(), cells(list(zip(*lines, strict=True))), strata(taken, held)


@pytest.mark.parametrize(("name", "cut"), sorted({(row["design"], row["value"]) for row in by_r()}))
@pytest.mark.parametrize("method", ["logit", "xlogit", "beta", "asin", "mean"])
def test_domains_from_sums_are_those_of_r(name: str, cut: str, method: str) -> None:
    """Tolerance 1e-10: the same arithmetic in another order. 'logit' is R's own fit iterated to its end (`tight`)."""
    names, parts, sizes = sums_of(name, cut)
    found = domain_means(parts, sizes)
    ends = domain_intervals(found, level=0.95, method=method)
    mine = [row for row in by_r() if (row["design"], row["value"]) == (name, cut)]
    assert mine
    for row in mine:
        at = names.index(row["domain"])
        # with one degree of freedom R's Wald limits go through 1 - 2 pnorm(qt(..)) = 1 and come out as 0 and 1: no limits of a fit
        of = method if method != "logit" else "xlogit" if row["df"] == "1" else "tight"
        assert found.degrees[at] == float(row["df"])
        assert (found.value[at], found.standard_error[at]) == pytest.approx(
            (float(row["rate"]), float(row["se"])), rel=1e-10
        )
        assert (ends.lower[at], ends.upper[at]) == pytest.approx(
            (float(row[f"{of}_lower"]), float(row[f"{of}_upper"])), rel=1e-10, abs=1e-12
        )


def test_where_r_stops_its_fit_is_near_the_end_of_it() -> None:
    """`svyciprop(method = "logit")` stops at a relative change of the deviance of 1e-8: that is how far from the end it may be."""
    apart = [
        abs(float(row[f"logit_{end}"]) / float(row[f"tight_{end}"]) - 1)
        for row in by_r()
        for end in ("lower", "upper")
        if row["df"] != "1"
    ]
    assert 0 < max(apart) < 1e-9


@pytest.mark.parametrize("lonely", ["certainty", "adjust", "average"])
def test_strata_of_one_unit_are_treated_alike_on_both_ways(engine: Engine, lonely) -> None:
    items = drawn(13, share=False)
    items["stratum"][7] = "lonely"
    items["held"][7] = 12.0
    parts, sizes, names = from_engine(engine, items)
    made = design(weights=items["weight"], strata=items["stratum"], held=[items["held"]], lonely=lonely)
    found = domain_means(parts, sizes, lonely=lonely)
    for place, name in enumerate(names):
        equal(found, place, mean(made, items["value"], domain=items["domain"] == name))
    with pytest.raises(StatisticsError, match="has one unit"):
        domain_means(parts, sizes)


def test_items_without_a_value_stay_in_their_stratum_but_in_no_domain(engine: Engine) -> None:
    items = drawn(14)
    engine.arrays("items", items | {"value": items["value"]})
    table = ibis.table(KINDS, name="items").mutate(value=ibis._.value.nullif(1.0))
    sizes = estimation.sizes(table, stratum="stratum", held="held")
    engine.create("sizes", sizes)
    known = ibis.table(sizes.schema(), name="sizes")
    sums = engine.columns(
        estimation.sums(table, known, stratum="stratum", domain="domain", weight="weight", value="value")
    )
    assert sums["items"].sum() == (items["value"] == 0).sum()
    assert engine.columns(known)["taken"].sum() == 60


def test_two_stages_of_sums_equal_the_two_stages_of_items() -> None:
    draw = np.random.Generator(np.random.PCG64(5))
    unit, domain, y = np.repeat(np.arange(6), 4), np.tile([0, 0, 1, 1], 6), draw.normal(size=24)
    within = np.repeat([9.0, 8, 12, 20, 7, 6], 4)
    made = design(units=[unit, np.arange(24)], held=[np.full(24, 30.0), within])
    w = made.weights

    def moments(stratum: np.ndarray, groups: np.ndarray) -> list[tuple]:
        lines = []
        for place in np.unique(stratum):
            for kind in (0, 1):
                rows = (stratum == place) & (domain == kind)
                a = np.array([w[rows & (groups == one)].sum() for one in np.unique(groups[rows])])
                b = np.array([(w * y)[rows & (groups == one)].sum() for one in np.unique(groups[rows])])
                lines.append((place, kind, a.size, rows.sum(), a.sum(), b.sum(), a @ a, a @ b, b @ b))
        return lines

    first = cells(list(zip(*moments(np.zeros(24, dtype=int), unit), strict=True)))
    second = cells(list(zip(*moments(unit, np.arange(24)), strict=True)))
    inner = strata(np.full(6, 4), within[::4], np.full(6, 0.2))
    found = domain_means(first, strata([6], [30]), (second, inner))
    for kind in (0, 1):
        equal(found, kind, mean(made, y, domain=domain == kind))


def test_an_empty_domain_has_no_figure_and_a_reason() -> None:
    part = cells([[0], [0], [3], [3], [6.0], [2.0], [12.0], [4.0], [4.0]])
    found = domain_means(part, strata([5], [10]), count=2)
    ends = domain_intervals(found, level=0.95)
    assert np.isnan([found.value[1], found.variance[1], ends.lower[1], ends.upper[1]]).all()
    assert "no item" in ends.reasons[1]


@pytest.mark.parametrize(
    ("column", "said"),
    [("no_stratum", "1 of 60 items have no stratum"), ("no_weight", "no weight"), ("bad_weight", "below 1")],
)
def test_items_that_cannot_be_weighed_are_refused(engine: Engine, column: str, said: str) -> None:
    items = drawn(15)
    if column == "bad_weight":
        items["weight"][3] = 0.4
    engine.arrays("items", items)
    table = ibis.table(KINDS, name="items")
    hidden = {"no_stratum": "stratum", "no_weight": "weight"}.get(column)
    if hidden:
        first = table[hidden] == (str(items["stratum"][0]) if hidden == "stratum" else float(items["weight"][3]))
        only = first & (table.weight == float(items["weight"][3]))
        table = table.mutate(**{hidden: ibis.ifelse(only, ibis.null(KINDS[hidden]), table[hidden])})
    with pytest.raises(StatisticsError, match=said):
        estimation.checked(engine.rows(estimation.faults(table, stratum="stratum", weight="weight"))[0])


def test_sums_that_cannot_be_are_refused() -> None:
    line = [[0, 0], [0, 0], [1, 1], [1, 1], *[[1.0, 1.0]] * 5]
    with pytest.raises(StatisticsError, match="in two lines"):
        cells(line)
    with pytest.raises(StatisticsError, match="cell 1 has a missing sum"):
        cells([*line[:4], [1.0, np.nan], *line[5:]])
    with pytest.raises(StatisticsError, match="9|nine"):
        cells(line[:8])
    with pytest.raises(StatisticsError, match="stratum 1: 5 units taken of 4"):
        strata([2, 5], [4, 4])
    sums = dict.fromkeys(("place", "domain_place", "units", "items", *estimation.SUMS), [0])
    with pytest.raises(StatisticsError, match="stratum a has populations from 3 to 4"):
        estimation.arrays(sums, {"stratum": ["a"], "least": [3.0], "held": [4.0], "taken": [1]})
    found = domain_means(cells([[0], [0], [3], [3], [6.0], [2.0], [12.0], [4.0], [4.0]]), strata([5], [10]))
    with pytest.raises(StatisticsError, match="has no closed formula"):
        domain_intervals(found, level=0.95, method="likelihood")


def test_columns_of_the_engine_tell_missing_cells(engine: Engine) -> None:
    rows = [(1, 0.5, "a"), (None, None, None)]
    kinds = ibis.schema({"whole": "int64", "share": "float64", "text": "string"})
    engine.table("gaps", rows, kinds)
    found = engine.columns(ibis.table(kinds, name="gaps").order_by("whole"))
    assert found["text"].tolist() == ["a", None] and found["whole"][0] == 1
    assert np.isnan(found["whole"][1]) and np.isnan(found["share"][1])
