"""The loop over a lake, day by day: judge what came, count it, and judge again exactly what a change of law touches.

The judgements of one state of the law are a book: a lake of their own, beside the evidence. Its findings hold everything
that is not plain, its ledger the verdicts, its cells the prepared counts. Each commit of a book names the commit of the
evidence that it was made from, so that any figure can be made again as it was known and as it was judged on a day.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from zhiheng import decision, determination, rules
from zhiheng.decision import envelope, ledger
from zhiheng.decision.required import name_key
from zhiheng.decision.tables import CELLS, CUBES, ENVELOPES, JUDGED, KEPT_FINDINGS, LEDGER, REQUIRED, TALLIED
from zhiheng.engines import Engine
from zhiheng.errors import NothingThereYet
from zhiheng.evidence import coding
from zhiheng.evidence.delivered import LAKE, LINES, PANELS, PIECES, REPORTS, SUBJECTS
from zhiheng.evidence.lake import Change, Lake, Snapshot
from zhiheng.evidence.snapshot import Workspace, load_json, store_json
from zhiheng.evidence.tables import UNITS, fingerprint

Say = Callable[[str], None]
MEMORY = "3GB"
HELD = {**LINES.schema, "settled": "boolean"}


@dataclass(frozen=True)
class Law:
    """A state of the law: the rules, how it is named, and the day whose rules hold for all results, if one is fixed."""

    book: rules.Book
    name: str
    fingerprint: str
    on: date | None = None
    decision: str = ""


@dataclass(frozen=True)
class Place:
    """Where the lake of a data set lies."""

    workspace: Workspace
    dataset: str

    @property
    def root(self) -> Path:
        """The folder of the lake."""
        return self.workspace.root / "lake" / self.dataset

    @property
    def evidence(self) -> Lake:
        """What was received."""
        return Lake(self.root, LAKE)

    @property
    def card(self) -> dict[str, Any]:
        """What is known of the data set."""
        path = self.root / "card.json"
        if not path.exists():
            raise NothingThereYet(
                f"there is no lake of '{self.dataset}': take a delivery in with 'zhiheng lake append {self.dataset} FOLDER'"
            )
        return dict(load_json(path))

    def book(self, key: str) -> Lake:
        """The judgements under one state of the law."""
        return Lake(self.root / "judged" / key, JUDGED)

    @property
    def current(self) -> dict[str, Any]:
        """The book in force, or nothing."""
        path = self.root / "judged" / "current.json"
        return dict(load_json(path)) if path.exists() else {}


def law_today() -> Law:
    """The law that ships with the package, each result under the rules of its own day."""
    return Law(rules.book(), "each day's rules", rules.fingerprint())


def book_key(law: Law, card: dict[str, Any]) -> str:
    """A name for the judgements of a data set under a state of the law."""
    body = [law.fingerprint, str(law.on), law.decision, card, fingerprint(*JUDGED.values())]
    return hashlib.sha256(json.dumps(body, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:16]


def judge(place: Place, *, law: Law, today: date, say: Say = lambda _: None) -> dict[str, Any]:
    """Judge every delivery that the book of this law has not judged yet; nothing is done twice."""
    card = place.card
    key = book_key(law, card)
    book, snapshot = place.book(key), place.evidence.snapshot()
    through = int(book.snapshot().about.get("through", 0))
    if through == snapshot.number:
        say("nothing came since the last judgement")
        return dict(book.snapshot().about)
    news = deliveries(place.evidence, since=through, until=snapshot.number)
    with place.workspace.scratch() as scratch, Engine(memory=MEMORY, spill=scratch) as engine:
        attach(engine, snapshot)
        say("reading the rules")
        guarded = lay_out_rules(engine, card=card, law=law)
        with book.change("judge") as change:
            ours = None if not through else [entry["delivery"] for entry in news]
            say("judging")
            summary = Judgement(engine, change, card=card, law=law, today=today, guarded=guarded, news=ours).write(say)
            change.about |= {
                "through": snapshot.number,
                "judged_on": today.isoformat(),
                "law": law.name,
                "rules": law.fingerprint,
                "deliveries": len(news),
                **summary,
            }
    store_json(place.root / "judged" / "current.json", {"key": key, "law": law.name, "rules": law.fingerprint})
    return dict(book.snapshot().about)


def deliveries(lake: Lake, *, since: int, until: int) -> list[dict[str, Any]]:
    """What the commits after one and up to another took in."""
    commits = (lake.chain.load(number) for number in range(since + 1, until + 1))
    return [commit.about for commit in commits if commit.kind == "append"]


def attach(engine: Engine, snapshot: Snapshot) -> None:
    """Name the tables of the evidence."""
    for table in (REPORTS, LINES, PIECES, SUBJECTS, PANELS):
        engine.attach(table.name, snapshot.files(table.name), table.schema)


def lay_out_rules(engine: Engine, *, card: dict[str, Any], law: Law) -> bool:
    """Make the tables `required` and `envelopes` for every subject of the lake; say whether any uncertainty counts."""
    categories = rules.categories()
    reports = REPORTS.unbound()
    named = reports.select(product_type="product_type", name=name_key(reports, categories, origin=card["scheme"]))
    names: dict[str, list[str]] = {}
    for row in engine.rows(named.distinct()):
        names.setdefault(row["product_type"], []).append(row["name"])
    subjects = engine.rows(SUBJECTS.unbound())
    wanted = sorted(
        {
            rules.Subject(row["product_type"], name, row["analyte"])
            for row in subjects
            for name in names.get(row["product_type"], [""])
        },
        key=lambda subject: (subject.category, subject.name, subject.analyte),
    )
    found = rules.requirements(
        wanted, book=law.book, categories=categories, origin=card["scheme"], families=tuple(card["rules"])
    )
    lines = list(decision.required(found, decision=law.decision or str(card["decision"])))
    if law.on:
        lines = frozen(lines, law.on)
    engine.table("required", lines, REQUIRED.schema)
    histories: dict[tuple[str, str], dict[str, list[dict[str, Any]]]] = {}
    for values in lines:
        line = dict(zip(REQUIRED.schema.names, values, strict=True))
        histories.setdefault((line["product_type"], line["analyte"]), {}).setdefault(line["name_key"], []).append(line)
    listed = {key: list(by_name.values()) for key, by_name in histories.items()}
    rows = list(envelope.envelopes(subjects, listed))
    engine.table("envelopes", rows, ENVELOPES.schema)
    return any(row[-1] for row in rows)


def frozen(lines: Sequence[tuple[Any, ...]], on: date) -> list[tuple[Any, ...]]:
    """The requirements of one day, holding for all days."""
    names = REQUIRED.schema.names
    since, until = names.index("since"), names.index("until")
    kept = [list(line) for line in lines if line[since] <= on < line[until]]
    for line in kept:
        line[since], line[until] = date.min, envelope.FOREVER
    return [tuple(line) for line in kept]


class Judgement:
    """One commit of a book: findings, ledger and cells of the deliveries that are new to it (all of them: None)."""

    def __init__(
        self,
        engine: Engine,
        change: Change,
        *,
        card: dict[str, Any],
        law: Law,
        today: date,
        guarded: bool,
        news: Sequence[int] | None,
    ) -> None:
        self.engine, self.change, self.card, self.law = engine, change, card, law
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
        self.findings()
        say("deciding")
        self.decide(reports)
        say("counting")
        self.count(reports)
        return self.summary(reports)

    def findings(self) -> None:
        """The findings of everything that is not plain, as `findings`."""
        held = envelope.unsettled(
            self.new(LINES.unbound()), ENVELOPES.unbound(), coverage_factor=self.factor, guarded=self.guarded
        )
        self.engine.create("held", held)
        kept = ibis.table(HELD, name="held")
        self.engine.create(
            "units", coding.opened_units(PIECES.unbound().semi_join(kept, ["delivery", "report", "item"]))
        )
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
        path = self.change.new_file(name, month=self.month)
        self.engine.write(rows.order_by(list(order)), path)
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


def judged_in_full(*, card: dict[str, Any], bands: dict[str, Decimal], factor: Decimal) -> ir.Table:
    """The findings of the lines in `held`, by the same steps as a small data set takes."""
    held = ibis.table(HELD, name="held")
    results = coding.opened(
        held, REPORTS.unbound(), SUBJECTS.unbound(), dataset=card["name"], keep=("subject", "settled")
    )
    measured = determination.measure(results, coverage_factor=factor)
    assessed = decision.assess(
        measured,
        REQUIRED.unbound(),
        UNITS.unbound(),
        name_key=name_key(measured, rules.categories(), origin=card["scheme"]),
    )
    found = decision.graded(decision.uncompared(assessed), bands=bands, keep=ledger.EXTRA)
    return found.select(*KEPT_FINDINGS.schema.names).cast(dict(KEPT_FINDINGS.schema))
