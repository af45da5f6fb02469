"""Judging a lake: what came since the last time, or everything, or exactly what a change of the law touches."""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from zhiheng import decision, determination, rules
from zhiheng.daily.law import Law, Layout, histories_of, lay_out
from zhiheng.daily.place import Place
from zhiheng.decision import envelope, ledger, replay
from zhiheng.decision.required import name_key
from zhiheng.decision.tables import CELLS, CUBES, ENVELOPES, JUDGED, KEPT_FINDINGS, LEDGER, REQUIRED, TALLIED
from zhiheng.engines import AnyEngine, Engine, open_engine
from zhiheng.evidence import opening
from zhiheng.evidence.delivered import LINES, PANELS, PIECES, REPORTS, SUBJECTS
from zhiheng.evidence.lake import Change, Lake, Snapshot
from zhiheng.evidence.snapshot import store_json
from zhiheng.evidence.tables import UNITS, fingerprint

Say = Callable[[str], None]
MEMORY = "3GB"
HELD = {**LINES.schema, "settled": "boolean"}


def book_key(law: Law, card: dict[str, Any]) -> str:
    """A name for the judgements of a data set under a state of the law."""
    body = [law.fingerprint, str(law.on), law.decision, card, fingerprint(*JUDGED.values())]
    return hashlib.sha256(json.dumps(body, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:16]


def judge(place: Place, *, law: Law, today: date, say: Say = lambda _: None) -> dict[str, Any]:
    """Bring the book of this law up to the evidence; nothing is done twice.

    A book that exists takes in what came since. A new one starts from the book in force, where there is one that has
    seen the same evidence, and judges again exactly the results that the change of the law touches; else from nothing.
    """
    card = place.card
    key = book_key(law, card)
    book, snapshot = place.book(key), place.evidence.snapshot()
    through = int(book.snapshot().about.get("through", 0))
    if through == snapshot.number:
        say("nothing came since the last judgement")
        put_in_force(place, key=key, law=law)
        return dict(book.snapshot().about)
    news = deliveries(place.evidence, since=through, until=snapshot.number)
    earlier = None if through else earlier_book(place, through=snapshot.number, other_than=key)
    with place.workspace.scratch() as scratch, open_engine(memory=MEMORY, spill=scratch) as engine:
        attach(engine, snapshot)
        say("reading the rules")
        layout = lay_out(engine, card=card, law=law)
        with book.change("rejudge" if earlier else "judge") as change:
            work = Judgement(
                engine,
                change,
                card=card,
                today=today,
                guarded=layout.guarded,
                news=[entry["delivery"] for entry in news] if through else None,
                scratch=scratch,
            )
            summary = work.again(earlier, layout, say) if earlier else work.write(say)
            store_required(place, key, layout.lines)
            change.about |= {
                "through": snapshot.number,
                "judged_on": today.isoformat(),
                "law": law.name,
                "rules": law.fingerprint,
                "deliveries": len(news),
                **summary,
            }
    put_in_force(place, key=key, law=law)
    return dict(book.snapshot().about)


def put_in_force(place: Place, *, key: str, law: Law) -> None:
    """Make a book the one that the pages show."""
    if place.current.get("key") != key:
        store_json(place.root / "judged" / "current.json", {"key": key, "law": law.name, "rules": law.fingerprint})


def earlier_book(place: Place, *, through: int, other_than: str) -> Snapshot | None:
    """The book in force, if it has judged all the evidence up to a commit."""
    key = place.current.get("key")
    if not key or key == other_than:
        return None
    found = place.book(key).snapshot()
    whole = int(found.about.get("through", 0)) == through and required_path(place, key).exists()
    return found if whole else None


def required_path(place: Place, key: str) -> Path:
    """The requirements that a book was judged by."""
    return required_path_of(place.book(key).snapshot())


def store_required(place: Place, key: str, lines: Sequence[tuple[Any, ...]]) -> None:
    """Keep the requirements beside the book: written beside, then renamed."""
    target = required_path(place, key)
    beside = target.with_name(f".required.{os.getpid()}.parquet")
    with Engine() as embedded:
        embedded.table("required", lines, REQUIRED.schema)
        embedded.write(REQUIRED.unbound().order_by("product_type", "name_key", "analyte", "since"), beside)
    os.replace(beside, target)


def deliveries(lake: Lake, *, since: int, until: int) -> list[dict[str, Any]]:
    """What the commits after one and up to another took in."""
    commits = (lake.chain.load(number) for number in range(since + 1, until + 1))
    return [commit.about for commit in commits if commit.kind == "append"]


def attach(engine: AnyEngine, snapshot: Snapshot, *, months: Sequence[str] | None = None) -> None:
    """Name the tables of the evidence: all of it, or what some months brought."""
    for table in (REPORTS, LINES, PIECES):
        engine.attach(table.name, snapshot.files(table.name, months), table.schema)
    for table in (SUBJECTS, PANELS):
        engine.attach(table.name, snapshot.files(table.name), table.schema)


class Judgement:
    """One commit of a book: findings, ledger and cells of the deliveries that are new to it (all of them: None)."""

    def __init__(
        self,
        engine: AnyEngine,
        change: Change,
        *,
        card: dict[str, Any],
        today: date,
        guarded: bool,
        news: Sequence[int] | None,
        scratch: Path,
    ) -> None:
        self.engine, self.change, self.card, self.scratch = engine, change, card, scratch
        self.guarded, self.news = guarded, news
        self.bands = {word: Decimal(str(value)) for word, value in rules.settings("severity", on=today).items()}
        self.factor = Decimal(str(rules.settings("measurement", on=today)["coverage_factor"]))

    def new(self, table: ir.Table) -> ir.Table:
        """Those rows of a table that came with the new deliveries."""
        return table if self.news is None else table.filter(table.delivery.isin(list(self.news)))

    def write(self, say: Say) -> dict[str, Any]:
        """Make every table and add it to the change; the counts are given back."""
        engine = self.engine
        reports = self.new(REPORTS.unbound())
        if self.news is not None:
            engine.create("fresh_reports", reports)
            reports = REPORTS.unbound("fresh_reports")
        month = engine.scalar(reports.received.max()) or date.today()
        self.month = month.isoformat()[:7]
        say("judging")
        self.findings()
        return self.rest(reports, say)

    def rest(self, reports: ir.Table, say: Say) -> dict[str, Any]:
        """What follows from the findings."""
        say("deciding")
        self.decide(reports)
        say("counting")
        self.count(reports)
        return self.summary(reports)

    def again(self, earlier: Snapshot, layout: Layout, say: Say) -> dict[str, Any]:
        """The findings of an earlier book, but for those results whose requirement differs: these are judged again."""
        engine = self.engine
        name = required_path_of(earlier)
        engine.attach("required_before", [name], REQUIRED.schema)
        before = histories_of([tuple(row.values()) for row in engine.rows(REQUIRED.unbound("required_before"))])
        engine.table("spans", replay.touched(layout.subjects, before, layout.histories), ibis.schema(replay.TOUCHED))
        spans = ibis.table(replay.TOUCHED, name="spans")
        self.month = (engine.scalar(REPORTS.unbound().received.max()) or date.today()).isoformat()[:7]
        say("judging what the change of the law touches")
        lines = replay.reached(LINES.unbound(), spans)
        engine.create(
            "held",
            envelope.unsettled(lines, ENVELOPES.unbound(), coverage_factor=self.factor, guarded=self.guarded),
        )
        gather_units(engine)
        engine.create("fresh_findings", judged_in_full(card=self.card, bands=self.bands, factor=self.factor))
        engine.attach("kept_before", earlier.files("kept_findings"), KEPT_FINDINGS.schema)
        same = replay.untouched(KEPT_FINDINGS.unbound("kept_before"), spans)
        self.keep(
            "kept_findings",
            same.union(KEPT_FINDINGS.unbound("fresh_findings")),
            ["delivery", "report", "item"],
        )
        counts = {
            "judged_again": int(engine.scalar(lines.count())),
            "subjects_touched": int(engine.scalar(spans.subject.nunique())),
        }
        return {**self.rest(REPORTS.unbound(), say), **counts}

    def findings(self) -> None:
        """The findings of everything that is not plain."""
        held = envelope.unsettled(
            self.new(LINES.unbound()), ENVELOPES.unbound(), coverage_factor=self.factor, guarded=self.guarded
        )
        self.engine.create("held", held)
        gather_units(self.engine)
        self.keep(
            "kept_findings",
            judged_in_full(card=self.card, bands=self.bands, factor=self.factor),
            ["delivery", "report", "item"],
        )

    def decide(self, reports: ir.Table) -> None:
        """The ledger: first verdicts that are not conforming, and changes of samples that were reported again."""
        engine = self.engine
        findings = KEPT_FINDINGS.unbound("kept_findings")
        every = REPORTS.unbound()
        touched = reports.filter(reports.again == 1).select("sample_id").distinct()
        engine.create("touched", touched)
        engine.create(
            "touched_reports", every.semi_join(ibis.table({"sample_id": "string"}, name="touched"), "sample_id")
        )
        together = REPORTS.unbound("touched_reports")
        engine.create("settled", ledger.settled_counts(reports.union(together), PANELS.unbound(), ENVELOPES.unbound()))
        settled = ibis.table({"panel": "int32", "day": "date", "settled": "int64"}, name="settled")
        engine.attach("earlier_findings", self.change.base.files("kept_findings"), KEPT_FINDINGS.schema)
        both = findings.union(KEPT_FINDINGS.unbound("earlier_findings"))
        engine.create("touched_findings", both.semi_join(together, list(ledger.PLACE)))
        theirs = KEPT_FINDINGS.unbound("touched_findings")
        # what the figures say already: batches judged earlier, and the first reports among the new ones
        is_new = together.delivery.isin(list(self.news)) if self.news is not None else ibis.literal(True)
        engine.create("before", together.filter(~is_new | (together.again == 0)))
        before = REPORTS.unbound("before")
        changes = ledger.taken_back(ledger.standing(before, theirs, settled, bands=self.bands)).union(
            ledger.standing(together, theirs, settled, bands=self.bands)
        )
        lines = ledger.first_verdicts(reports, findings, settled).union(changes)
        self.keep("ledger", lines, ["delivery", "report", "sign"])

    def count(self, reports: ir.Table) -> None:
        """The prepared cells."""
        settled = ibis.table({"panel": "int32", "day": "date", "settled": "int64"}, name="settled")
        findings, lines = KEPT_FINDINGS.unbound("kept_findings"), LEDGER.unbound()
        self.engine.create(
            "replaced",
            ledger.superseded(REPORTS.unbound("touched_reports")).anti_join(
                ledger.superseded(REPORTS.unbound("before")), list(ledger.PLACE)
            ),
        )
        replaced = REPORTS.unbound("replaced")
        their_findings = KEPT_FINDINGS.unbound("touched_findings").semi_join(replaced, list(ledger.PLACE))
        shared = (PANELS.unbound(), SUBJECTS.unbound(), ENVELOPES.unbound())
        for name, table in CELLS.items():
            if name in CUBES:
                rows = ledger.cells(reports, lines, settled, name)
            else:
                rows = ledger.summed(
                    ledger.tallies(reports, findings, *shared, name=name).union(
                        ledger.tallies(replaced, their_findings, *shared, name=name, sign=-1)
                    ),
                    table.schema.names[: -len(TALLIED)],
                )
            self.keep(name, rows.select(*table.schema.names).cast(dict(table.schema)), table.schema.names[:2])

    def keep(self, name: str, rows: ir.Table, order: Sequence[str]) -> None:
        """Write rows into the book, and give them their name in the engine."""
        path, beside = self.change.new_file(name, month=self.month), self.scratch / f"{name}.parquet"
        self.engine.write(rows.order_by(list(order)), beside)
        if beside.is_dir():
            # a cluster writes several files: one of them all, in their order
            self.change.engine.attach(name, [beside], JUDGED[name].schema)
            self.change.engine.write(JUDGED[name].unbound().order_by(list(order)), path)
        else:
            os.replace(beside, path)
        self.change.add(name, path)
        self.engine.attach(name, [path], JUDGED[name].schema)

    def summary(self, reports: ir.Table) -> dict[str, Any]:
        """The counts of the commit."""
        course = CELLS["course"].unbound()
        sums = self.engine.rows(course.agg(**{name: course[name].sum() for name in ledger.MEASURED[:8]}))[0]
        return {
            "findings": int(self.engine.scalar(KEPT_FINDINGS.unbound("kept_findings").count())),
            "reports": int(self.engine.scalar(reports.count())),
            **{name: int(value or 0) for name, value in sums.items()},
        }


def required_path_of(book: Snapshot) -> Path:
    """The requirements that lie beside a book."""
    return book.root / "required.parquet"


def gather_units(engine: AnyEngine, suffix: str = "") -> None:
    """Name the single units of the lines in `held`."""
    kept = ibis.table(HELD, name=f"held{suffix}")
    pieces = PIECES.unbound().semi_join(kept, ["delivery", "report", "item"])
    engine.create(f"units{suffix}", opening.opened_units(pieces))


def judged_in_full(*, card: dict[str, Any], bands: dict[str, Decimal], factor: Decimal, suffix: str = "") -> ir.Table:
    """The findings of the lines in `held` under the rules in `required`, by the same steps as a small data set takes."""
    held = ibis.table(HELD, name=f"held{suffix}")
    results = opening.opened(
        held, REPORTS.unbound(), SUBJECTS.unbound(), dataset=card["name"], keep=("subject", "settled")
    )
    measured = determination.measure(results, coverage_factor=factor)
    assessed = decision.assess(
        measured,
        REQUIRED.unbound(f"required{suffix}"),
        UNITS.unbound(f"units{suffix}"),
        name_key=name_key(measured, rules.categories(), origin=card["scheme"]),
    )
    found = decision.graded(decision.uncompared(assessed), bands=bands, keep=ledger.EXTRA)
    return found.select(*KEPT_FINDINGS.schema.names).cast(dict(KEPT_FINDINGS.schema))
