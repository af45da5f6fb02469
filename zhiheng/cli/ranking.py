"""zhiheng ranking"""

from datetime import date
from typing import Any

import click

from zhiheng.cli import options, output
from zhiheng.errors import UsageError
from zhiheng.evidence.snapshot import Workspace
from zhiheng.reports import Shelf, standing
from zhiheng.reports.nation import Nations
from zhiheng.reports.nation import ranked as nationwide
from zhiheng.surveillance import OF_POPULATION, Ranking
from zhiheng.surveillance.trend import LIKE_THESE

COLUMNS = {
    "ranks": "rank",
    "value": "value",
    "judged": "judged",
    "nonconforming": "nonconf.",
    "own": "rate and its interval",
    "drawn": "shrunk, 95 % interval",
    "said": "funnel",
}
BY = "province"
VERDICTS = {
    "above": "above",
    "below": "below",
    "within": "within",
    "unsure": "outside, may be chance",
}


@click.command(short_help="Units beside one another, with the uncertainty of their ranks.")
@click.argument("dataset")
@click.option(
    "--by",
    default="",
    metavar="DIMENSION",
    help="province, category, product_type, channel or region of a lake, province if left out; "
    "product_type, province, region, origin, maker or site of a small data set, product_type if left out.",
)
@click.option(
    "--arm",
    type=click.Choice(["random", "targeted"]),
    default="random",
    show_default=True,
    help="Of a lake: which samples; the two are never ranked together.",
)
@click.option(
    "--most", type=click.IntRange(1), default=40, show_default=True, help="How many lines to print; JSON has all."
)
@options.day("--today", told="Of a small data set: the day whose conventions count; today if not given.")
@options.as_json
@options.workspace
def command(
    dataset: str, by: str, arm: str, most: int, today: date | None, as_json: bool, workspace: Workspace
) -> None:
    """Set the values of a dimension of DATASET beside one another: rates drawn together, ranks with their intervals, and which lie outside a funnel.

    \b
    Examples:
      zhiheng ranking nation --by province
      zhiheng ranking nation --by category --arm targeted --json
      zhiheng ranking nyc_metals --by product_type
    """
    lakes = Nations(workspace)
    by = by or (BY if dataset in lakes.datasets() else standing.USUAL)
    if dataset in lakes.datasets():
        if today:
            raise UsageError(
                f"'{dataset}' is a lake: its ranking follows the conventions of its judgement; leave --today out"
            )
        found = nationwide.ranked(lakes.open(dataset), by, arm=arm)
    else:
        if arm != "random":
            raise UsageError(f"'{dataset}' is no lake: it does not say how its samples were chosen, and has no arms")
        found = standing.ranked(Shelf(workspace), dataset, by, on=today or date.today())
    if as_json:
        output.echo_json(
            {"dataset": dataset, "by": by, "arm": arm if dataset in lakes.datasets() else None, **body(found)}
        )
        return
    click.echo(
        f"{found.of}; {'each batch weighs 1 / its inclusion probability' if found.of == OF_POPULATION else 'each batch counts once'}\n"
    )
    click.echo(output.table([told(row) for row in found.rows[:most]], COLUMNS))
    if len(found.rows) > most:
        click.echo(f"… and {len(found.rows) - most:,} more: --most {len(found.rows)} prints them")
    click.echo(
        f"\nAll together {output.percent(found.target)}. Rank 1 is the lowest rate. {found.note}.\n"
        f"Funnel: {found.limits.method}; scatter over chance {found.phi:.2f}. {found.promise}."
    )
    for reason in found.reasons:
        click.echo(f"Note: {reason}")
    if found.of != OF_POPULATION:
        click.echo(f"Note: {LIKE_THESE}")
    if found.left_out:
        click.echo(f"Left out, nothing judged: {', '.join(map(str, found.left_out[:most]))}")


def body(found: Ranking) -> dict[str, Any]:
    """Everything that is known of a ranking."""
    return {
        "target": found.target,
        "level": found.level,
        "funnel": found.limits.method,
        "phi": found.phi,
        "tau2": found.tau2,
        "separated": found.separated,
        "promise": found.promise,
        "note": found.note,
        "of": found.of,
        "reasons": found.reasons,
        "left_out": found.left_out,
        "items": found.rows,
    }


def told(row: dict[str, Any]) -> dict[str, Any]:
    """A line for the terminal."""
    return row | {
        "ranks": f"{row['rank_lower']} to {row['rank_upper']}",
        "own": f"{row['rate']:.2%}" + ("" if row["lower"] is None else f" ({row['lower']:.2%} to {row['upper']:.2%})"),
        "drawn": f"{row['shrunk']:.2%} ({row['shrunk_lower']:.2%} to {row['shrunk_upper']:.2%})",
        "said": VERDICTS[row["verdict"]],
    }
