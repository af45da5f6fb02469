"""Planted outbreaks: a test item fails more often on one kind of food, in some provinces, for some days."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from zhiheng.simulation.calendar import Calendar
from zhiheng.simulation.cells import CAUSES, Cells
from zhiheng.simulation.design import Design, by_panel, days_of, expected
from zhiheng.simulation.draws import Array, chosen, numbered, uniform, whole
from zhiheng.simulation.panels import Panels
from zhiheng.simulation.places import Places
from zhiheng.simulation.settings import figures


@dataclass(frozen=True)
class Outbreak:
    """`first` to `last` are days of sampling, both included; `factor` times the usual risk of the item."""

    number: int
    type: int
    analyte: str
    cause: int
    provinces: tuple[int, ...]
    first: date
    last: date
    factor: float


def outbreaks(calendar: Calendar, *, places: Places, panels: Panels, cells: Cells, seed: int) -> tuple[Outbreak, ...]:
    """The outbreaks of a seed, on items that can fail, common foods before rare ones."""
    terms = figures("outbreaks")
    count = numbered(terms["number"])
    able = np.flatnonzero(cells.cause >= 0)
    panel = np.searchsorted(cells.first, able, side="right") - 1
    last = panel % len(panels.regimes) == len(panels.regimes) - 1
    able, kind = able[last], (panel // len(panels.regimes))[last]
    cause, wanted = cells.cause[able], np.array(list(figures("failures")["causes"].values()))
    # as many outbreaks of a cause as it has failures, common foods before rare ones
    common = np.array(panels.ruled, dtype=float)[kind] ** 2
    common *= (wanted / np.maximum(np.bincount(cause, weights=common, minlength=len(wanted)), 1e-9))[cause]
    cell = chosen(common, uniform(seed, "outbreak/cell", count))
    days = whole(terms["days"], uniform(seed, "outbreak/days", count))
    begin = np.floor(uniform(seed, "outbreak/first", count) * np.maximum(calendar.days - days, 1)).astype(int)
    factor = np.exp(np.log(terms["factor"]) @ shares(uniform(seed, "outbreak/factor", count)))
    many = whole((1, terms["provinces"]), uniform(seed, "outbreak/provinces", count))
    found = []
    for n in range(terms["number"]):
        order = chosen(places.province_weight, uniform(seed, f"outbreak/where/{n}", numbered(many[n])))
        start = calendar.start + timedelta(days=int(begin[n]))
        found.append(
            Outbreak(
                n + 1,
                int(kind[cell[n]]),
                str(cells.analyte[able[cell[n]]]),
                int(cells.cause[able[cell[n]]]),
                tuple(sorted(set(order.tolist()))),
                start,
                min(start + timedelta(days=int(days[n]) - 1), calendar.last),
                round(float(factor[n]), 1),
            )
        )
    return tuple(found)


def shares(draw: Array) -> Array:
    """Weights of two ends."""
    return np.stack([1 - draw, draw])


def place_in(outbreak: Outbreak, *, panels: Panels, cells: Cells) -> Array:
    """The cell of the outbreak in each regime; -1 where the regime does not judge the item."""
    regimes = len(panels.regimes)
    found = np.full(regimes, -1, dtype=np.int64)
    for regime in range(regimes):
        begin, end = cells.first[outbreak.type * regimes + regime : outbreak.type * regimes + regime + 2]
        place = np.flatnonzero((cells.analyte[begin:end] == outbreak.analyte) & (cells.cause[begin:end] >= 0))
        found[regime] = begin + place[0] if len(place) else -1
    return found


def added(outbreak: Outbreak, *, calendar: Calendar, panels: Panels, cells: Cells, design: Design) -> Array:
    """What the outbreak adds to the risk on each day of sampling, for province, channel and firm of risk 1."""
    day = np.arange(len(design.regime_of))
    begin, end = ((when - calendar.earliest).days for when in (outbreak.first, outbreak.last))
    cell = place_in(outbreak, panels=panels, cells=cells)[design.regime_of]
    season = design.market.season[outbreak.cause][calendar.month(day)]
    usual = np.where(cell >= 0, design.hazard[np.maximum(cell, 0)], 0.0)
    return np.where((day >= begin) & (day <= end), usual * season * (outbreak.factor - 1), 0.0)


def spread(outbreak: Outbreak, *, places: Places, panels: Panels, design: Design, arm: int) -> float:
    """The share of an arm's batches that the outbreak may touch, each weighted by its risk."""
    where = list(outbreak.provinces)
    province = float((design.province[arm][where] * places.risk[where]).sum())
    product = design.product[arm].reshape(len(panels.types), -1)[outbreak.type]
    size = float((design.size[arm] * design.market.size_risk).sum())
    return province * size * float((product * design.market.channel_risk).sum())


def expected_extra(
    design: Design,
    planted: Sequence[Outbreak],
    extra: Sequence[Array],
    *,
    calendar: Calendar,
    places: Places,
    panels: Panels,
) -> list[float]:
    """How many more of the drawn batches each outbreak makes fail, in the mean."""
    sampled = calendar.sampled()
    return [
        sum(
            float(design.drawn[arm]) * spread(entry, places=places, panels=panels, design=design, arm=arm)
            for arm in range(len(design.drawn))
        )
        * float((daily * sampled).sum())
        for entry, daily in zip(planted, extra, strict=True)
    ]


def calibrated(
    design: Design, planted: tuple[Outbreak, ...], *, calendar: Calendar, places: Places, panels: Panels, cells: Cells
) -> Design:
    """The design with risks such that the drawn batches of both arms fail as often, and of such causes, as settled."""
    terms, random = figures("failures"), figures("arms")["random_share"]
    when, sampled = days_of(calendar, panels)[1], calendar.sampled()
    reached = np.zeros(len(CAUSES))
    for arm, share in enumerate((random, 1 - random)):
        reached += share * expected(design, places=places, panels=panels, when=when, arm=arm)
        for entry in planted:
            daily = added(entry, calendar=calendar, panels=panels, cells=cells, design=design)
            touched = spread(entry, places=places, panels=panels, design=design, arm=arm)
            reached[entry.cause] += share * touched * float((daily * sampled).sum())
    wanted = np.array([terms["causes"][name] for name in CAUSES])
    scale = np.where(reached > 0, terms["share"] * wanted / wanted.sum() / np.maximum(reached, 1e-300), 0.0)
    hazard = np.where(cells.cause >= 0, cells.hazard * scale[cells.cause], 0.0)
    return replace(design, hazard=hazard, cause=by_panel(cells, hazard))
