"""zhiheng export"""

from pathlib import Path

import click

from zhiheng.cli import options, output
from zhiheng.errors import UsageError
from zhiheng.reports import LISTINGS, Shelf, browse, files


@click.command(short_help="Write a list as CSV, XLSX or Parquet.")
@click.argument("dataset")
@click.argument("listing", type=click.Choice(list(LISTINGS)))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A .csv, .xlsx or .parquet file.")
@click.option(
    "--where",
    multiple=True,
    metavar="COLUMN=VALUE",
    help="Only rows with this value; may be repeated, several values of a column are or-ed.",
)
@click.option("--search", default="", help="Only rows with this text.")
@click.option("--since", default="", metavar="DAY", help="Only rows of this day or later.")
@click.option("--until", default="", metavar="DAY", help="Only rows of this day or earlier.")
@click.option("--sort", default="", metavar="COLUMN", help="Order by a column; with - before it, largest first.")
@click.option(
    "--language",
    type=click.Choice(["zh", "en"]),
    default=None,
    help="Headers in this language; the columns' own names if left out.",
)
@options.as_json
@options.shelf
def command(
    dataset: str,
    listing: str,
    out: Path,
    where: tuple[str, ...],
    search: str,
    since: str,
    until: str,
    sort: str,
    language: str | None,
    as_json: bool,
    shelf: Shelf,
) -> None:
    """Write the list LISTING of DATASET to a file, with the same filters as its page.

    \b
    Examples:
      zhiheng export nyc_metals findings --where verdict=nonconforming --out failed.xlsx
      zhiheng export cn_food_2026 samples --where province=浙江 --since 2026-01-01 --language zh --out 浙江.csv
      zhiheng export usgs_inl_water signals --out signals.parquet
    """
    asked = conditions(where) | {"q": [search], "since": [since], "until": [until], "sort": [sort]}
    refused(LISTINGS[listing], conditions(where))
    if not out.resolve().parent.is_dir():
        raise UsageError(f"--out {out}: the folder does not exist; make it first")
    view = browse.view(LISTINGS[listing], asked)
    total = write(shelf, dataset, listing=LISTINGS[listing], view=view, language=language, out=out)
    if as_json:
        output.echo_json({"dataset": dataset, "listing": listing, "rows": total, "out": str(out)})
    else:
        click.echo(f"{total:,} rows of {listing} are in {out}.")


def write(
    shelf: Shelf, dataset: str, *, listing: browse.Listing, view: browse.View, language: str | None, out: Path
) -> int:
    """Write the rows of a view; how many there are is given back."""
    rows = browse.ordered(listing, view)
    files.write(shelf, dataset, files.headed(rows, listing.table, language) if language else rows, out)
    return int(shelf.scalar(dataset, browse.total(listing, view)))


def conditions(where: tuple[str, ...]) -> dict[str, list[str]]:
    """Filters by column.

    >>> conditions(("verdict=conforming", "verdict=nonconforming"))
    {'verdict': ['conforming', 'nonconforming']}
    """
    found: dict[str, list[str]] = {}
    for text in where:
        name, mark, value = text.partition("=")
        if not mark:
            raise UsageError(f"--where {text}: write it as column=value")
        found.setdefault(name.strip(), []).append(value)
    return found


def refused(listing: browse.Listing, filters: dict[str, list[str]]) -> None:
    """Refuse a filter that the list does not have."""
    strange = [name for name in filters if not listing.accepts(name)]
    if strange:
        known = ", ".join((*listing.facets, *sorted(listing.filters)))
        raise UsageError(f"--where {strange[0]}: {listing.table.name} cannot be filtered by it; they can by {known}")
