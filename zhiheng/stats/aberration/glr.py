"""Likelihood ratio charts: has the level of a series changed since some week, and since which?"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zhiheng.errors import StatisticsError
from zhiheng.stats.aberration.cusum import CountChart, reasons
from zhiheng.stats.aberration.results import Floats, Reason, series

CELLS = 1 << 20  # sums worked on at a time
STEPS = 40


def glrnb(
    counts: ArrayLike,
    *,
    expected: ArrayLike,
    alpha: float | ArrayLike = 0.0,
    limit: float = 5.0,
    shift: float | None = None,
    window: int | None = None,
    least: int = 1,
    direction: str = "up",
) -> CountChart:
    """Generalised likelihood ratio chart of counts, negative binomial or Poisson (Hoehle and Paul 2008, Computational Statistics
    and Data Analysis 52, 4357-4368).

    In control a count is negative binomial with mean `expected` and variance m + alpha m^2, `alpha` for all series or one for
    each; 0 is Poisson. From some week k on the mean is multiplied by exp(kappa). The statistic of week n is the maximum over k
    and kappa of the log likelihood ratio of weeks k to n, with at least `least` weeks and k no further back than `window`
    weeks; kappa is 0 or more with direction "up", 0 or less with "down". With `shift` kappa is known, and the statistic
    becomes the cumulative sum of equation (4). An alarm: the statistic reaches `limit` (with `shift`: exceeds it, as in R);
    the chart then starts again with the week after. `start` is the k of the maximum.

    As `glrnb` of R surveillance 1.20.3 with ret = "value", but: R stops looking for kappa at -18, here it may be minus
    infinity; with Poisson, a window and Mtilde, R needs one week more than Mtilde: `least` is one more than R's there.
    `upper_bound` is the smallest count that would have alarmed, with direction "up". A missing or negative count, or an
    expectation that is not above 0, says nothing and has no statistic.

    >>> glrnb([3, 2, 9, 11], expected=3, alpha=0.1, limit=4).is_aberrant.tolist()
    [False, False, False, True]
    """
    observed = series(counts)
    _check(limit=limit, shift=shift, window=window, least=least, direction=direction)
    length = observed.shape[-1]
    flat = observed.reshape(-1, length)
    mean = np.broadcast_to(np.asarray(expected, dtype=np.float64), observed.shape).reshape(-1, length)
    spread = np.broadcast_to(np.asarray(alpha, dtype=np.float64), observed.shape[:-1]).reshape(-1)
    if np.any(spread < 0):
        raise StatisticsError(f"alpha {float(spread.min()):g} is negative: 0 is Poisson, above 0 negative binomial")
    reason = reasons(flat, mean)
    usable = reason < Reason.TOO_FEW_RECENT
    # a week that says nothing: no count and no expectation, so that it adds nothing to any sum
    x, m = np.where(usable, flat, 0.0), np.where(usable, mean, 0.0)
    chart = _Chart(x, m, spread, limit=limit, shift=shift, window=window, least=least, up=direction == "up")
    step = max(1, CELLS // (length * length if spread.any() and shift is None else length))
    for begin in range(0, flat.shape[0], step):
        chart.run(np.arange(begin, min(begin + step, flat.shape[0])), usable)
    name = ("Poisson", "negative binomial")[int(spread.any())]
    shape = observed.shape
    return CountChart(
        np.where(usable, chart.statistic, np.nan).reshape(shape),
        limit,
        np.where(usable, chart.bound, np.nan).reshape(shape),
        np.where(usable, mean, np.nan).reshape(shape),
        usable.reshape(shape),
        (usable & chart.alarm).reshape(shape),
        reason.reshape(shape),
        np.where(usable, chart.start, -1).reshape(shape),
        f"{'likelihood ratio CUSUM' if shift is not None else 'GLR'}, {name}",
    )


def _check(*, limit: float, shift: float | None, window: int | None, least: int, direction: str) -> None:
    if direction not in ("up", "down"):
        raise StatisticsError(f"direction {direction!r} is not known: use 'up' or 'down'")
    if not (limit > 0 and least >= 1 and (window is None or window >= least)):
        raise StatisticsError("limit must be above 0, least 1 or more, and window no smaller than least")
    if shift == 0:
        raise StatisticsError("shift is 0: a change that is none cannot be looked for")


class _Chart:
    """The run of all charts through time; each starts again after its alarm."""

    def __init__(
        self,
        x: Floats,
        m: Floats,
        alpha: Floats,
        *,
        limit: float,
        shift: float | None,
        window: int | None,
        least: int,
        up: bool,
    ) -> None:
        self.x, self.m, self.alpha = x, m, alpha
        self.limit, self.shift, self.window, self.least, self.up = limit, shift, window, least, up
        self.statistic, self.bound = np.zeros(x.shape), np.full(x.shape, np.nan)
        self.alarm, self.start = np.zeros(x.shape, dtype=bool), np.full(x.shape, -1)

    def run(self, rows: NDArray[np.int64], usable: NDArray[np.bool_]) -> None:
        """All weeks of some series."""
        since = np.zeros(rows.size, dtype=np.int64)
        before = np.zeros(rows.size)
        for n in range(self.x.shape[1]):
            if self.shift is not None:
                value, start, bound = self._known(rows, n, before)
                over = value > self.limit
            else:
                value, start = self._estimated(rows, n, since, self.x[rows, n])
                bound = self._smallest(rows, n, since) if self.up else np.full(rows.size, np.nan)
                over = value >= self.limit
            over &= usable[rows, n]
            self.statistic[rows, n], self.start[rows, n], self.bound[rows, n] = value, start, bound
            self.alarm[rows, n] = over
            before = np.where(over, 0.0, value)
            since = np.where(over, n + 1, since)

    def _known(self, rows: NDArray[np.int64], n: int, before: Floats) -> tuple[Floats, NDArray[np.int64], Floats]:
        """Equation (4): the sum with a known change, and the count from which it exceeds the limit."""
        assert self.shift is not None
        x, m, alpha = self.x[rows, n], self.m[rows, n], self.alpha[rows]
        slope, fixed = _pieces(m, alpha, self.shift)
        value = np.maximum(0.0, before + slope * x + fixed)
        return value, np.full(rows.size, -1), (self.limit - before - fixed) / slope

    def _estimated(
        self, rows: NDArray[np.int64], n: int, since: NDArray[np.int64], now: Floats
    ) -> tuple[Floats, NDArray[np.int64]]:
        """The maximum over starts and changes, with the count of week n replaced by `now`."""
        first = int(since.min()) if self.window is None else max(int(since.min()), n - self.window)
        last = n - self.least + 1
        if last < first:
            return np.zeros(rows.size), np.full(rows.size, -1)
        x, m = self.x[rows, first : n + 1].copy(), self.m[rows, first : n + 1]
        x[:, -1] = now
        sums = x[:, ::-1].cumsum(axis=1)[:, ::-1], m[:, ::-1].cumsum(axis=1)[:, ::-1]
        count, mean = (part[:, : last - first + 1] for part in sums)
        alpha = self.alpha[rows]
        spread = bool(alpha.any())
        value = (
            _negative_binomial(x, m, count, mean, alpha=alpha, up=self.up) if spread else _poisson(count, mean, self.up)
        )
        value[np.arange(first, last + 1) < since[:, None]] = -np.inf
        best = value.argmax(axis=1)
        top = value[np.arange(rows.size), best]
        none = ~np.isfinite(top)
        return np.where(none, 0.0, top), np.where(none, -1, best + first)

    def _smallest(self, rows: NDArray[np.int64], n: int, since: NDArray[np.int64]) -> Floats:
        """The smallest count of week n that reaches the limit, by halving; the statistic rises with the count."""
        low = np.full(rows.size, -1.0)
        high = np.maximum(8.0, 4 * self.m[rows, n])
        for _ in range(60):
            short = self._estimated(rows, n, since, high)[0] < self.limit
            if not short.any() or n - int(since.max()) < self.least - 1:
                break
            low, high = np.where(short, high, low), np.where(short, 2 * high, high)
        high = np.ceil(high)
        while np.any(high - low > 1):
            middle = np.floor((low + high) / 2)
            short = self._estimated(rows, n, since, middle)[0] < self.limit
            low, high = np.where(short, middle, low), np.where(short, high, middle)
        return np.where(n - since >= self.least - 1, high, np.nan)


def _pieces(m: Floats, alpha: Floats, kappa: float | Floats) -> tuple[Floats, Floats]:
    """The log likelihood ratio of one count is slope x + fixed; alpha 0 is the limit."""
    rise = np.expm1(kappa) * m
    part = np.log1p(alpha * rise / (1 + alpha * m))
    spread = alpha > 0
    fixed = np.where(spread, -part / np.where(spread, alpha, 1.0), -rise)
    return np.asarray(kappa - part), np.asarray(fixed)


def _poisson(count: Floats, mean: Floats, up: bool) -> Floats:
    """With Poisson counts the best change of weeks k to n is the logarithm of observed over expected."""
    wanted = (count > mean) if up else (count < mean)
    with np.errstate(divide="ignore", invalid="ignore"):
        kappa = np.log(np.where(count > 0, count, 1.0) / mean)
        value = np.where(count > 0, kappa * count, 0.0) + mean - count
    return np.where(wanted & (mean > 0), value, 0.0)


def _negative_binomial(x: Floats, m: Floats, count: Floats, mean: Floats, *, alpha: Floats, up: bool) -> Floats:
    """The best change of weeks k to n by Newton's method on its score, for every k at once."""
    starts = count.shape[1]
    spread = alpha[:, None]
    score = np.where(m > 0, (x - m) / (1 + spread * m), 0.0)[:, ::-1].cumsum(axis=1)[:, ::-1][:, :starts]
    found = np.zeros(count.shape)
    # the score falls with kappa, so its sign at 0 says on which side the maximum lies
    line, start = np.nonzero((score > 0) if up else (score < 0))
    if not line.size:
        return found
    member = np.arange(x.shape[1]) >= start[:, None]
    y, mu, a = x[line] * member, m[line] * member, spread[line]
    total = count[line, start]
    kappa = np.log(np.maximum(total, 0.5) / mean[line, start])
    for _ in range(STEPS):
        raised = np.exp(kappa)[:, None] * mu
        room = 1 + a * raised
        gradient = ((y - raised) / room * member).sum(axis=1)
        curvature = (raised * (1 + a * y) / room**2).sum(axis=1)
        step = np.clip(gradient / curvature, -1.0, 1.0)
        kappa = kappa + step
        if np.all((np.abs(step) < 1e-9) | (total == 0)):
            break
    rise = np.where(total > 0, np.expm1(kappa), -1.0)[:, None] * mu
    part = np.log1p(a * rise / (1 + a * mu))
    poisson = a[:, 0] == 0
    scaled = np.where(poisson[:, None], rise, part / np.where(a > 0, a, 1.0))
    value = np.where(total > 0, kappa * total, 0.0) - (y * part).sum(axis=1) - scaled.sum(axis=1)
    found[line, start] = np.maximum(value, 0.0)
    return found
