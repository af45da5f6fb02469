"""zhiheng form: task links, forms that came in, hand-overs, and their files."""

import json
import time
import uuid
from datetime import date
from pathlib import Path
from typing import Any

import click

from zhiheng.cli import options, output
from zhiheng.errors import FileUnreadable, FormRefused, UsageError
from zhiheng.evidence.snapshot import Workspace
from zhiheng.reports import files
from zhiheng.selection import custody as samples
from zhiheng.selection import form as forms
from zhiheng.selection.form import Received, link, serial, worksheet
from zhiheng.selection.form.received import moment

DAY_SECONDS = 86_400
RECEIVED = {
    "serial": "serial",
    "product": "product",
    "party": "party",
    "sampled_on": "sampled",
    "officer": "officer",
    "task": "task",
    "at": "received",
}
REFUSED = {"serial": "serial", "officer": "officer", "task": "task", "at": "received", "reason": "reason"}
LINKS = {"block": "block", "officer": "officer", "task": "task", "form": "form", "until": "until"}
CHAIN = {
    "part": "part",
    "number": "no.",
    "at": "when",
    "move": "what",
    "state": "state",
    "by": "by",
    "read": "read",
    "digest": "digest",
}


@click.command(short_help="Give out a task link, with which an officer sends forms.")
@click.option("--officer", required=True, help="Who samples.")
@click.option("--task", required=True, help="The task or programme, as the plan names it.")
@click.option("--form", "key", type=click.Choice(forms.FORMS), default=forms.FORMS[0], show_default=True)
@click.option("--region", required=True, metavar="CODE", help="Six digits of GB/T 2260; they open the serial numbers.")
@click.option("--days", type=click.IntRange(1, 90), default=3, show_default=True, help="How long it holds.")
@click.option("--site", default="http://127.0.0.1:8000", show_default=True, help="The address of the site.")
@options.as_json
@options.workspace
def issue(
    officer: str, task: str, key: str, region: str, days: int, site: str, as_json: bool, workspace: Workspace
) -> None:
    """Print a link for one officer, task, form and phone, with a block of 999 serial numbers that nobody else gets.

    Whoever has the link can send forms for the task, so give it to the officer alone. It ends by itself; revoke ends it sooner.

    \b
    Examples:
      zhiheng form issue --officer 王一 --task T-2026-11 --region 440106 --days 5
    """
    if not (region.isascii() and region.isdigit() and len(region) == 6):
        raise UsageError(f"--region {region}: six digits of GB/T 2260 are needed, for example 440106")
    if not (officer.strip() and task.strip()) or max(len(officer), len(task)) > 80:
        raise UsageError("--officer and --task need 1 to 80 letters each")
    now, store = time.time(), Received(workspace.root)
    secret = link.secret_made(store.secret)
    wanted = {"officer": officer, "task": task, "form": key, "region": region, "until": int(now) + days * DAY_SECONDS}
    made = store.issue(wanted, letter=forms.read(key, on=date.today()).letter, now=now)
    address = f"{site.rstrip('/')}/sampling/#task={link.signed(made, secret)}"
    if as_json:
        output.echo_json({**made.__dict__, "until": moment(made.until), "link": address})
    else:
        click.echo(f"{officer}, {task}: serial numbers {made.block}-001 to -999, until {moment(made.until)}\n{address}")


@click.command(short_help="End a task link before its time.")
@click.argument("block")
@options.workspace
def revoke(block: str, workspace: Workspace) -> None:
    """End the link whose serial numbers begin with BLOCK: a phone was lost, or the task is over.

    \b
    Examples:
      zhiheng form revoke P440106-26-000
    """
    Received(workspace.root).revoke(block, now=time.time())
    click.echo(f"The link of {block} is revoked.")


@click.command(short_help="Task links that were given out.")
@options.as_json
@options.workspace
def links(as_json: bool, workspace: Workspace) -> None:
    """Show every task link: whose, for what, until when. The links themselves are not kept.

    \b
    Examples:
      zhiheng form links
    """
    found = Received(workspace.root).links().items()
    rows = [{"block": block} | told | {"until": moment(told["until"])} for block, told in found]
    output.echo_json(rows) if as_json else click.echo(
        output.table(rows, LINKS) if rows else "No link was given out yet."
    )


@click.command(short_help="Give a form that was filled on paper its serial number.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--block", required=True, help="The block of a task link: 'form links' shows them.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The numbered form.")
@options.workspace
def number(file: Path, block: str, out: Path, workspace: Workspace) -> None:
    """Write FILE with the highest number of BLOCK that no form bears; a phone counts from the lowest, so they do not meet.

    \b
    Examples:
      zhiheng form number typed.json --block P440106-26-000 --out mine.json
    """
    store = Received(workspace.root)
    store.owner(block)
    used = {kept["filled"]["serial"] for kept in store.forms()}
    free = (serial.serial(block, place) for place in range(serial.LARGEST, 0, -1))
    try:
        body = json.loads(file.read_text(encoding="utf-8-sig"))
        body |= {"serial": next(one for one in free if one not in used), "uuid": body.get("uuid") or str(uuid.uuid4())}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise FileUnreadable(f"{file.name}: not a filled form that can be read: {error}") from error
    except StopIteration as error:
        raise FormRefused(f"{block} has no number left: give out a new task link") from error
    out.write_text(json.dumps(body, ensure_ascii=False, indent=1), encoding="utf-8")
    click.echo(f"{out} has the number {body['serial']}.")


@click.command(short_help="Take a filled form in from a file.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@options.as_json
@options.workspace
def take(file: Path, as_json: bool, workspace: Workspace) -> None:
    """Take FILE in for the officer and task of its serial number; the same form again changes nothing.

    \b
    Examples:
      zhiheng form take mine.json
    """
    filled = forms.load(file)
    done = Received(workspace.root).take(filled, now=time.time(), today=date.today())
    if as_json:
        output.echo_json({"serial": filled.serial} | done.__dict__)
    elif done.state in ("accepted", "again"):
        click.echo(
            f"{filled.serial} {'is received' if done.state == 'accepted' else 'was received'} at {done.at}, SHA-256 {done.sha256}"
        )
    if done.state not in ("accepted", "again"):
        raise FormRefused(
            f"{file.name} is kept and not accepted: {done.reason}; 'zhiheng form check {file}' says what to do"
        )


@click.command(short_help="Forms that came in.")
@click.option("--refused", is_flag=True, help="What was not accepted instead, with why.")
@options.as_json
@options.workspace
def received(refused: bool, as_json: bool, workspace: Workspace) -> None:
    """Show the forms that were accepted, in the order in which they came.

    \b
    Examples:
      zhiheng form received
      zhiheng form received --refused --json
    """
    store = Received(workspace.root)
    found = store.refused() if refused else store.forms()
    if as_json:
        output.echo_json(found)
        return
    rows = [kept | kept["filled"]["fields"] | {"serial": kept["filled"]["serial"]} for kept in found]
    click.echo(output.table(rows, REFUSED if refused else RECEIVED) if rows else "Nothing came in yet.")


@click.command(short_help="Where the samples of a form are, and how they got there.")
@click.argument("number", metavar="SERIAL")
@click.option("--move", help="Add a hand-over: carry, receive, store, open, release, settle or end.")
@click.option(
    "--part", type=click.Choice(list(samples.PARTS)), default="T", show_default=True, help="T test, R reserve."
)
@click.option("--by", default="", help="Who takes the sample over.")
@click.option("--seal", default="", help="The seal number as read on the sample.")
@click.option("--look", default="", help="Look and state of sample and seal.")
@click.option("--place", default="", help="Where.")
@click.option("--note", default="", help="What else is to be said.")
@options.as_json
@options.workspace
def custody(number: str, move: str | None, part: str, as_json: bool, workspace: Workspace, **given: str) -> None:
    """Show the chain of hand-overs of SERIAL with its deadlines, or add one; a seal that differs makes the sample disputed.

    \b
    Examples:
      zhiheng form custody P440106-26-000-001-C
      zhiheng form custody P440106-26-000-001-C --move carry --by 张三
      zhiheng form custody P440106-26-000-001-C --move receive --by 检验院 --seal GD-0001 --look 完好
    """
    store, by = Received(workspace.root), given.pop("by")
    kept = store.form(number)
    if move:
        store.hand_over(number, part, move, by=by, at=moment(time.time()), given=given)
    found = store.custody(number)
    sampled = date.fromisoformat(kept["filled"]["fields"]["sampled_on"])
    due = [one for part, past in found.items() for one in samples.deadlines(number[0], part, past, sampled_on=sampled)]
    events = [event for past in found.values() for event in past]
    if as_json:
        output.echo_json(
            {"serial": number, "events": [event.__dict__ for event in events], "due": [one.__dict__ for one in due]}
        )
        return
    click.echo(output.table([line(event) for event in events], CHAIN))
    for one in due:
        met = f"met on {one.met_on}" if one.met_on else "late" if one.is_late(date.today()) else "open"
        click.echo(
            f"{one.part}: {one.what['en']} by {one.last_day}, {met} ({one.cite['act']} {one.cite['at']}, not verified)"
        )


def line(event: samples.Handover) -> dict[str, Any]:
    """A hand-over as a line."""
    return event.__dict__ | {"read": " ".join(event.given.values()), "digest": event.digest[:12]}


@click.command(short_help="Forms as a table that a laboratory fills in and intake takes.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="A .csv or .xlsx file.")
@click.option("--task", default="", help="Only the forms of this task.")
@options.workspace
def export(out: Path, task: str, workspace: Workspace) -> None:
    """Write the accepted forms, a row each: columns of evidence, empty ones for test item, value and unit, then all other fields.

    \b
    Examples:
      zhiheng form export --out laboratory.xlsx
      zhiheng intake laboratory.xlsx --profile plain --dry-run
    """
    if out.suffix not in (".csv", ".xlsx"):
        raise UsageError(f"--out {out.name}: ends in neither .csv nor .xlsx")
    found = [kept for kept in Received(workspace.root).forms() if task in ("", kept["task"])]
    columns, rows = worksheet.rows(found, today=date.today())
    files.write_rows(out, columns, rows)
    click.echo(f"{len(rows):,} forms are in {out}.")


@click.command(short_help="Compute every digest again.")
@options.as_json
@options.workspace
def verify(as_json: bool, workspace: Workspace) -> None:
    """Check forms, hand-overs and audit events against their digests; the last digest, noted elsewhere, also shows a cut-off end.

    \b
    Examples:
      zhiheng form verify
    """
    found = Received(workspace.root).verify()
    told = f"Everything holds: {found['forms']:,} forms, {found['events']:,} events.\nlast digest {found['last']}"
    output.echo_json(found) if as_json else click.echo(told)


COMMANDS = (issue, revoke, links, number, take, received, custody, export, verify)
