"""One turn of the whole loop: intake, determine, decide, watch, plan. Read this file first.

    source file ─ evidence ─ determination ─ decision ─ surveillance ─ selection ─ reports

Everything that a turn makes goes into one folder, named by what it was made from: the evidence, the law, and this
version of the program. A turn that would make the same thing again is not made.
"""

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from zhiheng import __version__, decision, determination, rules, selection, surveillance
from zhiheng.decision.required import name_key
from zhiheng.engines import AnyEngine, open_engine
from zhiheng.evidence import RESULTS, UNITS, intake, profile
from zhiheng.evidence.profile import Profile
from zhiheng.evidence.snapshot import Workspace, load_json, settle, store_json
from zhiheng.evidence.tables import fingerprint

Say = Callable[[str], None]
EACH_DAY = "each-day"
MEMORY = "700MB"


@dataclass(frozen=True)
class Terms:
    """How results are judged: by the rules of one day (or of each result's own day) and under one decision rule."""

    on: date | str | None = None
    decision: str = ""


def turn(folder: Path, *, workspace: Workspace, today: date, say: Say = lambda _: None) -> dict[str, Any]:
    """Take in a folder's files by its profile, and make everything that follows from them."""
    known = profile.load(folder / "profile.yaml")
    for name in known.files:
        intake.intake(folder / name, profile=known, workspace=workspace, analytes=rules.analytes(), say=say)
    return conclude(known.name, workspace=workspace, today=today, say=say)


def conclude(dataset: str, *, workspace: Workspace, today: date, say: Say = lambda _: None) -> dict[str, Any]:
    """From evidence to findings, verdicts, signals and the proposal; the summary is given back."""
    manifest = workspace.required(dataset)
    key = made_from(manifest.parts, manifest.profile)
    pointer = run_folder(workspace, dataset) / "current.json"
    if pointer.exists() and load_json(pointer)["key"] == key:
        say("nothing changed since the last turn")
        return dict(load_json(pointer))
    with workspace.scratch() as scratch, open_engine(memory=MEMORY, spill=scratch) as engine:
        made = scratch / "run"
        made.mkdir()
        card = intake.attach(engine, workspace, dataset)
        say("judging")
        judge(
            engine, card=card, terms=Terms(decision=str(card["decision"])), today=today, path=made / "findings.parquet"
        )
        write_verdicts(engine, made)
        say("counting")
        summary = summarise(engine, card=card, key=key, parts=[part.__dict__ for part in manifest.parts])
        summary["today"] = today.isoformat()
        summary["alternatives"] = alternatives(engine, card=card, today=today)
        say("watching")
        watch(engine, card=card, today=today, made=made)
        say("planning")
        plan(engine, card=card, today=today, made=made)
        for path in made.iterdir():
            settle(path)
        target = run_folder(workspace, dataset) / key
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            made.rename(target)
        store_json(pointer, summary)
    return summary


@contextmanager
def assessed(
    path: Path, *, known: Profile, terms: Terms, today: date, say: Say = lambda _: None
) -> Iterator[tuple[AnyEngine, intake.Outcome]]:
    """One file judged in a workspace that is thrown away: its findings stand in the engine while this is open."""
    fitted = replace(known, day=terms.on) if isinstance(terms.on, date) else known
    with tempfile.TemporaryDirectory(prefix="zhiheng-") as folder:
        workspace = Workspace(Path(folder))
        outcome = intake.intake(path, profile=fitted, workspace=workspace, analytes=rules.analytes(), say=say)
        with workspace.scratch() as scratch, open_engine(memory=MEMORY, spill=scratch) as engine:
            card = intake.attach(engine, workspace, fitted.name)
            say("judging")
            judge(engine, card=card, terms=terms, today=today)
            yield engine, outcome


def judge(engine: AnyEngine, *, card: dict[str, Any], terms: Terms, today: date, path: Path | None = None) -> None:
    """Make the table of findings from the attached results, in memory or, leaner, in a Parquet file."""
    assessed = assessment(engine, card=card, terms=terms, today=today)
    is_compared = bool(engine.scalar(printed_limits()))
    if is_compared:
        engine.create("assessed", assessed)
    bands = tuple((word, Decimal(str(value))) for word, value in rules.settings("severity", on=today).items())
    findings = completed(assessed.op(), is_compared, bands)
    if path:
        # the order does not depend on the order of intake
        engine.keep("findings", findings.order_by("source", "row", "item"), path)
    else:
        engine.create("findings", findings)
    engine.drop("assessed")


@lru_cache(maxsize=1)
def printed_limits() -> ir.Scalar:
    """How many printed limits there are among the attached results."""
    return RESULTS.unbound().limit_remark.count() + RESULTS.unbound().limit_operator.count()


# the expressions are kept: for the few results of one report, to make one takes longer than to run it


@lru_cache(maxsize=64)
def completed(assessed: Any, is_compared: bool, bands: tuple[tuple[str, Decimal], ...]) -> ir.Table:
    """The findings that follow from what was assessed, as an expression."""
    table = assessed.to_expr()
    compared = (
        decision.compare(ibis.table(table.schema(), name="assessed"), UNITS.unbound())
        if is_compared
        else decision.uncompared(table)
    )
    return decision.complete(compared, bands=dict(bands))


@lru_cache(maxsize=64)
def subjects(categories: rules.Categories, origin: str) -> ir.Table:
    """The kinds of object and test items among the attached results, as an expression."""
    return decision.subjects(RESULTS.unbound(), categories, origin=origin)


@lru_cache(maxsize=64)
def assessing(
    categories: rules.Categories, origin: str, on: date | str | None, factor: Decimal, is_planned: bool
) -> ir.Table:
    """Every attached result with its verdict and reason, as an expression."""
    results = RESULTS.unbound()
    if on == EACH_DAY:
        results = results.mutate(day=ibis.coalesce(results.sampled_on, results.made_on, results.day))
    measured = determination.measure(results, coverage_factor=factor)
    return decision.assess(
        measured,
        decision.REQUIRED.unbound(),
        UNITS.unbound() if is_planned else None,
        on=on if isinstance(on, date) else None,
        name_key=name_key(measured, categories, origin=origin),
    )


def assessment(engine: AnyEngine, *, card: dict[str, Any], terms: Terms, today: date) -> ibis.Table:
    """Every result with its verdict and reason, as an expression; the requirements are put into the engine."""
    categories = rules.categories()
    wanted = [
        rules.Subject(row["product_type"], row["name_key"], row["analyte"])
        for row in engine.rows(subjects(categories, str(card["scheme"])))
    ]
    found = rules.requirements(
        sorted(wanted, key=lambda subject: (subject.category, subject.name, subject.analyte)),
        book=rules.book(),
        categories=categories,
        origin=card["scheme"],
        families=tuple(card["rules"]),
    )
    engine.table("required", decision.required(found, decision=terms.decision), decision.REQUIRED.schema)
    factor = Decimal(str(rules.settings("measurement", on=today)["coverage_factor"]))
    is_planned = any(entry.rule and entry.rule.operator == "plan" for entry in found)
    return assessing(categories, str(card["scheme"]), terms.on, factor, is_planned)


def write_verdicts(engine: AnyEngine, made: Path) -> None:
    """Verdicts and requirements as Parquet, in an order that does not depend on the order of intake."""
    engine.create("samples", decision.decide(decision.FINDINGS.unbound()))
    engine.write(decision.SAMPLES.unbound().order_by("sample_id"), made / "samples.parquet")
    required = decision.REQUIRED.unbound()
    engine.write(required.order_by("product_type", "name_key", "analyte", "since"), made / "required.parquet")


def summarise(engine: AnyEngine, *, card: dict[str, Any], key: str, parts: list[dict[str, Any]]) -> dict[str, Any]:
    """The counts of a data set: by verdict and reason, by force, by sample, and of the intake."""
    findings, samples = decision.FINDINGS.unbound(), decision.SAMPLES.unbound()
    by_sample = samples.group_by("verdict").agg(n=samples.count()).order_by("verdict")
    compared = findings.filter(findings.agreement.notnull())
    return {
        "dataset": card["name"],
        "key": key,
        "card": card,
        "version": __version__,
        "intake": {
            name: sum(part[name] for part in parts)
            for name in ("received", "accepted", "rejected", "duplicate", "items", "unread")
        },
        "parts": parts,
        "results": counts(engine, findings, ["verdict", "reason", "force"]),
        "samples": {row["verdict"]: row["n"] for row in engine.rows(by_sample)},
        "printed": counts(engine, compared, ["agreement", "printed_verdict", "verdict"]),
    }


def counts(engine: AnyEngine, findings: ibis.Table, by: list[str]) -> list[dict[str, Any]]:
    """How many findings there are of each kind."""
    return engine.rows(findings.group_by(by).agg(n=findings.count()).order_by(by))


def alternatives(engine: AnyEngine, *, card: dict[str, Any], today: date) -> dict[str, list[dict[str, Any]]]:
    """The same results under the other readings: simple or guarded acceptance, one day's rules or each day's."""
    readings = {
        "simple": Terms(decision="simple"),
        "guarded": Terms(decision="guarded"),
        "each_day": Terms(EACH_DAY, str(card["decision"])),
    }
    found = {}
    for word, terms in readings.items():
        found[word] = counts(engine, assessment(engine, card=card, terms=terms, today=today), ["verdict", "reason"])
    return found


def watch(engine: AnyEngine, *, card: dict[str, Any], today: date, made: Path) -> None:
    """Signals of every series that the data set's profile names."""
    terms = rules.settings("signals", on=today)
    lines: list[tuple[Any, ...]] = []
    for dimension in card["series"]["by"]:
        rows = engine.rows(surveillance.series(decision.FINDINGS.unbound(), by=dimension, step=card["series"]["step"]))
        lines += surveillance.signals(
            rows,
            dataset=card["name"],
            dimension=dimension,
            step=card["series"]["step"],
            baseline=int(terms["baseline"]),
            alpha=float(terms["alpha"]),
            least=int(terms["least"]),
            supports=card["supports"],
            detector=str(terms.get("detector", "ears-c1")),
        )
    engine.table("signals", lines, surveillance.SIGNALS.schema)
    engine.write(surveillance.SIGNALS.unbound().order_by("period", "signal_id"), made / "signals.parquet")


def plan(engine: AnyEngine, *, card: dict[str, Any], today: date, made: Path) -> None:
    """The proposal of the next inspections, by the strata that the profile names."""
    terms = rules.settings("proposal", on=today)
    findings = decision.FINDINGS.unbound()
    happened = ibis.coalesce(findings.sampled_on, findings.made_on, findings.day)
    last = engine.scalar(happened.max())
    since = last.replace(year=last.year - int(terms["history_years"]), day=1) if last else date.min
    recent = decision.decide(findings.filter(happened >= since))
    history = engine.rows(surveillance.verdicts_by(recent, card["strata"]))
    lines = selection.propose(
        history,
        supports=card["supports"],
        terms=selection.Terms(int(terms["budget"]), float(terms["random_share"]), float(terms["largest_share"])),
    )
    engine.table("proposal", lines, selection.PROPOSAL.schema)
    engine.write(selection.PROPOSAL.unbound(), made / "proposal.parquet")


def run_folder(workspace: Workspace, dataset: str) -> Path:
    """Where the turns of a data set are kept."""
    return workspace.root / "runs" / dataset


def made_from(parts: tuple[Any, ...], card: dict[str, Any]) -> str:
    """A name for what a turn is made from."""
    made = (decision.FINDINGS, decision.SAMPLES, decision.REQUIRED, surveillance.SIGNALS, selection.PROPOSAL)
    body = [__version__, rules.fingerprint(), fingerprint(*made), [part.name for part in parts], card]
    return hashlib.sha256(json.dumps(body, ensure_ascii=False, sort_keys=True, default=str).encode()).hexdigest()[:16]
