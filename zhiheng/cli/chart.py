"""zhiheng chart"""

from datetime import date
from pathlib import Path
from typing import Any

import click

from zhiheng.cli import options, output
from zhiheng.evidence import grid
from zhiheng.reports import process
from zhiheng.reports.process import Drawn

COLUMNS = {"label": "point", "statistic": "value", "lower": "lower", "centre": "centre", "upper": "upper", "told": "signal"}  # fmt: skip
MARK = "*"


@click.command(short_help="Control charts of your own process data.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--kind", type=click.Choice(process.KINDS), required=True, help="Which chart; see below.")
@click.option(
    "--baseline",
    type=click.IntRange(0),
    default=0,
    metavar="N",
    help="Take centre line and limits from the first N points; from all if left out.",
)
@click.option(
    "--label", default="", metavar="COLUMN", help="The column that names the points, such as the week or the batch."
)
@click.option(
    "--value",
    "values",
    multiple=True,
    metavar="COLUMN",
    help="A column of figures; several times where there are more: first the count, then the size.",
)
@click.option("--sheet", default="", metavar="NAME", help="Of an XLSX file: the sheet, the first if left out.")
@click.option("--signals", "only", is_flag=True, help="Print only the points that signal.")
@options.today
@options.as_json
def command(
    file: Path,
    kind: str,
    baseline: int,
    label: str,
    values: tuple[str, ...],
    sheet: str,
    only: bool,
    today: date | None,
    as_json: bool,
) -> None:
    """Draw a control chart of FILE, a CSV, TSV or XLSX table with one row a point, and say in words why each point signals.

    \b
    p, u              nonconforming of those tested; faults by unit: columns count, size
    p-laney, u-laney  the same for large lots, which scatter more than chance
    xbar-r, xbar-s    means of subgroups, with ranges or standard deviations
    single            one value a point, with moving ranges
    ewma, cusum       one value a point; they see small shifts that last

    Nothing is kept. Subgroups stand in one row each, or one value a row beside the name of its subgroup.

    \b
    Examples:
      zhiheng chart weeks.csv --kind p --baseline 25
      zhiheng chart control-samples.xlsx --kind xbar-s --sheet lead
      zhiheng chart blanks.csv --kind cusum --value result --label day --json
    """
    on = today or date.today()
    charts = process.drawn(grid.of_file(file, sheet=sheet), kind, on=on, baseline=baseline, label=label, values=values)
    if as_json:
        output.echo_json({"file": file.name, "kind": kind, "charts": process.body(charts)})
        return
    click.echo("\n\n".join(told(chart, only=only) for chart in charts))


def told(chart: Drawn, *, only: bool) -> str:
    """A chart for the terminal."""
    shown = [point for point in chart.points if point.signals or point.reason or not only]
    lines: list[dict[str, Any]] = [
        {name: figure(value) for name, value in vars(point).items()} | {"told": MARK if point.signals else ""}
        for point in shown
    ]
    n = len(chart.signals)
    count = f"{n} of {len(chart.points)} points signal" if n else f"no signal in {len(chart.points)} points"
    said = [f"{chart.name}: {chart.method}; {count}", output.table(lines, COLUMNS) if lines else ""]
    said += [f"{point.label}: {'; '.join(process.said(point))}" for point in chart.signals]
    said += [f"{point.label}: {point.reason}" for point in chart.points if point.reason]
    if chart.run_length is not None and chart.run_length_shifted is not None:
        said.append(
            f"In control it runs {chart.run_length:.0f} points on average until a false alarm; "
            f"after a shift of one deviation {chart.run_length_shifted:.1f} until a true one."
        )
    return "\n".join([*filter(None, said), *(f"Note: {note}." for note in chart.notes)])


def figure(value: Any) -> Any:
    """A figure with as many digits as a measurement may have."""
    return f"{value:.6g}" if isinstance(value, float) else value
