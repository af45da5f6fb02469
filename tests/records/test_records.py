"""Records written by every release are kept here and read for ever."""

import json
from pathlib import Path

import pytest

from zhiheng import rules
from zhiheng.decision import FINDINGS
from zhiheng.engines import Engine

HERE = Path(__file__).parent
RELEASES = sorted(path.name for path in HERE.iterdir() if (path / "findings.parquet").is_file())


@pytest.mark.parametrize("release", RELEASES)
def test_the_findings_of_an_earlier_release_still_read(release: str) -> None:
    table = FINDINGS.unbound()
    told = json.loads((HERE / release / "counts.json").read_text(encoding="utf-8"))
    with Engine() as engine:
        engine.attach("findings", [HERE / release / "findings.parquet"], FINDINGS.schema)
        rows = engine.rows(table.group_by(["verdict", "reason"]).agg(n=table.count()))
    assert sorted([row["verdict"], row["reason"], row["n"]] for row in rows) == told


@pytest.mark.parametrize("release", RELEASES)
def test_a_finding_of_an_earlier_release_still_finds_its_rule_as_it_was(release: str) -> None:
    """A finding is computed again in ten years from its rule, first day and fingerprint."""
    table = FINDINGS.unbound()
    with Engine() as engine:
        engine.attach("findings", [HERE / release / "findings.parquet"], FINDINGS.schema)
        used = engine.rows(
            table.filter(table.rule_key.notnull()).select("rule_key", "rule_since", "fingerprint").distinct()
        )
    for row in used:
        rule = rules.book().rule(row["rule_key"])
        assert row["fingerprint"] in {
            rule.fingerprint(value) for value in rule.values if value.since == row["rule_since"]
        }
