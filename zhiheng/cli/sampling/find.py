"""zhiheng sampling find"""

from datetime import date

import click

from zhiheng.cli import options, output
from zhiheng.cli.sampling import given
from zhiheng.errors import UsageError
from zhiheng.reports import plans
from zhiheng.stats import (
    Model,
    Stages,
    VariablesPlan,
    single,
    smallest_by_variables,
    smallest_single,
    zero_acceptance_size,
)

KINDS = ("attributes", "zero", "s", "sigma")
CURVE = {"p": "quality, %", "accepted": "accepted"}


@click.command(short_help="The smallest plan that keeps two risks.")
@click.option(
    "--good", type=float, default=None, help="Quality to be accepted, in percent (AQL, producer's risk quality)."
)
@click.option(
    "--bad", type=float, required=True, help="Quality to be refused, in percent (LQ, consumer's risk quality)."
)
@given.producers_risk
@given.consumers_risk
@click.option(
    "--kind",
    type=click.Choice(KINDS),
    default="attributes",
    show_default=True,
    help="Counting; counting with acceptance number 0; measuring with s from the sample, or with sigma known.",
)
@given.model
@click.option("--lot", type=click.IntRange(1), default=None, help="Size of the lot, for --model hypergeometric.")
@options.as_json
def command(
    good: float | None,
    bad: float,
    producers_risk: float | None,
    consumers_risk: float | None,
    kind: str,
    model: str | None,
    lot: int | None,
    as_json: bool,
) -> None:
    """Find the plan with the smallest sample that refuses good lots and accepts bad ones no more often than stated.

    \b
    Examples:
      zhiheng sampling find --good 1 --bad 10
      zhiheng sampling find --bad 5 --kind zero
      zhiheng sampling find --good 1 --bad 10 --kind s
    """
    usual = plans.risks(on=date.today())
    terms = plans.Risks(producers_risk or usual.producers_risk, consumers_risk or usual.consumers_risk)
    counting = given.counted(model, per_hundred=False)
    if good is None and kind != "zero":
        raise UsageError("name the quality to be accepted as well: '--good 1'; only --kind zero needs none")
    plan: Stages | VariablesPlan
    told: plans.Row
    if kind == "zero":
        size = zero_acceptance_size(bad / 100, consumers_risk=terms.consumers_risk, model=counting, lot=lot)
        plan = single(size, 0)
    else:
        plan = found((good or 0.0) / 100, bad / 100, kind=kind, terms=terms, model=counting, lot=lot)
    qualities = [quality for quality in (good, bad) if quality]
    if isinstance(plan, Stages):
        told = {"n": plan.sizes[0], "Ac": plan.accept[0], "Re": plan.reject[0], "model": counting}
        rows = plans.curve(plan, model=counting, qualities=qualities, lot=lot)
        words = f"Draw {told['n']} items; accept with at most {told['Ac']} nonconforming. ({counting})"
    else:
        told = {"n": plan.n, "k": plan.k, "method": plan.method}
        rows = plans.curve_by_variables(plan, qualities=qualities)
        spread = "s of the sample" if plan.method == "s" else "the known sigma"
        words = (
            f"Draw {plan.n} items; accept when the mean lies at least k = {plan.k:.4f} times {spread} inside the limit."
        )
    told |= vars(terms) | {"points": rows}
    if as_json:
        output.echo_json(told)
    else:
        lines = [row | {"accepted": output.percent(row["accepted"])} for row in rows]
        click.echo(f"{words}\n\n{output.table(lines, CURVE)}")


def found(
    good: float, bad: float, *, kind: str, terms: plans.Risks, model: Model, lot: int | None
) -> Stages | VariablesPlan:
    """The smallest plan of a kind; qualities are shares."""
    if kind == "attributes":
        return smallest_single(
            good, bad, producers_risk=terms.producers_risk, consumers_risk=terms.consumers_risk, model=model, lot=lot
        )
    return smallest_by_variables(
        good,
        bad,
        producers_risk=terms.producers_risk,
        consumers_risk=terms.consumers_risk,
        method="s" if kind == "s" else "sigma",
    )
