"""Groups of commands that are modules: one is imported when it is called, so that help comes at once."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click


class Lazy(click.Group):
    """A group whose commands are the modules of a package: section → command → one line."""

    def __init__(self, *args: Any, package: str, sections: Mapping[str, Mapping[str, str]], **named: Any) -> None:
        super().__init__(*args, **named)
        self.package, self.sections = package, sections

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The names of the commands, in the order of the help."""
        return [name for lines in self.sections.values() for name in lines]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a module."""
        if cmd_name not in self.list_commands(ctx):
            return None
        found = import_module(f"{self.package}.{cmd_name}").command
        assert isinstance(found, click.Command)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The commands by section, without importing any."""
        for section, lines in self.sections.items():
            with formatter.section(section):
                formatter.write_dl([(f"{name:<10}", text) for name, text in lines.items()])
