"""The sieve lets through every line that is not plain: what is left is the same with it and without."""

import random
from datetime import date
from decimal import Decimal

import pytest
from drawn_rows import drawn

from zhiheng.decision import envelope
from zhiheng.decision.tables import ENVELOPES
from zhiheng.engines import Engine
from zhiheng.evidence.delivered import LINES

SUBJECTS, ROWS = 400, 4_000
FACTOR = Decimal(2)


@pytest.mark.parametrize("guarded", [True, False])
@pytest.mark.parametrize("last", [date(2025, 6, 1), date(2025, 12, 30)])
def test_what_is_judged_in_full_is_the_same_with_and_without_the_sieve(last: date, guarded: bool) -> None:
    chance = random.Random(11)
    names = LINES.schema.names
    rows = []
    for row in drawn("lines", LINES.schema, count=ROWS, seed=5):
        line = dict(zip(names, row, strict=True)) | {"subject": chance.randrange(SUBJECTS)}
        line["day"] = min(max(line["day"], date(2025, 1, 1)), last)
        rows.append(tuple(line.values()))
    held = []
    for row in drawn("envelopes", ENVELOPES.schema, count=SUBJECTS, seed=6):
        line = dict(zip(ENVELOPES.schema.names, row, strict=True))
        if chance.random() < 0.7:
            line |= {"low": -envelope.HIGHEST}
        if line["units_high"] is None or line["units_least"] is None or chance.random() < 0.6:
            # bounds of a plan stand together, without those of a single figure
            line |= {"units_high": None, "units_least": None}
        else:
            line |= {"high": None, "low": None, "level": None}
        if line["low"] is None and line["units_high"] is None:
            line |= {"high": None, "level": None}
        held.append(tuple(line.values()))
    lines, envelopes = LINES.unbound(), ENVELOPES.unbound()
    with Engine() as engine:
        engine.table("lines", rows, LINES.schema)
        engine.table("envelopes", held, ENVELOPES.schema)
        slow = envelope.marked(lines, envelopes, coverage_factor=FACTOR, guarded=guarded)
        wanted = {(row["delivery"], row["report"], row["item"]) for row in engine.rows(slow.filter(slow.plain == 0))}
        quick = envelope.unsettled(lines, envelopes, coverage_factor=FACTOR, guarded=guarded)
        assert {(row["delivery"], row["report"], row["item"]) for row in engine.rows(quick)} == wanted
        coarse = envelope.sieve(lines, envelopes, guarded=guarded)
        joined = lines.inner_join(coarse, "subject").filter(envelope.passes(lines, coarse))
        dropped = engine.scalar(joined.count())
        kinds = {row["expects"] for row in engine.rows(coarse.select("expects").distinct())}
    assert 0 < dropped <= ROWS - len(wanted)
    assert kinds >= {envelope.ANY, 0, envelope.SEVERAL, None}
