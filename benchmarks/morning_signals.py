"""A morning over 10,000 series of 521 weeks: every series judged, as a count and as a rate, and false discoveries controlled.

    python -m benchmarks.morning_signals      or      python benchmarks/morning_signals.py

Series are product by test item by place, wider ones among the 10,000. Half the leaves reach back ten years, half forty weeks. Five
weeks are judged again, since results arrive late. The floor is what no method can be spared: reading the same counts, as they lie
on disk (an .npz of the entries), and summing them into series by week. Printed: seconds, the ratio to that floor, peak memory.
"""

import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np

from zhiheng import rules
from zhiheng.surveillance import tree
from zhiheng.surveillance.inbox.terms import plain

PRODUCTS, ITEMS, PLACES, WEEKS, SEED, RUNS = 33, 10, 29, 521, 20261122, 1
PARTS = ("product_type", "analyte", "place")
FIRST = date(2016, 11, 28)
DELAYS = (0.05, 0.3, 0.45, 0.15, 0.05)


def made() -> tree.Cells:
    """1 + 33 + 330 + 9,570 series: counts of many sizes with season, a tenth of them near zero; items in by five weeks."""
    generator = np.random.Generator(np.random.PCG64(SEED))
    leaves = PRODUCTS * ITEMS * PLACES
    week = np.arange(WEEKS)
    level, phase = generator.normal(0.0, 1.0, (leaves, 1)), generator.random((leaves, 1))
    mean = np.exp(level + 0.4 * np.cos(2 * np.pi * (week / 52.18 + phase)))
    mean[leaves // 2 :, : WEEKS - 40] = 0
    failed = generator.poisson(mean).astype(np.float64)
    judged = failed + np.where(mean > 0, generator.poisson(60, mean.shape), 0)
    names, parent, sums = [()], [-1], []
    at = np.arange(leaves)
    for depth, size in enumerate((PRODUCTS, ITEMS, PLACES)):
        above = len(names)
        count = int(np.prod((PRODUCTS, ITEMS, PLACES)[: depth + 1]))
        first = above - (count // size)
        names += [(*names[first + n // size], f"{PARTS[depth]}-{n % size}") for n in range(count)]
        parent += [first + n // size for n in range(count)]
    for count in (1, PRODUCTS, PRODUCTS * ITEMS, leaves):
        group = at // (leaves // count)
        sums.append(
            [np.add.reduceat(one, np.flatnonzero(np.diff(group, prepend=-1)), axis=0) for one in (failed, judged)]
        )
    whole_failed, whole_judged = (np.concatenate([one[place] for one in sums]) for place in (0, 1))
    node, when = np.nonzero(whole_judged)
    held, tested = whole_failed[node, when], whole_judged[node, when]
    # all but the newest weeks are in whole; of those each delay has its share
    late = when >= WEEKS - len(DELAYS)
    entries = [(node[~late], when[~late], when[~late] + len(DELAYS) - 1, held[~late], tested[~late])]
    for delay, share in enumerate(DELAYS):
        entries.append(
            (node[late], when[late], when[late] + delay, np.rint(held[late] * share), np.rint(tested[late] * share))
        )
    columns = [np.concatenate(part) for part in zip(*entries, strict=True)]
    columns[2] = np.minimum(columns[2], np.where(columns[2] > columns[1] + len(DELAYS) - 1, WEEKS, columns[2]))
    return tree.Cells(PARTS, names, np.array(parent), FIRST, WEEKS, *columns, True)


def seconds(work: Callable[[], object]) -> float:
    """Median of a few runs."""
    taken = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def main() -> None:
    """Print the figures."""
    terms = plain(rules.settings("signals", on=date(2026, 11, 22)))["tree"]
    cells = made()
    names = ("node", "week", "arrived", "nonconforming", "judged")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "entries.npz"
        np.savez(path, **{name: getattr(cells, name) for name in names})

        def read() -> tree.Cells:
            with np.load(path) as held:
                return tree.Cells(
                    cells.parts, cells.names, cells.parent, FIRST, WEEKS, *(held[name] for name in names), True
                )

        floor = seconds(lambda: read().dense(WEEKS - 1))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        ours = seconds(lambda: tree.look(read(), WEEKS - 1, terms))
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        found = tree.look(read(), WEEKS - 1, terms)
    told = found.told()
    print(f"{len(cells.names):,} series of {WEEKS} weeks, {len(cells.node):,} entries")
    print(f"judged {found.tests.node.size:,} figures ({told['by_farrington']:,} by Farrington, {told['by_ears']:,} by EARS), "
          f"{told['tests']:,} tests controlled together, {told['alarms']} alarms")  # fmt: skip
    print(f"a morning: {ours:.2f} s; reading and summing the same counts: {floor:.2f} s; ratio {ours / floor:.1f}")
    print(
        f"peak memory {after / 1024:,.0f} MB, of which {(after - before) / 1024:,.0f} MB above what making the counts took"
    )


if __name__ == "__main__":
    main()
