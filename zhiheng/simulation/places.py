"""Counties of the 31 provinces of the mainland, with how much of the market each has."""

import csv
from dataclasses import dataclass
from importlib.resources import files

import numpy as np

from zhiheng.simulation.draws import Array, normal, numbered
from zhiheng.simulation.settings import figures


@dataclass(frozen=True)
class Places:
    """Provinces and counties; a county is the range `first[p]` to `first[p + 1]` of its province."""

    provinces: tuple[str, ...]
    codes: tuple[str, ...]
    names: tuple[str, ...]
    province: Array
    first: Array
    weight: Array
    risk: Array

    @property
    def province_weight(self) -> Array:
        """How much of the market each province has, one in all."""
        return np.bincount(self.province, weights=self.weight)


def places(seed: int) -> Places:
    """The country of a seed: counties of log-normal size, provinces of log-normal risk."""
    text = (files("zhiheng") / "law" / "cn" / "regions.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    parents = {row["parent"] for row in rows}
    # a city without counties (Dongguan, Jiayuguan) stands as its own county
    lowest = [row for row in rows if row["code"] not in parents and row["level"] != "province"]
    names = {row["code"]: row["name"] for row in rows}
    above = sorted({row["code"][:2] for row in lowest})
    province = np.array([above.index(row["code"][:2]) for row in lowest], dtype=np.int32)
    terms = figures("places")
    size = np.exp(terms["county_spread"] * normal(seed, "county", numbered(len(lowest))))
    return Places(
        tuple(names[code + "0000"] for code in above),
        tuple(row["code"] for row in lowest),
        tuple(row["name"] for row in lowest),
        province,
        np.searchsorted(province, np.arange(len(above) + 1)),
        size / size.sum(),
        np.exp(terms["province_spread"] * normal(seed, "province", numbered(len(above)))),
    )
