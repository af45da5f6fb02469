"""zhiheng plan show"""

from typing import Any

import click

from zhiheng.cli import options, output
from zhiheng.reports import LISTINGS, Shelf, browse

COLUMNS = {
    "stratum": "product type",
    "judged": "judged",
    "nonconforming": "nonconf.",
    "rate": "expected rate",
    "interval": "95 % interval",
    "targeted": "targeted",
    "random": "random",
    "expected_findings": "expected findings",
}


@click.command("show", short_help="The proposal for a data set of the workspace.")
@click.argument("dataset", required=False)
@options.as_json
@options.shelf
def command(dataset: str | None, as_json: bool, shelf: Shelf) -> None:
    """Show how many samples of which product type to take next for DATASET, or for every data set.

    A share is always drawn at random, so that what nobody suspects is found too.

    \b
    Examples:
      zhiheng plan show cn_food_2026
      zhiheng plan cn_food_2026
      zhiheng plan --json
    """
    names = [dataset] if dataset else shelf.datasets()
    rows = {name: shelf.rows(name, browse.ordered(LISTINGS["proposal"], browse.View())) for name in names}
    if as_json:
        output.echo_json(rows)
        return
    for name, found in rows.items():
        basis = (
            "number of failures: no rate can be had"
            if any(row["why"] == "number_of_failures" for row in found)
            else "expected rate, shrunk"
        )
        click.echo(f"{name}  basis: {basis}\n{output.table([told(row) for row in found], COLUMNS)}\n")


def told(row: dict[str, Any]) -> dict[str, Any]:
    """A line of the proposal for the terminal."""
    known = row["expected_rate"] is not None
    interval = f"{output.percent(row['lower'])} to {output.percent(row['upper'])}" if known else ""
    return row | {"rate": output.percent(row["expected_rate"]), "interval": interval}
