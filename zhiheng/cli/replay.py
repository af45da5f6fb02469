"""zhiheng replay"""

from datetime import date
from pathlib import Path

import click

from zhiheng import daily
from zhiheng.cli import options, output
from zhiheng.decision.replay import CHANGES
from zhiheng.errors import UsageError
from zhiheng.evidence.snapshot import Workspace
from zhiheng.progress import Progress

SHOWN = 30
COLUMNS = [column.name for column in CHANGES.columns]


@click.command(short_help="Who would change verdict under other rules.")
@click.argument("dataset")
@click.option(
    "--rules",
    "laws",
    multiple=True,
    metavar="RULES",
    help="Twice: the first and the second state of the law; once: each day's rules against this one. "
    "each-day, a day such as 2025-02-07, or a folder of law files (folder@day fixes its day).",
)
@click.option(
    "--by",
    "by",
    default="product_type,province",
    show_default=True,
    metavar="COLUMNS",
    help="What the changes are counted by: product_type, province, region, analyte, reason_a, reason_b.",
)
@click.option(
    "--month", "months", multiple=True, metavar="YYYY-MM", help="Only what this month brought; may be given again."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Every result whose verdict changes, as Parquet or CSV.",
)
@options.today
@options.log
@options.as_json
@options.workspace
def command(
    dataset: str,
    laws: tuple[str, ...],
    by: str,
    months: tuple[str, ...],
    out: Path | None,
    today: date | None,
    log: Path | None,
    as_json: bool,
    workspace: Workspace,
) -> None:
    """Judge the results of a lake under two states of the law, and count whose verdict changes.

    \b
    Examples:
      zhiheng replay nation --rules each-day --rules 2026-09-10
      zhiheng replay nation --rules 2020-06-01 --rules 2023-06-30 --by analyte --out changes.csv
      zhiheng replay nation --rules proposal/law --month 2025-06
    """
    if not 1 <= len(laws) <= 2:
        raise UsageError("name one or two states of the law with --rules")
    columns = tuple(word.strip() for word in by.split(",") if word.strip())
    strange = [word for word in columns if word not in COLUMNS]
    if strange:
        raise UsageError(f"--by: '{strange[0]}' is no column of the changes; they are {', '.join(COLUMNS)}")
    before, after = (daily.EACH_DAY, *laws)[-2:]
    with Progress(log=log) as progress:
        found = daily.replayed(
            daily.Place(workspace, dataset),
            before=daily.law(before),
            after=daily.law(after),
            today=today or date.today(),
            by=columns,
            months=months or None,
            out=out,
            say=progress,
        )
    if as_json:
        output.echo_json(found)
        return
    click.echo(
        f"{found['before']} against {found['after']}: {found['results']:,} results of {found['subjects']:,} kinds are touched; "
        f"{found['changed']:,} results of {found['samples']:,} samples change verdict"
    )
    if found["changes"]:
        names = {**{name: name for name in columns}, "verdict_a": "before", "verdict_b": "after", "n": "results"}
        click.echo(output.table(found["changes"][:SHOWN], names))
    if len(found["changes"]) > SHOWN:
        click.echo(f"… and {len(found['changes']) - SHOWN:,} more lines; all of them with --json")
