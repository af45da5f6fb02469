"""Deliveries for the tests of the lake: small, drawn from a seed, with every oddity that a real one may have."""

import random
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from zhiheng.engines import Engine
from zhiheng.evidence.delivered import DELIVERED, DELIVERED_UNITS

CARD = {
    "name": "little",
    "title": {"zh": "小样", "en": "Little"},
    "supports": "probability",
    "scheme": "sampling-plan-2026",
    "rules": ["cn"],
    "decision": "",
}
# (product type, test items, unit): ruled, unruled, forbidden, and microbiological ones
PANELS: list[tuple[str, list[tuple[str | None, str, str]]]] = [
    (
        "蔬菜 > 芹菜",
        [("lead", "铅", "mg/kg"), ("cadmium", "镉", "mg/kg"), ("chlorpyrifos", "毒死蜱", "mg/kg"), (None, "味道", "1")],
    ),
    ("粮食加工品 > 小麦粉", [("lead", "铅(以Pb计)", "mg/kg"), ("cadmium", "镉", "mg/kg"), (None, "水分", "1")]),
    ("肉制品 > 酱卤肉制品", [("lead", "铅", "mg/kg"), ("cadmium", "镉", "mg/kg"), ("salmonella", "沙门氏菌", "/25g")]),
    ("没有的类别", [("lead", "铅", "mg/kg")]),
]
PLACES = [("440106", "广东省"), ("440305", "广东省"), ("370100", "山东省"), (None, None)]


def report(
    chance: random.Random, sample: str, day: date, *, version: int = 0, stage: str = "first"
) -> list[dict[str, Any]]:
    """The rows of one report."""
    product, items = chance.choice(PANELS)
    region, province = chance.choice(PLACES)
    shared = {
        "sample_id": sample,
        "version": version,
        "stage": stage,
        "sample_kind": chance.choice(["regular"] * 19 + ["blank"]),
        "product_type": product,
        "product_name": chance.choice(["甲", "乙", "naïve 𠮷", None]),
        "maker_id": chance.choice(["91440000MA0000001X", "91440000MA0000002X", None]),
        "region": region,
        "province": province,
        "channel": chance.choice(["production", "shop", None]),
        "arm": chance.choice(["random", "targeted"]),
        "inclusion": chance.choice([0.1, 0.25, 1 / 3, 1.0, None]),
        "sampled_on": day - timedelta(days=chance.randrange(40)),
        "day": day - timedelta(days=chance.randrange(40)),
    }
    return [shared | line(chance, number, *item) for number, item in enumerate(items, start=1)]


def line(chance: random.Random, number: int, analyte: str | None, printed: str, kind: str) -> dict[str, Any]:
    """One line of a report."""
    row: dict[str, Any] = {"item": number, "analyte": analyte, "analyte_printed": printed, "kind": kind}
    drawn = chance.random()
    value = Decimal(chance.choice(["0.01", "0.05", "0.1", "0.2", "0.3", "0.5", "2", "0.0000000001", "12345678901"]))
    if drawn < 0.5:
        row |= {"comparator": "=", "value": value, "uncertainty": chance.choice([None, Decimal("0.01")])}
    elif drawn < 0.7:
        row |= {"comparator": "<", "value": Decimal("0.02"), "reporting_level": Decimal("0.02")}
    elif drawn < 0.8:
        row |= {"comparator": "nd", "reporting_level": chance.choice([Decimal("0.01"), Decimal(3), None])}
    elif drawn < 0.9:
        row |= {"units_tested": 5, "units": chance.choice([[None] * 5, *(drawn_units(chance) for _ in range(3))])}
    else:
        row |= {"comparator": chance.choice(["detected", ">", None]), "value": chance.choice([value, None])}
    if chance.random() < 0.05:
        row |= {"lower": Decimal("0.01"), "upper": Decimal("0.3")}
    return row


def drawn_units(chance: random.Random) -> list[int | None]:
    """The values of five units; nothing where nothing was found."""
    return [chance.choice([0, 0, None, 5, 100, 20000]) for _ in range(5)]


def deliveries(folder: Path, *, seed: int, days: int = 3, batches: int = 60) -> list[Path]:
    """Write deliveries of consecutive days, with corrections, retests, late and repeated reports; their folders are given."""
    chance = random.Random(seed)
    sent: list[list[dict[str, Any]]] = []
    folders, start = [], date(2026, 2, 27)
    for place in range(days):
        day = start + timedelta(days=place)
        reports = [report(chance, f"S{place:02}-{number:04}", day) for number in range(batches)]
        for earlier in chance.sample(sent, min(len(sent), batches // 4)):
            sample, version = earlier[0]["sample_id"], earlier[0]["version"]
            kind = chance.choice(["correction", "retest", "repeated"])
            if kind == "repeated":
                reports.append(earlier)
            elif kind == "retest" and earlier[0]["stage"] == "first":
                reports.append(again(chance, earlier, stage="retest", version=0))
            elif not any(rows[0]["sample_id"] == sample and rows[0]["version"] > version for rows in sent):
                reports.append(again(chance, earlier, stage=earlier[0]["stage"], version=version + 1))
        reports = unlike(reports)
        sent += reports
        folders.append(write(folder / day.isoformat(), [row for rows in reports for row in rows]))
    return folders


def again(chance: random.Random, rows: list[dict[str, Any]], *, stage: str, version: int) -> list[dict[str, Any]]:
    """A report once more: some figures changed."""
    return [
        {
            **row,
            **(
                line(chance, row["item"], row["analyte"], row["analyte_printed"], row["kind"])
                if chance.random() < 0.6
                else {}
            ),
        }
        | {"stage": stage, "version": version}
        for row in rows
    ]


def unlike(reports: list[list[dict[str, Any]]]) -> list[list[dict[str, Any]]]:
    """Reports of which no two have the same number, version and stage."""
    found = {(rows[0]["sample_id"], rows[0]["version"], rows[0]["stage"]): rows for rows in reports}
    return list(found.values())


def write(folder: Path, rows: list[dict[str, Any]]) -> Path:
    """A delivery's files."""
    folder.mkdir(parents=True)
    names = DELIVERED.schema.names
    with Engine() as engine:
        engine.table("delivered", [tuple(row.get(name) for name in names) for row in rows], DELIVERED.schema)
        engine.write(DELIVERED.unbound(), folder / "results.parquet")
        units = [
            (row["sample_id"], row["version"], row["stage"], row["item"], number, "nd" if value is None else "=", value)
            for row in rows
            for number, value in enumerate(row.get("units", []), start=1)
        ]
        if units:
            engine.table("delivered_units", units, DELIVERED_UNITS.schema)
            engine.write(DELIVERED_UNITS.unbound(), folder / "units.parquet")
    return folder
