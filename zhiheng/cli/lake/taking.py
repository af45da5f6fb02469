"""zhiheng lake append, zhiheng lake judge"""

from datetime import date
from pathlib import Path
from typing import Any

import click

from zhiheng import daily, rules
from zhiheng.cli import options, output
from zhiheng.daily.judgement import MOST_LINES
from zhiheng.engines import Engine
from zhiheng.errors import NothingThereYet, UsageError
from zhiheng.evidence import columns, delivery, profile
from zhiheng.evidence.delivery import Delivery
from zhiheng.evidence.snapshot import Workspace, store_json
from zhiheng.progress import Progress
from zhiheng.reports.nation import Nations

APPENDED = {
    "name": "delivery",
    "received": "received",
    "received_rows": "rows",
    "accepted": "accepted",
    "duplicate": "duplicate",
    "rejected": "rejected",
    "reports": "reports",
    "corrections": "corrections",
}
MEMORY = "2GB"
TOLD = (
    "batches",
    "nonconforming",
    "inconclusive",
    "not_judged",
    "results",
    "results_nonconforming",
    "results_not_judged",
)


@click.command(short_help="Take deliveries in.")
@click.argument("dataset")
@click.argument("sources", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option(
    "--profile",
    "card",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="What is known of the data set; only the first time. A profile.yaml beside the deliveries is found.",
)
@options.day("--received", told="The day of receipt, where no delivery's name begins with it.")
@options.log
@options.as_json
@options.workspace
def append(
    dataset: str,
    sources: tuple[Path, ...],
    card: Path | None,
    received: date | None,
    log: Path | None,
    as_json: bool,
    workspace: Workspace,
) -> None:
    """Take deliveries into the lake of a data set, each in one commit: a delivery is in it whole, or not at all.

    A SOURCE is a delivery (a folder with results.parquet, or such a file) or a folder of deliveries. Without one, what
    'zhiheng intake' took in under this name is brought in. What is there already is passed over, so the same call goes on
    after an interruption. Every row is accepted, known again as a duplicate, or turned away with a reason.

    \b
    Examples:
      zhiheng lake append nation deliveries/
      zhiheng lake append city 2026-11-22/ --profile city.yaml
      zhiheng lake append usgs_inl_water --received 2026-11-22
    """
    place = daily.Place(workspace, dataset)
    lay_card(place, sources, card)
    sent = [one for source in sources for one in within(source)]
    found = [delivery.found(one, received=received) for one in sent] if sources else kept(place, received)
    rows: list[dict[str, Any]] = []
    again = f"zhiheng lake append {dataset} {' '.join(map(str, sources))}".strip()
    with (
        Progress(log=log) as progress,
        progress.step("taking in", total=len(found), unit="deliveries", resume=again) as step,
    ):
        for one in found:
            rows.append(taken(place, one))
            step.advance()
    if as_json:
        output.echo_json(rows)
        return
    new = [row for row in rows if row["changed"]]
    click.echo(output.table(new, APPENDED) if new else "Nothing new: every delivery is in the lake already.")


def taken(place: daily.Place, one: Delivery) -> dict[str, Any]:
    """One delivery taken in."""
    with place.workspace.scratch() as scratch, Engine(memory=MEMORY, spill=scratch) as engine:
        told = delivery.append(engine, place.evidence, one, analytes=rules.analytes())
    return {key: value for key, value in told.items() if key != "digests"}


def within(source: Path) -> list[Path]:
    """The deliveries in a folder, by name; or the one that it is."""
    if source.is_file() or (source / "results.parquet").is_file():
        return [source]
    found = sorted(path.parent for path in source.glob("[!.]*/results.parquet"))
    if not found:
        raise UsageError(f"{source}: no delivery in it; a delivery is a folder with results.parquet, or such a file")
    return found


def kept(place: daily.Place, received: date | None) -> list[Delivery]:
    """What the intake of a data set took in, as deliveries."""
    manifest = place.workspace.required(place.dataset)
    if received is None:
        raise UsageError("a data set taken in by 'zhiheng intake' has no day of receipt: name it with --received DAY")
    return [delivery.of_part(place.workspace, place.dataset, part, received=received) for part in manifest.parts]


def lay_card(place: daily.Place, sources: tuple[Path, ...], card: Path | None) -> None:
    """Keep what is known of the data set beside its lake, the first time or when it is given again."""
    target = place.root / "card.json"
    beside = [source / "profile.yaml" for source in sources if (source / "profile.yaml").is_file()]
    if card is None and target.exists():
        return
    if card or beside:
        body = columns.card(profile.load(card or beside[0])) | {"name": place.dataset}
    elif manifest := place.workspace.manifest(place.dataset).profile:
        body = manifest
    else:
        raise NothingThereYet(f"nothing is known of '{place.dataset}' yet: name its profile with --profile FILE")
    store_json(target, body)


@click.command(short_help="Judge what came, or all of it under another law.")
@click.argument("dataset")
@click.option(
    "--rules",
    "words",
    default=daily.EACH_DAY,
    show_default=True,
    metavar="RULES",
    help="each-day, a day such as 2025-02-07, or a folder of law files.",
)
@options.day(
    "--known", told="As known on this day: only what was received by then. The pages keep the judgement in force."
)
@click.option(
    "--at-once",
    "most",
    type=click.IntRange(min=1),
    default=MOST_LINES,
    show_default=True,
    help="Results that are judged at once; each such stretch is kept when it is done.",
)
@options.today
@options.log
@options.as_json
@options.workspace
def judge(
    dataset: str,
    words: str,
    known: date | None,
    most: int,
    today: date | None,
    log: Path | None,
    as_json: bool,
    workspace: Workspace,
) -> None:
    """Bring the judgements of a lake up to date: new deliveries are judged, what a change of law touches is judged again.

    \b
    Examples:
      zhiheng lake judge nation
      zhiheng lake judge nation --rules 2026-09-10
      zhiheng lake judge nation --known 2025-06-30
      ZHIHENG_ENGINE=spark://127.0.0.1:7077 zhiheng lake judge nation
    """
    place = daily.Place(workspace, dataset)
    law, on = daily.law(words), today or date.today()
    with (
        Progress(log=log) as progress,
        progress.step("judging", unit="results", resume=f"zhiheng lake judge {dataset}") as step,
    ):
        told = daily.judge(place, law=law, today=on, known=known, most=most, say=progress, done=step.advance)
        if told and not known:
            progress("preparing the pages")
            if not Nations(workspace).prepare(dataset):
                progress("nothing can be written beside the lake: the pages will take longer to open")
    body = {key: value for key, value in told.items() if key != "digests"}
    if as_json:
        output.echo_json(body)
        return
    click.echo(
        f"law {body['law']} ({body['rules']}), commit {body['through']} of the evidence, judged on {body['judged_on']}"
    )
    click.echo("\n".join(f"  {name.replace('_', ' '):22} {body[name]:>14,}" for name in TOLD))
