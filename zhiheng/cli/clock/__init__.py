"""zhiheng clock"""

from datetime import date, datetime
from pathlib import Path

import click

from zhiheng.cli import options
from zhiheng.cli.clock import casework, periods
from zhiheng.errors import UsageError
from zhiheng.reports import deadlines

DAY = click.DateTime(["%Y-%m-%d"])


@click.command(short_help="A deadline that explains itself, or the clock of a case.")
@click.argument("rule", required=False)
@click.option(
    "--from", "start", metavar="DAY", help="The day of the event, or its moment (2026-09-16T09:30) for hours."
)
@click.option("--region", default="", metavar="CODE", help="Digits of GB/T 2260: a province's or city's own figures.")
@click.option(
    "--paused", multiple=True, metavar="DAY/DAY", help="Days that do not count, both included; more than once."
)
@click.option("--extended", is_flag=True, help="With the one extension that the rule knows.")
@click.option("--law-of", type=DAY, metavar="DAY", help="By the law of this day instead of the day of the event.")
@click.option("--list", "listing", is_flag=True, help="List the periods, as they stand today or on --law-of.")
@click.option("--search", default="", help="Only periods with these words.")
@click.option(
    "--procedure", metavar="KEY", help="The states and acts of a procedure; with --events the clock of a case."
)
@click.option(
    "--events",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What was done in the case: YAML or JSON.",
)
@click.option("--at", metavar="MOMENT", help="Look at the case at this moment; without one, now.")
@click.option("--english", is_flag=True, help="In English.")
@options.as_json
def command(
    rule: str | None,
    start: str | None,
    region: str,
    paused: tuple[str, ...],
    extended: bool,
    law_of: datetime | None,
    listing: bool,
    search: str,
    procedure: str | None,
    events: Path | None,
    at: str | None,
    english: bool,
    as_json: bool,
) -> None:
    """Explain the deadline of RULE: from when, which article, which days did not count, why the last day moved.

    \b
    Examples:
      zhiheng clock product-sampling/objection --from 2026-09-16
      zhiheng clock food-sampling/retest --from 2026-09-30 --english
      zhiheng clock complaint/mediation --from 2026-07-30 --paused 2026-08-03/2026-08-08
      zhiheng clock trademark/opposition --from 2026-06-30 --law-of 2027-01-01
      zhiheng clock --list --search 复检
      zhiheng clock --procedure product-sampling --events case.yaml --at 2026-10-08
    """
    said = "en" if english else "zh"
    law = law_of.date() if law_of else None
    if procedure:
        casework.show(casework.Asked(procedure, events, at, region, law), said, as_json=as_json)
    elif listing or search:
        periods.listed(region, search, on=law or date.today(), said=said, as_json=as_json)
    elif rule and start:
        pauses = tuple(deadlines.span(text) for text in paused)
        asked = deadlines.Asked(rule, deadlines.begun(start), region, pauses, law, extended)
        periods.explained(asked, said, as_json=as_json)
    else:
        raise UsageError(
            "name a period and the day it runs from: 'zhiheng clock product-sampling/objection --from 2026-09-16'; "
            "'zhiheng clock --list' shows them all"
        )
