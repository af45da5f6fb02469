"""zhiheng register. Each sub-command is one module, read when it is called."""

from importlib import import_module

import click

COMMANDS = {
    "import": "Take organisations in from a file, after a preview.",
    "export": "Write the organisations as CSV or XLSX.",
    "duplicates": "Firms that may be registered twice.",
    "backup": "Save the whole register to one file.",
    "restore": "Fill an empty register from a backup.",
    "retain": "Remove what is past its time.",
}
MODULES = {"import": "taking"}


class Register(click.Group):
    """A group whose commands are modules of this package."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The names of the commands, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of a module."""
        if cmd_name not in COMMANDS:
            return None
        found = import_module(f"zhiheng.cli.register.{MODULES.get(cmd_name, cmd_name)}").command
        assert isinstance(found, click.Command)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The commands, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(f"{name:<10}", text) for name, text in COMMANDS.items()])


@click.group(cls=Register, short_help="The register: import, export, duplicates, backup, restore, retention.")
def command() -> None:
    """Keep the register of organisations: who is in it, twice perhaps, and a copy in a safe place.

    The register lies in the workspace as SQLite, or in the PostgreSQL that ZHIHENG_DATABASE names.

    \b
    Examples:
      zhiheng register import firms.xlsx
      zhiheng register import firms.xlsx --apply
      zhiheng register duplicates --region 4401
      zhiheng register backup /safe/register.zip
    """
