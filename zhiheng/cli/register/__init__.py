"""zhiheng register: work on the register as a whole."""

import click

from zhiheng.cli.register import retain


@click.group(short_help="The register as a whole: what is past its time.")
def command() -> None:
    """The register of cases and accounts as a whole.

    \b
    Examples:
      zhiheng register retain --on 2026-11-22 --dry-run
    """


command.add_command(retain.command)
