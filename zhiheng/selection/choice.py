"""Which rows of a frozen list a design draws: a function of the seed's stream, in whole numbers, so that all machines agree.

    simple              the n smallest values of the stream
    systematic          one random start, then every T / n of the sizes laid end to end in the order of the list
    systematic-random   the same, in the order of the stream's values
    pareto              the n smallest of u / (1 - u) x (1 - p) / p, compared as exact fractions
    sampford            Sampford's design, unit after unit, in IEEE 754 doubles
    cube                the cube method, balanced on columns of the list, in whole numbers (balance.py)

Within each stratum by itself. In all but the first, p = n x size / T, and a unit with p of 1 or more is drawn with certainty.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from zhiheng.errors import DrawInvalid
from zhiheng.selection import balance
from zhiheng.selection.frozen import Places, Stretch
from zhiheng.selection.stream import BITS, Keys, Stream, uniforms
from zhiheng.stats import sampford, simple
from zhiheng.stats.sampford import MOST_CELLS

DESIGNS = ("simple", "systematic", "systematic-random", "pareto", "sampford", "cube")
LABEL = "targets"
PIECE = 1 << 20
LARGEST = {"systematic": 2**62, "systematic-random": 2**62, "pareto": 2**62, "sampford": 2**53, "cube": 2**62}
DOUBT = 1e-12  # doubles nearer to each other than this are compared as fractions


@dataclass(frozen=True)
class Drawn:
    """The rows drawn, ascending, and the inclusion probability of each as a fraction of whole numbers."""

    rows: Places
    top: Places
    bottom: Places


def draw(
    design: str,
    strata: Sequence[Stretch],
    n: Sequence[int],
    stream: Stream,
    sizes: Places | None,
    *,
    columns: Places | None = None,
) -> Drawn:
    """The drawn rows of all strata. `sizes`: one a row of the list, for every design but `simple`; `columns`: rows x q for `cube`."""
    check(design, strata, n, variables=0 if columns is None else columns.shape[1])
    parts: list[Drawn] = []
    for group in _groups(strata):
        keys = _keys(stream, group) if design != "simple" or len(group) > 1 else None
        for stretch in group:
            low = stretch.first - group[0].first
            own = None if keys is None else keys[low : low + stretch.units]
            size = None if sizes is None else sizes[stretch.first : stretch.first + stretch.units]
            more = None if columns is None else columns[stretch.first : stretch.first + stretch.units]
            parts.append(_stratum(design, stretch, n[len(parts)], stream, own, size, more))
    return Drawn(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("rows", "top", "bottom")))


def check(design: str, strata: Sequence[Stretch], n: Sequence[int], *, variables: int = 0) -> None:
    """Refuse, before anything is committed, what the design could not draw afterwards. `variables`: to be balanced on."""
    if design == "simple":
        return
    for entry, drawn in zip(strata, n, strict=True):
        if drawn * entry.size >= LARGEST[design]:
            raise DrawInvalid(
                f"stratum {entry.stratum}: its sizes times {drawn} pass {LARGEST[design]:,}; divide all sizes by the same number, "
                "or the stratum"
            )
        if design == "sampford" and entry.units * (drawn + 1) > MOST_CELLS:
            raise DrawInvalid(
                f"stratum {entry.stratum}: Sampford sampling of {drawn} among {entry.units} is too large; use pareto, or divide it"
            )
    if design == "cube" and sum(entry.units for entry in strata) * (variables + 1) ** 2 > balance.MOST_CELLS:
        raise DrawInvalid(
            f"plan.json design: balancing {sum(entry.units for entry in strata):,} targets on {variables} columns is too large; use "
            "fewer columns, another design, or a draw for each part of the list"
        )


def _groups(strata: Sequence[Stretch]) -> Iterator[list[Stretch]]:
    """Neighbouring strata together, so that no block of the stream is made twice for small ones."""
    group: list[Stretch] = []
    for stretch in strata:
        if group and sum(entry.units for entry in group) + stretch.units > PIECE:
            yield group
            group = []
        group.append(stretch)
    if group:
        yield group


def _keys(stream: Stream, group: Sequence[Stretch]) -> Keys:
    return stream.keys(LABEL, group[0].first, group[-1].first + group[-1].units)


def _stratum(
    design: str,
    stretch: Stretch,
    n: int,
    stream: Stream,
    keys: Keys | None,
    sizes: Places | None,
    columns: Places | None,
) -> Drawn:
    if design == "simple":
        rows = _smallest(stream, stretch, n) if keys is None else simple(keys, n) + stretch.first
        return Drawn(rows, np.full(n, n), np.full(n, stretch.units))
    assert keys is not None
    assert sizes is not None
    sure, left = certain(sizes, n)
    rest = np.flatnonzero(~sure)
    found = np.zeros(0, dtype=np.int64)
    if left and design == "cube":
        held = [] if columns is None else columns[rest].T.tolist()
        found = rest[balance.balanced(sizes[rest].tolist(), held, left, keys[rest].tolist())]
    elif left:
        found = rest[_unequal(design, sizes[rest], left, keys[rest], stream, stretch.stratum)]
    places = np.sort(np.concatenate([np.flatnonzero(sure), found]))
    total = int(sizes[rest].sum())
    return Drawn(
        places + stretch.first,
        np.where(sure[places], 1, left * sizes[places]),
        np.where(sure[places], 1, total),
    )


def certain(sizes: Places, n: int) -> tuple[NDArray[np.bool_], int]:
    """Which units are drawn with certainty (left x size >= sum of the sizes that are left), and how many are left to draw.

    >>> certain(np.array([1, 1, 2, 16]), 2)
    (array([False, False, False,  True]), 1)
    """
    sure, left = np.zeros(sizes.size, dtype=bool), n
    while left:
        over = ~sure & (left * sizes >= int(sizes[~sure].sum()))
        if not over.any():
            break
        sure, left = sure | over, left - int(over.sum())
    return sure, left


def _unequal(design: str, sizes: Places, n: int, keys: Keys, stream: Stream, stratum: str) -> Places:
    """The places that are drawn with p = n x size / sum below 1."""
    total = int(sizes.sum())
    if design == "sampford":
        return sampford(n * sizes / total, uniforms(keys))
    if design == "pareto":
        return _pareto(sizes, n, total, keys)
    order = np.argsort(keys, kind="stable") if design == "systematic-random" else np.arange(sizes.size)
    steps = (np.cumsum(sizes[order]) * n + stream.below(f"start {stratum}", total)) // total
    return np.sort(order[np.diff(steps, prepend=0) > 0])


def _pareto(sizes: Places, n: int, total: int, keys: Keys) -> Places:
    """The n smallest rankings; doubles find them, fractions settle what is too near to call."""
    u, p = keys.astype(np.float64) * 2.0**-BITS, n * sizes / total
    with np.errstate(divide="ignore"):
        ranking = u / (1 - u) * ((1 - p) / p)
    bound = np.partition(ranking, n - 1)[n - 1]
    below = np.flatnonzero(ranking < bound * (1 - DOUBT))
    near = np.flatnonzero((ranking >= bound * (1 - DOUBT)) & (ranking <= bound * (1 + DOUBT)))
    exact = sorted((_ranking(int(keys[place]), n * int(sizes[place]), total), int(place)) for place in near)
    return np.sort(np.concatenate([below, [place for _, place in exact[: n - below.size]]])).astype(np.int64)


def _ranking(key: int, top: int, bottom: int) -> Fraction:
    return Fraction(key * (bottom - top), ((1 << BITS) - key) * top)


def _smallest(stream: Stream, stretch: Stretch, n: int) -> Places:
    """The rows of the n smallest values of a large stratum, a piece of the stream at a time."""
    rows, held = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.uint64)
    end = stretch.first + stretch.units
    for start in range(stretch.first, end, PIECE):
        keys = stream.keys(LABEL, start, min(start + PIECE, end))
        places = np.arange(start, start + keys.size)
        if n and held.size == n:
            better = keys < held.max()
            keys, places = keys[better], places[better]
        rows, held = np.concatenate([rows, places]), np.concatenate([held, keys])
        if held.size > n:
            kept = simple(held, n)
            rows, held = rows[kept], held[kept]
    return rows
