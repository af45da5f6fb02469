"""zhiheng sampling plan"""

from datetime import date
from typing import Any

import click

from zhiheng.cli import options, output
from zhiheng.cli.sampling import given
from zhiheng.errors import UsageError
from zhiheng.reports import plans
from zhiheng.selection import sampling
from zhiheng.selection.sampling import AttributesPlan, Severity

STAGES = {"stage": "sample", "n": "n", "cumulative": "n in all", "Ac": "Ac", "Re": "Re"}
FIGURES = {
    "accepted_at_aql": "accepted at the AQL",
    "asn_at_aql": "items inspected on average at the AQL (ASN)",
    "ati_at_aql": "the same where refused lots are sorted (ATI)",
    "producers_risk_quality": "quality accepted with 1 - producer's risk",
    "consumers_risk_quality": "quality accepted with the consumer's risk (LQ)",
    "aoql": "worst average outgoing quality (AOQL)",
}
SHARES = ("accepted_at_aql",)
COUNTS = ("asn_at_aql", "ati_at_aql")
PRINTED = {"plan": "plan", "method": "method", "n": "n", "k": "k", "accepted_at_aql": "accepted at the AQL"}


@click.command(short_help="The plan for a lot: code letter, sample size, Ac and Re.")
@click.option("--lot", type=click.IntRange(1), required=True, help="Number of items of the lot.")
@given.aql
@given.level
@given.severity
@given.double
@given.edition
@click.option(
    "--variables", "by_measuring", is_flag=True, help="Plans by variables beside it: MIL-STD-414, and computed ones."
)
@given.language
@options.as_json
def command(
    lot: int,
    aql: str | None,
    level: str,
    severity: Severity,
    double: bool,
    edition: str,
    by_measuring: bool,
    language: plans.Language,
    as_json: bool,
) -> None:
    """Show the plan for a lot by the tables of ISO 2859-1 (GB/T 2828.1), in one sentence and in figures.

    \b
    Examples:
      zhiheng sampling plan --lot 2000 --aql 1.0
      zhiheng sampling plan --lot 2000 --aql 1.0 --severity tightened --language en
      zhiheng sampling plan --lot 2000 --aql 1.0 --double --edition mil-std-105e
    """
    plan, scheme = given.planned(given.Asked(lot, aql, level, severity, double, edition))
    today = date.today()
    told = plans.sentence(plan, scheme, level=level, language=language)
    terms = plans.risks(on=today)
    model = given.counted(None, per_hundred=plan.per_hundred)
    # where every item is inspected there is no risk of sampling to tell
    figures = (
        {} if plan.is_everything else plans.figures(plan.stages, model=model, terms=terms, aql=float(plan.aql), lot=lot)
    )
    source = plans.source(edition, on=today)
    beside = measured(plan, terms, level=level) if by_measuring else []
    if as_json:
        output.echo_json(body(plan, level) | {"sentence": told, **figures, "variables": beside, "source": source})
        return
    unit = "per 100 items" if plan.per_hundred else "%"
    lines = [told, "", output.table(plans.stages_told(plan.stages), STAGES)]
    lines += [""] if figures else []
    lines += [f"{name:<48}{shown(key, figures[key], unit)}" for key, name in FIGURES.items() if key in figures]
    if beside:
        lines += ["", output.table(beside, PRINTED)]
    click.echo("\n".join([*lines, "", cited(source)]))


def body(plan: AttributesPlan, level: str) -> dict[str, Any]:
    """A plan as JSON."""
    return {
        "edition": plan.edition,
        "lot": plan.lot,
        "level": level,
        "aql": str(plan.aql),
        "per_hundred": plan.per_hundred,
        "severity": plan.severity,
        "first_letter": plan.first_letter,
        "letter": plan.letter,
        "items": plan.items,
        "everything": plan.is_everything,
        "stages": plans.stages_told(plan.stages),
    }


def measured(plan: AttributesPlan, terms: plans.Risks, *, level: str) -> list[plans.Row]:
    """Plans by variables for the same lot; MIL-STD-414 has levels of its own."""
    if plan.severity == "reduced" or plan.lot is None:
        raise UsageError("plans by variables are held for normal and tightened inspection only")
    today = date.today()
    letter = sampling.printed_letter(plan.lot, sampling.printed_level(level, on=today), on=today)
    printed = sampling.printed_plan(letter, plan.aql, plan.severity, on=today, lot=plan.lot)
    return plans.by_variables(printed, plan, terms)


def shown(key: str, value: float, unit: str) -> str:
    """A figure with its unit."""
    if key in SHARES:
        return output.percent(value)
    return f"{value:,.1f}" if key in COUNTS else f"{value:.3g} {unit}"


def cited(source: plans.Row) -> str:
    """Where a plan stands, and whether anybody here read it there."""
    read = f"read {source['checked']}" if source["checked"] else "not read in the printed standard"
    return f"source: {source['act']}, {source['at']} ({read})"
