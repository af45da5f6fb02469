"""zhiheng sampling. Each sub-command is one module, read when it is called."""

from importlib import import_module

import click

COMMANDS = {
    "plan": "The plan for a lot: code letter, sample size, Ac and Re.",
    "find": "The smallest plan that keeps two risks.",
    "oc": "The operating characteristic of a plan, as table and drawing.",
    "switch": "Follow a series of lots through the switching rules.",
    "micro": "What a microbiological plan n, c, m, M lets through.",
    "declared": "A plan to check a declared quality level.",
}


class Plans(click.Group):
    """A group whose commands are modules of this package."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The names of the commands, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of a module."""
        if cmd_name not in COMMANDS:
            return None
        found = import_module(f"zhiheng.cli.sampling.{cmd_name}").command
        assert isinstance(found, click.Command)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The commands, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(f"{name:<10}", text) for name, text in COMMANDS.items()])


@click.group(cls=Plans, short_help="Sampling plans: for a lot, from risks, their curves, switching.")
def command() -> None:
    """Choose a sampling plan, and see what it lets through.

    Qualities and AQLs are in percent nonconforming; an AQL above 10 counts nonconformities per 100 items.

    \b
    Examples:
      zhiheng sampling plan --lot 2000 --aql 1.0
      zhiheng sampling find --good 1 --bad 10
      zhiheng sampling oc --lot 2000 --aql 1.0 --out curve.svg
      zhiheng sampling switch --lot 2000 --aql 1.0 4 0 4
    """
