"""zhiheng register duplicates."""

from datetime import date

import click

from zhiheng.cli import options, output
from zhiheng.cli.register import reached

PAIRS = {"score": "score", "number": "number", "name": "name", "other": "number", "other_name": "name", "why": "why"}


@click.command("duplicates", short_help="Firms that may be registered twice.")
@click.option("--region", default="", help="Only firms whose division code begins so, such as 4401.")
@click.option("--most", default=50, show_default=True, help="So many pairs, the likeliest first.")
@options.as_json
@click.pass_obj
def command(home: str, region: str, most: int, as_json: bool) -> None:
    """Show pairs of firms that may be one, with a score between 0 and 1 and what speaks for it. Nothing is merged by it.

    \b
    Examples:
      zhiheng register duplicates --region 4401
    """
    listing = reached.part(home, "parties.listing")
    pairs = listing.duplicates(None, region=region, on=date.today())[:most]
    names = dict(
        listing.visible(None).filter(pk__in={n for p in pairs for n in (p.number, p.other)}).values_list("pk", "name")
    )
    rows = [
        {
            "score": pair.score,
            "number": pair.number,
            "name": names[pair.number],
            "other": pair.other,
            "other_name": names[pair.other],
            "why": " ".join(pair.why),
        }
        for pair in pairs
    ]
    output.echo_json(rows) if as_json else click.echo(output.table(rows, PAIRS) if rows else "No two firms look alike.")
