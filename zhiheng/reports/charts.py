"""Charts of a bulletin: bars from zero, points with their interval, counts and rates over time; drawn as SVG."""

import json
import re
from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import altair as alt
import vl_convert

from zhiheng.reports.tallies import Row

# the palette of web/static/zhiheng/tokens.css
INK, INK_2, INK_3, LINE, ACCENT, SOFT = "#1a2326", "#465256", "#626d70", "#e0ded5", "#0b5a63", "#a6cace"
VERDICTS = {"nonconforming": "#884200", "conforming": "#13604c", "inconclusive": "#5b4691", "not_judged": "#9aa3a7"}
FONTS = Path(__file__).parent / "fonts"
FACE = "Noto Sans SC, PingFang SC, HarmonyOS Sans SC, Microsoft YaHei, Noto Sans CJK SC, system-ui, sans-serif"
WIDTH, STEP, HEIGHT, TEXT = 660, 21, 185, 12
IDENTIFIER = re.compile(r'(id="|url\(#|href="#)')
CHARACTER, IDEOGRAPH = 6.9, 12.5
NARROWEST, LONGEST = 110, 290
LONGEST_ACT = 36


def bars(rows: Sequence[Row], *, length: str, colours: bool = False) -> alt.LayerChart:
    """Horizontal bars from zero, the longest value decides the scale, each with its own label at its end."""
    most = max((row[length] for row in rows), default=1) or 1
    room = 1 + max((len(row["told"]) for row in rows), default=0) * CHARACTER / (WIDTH - labels(rows)) + 0.02
    base = alt.Chart(alt.Data(values=shown(rows)))
    axis = alt.X(f"{length}:Q", scale=alt.Scale(domain=[0, most * room], nice=False, zero=True), axis=None)
    colour = alt.Color("colour:N", scale=None) if colours else alt.value(ACCENT)
    body = base.mark_bar(height=15).encode(x=axis, y=categories(rows), color=colour)
    words = base.mark_text(align="left", dx=6, fontSize=TEXT, color=INK).encode(
        x=axis, y=categories(rows), text="told:N"
    )
    start = alt.Chart(alt.Data(values=[{"zero": 0}])).mark_rule(color=INK_3).encode(x=alt.X("zero:Q"))
    return framed(alt.layer(body, words, start), width=WIDTH - labels(rows), height=STEP * len(rows))


def intervals(rows: Sequence[Row]) -> alt.LayerChart:
    """A point and whiskers for each rate; behind it, pale, how far the inconclusive results could move it."""
    most = max((max(row["upper"], row["most"]) for row in rows), default=1.0) or 1.0
    room = 1 + max((len(row["told"]) for row in rows), default=0) * CHARACTER / (WIDTH - labels(rows)) + 0.02
    base = alt.Chart(alt.Data(values=shown(rows)))
    scale = alt.Scale(domain=[0, most * room], nice=False, zero=True)
    ticks = [tick for tick in nice_ticks(most) if tick <= most * 1.02]
    axis = alt.Axis(values=ticks, format="~%", title=None, grid=True)
    y = categories(rows)
    band = base.mark_bar(height=13, color=SOFT, opacity=0.65).encode(
        x=alt.X("least:Q", scale=scale, axis=axis), x2="most:Q", y=y
    )
    whisker = base.mark_rule(color=ACCENT, strokeWidth=1.6).encode(x=alt.X("lower:Q", scale=scale), x2="upper:Q", y=y)
    ends = [
        base.mark_tick(color=ACCENT, thickness=1.6, size=8).encode(x=alt.X(f"{end}:Q", scale=scale), y=y)
        for end in ("lower", "upper")
    ]
    point = base.mark_point(filled=True, size=55, color=ACCENT, opacity=1).encode(x=alt.X("rate:Q", scale=scale), y=y)
    words = base.mark_text(align="left", dx=8, fontSize=TEXT, color=INK).encode(
        x=alt.X("end:Q", scale=scale), y=y, text="told:N"
    )
    return framed(alt.layer(band, whisker, *ends, point, words), width=WIDTH - labels(rows), height=STEP * len(rows))


def columns(rows: Sequence[Row], *, marks: Sequence[Row], first: date, last: date, form: str) -> alt.LayerChart:
    """Counts by period as columns from zero, each with its number."""
    thickness = max(
        4.0,
        0.72
        * (WIDTH - 40)
        / max(len(rows), 1)
        * (rows[-1]["centre"] - rows[0]["centre"]).days
        / max((last - first).days, 1),
    )
    base = alt.Chart(alt.Data(values=shown(rows)))
    x = time_axis("centre", first, last, form)
    most = max(row["nonconforming"] for row in rows) or 1
    scale = alt.Scale(domain=[0, most * (1.12 + 0.12 * levels(marks))], nice=False)
    body = base.mark_bar(size=thickness, color=ACCENT).encode(x=x, y=alt.Y("nonconforming:Q", scale=scale, axis=None))
    words = base.mark_text(dy=-7, fontSize=10.5, color=INK_2).encode(
        x=x, y=alt.Y("nonconforming:Q", scale=scale), text="told:N"
    )
    return framed(alt.layer(body, words, *law_marks(marks, first, last, form)), width=WIDTH - 40, height=HEIGHT)


def rates(rows: Sequence[Row], *, marks: Sequence[Row], first: date, last: date, form: str) -> alt.LayerChart:
    """Rates by period as a line with its interval; the first, last and highest carry their number."""
    base = alt.Chart(alt.Data(values=shown(rows)))
    x = time_axis("centre", first, last, form)
    most = max((row["upper"] for row in rows if row["upper"] is not None), default=1.0)
    scale = alt.Scale(domain=[0, min(1.0, most) * (1.06 + 0.12 * levels(marks))], nice=False, zero=True)
    axis = alt.Axis(
        format="~%", values=[tick for tick in nice_ticks(min(1.0, most)) if tick <= most], title=None, grid=True
    )
    known = "isValid(datum.rate)"
    whiskers = (
        base.transform_filter(known)
        .mark_rule(color=SOFT, strokeWidth=max(2.0, min(7.0, 260 / len(rows))))
        .encode(x=x, y=alt.Y("lower:Q", scale=scale, axis=axis), y2="upper:Q")
    )
    line = base.mark_line(color=ACCENT, strokeWidth=1.4, invalid="break-paths-filter-domains").encode(
        x=x, y=alt.Y("rate:Q", scale=scale)
    )
    point = (
        base.transform_filter(known)
        .mark_point(filled=True, color=ACCENT, size=22 if len(rows) > 40 else 45, opacity=1)
        .encode(x=x, y=alt.Y("rate:Q", scale=scale))
    )
    words = base.mark_text(dy=-10, fontSize=TEXT, color=INK, fontWeight="bold").encode(
        x=x, y=alt.Y("label_at:Q", scale=scale), text="told:N"
    )
    return framed(
        alt.layer(whiskers, line, point, words, *law_marks(marks, first, last, form)),
        width=WIDTH - 40,
        height=HEIGHT + 30,
    )


def categories(rows: Sequence[Row]) -> alt.Y:
    """The category axis: one line each, in the order given."""
    return alt.Y(
        "label:N",
        sort=[row["label"] for row in rows],
        axis=alt.Axis(
            title=None,
            labelLimit=LONGEST,
            labelFontSize=TEXT,
            labelColor=INK,
            domain=False,
            ticks=False,
            labelPadding=8,
            minExtent=labels(rows),
            maxExtent=labels(rows),
        ),
    )


def time_axis(field: str, first: date, last: date, form: str) -> alt.X:
    """The time axis, in the calendar's own days."""
    return alt.X(
        f"{field}:T",
        scale=alt.Scale(type="utc", domain=[first.isoformat(), last.isoformat()], nice=False),
        axis=alt.Axis(
            title=None, format=form, grid=False, labelFontSize=11, tickCount=10, labelOverlap=True, domainColor=INK_3
        ),
    )


def law_marks(marks: Sequence[Row], first: date, last: date, form: str) -> list[alt.Chart]:
    """A dashed line and its words where the law changed; words that would meet stand below one another."""
    if not marks:
        return []
    placed = [
        {"day": mark["day"], "told": mark["told"], "level": 4 + 15 * mark["level"], "side": mark["side"]}
        for mark in marks
    ]
    x = time_axis("day", first, last, form)
    base = alt.Chart(alt.Data(values=shown(placed)))
    lines = [base.mark_rule(color=VERDICTS["inconclusive"], strokeDash=[4, 3], strokeWidth=1.2).encode(x=x)]
    for side, shift in (("left", 4), ("right", -4)):
        text = base.transform_filter(f"datum.side == '{side}'").mark_text(
            align=side, baseline="top", dx=shift, fontSize=11, color=VERDICTS["inconclusive"]
        )
        lines.append(text.encode(x=x, y=alt.Y("level:Q", scale=None, axis=None), text="told:N"))
    return lines


def staggered(marks: Sequence[Row], *, first: date, last: date) -> list[Row]:
    """Law changes with the side and the height of their words, so that no two words meet."""
    room, ends, placed = WIDTH / max((last - first).days, 1), [-1.0] * 8, []
    for mark in sorted(marks, key=lambda row: row["day"]):
        at = (mark["day"] - first).days * room
        width = length(mark["told"]) + 8
        side = "left" if at + width < WIDTH else "right"
        start, end = (at, at + width) if side == "left" else (at - width, at)
        level = next((place for place, taken in enumerate(ends) if start > taken), len(ends) - 1)
        ends[level] = end
        placed.append({**mark, "level": level, "side": side})
    return placed


def law_words(act: str, day: date) -> str:
    """What stands beside the line of a change of law."""
    return f"{act if len(act) <= LONGEST_ACT else act[:LONGEST_ACT].rstrip(' ,') + '…'}  {day}"


def levels(marks: Sequence[Row]) -> int:
    """How many lines of words the law changes take."""
    return max((mark["level"] + 1 for mark in marks), default=0)


def nice_ticks(most: float) -> list[float]:
    """Round ticks from zero to a share.

    >>> nice_ticks(0.21)
    [0.0, 0.05, 0.1, 0.15, 0.2]
    """
    step = next((size for size in (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2) if most / size <= 5), 0.25)
    return [round(place * step, 6) for place in range(int(most / step + 1e-9) + 1)]


def centre(period: date, following: date) -> date:
    """The middle of a period."""
    return period + timedelta(days=(following - period).days // 2)


def shown(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Rows as a drawing takes them: days as text."""
    return [
        {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()} for row in rows
    ]


def labels(rows: Sequence[Row]) -> int:
    """The width that the longest label of an axis takes, in pixels."""
    return int(min(LONGEST, max([NARROWEST, *(length(row["label"]) for row in rows)]))) + 10


def length(text: str) -> float:
    """About how long a text is on the page, in pixels."""
    return sum(IDEOGRAPH if ord(letter) > 0x2E80 else CHARACTER for letter in text)


def framed(chart: alt.LayerChart, *, width: int, height: int) -> alt.LayerChart:
    """The chart at its size, in the house's face, without a frame."""
    size = chart.properties(width=width, height=height)
    return (
        size.configure(font=FACE, background="transparent", padding=4)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=INK_2, gridColor=LINE, domain=False, tickColor=INK_3, labelFontSize=11, titleFontWeight="normal"
        )
    )


@lru_cache(maxsize=1)
def faces() -> None:
    """Make the shipped faces known to the drawing engine, once."""
    vl_convert.register_font_directory(str(FONTS))


def svg(chart: alt.LayerChart, *, name: str) -> str:
    """The chart as SVG; its inner names begin with the chart's, so that several can stand on one page."""
    faces()
    drawn = vl_convert.vegalite_to_svg(json.dumps(chart.to_dict(validate=False)))
    return IDENTIFIER.sub(lambda found: f"{found.group(1)}{name}-", drawn)
