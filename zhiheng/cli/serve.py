"""zhiheng serve"""

import os
import socket
from importlib import import_module

import click
from granian import Granian

from zhiheng.cli import options
from zhiheng.errors import UsageError
from zhiheng.evidence.snapshot import Workspace

LOOPBACK = ("127.0.0.1", "localhost", "::1")
STOPPED_WITHIN = 15  # seconds
TARGET = "zhiheng.site.wsgi:application"


@click.command(short_help="Serve the pages and the API on this machine.")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=8000,
    show_default=True,
    help="Another free one is taken when it is in use.",
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="The address to listen on; other machines reach only a wider one.",
)
@options.workspace
def command(port: int, host: str, workspace: Workspace) -> None:
    """Serve the pages and the API until Ctrl-C. Nothing is opened, nothing is fetched from elsewhere.

    Every minute deadlines are looked at and reminders sent, as 'zhiheng remind' does; ZHIHENG_TICK=0 leaves that out.

    A wider address than this machine's own needs ZHIHENG_HOSTS (the names it is reached by) and ZHIHENG_SECRET.

    \b
    Examples:
      zhiheng serve
      zhiheng --home /srv/zhiheng serve --port 8080
    """
    listen(workspace, host=host, port=port)


def listen(workspace: Workspace, *, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serve a workspace until it is stopped."""
    guarded(host)
    chosen = free(host, port)
    if chosen != port:
        click.echo(f"Port {port} is in use: port {chosen} is taken instead.", err=True)
    if not (workspace.root / "runs").is_dir():
        click.echo(f"The workspace {workspace.root} holds no turn yet: 'zhiheng run' makes one.", err=True)
    os.environ["ZHIHENG_HOME"] = str(workspace.root)
    os.environ.setdefault("ZHIHENG_TICK", "1")
    shown = f"[{host}]" if ":" in host else host
    click.echo(
        f"Zhiheng is on http://{shown}:{chosen}/ and its API on http://{shown}:{chosen}/api/docs. Ctrl-C stops it."
    )
    Granian(
        TARGET,
        address=host,
        port=chosen,
        interface="wsgi",
        workers=1,
        blocking_threads=4,
        log_level="warning",
        workers_kill_timeout=STOPPED_WITHIN,  # a worker that is still starting does not hear that it shall stop
    ).serve()


def guarded(host: str) -> None:
    """Refuse what the site's settings would refuse, before a server is started."""
    if host not in LOOPBACK and not os.environ.get("ZHIHENG_HOSTS", ""):
        raise UsageError(
            f"--host {host} opens the site beyond this machine: name it in ZHIHENG_HOSTS, "
            "and set ZHIHENG_SECRET to a long random text"
        )
    import_module("zhiheng.site.opening").checked(os.environ)


def free(host: str, port: int) -> int:
    """The port itself when it is free, or another one that is."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for wanted in (port, 0):
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, wanted))
            except PermissionError as error:
                raise UsageError(
                    f"port {port} needs rights that you have not: choose one above 1023 with --port"
                ) from error
            except OSError as error:
                if wanted == 0:
                    raise UsageError(
                        f"--host {host} is no address of this machine: {error.strerror or error}"
                    ) from error
                continue
            return int(probe.getsockname()[1])
    return port
