"""zhiheng sampling micro"""

import math
from datetime import date

import click
import numpy as np

from zhiheng import rules
from zhiheng.cli import options, output
from zhiheng.errors import UsageError
from zhiheng.stats import accept_three_class, shares_above

COLUMNS = {"mean_log": "mean log10", "marginal": "above m", "bad": "above M", "accepted": "accepted"}
BELOW, ABOVE = 3.0, 2.0


@click.command(short_help="What a microbiological plan n, c, m, M lets through.")
@click.option("--n", type=click.IntRange(1), required=True, help="Units of the sample.")
@click.option("--c", type=click.IntRange(0), required=True, help="Units allowed above m (up to M).")
@click.option("--m", "lower", type=float, required=True, help="The limit m, in CFU.")
@click.option("--M", "upper", type=float, default=None, help="The limit M, in CFU; left out: a two-class plan.")
@click.option("--sd", type=float, help="Standard deviation of log10 counts between units; left out: the usual one.")
@click.option("--points", type=click.IntRange(2, 200), default=11, show_default=True, help="How many lines to print.")
@options.as_json
def command(n: int, c: int, lower: float, upper: float | None, sd: float | None, points: int, as_json: bool) -> None:
    """Show how often lots pass a microbiological plan, by the mean of their log-normal counts.

    \b
    Examples:
      zhiheng sampling micro --n 5 --c 2 --m 100 --M 1000
      zhiheng sampling micro --n 5 --c 0 --m 10 --sd 0.5
    """
    if lower <= 0 or (upper is not None and upper <= lower):
        raise UsageError("m is above 0 and M above m: where nothing may be found at all, give the detection limit as m")
    edges = [math.log10(lower), math.log10(upper) if upper is not None else math.inf]
    spread = sd or float(rules.settings("sampling/microbiology", on=date.today())["sd_log10"])
    means = np.linspace(edges[0] - BELOW * spread, edges[0] + ABOVE * spread, points)
    shares = shares_above(means, sd_log=spread, limits=edges)
    accepted = accept_three_class(shares[:, 0] - shares[:, 1], shares[:, 1], n=n, c=c)
    rows = [
        {"mean_log": mean, "marginal": above, "bad": far, "accepted": chance}
        for mean, (above, far), chance in zip(
            (means.round(9) + 0.0).tolist(), shares.tolist(), accepted.tolist(), strict=True
        )
    ]
    if as_json:
        output.echo_json({"n": n, "c": c, "m": lower, "M": upper, "sd_log": spread, "points": rows})
        return
    told = [
        {"mean_log": f"{row['mean_log']:.2f}"} | {name: output.percent(row[name]) for name in list(COLUMNS)[1:]}
        for row in rows
    ]
    click.echo(output.table(told, COLUMNS))
    click.echo(
        f"\nn = {n}, c = {c}; counts log-normal between units, standard deviation {spread:g} of log10: an assumption"
    )
