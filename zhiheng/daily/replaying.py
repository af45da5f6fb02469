"""Replay: the results of a lake under two states of the law, and everybody whose verdict changes."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis

from zhiheng import rules
from zhiheng.daily.judgement import HELD, MEMORY, Say, attach, judged_in_full
from zhiheng.daily.law import Law, lay_out
from zhiheng.daily.place import Place
from zhiheng.decision import ledger, replay
from zhiheng.decision.tables import ENVELOPES, KEPT_FINDINGS
from zhiheng.engines import AnyEngine, open_engine
from zhiheng.evidence import opening
from zhiheng.evidence.delivered import LINES, REPORTS, SUBJECTS

SIDES = {**HELD, "plain": "int8", "absence": "string", "plain_b": "int8", "settled_b": "boolean", "absence_b": "string"}
MARKS = ("plain", "absence", "plain_b", "absence_b")


def replayed(
    place: Place,
    *,
    before: Law,
    after: Law,
    today: date,
    by: Sequence[str] = ("product_type", "province", "analyte"),
    months: Sequence[str] | None = None,
    out: Path | None = None,
    say: Say = lambda _: None,
) -> dict[str, Any]:
    """Who changes verdict between two states of the law, counted by the columns `by` of CHANGES; `out` keeps every one.

    Only results whose requirement differs are looked at, and of those only the ones that are not plain in the same way
    under both are judged in full. Reports that a correction replaced are left out.
    """
    card, snapshot = place.card, place.evidence.snapshot()
    with place.workspace.scratch() as scratch, open_engine(memory=MEMORY, spill=scratch) as engine:
        attach(engine, snapshot, months=months)
        say("reading the rules")
        ours = lay_out(engine, card=card, law=before)
        theirs = lay_out(engine, card=card, law=after, suffix="_b")
        spans = replay.touched(ours.subjects, ours.histories, theirs.histories)
        engine.table("spans", spans, ibis.schema(replay.TOUCHED))
        say("marking the results that it touches")
        factor = Decimal(str(rules.settings("measurement", on=today)["coverage_factor"]))
        lines = in_force(engine, replay.reached(LINES.unbound(), ibis.table(replay.TOUCHED, name="spans")))
        both = ENVELOPES.unbound(), ENVELOPES.unbound("envelopes_b")
        guarded = ours.guarded or theirs.guarded
        engine.create("sides", replay.sides(lines, *both, coverage_factor=factor, guarded=guarded))
        say("judging under both")
        bands = {word: Decimal(str(value)) for word, value in rules.settings("severity", on=today).items()}
        make_changes(engine, card=card, bands=bands, factor=factor)
        changes = replay.CHANGES.unbound()
        if out:
            engine.write(changes.order_by("delivery", "report", "result_id"), out)
        return {
            "before": before.name,
            "after": after.name,
            "through": snapshot.number,
            "subjects": int(engine.scalar(ibis.table(replay.TOUCHED, name="spans").subject.nunique())),
            "results": int(engine.scalar(lines.count())),
            "changed": int(engine.scalar(changes.count())),
            "samples": int(engine.scalar(changes.sample_id.nunique())),
            "changes": engine.rows(replay.counted(changes, by=by)),
        }


def make_changes(engine: AnyEngine, *, card: dict[str, Any], bands: dict[str, Decimal], factor: Decimal) -> None:
    """The table `changes` from the table `sides`: what is not plain on a side is judged in full there."""
    side = ibis.table(SIDES, name="sides")
    for suffix, plain in (("", "plain"), ("_b", "plain_b")):
        engine.create(f"held{suffix}", side.filter(side[plain] == 0).select(*HELD))
        engine.create(f"full{suffix}", judged_in_full(engine, card=card, bands=bands, factor=factor, suffix=suffix))
    opened = opening.opened(side, REPORTS.unbound(), SUBJECTS.unbound(), dataset=card["name"], keep=MARKS)
    told = (*replay.CHANGES.schema.names, *MARKS)
    opened = opened.select(*[name for name in opened.columns if name in told])
    engine.create("opened", opened)
    full = (KEPT_FINDINGS.unbound(name) for name in ("full", "full_b"))
    engine.create("changes", replay.changed(ibis.table(opened.schema(), name="opened"), *full))


def in_force(engine: AnyEngine, lines: ibis.Table) -> ibis.Table:
    """Lines of reports that no correction replaced; replaced ones are few, and known from the samples reported again."""
    reports = REPORTS.unbound()
    again = reports.filter(reports.again == 1).select("sample_id").distinct()
    engine.create("several", reports.semi_join(again, "sample_id"))
    engine.create("replaced", ledger.superseded(REPORTS.unbound("several")).select(*ledger.PLACE))
    replaced = ibis.table({"delivery": "int64", "report": "int32"}, name="replaced")
    return lines.anti_join(replaced, list(ledger.PLACE)) if engine.scalar(replaced.count()) else lines
