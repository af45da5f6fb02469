"""zhiheng plan example"""

from datetime import date
from pathlib import Path

import click

from zhiheng.cli import options
from zhiheng.simulation.targets import targets


@click.command("example", short_help="Write a list of firms that do not exist, to try.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, metavar="FILE", help="The CSV file."
)
@click.option("--number", type=click.IntRange(1, 10_000_000), default=5000, show_default=True, help="How many firms.")
@options.day("--on", told="The day of the list; today if left out.")
def command(out: Path, number: int, on: date | None) -> None:
    """Write a list of targets with every column that a plan understands. The same number and day give the same list.

    \b
    Examples:
      zhiheng plan example --out firms.csv
    """
    targets(out, number=number, on=on or date.today())
    click.echo(f"{out}: {number:,} firms that do not exist.")
