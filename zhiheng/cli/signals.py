"""zhiheng signals"""

import click

from zhiheng.cli import options, output
from zhiheng.reports import LISTINGS, Shelf, browse

COLUMNS = {
    "dataset": "data set",
    "period": "period from",
    "step": "step",
    "dimension": "series by",
    "series": "series",
    "count": "nonconf.",
    "judged": "judged",
    "expected": "baseline mean",
    "threshold": "threshold",
    "baseline": "baseline",
}


@click.command(short_help="Series that somebody should look at.")
@click.argument("dataset", required=False)
@click.option(
    "--most",
    type=click.IntRange(1),
    default=20,
    show_default=True,
    help="How many a data set to print, newest first; JSON has all.",
)
@options.as_json
@options.shelf
def command(dataset: str | None, most: int, as_json: bool, shelf: Shelf) -> None:
    """Show the counts of DATASET, or of every data set, that are higher than their own recent past.

    \b
    Examples:
      zhiheng signals
      zhiheng signals nyc_metals --json
    """
    listing = LISTINGS["signals"]
    names = [dataset] if dataset else shelf.datasets()
    rows = {name: shelf.rows(name, browse.ordered(listing, browse.View())) for name in names}
    if as_json:
        output.echo_json([row for found in rows.values() for row in found])
        return
    shown = [row for found in rows.values() for row in found[:most]]
    click.echo(output.table(shown, COLUMNS) if shown else "No signals.")
    for name, found in rows.items():
        if len(found) > most:
            click.echo(f"{name}: … and {len(found) - most:,} older ones")
