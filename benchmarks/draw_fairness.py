"""A million draws of every design: how often each unit was drawn, against the probability that the protocol states.

    python benchmarks/draw_fairness.py [draws] [design …]

Eight units, three drawn; one of them is so large that it is certain. The draws are computed side by side from values of the
protocol's own stream, and the first of them are made by the protocol itself too, a stratum for each draw: both must agree
unit by unit.

Prints a row a design: largest distance, the same in standard errors, chi-square over all units (with the covariance of
the draws, since the units of a sample of fixed size are not independent), its degrees of freedom, its p. Pareto sampling is held
against the probabilities that it truly has; how far they are from those stated is printed below the table.
"""

import hashlib
import sys
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.stats import chi2

from zhiheng.selection import balance, choice
from zhiheng.selection.frozen import Stretch
from zhiheng.selection.stream import BITS, Stream, uniforms
from zhiheng.stats.sampford import _remaining

DRAWS = 1_000_000
PART = 100_000  # draws held at once
COMPARED = 300  # of each part, so many draws are made by the protocol too
SIZES = np.array([3, 5, 8, 9, 12, 20, 28, 70])
BALANCE = np.array([[4], [1], [9], [2], [7], [30], [11], [60]])
N = 3
SURE, LEFT = choice.certain(SIZES, N)
REST = SIZES[~SURE]
TOTAL = int(REST.sum())
TINY = 1e-9
Draws = NDArray[np.bool_]


def stated(design: str) -> NDArray[np.float64]:
    """The probabilities of the eight units: 70 passes 1, two of the seven others are drawn."""
    return np.full(SIZES.size, N / SIZES.size) if design == "simple" else np.where(SURE, 1.0, LEFT * SIZES / TOTAL)


def reached(design: str) -> NDArray[np.float64]:
    """The probabilities that theory gives: those stated, but for Pareto sampling, which only aims at them.

    There the chance to be among the two smallest rankings is integrated (Rosén 1997: ranking t has the distribution t c / (1 + t c)
    with c = p / (1 - p)); v = t / (1 + t) runs from 0 to 1.
    """
    p = stated(design)
    if design != "pareto":
        return p
    odds = p[~SURE] / (1 - p[~SURE])

    def density(v: float, unit: int) -> float:
        t = v / (1 - v)
        below = np.delete(t * odds / (1 + t * odds), unit)
        none = float(np.prod(1 - below))
        one = none * float((below / (1 - below)).sum())
        return float(odds[unit] / (1 + t * odds[unit]) ** 2 / (1 - v) ** 2) * (none + one)

    found = p.copy()
    found[~SURE] = [quad(density, 0, 1, args=(unit,), epsabs=1e-10)[0] for unit in range(odds.size)]
    return found


def protocol(design: str, stream: Stream, draws: int) -> Draws:
    """The draws as the protocol makes them, draws x 8: a stratum for each."""
    units, total = SIZES.size, int(SIZES.sum())
    strata = [Stretch(f"{place:07d}", units * place, units, total) for place in range(draws)]
    more: dict[str, Any] = {"columns": np.tile(BALANCE, (draws, 1))} if design == "cube" else {}
    found = choice.draw(design, strata, [N] * draws, stream, np.tile(SIZES, draws), **more)
    drawn = np.zeros(units * draws, dtype=bool)
    drawn[found.rows] = True
    assert np.allclose(found.top / found.bottom, stated(design)[found.rows % units])
    return drawn.reshape(draws, units)


def beside(design: str, stream: Stream, draws: int) -> Draws:
    """The same draws, all at once."""
    keys = stream.keys(choice.LABEL, 0, draws * SIZES.size).reshape(draws, SIZES.size)
    drawn = np.zeros(keys.shape, dtype=bool)
    if design == "simple":
        np.put_along_axis(drawn, np.argsort(keys, axis=1, kind="stable")[:, :N], True, axis=1)
        return drawn
    drawn[:, SURE] = True
    kept = keys[:, ~SURE]
    p = LEFT * REST / TOTAL
    if design == "cube":
        inner = np.zeros(kept.shape, dtype=bool)
        sizes, columns = REST.tolist(), BALANCE[~SURE].T.tolist()
        for place, values in enumerate(kept.tolist()):
            inner[place, balance.balanced(sizes, columns, LEFT, values)] = True
        drawn[:, ~SURE] = inner
    elif design == "sampford":
        drawn[:, ~SURE] = _sampford(p, uniforms(kept))
    elif design == "pareto":
        u = kept.astype(np.float64) * 2.0**-BITS
        inner = np.zeros(kept.shape, dtype=bool)
        order = np.argsort(u / (1 - u) * ((1 - p) / p), axis=1)
        np.put_along_axis(inner, order[:, :LEFT], True, axis=1)
        drawn[:, ~SURE] = inner
    else:
        plain = np.broadcast_to(np.arange(REST.size), kept.shape)
        order = np.argsort(kept, axis=1, kind="stable") if design == "systematic-random" else plain
        steps = (np.cumsum(REST[order], axis=1) * LEFT + _starts(stream, draws)[:, None]) // TOTAL
        inner = np.zeros(kept.shape, dtype=bool)
        np.put_along_axis(inner, order, np.diff(steps, axis=1, prepend=0) > 0, axis=1)
        drawn[:, ~SURE] = inner
    return drawn


def _starts(stream: Stream, draws: int) -> NDArray[np.int64]:
    """The starts: those of the protocol for the draws that are compared; a block of the stream for each would take an hour."""
    known = [stream.below(f"start {place:07d}", TOTAL) for place in range(min(COMPARED, draws))]
    others = (stream.keys("starts", 0, draws) >> np.uint64(11)).astype(np.float64) * 2.0**-53 * TOTAL
    others[: len(known)] = known
    return others.astype(np.int64)


def _sampford(p: NDArray[np.float64], u: NDArray[np.float64]) -> Draws:
    plain, marked = _remaining(p, LEFT)
    n, share = np.full(u.shape[0], LEFT), np.zeros(u.shape[0])
    taken = np.zeros(u.shape, dtype=bool)
    for k, chance in enumerate(p):
        one_less = np.maximum(n - 1, 0)
        yes = chance * ((share + 1 - chance) * plain[k + 1, one_less] + marked[k + 1, one_less])
        no = (1 - chance) * (share * plain[k + 1, n] + marked[k + 1, n])
        taken[:, k] = (n > 0) & (u[:, k] * (yes + no) < yes)
        share, n = share + np.where(taken[:, k], 1 - chance, 0.0), n - taken[:, k]
    return taken


def compared(design: str, draws: int) -> dict[str, float]:
    """Frequencies of many draws against the stated probabilities."""
    count, square = np.zeros(SIZES.size), np.zeros((SIZES.size, SIZES.size))
    for first in range(0, draws, PART):
        here = min(PART, draws - first)
        stream = Stream(hashlib.sha256(f"zhiheng fairness {design} {first}".encode()).digest())
        drawn = beside(design, stream, here)
        assert (protocol(design, stream, min(COMPARED, here)) == drawn[:COMPARED]).all()
        assert (drawn.sum(axis=1) == N).all()
        body = drawn.astype(np.float64)
        count, square = count + body.sum(axis=0), square + body.T @ body
    return against(reached(design), count / draws, square / draws, draws)


def against(
    p: NDArray[np.float64], share: NDArray[np.float64], joint: NDArray[np.float64], draws: int
) -> dict[str, float]:
    """Distances, and the quadratic form draws x d' C^-1 d over the directions in which the draws vary."""
    values, vectors = np.linalg.eigh(joint - np.outer(share, share))
    kept, inside = values > TINY, p < 1
    assert (share[~inside] == 1).all()
    distance = vectors[:, kept].T @ (share - p)
    statistic, free = float(draws * (distance**2 / values[kept]).sum()), int(kept.sum())
    errors = np.abs(share - p)[inside] / np.sqrt(p * (1 - p) / draws)[inside]
    return {
        "furthest": float(errors.max()),
        "off": float(np.abs(share - p).max()),
        "chi": statistic,
        "free": free,
        "p": float(chi2.sf(statistic, free)),
    }


def main() -> None:
    """Print the table of docs/explanation/verifiable-draws.md."""
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else DRAWS
    print("| design | draws | largest distance | in standard errors | chi-square | degrees | p |")
    print("|---|---|---|---|---|---|---|")
    for design in sys.argv[2:] or choice.DESIGNS:
        start = time.perf_counter()
        f = compared(design, draws)
        print(
            f"| `{design}` | {draws:,} | {f['off']:.5f} | {f['furthest']:.2f} | {f['chi']:.2f} | {f['free']} | {f['p']:.3f} |",
            flush=True,
        )
        print(f"{design}: {time.perf_counter() - start:.0f} s", file=sys.stderr)
    aimed = np.abs(reached("pareto") - stated("pareto")).max()
    print(f"\nPareto sampling is up to {aimed:.4f} from the probabilities stated.")


if __name__ == "__main__":
    main()
