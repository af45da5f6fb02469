"""Every expression of a stage gives the same rows on the embedded engine and on Spark, digit by digit."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pytest
from drawn_rows import KEYS, drawn
from pyspark.errors import PySparkException
from stages import STAGES, TABLES

from zhiheng import determination
from zhiheng.engines import AnyEngine, Engine, open_engine
from zhiheng.engines.parity import DIFFERENCES, FAULT, FEW, FEW_SCHEMA, Difference, canonical, digest
from zhiheng.evidence import RESULTS

# one driver for all tests of Spark: two processes would start two
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("spark")]
SEED = 20_261_122
ODD = ibis.schema({"number": "int64", "text": "string", "figure": "decimal(38, 15)", "day": "date", "yes": "boolean"})
ODD_ROWS = [
    (1, "铅'\\ \n\t\"`%_𠮷\u2028", Decimal("0.1"), date(1, 1, 1), True),
    (2, "", Decimal("-99999999999999999999999.999999999999999"), date(1582, 10, 10), False),
    (2**63 - 1, None, Decimal(0), date(9999, 12, 31), None),
    (None, "NULL", None, None, True),
    (None, "NULL", None, None, True),
]


@dataclass
class Pair:
    """Both engines over the same files."""

    embedded: Engine
    spark: AnyEngine
    folder: Path

    def both(self, ask: Callable[[AnyEngine], Any]) -> tuple[Any, Any]:
        return ask(self.embedded), ask(self.spark)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp("parity")
    with Engine(threads=1) as embedded, open_engine("local[2]", memory="1GB", threads=2, spill=folder) as spark:
        for name, schema in TABLES.items():
            rows = drawn(name, schema(), count=60 if name == "required" else KEYS, seed=SEED)
            embedded.table("drawn", rows, schema())
            path = folder / f"{name}.parquet"
            embedded.write(ibis.table(schema(), name="drawn"), path)
            embedded.attach(name, [path], schema())
            spark.attach(name, [path], schema())
        embedded.table("few", FEW, FEW_SCHEMA)
        spark.table("few", FEW, FEW_SCHEMA)
        yield Pair(embedded, spark, folder)


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_gives_the_same_on_both_engines(stage: str, pair: Pair) -> None:
    expression = STAGES[stage]()
    here, there = pair.both(lambda engine: digest(engine, expression))
    assert here == there, differing(pair, expression)
    assert not here.startswith("0:"), "no rows came out: the drawn tables say nothing about this stage"


def differing(pair: Pair, expression: ibis.Table) -> str:
    """The first rows that only one engine gave."""
    here, there = pair.both(
        lambda engine: sorted(repr([canonical(v) for v in row.values()]) for row in engine.stream(expression))
    )
    found = [(ours, theirs) for ours, theirs in zip(here, there, strict=False) if ours != theirs]
    return f"{len(here)} rows against {len(there)}; first {found[:1]}"


def test_a_changed_digit_changes_the_digest(pair: Pair) -> None:
    rows = RESULTS.unbound()
    before = digest(pair.spark, rows)
    moved = rows.mutate(value=rows.value + ibis.literal(Decimal("0.000000000000001"), type="decimal(38, 15)"))
    assert digest(pair.spark, moved) != before
    assert digest(pair.spark, rows.filter(rows.result_id != "r7")) != before
    assert digest(pair.spark, rows.union(rows)) != before
    assert digest(pair.spark, rows.order_by(ibis.desc("result_id"))) == before


def test_what_one_engine_keeps_the_other_reads(pair: Pair) -> None:
    odd = ibis.table(ODD, name="odd")
    folder = pair.folder / "甲 [1]{a,b}%20*"
    folder.mkdir()
    later = ibis.schema(dict(ODD.items()) | {"later": "decimal(18, 9)"})
    for engine in (pair.embedded, pair.spark):
        engine.table("odd", iter(ODD_ROWS), ODD)
        path = folder / f"{type(engine).__name__}.parquet"
        engine.keep("kept", odd.order_by("number"), path)
        for reader in (pair.embedded, pair.spark):
            reader.attach("read", [path], later)
            rows = reader.rows(ibis.table(later, name="read"))
            assert sorted([canonical(cell) for cell in row.values()] for row in rows) == sorted(
                [canonical(cell) for cell in (*row, None)] for row in ODD_ROWS
            )


def test_sums_of_whole_numbers_are_kept_as_whole_numbers(pair: Pair) -> None:
    expression = STAGES["decide"]()
    for engine in (pair.embedded, pair.spark):
        path = pair.folder / f"sums-{type(engine).__name__}.parquet"
        engine.write(expression, path)
        for reader in (pair.embedded, pair.spark):
            reader.attach("sums", [path], expression.schema())
            assert digest(reader, ibis.table(expression.schema(), name="sums")) == digest(pair.embedded, expression)


def test_what_is_written_again_replaces_what_was_there(pair: Pair) -> None:
    odd, path = ibis.table(ODD, name="odd"), pair.folder / "again.parquet"
    pair.spark.table("odd", ODD_ROWS, ODD)
    for _ in range(2):
        pair.spark.write(odd, path)
    pair.embedded.attach("again", [path], ODD)
    assert pair.embedded.scalar(ibis.table(ODD, name="again").count()) == len(ODD_ROWS)
    assert [file.name for file in pair.folder.iterdir() if file.name.startswith(".again")] == []


def test_both_engines_write_the_same_csv(pair: Pair) -> None:
    odd = ibis.table(ODD, name="odd")
    written = []
    for engine in (pair.embedded, pair.spark):
        engine.table("odd", ODD_ROWS, ODD)
        path = pair.folder / f"{type(engine).__name__}.csv"
        engine.write(odd.order_by("number", "text", "yes"), path)
        written.append(path.read_bytes())
    assert written[0] == written[1]


def test_kept_tables_views_and_scalars_behave_alike(pair: Pair) -> None:
    odd = ibis.table(ODD, name="odd")

    def asked(engine: AnyEngine) -> list[Any]:
        engine.table("odd", ODD_ROWS, ODD)
        engine.create("odd", odd.filter(odd.yes))  # it reads what it replaces
        engine.view("seen", odd.group_by("text").agg(n=odd.count()))
        seen = ibis.table({"text": "string", "n": "int64"}, name="seen")
        before = [engine.scalar(odd.count()), engine.scalar(seen.n.max()), engine.scalar(odd.figure.sum())]
        engine.create("odd", odd.filter(odd.number == 1))
        after = engine.rows(seen)  # a view follows the table under its name
        engine.attach("none", [], ODD)
        return [*before, after, engine.rows(ibis.table(ODD, name="none")), engine.scalar(ibis.literal("铅"))]

    here, there = pair.both(asked)
    assert here == there
    assert here[0] == 3


def test_files_in_folders_named_by_a_column_give_that_column(pair: Pair) -> None:
    shape = ibis.schema({"number": "int64", "month": "string"})
    paths = []
    for month in ("2025-04", "2025-05"):
        path = pair.folder / "lake" / f"month={month}" / "part-0.parquet"
        path.parent.mkdir(parents=True)
        pair.embedded.table("numbers", [(1,), (2,)], ibis.schema({"number": "int64"}))
        pair.embedded.write(ibis.table({"number": "int64"}, name="numbers"), path)
        paths.append(path)

    def asked(engine: AnyEngine) -> str:
        engine.attach("lake", paths, shape)
        return digest(engine, ibis.table(shape, name="lake"))

    here, there = pair.both(asked)
    assert here == there
    assert pair.spark.scalar(ibis.table(shape, name="lake").month.min()) == "2025-04"


def test_an_interval_that_no_longer_fits_is_an_error_on_both_engines(pair: Pair) -> None:
    most = Decimal("99999999999999999999999.999999999999999")
    body = dict.fromkeys(RESULTS.schema.names) | {"comparator": "=", "value": most, "uncertainty": Decimal(1)}
    for engine in (pair.embedded, pair.spark):
        engine.table("huge", [tuple(body.values())], RESULTS.schema)
        measured = determination.measure(RESULTS.unbound("huge"), coverage_factor=Decimal(2))
        with pytest.raises((duckdb.Error, PySparkException), match=r"(?i)overflow|out of range|OUT_OF_RANGE"):
            engine.rows(measured)


def test_a_large_uncertainty_keeps_every_digit_on_both_engines(pair: Pair) -> None:
    body = dict.fromkeys(RESULTS.schema.names) | {
        "comparator": "=",
        "value": Decimal("99999999999999.000000000000001"),
        "uncertainty": Decimal("10000000000000.000000000000001"),
    }
    for engine in (pair.embedded, pair.spark):
        engine.table("huge", [tuple(body.values())], RESULTS.schema)
        found = engine.rows(determination.measure(RESULTS.unbound("huge"), coverage_factor=Decimal("1.96")))[0]
        # 10000000000000.000000000000001 × 1.96 = 19600000000000.00000000000000196, kept to fifteen digits
        assert found["upper"] == Decimal("119599999999999.000000000000003")
        assert found["lower"] == Decimal("80399999999998.999999999999999")


def answer(engine: AnyEngine, probe: Callable[[], Any]) -> str:
    try:
        return canonical(engine.scalar(probe()))
    except (duckdb.Error, PySparkException):
        return FAULT


@pytest.mark.parametrize("known", DIFFERENCES, ids=lambda known: known.name)
def test_a_known_difference_is_still_as_it_was_written_down(known: Difference, pair: Pair) -> None:
    session = pair.spark.session.spark  # type: ignore[attr-defined]
    assert answer(pair.embedded, known.probe) == known.duckdb
    if not known.setting:
        assert answer(pair.spark, known.probe) == known.spark
        return
    ours = session.conf.get(known.setting)
    assert answer(pair.spark, known.probe) == known.duckdb
    session.conf.set(known.setting, known.default)
    try:
        assert answer(pair.spark, known.probe) == known.spark
    finally:
        session.conf.set(known.setting, ours)
