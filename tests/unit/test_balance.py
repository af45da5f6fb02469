"""The cube method in whole numbers: the same in both programs, of fixed size, better balanced than sampling by size alone."""

import importlib.util
import random
from pathlib import Path

import numpy as np
import pytest

from zhiheng.selection.balance import balanced, direction
from zhiheng.stats import cube, inclusion_probabilities

ROOT = Path(__file__).parents[2]
SPEC = importlib.util.spec_from_file_location("verify_draw", ROOT / "docs" / "verify_draw.py")
assert SPEC and SPEC.loader
verifier = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(verifier)


def task(chance: random.Random) -> tuple[list[int], list[list[int]], int, list[int]]:
    """Sizes without certainty, columns of which some are alike, nothing, or sizes again; n; keys."""
    while True:
        units = chance.randrange(2, 40)
        sizes = [chance.randrange(1, 50) for _ in range(units)]
        n = chance.randrange(1, units)
        if n * max(sizes) < sum(sizes):
            break
    makers = (
        lambda: [chance.randrange(0, 1000) for _ in sizes],
        lambda: [chance.randrange(0, 2) for _ in sizes],
        lambda: [0 for _ in sizes],
        lambda: [3 * size for size in sizes],
        lambda: [10**15 - chance.randrange(9) for _ in sizes],
    )
    columns = [chance.choice(makers)() for _ in range(chance.randrange(1, 5))]
    return sizes, columns, n, [chance.getrandbits(64) for _ in sizes]


@pytest.mark.parametrize("seed", range(60))
def test_both_programs_draw_the_same_units_of_the_right_number(seed: int) -> None:
    sizes, columns, n, keys = task(random.Random(seed))
    found = balanced(sizes, columns, n, keys)
    assert found == verifier.cube(sizes, columns, n, keys)
    assert len(set(found)) == n


@pytest.mark.parametrize("seed", range(40))
def test_a_direction_keeps_every_total_and_is_none_only_where_the_columns_are_independent(seed: int) -> None:
    chance = random.Random(seed)
    rows = [[chance.randrange(-3, 4) for _ in range(chance.randrange(1, 6))]]
    rows += [[chance.randrange(-3, 4) for _ in rows[0]] for _ in range(chance.randrange(4))]
    found = direction(rows)
    rank = np.linalg.matrix_rank(np.array(rows))
    assert (found is None) == (rank == len(rows[0]))
    if found is not None:
        assert any(found)
        assert all(sum(cell * part for cell, part in zip(row, found, strict=True)) == 0 for row in rows)


def totals(places: list[int], p: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Estimated over true totals of the columns, less 1."""
    return np.asarray((columns[places] / p[places, None]).sum(axis=0) / columns.sum(axis=0) - 1)


def test_totals_are_kept_as_well_as_the_method_in_doubles_keeps_them() -> None:
    # 400 units, 40 drawn, two columns: what is left open by the flight, two units, decides how far totals are off
    chance, rng = random.Random(7), np.random.default_rng(7)
    sizes = [chance.randrange(50, 200) for _ in range(400)]
    columns = np.array([[chance.randrange(100, 1000), chance.randrange(0, 2)] for _ in sizes])
    p = inclusion_probabilities(sizes, 40)
    ours, doubles, plain = [], [], []
    for _ in range(60):
        keys = [chance.getrandbits(64) for _ in sizes]
        ours.append(totals(balanced(sizes, columns.T.tolist(), 40, keys), p, columns))
        doubles.append(totals(cube(p, np.column_stack([p, columns]), rng.random).tolist(), p, columns))
        plain.append(totals(balanced(sizes, [], 40, keys), p, columns))
    spread = [np.std(entry, axis=0) for entry in (ours, doubles, plain)]
    # standard deviations of 60 draws are within 1.6 times each other but one time in 1,000
    assert (spread[0] < 1.6 * spread[1]).all()
    assert (spread[0] < 0.5 * spread[2]).all()
