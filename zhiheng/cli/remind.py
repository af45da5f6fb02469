"""zhiheng remind"""

import re
import time
from datetime import datetime
from typing import Any

import click

from zhiheng.cli import options, output
from zhiheng.dates import CHINA
from zhiheng.errors import StoreError, UsageError
from zhiheng.evidence.snapshot import Workspace
from zhiheng.register import opening

UNITS = {"s": 1, "m": 60, "h": 3600}


@click.command(short_help="Remind of deadlines, let lapse what is over, send the mails.")
@click.option("--at", "at", metavar="MOMENT", help="As if it were then, such as 2026-09-28T09:00; no --every then.")
@click.option("--every", metavar="TIME", help="Again and again, such as 60s, 5m or 1h, until Ctrl-C.")
@options.as_json
@options.workspace
def command(at: str | None, every: str | None, as_json: bool, workspace: Workspace) -> None:
    """Tell whom a deadline binds, who is responsible and their superiors before, on and after its day.

    Who was told is kept, so that doing it again tells nobody twice. Of several processes one does it; the served pages do it
    every minute by themselves. Mails go out by ZHIHENG_SMTP; without it they are kept, and the page of mails shows them.

    \b
    Examples:
      zhiheng remind
      zhiheng remind --every 60s
      zhiheng remind --at 2026-10-08T09:00 --json
    """
    moment, wait = told(at), seconds(every) if every else 0.0
    if moment and wait:
        raise UsageError("--at is one moment, --every many: give one of them")
    opening.opened(workspace.root)
    while wait:
        try:
            show(once(None), as_json=as_json)
        except StoreError as error:  # the database may come back
            click.echo(f"Error: {error}", err=True)
        time.sleep(wait)
    show(once(moment), as_json=as_json)


def told(at: str | None) -> datetime | None:
    """The moment, in Chinese time where it names no other."""
    if at is None:
        return None
    try:
        found = datetime.fromisoformat(at)
    except ValueError as error:
        raise UsageError(f"--at '{at[:40]}' is not a moment; write it as 2026-09-28T09:00") from error
    return found if found.tzinfo else found.replace(tzinfo=CHINA)


def seconds(text: str) -> float:
    """A time in seconds.

    >>> seconds("5m")
    300.0
    """
    found = re.fullmatch(r"(\d{1,6})([smh])", text)
    if not found or int(found[1]) == 0:
        raise UsageError(f"--every '{text[:20]}' is not a time; write it as 60s, 5m or 1h")
    return float(int(found[1]) * UNITS[found[2]])


def once(at: datetime | None) -> dict[str, Any]:
    """One round."""
    from zhiheng.register import ticking  # noqa: PLC0415  (models are there only once the register is open)

    found = ticking.tick(at=at)
    if found is None:
        return {"busy": True}
    told, sent = found
    return {
        "busy": False,
        "lapsed": told.lapsed,
        "told": told.told,
        "faults": dict(told.faults),
        "sent": sent.sent,
        "failed": sent.failed,
        "waiting": sent.waiting,
    }


def show(found: dict[str, Any], *, as_json: bool) -> None:
    """A round on the terminal."""
    if as_json:
        output.echo_json(found)
        return
    if found["busy"]:
        click.echo("Another process is at it.")
        return
    click.echo(
        f"{found['told']} reminders, {found['lapsed']} acts done as a period is over, "
        f"{found['sent']} mails sent, {found['failed']} failed, {found['waiting']} waiting"
    )
    for number, fault in found["faults"].items():
        click.echo(f"{number}: {fault}", err=True)
