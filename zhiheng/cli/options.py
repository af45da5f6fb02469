"""Options that several commands share."""

from pathlib import Path

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
