"""Laboratories of the simulated country: where they are, how much they see, and what is wrong with some of them."""

from dataclasses import dataclass

import numpy as np

from zhiheng.simulation.draws import Array, chosen, normal, numbered, uniform
from zhiheng.simulation.places import Places
from zhiheng.simulation.settings import figures


@dataclass(frozen=True)
class Laboratories:
    """Parallel arrays; the laboratories of province p are `first[p]` to `first[p + 1]`.

    `bias` is added to the logarithm of every value; `reporting` multiplies the usual reporting level; `relative` is the
    relative standard uncertainty that is reported, 0 where none is; `signs` tells who prints `<` and who 未检出.
    """

    names: tuple[str, ...]
    province: Array
    first: Array
    bias: Array
    biased: Array
    reporting: Array
    relative: Array
    signs: Array


def laboratories(places: Places, *, seed: int) -> Laboratories:
    """Every province has at least three; the rest go where the market is."""
    terms, total = figures("laboratories"), figures("size")["laboratories"]
    provinces = len(places.provinces)
    extra = chosen(places.province_weight, uniform(seed, "laboratory/province", numbered(total - 3 * provinces)))
    province = np.sort(np.concatenate([np.repeat(np.arange(provinces), 3), extra])).astype(np.int32)
    count = numbered(total)
    biased = uniform(seed, "laboratory/biased", count) < terms["biased_share"]
    way = np.where(uniform(seed, "laboratory/way", count) < 0.5, -1.0, 1.0)
    bias = np.where(biased, way * terms["bias"], terms["bias_spread"] * normal(seed, "laboratory/bias", count))
    least, most = terms["relative_uncertainty"]
    relative = least + (most - least) * uniform(seed, "laboratory/relative", count)
    first = np.searchsorted(province, np.arange(provinces + 1))
    levels = np.array(terms["reporting"])
    return Laboratories(
        tuple(
            f"{places.provinces[p]}模拟检验所第{place - first[p] + 1:02d}室"
            for place, p in enumerate(province.tolist())
        ),
        province,
        first,
        bias,
        biased,
        levels[chosen(np.ones(len(levels)), uniform(seed, "laboratory/reporting", count))],
        np.where(uniform(seed, "laboratory/gives", count) < terms["gives_uncertainty"], relative, 0.0),
        uniform(seed, "laboratory/signs", count) < 0.5,
    )
