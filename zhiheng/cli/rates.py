"""zhiheng rates"""

from typing import Any

import click

from zhiheng.cli import options, output
from zhiheng.reports import Shelf, profiles

COUNTS = {
    "value": "value",
    "results": "results",
    "judged": "judged",
    "nonconforming": "nonconf.",
    "inconclusive": "inconcl.",
    "not_judged": "not judged",
}
RATES = {"rate": "rate", "interval": "95 % interval", "bounds": "whatever inconclusive are"}


@click.command(short_help="Counts and rates by one dimension.")
@click.argument("dataset")
@click.option(
    "--by",
    "dimension",
    default="product_type",
    show_default=True,
    help="product_type, analyte, maker, site, origin, region … or period.",
)
@click.option(
    "--step",
    type=click.Choice(["month", "quarter", "year"]),
    default="year",
    show_default=True,
    help="Length of a period.",
)
@click.option(
    "--most", type=click.IntRange(1), default=40, show_default=True, help="How many lines to print; JSON has all."
)
@options.force
@options.as_json
@options.shelf
def command(dataset: str, dimension: str, step: str, most: int, force: str, as_json: bool, shelf: Shelf) -> None:
    """Show how often each value of a dimension of DATASET failed, with what that rests on.

    A data set of published failures has counts and no rates.

    \b
    Examples:
      zhiheng rates nyc_metals --by product_type
      zhiheng rates nyc_metals --by origin --force guidance
      zhiheng rates usgs_inl_water --by period --step year
    """
    rows = profiles.cells(shelf, dataset, dimension=dimension, force=force, step=step)
    card = shelf.open(dataset).summary["card"]
    if as_json:
        output.echo_json(
            {"dataset": dataset, "dimension": dimension, "force": force, "supports": card["supports"], "items": rows}
        )
        return
    ordered = (
        rows
        if dimension == profiles.PERIOD
        else sorted(rows, key=lambda row: (-row["nonconforming"], -row["judged"], row["value"]))
    )
    columns = COUNTS if card["supports"] == "failures" else COUNTS | RATES
    click.echo(output.table([told(row) for row in ordered[:most]], columns))
    if len(ordered) > most:
        click.echo(f"… and {len(ordered) - most:,} more: --most {len(ordered)} prints them")
    click.echo(f"\n{card['supports']}: {card['supports_note']['en']}")


def told(row: dict[str, Any]) -> dict[str, Any]:
    """A line of rates for the terminal."""
    if row["rate"] is None:
        return row
    return row | {
        "value": row["value"] or "(not stated)",
        "rate": output.percent(row["rate"]),
        "interval": f"{output.percent(row['lower'])} to {output.percent(row['upper'])}",
        "bounds": f"{output.percent(row['least'])} to {output.percent(row['most'])}",
    }
