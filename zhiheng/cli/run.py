"""zhiheng run"""

import os
import shutil
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import click

import zhiheng
from zhiheng import loop
from zhiheng.cli import options, output
from zhiheng.cli.serve import listen
from zhiheng.errors import UsageError
from zhiheng.evidence.snapshot import Workspace
from zhiheng.register import opening
from zhiheng.reports import inbox
from zhiheng.selection import ceremony

QUIET_SECONDS = 24 * 3600
EXAMPLES = Path(zhiheng.__file__).resolve().parents[1] / "examples" / "data"
DRAWS = EXAMPLES.parent / "draws"


@click.command(short_help="Run the whole loop once on the example data.")
@click.option(
    "--folder",
    "--examples",
    "folder",
    metavar="DIR",
    type=click.Path(path_type=Path),
    default=EXAMPLES,
    help="A folder with a profile.yaml, or one that holds such folders; the bundled examples if left out.",
)
@click.option("--serve", "then_serve", is_flag=True, help="Serve the pages afterwards.")
@options.as_json
@options.workspace
def command(folder: Path, then_serve: bool, as_json: bool, workspace: Workspace) -> None:
    """Take in files by their profiles, judge every result, watch every series, propose the next inspections.

    Doing it again is safe: a file that is known is not read again, and a turn that would make the same is not made.

    \b
    Examples:
      zhiheng run
      zhiheng run --serve
      zhiheng run --folder my-laboratory --json
    """
    tidy(workspace)
    summaries = turns(folder, workspace=workspace)
    if folder == EXAMPLES:
        exhibit(workspace)
    watch(folder, workspace=workspace)
    if folder == EXAMPLES and then_serve:
        inhabit(workspace)
    if as_json:
        output.echo_json(summaries)
    else:
        click.echo("\n\n".join(told(summary) for summary in summaries))
    if then_serve:
        listen(workspace)


def tidy(workspace: Workspace) -> None:
    """Remove what an interrupted run left behind, unless somebody may still be at work there."""
    touched = [path.stat().st_mtime for path in (workspace.root / "scratch").glob("*")]
    if touched and max(touched) < time.time() - QUIET_SECONDS:
        workspace.sweep()


def exhibit(workspace: Workspace) -> None:
    """Put the bundled draws beside the bundled data: a fresh workspace then shows what a finished draw looks like."""
    for source in sorted(path.parent for path in DRAWS.glob("*/manifest.json")):
        target = workspace.root / ceremony.FOLDER / source.name
        if not target.exists():
            with workspace.scratch() as scratch:
                copy = Path(shutil.copytree(source, scratch / source.name))
                target.parent.mkdir(parents=True, exist_ok=True)
                copy.rename(target)


def inhabit(workspace: Workspace) -> None:
    """Let a province live in an empty register, with accounts of every role to try out: only where nobody else can reach the site."""
    if os.environ.get("ZHIHENG_HOSTS") or os.environ.get("ZHIHENG_DEMO") == "0":
        return
    os.environ["ZHIHENG_DEMO"] = "1"
    demo = opening.part(workspace.root, "demo")
    demo.played(EXAMPLES / demo.FOLDER, say=output.progress())


def watch(folder: Path, *, workspace: Workspace) -> None:
    """Take in the notices of every folder that has a feed.yaml, and look at all sources."""
    say = output.progress()
    for path in sorted(folder.glob(f"*/{inbox.PROFILE}")):
        say(f"{path.parent.name}: notices")
        inbox.take(path.parent, workspace=workspace)
    inbox.morning(workspace, today=date.today(), say=say)


def profiled(folder: Path) -> list[Path]:
    """The folder itself when it has a profile, or the folders in it that have one."""
    if (folder / "profile.yaml").is_file():
        return [folder]
    found = sorted(path.parent for path in folder.glob("*/profile.yaml"))
    if not found:
        raise UsageError(
            f"{folder}: no profile.yaml here or one folder below; name a folder that has one with --folder"
        )
    return found


def turns(folder: Path, *, workspace: Workspace) -> list[dict[str, Any]]:
    """One turn of the loop for every profile of a folder."""
    say, today = output.progress(), date.today()

    def named(name: str) -> Callable[[str], None]:
        return lambda text: say(f"{name}: {text}")

    found = [loop.turn(path, workspace=workspace, today=today, say=named(path.name)) for path in profiled(folder)]
    say("done")
    return found


def told(summary: dict[str, Any]) -> str:
    """A summary for the terminal."""
    card, taken = summary["card"], summary["intake"]
    samples = ", ".join(f"{n:,} {verdict.replace('_', ' ')}" for verdict, n in summary["samples"].items())
    lines = [
        f"{summary['dataset']}  {card['title']['zh']} · {card['title']['en']}",
        output.received(taken),
        output.table(output.reasoned(summary["results"]), output.VERDICTS | {"force": "rules"}),
        f"samples  {samples}",
        f"supports {card['supports']}: {card['supports_note']['en']}",
    ]
    return "\n".join(lines)
