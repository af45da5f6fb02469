"""zhiheng trend"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import click

from zhiheng import daily
from zhiheng.cli import options, output
from zhiheng.errors import UsageError
from zhiheng.evidence.snapshot import Workspace
from zhiheng.progress import Progress
from zhiheng.reports import Shelf, standing
from zhiheng.reports.nation import Nations
from zhiheng.reports.nation import moved as nationwide
from zhiheng.reports.nation.periods import Period, period
from zhiheng.stats.decomposition import Part
from zhiheng.surveillance import Movement, margins

COLUMNS = {"name": "part", "effect": "percentage points", "interval": "95 % interval"}
MARGINS = {
    "value": "value",
    "judged_before": "judged",
    "share_before": "share",
    "rate_before": "rate",
    "judged_after": "judged",
    "share_after": "share",
    "rate_after": "rate",
}
SHOWN = 5
BY = "product_type,province"
PARTS = {"rates": "rates within the same kinds", "limits": "changed limits", "difference": "difference, all together"}


@click.command(short_help="What moved a rate between two periods.")
@click.argument("dataset")
@click.option(
    "--from",
    "before",
    required=True,
    metavar="PERIOD",
    help="The first period: 2024, 2024-Q1, 2024-04 or 2024-04-01..2024-05-05.",
)
@click.option("--to", "after", required=True, metavar="PERIOD", help="The second period, written likewise.")
@click.option(
    "--by",
    default="",
    metavar="DIMENSIONS",
    help="Whose mix may have moved the rate; product_type,province of a lake and product_type of a small data set if left out.",
)
@click.option(
    "--arm",
    type=click.Choice(["random", "targeted", "all"]),
    default="random",
    show_default=True,
    help="Of a lake: which samples; 'all' tells the share of the arms as a part.",
)
@click.option("--province", default="", metavar="NAME", help="Of a lake: one province alone.")
@click.option(
    "--limits",
    default="",
    metavar="LAW",
    help="Of a lake: judge the first period under these limits too (a day, or a folder of law files), so that what changed limits did is told apart.",
)
@options.today
@options.as_json
@options.workspace
def command(
    dataset: str,
    before: str,
    after: str,
    by: str,
    arm: Any,
    province: str,
    limits: str,
    today: date | None,
    as_json: bool,
    workspace: Workspace,
) -> None:
    """Take the difference of DATASET's rate between two periods apart: the mix of products, places and channels, changed limits, and
    what is left when all of these are held still.

    The parts add up to the difference, and none comes first: each is the mean over all orders in which the changes could have come.

    \b
    Examples:
      zhiheng trend nation --from 2025-Q2 --to 2025-Q4 --by category,province,channel
      zhiheng trend nation --from 2025-04 --to 2025-10 --by category --limits 2026-09-10
      zhiheng trend nation --from 2025-Q2 --to 2025-Q4 --by channel --arm all
      zhiheng trend nyc_metals --from 2019 --to 2023 --by product_type --json
    """
    rows: tuple[Sequence[Any], Sequence[Any]]
    notes: tuple[str, ...] = ()
    lakes = Nations(workspace)
    is_lake = dataset in lakes.datasets()
    wanted = by or (BY if is_lake else standing.USUAL)
    spans, dimensions = (
        (period(before), period(after)),
        tuple(word.strip() for word in wanted.split(",") if word.strip()),
    )
    if is_lake:
        other = beside(lakes, dataset, workspace, limits, today or date.today()) if limits else None
        told = nationwide.moved(lakes.open(dataset), *spans, by=dimensions, arm=arm, province=province, other=other)
        found, rows, when = told.movement, (told.before, told.after), told.when
    else:
        if limits or province or arm != "random":
            raise UsageError(f"'{dataset}' is no lake: --limits, --province and --arm are for lakes")
        found, *held = standing.moved(Shelf(workspace), dataset, *spans, by=dimensions)
        rows, when = (held[0], held[1]), "day"
        notes = (standing.supports(Shelf(workspace), dataset),)
    if as_json:
        output.echo_json(body(dataset, spans, found, rows, when) | {"limits": limits or None, "supports": notes})
        return
    echo(spans, found, rows, when, notes)


def beside(lakes: Nations, dataset: str, workspace: Workspace, limits: str, today: date) -> Any:
    """The lake as judged under other limits; the judgement is made and kept beside the one in force."""
    law = daily.law(limits)
    daily.judge(daily.Place(workspace, dataset), law=law, today=today, in_force=False, say=Progress())
    return lakes.under(dataset, law.name)


def body(
    dataset: str, spans: tuple[Period, Period], found: Movement, rows: tuple[Sequence[Any], Sequence[Any]], when: str
) -> dict[str, Any]:
    """Everything that is known of a movement."""
    return {
        "dataset": dataset,
        "figure": found.figure,
        "of": found.of,
        "weighted": found.weighted,
        "cut_by": when,
        "method": found.moved.method,
        "level": found.moved.level,
        "periods": [
            {"name": span.name, "first": span.first, "last": span.last, "judged": found.judged[at],
             "nonconforming": found.nonconforming[at], "rate": (found.first, found.moved.after)[at]}
            for at, span in enumerate(spans)
        ],
        "parts": [vars(part) for part in found.parts],
        "difference": found.moved.difference.effect + (found.limits.effect if found.limits else 0.0),
        "only_in": {"first": found.moved.alone[0], "second": found.moved.alone[1]},
        "reasons": found.reasons,
        "margins": {name: margins(*rows, name, weighted=found.weighted) for name in found.by},
    }  # fmt: skip


def echo(
    spans: tuple[Period, Period],
    found: Movement,
    rows: tuple[Sequence[Any], Sequence[Any]],
    when: str,
    notes: Sequence[str],
) -> None:
    """A movement for the terminal."""
    for span, rate, n, failed in zip(
        spans, (found.first, found.moved.after), found.judged, found.nonconforming, strict=True
    ):
        click.echo(f"{span.name}: {rate:.2%}, {failed:,} of {n:,} batches judged")
    click.echo(
        f"{found.of}; {'each batch weighs 1 / its inclusion probability' if found.weighted else 'each batch counts once'}\n"
    )
    click.echo(output.table([line(part) for part in found.parts] + [whole(found)], COLUMNS))
    for name in found.by:
        click.echo(f"\nmix of {name}, the largest changes of share:")
        shown = [shares(row) for row in margins(*rows, name, weighted=found.weighted)[:SHOWN]]
        click.echo(output.table(shown, MARGINS))
    click.echo(f"\n{found.moved.method}; a cell that one period lacks ({found.moved.alone[0]:.1%} of the first, "
               f"{found.moved.alone[1]:.1%} of the second) takes the rate of the other.")  # fmt: skip
    if when != "day":
        click.echo(f"Periods are cut at whole {'weeks' if when == 'week' else 'months'}: those that begin within them.")
    for reason in (*found.reasons, *notes):
        click.echo(f"Note: {reason}")


def line(part: Part) -> dict[str, Any]:
    """One part."""
    name = PARTS.get(part.name) or f"mix of {part.name}"
    return {"name": name, "effect": points(part.effect), "interval": f"{points(part.lower)} to {points(part.upper)}"}


def whole(found: Movement) -> dict[str, Any]:
    """The difference itself; its interval where no part came from the same results twice."""
    if found.limits:
        return {"name": PARTS["difference"], "effect": points(found.moved.after - found.first), "interval": ""}
    return line(found.moved.difference)


def points(value: float) -> str:
    """A difference of rates in percentage points."""
    return f"{100 * value:+.2f}"


def shares(row: dict[str, Any]) -> dict[str, Any]:
    """A value of a factor for the terminal."""
    return row | {name: output.percent(row[name]) for name in MARGINS if name.startswith(("share", "rate"))} | {
        "value": row["value"] or "(not stated)"
    }  # fmt: skip
