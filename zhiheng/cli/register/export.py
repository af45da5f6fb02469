"""zhiheng register export."""

from pathlib import Path

import click

from zhiheng.cli.register import reached
from zhiheng.errors import UsageError
from zhiheng.reports import files


@click.command("export", short_help="Write the organisations as CSV or XLSX.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--search", default="", help="Only those with this in name, credit code or address.")
@click.option("--region", default="", help="Only those whose division code begins so, such as 44.")
@click.option("--without-persons", is_flag=True, help="Leave out contact, telephone and mail.")
@click.pass_obj
def command(home: str, file: Path, search: str, region: str, without_persons: bool) -> None:
    """Write every organisation that is not merged away to FILE, under the headers that an import understands.

    \b
    Examples:
      zhiheng register export firms.csv
      zhiheng register export guangdong.xlsx --region 44 --without-persons
    """
    if file.suffix not in (".csv", ".xlsx"):
        raise UsageError(f"{file.name} ends in neither .csv nor .xlsx")
    listing, sheet = reached.part(home, "parties.listing"), reached.part(home, "parties.sheet")
    rows = listing.found(None, listing.Asked(search=search)).filter(region__startswith=region)
    names = [name for name in listing.EXPORTED if not (without_persons and name in listing.PERSONAL)]
    lines = sheet.lines_of(listing.rows(rows, personal=not without_persons), names)
    files.write_rows(file, [sheet.columns().shown[name] for name in names], lines)
    click.echo(f"{len(lines):,} organisations are written to {file}.")
