"""zhiheng signal: evaluation, disproportional reports, product risk."""

import csv
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import click
import ibis

from zhiheng import rules
from zhiheng.cli import options, output
from zhiheng.engines import Engine
from zhiheng.errors import FileUnreadable, NothingThereYet
from zhiheng.evidence.snapshot import Workspace
from zhiheng.evidence.tables import Column, Table
from zhiheng.reports import inbox as mornings
from zhiheng.reports import watched
from zhiheng.simulation import FAILURES
from zhiheng.surveillance import inbox, notices, product_risk, tree
from zhiheng.surveillance.inbox.candidates import FEWEST_PAIRS, measured
from zhiheng.surveillance.inbox.evaluation import evaluate_planted
from zhiheng.surveillance.inbox.terms import plain
from zhiheng.surveillance.inbox.weeks import weeks

FIGURES = {
    "source": "source",
    "judged": "judged",
    "confirmed": "confirmed",
    "rising": "rising",
    "false": "false",
    "share": "false share",
}
FIGURES |= {
    "chance": "by chance",
    "chance_alike": "of its like",
    "lead_weeks": "weeks ahead",
    "surges": "surges",
    "surges_signalled": "signalled",
    "surges_before": "before",
    "early_weeks": "weeks before",
}
GROUNDS = {
    "source": "source",
    "ground": "ground",
    "level": "level",
    "judged": "judged",
    "confirmed": "confirmed",
    "rising": "rising",
    "false": "false",
    "alike": "of its like",
}
PLANTED = {
    "number": "no.",
    "analyte": "test item",
    "product": "product",
    "first": "from",
    "last": "to",
    "factor": "factor",
    "expected_extra": "extra",
}
PLANTED_ITEMS = Table(
    "planted_items",
    "Planted failures as items",
    "设定的不合格项",
    (
        *(Column(name, "string", name, name) for name in watched.LAKE_PARTS),
        *(Column(name, "date", name, name) for name in ("happened", "received")),
        *(Column(name, "int64", name, name) for name in ("judged", "nonconforming")),
    ),
)
PAIRS = {
    "what": "pair",
    "count": "count",
    "expected": "expected",
    "prr": "PRR",
    "prr_lower": "PRR low",
    "ror": "ROR",
    "ror_lower": "ROR low",
    "shrunk": "EBGM",
    "lower": "EB05",
}

UNBOUNDED = ("prr", "prr_lower", "ror", "ror_lower")


@click.command(short_help="How many signals, how early, how many false.")
@click.option(
    "--nation",
    type=click.Path(path_type=Path, file_okay=False),
    help="A simulated nation: its planted outbreaks are the truth.",
)
@click.option("--lake", default="", help="With --nation: the lake in which that nation was judged.")
@options.as_json
@options.workspace
def evaluate(nation: Path | None, lake: str, as_json: bool, workspace: Workspace) -> None:
    """Hold every signal against the notices of the weeks after it, or against planted outbreaks.

    Confirmed: at least 2 more notices in 12 weeks, one of them serious. Rising: also twice its own past. "By chance" is the share of
    all weeks with a notice, signal or none, that are confirmed in the same way; "of its like" that of subjects reported about as
    often in the year before. The figures are in zhiheng/law/int/inbox.yaml.

    With --nation the planted failures are looked at in two ways, as notices and as weekly series; with --lake also the judged
    results, as counts and as rates. Every look knows only what was received by then.

    \b
    Examples:
      zhiheng signal evaluate
      zhiheng signal evaluate --nation nation-1pct --json
      zhiheng signal evaluate --nation nation-1pct --lake nation
    """
    if nation:
        planted(nation, lake=lake, as_json=as_json, workspace=workspace)
        return
    found = inbox.Inbox(workspace).body()["evaluations"]
    if as_json:
        output.echo_json(found)
        return
    rows = [
        {"source": name} | one | {"share": one["false"] / one["judged"] if one["judged"] else None}
        for name, one in found.items()
    ]
    click.echo(output.table(rows, FIGURES))
    click.echo(
        output.table([{"source": name} | row for name, one in found.items() for row in one["by_ground"]], GROUNDS)
    )


def planted(folder: Path, *, lake: str, as_json: bool, workspace: Workspace) -> None:
    """Signals of a nation's failures, as of the days they were received, against its outbreaks; one way of looking a row."""
    truth = folder / "truth"
    if not (truth / "outbreaks.csv").is_file():
        raise FileUnreadable(f"{folder}: no truth/outbreaks.csv; 'zhiheng simulate nation --out {folder}' makes one")
    today = date.today()
    terms, series = inbox.terms(today), mornings.tree_terms(today)
    lines = failures(truth)
    terms["trend"]["shortest"] = terms["nation"]["shortest"]
    ways = {"failures as notices": inbox.raised(lines, terms, market=frozenset())}
    grown = watched.grown(arrays_of(truth), PLANTED_ITEMS.unbound(), watched.LAKE_PARTS, "failures")
    looks = list(tree.looks(grown, series))
    ways["failures as series"] = inbox.from_looks(grown, looks, inbox.Source("nation"), terms=terms, tree=series)
    if lake:
        ways["judged results as series"] = mornings.look(workspace, lake, today=today)[0]
    known = outbreaks(truth)
    after = int(terms["nation"]["after_days"])
    found = {way: evaluate_planted(signals, known, after_days=after) for way, signals in ways.items()}
    if as_json:
        output.echo_json({way: one.__dict__ for way, one in found.items()})
        return
    for number, way in enumerate(found):
        for row in found[way].rows:
            known[row["number"] - 1][f"days{number}"] = row["days"]
    click.echo(output.table(known, PLANTED | {f"days{number}": way for number, way in enumerate(found)}))
    click.echo(f"{len(lines):,} planted failures. A number above: days from the outbreak's first day to the signal.")
    for way, one in found.items():
        click.echo(
            f"{way}: {one.found} of {one.outbreaks} outbreaks found"
            + (f", in the middle after {one.median_days:g} days" if one.found else "")
            + f"; {one.signals} signals, {one.false} of them meet no outbreak."
        )


def arrays_of(truth: Path) -> Callable[[Any], dict[str, Any]]:
    """What asks the planted failures of a nation: an engine of its own for each question."""

    def ask(asked: Any) -> dict[str, Any]:
        with Engine(memory="1GB") as engine:
            engine.attach(FAILURES.name, sorted((truth / "days").glob("*.parquet")), FAILURES.schema)
            table = FAILURES.unbound()
            first = table.filter(table.stage == "first")
            engine.view(
                PLANTED_ITEMS.name,
                first.select(
                    *watched.LAKE_PARTS, happened=first.sampled_on, received=first.received_on,
                    judged=ibis.literal(1, type="int64"), nonconforming=ibis.literal(1, type="int64"),
                ),
            )  # fmt: skip
            return engine.columns(asked)

    return ask


def failures(truth: Path) -> list[dict[str, Any]]:
    """The planted failures as notices: product type, test item, province, day of receipt."""
    paths = sorted((truth / "days").glob("*.parquet"))
    with Engine(memory="1GB") as engine:
        engine.attach(FAILURES.name, paths, FAILURES.schema)
        table = FAILURES.unbound()
        asked = table.filter(table.stage == "first").select(
            "sample_id", "item", "received_on", "product_type", "analyte", "province"
        )
        rows = engine.rows(asked.order_by("received_on", "sample_id", "item"))
    blank = {"source": "nation", "category": "", "seriousness": "serious"}
    return [
        blank
        | {
            "notice": row["sample_id"],
            "item": row["item"],
            "day": row["received_on"],
            "product_code": row["product_type"],
        }
        | {"hazard_code": hazard(row["analyte"]), "origin": row["province"]}
        for row in rows
    ]


def hazard(analyte: str) -> str:
    """A test item in the tree of hazards, as signals name it."""
    return rules.hazards().of_analyte(analyte, rules.analytes())


def outbreaks(truth: Path) -> list[dict[str, Any]]:
    """The planted outbreaks."""
    with (truth / "outbreaks.csv").open(encoding="utf-8", newline="") as stream:
        return [
            {
                "number": int(row["number"]),
                "product": row["product_type"],
                "hazard": hazard(row["analyte"]),
                "analyte": row["analyte"],
                "origins": row["provinces"].split("|"),
                "first": date.fromisoformat(row["first_day"]),
                "last": date.fromisoformat(row["last_day"]),
                "factor": float(row["factor"]),
                "expected_extra": float(row["expected_extra"]),
            }
            for row in csv.DictReader(stream)
        ]


@click.command(short_help="Pairs reported together above chance: PRR, ROR, EBGM.")
@click.argument("source")
@click.option(
    "--by",
    type=click.Choice(["product-hazard", "hazard-origin", "product-hazard-origin"]),
    default="product-hazard",
    show_default=True,
)
@click.option("--most", type=click.IntRange(1), default=20, show_default=True, help="How many to print; JSON has all.")
@click.option("--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="Of the words.")
@options.as_json
@options.workspace
def pairs(source: str, by: str, most: int, language: str, as_json: bool, workspace: Workspace) -> None:
    """Print the pairs of the last 52 weeks of SOURCE, the largest EB05 first; the distribution of true ratios is fitted to them.

    A ratio without end, where nothing else was reported beside the pair, is "all" here and null in JSON.

    \b
    Examples:
      zhiheng signal pairs rasff --by product-hazard-origin
    """
    *row, column = by.split("-")
    terms, kept = inbox.terms(date.today()), notices.Kept(workspace)
    if not kept.manifest(source):
        known = ", ".join(one["feed"]["name"] for one in kept.sources()) or "none yet"
        raise NothingThereYet(f"there is no source '{source[:40]}'; there are {known}: 'zhiheng signal sources'")
    lines = weeks(kept.lines(source), serious=terms["single"]["seriousness"])
    found = measured(lines, terms["pairs"], table=(row, (column,)))
    if as_json:
        output.echo_json(found)
        return
    if not found:
        lacking = [part for part in (*row, column) if not lines.names[part]]
        click.echo(
            f"'{source}' names no {' and no '.join(lacking)}: there are no such pairs."
            if lacking
            else f"Fewer than {FEWEST_PAIRS} pairs in the last {terms['pairs']['window']} weeks: nothing can be fitted."
        )
        return
    rows = [
        one | {name: "all" if one[name] is None else one[name] for name in UNBOUNDED} | {"what": mornings.named(one["subject"], language)}
        for one in found[:most]
    ]  # fmt: skip
    click.echo(output.table(rows, PAIRS))
    if any(one[name] is None for one in found[:most] for name in UNBOUNDED):
        click.echo("all: nothing else was reported beside it, so that this ratio has no end; EBGM has one.")
    if all(one["lower"] < terms["pairs"]["lower"] for one in found):
        click.echo(f"No EB05 reaches {terms['pairs']['lower']:g}: no pair stands out of chance.")


@click.command("assess-risk", short_help="The risk of a product from a harm scenario.")
@click.option(
    "--step",
    "steps",
    multiple=True,
    required=True,
    help="'what happens | 0.05 | what that rests on'; may be given again.",
)
@click.option("--severity", type=click.IntRange(1, 4), required=True, help="1 slight … 4 death.")
@click.option("--items", type=click.IntRange(0), default=0, show_default=True, help="Items in use.")
@options.as_json
def assess_risk(steps: tuple[str, ...], severity: int, items: int, as_json: bool) -> None:
    """Multiply the steps of a harm scenario, find the band, and read the level from the matrix; many items in use raise it.

    \b
    Examples:
      zhiheng signal assess-risk --severity 3 --items 250000 \\
        --step 'the plug breaks | 0.01 | 3 of 300 tested' --step 'somebody touches it | 0.1 | hospital records'
    """
    terms = plain(rules.settings("product-risk", on=date.today()))
    found = product_risk.assess(
        [product_risk.step(text) for text in steps], severity=severity, items=items, terms=terms
    )
    output.echo_json(found.__dict__ | {"checked": None}) if as_json else click.echo(told(found, terms))


def told(found: product_risk.Assessment, terms: Mapping[str, Any]) -> str:
    """An assessment for the terminal."""
    lines = [
        f"{found.level.upper()} risk: probability {found.probability:.3g} ({terms['bands'][found.band]['en']}), "
        f"severity {found.severity} ({terms['severities'][found.severity]['en']})"
    ]
    if found.bands_raised:
        lines.append(
            f"raised by {found.bands_raised} bands for {found.items:,} items in use; {found.level_alone} without that"
        )
    if found.doubtful:
        lines.append(f"without evidence: step {', '.join(map(str, found.doubtful))}")
    return "\n".join([*lines, "Bands and matrix are not verified: see zhiheng/law/int/product-risk.yaml"])


COMMANDS = (evaluate, pairs, assess_risk)
