"""zhiheng explain"""

from typing import Any

import click

from zhiheng.cli import options, output
from zhiheng.reports import Shelf, explain, parse

RULES = {"rule_key": "rule", "rule_text": "limit", "citation": "source", "standing": "standing", "n": "results"}
SOURCES = {"file": "file", "sha256": "SHA-256", "received": "rows", "rows": "results here"}
MOST = 15
COUNTED = ("results", "judged", "conforming", "nonconforming", "inconclusive", "not_judged")


@click.command(short_help="Take a figure apart: formula, counts, rules, files.")
@click.argument("figure")
@options.as_json
@options.shelf
def command(figure: str, as_json: bool, shelf: Shelf) -> None:
    """Show what the figure FIGURE is made of: formula, counts, what was left out, rules, files.

    A figure's name is data-set/measure?filters; measures are results, judged, conforming, nonconforming,
    inconclusive, not_judged and rate.

    \b
    Examples:
      zhiheng explain nyc_metals/rate
      zhiheng explain 'nyc_metals/rate?product_type=Food-Spice&force=guidance'
    """
    found = explain(shelf, parse(figure))
    if as_json:
        output.echo_json(found)
    else:
        click.echo(told(found))


def told(found: dict[str, Any]) -> str:
    """A figure for the terminal."""
    rate = found["measure"] == "rate"
    value = output.percent(found["value"]) if rate else output.shown(found["value"])
    lines = [
        f"{found['title']['zh']} · {found['title']['en']}",
        f"{found['figure']} = {value or 'none: this data set supports no rate'}",
    ]
    interval = found["interval"]
    if interval:
        lines.append(bounded(interval))
    counts = ", ".join(f"{name.replace('_', ' ')} {found['counts'][name]:,}" for name in COUNTED)
    lines += [
        f"formula  {found['formula']}",
        f"counts   {counts}",
        f"counted  {found['counted']}",
        f"supports {found['supports']}: {found['supports_note']['en']}",
        "",
        output.table(output.reasoned(found["reasons"]), output.VERDICTS),
    ]
    if found["rules"]:
        lines += ["", output.table(found["rules"][:MOST], RULES)]
        lines += (
            [f"… and {len(found['rules']) - MOST:,} more rules: --json shows them"]
            if len(found["rules"]) > MOST
            else []
        )
    return "\n".join([*lines, "", output.table(found["sources"], SOURCES), f"made from {found['made_from']}"])


def bounded(interval: dict[str, Any]) -> str:
    """The interval of a rate, and how far the inconclusive results could move it."""
    lower, upper, least, most = (output.percent(interval[name]) for name in ("lower", "upper", "least", "most"))
    return (
        f"{interval['level']:.0%} interval {lower} to {upper} ({interval['method']}, n = {interval['n']:,}); "
        f"{least} to {most} whatever the inconclusive results truly are"
    )
