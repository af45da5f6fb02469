"""zhiheng unplaced"""

import click
import ibis
import ibis.expr.types as ir

from zhiheng.cli import options, output
from zhiheng.decision import FINDINGS
from zhiheng.reports import Shelf

REASONS = ("category_unmapped", "analyte_unknown", "no_rule", "rule_not_in_force")
COLUMNS = {
    "dataset": "data set",
    "reason": "reason",
    "product_type": "product type",
    "analyte_printed": "test item",
    "n": "results",
}


@click.command(short_help="What no rule could judge, and why.")
@click.argument("dataset", required=False)
@click.option("--reason", type=click.Choice(REASONS), multiple=True, help="Only this reason; may be repeated.")
@click.option(
    "--most", type=click.IntRange(1), default=20, show_default=True, help="How many lines a data set; JSON has all."
)
@options.as_json
@options.shelf
def command(dataset: str | None, reason: tuple[str, ...], most: int, as_json: bool, shelf: Shelf) -> None:
    """Show the product types and test items of DATASET, or of every data set, that met no rule.

    category_unmapped asks for a decision in law/*/categories, analyte_unknown for a line of vocabulary,
    no_rule and rule_not_in_force for a law file.

    \b
    Examples:
      zhiheng unplaced cn_food_2026
      zhiheng unplaced --reason category_unmapped --json
    """
    names = [dataset] if dataset else shelf.datasets()
    rows = {name: [{"dataset": name} | row for row in shelf.rows(name, unplaced(reason or REASONS))] for name in names}
    if as_json:
        output.echo_json([row for found in rows.values() for row in found])
        return
    shown = [row for found in rows.values() for row in found[:most]]
    click.echo(output.table(shown, COLUMNS) if shown else "Every result met a rule.")
    for name, found in rows.items():
        if len(found) > most:
            click.echo(f"{name}: … and {len(found) - most:,} more lines: --most {len(found)} prints them")


def unplaced(reasons: tuple[str, ...]) -> ir.Table:
    """How many results of real samples met no rule: by reason, product type and test item."""
    table = FINDINGS.unbound()
    chosen = table.filter(table.reason.isin(list(reasons)) & (table.sample_kind == "regular"))
    named = chosen.mutate(analyte_printed=ibis.coalesce(chosen.analyte_printed, chosen.analyte))
    by = ["reason", "product_type", "analyte_printed"]
    return named.group_by(by).agg(n=named.count()).order_by([ibis.desc("n"), *by])
