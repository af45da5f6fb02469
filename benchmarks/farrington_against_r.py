"""Farrington flexible on 1,000 series of 521 weeks: ours against R surveillance on the same core, and against a floor.

The last week, and the last 52 weeks. R is timed on fewer series, in the same minutes and on the same core, and scaled up by the
number of regressions, which it does one by one; how many is printed. Set up: `apt-get install r-base-core r-cran-surveillance`;
without them only the floors are printed. Floors: reading the baselines once, and one weighted least squares solution for every
series and week by LAPACK, where a detector needs about a dozen.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from zhiheng.stats import Farrington, farrington

SERIES, WEEKS, SEED, RUNS = 1000, 521, 20261122, 3
SETTINGS = Farrington(periods=10, weeks_left_out=26, alpha=0.01)
FIRST = np.datetime64("2014-01-06")
ONE_CORE = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
SAMPLED = {1: 60, 52: 8}  # series that R is given for the last week, and for the last 52
SCRIPT = """
suppressMessages(library(surveillance))
a <- commandArgs(TRUE); y <- as.matrix(read.csv(a[1], header = FALSE))
s <- sts(observed = y, epoch = as.numeric(as.Date("2014-01-06")) + 7 * (0:(nrow(y) - 1)), epochAsDate = TRUE, frequency = 52)
control <- list(noPeriods = 10, pastWeeksNotIncluded = 26, alpha = 0.01, glmWarnings = FALSE,
                range = (nrow(y) - as.integer(a[2]) + 1):nrow(y))
t <- system.time(r <- suppressWarnings(farringtonFlexible(s, control)))
write.table(format(upperbound(r), digits = 17), a[3], row.names = FALSE, col.names = FALSE, quote = FALSE)
cat(t[["elapsed"]], as.character(packageVersion("surveillance")))
"""


def counts() -> np.ndarray:
    """Negative binomial counts of many sizes, each with its season and trend."""
    generator = np.random.Generator(np.random.PCG64(SEED))
    week = np.arange(WEEKS)
    level, phase = generator.normal(1.0, 1.0, (SERIES, 1)), generator.random((SERIES, 1))
    trend = generator.normal(0.0, 0.0008, (SERIES, 1))
    mean = np.exp(level + 0.4 * np.cos(2 * np.pi * (week / 52.18 + phase)) + trend * week)
    return generator.negative_binomial(mean * 2, 2 / 3)


def seconds(work: Callable[[], object]) -> float:
    """Median of a few runs."""
    taken = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def ours(values: np.ndarray, last: int) -> np.ndarray:
    dates = FIRST + 7 * np.arange(WEEKS)
    return farrington(values, weeks=np.arange(-last, 0), dates=dates, settings=SETTINGS).upper_bound


def theirs(values: np.ndarray, last: int, series: int) -> tuple[float, str, np.ndarray] | None:
    """Seconds of R for some series, its version, and its bounds (series, weeks)."""
    if not shutil.which("Rscript"):
        return None
    with tempfile.TemporaryDirectory() as folder:
        script, given, found = (Path(folder) / part for part in ("run.R", "given.csv", "found.txt"))
        script.write_text(SCRIPT)
        np.savetxt(given, values[:series].T, fmt="%d", delimiter=",")
        done = subprocess.run(
            ["Rscript", str(script), str(given), str(last), str(found)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            print(f"R has no surveillance here: {done.stderr.strip().splitlines()[-1]}")
            return None
        elapsed, version = done.stdout.split()
        bounds = np.genfromtxt(found, missing_values="NA").reshape(last, series).T
    return float(elapsed), version, bounds


def solved_once(values: np.ndarray, last: int) -> None:
    """One weighted least squares solution for every series and week: LAPACK on a stack of normal equations."""
    rows, columns = 235, 11
    generator = np.random.Generator(np.random.PCG64(1))
    design = np.column_stack([np.eye(10)[np.arange(rows) % 10], generator.normal(size=rows)])
    pairs = (design[:, :, None] * design[:, None, :]).reshape(rows, -1)
    for week in range(last):
        taken = values[:, WEEKS - last + week - rows : WEEKS - last + week] + 0.1
        np.linalg.solve((taken @ pairs).reshape(-1, columns, columns), (taken @ design)[:, :, None])


def main() -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    values = counts()
    ours(values[:50], 1)
    for last, series in SAMPLED.items():
        taken = seconds(lambda last=last: ours(values, last))
        read = seconds(lambda last=last: [values[:, WEEKS - k - 240 : WEEKS - k].sum() for k in range(last)])
        once = seconds(lambda last=last: solved_once(values, last))
        print(
            f"last {last} weeks of {SERIES} series: {taken:.3f} s, {taken / SERIES / last * 1e6:.0f} us each; "
            f"{taken / once:.1f} times one LAPACK solution of each ({once:.3f} s), {taken / read:.0f} times reading them ({read:.4f} s)"
        )
        peer = theirs(values, last, series)
        if peer is None:
            continue
        elapsed, version, bounds = peer
        scaled = elapsed * SERIES / series
        apart = np.nanmax(np.abs(ours(values[:series], last) / bounds - 1))
        print(
            f"  R surveillance {version}: {elapsed:.2f} s for {series} series, {scaled:.0f} s scaled to {SERIES}: ratio {scaled / taken:.0f}; "
            f"bounds differ by at most {apart:.1e} of themselves"
        )


if __name__ == "__main__":
    if os.environ.get("OPENBLAS_NUM_THREADS") != "1":  # one core against one core: known before numpy is loaded
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | ONE_CORE)
    main()
