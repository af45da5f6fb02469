"""Every expression that a stage gives, in one place: a new one is entered here, with its tables, and is then held to parity.

An expression's unbound tables must be in TABLES; rows for them are drawn by `drawing.py`.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import ibis
import ibis.expr.types as ir

from zhiheng import decision, determination, rules, surveillance
from zhiheng.decision.required import name_key
from zhiheng.evidence import RESULTS, UNITS

DAY = date(2026, 1, 1)
FINDINGS = decision.FINDINGS.unbound()
SAMPLES = decision.SAMPLES.unbound()
BANDS = {"minor": Decimal(1), "major": Decimal(2), "serious": Decimal(5)}


def measured(factor: str = "2") -> ir.Table:
    return determination.measure(RESULTS.unbound(), coverage_factor=Decimal(factor))


def assessed(on: date | None = None, *, tested: bool = True) -> ir.Table:
    results = measured()
    key = name_key(results, rules.categories(), origin="sampling-plan-2026")
    units = UNITS.unbound() if tested else None
    return decision.assess(results, decision.REQUIRED.unbound(), units, name_key=key, on=on)


def compared() -> ir.Table:
    return decision.compare(ibis.table(assessed().schema(), name="assessed"), UNITS.unbound())


def completed() -> ir.Table:
    return decision.complete(decision.uncompared(assessed()), bands=BANDS)


STAGES: dict[str, Callable[[], ir.Table]] = {
    "measure": measured,
    "measure_by_another_factor": lambda: measured("1.96"),
    "subjects": lambda: decision.subjects(RESULTS.unbound(), rules.categories(), origin="sampling-plan-2026"),
    "assess": assessed,
    "assess_on_a_day": lambda: assessed(DAY),
    "assess_without_plans": lambda: assessed(tested=False),
    "compare": compared,
    "complete": completed,
    "complete_after_comparing": lambda: decision.complete(compared(), bands=BANDS),
    "decide": lambda: decision.decide(FINDINGS),
    "decide_what_was_judged": lambda: decision.decide(completed()),
    "counted": lambda: surveillance.counted(FINDINGS),
    **{
        f"cells_by_{by}": lambda by=by: surveillance.cells(FINDINGS, by=by)
        for by in ("product_type", "superseded", "day", "item")
    },
    "cells_of_guidance": lambda: surveillance.cells(FINDINGS, by="analyte", force="guidance"),
    "totals": lambda: surveillance.totals(FINDINGS),
    "totals_of_nothing": lambda: surveillance.totals(FINDINGS.filter(FINDINGS.verdict == "nobody")),
    "verdicts_by": lambda: surveillance.verdicts_by(SAMPLES, "province"),
    **{
        f"series_{step}": lambda step=step: surveillance.series(FINDINGS, by="analyte", step=step)
        for step in ("month", "quarter", "year")
    },
}
TABLES: dict[str, Callable[[], ibis.Schema]] = {
    "results": lambda: RESULTS.schema,
    "units": lambda: UNITS.schema,
    "required": lambda: decision.REQUIRED.schema,
    "findings": lambda: decision.FINDINGS.schema,
    "samples": lambda: decision.SAMPLES.schema,
    "assessed": lambda: assessed().schema(),
}
