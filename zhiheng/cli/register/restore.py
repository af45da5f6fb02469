"""zhiheng register restore."""

from pathlib import Path

import click

from zhiheng.cli.register import reached


@click.command("restore", short_help="Fill an empty register from a backup.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.pass_obj
def command(home: str, file: Path) -> None:
    """Fill the register of this workspace, or of ZHIHENG_DATABASE, from FILE; it must be empty, and of the same kind.

    The digest is checked before anything is written, the whole audit afterwards.

    \b
    Examples:
      zhiheng --home /srv/zhiheng-new register restore /safe/register-2026-11-22.zip
    """
    keeping, workspace = reached.part(home, "keeping"), Path(home).resolve()
    told, events = keeping.restore(file, workspace=workspace)
    click.echo(f"The register of {told.made_at} is restored; its {events:,} events are whole.")
    beside = (("attachments", "files"), ("sampling forms", "forms"), ("keys", "keys"))
    places = ", ".join(f"{what} to {workspace / folder}" for what, folder in beside)
    click.echo(f"Copy back what is not in a backup: {places}.")
