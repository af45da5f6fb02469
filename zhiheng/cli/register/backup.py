"""zhiheng register backup."""

from datetime import UTC, datetime
from pathlib import Path

import click

from zhiheng.cli.register import reached


@click.command("backup", short_help="Save the whole register to one file.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_obj
def command(home: str, file: Path) -> None:
    """Write the register to FILE while others go on working; FILE is there whole or not at all, and none is written over.

    Attachments, sampling forms and keys are files of the workspace and are not in it: their folders are named, save them as well.

    \b
    Examples:
      zhiheng register backup /safe/register-2026-11-22.zip
    """
    keeping, workspace = reached.part(home, "keeping"), Path(home).resolve()
    told = keeping.backup(file, workspace=workspace, at=datetime.now(UTC))
    click.echo(
        f"{file} is written: {told.vendor}, {told.size:,} bytes before packing, up to event {told.last_event:,}."
    )
    click.echo(
        f"Not in it: {told.attachments['files']:,} attachments in {told.attachments['folder']}; "
        f"sampling forms in {told.forms['folder']}; keys in {told.keys['folder']}."
    )
    click.echo("Save those folders as well, the keys in another place than the rest.")
