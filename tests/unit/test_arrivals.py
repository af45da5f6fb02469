"""From results with two dates to a reporting triangle."""

from datetime import date

import ibis
import numpy as np
import pytest

from zhiheng.engines import Engine
from zhiheng.stats import chain_ladder
from zhiheng.surveillance import arrivals, triangle

TODAY = date(2026, 11, 22)
ROWS = [
    ("A", "2026-11-16", "2026-11-18"),
    ("A", "2026-11-15", "2026-11-16"),  # a Sunday and the Monday after it: one week
    ("A", "2026-11-02", "2026-11-22"),
    ("B", "2026-10-26", "2026-11-20"),
    ("B", "2026-10-26", "2026-10-26"),
    ("B", "2026-10-18", "2026-10-20"),  # before the first week
    ("B", "2026-11-10", "2026-11-23"),  # not yet received
    ("B", "2026-11-10", "2026-11-09"),  # received before it was sampled
    ("B", None, "2026-11-09"),
]


@pytest.mark.slow
def test_results_are_counted_by_week_of_sampling_and_weeks_until_received() -> None:
    with Engine(threads=1) as engine:
        sampled = [f"DATE '{day}'" if day else "NULL::DATE" for _, day, _ in ROWS]
        lines = ", ".join(f"('{row[0]}', {day}, DATE '{row[2]}')" for row, day in zip(ROWS, sampled, strict=True))
        engine.run(f"CREATE TABLE delivered AS SELECT * FROM (VALUES {lines}) AS t(province, sampled_on, received)")
        table = ibis.table({"province": "string", "sampled_on": "date", "received": "date"}, name="delivered")
        rows = engine.rows(arrivals(table, by="province", today=TODAY, weeks=4))
    assert [(r["value"], str(r["week"]), r["delay"], r["results"]) for r in rows] == [
        ("A", "2026-11-02", 2, 1),
        ("A", "2026-11-09", 1, 1),
        ("A", "2026-11-16", 0, 1),
        ("B", "2026-10-26", 0, 1),
        ("B", "2026-10-26", 3, 1),
    ]
    names, weeks, counts = triangle(rows, today=TODAY, weeks=4, longest=2)
    assert names == ["A", "B"] and str(weeks[0]) == "2026-10-26"
    assert counts[1, 0].tolist() == [1, 0, 1]  # three weeks late counts with the latest
    assert counts.sum() == 5


def test_a_triangle_of_arrivals_can_be_completed() -> None:
    days = [date(2026, 10, 5), date(2026, 10, 12), date(2026, 10, 19), date(2026, 10, 26)]
    rows = [
        {"value": "A", "week": week, "delay": delay, "results": 10}
        for number, week in enumerate(days)
        for delay in range(min(2, 4 - number))
    ]
    _, _, counts = triangle(rows, today=date(2026, 10, 30), weeks=4, longest=1)
    np.testing.assert_allclose(chain_ladder(counts).expected, 20.0)
