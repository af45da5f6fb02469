"""False discoveries over the whole tree: the p-values of all detectors of a morning go in, with the level of each family."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from zhiheng.stats.aberration import adjusted, tree_discoveries
from zhiheng.surveillance.tree.cells import Floats, Ints
from zhiheng.surveillance.tree.judging import Tests


@dataclass(frozen=True)
class Controlled:
    """What holds of the tests: discovery, the level its family was tested at (NaN: never), and how many there were.

    `q` is the flat rate of Benjamini and Hochberg over all tests, for comparison; the tree decides.
    """

    is_discovery: Any
    level: Floats
    q: Floats
    tests: int
    series: int
    hopeless: int
    rate: float
    method: str


def control(tests: Tests, parent: Ints, *, rate: float) -> Controlled:
    """Families of the tree tested from the top, each at the level that its parent earned (Benjamini and Bogomolov 2014,
    J. R. Statist. Soc. B 76, 297-318; Bogomolov, Peterson, Benjamini and Sabatti 2021, Biometrika 108, 575-590).

    The children of a series are its own tests (weeks, counts and rates) and the series below it; its p-value is Simes' of its
    children. A test whose smallest possible p-value is above the rate, given its number of cases, is left out beforehand
    (Tarone 1990, Biometrics 46, 515-522; Gilbert 2005, Applied Statistics 54, 143-158): it could never be a discovery.
    """
    there = ~np.isnan(tests.p)
    hopeless = there & (tests.smallest > rate)
    p = np.where(hopeless, np.nan, tests.p)
    nodes = parent.size
    found = tree_discoveries(
        np.concatenate([np.full(nodes, np.nan), p]), np.concatenate([parent, tests.node]), rate=rate, selective=True
    )
    tested = ~np.isnan(p)
    return Controlled(
        found.is_discovery[nodes:],
        found.level[nodes:],
        adjusted(p),
        int(tested.sum()),
        int(np.unique(tests.node[tested]).size),
        int(hopeless.sum()),
        rate,
        found.method,
    )
