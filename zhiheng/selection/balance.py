"""The cube method in whole numbers: a balanced draw that every machine, and every language with large integers, computes alike.

Deville and Tillé (2004), Biometrika 91, 893-912, with the flight of Chauvet and Tillé (2006), Computational Statistics 21, 53-62:
probabilities are whole numbers out of 2 ** 256; a step moves those of at most q + 1 units along a direction that keeps the q
totals, up or down to the nearest wall, with the chances that keep the expectation. Directions are exact (whole numbers);
what is cut off below 2 ** -256 adds up to less than 2 ** -200. zhiheng/stats/cube.py is the same method in doubles, for studies.
"""

from collections.abc import Iterator, Sequence
from math import gcd

ONE = 1 << 256
BITS = 64
MOST_CELLS = 20_000_000  # units times the square of the variables: beyond it the draw takes minutes

Row = list[int]


def balanced(sizes: Sequence[int], columns: Sequence[Sequence[int]], n: int, keys: Sequence[int]) -> list[int]:
    """The places of the n units drawn with p = n x size / sum of sizes below 1, ascending.

    `columns` are the balancing variables, each a whole number a unit; the sum of x / p over the drawn units is kept near the sum of x
    over all. `keys` are values of 64 bits, one a unit: the k-th decides the k-th step.

    >>> balanced([1, 1, 1, 1], [[10, 10, 1, 1]], 2, [0, 2**63, 5, 7])
    [1, 2]
    """
    total = sum(sizes)
    p = [n * size * ONE // total for size in sizes]
    decided = iter(keys)
    kept = [list(sizes), *([int(x) for x in column] for column in columns)]
    while kept:
        _flown(p, sizes, kept, decided)
        # landing: the variable that matters least is let go, the size never
        if len(kept) == 1:
            break
        kept.pop()
    return _landed(p, n)


def _flown(p: Row, sizes: Sequence[int], kept: Sequence[Sequence[int]], keys: Iterator[int]) -> None:
    """Steps among the first undecided units until no direction keeps all totals; p is changed in place."""
    waiting = iter([unit for unit, chance in enumerate(p) if 0 < chance < ONE])
    held: Row = []
    while True:
        while len(held) <= len(kept) and (unit := next(waiting, None)) is not None:
            held.append(unit)
        free = direction([[column[unit] for unit in held] for column in kept])
        if free is None:
            return
        _moved(p, held, [sizes[unit] * part for unit, part in zip(held, free, strict=True)], next(keys))
        held = [unit for unit in held if 0 < p[unit] < ONE]


def direction(rows: Sequence[Sequence[int]]) -> Row | None:
    """Whole numbers t, not all 0 and without common divisor, with sum of row x t = 0 for every row; None where only 0 does.

    Gauss and Jordan without fractions (Bareiss 1968, Math. Comp. 22, 565-578): the pivot of a column is the first row that is not 0
    there; t is 1 times the last pivot at the first column without a pivot.

    >>> direction([[1, 1, 1], [2, 3, 5]])
    [2, -3, 1]
    """
    matrix = [list(row) for row in rows]
    pivots: list[int] = []
    last = 1
    for column in range(len(matrix[0]) if matrix else 0):
        done = len(pivots)
        at = next((row for row in range(done, len(matrix)) if matrix[row][column]), None)
        if at is None:
            return _along(matrix, pivots, column, last)
        matrix[done], matrix[at] = matrix[at], matrix[done]
        pivot = matrix[done]
        for place, row in enumerate(matrix):
            if place != done:
                matrix[place] = [
                    (pivot[column] * cell - row[column] * above) // last for cell, above in zip(row, pivot, strict=True)
                ]
        last = pivot[column]
        pivots.append(column)
    return None


def _along(matrix: Sequence[Row], pivots: Sequence[int], column: int, last: int) -> Row:
    """The direction of the first column without a pivot."""
    found = [0] * len(matrix[0])
    found[column] = last
    for row, pivot in enumerate(pivots):
        found[pivot] = -matrix[row][column]
    shared = gcd(*found) * (1 if last > 0 else -1)
    return [part // shared for part in found]


def _moved(p: Row, held: Sequence[int], step: Row, key: int) -> None:
    """One step up or down to the wall, with the chances that keep the expectation: up with down / (up + down)."""
    up, down = _reach(p, held, step), _reach(p, held, [-part for part in step])
    # key / 2 ** 64 < down / (up + down), as whole numbers
    rises = key * (up[0] * down[1] + down[0] * up[1]) < (down[0] * up[1]) << BITS
    (top, bottom), sign = (up, 1) if rises else (down, -1)
    for unit, part in zip(held, step, strict=True):
        p[unit] += sign * part * top // bottom


def _reach(p: Row, held: Sequence[int], step: Row) -> tuple[int, int]:
    """How far the units can go along a step until the first reaches 0 or 1, as a fraction."""
    top, bottom = 0, 0
    for unit, part in zip(held, step, strict=True):
        if part:
            room, length = (ONE - p[unit], part) if part > 0 else (p[unit], -part)
            if not bottom or room * bottom < top * length:
                top, bottom = room, length
    return top, bottom


def _landed(p: Row, n: int) -> list[int]:
    """The n largest: all but at most one are 0 or 1 by now, and that one is by 2 ** -200."""
    order = sorted(range(len(p)), key=lambda unit: (-p[unit], unit))
    return sorted(order[:n])
