"""zhiheng plan make"""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import click

from zhiheng import rules
from zhiheng.cli import options, output
from zhiheng.engines import Engine
from zhiheng.errors import UsageError
from zhiheng.selection.plan import folder, frame, made
from zhiheng.selection.plan.made import Plan
from zhiheng.selection.plan.terms import ALLOCATIONS, DUE, EXACT_DESIGNS, PlanTerms, planned

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
STRATA = {
    "stratum": "stratum",
    "eligible": "targets",
    "random": "random",
    "targeted": "targeted",
    "least_inclusion": "least chance",
    "expected_findings": "expected findings",
    "interval": "95 % interval",
}
LEFT_OUT = {"rule": "left out", "targets": "targets", "en": "why", "act": "act", "told": ""}
SHOWN = 12


@click.command("make", short_help="Plan inspections from a list of targets, ready to draw.")
@click.argument("targets", type=FILE)
@click.option("--programme", required=True, metavar="NAME", help="Whose terms hold, such as food-2026.")
@click.option("--budget", type=int, required=True, help="How many targets are drawn.")
@options.day("--on", told="The day of the plan; today if left out.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=None, metavar="DIR", help="Write the folder to draw from."
)
@click.option("--strata", default=None, metavar="A,B", help="The stratum columns; the programme's if left out.")
@click.option("--random-share", type=float, default=None, help="Least share of the random arm, above 0.")
@click.option("--largest-share", type=float, default=None, help="Largest share of one stratum in the targeted arm.")
@click.option("--allocation", type=click.Choice(ALLOCATIONS), default=None, help="What the targeted arm follows.")
@click.option("--coverage-months", type=int, default=None, help="Nobody is left out longer; 0: not asked.")
@click.option("--due", type=click.Choice(DUE), default=None, help="When more are due than can be visited.")
@click.option("--nominations-share", type=float, default=None, help="Share of the budget for what the public named.")
@click.option("--design", type=click.Choice(EXACT_DESIGNS), default=None, help="How the draw is made.")
@click.option("--scores", type=FILE, default=None, help="Risk scores: target, on, probability, lower, upper.")
@click.option("--column", "columns", multiple=True, metavar="OURS=THEIRS", help="The file's name of a column.")
@click.option("--inspectors", type=FILE, default=None, help="inspectors.csv of the draw.")
@click.option("--recusals", type=FILE, default=None, help="recusals.csv of the draw.")
@click.option("--visits", type=FILE, default=None, help="earlier.csv of the draw: who was where.")
@click.option("--against", type=FILE, default=None, help="whole.csv of last year's plan, to compare with.")
@click.option(
    "--seed", "seed_file", type=FILE, default=None, help="The seed of plan.json as JSON; a drand round if left out."
)
@options.day("--draw-on", told="The day of that round.")
@click.option("--title", default="", help="The title of the draw.")
@options.as_json
def command(
    targets: Path,
    programme: str,
    budget: int,
    on: date | None,
    out: Path | None,
    columns: tuple[str, ...],
    scores: Path | None,
    inspectors: Path | None,
    recusals: Path | None,
    visits: Path | None,
    against: Path | None,
    seed_file: Path | None,
    draw_on: date | None,
    title: str,
    as_json: bool,
    strata: str | None,
    **changed: Any,
) -> None:
    """Plan from TARGETS (CSV, XLSX, Parquet): columns id, strata, probability, last_inspected, nominated, export …

    Without --out the plan is only shown. With it, a folder is written that 'zhiheng draw commit' takes as it is:
    targets.csv, plan.json, the inspectors, and whole.csv with the chance of every target or why it is left out.

    \b
    Examples:
      zhiheng plan make firms.csv --programme food-2026 --budget 500
      zhiheng plan make firms.csv --programme food-2026 --budget 500 --random-share 0.3 --out autumn-2026
      zhiheng plan make firms.csv --programme products-2020 --budget 200 --column id=统一社会信用代码 --strata 区县
    """
    day = on or date.today()
    changed = {name: value for name, value in changed.items() if value is not None}
    if strata:
        changed["strata"] = [name.strip() for name in strata.split(",")]
    named = dict(pair(entry) for entry in columns)
    given = {name: tuple(value) if isinstance(value, list) else value for name, value in changed.items()}
    terms = planned(rules.programme(programme, on=day), on=day, budget=budget, **given)
    people = {"inspectors.csv": inspectors, "recusals.csv": recusals, "earlier.csv": visits}
    with Engine() as engine:
        plan = made.make(frame.read(targets, terms, engine, columns=named, scores=scores), terms)
        compared = comparison(plan, against, engine)
        if out is not None:
            folder.write(
                plan,
                out,
                engine,
                source=targets,
                seed_terms=seed_of(seed_file, terms, draw_on),
                asked={"columns": named, "changed": changed},
                scores=scores,
                people={name: path for name, path in people.items() if path},
                title=title,
            )
    if as_json:
        body = {"plan": plan.summary, "strata": plan.strata(), "excluded": plan.excluded(), "against": compared}
        output.echo_json(body)
        return
    click.echo(told(plan, compared))
    if out is not None:
        click.echo(f"\n{out} is ready: 'zhiheng draw commit {out}' freezes it.")


def pair(entry: str) -> tuple[str, str]:
    """OURS=THEIRS as a pair."""
    ours, equals, theirs = entry.partition("=")
    if not equals or not ours or not theirs:
        raise UsageError(f"--column {entry}: say OURS=THEIRS, such as --column id=统一社会信用代码")
    return ours.strip(), theirs.strip()


def comparison(plan: Plan, against: Path | None, engine: Engine) -> dict[str, Any] | None:
    """What last year's plan, or else the same budget in proportion, would be expected to find."""
    if not plan.rated:
        return None
    if against is None:
        other, name, known = made.proportional(plan).chances.inclusion, "proportional", plan.summary["eligible"]
    else:
        (other, known), name = made.earlier(plan, folder.chances_of(against, engine)), against.name
    return {"name": name, "known": known} | (made.beside(plan, other) or {})


def seed_of(path: Path | None, terms: PlanTerms, draw_on: date | None) -> dict[str, Any]:
    """The seed's terms as given, or a drand round some days after the plan."""
    if path is not None:
        try:
            return dict(json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, UnicodeDecodeError, TypeError) as error:
            raise UsageError(f"{path.name}: no JSON object: {error}") from error
    day = draw_on or terms.on + timedelta(days=terms.draw_after_days)
    chain = rules.settings("draw", on=terms.on)["chains"]["quicknet"]
    return {"kind": "drand", "chain": "quicknet", "round": folder.drand_round(day, chain)}


def told(plan: Plan, compared: dict[str, Any] | None) -> str:
    """The plan for a reader."""
    summary, strata = plan.summary, sorted(plan.strata(), key=lambda row: -row["drawn"])
    rows = [
        row | {"least_inclusion": output.percent(row["least_inclusion"]), "interval": interval(row)} for row in strata
    ]
    lines = [
        f"{summary['budget']:,} of {summary['eligible']:,} targets in {summary['strata']:,} strata are drawn: "
        f"{summary['random']:,} at random, {summary['targeted']:,} by {plan.terms.allocation} allocation; "
        f"{summary['certain']:,} are certain.",
        f"Smallest chance {output.percent(summary['least_inclusion'])}; as good for rates as {summary['effective']:,.0f} drawn with equal "
        f"chances (design effect {summary['design_effect']:.2f}).",
    ]
    if compared:
        lines.append(
            f"Expected findings {summary['expected_findings']:.1f} (95 % {interval(summary)}); {compared['name']}: "
            f"{compared['other']['expected']:.1f} ({interval(compared['other'])})."
        )
    lines += ["", output.table(rows[:SHOWN], STRATA)]
    if len(rows) > SHOWN:
        lines.append(f"… and {len(rows) - SHOWN:,} strata more")
    left = [row | {"told": "" if row["applied"] else "no such column in the list"} for row in plan.excluded()]
    return "\n".join([*lines, "", output.table(left, LEFT_OUT)] if left else lines)


def interval(row: dict[str, Any]) -> str:
    """Two ends as text."""
    return "" if row["lower"] is None else f"{row['lower']:.1f} to {row['upper']:.1f}"
