"""Options that several commands share."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from zhiheng.evidence.snapshot import Workspace
from zhiheng.reports import Shelf


def opened(context: click.Context, _: click.Parameter, value: str | None) -> Workspace:
    """The workspace of a command: its own option, or that of the program."""
    return Workspace(Path(value or context.find_root().obj or "var").resolve())


def shelved(context: click.Context, parameter: click.Parameter, value: str | None) -> Shelf:
    """The last turns of the workspace of a command."""
    return Shelf(opened(context, parameter, value))


workspace = click.option(
    "--home", "workspace", metavar="DIR", callback=opened, help="The workspace, if not the program's."
)
shelf = click.option("--home", "shelf", metavar="DIR", callback=shelved, help="The workspace, if not the program's.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
force = click.option(
    "--force",
    type=click.Choice(["legal", "guidance"]),
    default="legal",
    show_default=True,
    help="Which rules count: legal limits or guidance values.",
)
log = click.option(
    "--log", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write progress here as JSON lines."
)


def as_day(_: click.Context, __: click.Parameter, value: datetime | None) -> date | None:
    """A day that was given, None where none was."""
    return None if value is None else value.date()


def day(*names: str, told: str, required: bool = False) -> Callable[[Any], Any]:
    """An option that takes a day such as 2026-09-28."""
    kind = click.DateTime(["%Y-%m-%d"])
    return click.option(*names, type=kind, metavar="DAY", callback=as_day, required=required, help=told)


today = day("--today", told="The day whose conventions count; today if not given.")
