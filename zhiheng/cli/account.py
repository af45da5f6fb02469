"""zhiheng account: whoever has this machine makes the first administrator, and helps who is locked out."""

from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import click

from zhiheng.cli import options, output
from zhiheng.errors import NothingThereYet, UsageError
from zhiheng.evidence.snapshot import Workspace
from zhiheng.register import opening

ROLES = ("administrator", "officer", "inspector", "laboratory", "firm")
LISTED = {
    "username": "user name",
    "name": "name",
    "role": "role",
    "organisation": "organisation",
    "state": "state",
    "factor": "second factor",
}
USERNAME = click.argument("username")
WHY = click.option("--why", required=True, help="Kept with the event.")


@click.group(short_help="Accounts: make, list, lock, reset.")
def command() -> None:
    """Accounts of the register. What is done here is done by 'system' in the audit: whoever has this machine has the register.

    Administrators do the same on the page Accounts, and there what gives power waits for a second one.

    \b
    Examples:
      zhiheng account add zhou --name 周敏 --role administrator --organisation 广州市市场监督管理局
      zhiheng account list
      zhiheng account lock zhou --why "left the office"
      zhiheng account reset zhou
    """


@command.command(short_help="Make an account.")
@USERNAME
@click.option("--name", required=True, help="The person's name.")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--organisation", required=True, help="Its name or its unified social credit code.")
@click.option("--region", default="", help="For an organisation that is not there yet: its division code (GB/T 2260).")
@click.option("--ask", is_flag=True, help="Type the first password instead of having one made.")
@options.workspace
def add(username: str, name: str, role: str, organisation: str, region: str, ask: bool, workspace: Workspace) -> None:
    """Make an account and print its first password once; it is changed at the first sign-in.

    An organisation that is not in the register is made with it when --region is given.

    \b
    Examples:
      zhiheng account add zhou --name 周敏 --role administrator --organisation 广州市市场监督管理局 --region 440100
    """
    acts = opened(workspace)
    secret = click.prompt("Password", hide_input=True, confirmation_prompt=True) if ask else acts.password()
    found = acts.placed(by=None, name=organisation, role=role, region=region, at=now())
    made = acts.make(by=None, username=username, name=name, role=role, organisation=found, secret=secret, at=now())
    click.echo(f"{made.username} is made: {role} of {found.name}.")
    if not ask:
        click.echo(f"First password, shown this once: {secret}")


@command.command("list", short_help="The accounts.")
@options.workspace
@options.as_json
def listed(workspace: Workspace, as_json: bool) -> None:
    """Show every account with its role, its organisation, and whether it has a second factor.

    \b
    Examples:
      zhiheng account list --json
    """
    opened(workspace)
    rows = import_module("zhiheng.register.queries").account_rows()
    output.echo_json(rows) if as_json else click.echo(output.table(rows, LISTED))


@command.command(short_help="Lock an account, or open it again.")
@USERNAME
@WHY
@click.option("--open", "again", is_flag=True, help="Open it again.")
@options.workspace
def lock(username: str, why: str, again: bool, workspace: Workspace) -> None:
    """Nobody signs in with a locked account, and whoever is signed in with it is out.

    \b
    Examples:
      zhiheng account lock zhou --why "left the office"
      zhiheng account lock zhou --open --why "is back"
    """
    acts = opened(workspace)
    done = acts.unlock if again else acts.lock
    done(by=None, account=account(username), at=now(), why=why)
    click.echo(f"{username} is {'open' if again else 'locked'}.")


@command.command(short_help="A new password, or no second factor.")
@USERNAME
@click.option(
    "--factor", is_flag=True, help="Remove the second factor instead, for who lost the phone; asks for --why."
)
@click.option("--why", default="", help="Kept with the event.")
@click.option("--ask", is_flag=True, help="Type the new password instead of having one made.")
@options.workspace
def reset(username: str, factor: bool, why: str, ask: bool, workspace: Workspace) -> None:
    """Make a new first password and print it once; every session of the account ends.

    \b
    Examples:
      zhiheng account reset zhou
      zhiheng account reset zhou --factor --why "the phone is lost"
    """
    acts = opened(workspace)
    if factor:
        if not why:
            raise UsageError("say --why: the second factor is removed, and that is kept with the event")
        acts.unbind(by=None, account=account(username), at=now(), why=why)
        click.echo(f"{username} has no second factor: it is set up anew at the next sign-in.")
        return
    secret = click.prompt("Password", hide_input=True, confirmation_prompt=True) if ask else acts.password()
    acts.reset(by=None, account=account(username), at=now(), secret=secret)
    click.echo(f"{username} has a new password." if ask else f"New password of {username}, shown this once: {secret}")


def opened(workspace: Workspace) -> Any:
    """The acts on accounts, with the register of the workspace open: it cannot be read before it is."""
    opening.opened(workspace.root)
    return import_module("zhiheng.register.acts.accounts")


def account(username: str) -> Any:
    """An account by its user name."""
    found = import_module("zhiheng.register.models").Account.objects.filter(username=username).first()
    if found is None:
        raise NothingThereYet(f"there is no account '{username[:60]}': 'zhiheng account list' shows them")
    return found


def now() -> datetime:
    """This moment."""
    return datetime.now(UTC)
