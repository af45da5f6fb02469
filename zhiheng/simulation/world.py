"""The whole country of a seed: everything that holds before the first batch is drawn."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from zhiheng.simulation.calendar import Calendar, calendar
from zhiheng.simulation.cells import LIMIT, UNRULED, Cells, cells
from zhiheng.simulation.design import Design, design
from zhiheng.simulation.draws import Array
from zhiheng.simulation.laboratories import Laboratories, laboratories
from zhiheng.simulation.outbreaks import Outbreak, added, calibrated, outbreaks
from zhiheng.simulation.panels import Panels, panels
from zhiheng.simulation.places import Places, places
from zhiheng.simulation.settings import figures


@dataclass(frozen=True, eq=False)
class World:
    """`firms` is the number of firms of each channel in each county; `extra` what each outbreak adds on each day;
    `probe` the cell of each panel that a malformed row is made from."""

    seed: int
    size: float
    calendar: Calendar
    places: Places
    panels: Panels
    cells: Cells
    laboratories: Laboratories
    outbreaks: tuple[Outbreak, ...]
    design: Design
    extra: tuple[Array, ...]
    firms: Array
    probe: Array


def world(*, seed: int, size: float, start: date, days: int) -> World:
    """The country of a seed, a size and days of receipt."""
    when = calendar(start, days=days, size=size)
    where = places(seed)
    what = panels(when.earliest, when.last)
    lines = cells(what, seed=seed)
    bare = design(when, places=where, panels=what, cells=lines, seed=seed)
    planted = outbreaks(when, places=where, panels=what, cells=lines, seed=seed)
    whole = calibrated(bare, planted, calendar=when, places=where, panels=what, cells=lines)
    extra = tuple(added(entry, calendar=when, panels=what, cells=lines, design=whole) for entry in planted)
    terms = figures("size")
    firms = terms["firms_per_batch"] * terms["batches"] * size * where.weight / len(figures("channels")["names"])
    return World(
        seed,
        size,
        when,
        where,
        what,
        lines,
        laboratories(where, seed=seed),
        planted,
        whole,
        extra,
        np.maximum(np.rint(firms), 4).astype(np.int64),
        probes(lines),
    )


def probes(lines: Cells) -> Array:
    """The first cell of each panel that is a figure under a limit, or else under none."""
    found = []
    for begin, end in zip(lines.first, lines.first[1:], strict=False):
        order = [*np.flatnonzero(lines.form[begin:end] == LIMIT), *np.flatnonzero(lines.form[begin:end] == UNRULED), 0]
        found.append(begin + order[0])
    return np.array(found, dtype=np.int64)
