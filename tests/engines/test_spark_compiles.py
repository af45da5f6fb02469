"""Every expression of a stage compiles for Spark too; nothing here runs Spark, or needs it."""

from types import SimpleNamespace

import ibis
import pytest
from stages import STAGES

from zhiheng import decision
from zhiheng.evidence import RESULTS


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
