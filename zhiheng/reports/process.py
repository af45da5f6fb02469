"""A table of process data as control charts: which columns are what, the terms of the day, and every signal in words."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from zhiheng import rules
from zhiheng.errors import SourceError, UsageError
from zhiheng.evidence.grid import Grid
from zhiheng.surveillance.process import COUNTED, GROUPED, KINDS, SIGNALS, Drawn, Point, charted

__all__ = ["KINDS", "SIGNALS", "Drawn", "body", "charted", "drawn", "said", "terms"]

# the terms were first written down on that day; an earlier one is told by them all the same
FIRST = date(2026, 11, 22)


def terms(on: date) -> dict[str, Any]:
    """The terms of control charts on a day."""
    return rules.settings("charts", on=max(on, FIRST))


def drawn(
    grid: Grid, kind: str, *, on: date, baseline: int = 0, label: str = "", values: Sequence[str] = ()
) -> tuple[Drawn, ...]:
    """The charts of a table: `label` names the points, `values` the columns of figures; left out, they are found by their cells.

    Counts come before sizes. Subgroups stand in one row each, or, in two columns, in as many rows as they have values.
    """
    if kind not in KINDS:
        raise UsageError(f"'{kind[:40]}' is no chart; give one of {', '.join(KINDS)}")
    named, held = columns(grid, kind, label, values)
    labels = list(grid.column(named)) if named else [str(at + 1) for at in range(len(grid.rows))]
    figures = [grid.numbers(name) for name in held]
    if kind in GROUPED and len(held) == 1 and named:
        labels, figures = grouped(labels, figures[0])
    return charted(kind, labels, figures, terms=terms(on), baseline=baseline)


def columns(grid: Grid, kind: str, label: str, values: Sequence[str]) -> tuple[str, list[str]]:
    """The column of labels (nothing: points are numbered) and those of figures. SourceError: too few columns of figures."""
    for name in (*([label] if label else []), *values):
        grid.column(name)
    if values:
        rest = [name for name in grid.names if name not in values]
        return label or next((name for name in rest if not grid.is_numeric(name)), ""), list(values)
    needed = 2 if kind in COUNTED else 1
    named = label
    if not named and (not grid.is_numeric(grid.names[0]) or len(grid.names) > needed):
        # subgroups in rows of figures alone have no labels
        named = "" if kind in GROUPED and len(grid.names) > 2 and grid.is_numeric(grid.names[0]) else grid.names[0]
    numeric = [name for name in grid.names if name != named and grid.is_numeric(name)]
    wrong = [name for name in grid.names if name != named and not grid.is_numeric(name)]
    if len(numeric) < needed:
        what = "a count and a size" if needed == 2 else "a value"
        more = f"; {wrong[0]} holds other text: {faulty(grid, wrong[0])}" if wrong else ""
        raise SourceError(f"{len(numeric)} columns of figures, {kind} needs {what} a point{more}")
    return named, numeric if kind in GROUPED else numeric[:needed]


def faulty(grid: Grid, name: str) -> str:
    """What is wrong with the first cell of a column that is no number."""
    try:
        grid.numbers(name)
    except SourceError as error:
        return str(error)
    return "it is blank"


def grouped(labels: Sequence[str], values: Sequence[float]) -> tuple[list[str], list[list[float]]]:
    """Values one below the other as subgroups by their label, in the order of the first. SourceError: subgroups of several sizes."""
    held: dict[str, list[float]] = {}
    for label, value in zip(labels, values, strict=True):
        held.setdefault(label, []).append(value)
    sizes = {len(group) for group in held.values()}
    if len(sizes) > 1:
        usual = max(sizes, key=lambda size: sum(len(group) == size for group in held.values()))
        odd = next(label for label, group in held.items() if len(group) != usual)
        raise SourceError(
            f"subgroup '{odd}' has {len(held[odd])} values, others {usual}: complete it with blank cells, or leave it out"
        )
    return list(held), [list(column) for column in zip(*held.values(), strict=True)]


def body(charts: Sequence[Drawn]) -> list[dict[str, Any]]:
    """Charts as plain data, every signal with its words."""
    return [
        {
            "chart": one.name,
            "method": one.method,
            "baseline": one.baseline,
            "run_length_in_control": one.run_length,
            "run_length_shifted": one.run_length_shifted,
            "notes": one.notes,
            "points": [vars(point) | {"words": said(point)} for point in one.points],
        }
        for one in charts
    ]


def said(point: Point) -> list[str]:
    """The signals of a point in words."""
    return [SIGNALS[code] for code in point.signals]
