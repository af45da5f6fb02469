"""Judging a lake: what came since the last time, or everything, or exactly what a change of the law touches."""

import os
from collections.abc import Callable, Iterator, Sequence
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
from zhiheng.evidence.lake import Commit, Lake, Snapshot
from zhiheng.evidence.snapshot import store_json
from zhiheng.evidence.tables import UNITS, fingerprint
from zhiheng.identifiers import content_name

Say = Callable[[str], None]
MEMORY = "3GB"
MOST_LINES = 100_000_000
NEWS = {"delivery": "int64", "received": "date"}
TOUCHED = {"sample_id": "string"}
HELD = {**LINES.schema, "settled": "boolean"}


def book_key(law: Law, card: dict[str, Any], known: date | None = None) -> str:
    """A name for the judgements of a data set under a state of the law, of what was received up to a day or of all."""
    body = [law.fingerprint, str(law.on), law.decision, card, fingerprint(*JUDGED.values())]
    body += [known.isoformat()] if known else []
    return content_name(body)


def judge(
    place: Place,
    *,
    law: Law,
    today: date,
    known: date | None = None,
    in_force: bool = True,
    most: int = MOST_LINES,
    say: Say = lambda _: None,
    done: Callable[[int], None] = lambda _: None,
) -> dict[str, Any]:
    """Bring the book of this law up to the evidence; nothing is done twice.

    A book that exists takes in what came since. A new one starts from the book in force, where there is one that has
    seen the same evidence, and judges again exactly the results that the change of the law touches; else from nothing.
    With `known` the evidence is what was received up to that day; such a book is not put in force, nor is one that only
    stands beside to be compared with (`in_force=False`). What is judged at once has at most so many lines: each such
    stretch is a commit, so an interrupted judgement goes on where it stopped.
    """
    card, snapshot = place.card, place.evidence.snapshot()
    key = book_key(law, card, known)
    book = place.book(key)
    through = int(book.snapshot().about.get("through", 0))
    news = appended(place.evidence, since=through, until=snapshot.number, known=known)
    earlier = None if through or known else earlier_book(place, through=snapshot.number, other_than=key)
    if not news:
        say("nothing came since the last judgement")
    for stretch in [news] if earlier else list(stretches(news, most)):
        later = [commit for commit in news if commit.number > stretch[-1].number]
        with place.workspace.scratch() as scratch, open_engine(memory=MEMORY, spill=scratch) as engine:
            work = Judgement(place, engine, book, snapshot=snapshot, card=card, law=law, today=today, scratch=scratch)
            work.later, work.known = later, known
            work.judge(stretch, earlier=earlier, say=say)
        done(sum(commit.about["accepted"] for commit in stretch))
    found = dict(book.snapshot().about)
    if found:
        # what a book was made from stays readable, whatever is tidied up
        place.evidence.pin(f"judged-{key}", int(found["through"]))
    if found and not known and in_force:
        put_in_force(place, key=key, law=law)
    return found


def appended(lake: Lake, *, since: int, until: int, known: date | None) -> list[Commit]:
    """The commits after one and up to another that took deliveries in."""
    commits = (lake.chain.load(number) for number in range(since + 1, until + 1))
    return [
        commit
        for commit in commits
        if commit.kind == "append" and (known is None or commit.about["received"] <= known.isoformat())
    ]


def stretches(commits: Sequence[Commit], most: int) -> Iterator[list[Commit]]:
    """Consecutive commits, together of at most so many lines, or one alone."""
    held: list[Commit] = []
    for commit in commits:
        if held and sum(one.about["accepted"] for one in (*held, commit)) > most:
            yield held
            held = []
        held.append(commit)
    if held:
        yield held


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
    whole = int(found.about.get("through", 0)) == through and required_path(found.root).exists()
    return found if whole else None


def required_path(book: Path) -> Path:
    """The requirements that lie beside a book: what it was judged by."""
    return book / "required.parquet"


def store_required(book: Lake, lines: Sequence[tuple[Any, ...]]) -> None:
    """Keep the requirements beside the book: written beside, then renamed."""
    target = required_path(book.root)
    beside = target.with_name(f".required.{os.getpid()}.parquet")
    with Engine() as embedded:
        embedded.table("required", lines, REQUIRED.schema)
        embedded.write(REQUIRED.unbound().order_by("product_type", "name_key", "analyte", "since"), beside)
    os.replace(beside, target)


def brought(snapshot: Snapshot, commits: Sequence[Commit], table: str) -> tuple[list[Path], bool]:
    """The files that commits added to a table; once they were merged with others, the files of the months (and False)."""
    added = {file.path for commit in commits for file in commit.added.get(table, [])}
    held = snapshot.paths(table)
    if added <= set(held):
        return [snapshot.root / table / path for path in held if path in added], True
    months = {commit.about["received"][:7] for commit in commits}
    return snapshot.files(table, sorted(months)), False


def attach(engine: AnyEngine, snapshot: Snapshot, *, months: Sequence[str] | None = None) -> None:
    """Name the tables of the evidence: all of it, or what some months brought."""
    for table in (REPORTS, LINES, PIECES):
        engine.attach(table.name, snapshot.files(table.name, months), table.schema)
    for table in (SUBJECTS, PANELS):
        engine.attach(table.name, snapshot.files(table.name), table.schema)


class Judgement:
    """One commit of a book: findings, ledger and cells of the deliveries that are new to it."""

    def __init__(
        self,
        place: Place,
        engine: AnyEngine,
        book: Lake,
        *,
        snapshot: Snapshot,
        card: dict[str, Any],
        law: Law,
        today: date,
        scratch: Path,
    ) -> None:
        self.place, self.engine, self.book, self.snapshot = place, engine, book, snapshot
        self.card, self.law, self.today, self.scratch = card, law, today, scratch
        self.later: Sequence[Commit] = ()
        self.known: date | None = None
        self.bands = {word: Decimal(str(value)) for word, value in rules.settings("severity", on=today).items()}
        self.factor = Decimal(str(rules.settings("measurement", on=today)["coverage_factor"]))

    def judge(self, news: Sequence[Commit], *, earlier: Snapshot | None, say: Say) -> None:
        """Judge what some commits brought, and commit it."""
        self.attach(news)
        say("reading the rules")
        layout = lay_out(self.engine, card=self.card, law=self.law)
        self.guarded = layout.guarded
        with self.book.change("rejudge" if earlier else "judge") as change:
            self.change = change
            if int(change.base.about.get("through", 0)) >= news[-1].number:
                change.nothing()  # another process judged it meanwhile
                return
            summary = self.again(earlier, layout, say) if earlier else self.write(say)
            store_required(self.book, layout.lines)
            change.about |= {
                "through": news[-1].number if self.later else self.snapshot.number,
                "judged_on": self.today.isoformat(),
                "law": self.law.name,
                "rules": self.law.fingerprint,
                "deliveries": len(news),
                **summary,
            }

    def attach(self, news: Sequence[Commit]) -> None:
        """Name the evidence: every report, and the lines that are new."""
        engine, snapshot = self.engine, self.snapshot
        numbers = [(commit.about["delivery"], commit.about["received"]) for commit in news]
        engine.table("news", numbers, ibis.schema(NEWS))
        fresh = ibis.table(NEWS, name="news").select("delivery")
        engine.attach(REPORTS.name, snapshot.files(REPORTS.name), REPORTS.schema)
        for table in (SUBJECTS, PANELS):
            engine.attach(table.name, snapshot.files(table.name), table.schema)
        for table in (LINES, PIECES, REPORTS):
            name = "fresh_reports" if table is REPORTS else table.name
            files, exact = brought(snapshot, news, table.name)
            engine.attach(name if exact else f"some_{name}", files, table.schema)
            if not exact:
                engine.view(name, table.unbound(f"some_{name}").semi_join(fresh, "delivery"))
        self.month = max(commit.about["received"] for commit in news)[:7]

    def write(self, say: Say) -> dict[str, Any]:
        """Make every table and add it to the change; the counts are given back."""
        say("judging")
        self.findings()
        return self.rest(REPORTS.unbound("fresh_reports"), say)

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
        engine.attach("required_before", [required_path(earlier.root)], REQUIRED.schema)
        before = histories_of([tuple(row.values()) for row in engine.rows(REQUIRED.unbound("required_before"))])
        engine.table("spans", replay.touched(layout.subjects, before, layout.histories), ibis.schema(replay.TOUCHED))
        spans = ibis.table(replay.TOUCHED, name="spans")
        say("judging what the change of the law touches")
        # under a name of their own: what joins them again must not be joined into the join that found them
        engine.view("reached", replay.reached(LINES.unbound(), spans))
        lines = LINES.unbound("reached")
        engine.create(
            "held",
            envelope.unsettled(lines, ENVELOPES.unbound(), coverage_factor=self.factor, guarded=self.guarded),
        )
        engine.create(
            "fresh_findings",
            ledger.kept(judged_in_full(self.engine, card=self.card, bands=self.bands, factor=self.factor)),
        )
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
        return {**self.rest(REPORTS.unbound("fresh_reports"), say), **counts}

    def findings(self) -> None:
        """The findings of everything that is not plain."""
        held = envelope.unsettled(
            LINES.unbound(), ENVELOPES.unbound(), coverage_factor=self.factor, guarded=self.guarded
        )
        self.engine.create("held", held)
        self.keep(
            "kept_findings",
            ledger.kept(judged_in_full(self.engine, card=self.card, bands=self.bands, factor=self.factor)),
            ["delivery", "report", "item"],
        )

    def decide(self, reports: ir.Table) -> None:
        """The ledger: first verdicts that are not conforming, and changes of samples that were reported again."""
        engine = self.engine
        findings = KEPT_FINDINGS.unbound("kept_findings")
        touched = reports.filter(reports.again == 1).select("sample_id").distinct()
        engine.create("touched", touched)
        engine.create("touched_reports", self.arrived().semi_join(ibis.table(TOUCHED, name="touched"), "sample_id"))
        together = REPORTS.unbound("touched_reports")
        engine.create("settled", ledger.settled_counts(reports.union(together), PANELS.unbound(), ENVELOPES.unbound()))
        settled = ibis.table({"panel": "int32", "day": "date", "settled": "int64"}, name="settled")
        engine.attach("earlier_findings", self.change.base.files("kept_findings"), KEPT_FINDINGS.schema)
        both = findings.union(KEPT_FINDINGS.unbound("earlier_findings"))
        engine.create("touched_findings", both.semi_join(together, list(ledger.PLACE)))
        theirs = KEPT_FINDINGS.unbound("touched_findings")
        # what the figures say already: batches judged earlier, and the first reports among the new ones
        fresh = ibis.table(NEWS, name="news").select("delivery")
        old = together.anti_join(fresh, "delivery")
        engine.create("before", old.union(together.semi_join(fresh, "delivery").filter(together.again == 0)))
        before = REPORTS.unbound("before")
        changes = ledger.taken_back(ledger.standing(before, theirs, settled, bands=self.bands)).union(
            ledger.standing(together, theirs, settled, bands=self.bands)
        )
        lines = ledger.first_verdicts(reports, findings, settled).union(changes)
        self.keep("ledger", lines, ["delivery", "report", "sign"])

    def arrived(self) -> ir.Table:
        """The reports of every delivery up to the new ones: what came later is not known yet."""
        later = [(commit.about["delivery"], commit.about["received"]) for commit in self.later]
        self.engine.table("later", later, ibis.schema(NEWS))
        reports = REPORTS.unbound()
        held = reports.filter(reports.received <= self.known) if self.known else reports
        return held.anti_join(ibis.table(NEWS, name="later"), "delivery") if later else held

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


def judged_in_full(
    engine: AnyEngine, *, card: dict[str, Any], bands: dict[str, Decimal], factor: Decimal, suffix: str = ""
) -> ir.Table:
    """The findings of the lines in `held` under the rules in `required`, by the same steps as a small data set takes.

    What several steps look at is made once: `units` and `measured`, beside `held`.
    """
    held = ibis.table(HELD, name=f"held{suffix}")
    pieces = PIECES.unbound().semi_join(held, ["delivery", "report", "item"])
    engine.create(f"units{suffix}", opening.opened_units(pieces))
    results = opening.opened(
        held, REPORTS.unbound(), SUBJECTS.unbound(), dataset=card["name"], keep=("subject", "settled")
    )
    found = determination.measure(results, coverage_factor=factor)
    engine.create(f"measured{suffix}", found)
    measured = ibis.table(found.schema(), name=f"measured{suffix}")
    assessed = decision.assess(
        measured,
        REQUIRED.unbound(f"required{suffix}"),
        UNITS.unbound(f"units{suffix}"),
        name_key=name_key(measured, rules.categories(), origin=card["scheme"]),
    )
    findings = decision.graded(decision.uncompared(assessed), bands=bands, keep=ledger.EXTRA)
    return findings.select(*KEPT_FINDINGS.schema.names).cast(dict(KEPT_FINDINGS.schema))
