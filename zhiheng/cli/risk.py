"""zhiheng risk"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click

from zhiheng.cli import options, output
from zhiheng.cli.run import EXAMPLES
from zhiheng.errors import UsageError
from zhiheng.evidence.snapshot import Workspace
from zhiheng.selection.risk import backtest as backtests
from zhiheng.selection.risk import files, fitted, fitting, judging
from zhiheng.selection.risk.changes import changes, notable
from zhiheng.selection.risk.recipe import Recipe
from zhiheng.selection.risk.words import spoken

FILE = click.argument("file", type=click.Path(path_type=Path))
BUNDLED = {"chicago": "chicago_food_inspections"}
LISTED = {"rank": "rank", "target": "target", "probability": "probability", "interval": "interval", "why": "reasons"}
LIFTS = {"budget": "budget", "n": "visited", "found": "found", "share": "of all found", "lift": "lift"}
MOVED = {"target": "target", "change": "change", "rank_before": "from", "rank": "to", "why": "what moved"}
TESTED = {
    "who": "scores",
    "area": "AUC",
    "earlier": "days earlier",
    "within": "within groups",
    "more_area": "AUC more than published",
    "more_days": "days more than published",
}
REASONS = 3


@click.group(short_help="Risk models: fit, score, judge, back-test.")
def command() -> None:
    """Learn from dated events how likely each target is to have a nonconformity, and list the targets of a day.

    MODEL is a model that ships with the package (chicago, nation) or a YAML file; FILE holds one row an event, as CSV, XLSX,
    Parquet or JSON lines. docs/how-to/score-risk.md says how to write a model.

    \b
    Examples:
      zhiheng risk backtest chicago
      zhiheng risk fit chicago inspections.csv.gz --until 2014-09-01
      zhiheng risk score chicago inspections.csv.gz --on 2014-09-02
      zhiheng risk judge chicago inspections.csv.gz --since 2014-09-02 --until 2014-10-31
    """


@command.command(short_help="Learn a model from events up to a day, and keep it.")
@click.argument("model")
@FILE
@options.day("--until", told="The last day whose events may be looked at.", required=True)
@click.option("--without", multiple=True, metavar="COLUMN", help="Never look at this column; may be given again.")
@options.as_json
@options.workspace
def fit(model: str, file: Path, until: date, without: tuple[str, ...], as_json: bool, workspace: Workspace) -> None:
    """Fit MODEL to the events of FILE and keep it in the workspace under its fingerprint.

    \b
    Examples:
      zhiheng risk fit chicago inspections.csv.gz --until 2014-09-01
      zhiheng risk fit mine.yaml events.csv --until 2026-10-31 --without inspector
    """
    recipe = files.known(model, on=until)
    recipe = recipe.without(without) if without else recipe
    made = fitting.fit(files.read(file, recipe), until=until)
    path = files.Kept(workspace).keep_model(made)
    body = made.without_covariance().body() | {"fingerprint": made.fingerprint, "path": str(path)}
    if as_json:
        output.echo_json(body)
        return
    click.echo(
        f"{recipe.name} {made.fingerprint}: learned from {made.rows:,} events, {made.found:,} with a finding, "
        f"{made.since} to {made.until}; penalty {made.penalty:g}, "
        f"{'recalibrated' if made.recalibration else 'not recalibrated'}\n"
    )
    click.echo(output.table(weights(made), {"weight": "weight", "code": "feature", "level": "level"}))


def weights(made: fitted.Fitted) -> list[dict[str, Any]]:
    """The columns of a model, the weightiest first: what one standard deviation does to the log odds."""
    rows = [
        {"code": column.code, "level": column.level, "weight": float(weight)}
        for column, weight in zip(made.columns, made.coefficients, strict=True)
    ]
    return sorted(rows, key=lambda row: (-abs(row["weight"]), row["code"], row["level"]))


@command.command(short_help="The ordered list of a day, with reasons.")
@click.argument("model")
@FILE
@options.day("--on", told="The day of the list; only events before it are looked at.", required=True)
@options.day("--since", told="Say what changed since the list of this day.")
@click.option(
    "--most", type=click.IntRange(1), default=20, show_default=True, help="How many lines to print; JSON has all."
)
@options.as_json
@options.workspace
def score(model: str, file: Path, on: date, since: date | None, most: int, as_json: bool, workspace: Workspace) -> None:
    """List the targets of FILE for a day, the likeliest to have a nonconformity first, by the fitted MODEL; the list is kept.

    \b
    Examples:
      zhiheng risk score chicago inspections.csv.gz --on 2014-09-03
      zhiheng risk score chicago inspections.csv.gz --on 2014-09-03 --since 2014-09-02
    """
    kept = files.Kept(workspace)
    made = kept.model(model)
    if on.isoformat() <= made.until:
        raise UsageError(
            f"{model} has seen events up to {made.until}: a list of {on} would know its own future; fit it with --until before that day"
        )
    lines = fitted.score(made, files.read(file, made.recipe), on=on)
    if not lines:
        raise UsageError(f"{file.name} has no event before {on}: there is nobody to list")
    kept.keep_scores(model, lines, on=on)
    rows = files.scored_rows(lines)
    moved = changes(rows, kept.scores(model, since)) if since else []
    if as_json:
        told = [{**row, "reasons": json.loads(row["reasons"])} for row in rows]
        output.echo_json({"model": made.fingerprint, "on": on, "items": told, "changes": moved})
        return
    click.echo(output.table([listed(row, made.recipe) for row in rows[:most]], LISTED))
    if since:
        shown = [shifted(row, made.recipe) for row in notable(moved)]
        click.echo(f"\n{len(shown):,} changed since {since}, beside those who only made room")
        click.echo(output.table(shown[:most], MOVED) if shown else "")


def listed(row: Mapping[str, Any], recipe: Recipe) -> dict[str, Any]:
    """A line of a list for the terminal: what raises the risk first."""
    why = [one for one in json.loads(row["reasons"]) if one["weight"] > 0][:REASONS]
    return {
        "rank": row["rank"],
        "target": row["target"],
        "probability": output.percent(row["probability"]),
        "interval": f"{output.percent(row['lower'])} to {output.percent(row['upper'])}",
        "why": "; ".join(spoken(recipe, one, "en") for one in why),
    }


def shifted(row: Mapping[str, Any], recipe: Recipe) -> dict[str, Any]:
    """A change for the terminal."""
    why = [f"{spoken(recipe, one, 'en')} ({one['by']:+.2f})" for one in row["moved"][:REASONS]]
    return {**row, "why": "; ".join(why)}


@command.command(short_help="How good the model was on later events.")
@click.argument("model")
@FILE
@options.day("--since", told="The first day, later than what was learned from.", required=True)
@options.day("--until", told="The last day.", required=True)
@options.as_json
@options.workspace
def judge(model: str, file: Path, since: date, until: date, as_json: bool, workspace: Workspace) -> None:
    """Report calibration, discrimination with interval, and lift at each budget, on events that MODEL had never seen.

    \b
    Examples:
      zhiheng risk judge chicago inspections.csv.gz --since 2014-09-02 --until 2014-10-31
    """
    made = files.Kept(workspace).model(model)
    events = files.read(file, made.recipe)
    asked = judging.window(made, events, since=since, until=until)
    found = judging.judge(asked.outcome, judging.probabilities(made, events, asked), asked.days, fitted=made)
    if as_json:
        output.echo_json({"model": made.fingerprint, "learned_until": made.until, **found})
        return
    held = found["calibration"]
    click.echo(
        f"{found['rows']:,} events, {found['found']:,} with a finding; the model had seen events up to {made.until}\n"
        f"AUC {interval(found['area'])}; {interval(found['area_bootstrap'])} by bootstrap\n"
        f"days earlier {interval(found['earlier_bootstrap'])}\n"
        f"Brier {held['brier']:.4f}, log loss {held['log_loss']:.4f}, slope {held['slope']:.2f}, intercept "
        f"{held['intercept']:.2f}, expected calibration error {held['expected_error']:.3f}\n"
    )
    click.echo(output.table([lifted(row) for row in found["lifts"]], LIFTS))


def lifted(row: Mapping[str, Any]) -> dict[str, Any]:
    """A lift for the terminal."""
    return {**row, "budget": output.percent(row["budget"]), "share": output.percent(row["share_found"])}


def interval(held: Mapping[str, Any], digits: int = 3) -> str:
    """A figure with its interval."""
    return f"{held['value']:.{digits}f} ({held['lower']:.{digits}f} to {held['upper']:.{digits}f})"


@command.command(short_help="Against published scores, on the same inspections.")
@click.argument("folder", default="chicago")
@options.as_json
def backtest(folder: str, as_json: bool) -> None:
    """Learn before a window and compare, inside it, with scores that somebody published: the rule of the published evaluation.

    FOLDER holds a backtest.yaml; 'chicago' is bundled. It takes about a minute.

    \b
    Examples:
      zhiheng risk backtest chicago
      zhiheng risk backtest examples/data/chicago_food_inspections --json
    """
    place = EXAMPLES / BUNDLED[folder] if folder in BUNDLED else Path(folder)
    made = backtests.backtest(backtests.plan(place))
    if as_json:
        output.echo_json(made)
        return
    click.echo(
        f"{made['inspections']:,} inspections, {made['window'][0]} to {made['window'][1]}, as many a day as there were\n"
    )
    click.echo(output.table(tested(made), TESTED))
    click.echo(
        "\nIntervals of 95 % by bootstrap, differences on the same drawn inspections. 'within groups': each group of inspectors\n"
        "keeps its own number a day, so that no group does another's work."
    )


WHO = {
    "published": "published model",
    "ours": "ours",
    "eve": "ours, frozen on the eve",
    "no_later": "ours, learned no later than theirs",
    "without": "ours, blind to inspectors",
}


def tested(made: Mapping[str, Any]) -> Sequence[dict[str, Any]]:
    """The lines of a back-test."""
    lines = []
    for key, who in WHO.items():
        held = made[key]
        line = {
            "who": who,
            "area": interval(held["area_bootstrap"], 4),
            "earlier": interval(held["earlier_bootstrap"], 2),
            "within": f"{held['within']:.2f}",
        }
        if "against_published" in held:
            against = held["against_published"]
            line |= {
                "more_area": interval(against["area_bootstrap"], 4),
                "more_days": interval(against["earlier_bootstrap"], 2),
            }
        lines.append(line)
    return lines
