"""zhiheng completion"""

import click
from click.shell_completion import get_completion_class

from zhiheng.errors import UsageError

SHELLS = ("bash", "zsh", "fish")


@click.command(short_help="Print the completion script of a shell.")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print the script that lets SHELL complete commands and options.

    \b
    Examples:
      eval "$(zhiheng completion bash)"
      zhiheng completion fish > ~/.config/fish/completions/zhiheng.fish
    """
    found = get_completion_class(shell)
    if found is None:
        raise UsageError(f"there is no completion for '{shell}'; there is for {', '.join(SHELLS)}")
    click.echo(found(context.find_root().command, {}, "zhiheng", "_ZHIHENG_COMPLETE").source())
