"""zhiheng signal: evaluation, disproportional reports, product risk."""

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import click

from zhiheng import rules
from zhiheng.cli import options, output
from zhiheng.engines import Engine
from zhiheng.errors import FileUnreadable
from zhiheng.evidence.snapshot import Workspace
from zhiheng.reports import inbox as mornings
from zhiheng.simulation import FAILURES
from zhiheng.surveillance import inbox, notices, product_risk
from zhiheng.surveillance.inbox.candidates import measured
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
    "chance": "confirmed by chance",
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
}
PLANTED = {
    "number": "no.",
    "hazard": "hazard",
    "product": "product",
    "first": "from",
    "last": "to",
    "factor": "factor",
    "expected_extra": "extra",
    "found": "found",
    "days": "days",
}
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


@click.command(short_help="How many signals, how early, how many false.")
@click.option(
    "--nation",
    type=click.Path(path_type=Path, file_okay=False),
    help="A simulated nation: its planted outbreaks are the truth.",
)
@options.as_json
@options.workspace
def evaluate(nation: Path | None, as_json: bool, workspace: Workspace) -> None:
    """Hold every signal against the notices of the weeks after it, or against planted outbreaks.

    Confirmed: at least 2 more notices in 12 weeks, one of them serious. Rising: also twice its own past. "By chance" is the share of
    all weeks with a notice, signal or none, that are confirmed in the same way. The figures are in zhiheng/law/int/inbox.yaml.

    \b
    Examples:
      zhiheng signal evaluate
      zhiheng signal evaluate --nation nation-1pct --json
    """
    if nation:
        planted(nation, as_json=as_json)
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


def planted(folder: Path, *, as_json: bool) -> None:
    """Signals of a nation's planted failures, as of the days they were received, against its outbreaks."""
    truth = folder / "truth"
    if not (truth / "outbreaks.csv").is_file():
        raise FileUnreadable(f"{folder}: no truth/outbreaks.csv; 'zhiheng simulate nation --out {folder}' makes one")
    terms = inbox.terms(date.today())
    terms["trend"]["shortest"] = terms["nation"]["shortest"]
    lines = failures(truth)
    signals = inbox.raised(lines, terms, market=frozenset())
    found = evaluate_planted(signals, outbreaks(truth), after_days=int(terms["nation"]["after_days"]))
    if as_json:
        output.echo_json(found.__dict__)
        return
    click.echo(output.table(found.rows, PLANTED))
    click.echo(
        f"{found.found} of {found.outbreaks} outbreaks found, in the middle after {found.median_days} days; "
        f"{found.signals} signals, {found.false} of them meet no outbreak. Looked at: {len(lines):,} planted failures."
    )


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
        | {"hazard_code": row["analyte"], "origin": row["province"]}
        for row in rows
    ]


def outbreaks(truth: Path) -> list[dict[str, Any]]:
    """The planted outbreaks."""
    with (truth / "outbreaks.csv").open(encoding="utf-8", newline="") as stream:
        return [
            {
                "number": int(row["number"]),
                "product": row["product_type"],
                "hazard": row["analyte"],
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
@options.as_json
@options.workspace
def pairs(source: str, by: str, most: int, as_json: bool, workspace: Workspace) -> None:
    """Print the pairs of the last 52 weeks of SOURCE, the largest EB05 first; the distribution of true ratios is fitted to them.

    \b
    Examples:
      zhiheng signal pairs rasff --by product-hazard-origin
    """
    *row, column = by.split("-")
    terms = inbox.terms(date.today())
    lines = notices.Kept(workspace).lines(source) if notices.Kept(workspace).manifest(source) else []
    found = measured(weeks(lines, serious=terms["single"]["seriousness"]), terms["pairs"], table=(row, (column,)))
    if as_json:
        output.echo_json(found)
        return
    rows = [one | {"what": mornings.named(one["subject"], "en")} for one in found[:most]]
    click.echo(output.table(rows, PAIRS) if rows else "Fewer than ten pairs: nothing can be fitted.")


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
