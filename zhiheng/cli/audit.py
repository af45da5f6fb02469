"""zhiheng audit"""

import json
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import click

from zhiheng.cli import options, output
from zhiheng.dates import CHINA
from zhiheng.errors import AuditBroken, FileUnreadable
from zhiheng.evidence.snapshot import Workspace
from zhiheng.register import opening

FAULTS = {"number": "event", "what": "what is wrong"}
EVENTS = {
    "number": "event",
    "at": "when",
    "who": "who",
    "role": "role",
    "act": "act",
    "state_after": "state",
    "why": "why",
}


@click.group(short_help="The audit: every act as an event, with a check that finds any alteration.")
def command() -> None:
    """Look at the events of the register, sign their end, and find what was altered, removed or put elsewhere.

    \b
    Examples:
      zhiheng audit verify
      zhiheng audit checkpoint --out 2026-09-28.json
      zhiheng audit verify --known 2026-09-28.json
      zhiheng audit events --case PS-440106-2026-000001
    """


@command.command(short_help="Read every event and name each fault.")
@click.option(
    "--known",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    metavar="FILE",
    help="A checkpoint that was kept elsewhere; may be repeated.",
)
@options.as_json
@options.workspace
def verify(known: tuple[Path, ...], as_json: bool, workspace: Workspace) -> None:
    """Recompute the whole chain of events, and hold it against every checkpoint that is known.

    Only a checkpoint that was kept elsewhere shows that the latest events were cut off together with the checkpoints here.

    \b
    Examples:
      zhiheng audit verify
      zhiheng audit verify --known 2026-09-28.json --json
    """
    audit, models = opening.part(workspace.root, "acts.audit"), opening.part(workspace.root, "models")
    points = [checkpoint_of(path, audit, models) for path in known]
    own = opening.signing_key(workspace.root).public_key().public_bytes_raw().hex()
    keys = (own, *{str(point["key"]) for point in points})
    faults, number = audit.verify(known={int(point["number"]): str(point["digest"]) for point in points}, keys=keys)
    rows = [{"number": fault.number, "what": fault.what} for fault in faults]
    if as_json:
        output.echo_json({"events": number, "faults": rows})
    elif not rows:
        click.echo(
            f"{number:,} events, each as it was written; {models.Checkpoint.objects.count() + len(points):,} checkpoints hold."
        )
    if rows:
        if not as_json:
            click.echo(output.table(rows, FAULTS))
        raise AuditBroken(
            f"the audit has {len(rows)} faults in {number:,} events: keep this register as it is, and compare it with a backup"
        )


@command.command(short_help="Sign the present end of the audit.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write it to a file that somebody keeps elsewhere.",
)
@options.as_json
@options.workspace
def checkpoint(out: Path | None, as_json: bool, workspace: Workspace) -> None:
    """Sign the number and digest of the last event. Give the file to somebody outside: nobody can then rewrite what lies before it.

    \b
    Examples:
      zhiheng audit checkpoint
      zhiheng audit checkpoint --out 2026-09-28.json
    """
    audit, models = opening.part(workspace.root, "acts.audit"), opening.part(workspace.root, "models")
    audit.checkpoint(opening.signing_key(workspace.root), at=datetime.now(UTC))
    last = models.Checkpoint.objects.last()
    if last is None:
        click.echo("There is no event yet, and so nothing to sign.")
        return
    body = told(last)
    if out is not None:
        out.write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")
    if as_json:
        output.echo_json(body)
    else:
        click.echo(
            f"Event {last.number:,} is signed: digest {last.digest}, key {last.key}"
            + (f"; written to {out}." if out else ".")
        )


@command.command(short_help="The events of a case, or the latest of all.")
@click.option("--case", "number", metavar="NUMBER", default="", help="Only those of a case.")
@click.option(
    "--last", type=click.IntRange(1, 10_000), default=30, show_default=True, help="At most so many, the latest."
)
@options.as_json
@options.workspace
def events(number: str, last: int, as_json: bool, workspace: Workspace) -> None:
    """Who did what, when, from which state to which, and why.

    \b
    Examples:
      zhiheng audit events
      zhiheng audit events --case PS-440106-2026-000001 --json
    """
    events = opening.part(workspace.root, "models").Event.objects
    found = events.filter(key=number, kind__in=("case", "file")) if number else events.all()
    rows = [
        {name: getattr(event, name) for name in EVENTS}
        | {"at": event.at.astimezone(CHINA).isoformat(timespec="seconds")}
        for event in reversed(found.order_by("-number")[:last])
    ]
    if as_json:
        output.echo_json(rows)
    else:
        click.echo(output.table(rows, EVENTS) if rows else "There is no such event yet.")


def told(point: Any) -> dict[str, Any]:
    """A checkpoint as others keep it."""
    return {
        "number": point.number,
        "at": point.at.isoformat(),
        "digest": point.digest,
        "signature": point.signature,
        "key": point.key,
    }


def checkpoint_of(path: Path, audit: ModuleType, models: ModuleType) -> dict[str, Any]:
    """A checkpoint that was kept in a file; its signature is checked, so that the file itself is known to be whole."""
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        point = models.Checkpoint(**{**body, "at": datetime.fromisoformat(body["at"])})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise FileUnreadable(
            f"{path}: no checkpoint can be read from it ({error}); give a file that 'zhiheng audit checkpoint --out' wrote"
        ) from error
    if not audit.holds(point, ()):
        raise AuditBroken(f"{path}: its signature does not hold; the file was altered after it was written")
    return dict(body)
