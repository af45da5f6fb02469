"""False discoveries among very many series, and among series within series."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhiheng.errors import StatisticsError
from zhiheng.stats.aberration.results import Bools, Floats
from zhiheng.stats.multiplicity import stepped_up

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Discoveries:
    """One element for each node: whether it is a discovery, its p-value, and the level at which its family was tested.

    `level` is NaN for a family that was never tested because its parent is no discovery.
    """

    is_discovery: Bools
    p_value: Floats
    level: Floats
    method: str


def adjusted(p_values: ArrayLike) -> Floats:
    """Benjamini and Hochberg (1995, J. R. Statist. Soc. B 57, 289-300): the smallest rate at which each would be discovered.

    NaN is no test: it stays NaN and is not counted.

    >>> adjusted([0.01, 0.04, 0.03, 0.20]).round(4).tolist()
    [0.04, 0.0533, 0.0533, 0.2]
    """
    p = _checked(p_values).ravel()
    found = np.full(p.shape, np.nan)
    there = np.flatnonzero(~np.isnan(p))
    if there.size:
        order = there[np.argsort(p[there], kind="stable")]
        found[order] = np.minimum(1.0, stepped_up(p[order]))
    return found.reshape(np.shape(p_values))


def simes(p_values: ArrayLike, family: ArrayLike, families: int) -> Floats:
    """One p-value for each family, of "none of you" (Simes 1986, Biometrika 73, 751-754): the smallest of m p_(i) / i.

    Families are numbers from 0; one without any test is NaN.

    >>> simes([0.01, 0.5, 0.04, 0.04], [0, 0, 1, 1], 2).tolist()
    [0.02, 0.04]
    """
    p, group = _checked(p_values).ravel(), np.asarray(family, dtype=np.int64).ravel()
    found = np.full(families, np.nan)
    there = np.flatnonzero(~np.isnan(p))
    if not there.size:
        return found
    order = there[np.lexsort((p[there], group[there]))]
    sorted_group = group[order]
    size = np.bincount(sorted_group, minlength=families)
    first = np.concatenate([[0], np.cumsum(size)[:-1]])
    rank = np.arange(order.size) - first[sorted_group] + 1
    value = p[order] * size[sorted_group] / rank
    np.fmin.at(found, sorted_group, value)
    return found


def tree_discoveries(
    p_values: ArrayLike, parent: ArrayLike, *, rate: float = 0.05, selective: bool = True
) -> Discoveries:
    """Test a tree of series from its roots down: product, product by region, product by region by analyte.

    `parent` holds the place of each node's parent, -1 for a root; a parent comes before its children. The children of a
    node are one family, the roots are one. A family is tested by Benjamini and Hochberg only if its parent is a discovery.

    `selective`: the family of a discovery is tested at rate x R / m, its parent's own level times the share R of the m nodes in
    the parent's family that were discovered (Benjamini and Bogomolov 2014, J. R. Statist. Soc. B 76, 297-318, repeated down the
    levels): on the average over the families looked into, the rate of false discoveries is kept. Without it every family is
    tested at `rate` (Yekutieli 2008, J. Am. Statist. Assoc. 103, 309-316), whose bound over the whole tree is
    1.44 x 2 x levels x rate for independent tests.

    A NaN p-value, such as of a series that could not be judged, is no discovery; of an inner node it means "by its children":
    Simes' combination of theirs. StatisticsError: a parent after its child, or a p-value outside 0 to 1.

    >>> tree_discoveries([0.001, 0.6, 0.01, 0.9, 0.001], [-1, -1, 0, 0, 1]).is_discovery.tolist()
    [True, False, True, False, False]
    """
    p, above = _checked(p_values).ravel().copy(), np.asarray(parent, dtype=np.int64).ravel()
    _tree(p, above, rate)
    depth = _depths(above)
    for level in range(int(depth.max(initial=0)), 0, -1):
        children = np.flatnonzero(depth == level)
        combined = simes(p[children], above[children], p.size)
        p = np.where(np.isnan(p), combined, p)
    found, tested = np.zeros(p.size, dtype=bool), np.full(p.size, np.nan)
    below = np.full(
        p.size + 1, np.nan
    )  # level at which the children of each node are tested; the last is for the roots
    below[-1] = rate
    for level in range(int(depth.max(initial=0)) + 1):
        nodes = np.flatnonzero((depth == level) & ~np.isnan(below[above]))
        if not nodes.size:
            break
        tested[nodes] = below[above[nodes]]
        found[nodes] = _stepped(p[nodes], above[nodes], tested[nodes])
        share = _shares(found[nodes], above[nodes], ~np.isnan(p[nodes]))
        winners = nodes[found[nodes]]
        below[winners] = tested[winners] * (share[found[nodes]] if selective else 1.0)
    name = "Benjamini-Bogomolov" if selective else "Yekutieli"
    return Discoveries(found, p, tested, f"{name}, rate {rate:g}")


def _stepped(p: Floats, family: Indices, level: Floats) -> Bools:
    """Benjamini and Hochberg within every family at its own level."""
    found = np.zeros(p.shape, dtype=bool)
    there = np.flatnonzero(~np.isnan(p))
    if not there.size:
        return found
    order = there[np.lexsort((p[there], family[there]))]
    _, first, size = np.unique(family[order], return_index=True, return_counts=True)
    rank = np.arange(order.size) - np.repeat(first, size) + 1
    passes = p[order] * np.repeat(size, size) <= rank * level[order]
    last = np.maximum.reduceat(np.where(passes, rank, 0), first)
    found[order] = rank <= np.repeat(last, size)
    return found


def _shares(found: Bools, family: Indices, there: Bools) -> Floats:
    """For each node, the share of its family that was discovered."""
    _, place = np.unique(family, return_inverse=True)
    tested, won = np.bincount(place, weights=there), np.bincount(place, weights=found)
    return np.asarray((won / np.maximum(tested, 1))[place])


def _depths(above: Indices) -> Indices:
    """How many parents a node has above it; all nodes climb together."""
    depth, climb = np.zeros(above.size, dtype=np.int64), above.copy()
    while np.any(climb >= 0):
        depth += climb >= 0
        climb = np.where(climb >= 0, above[climb], -1)
    return depth


def _tree(p: Floats, above: Indices, rate: float) -> None:
    if above.shape != p.shape:
        raise StatisticsError(f"parent has {above.size} elements, p_values {p.size}: give one parent for each node")
    wrong = np.flatnonzero((above >= np.arange(above.size)) | (above < -1))
    if wrong.size:
        node = int(wrong[0])
        raise StatisticsError(
            f"node {node} has the parent {above[node]}: a parent comes before its children, -1 is a root"
        )
    if not 0 < rate < 1:
        raise StatisticsError(f"rate {rate:g} is no rate of false discoveries: give a share such as 0.05")


def _checked(p_values: ArrayLike) -> Floats:
    p = np.asarray(p_values, dtype=np.float64)
    wrong = p[(p < 0) | (p > 1)]
    if wrong.size:
        raise StatisticsError(f"p-value {float(wrong[0]):g} is not a probability")
    return p
