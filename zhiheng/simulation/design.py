"""Who is drawn and what fails: market, arms, risks, calibrated so that the drawn batches fail as the bulletins say.

The market is a product: province × product type and channel × size of firm. Each factor has its share and its risk, so the
share that either arm finds, the inclusion probability of a batch and the true failing share of a stratum are sums, not
simulations. The probability that a batch fails is its province's, channel's and firm's risk times the sum of the risks of
its items in the month, plus what an outbreak adds.
"""

from dataclasses import dataclass

import numpy as np

from zhiheng.simulation.calendar import Calendar
from zhiheng.simulation.cells import CAUSES, Cells
from zhiheng.simulation.draws import Array, normal, numbered
from zhiheng.simulation.panels import Panels, mix
from zhiheng.simulation.places import Places
from zhiheng.simulation.settings import figures

RANDOM, TARGETED = 0, 1


@dataclass(frozen=True)
class Market:
    """Shares and risks: by product type × channel, and of channels, sizes and months (cause × month)."""

    share: Array
    channel_risk: Array
    size_share: Array
    size_risk: Array
    season: Array


@dataclass(frozen=True)
class Design:
    """What each arm draws, and the risk of a cell once it is calibrated.

    `province`, `product` (type × channel, flattened) and `size` hold the shares of the two arms; `lean` the factors of
    the targeted arm; `cause` the risk by panel (type × regime) and cause; `regime_of` the regime of each day of sampling.
    """

    market: Market
    province: Array
    product: Array
    size: Array
    lean: tuple[Array, Array, Array]
    norm: float
    hazard: Array
    cause: Array
    regime_of: Array
    population: float
    drawn: Array


def market(panels: Panels, *, seed: int) -> Market:
    """The market of a seed."""
    terms, firms = figures("channels"), figures("firms")
    size = np.exp(0.5 * normal(seed, "type", numbered(len(panels.types))))
    weight = np.array([mix(count) for count in panels.ruled]) * size
    kinds = [terms[kind_of(name)] for name in panels.categories]
    share = (weight / weight.sum())[:, None] * np.array(kinds)
    season = np.ones((len(CAUSES), 12))
    for name, months in figures("failures")["season"].items():
        season[CAUSES.index(name)] = months
    return Market(
        share / share.sum(), np.array(terms["risk"]), np.array(firms["batches"]), np.array(firms["risk"]), season
    )


def kind_of(category: str) -> str:
    """Processed food, an agricultural product, or food made in catering.

    >>> kind_of("蔬菜"), kind_of("餐饮食品"), kind_of("酒类")
    ('raw', 'catering', 'processed')
    """
    if category in figures("channels")["raw_categories"]:
        return "raw"
    return "catering" if category == "餐饮食品" else "processed"


def days_of(calendar: Calendar, panels: Panels) -> tuple[Array, Array]:
    """The regime of each day of sampling, and the share of batches by regime × month."""
    day = np.datetime64(calendar.earliest) + np.arange(calendar.days + len(calendar.lag) - 1)
    begins = np.array(panels.regimes, dtype="datetime64[D]")
    regime = np.searchsorted(begins, day, side="right") - 1
    share = np.zeros((len(begins), 12))
    np.add.at(share, (regime, calendar.month(np.arange(len(day)))), calendar.sampled())
    return regime, share


def by_panel(cells: Cells, hazard: Array) -> Array:
    """The sum of risks of each panel by cause."""
    panel = np.repeat(np.arange(len(cells.first) - 1), np.diff(cells.first))
    found = np.zeros((len(cells.first) - 1, len(CAUSES)))
    known = cells.cause >= 0
    np.add.at(found, (panel[known], cells.cause[known]), hazard[known])
    return found


def design(calendar: Calendar, *, places: Places, panels: Panels, cells: Cells, seed: int) -> Design:
    """The design before outbreaks, its risks not yet calibrated."""
    terms, about = figures("arms"), market(panels, seed=seed)
    regime, when = days_of(calendar, panels)
    cause = by_panel(cells, cells.hazard)
    # what a planner knows: the risk of a kind of food and channel by the causes' shares, not the seed's own risks
    wanted = np.array(list(figures("failures")["causes"].values()))
    carried = (cause > 0).reshape(len(panels.types), -1, len(CAUSES))[:, -1]
    common = np.maximum((carried * about.share.sum(axis=1)[:, None]).sum(axis=0), 1e-9)
    known = (carried * (wanted / common)).sum(axis=1) + 0.1
    lean = (
        places.risk ** terms["lean"],
        ((known[:, None] * about.channel_risk[None, :]) ** terms["lean"]).ravel(),
        about.size_risk ** terms["lean"],
    )
    shares = (places.province_weight, about.share.ravel(), about.size_share)
    arms = [
        np.stack([share, share * factor / (share * factor).sum()]) for share, factor in zip(shares, lean, strict=True)
    ]
    norm = float(np.prod([(share * factor).sum() for share, factor in zip(shares, lean, strict=True)]))
    total = float(calendar.batches.sum())
    drawn = total * np.array([terms["random_share"], 1 - terms["random_share"]])
    population = total * figures("size")["population_per_batch"]
    return Design(about, arms[0], arms[1], arms[2], lean, norm, cells.hazard, cause, regime, population, drawn)


def expected(design: Design, *, places: Places, panels: Panels, when: Array, arm: int) -> Array:
    """The failing share by cause that an arm finds, without outbreaks."""
    province = float((design.province[arm] * places.risk).sum())
    size = float((design.size[arm] * design.market.size_risk).sum())
    product = design.product[arm].reshape(len(panels.types), -1)
    channel = (product * design.market.channel_risk).sum(axis=1)
    cause = design.cause.reshape(len(panels.types), -1, len(CAUSES))
    seasonal = np.einsum("rm,cm->rc", when, design.market.season)
    found: Array = province * size * np.einsum("t,trc,rc->c", channel, cause, seasonal)
    return found
