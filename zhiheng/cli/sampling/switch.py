"""zhiheng sampling switch"""

from datetime import date

import click

from zhiheng.cli import options, output
from zhiheng.cli.sampling import given
from zhiheng.selection import sampling
from zhiheng.selection.sampling import Severity

COLUMNS = {
    "lot": "lot",
    "severity": "inspection",
    "n": "n",
    "Ac": "Ac",
    "Re": "Re",
    "found": "found",
    "verdict": "lot is",
    "score": "score",
    "next": "next lot",
    "why": "why",
}
WHY = {
    "unchanged": "",
    "too_many_refused": "too many of the last lots were not accepted",
    "score_reached": "switching score reached, production steady, authority agrees",
    "accepted_in_a_row": "lots accepted in a row",
    "discontinued": "too many lots not accepted while tightened: discontinue",
    "refused_when_reduced": "a lot was not accepted",
    "between_ac_and_re": "the count lies between Ac and Re",
    "not_steady": "production is not steady",
}


@click.command(short_help="Follow a series of lots through the switching rules.")
@click.argument("found", type=click.IntRange(0), nargs=-1, required=True)
@click.option("--lot", type=click.IntRange(1), required=True, help="Number of items of each lot.")
@click.option("--aql", required=True, metavar="AQL", help="Acceptance quality limit, a preferred value such as 0.65.")
@given.level
@given.severity
@given.edition
@click.option("--steady", is_flag=True, help="Production is at a steady rate: one condition of reduced inspection.")
@click.option("--agreed", is_flag=True, help="The responsible authority agrees to reduced inspection: the other one.")
@options.as_json
def command(
    found: tuple[int, ...],
    lot: int,
    aql: str,
    level: str,
    severity: Severity,
    edition: str,
    steady: bool,
    agreed: bool,
    as_json: bool,
) -> None:
    """Follow lots through the switching rules; FOUND are their nonconforming items on original inspection, in order.

    \b
    Examples:
      zhiheng sampling switch --lot 2000 --aql 1.0 4 0 4
      zhiheng sampling switch --lot 2000 --aql 1.0 --steady --agreed 0 0 0 0 0 0 0 0 0 0
    """
    today = date.today()
    series = sampling.Series(
        scheme=sampling.scheme(edition, on=today),
        lots=sampling.lots(on=today),
        terms=sampling.switching_rules(on=today),
        lot=lot,
        level=level,
        aql=aql,
        is_steady=steady,
        is_agreed=agreed,
    )
    rows = [
        {
            "lot": place,
            "severity": inspected.plan.severity,
            "n": inspected.plan.items,
            "Ac": inspected.plan.stages.accept[0],
            "Re": inspected.plan.stages.reject[0],
            "found": inspected.found,
            "verdict": "accepted" if inspected.is_accepted else "not accepted",
            "score": history.score,
            "next": "none" if history.is_discontinued else history.severity,
            "why": history.why,
        }
        for place, (inspected, history) in enumerate(
            sampling.follow(series, found, start=sampling.History(severity)), start=1
        )
    ]
    if as_json:
        output.echo_json(rows)
        return
    click.echo(output.table([row | {"why": WHY[str(row["why"])]} for row in rows], COLUMNS))
    if len(rows) < len(found):
        click.echo(f"\nThe last {len(found) - len(rows)} lots were not inspected: inspection was discontinued.")
