"""zhiheng cluster"""

from pathlib import Path
from typing import Any

import click

from zhiheng.cli import options, output
from zhiheng.engines import cluster
from zhiheng.evidence.snapshot import Workspace

COLUMNS = {"name": "process", "state": "state", "pid": "pid", "address": "address", "log": "log"}


@click.group(short_help="Start, stop or look at a Spark cluster on this machine.")
def command() -> None:
    """Run a Spark cluster on this machine: a master and workers that listen on the loopback address alone.

    Commands judge on it when ZHIHENG_ENGINE names it. It needs Java 17 and pip install 'zhiheng[spark]'.

    \b
    Examples:
      zhiheng cluster start --workers 2
      zhiheng cluster status
      zhiheng cluster stop
    """


@command.command()
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="How many workers.")
@click.option("--cores", type=click.IntRange(1, 256), default=1, show_default=True, help="Cores of each worker.")
@click.option("--memory", default="2g", show_default=True, help="Memory of each worker.")
@click.option("--connect", is_flag=True, help="Start a Spark Connect server too.")
@options.as_json
@options.workspace
def start(workers: int, cores: int, memory: str, connect: bool, as_json: bool, workspace: Workspace) -> None:
    """Start a master and workers, and wait until they are registered.

    \b
    Examples:
      zhiheng cluster start
      zhiheng cluster start --workers 4 --cores 2 --memory 8g
      zhiheng cluster start --connect
    """
    say = output.progress()
    say(f"starting a master and {workers} workers")
    made = cluster.start(folder(workspace), workers=workers, cores=cores, memory=memory, connect=connect)
    say("all are registered")
    show(made, as_json=as_json)


@command.command()
@options.workspace
def stop(workspace: Workspace) -> None:
    """End the cluster of this workspace.

    \b
    Examples:
      zhiheng cluster stop
    """
    ended = cluster.stop(folder(workspace))
    click.echo(f"stopped {', '.join(ended)}" if ended else "no cluster ran")


@command.command()
@options.as_json
@options.workspace
def status(as_json: bool, workspace: Workspace) -> None:
    """Show the processes of the cluster of this workspace and how many workers the master knows.

    \b
    Examples:
      zhiheng cluster status
      zhiheng cluster status --json
    """
    show(cluster.load(folder(workspace)), as_json=as_json)


def folder(workspace: Workspace) -> Path:
    """Where a workspace keeps the cluster's pid files and logs."""
    return workspace.root / "cluster"


def show(made: cluster.Cluster, *, as_json: bool) -> None:
    """A cluster for the terminal."""
    rows: list[dict[str, Any]] = [
        {
            "name": daemon.name,
            "state": "runs" if daemon.is_alive else "has ended",
            "pid": str(daemon.pid),
            "address": daemon.address,
            "log": daemon.log,
        }
        for daemon in made.daemons
    ]
    registered = made.registered()
    if as_json:
        output.echo_json({"engine": made.engine, "board": made.board, "registered": registered, "processes": rows})
        return
    click.echo(output.table(rows, COLUMNS))
    click.echo(f"\n{registered} workers registered; the master's own page is {made.board}")
    click.echo(f"To judge on it:  export ZHIHENG_ENGINE={made.engine}")
