"""The simulated nation: the same whatever is made beside it, true to its own truth, and judged as it was planted."""

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import pytest
from click.testing import CliRunner

from zhiheng import decision, loop
from zhiheng.cli import program
from zhiheng.engines import Engine
from zhiheng.errors import StoreError, UsageError
from zhiheng.evidence import RESULTS, UNITS
from zhiheng.simulation import DELIVERED, DELIVERED_UNITS, FAILURES, Nation, nation, simulate

SMALL = Nation(seed=11, size=0.015, start=date(2025, 4, 1), days=36)
FIRST, LAST = 28, 35
KEY = ("sample_id", "version", "stage", "item")
MALFORMED = {
    "missing_sample": lambda row: row["sample_id"] is None,
    "unknown_comparator": lambda row: row["comparator"] not in (None, "=", "<", "nd"),
    "negative_value": lambda row: (row["value"] or 0) < 0,
    "unknown_kind": lambda row: row["kind"] == "mg/apple",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("nation")
    simulate(SMALL, out, first=FIRST, last=LAST)
    return out


def days(out: Path) -> list[Path]:
    return sorted(path for path in out.iterdir() if path.is_dir() and path.name != "truth")


def read(path: Path, table: Any = DELIVERED) -> list[dict[str, Any]]:
    with Engine(threads=1) as engine:
        engine.attach("found", [path], table.schema)
        return engine.rows(table.unbound("found"))


def rows(out: Path) -> list[dict[str, Any]]:
    return [row | {"folder": path.name} for path in days(out) for row in read(path / "results.parquet")]


def counted(out: Path) -> dict[str, int]:
    return json.loads((out / "truth" / "nation.json").read_text(encoding="utf-8"))["counts"]


def sound(row: dict[str, Any]) -> bool:
    return not any(is_so(row) for is_so in MALFORMED.values())


def test_one_day_made_alone_in_small_blocks_is_the_same_day(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nation, "BLOCK", 100)
    simulate(SMALL, tmp_path, first=LAST, last=LAST)
    for name, table in (("results.parquet", DELIVERED), ("units.parquet", DELIVERED_UNITS)):
        alone, among = (read(out / "2025-05-06" / name, table) for out in (tmp_path, made))
        assert len(alone) > 50 and alone == among
    alone, among = (read(out / "truth/days/2025-05-06.parquet", FAILURES) for out in (tmp_path, made))
    assert alone == among


def test_a_killed_run_goes_on_and_a_day_is_made_again_only_by_force(made: Path, tmp_path: Path) -> None:
    simulate(SMALL, tmp_path, first=FIRST, last=FIRST)
    done = tmp_path / "2025-04-29" / "results.parquet"
    before = done.read_bytes()
    done.write_bytes(b"kept")
    (tmp_path / ".2025-04-30.part").mkdir()
    (tmp_path / ".2025-04-30.part" / "half").write_bytes(b"")
    simulate(SMALL, tmp_path, first=FIRST, last=FIRST + 1)
    assert done.read_bytes() == b"kept"
    assert [path.name for path in days(tmp_path)] == ["2025-04-29", "2025-04-30"]
    assert sorted(path.name for path in (tmp_path / "2025-04-30").iterdir()) == ["results.parquet", "units.parquet"]
    simulate(SMALL, tmp_path, first=FIRST, last=FIRST, again=True)
    assert done.read_bytes() == before
    with pytest.raises(StoreError, match="holds another simulation"):
        simulate(Nation(12, 0.015, SMALL.start, 36), tmp_path, first=0, last=0)


def test_the_rows_have_the_shape_of_a_delivery_and_are_in_order(made: Path) -> None:
    found = read(made / "2025-05-06" / "results.parquet")
    assert list(found[0]) == list(DELIVERED.schema.names)
    keys = [tuple(row[name] for name in KEY) for row in found if sound(row)]
    assert keys == sorted(keys)
    needed = ("version", "stage", "sample_kind", "product_type", "day", "item", "analyte_printed")
    assert all(row[name] is not None for row in found for name in needed)
    assert all(0 < row["inclusion"] <= 1 for row in found)


def test_malformed_rows_are_as_many_as_the_truth_says(made: Path) -> None:
    truth, found = counted(made), rows(made)
    assert len(found) == truth["rows"]
    assert truth["rejected"] == sum(truth[f"rejected_{name}"] for name in (*MALFORMED, "duplicate_item")) > 0
    for name, is_so in MALFORMED.items():
        assert sum(is_so(row) for row in found) == truth[f"rejected_{name}"], name
    within = Counter((row["folder"], *(row[name] for name in KEY)) for row in found if row["sample_id"])
    assert sum(n - 1 for n in within.values()) == truth["rejected_duplicate_item"]


def test_what_comes_again_is_identical_corrected_or_a_retest(made: Path) -> None:
    truth, found = counted(made), [row for row in rows(made) if sound(row)]
    reports: dict[tuple[Any, ...], dict[str, list[dict[str, Any]]]] = {}
    for row in found:
        folder, body = row["folder"], {name: cell for name, cell in row.items() if name != "folder"}
        reports.setdefault(tuple(row[name] for name in KEY[:3]), {}).setdefault(folder, []).append(body)
    twice = [list(copies.values()) for copies in reports.values() if len(copies) > 1]
    assert all(first == second for first, second in twice)
    assert truth["duplicate_reports"] >= len(twice) > 0
    later = [key for key in reports if key[1] == 1]
    assert len(later) == truth["corrections"] > 0
    pairs = [(reports[key], reports.get((key[0], 0, "first"))) for key in later]
    whole = [(list(new.values())[0], list(old.values())[0]) for new, old in pairs if old]
    for new, old in whole:
        assert [row["item"] for row in new] == [row["item"] for row in old]
        assert any(
            (a["printed"], a["comparator"]) != (b["printed"], b["comparator"]) for a, b in zip(new, old, strict=True)
        )
    assert sum(key[2] == "retest" for key in reports) == truth["retests"]


def put(engine: Engine, out: Path) -> None:
    """The deliveries as the tables RESULTS and UNITS: malformed rows and copies aside."""
    folders = days(out)
    engine.attach("rows", [path / "results.parquet" for path in folders], DELIVERED.schema)
    engine.attach("singles", [path / "units.parquet" for path in folders], DELIVERED_UNITS.schema)
    held, units = DELIVERED.unbound("rows"), DELIVERED_UNITS.unbound("singles")
    held = held.filter(
        held.sample_id.notnull()
        & (held.comparator.isnull() | held.comparator.isin(["=", "<", "nd"]))
        & (held.kind != "mg/apple")
        & (held.value.isnull() | (held.value >= 0))
    )
    body = held.mutate(result_id=named(held), dataset=ibis.literal("n"), source=ibis.literal("s"), row=ibis.literal(1))
    full = {
        name: body[name].cast(kind) if name in body.columns else ibis.literal(None, type=kind)
        for name, kind in RESULTS.schema.items()
    }
    # a duplicate item differs from the item it repeats: the first one counts
    once = body.select(**full).distinct(on="result_id", keep="first")
    engine.create("results", once)
    single = units.mutate(result_id=named(units)).select(
        **{name: (units[name] if name != "result_id" else named(units)).cast(k) for name, k in UNITS.schema.items()}
    )
    engine.create("units", single.distinct())


def named(table: ibis.Table) -> ibis.Value:
    return ibis.literal("/").join([table[name].cast("string") for name in KEY])


def test_the_planted_failures_are_the_ones_that_are_judged(made: Path) -> None:
    card = {"scheme": "sampling-plan-2026", "rules": ["cn"], "decision": "", "name": "n"}
    with Engine(threads=1) as engine:
        put(engine, made)
        loop.judge(engine, card=card, terms=loop.Terms(), today=date(2026, 11, 22))
        findings = decision.FINDINGS.unbound()
        verdicts = {row["result_id"]: row for row in engine.rows(findings)}
    planted = {"/".join(str(row[name]) for name in KEY) for row in read(made / "truth" / "failures.parquet", FAILURES)}
    assert len(planted) > 20
    assert {name for name, row in verdicts.items() if row["verdict"] == "nonconforming"} == planted
    tally, truth = Counter(row["verdict"] for row in verdicts.values()), counted(made)
    assert tally["nonconforming"] == truth["expected_nonconforming"]
    assert tally["inconclusive"] == 0
    ties = [row for row in verdicts.values() if row["value"] is not None and row["value"] == row["high"]]
    assert ties and {row["verdict"] for row in ties} == {"conforming"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--size", "1"], "write a percentage"),
        (["--size", "0%"], "must be above 0"),
        (["--start", "April"], "is not a day"),
        (["--from-day", "2024-01-01"], "the simulation has the days 0 to"),
    ],
)
def test_a_call_that_makes_no_sense_is_told_so(tmp_path: Path, options: list[str], message: str) -> None:
    done = CliRunner().invoke(program, ["simulate", "nation", "--out", str(tmp_path), *options])
    assert isinstance(done.exception, UsageError) and message in str(done.exception)
