"""zhiheng status"""

from typing import Any

import click

from zhiheng import __version__, loop, rules
from zhiheng.cli import options, output
from zhiheng.evidence.snapshot import Workspace, load_json

COLUMNS = {
    "dataset": "data set",
    "version": "version",
    "files": "files",
    "accepted": "rows",
    "items": "results",
    "rejected": "rejected",
    "supports": "supports",
    "turn": "last turn",
    "title": "title",
}


@click.command(short_help="What the workspace holds.")
@options.as_json
@options.workspace
def command(as_json: bool, workspace: Workspace) -> None:
    """Show the workspace: its data sets, their versions, and whether their last turn is of today's law and program.

    \b
    Examples:
      zhiheng status
      zhiheng --home /srv/zhiheng status --json
    """
    held = [state(name, workspace=workspace) for name in workspace.datasets()]
    body = {"workspace": str(workspace.root), "program": __version__, "law": rules.fingerprint(), "datasets": held}
    if as_json:
        output.echo_json(body)
        return
    click.echo(
        f"workspace {body['workspace']}\n"
        f"program   {__version__}, law {body['law']}, {len(rules.book().rules):,} rules\n"
    )
    click.echo(
        output.table(held, COLUMNS)
        if held
        else "It holds nothing yet: 'zhiheng run' takes in the examples, 'zhiheng intake' a file of yours."
    )


def state(name: str, *, workspace: Workspace) -> dict[str, Any]:
    """One data set: what it holds, and how its last turn stands to evidence, law and program."""
    manifest = workspace.required(name)
    pointer = loop.run_folder(workspace, name) / "current.json"
    key = load_json(pointer)["key"] if pointer.exists() else None
    fresh = key == loop.made_from(manifest.parts, manifest.profile)
    title = manifest.profile["title"]
    return {
        "dataset": name,
        "version": manifest.version,
        "files": len(manifest.parts),
        "supports": manifest.profile["supports"],
        **{
            count: sum(getattr(part, count) for part in manifest.parts)
            for count in ("received", "accepted", "rejected", "duplicate", "items")
        },
        "turn": "none yet" if key is None else ("current" if fresh else "older than evidence, law or program"),
        "key": key,
        "title": f"{title['zh']} · {title['en']}",
    }
