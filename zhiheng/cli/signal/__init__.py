"""zhiheng signal: signals as work; what looks back at them stands in `judged`."""

import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click

from zhiheng.cli import options, output
from zhiheng.cli.signal import judged
from zhiheng.evidence.snapshot import Workspace
from zhiheng.reports import inbox as mornings
from zhiheng.stats.aberration import WORDS, Reason
from zhiheng.surveillance import inbox, notices
from zhiheng.surveillance.inbox.triage import ACTS, Event, Step

LISTED = {
    "signal_id": "signal",
    "day": "raised",
    "level": "level",
    "score": "score",
    "state": "state",
    "source": "source",
    "subject": "what",
    "count": "count",
    "expected": "expected",
    "region": "with",
}
SOURCES = {
    "name": "source",
    "kind": "kind",
    "received": "rows",
    "notices": "notices",
    "lines": "by hazard",
    "rejects": "rejected",
}
SOURCES |= {"duplicates": "duplicate", "no_product": "no category", "no_hazard": "no hazard"}
STEPS = {
    "number": "no.",
    "at": "when",
    "act": "step",
    "state": "state",
    "by": "by",
    "reason": "reason",
    "region": "region",
    "note": "note",
}
EVIDENCE = {
    "day": "day",
    "seriousness": "seriousness",
    "origin": "origin",
    "hazard": "hazard",
    "product": "product",
    "row": "row",
}
LANGUAGE = click.option(
    "--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="Of the words."
)


@click.group(short_help="Signals as work: inbox, triage, sources, evaluation, product risk.")
def command() -> None:
    """Signals (异常信号) as work: from notices and results, scored and graded, handled step by step, and judged by what came later.

    docs/how-to/watch-signals.md goes through a morning; docs/explanation/signals.md says how a signal comes about.

    \b
    Examples:
      zhiheng signal list --level 1
      zhiheng signal show 5d0c6a1f9b3e
      zhiheng signal triage 5d0c6a1f9b3e --to watched --by 王一
      zhiheng signal evaluate
      zhiheng signal assess-risk --severity 3 --items 250000 --step 'the plug breaks | 0.01 | 3 of 300 tested'
    """


@command.command("list", short_help="The inbox, the latest first.")
@click.option("--state", "wanted", multiple=True, help="Only these states; may be given again.")
@click.option("--level", type=click.IntRange(1, 3), help="Only this level or a more urgent one.")
@click.option("--source", default="", help="Only this source.")
@click.option("--most", type=click.IntRange(1), default=20, show_default=True, help="How many to print; JSON has all.")
@LANGUAGE
@options.as_json
@options.workspace
def listed(
    wanted: tuple[str, ...],
    level: int | None,
    source: str,
    most: int,
    language: str,
    as_json: bool,
    workspace: Workspace,
) -> None:
    """Show the signals with level, score and state.

    \b
    Examples:
      zhiheng signal list --state new --level 1
      zhiheng signal list --source rasff --json
    """
    box = inbox.Inbox(workspace)
    states = box.states()
    rows = []
    for one in box.signals():
        at = states.get(one.signal_id, inbox.State())
        if (wanted and at.state not in wanted) or (level and one.level > level) or source not in ("", one.source):
            continue
        rows.append(mornings.row(one, at, language) | {"subject": mornings.named(one.subject, language)})
    if as_json:
        output.echo_json(rows)
        return
    click.echo(output.table(rows[:most], LISTED) if rows else "No signals.")
    if len(rows) > most:
        click.echo(f"… and {len(rows) - most:,} more")


@command.command("show", short_help="One signal: why, how sure, what is behind it, what was done.")
@click.argument("signal_id", metavar="SIGNAL")
@LANGUAGE
@options.as_json
@options.workspace
def show(signal_id: str, language: str, as_json: bool, workspace: Workspace) -> None:
    """Take SIGNAL apart: grounds, score by part, earlier signals like it, its notices, and the steps that were taken.

    \b
    Examples:
      zhiheng signal show 5d0c6a1f9b3e --language en
    """
    box = inbox.Inbox(workspace)
    signal = box.signal(signal_id)
    events = box.events(signal.signal_id)
    likes = inbox.similar(signal, box.signals(), inbox.terms(date.today())["similar"])
    rows = mornings.evidence(signal, workspace)
    if as_json:
        told = signal.__dict__ | {"state": inbox.state(events).__dict__, "events": [one.__dict__ for one in events]}
        alike = [{"likeness": near, "signal_id": one.signal_id, "day": one.day} for near, one in likes]
        output.echo_json(told | {"explained": mornings.explained(signal, language), "similar": alike, "rows": rows})
        return
    click.echo(f"{signal.signal_id}  {mornings.named(signal.subject, language)}  ({signal.source}, {signal.day})")
    click.echo(f"level {signal.level}, score {signal.score:.2f}, {inbox.state(events).state}")
    click.echo("\n".join(mornings.explained(signal, language)))
    place = 0 if language == "zh" else 1
    click.echo("; ".join(f"{mornings.PARTS[name][place]} {value:.2f}" for name, value in signal.parts.items()))
    if likes:
        click.echo(
            "earlier: "
            + "; ".join(
                f"{one.signal_id} {one.day} {mornings.named(one.subject, language)} ({near:.2f})" for near, one in likes
            )
        )
    click.echo(output.table(rows, EVIDENCE) if rows else f"rows: {signal.evidence[0].replace(chr(9), '  ')}")
    if events:
        click.echo(steps_table(events))


def steps_table(events: Sequence[Event]) -> str:
    """Steps for the terminal."""
    return output.table([one.__dict__ for one in events], STEPS)


@command.command("triage", short_help="Take a step with a signal; it is kept for good.")
@click.argument("signal_id", metavar="SIGNAL")
@click.option("--to", default="", help="The state that follows: watched, acted, dismissed or new.")
@click.option(
    "--act",
    type=click.Choice(ACTS),
    default="triage",
    show_default=True,
    help="Or hand it to a region, acknowledge, return it.",
)
@click.option("--by", required=True, help="Who takes the step.")
@click.option("--reason", default="", help="Why it is dismissed: chance, known, data, elsewhere, publication.")
@click.option("--note", default="", help="What was done, or what else is to be said.")
@click.option("--region", default="", help="The region that it is handed to.")
@options.as_json
@options.workspace
def triage(signal_id: str, as_json: bool, workspace: Workspace, **given: str) -> None:
    """Note a step with SIGNAL: its state is what the steps say, and no step is ever changed.

    \b
    Examples:
      zhiheng signal triage 5d0c6a1f9b3e --to watched --by 王一
      zhiheng signal triage 5d0c6a1f9b3e --to dismissed --reason known --by 王一
      zhiheng signal triage 5d0c6a1f9b3e --act hand --region 浙江 --by 王一
      zhiheng signal triage 5d0c6a1f9b3e --act acknowledge --by 李二
    """
    made = inbox.Inbox(workspace).step(signal_id, Step(**given), now=time.time(), terms=inbox.terms(date.today()))
    output.echo_json(made.__dict__) if as_json else click.echo(steps_table([made]))


@command.command("verify", short_help="Compute the digest of every step again.")
@options.as_json
@options.workspace
def verify(as_json: bool, workspace: Workspace) -> None:
    """Check the steps against their digests; the last digest, noted elsewhere, also shows a cut-off end.

    \b
    Examples:
      zhiheng signal verify
    """
    found = inbox.Inbox(workspace).verify()
    output.echo_json(found) if as_json else click.echo(
        f"Everything holds: {found['events']:,} steps.\nlast digest {found['last']}"
    )


@command.command("take", short_help="Take the files of a source in by its feed.yaml.")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@options.as_json
@options.workspace
def take(folder: Path, as_json: bool, workspace: Workspace) -> None:
    """Bring the notices of FOLDER into one table in our codes: complaints, enforcement, media, domestic or foreign notices.

    \b
    Examples:
      zhiheng signal take examples/data/rasff_2024_2025
      zhiheng signal take complaints-2026 && zhiheng signal morning
    """
    found = [one.__dict__ for one in mornings.take(folder, workspace=workspace)]
    columns = {
        name: SOURCES.get(name, name) for name in ("file", "received", "notices", "lines", "rejects", "duplicates")
    }
    output.echo_json(found) if as_json else click.echo(output.table(found, columns))


@command.command("morning", short_help="Look at every source and data set again.")
@options.workspace
def morning(workspace: Workspace) -> None:
    """Raise the signals of all notices and results that the workspace holds; steps already taken stay with their signals.

    \b
    Examples:
      zhiheng signal morning
    """
    box = mornings.morning(workspace, today=date.today(), say=output.progress())
    click.echo(f"{len(box.signals()):,} signals; 'zhiheng signal list --state new' shows them")


@command.command("look", short_help="What the detectors say of the series of one data set or lake.")
@click.argument("dataset")
@click.option("--most", type=click.IntRange(1), default=20, show_default=True, help="How many to print; JSON has all.")
@LANGUAGE
@options.as_json
@options.workspace
def look(dataset: str, most: int, language: str, as_json: bool, workspace: Workspace) -> None:
    """Judge the weekly series of DATASET, product by test item by place: as counts, and as rates where items judged are known.

    Farrington flexible where a series is long enough, EARS where it is not; false discoveries are controlled over the whole tree.
    The inbox is not changed: 'zhiheng signal morning' does that.

    \b
    Examples:
      zhiheng signal look usgs_inl_water
      zhiheng signal look nation --json
    """
    found, told = mornings.look(workspace, dataset, today=date.today())
    if as_json:
        output.echo_json({"look": told, "signals": [one.__dict__ for one in found]})
        return
    rows = [
        mornings.row(one, inbox.State(), language) | {"subject": mornings.named(one.subject, language)} for one in found
    ]
    click.echo(output.table(rows[-most:][::-1], LISTED) if rows else "No signals.")
    if told:
        click.echo(
            f"Last look, {told['day']}: {told['series']:,} series, {told['tests']:,} tests ({told['by_farrington']:,} figures by "
            f"Farrington, {told['by_ears']:,} by EARS), {told['hopeless']:,} left out that could not have passed; false "
            f"discoveries held at {told['rate']:.0%} ({told['method']})."
        )
        for key, n in told["reasons"].items():
            measure, code = key.split(":")
            click.echo(f"  {n:>8,}  {measure}: {WORDS[Reason(int(code))]}")


@command.command("sources", short_help="What each source gave, and what no code of ours covers.")
@click.option(
    "--unmapped", type=click.Choice(["product", "hazard"]), help="Print what has no code, the most frequent first."
)
@options.as_json
@options.workspace
def sources(unmapped: str | None, as_json: bool, workspace: Workspace) -> None:
    """Show the sources with their counts; rows = notices + rejected + duplicate.

    \b
    Examples:
      zhiheng signal sources
      zhiheng signal sources --unmapped hazard
    """
    kept = notices.Kept(workspace)
    if unmapped:
        rows = notices.unmapped(kept.lines(), what=unmapped)
        columns = {"n": "lines", "source": "source", "text": unmapped, "reason": "why"}
        output.echo_json(rows) if as_json else click.echo(
            output.table(rows[:40], columns) if rows else "Everything has a code."
        )
        return
    rows = [source_row(kept, one) for one in kept.sources()]
    output.echo_json(rows) if as_json else click.echo(output.table(rows, SOURCES) if rows else "No source yet.")


def source_row(kept: notices.Kept, source: dict[str, Any]) -> dict[str, Any]:
    """A source with its counts."""
    lines = kept.lines(source["feed"]["name"])
    counts = {
        name: sum(part[name] for part in source["parts"])
        for name in ("received", "notices", "lines", "rejects", "duplicates")
    }
    found: dict[str, Any] = (
        source["feed"]
        | counts
        | {f"no_{what}": sum(not line[f"{what}_code"] for line in lines) for what in ("product", "hazard")}
    )
    return found


for part in judged.COMMANDS:
    command.add_command(part)
