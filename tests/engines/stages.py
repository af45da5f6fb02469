"""Every expression that a stage gives, in one place: a new one is entered here, with its tables, and is then held to parity.

An expression's unbound tables must be in TABLES; rows for them are drawn by `drawn_rows.py`.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import ibis
import ibis.expr.types as ir

from zhiheng import decision, determination, rules, surveillance
from zhiheng.decision import envelope, ledger, replay
from zhiheng.decision.required import name_key
from zhiheng.decision.tables import CELLS, CUBES, ENVELOPES, KEPT_FINDINGS, LEDGER, TALLIES
from zhiheng.evidence import RESULTS, UNITS, opening
from zhiheng.evidence.delivered import LINES, PANELS, PIECES, REPORTS, SUBJECTS
from zhiheng.surveillance import estimation, tree

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


REPORTED, KEPT = REPORTS.unbound(), KEPT_FINDINGS.unbound()
SETTLED = ibis.table({"panel": "int32", "day": "date", "settled": "int64"}, name="settled")
SPANS = ibis.table(replay.TOUCHED, name="spans")
SIDES = ibis.table(
    {**LINES.schema, "plain": "int8", "settled": "boolean", "absence": "string"}
    | {"plain_b": "int8", "settled_b": "boolean", "absence_b": "string"},
    name="sides",
)


DRAWN = ibis.table(
    {
        "of_stratum": "string",
        "of_unit": "int64",
        "of_domain": "string",
        "weighing": "float64",
        "mark": "float64",
        "stock": "float64",
    },
    name="drawn_items",
)


def summed(unit: str | None) -> ir.Table:
    sizes = estimation.sizes(DRAWN, stratum="of_stratum", unit=unit, held="stock")
    named = {"stratum": "of_stratum", "domain": "of_domain", "weight": "weighing", "value": "mark"}
    return estimation.sums(DRAWN, sizes, unit=unit, **named)


def opened() -> ir.Table:
    marks = ("plain", "absence", "plain_b", "absence_b")
    return opening.opened(SIDES, REPORTED, SUBJECTS.unbound(), dataset="one", keep=marks)


def changed() -> ir.Table:
    rows = ibis.table(opened().schema(), name="opened")
    return replay.changed(rows, KEPT.view(), KEPT_FINDINGS.unbound("findings_b"))


def course_between() -> ir.Table:
    by = ["category", "province", "arm"]
    return surveillance.between(CELLS["course"].unbound(), by=by, when="week", first=date(2025, 1, 1), last=DAY)


def marked(*, guarded: bool) -> ir.Table:
    return envelope.marked(LINES.unbound(), ENVELOPES.unbound(), coverage_factor=Decimal(2), guarded=guarded)


def sides() -> ir.Table:
    both = ENVELOPES.unbound(), ENVELOPES.unbound("envelopes_b")
    return replay.sides(replay.reached(LINES.unbound(), SPANS), *both, coverage_factor=Decimal(2), guarded=True)


def tallied(name: str, sign: int) -> ir.Table:
    return ledger.tallies(
        REPORTED, KEPT, PANELS.unbound(), SUBJECTS.unbound(), ENVELOPES.unbound(), name=name, sign=sign
    )


AT_SCALE: dict[str, Callable[[], ir.Table]] = {
    "marked": lambda: marked(guarded=True),
    "marked_without_uncertainty": lambda: marked(guarded=False),
    "unsettled": lambda: envelope.unsettled(
        LINES.unbound(), ENVELOPES.unbound(), coverage_factor=Decimal("1.96"), guarded=True
    ),
    "opened": opened,
    "opened_units": lambda: opening.opened_units(PIECES.unbound()),
    "graded": lambda: decision.graded(decision.uncompared(assessed()), bands=BANDS),
    "settled_counts": lambda: ledger.settled_counts(REPORTED, PANELS.unbound(), ENVELOPES.unbound()),
    "first_verdicts": lambda: ledger.first_verdicts(REPORTED, KEPT, SETTLED),
    "standing": lambda: ledger.standing(REPORTED, KEPT, SETTLED, bands=BANDS),
    "taken_back": lambda: ledger.taken_back(LEDGER.unbound()),
    "kept": lambda: ledger.kept(KEPT),
    "superseded": lambda: ledger.superseded(REPORTED),
    **{f"cube_{name}": lambda name=name: ledger.cells(REPORTED, LEDGER.unbound(), SETTLED, name) for name in CUBES},
    **{f"tally_{name}": lambda name=name: tallied(name, 1) for name in TALLIES},
    "tally_taken_back": lambda: tallied("by_type", -1),
    "sides": sides,
    "untouched": lambda: replay.untouched(KEPT, SPANS),
    "changed": changed,
    "changes_counted": lambda: replay.counted(replay.CHANGES.unbound(), by=("product_type", "province")),
}
STAGES: dict[str, Callable[[], ir.Table]] = {
    **AT_SCALE,
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
    "arrivals": lambda: surveillance.arrivals(REPORTED, by="province", today=DAY, weeks=60),
    **{
        f"series_of_a_tree_{depth}": lambda depth=depth: tree.level(
            tree.items(FINDINGS, ("product_type", "analyte")), ("product_type", "analyte")[:depth]
        )
        for depth in range(3)
    },
    "counted": lambda: surveillance.counted(FINDINGS),
    **{
        f"cells_by_{by}": lambda by=by: surveillance.cells(FINDINGS, by=by)
        for by in ("product_type", "superseded", "day", "item")
    },
    "cells_of_guidance": lambda: surveillance.cells(FINDINGS, by="analyte", force="guidance"),
    "totals": lambda: surveillance.totals(FINDINGS),
    "totals_of_nothing": lambda: surveillance.totals(FINDINGS.filter(FINDINGS.verdict == "nobody")),
    "cells_between": course_between,
    "samples_of_a_period": lambda: surveillance.of_samples(SAMPLES, by=["province"], first=date(2025, 1, 1), last=DAY),
    "verdicts_by": lambda: surveillance.verdicts_by(SAMPLES, "province"),
    **{
        f"series_{step}": lambda step=step: surveillance.series(FINDINGS, by="analyte", step=step)
        for step in ("month", "quarter", "year")
    },
    "sums_of_items": lambda: summed(None),
    "sums_of_units": lambda: summed("of_unit"),
    "sizes": lambda: estimation.sizes(DRAWN, stratum="of_stratum"),
    "names": lambda: estimation.names(DRAWN, domain="of_domain", value="mark"),
    "faults": lambda: estimation.faults(DRAWN, stratum="of_stratum", weight="weighing"),
}
TABLES: dict[str, Callable[[], ibis.Schema]] = {
    "results": lambda: RESULTS.schema,
    "units": lambda: UNITS.schema,
    "required": lambda: decision.REQUIRED.schema,
    "findings": lambda: decision.FINDINGS.schema,
    "samples": lambda: decision.SAMPLES.schema,
    "assessed": lambda: assessed().schema(),
    "reports": lambda: REPORTS.schema,
    "lines": lambda: LINES.schema,
    "pieces": lambda: PIECES.schema,
    "panels": lambda: PANELS.schema,
    "subjects": lambda: SUBJECTS.schema,
    "envelopes": lambda: ENVELOPES.schema,
    "envelopes_b": lambda: ENVELOPES.schema,
    "kept_findings": lambda: KEPT_FINDINGS.schema,
    "findings_b": lambda: KEPT_FINDINGS.schema,
    "ledger": lambda: LEDGER.schema,
    "course": lambda: CELLS["course"].schema,
    "settled": SETTLED.schema,
    "spans": SPANS.schema,
    "sides": SIDES.schema,
    "opened": lambda: opened().schema(),
    "changes": lambda: replay.CHANGES.schema,
    "drawn_items": DRAWN.schema,
}
