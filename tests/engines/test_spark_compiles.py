"""Every expression of a stage compiles for Spark too; nothing here runs Spark."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import ibis
import ibis.expr.types as ir
import judging
import pytest

from zhiheng import decision, determination, rules, surveillance
from zhiheng.decision.required import name_key
from zhiheng.evidence import RESULTS, UNITS

FINDINGS = decision.FINDINGS.unbound()


def assessed(on: date | None = None) -> ir.Table:
    measured = determination.measure(RESULTS.unbound(), coverage_factor=Decimal(2))
    key = name_key(measured, rules.categories(), origin="sampling-plan-2026")
    return decision.assess(measured, decision.REQUIRED.unbound(), UNITS.unbound(), name_key=key, on=on)


def compared() -> ir.Table:
    kept = assessed()
    return decision.compare(ibis.table(kept.schema(), name="assessed"), UNITS.unbound())


STAGES = {
    "measure": lambda: determination.measure(RESULTS.unbound(), coverage_factor=Decimal(2)),
    "subjects": lambda: decision.subjects(RESULTS.unbound(), rules.categories(), origin="sampling-plan-2026"),
    "assess": assessed,
    "assess_on_a_day": lambda: assessed(judging.DAY),
    "compare": compared,
    "complete": lambda: decision.complete(
        decision.uncompared(assessed()), bands={"minor": Decimal(1), "major": Decimal(2), "serious": Decimal(5)}
    ),
    "decide": lambda: decision.decide(FINDINGS),
    "counted": lambda: surveillance.counted(FINDINGS),
    "cells": lambda: surveillance.cells(FINDINGS, by="product_type"),
    "totals": lambda: surveillance.totals(FINDINGS),
    **{
        f"series_{step}": lambda step=step: surveillance.series(FINDINGS, by="analyte", step=step)
        for step in ("month", "quarter", "year")
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_compiles_for_spark_and_for_duckdb(stage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # the option is registered by Ibis's own Spark backend, which needs pyspark; the compiler alone reads it
    monkeypatch.setattr(type(ibis.options), "pyspark", SimpleNamespace(treat_nan_as_null=False))
    expression = STAGES[stage]()
    for dialect in ("pyspark", "duckdb"):
        assert str(ibis.to_sql(expression, dialect=dialect)).startswith(("SELECT", "WITH"))


def test_no_two_columns_differ_by_capital_letters_alone() -> None:
    for table in (RESULTS, decision.REQUIRED, decision.FINDINGS, decision.SAMPLES):
        names = [name.lower() for name in table.schema.names]
        assert len(names) == len(set(names)), f"{table.name}: Spark takes such columns for one"
