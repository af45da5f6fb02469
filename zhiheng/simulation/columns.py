"""The columns of a delivery that belong to the report: who, what, where and when, in words."""

from typing import Any

import numpy as np

from zhiheng.simulation.batches import Batches
from zhiheng.simulation.calendar import Calendar
from zhiheng.simulation.design import TARGETED, kind_of
from zhiheng.simulation.draws import Array, chosen, uniform, whole
from zhiheng.simulation.firms import Firms, codes, firm, names
from zhiheng.simulation.settings import figures
from zhiheng.simulation.world import World

PRODUCTION = 0
FRESH, KEPT = (0, 3), (5, 120)


def columns(world: World, lot: Batches, *, received: int) -> dict[str, Any]:
    """One entry a report: texts as objects, days as days."""
    site = firm(
        world,
        channel=lot.channel,
        county=lot.county,
        size=lot.size,
        draw=uniform(world.seed, "batch/firm", lot.key),
    )
    maker, processed = makers(world, lot, site)
    provinces = texts(world.places.provinces)
    county = world.places.province
    return {
        "report": np.arange(len(lot.key), dtype=np.int64),
        "sample_id": identifiers(world.calendar, lot),
        "version": np.maximum(lot.version, 0),
        "stage": np.where(lot.retest, "retest", "first").astype(object),
        "product_type": texts(world.panels.types)[lot.type],
        "product_name": products(world, lot),
        "maker": where(processed, names(world, maker)),
        "maker_id": where(processed, codes(world.places, maker)),
        "site": names(world, site),
        "site_id": codes(world.places, site),
        "size": texts(figures("firms")["size"])[lot.size],
        "origin": provinces[county[maker.county]],
        "region": texts(world.places.codes)[lot.county],
        "province": provinces[lot.province],
        "laboratory": texts(world.laboratories.names)[lot.laboratory],
        "channel": texts(figures("channels")["names"])[lot.channel],
        "arm": np.where(lot.arm == TARGETED, "targeted", "random").astype(object),
        "inclusion": lot.inclusion,
    } | days(world, lot, processed=processed, received=received)


def where(held: Array, words: Array) -> Array:
    """Words where something holds, nothing elsewhere."""
    found = words.copy()
    found[~held] = None
    return found


def texts(words: Any) -> Array:
    """Words as an array of objects."""
    return np.array(list(words), dtype=object)


def identifiers(calendar: Calendar, lot: Batches) -> Array:
    """MN, the day of first receipt, and the number of the batch on that day."""
    known = np.unique(lot.day)
    stamp = {int(day): str(np.datetime64(calendar.start) + int(day)).replace("-", "") for day in known}
    return texts(
        f"MN{stamp[day]}{number:07d}" for day, number in zip(lot.day.tolist(), lot.number.tolist(), strict=True)
    )


def products(world: World, lot: Batches) -> Array:
    """The product's name; a fixed one where the name decides the category."""
    words = texts(figures("words")["products"])
    before = words[chosen(np.ones(len(words)), uniform(world.seed, "batch/word", lot.key))]
    fixed = np.array(world.panels.fixed)[lot.type]
    found: Array = np.where(fixed, "", before) + texts(world.panels.names)[lot.type]
    return found


def makers(world: World, lot: Batches, site: Firms) -> tuple[Firms, Array]:
    """The maker: the inspected firm itself at production, elsewhere a maker anywhere; agricultural products have none."""
    seed = world.seed
    elsewhere = chosen(world.places.weight, uniform(seed, "maker/county", lot.key))
    local = uniform(seed, "maker/local", lot.key) < 0.5
    county = np.where(local, lot.county, elsewhere)
    sizes = np.array(figures("firms")["batches"])
    other = firm(
        world,
        channel=np.zeros(len(lot.key), dtype=np.int64),
        county=county,
        size=chosen(sizes, uniform(seed, "maker/size", lot.key)),
        draw=uniform(seed, "maker/firm", lot.key),
    )
    own = lot.channel == PRODUCTION
    maker = Firms(
        np.where(own, site.channel, other.channel),
        np.where(own, site.county, other.county),
        np.where(own, site.rank, other.rank),
    )
    processed = np.array([kind_of(name) != "raw" for name in world.panels.categories])[lot.type]
    return maker, processed


def days(world: World, lot: Batches, *, processed: Array, received: int) -> dict[str, Array]:
    """Sampled, made, reported, and the day whose rules apply: the day of sampling."""
    earliest = np.datetime64(world.calendar.earliest)
    sampled = earliest + lot.sampled.astype("timedelta64[D]")
    draw = uniform(world.seed, "batch/age", lot.key)
    age = np.where(processed, whole(KEPT, draw), whole(FRESH, draw))
    first = np.datetime64(world.calendar.start) + lot.day.astype("timedelta64[D]")
    late = (lot.version > 0) | lot.retest
    now = np.datetime64(world.calendar.start) + np.timedelta64(received, "D")
    found = {
        "sampled_on": sampled,
        "made_on": sampled - age.astype("timedelta64[D]"),
        "reported_on": np.where(late, now, first) - np.timedelta64(1, "D"),
        "day": sampled,
    }
    return {name: day.astype("datetime64[us]") for name, day in found.items()}
