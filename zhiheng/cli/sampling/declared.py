"""zhiheng sampling declared"""

from datetime import date

import click

from zhiheng.cli import options, output
from zhiheng.cli.sampling import given
from zhiheng.errors import UsageError
from zhiheng.reports import plans
from zhiheng.selection import sampling


@click.command(short_help="A plan to check a declared quality level.")
@click.option("--level", "declared", type=float, required=True, help="The declared quality level (DQL), in percent.")
@click.option("--n", type=click.IntRange(1), default=None, help="Sample size; the limiting number is found for it.")
@click.option(
    "--ratio", type=float, default=None, help="Limiting quality ratio (LQR); the sample size is found for it."
)
@given.model
@click.option("--lot", type=click.IntRange(1), default=None, help="Size of the population, for --model hypergeometric.")
@options.as_json
def command(
    declared: float, n: int | None, ratio: float | None, model: str | None, lot: int | None, as_json: bool
) -> None:
    """Find how many nonconforming items contradict a maker's declaration, by the principle of ISO 2859-4 (GB/T 2828.4).

    The plans are computed; they are not read in the printed tables of GB/T 2828.4 or GB/T 2828.11, which are not held.
    Not for accepting lots: a declaration that is not contradicted is not proven.

    \b
    Examples:
      zhiheng sampling declared --level 1 --n 80
      zhiheng sampling declared --level 1 --ratio 10
    """
    if (n is None) == (ratio is None):
        raise UsageError("give either --n, or --ratio: the one is found from the other")
    terms, counting = plans.risks(on=date.today()), given.counted(model, per_hundred=False)
    if n is not None:
        plan = sampling.limiting_plan(n, declared / 100, producers_risk=terms.producers_risk, model=counting, lot=lot)
    else:
        plan = sampling.ratio_plan(declared / 100, ratio or 0.0, **vars(terms), model=counting, lot=lot)
    qualities = [declared] if ratio is None else [declared, declared * ratio]
    rows = plans.curve(plan, model=counting, qualities=qualities, lot=lot)
    size, limit = plan.sizes[0], plan.accept[0]
    if as_json:
        output.echo_json({"n": size, "L": limit, "model": counting, "points": rows})
        return
    click.echo(
        f"抽取 {size} 件；不合格品超过 {limit} 件，则判核查总体不合格（否定声称质量水平）。\n"
        f"Draw {size} items; more than {limit} nonconforming contradict the declared {declared:g} %. ({counting})\n"
    )
    told = [{"p": row["p"], "accepted": output.percent(row["accepted"])} for row in rows]
    click.echo(output.table(told, {"p": "true level, %", "accepted": "not contradicted"}))
