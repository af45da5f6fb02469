"""zhiheng register retain"""

from datetime import UTC, date, datetime
from importlib import import_module

import click

from zhiheng.cli import options, output
from zhiheng.evidence.snapshot import Workspace
from zhiheng.register import opening

LISTED = {"rule": "rule", "until": "closed or sent until", "records": "records"}


@click.command("retain", short_help="Remove what is past its time.")
@click.option(
    "--on", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The day to count from; not later than today."
)
@click.option("--dry-run", is_flag=True, help="Only count.")
@options.workspace
@options.as_json
def command(on: datetime, dry_run: bool, workspace: Workspace, as_json: bool) -> None:
    """Remove personal data, files and addresses that are past their time (zhiheng/law/cn/retention.yaml).

    Events keep who did what and when, so the audit stays whole; that something was removed is an event too.

    \b
    Examples:
      zhiheng register retain --on 2026-11-22 --dry-run
    """
    opening.opened(workspace.root)
    day: date = on.date()
    act = import_module("zhiheng.register.acts.retention").retain
    found = act(by=None, on=day, at=datetime.now(UTC), workspace=workspace.root, dry_run=dry_run)
    rows = [{"rule": one.rule, "until": one.until.isoformat(), "records": one.records} for one in found]
    output.echo_json(rows) if as_json else click.echo(output.table(rows, LISTED))
    if dry_run and not as_json:
        click.echo("Nothing was removed: leave --dry-run out to remove it.", err=True)
