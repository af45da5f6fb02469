"""The operating characteristic of a sampling plan, drawn: as text for a terminal, as SVG or PNG for a paper."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import vl_convert

from zhiheng.reports import charts

Row = dict[str, Any]
COLUMNS, LINES = 60, 16
WIDTH, HEIGHT = 560, 320


@dataclass(frozen=True)
class Point:
    """A point of the curve that has a name, or a quality marked by a line, such as an AQL."""

    p: float
    accepted: float
    name: str
    is_line: bool = False


def text(rows: Sequence[Row], *, unit: str) -> str:
    """The curve as text: the chance to accept upwards, quality to the right.

    >>> print(text([{"p": 0.0, "accepted": 1.0}, {"p": 10.0, "accepted": 0.0}], unit="%").splitlines()[0])
    100 % |*
    """
    last = max(row["p"] for row in rows) or 1.0
    grid = [[" "] * (COLUMNS + 1) for _ in range(LINES + 1)]
    for row in rows:
        grid[round((1 - row["accepted"]) * LINES)][round(row["p"] / last * COLUMNS)] = "*"
    lines = [
        f"{f'{100 * (1 - place / LINES):.0f} %' if place % (LINES // 4) == 0 else '':>5} |{''.join(line).rstrip()}"
        for place, line in enumerate(grid)
    ]
    middle, end = f"{last / 2:g}", f"{last:g} {unit}"
    axis = f"{'':6}+{'-' * COLUMNS}"
    return "\n".join([*lines, axis, f"{'':7}{'0':<{COLUMNS // 2}}{middle:<{COLUMNS // 2 - len(end)}}{end}"])


def chart(rows: Sequence[Row], points: Sequence[Point], *, title: str, subtitle: str, axes: tuple[str, str]) -> Any:
    """The curve with its named points; the axes are the quality and the chance to accept."""
    last = max(row["p"] for row in rows)
    x = alt.X("p:Q", scale=alt.Scale(domain=[0, last], nice=False), axis=alt.Axis(title=axes[0], grid=False))
    y = alt.Y("accepted:Q", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(title=axes[1], format="~%", grid=True))
    line = alt.Chart(alt.Data(values=list(rows))).mark_line(color=charts.ACCENT, strokeWidth=2).encode(x=x, y=y)
    named = alt.Chart(alt.Data(values=[vars(point) for point in points]))
    curve_points = named.transform_filter("!datum.is_line")
    dots = curve_points.mark_point(filled=True, size=60, color=charts.ACCENT, opacity=1).encode(x=x, y=y)
    words = curve_points.mark_text(align="left", dx=9, dy=-5, fontSize=charts.TEXT, color=charts.INK).encode(
        x=x, y=y, text="name:N"
    )
    lines = named.transform_filter("datum.is_line")
    rule = lines.mark_rule(color=charts.INK_3, strokeDash=[4, 3]).encode(x=x)
    # the corner below the curve is empty: the words of a line stand there
    told = lines.mark_text(align="left", dx=5, fontSize=charts.TEXT, color=charts.INK_2).encode(
        x=x, y=alt.value(HEIGHT - 12), text="name:N"
    )
    heading = alt.Title(
        title, subtitle=subtitle, anchor="start", color=charts.INK, subtitleColor=charts.INK_2, fontSize=15
    )
    drawn = charts.framed(alt.layer(rule, line, dots, words, told), width=WIDTH, height=HEIGHT)
    return drawn.properties(title=heading).configure_axis(
        domain=False,
        tickColor=charts.INK_3,
        labelColor=charts.INK_2,
        titleColor=charts.INK_2,
        gridColor=charts.LINE,
        titleFontWeight="normal",
        titleFontSize=12,
    )


def picture(drawing: Any, *, form: str) -> bytes:
    """The drawing as SVG or PNG.

    The paper is white in a PNG, and left clear in an SVG.
    """
    if form == "svg":
        return charts.svg(drawing, name="oc").encode()
    charts.faces()
    body = drawing.to_dict(validate=False)
    body["config"] |= {"background": "white", "padding": 12}
    return bytes(vl_convert.vegalite_to_png(json.dumps(body), scale=2))
