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
    """A point of the curve that has a name: an AQL, a risk point."""

    p: float
    accepted: float
    name: str


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
    dots = named.mark_point(filled=True, size=60, color=charts.ACCENT, opacity=1).encode(x=x, y=y)
    words = named.mark_text(
        align="left", baseline="bottom", dx=8, dy=-4, fontSize=charts.TEXT, color=charts.INK
    ).encode(x=x, y=y, text="name:N")
    heading = alt.Title(
        title, subtitle=subtitle, anchor="start", color=charts.INK, subtitleColor=charts.INK_2, fontSize=15
    )
    drawn = charts.framed(alt.layer(line, dots, words), width=WIDTH, height=HEIGHT)
    return drawn.properties(title=heading).configure_axis(
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
    body = drawing.configure(font=charts.FACE, background="white", padding=12)
    return bytes(vl_convert.vegalite_to_png(json.dumps(body.to_dict(validate=False)), scale=2))
