"""The figures of published bulletins, counted again from raw tables that add up to the published counts.

The tables are generated, row by row, and go through the lake (deliveries, judging by the law of the day, cells) or, where millions are
meant, through the stage that counts samples. Where a bulletin prints a rate without its count, the count is not determined: then the test
shows that more than one count prints the same, and says so; no such count is a published figure.
"""

from collections.abc import Sequence
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import ibis
import pytest

from zhiheng import daily, rules, surveillance
from zhiheng.decision import SAMPLES
from zhiheng.engines import Engine
from zhiheng.evidence import delivery
from zhiheng.evidence.delivered import DELIVERED
from zhiheng.evidence.snapshot import Workspace, store_json
from zhiheng.reports.nation import Nations, figures

pytestmark = pytest.mark.slow
DAY = date(2026, 3, 2)
CARD = {
    "name": "bulletin",
    "title": {"zh": "通报", "en": "Bulletin"},
    "supports": "probability",
    "scheme": "sampling-plan-2026",
    "rules": ["cn"],
    "decision": "",
}
# lead in celery: the limit is far between the two values on the day
FAILED, PASSED = "9.0", "0.001"


def printed(part: int, whole: int, digits: int) -> str:
    """A share as a bulletin prints it."""
    return f"{100 * part / whole:.{digits}f}"


def fits(rate: str, whole: int) -> range:
    """Every count whose share of the whole prints as the rate."""
    digits = len(rate.partition(".")[2])
    near = round(float(rate) * whole / 100)
    reach = int(whole / 100 / 10**digits) + 2
    found = [n for n in range(max(near - reach, 0), near + reach) if printed(n, whole, digits) == rate]
    return range(found[0], found[-1] + 1) if found else range(0)


def sent(folder: Path, groups: Sequence[tuple[str, str, int, int]]) -> Path:
    """A delivery with a report of one line a batch: (channel, size, batches, failed)."""
    schema = ibis.schema({"channel": "string", "size": "string", "n": "int64", "failed": "int64", "at": "int64"})
    with Engine() as engine:
        engine.table("groups", [(*group, at) for at, group in enumerate(groups)], schema)
        table = ibis.table(schema, name="groups")
        each = table.mutate(k=ibis.range(table.n).unnest())
        day = ibis.literal(DAY.isoformat()).cast("date")
        known: dict[str, Any] = {
            "sample_id": each["at"].cast("string") + "-" + each.k.cast("string"),
            "channel": each["channel"],
            "size": each["size"],
            "value": ibis.ifelse(each.k < each.failed, FAILED, PASSED),
            "sampled_on": day,
            "day": day,
        } | {name: ibis.literal(value) for name, value in FIXED.items()}
        nothing = {name: ibis.literal(None, type=kind) for name, kind in DELIVERED.schema.items()}
        rows = each.select(**{name: (nothing | known)[name].cast(kind) for name, kind in DELIVERED.schema.items()})
        made = folder / "2026-03-03"
        made.mkdir(parents=True)
        engine.write(rows, made / "results.parquet")
    return made


FIXED = {
    "version": 0,
    "stage": "first",
    "sample_kind": "regular",
    "product_type": "蔬菜 > 芹菜",
    "region": "440106",
    "province": "广东省",
    "item": 1,
    "analyte": "lead",
    "analyte_printed": "铅",
    "kind": "mg/kg",
    "comparator": "=",
}


def lake(folder: Path, groups: Sequence[tuple[str, str, int, int]]) -> Any:
    """The groups taken in and judged as a lake is, day by day."""
    place = daily.Place(Workspace(folder / "home"), "bulletin")
    place.root.mkdir(parents=True)
    store_json(place.root / "card.json", CARD)
    with Engine() as engine:
        delivery.append(
            engine, place.evidence, delivery.found(sent(folder / "sent", groups)), analytes=rules.analytes()
        )
    daily.judge(place, law=daily.law(), today=date(2026, 11, 22))
    return Nations(place.workspace).open("bulletin")


def test_the_national_product_bulletin_of_2024(tmp_path: Path) -> None:
    """25,250 batches, 3,601 failed, 14.3 %: production 6.7 %, shops 15.1 %, e-commerce 23.5 %; the counts of the channels are not printed."""
    whole, failed = 25_250, 3_601
    allotted = [
        (n, m, whole - n - m, a, b, failed - a - b)
        for n, m in product(range(4_000, 9_000, 500), range(8_000, 19_000, 250))
        if n + m < whole
        for a in fits("6.7", n)[:1]
        for b in fits("15.1", m)
        if failed - a - b in fits("23.5", whole - n - m)
    ]
    # the printed figures do not determine the counts of the channels: many allotments print the same
    assert len({held[:3] for held in allotted}) > 1
    n, m, k, a, b, c = allotted[0]
    held = lake(tmp_path, [("production", "", n, a), ("shop", "", m, b), ("e-commerce", "", k, c)])
    every = figures.arms(held)["all"]
    assert (every["judged"], every["nonconforming"]) == (whole, failed)
    assert printed(every["nonconforming"], every["judged"], 1) == "14.3"
    by = {row["channel"]: row for row in figures.sums(held, ("channel",))}
    assert {word: f"{100 * row['rate']:.1f}" for word, row in by.items()} == {
        "production": "6.7",
        "shop": "15.1",
        "e-commerce": "23.5",
    }
    # nothing is known of how the batches were chosen: a rate of the items tested, and no interval for a population
    assert every["weighted"] is None and every["weighted_lower"] is None and every["unweighted"] == whole


def test_the_national_product_bulletin_of_2023() -> None:
    """28,265 batches, 3,476 failed, 12.3 %; 16,021 of production, 12,244 of circulation; firms 0.8, 2.2 and 13.2 %, counts not printed."""
    whole, failed = 28_265, 3_476
    assert whole == 16_021 + 12_244 and printed(failed, whole, 1) == "12.3"
    # the counts by size of firm are not determined: several allotments print the same
    found = [
        (large, medium, a, b)
        for large, medium in product(range(500, 4_000, 100), repeat=2)
        for a in fits("0.8", large)[:1]
        for b in fits("2.2", medium)[:1]
        if failed - a - b in fits("13.2", whole - large - medium)
    ]
    assert len(found) > 1
    large, medium, *counts = found[0]
    groups = [
        ("large", large, counts[0]),
        ("medium", medium, counts[1]),
        ("small", whole - large - medium, failed - sum(counts)),
    ]
    rows = counted(groups)
    assert {row["value"]: f"{100 * row['nonconforming'] / row['judged']:.1f}" for row in rows} == {
        "large": "0.8",
        "medium": "2.2",
        "small": "13.2",
    }
    assert sum(row["judged"] for row in rows) == whole and sum(row["nonconforming"] for row in rows) == failed


def counted(groups: Sequence[tuple[str, int, int]]) -> list[dict[str, Any]]:
    """One sample a batch, written out in the engine, counted by the stage that counts the samples of a small data set."""
    schema = ibis.schema({"site": "string", "n": "int64", "failed": "int64"})
    with Engine(threads=1) as engine:
        engine.table("groups", list(groups), schema)
        table = ibis.table(schema, name="groups")
        each = table.mutate(k=ibis.range(table.n).unnest())
        known = {"site": each.site, "verdict": ibis.ifelse(each.k < each.failed, "nonconforming", "conforming")}
        nothing = {name: ibis.literal(None, type=kind) for name, kind in SAMPLES.schema.items()}
        engine.view(
            "samples",
            each.select(**{name: (nothing | known)[name].cast(kind) for name, kind in SAMPLES.schema.items()}),
        )
        rows = engine.rows(surveillance.verdicts_by(SAMPLES.unbound(), "site"))
    return surveillance.with_intervals(rows, supports="convenience")


@pytest.mark.parametrize(
    ("whole", "failed", "rate", "digits"),
    [
        (6_997_389, 190_872, "2.73", 2),
        (25_250, 3_601, "14.3", 1),
        (28_265, 3_476, "12.3", 1),
        (19_440, 1_827, "9.4", 1),
    ],
)
def test_a_published_rate_is_that_of_the_published_counts(whole: int, failed: int, rate: str, digits: int) -> None:
    """Food 2023, products 2024, 2023 and 2022; the food table has seven million rows."""
    (row,) = counted([("all", whole, failed)])
    assert (row["judged"], row["nonconforming"]) == (whole, failed)
    assert f"{100 * row['rate']:.{digits}f}" == rate


def test_the_causes_of_food_failures_add_up_to_less_than_all_of_them() -> None:
    """Of 190,872 failures pesticides 37.66, microbes 18.81, additives 13.08 %: shares, from which the counts follow to some tens only."""
    failed = 190_872
    shares = {"pesticide": "37.66", "microbe": "18.81", "additive": "13.08"}
    counts = {cause: fits(rate, failed) for cause, rate in shares.items()}
    assert all(len(found) in (19, 20) for found in counts.values())
    groups = [(cause, failed, found[len(found) // 2]) for cause, found in counts.items()]
    assert {row["value"]: f"{100 * row['rate']:.2f}" for row in counted(groups)} == shares


def test_three_quarters_of_2022_are_known_to_thousands_only() -> None:
    """4.56 million batches, over 120 thousand failed, 2.71 %: every whole number from 4,555,000 to 4,564,999 is '4.56 million'."""
    least, most = fits("2.71", 4_555_000)[0], fits("2.71", 4_564_999)[-1]
    assert 120_000 < least < most and most - least > 400
    (row,) = counted([("all", 4_560_000, (least + most) // 2)])
    assert f"{100 * row['rate']:.2f}" == "2.71"


def test_the_series_of_pass_rates() -> None:
    """92.53, 92.90, 93.42, 93.77, 93.93 %: no count is published with them, so ten thousand batches a year stand for the rest."""
    series = {"2014": "92.53", "2015": "92.90", "2016": "93.42", "2017": "93.77", "2018": "93.93"}
    rows = counted([(year, 10_000, 10_000 - round(100 * float(rate))) for year, rate in series.items()])
    assert {row["value"]: f"{100 * row['conforming'] / row['judged']:.2f}" for row in rows} == series
    # another number of batches prints the same series
    other = counted([(year, 30_000, 30_000 - round(300 * float(rate))) for year, rate in series.items()])
    assert {row["value"]: f"{100 * (1 - row['rate']):.2f}" for row in other} == series
