"""Control charts of one process, for a laboratory's or a firm's own quality officer: columns in, points with words for every signal out.

Which chart: `p` and `u` are counts out of items and faults by unit, `p-laney` and `u-laney` the same where lots are large; `xbar-r` and
`xbar-s` are means of subgroups; `single` is one value at a time; `ewma` and `cusum` remember, and see small lasting shifts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from zhiheng.errors import StatisticsError
from zhiheng.stats.aberration.results import WORDS, Reason
from zhiheng.stats.charts import (
    ControlChart,
    cusum_arl,
    cusum_chart,
    cusum_decision,
    ewma_arl,
    ewma_chart,
    ewma_multiplier,
    individuals,
    p_chart,
    u_chart,
    western_electric,
    xbar_r,
    xbar_s,
)

Floats = NDArray[np.float64]
Kind = Literal["p", "p-laney", "u", "u-laney", "xbar-r", "xbar-s", "single", "ewma", "cusum"]
KINDS: tuple[Kind, ...] = get_args(Kind)
COUNTED = ("p", "p-laney", "u", "u-laney")
GROUPED = ("xbar-r", "xbar-s")
# the signals, in the order in which they are told of a point
SIGNALS = {
    "above": "above the upper limit",
    "below": "below the lower limit",
    "two_of_three": "two of three points beyond two deviations on one side: the process has probably moved",
    "four_of_five": "four of five points beyond one deviation on one side: a small shift is likely",
    "eight": "eight points in a row on one side of the centre line: the level has moved",
    "high": "the sum of deviations upwards passed its limit: the level has risen since the sum left zero",
    "low": "the sum of deviations downwards passed its limit: the level has fallen since the sum left zero",
}
RULES = ("two_of_three", "four_of_five", "eight")
FALSE_ALARMS = (
    "with all four rules a process in control gives a false alarm about every 92 points (Champ, Woodall 1987)"
)
PROVISIONAL = "limits from {n} points alone are provisional: {usual} and more are usual"
ALL = "limits come from all points, those that signal among them: name a baseline of good points when you know one"
LARGE = "points scatter less or more than chance alone would make them (sigma z {sigma:.2f}): for large lots take Laney's chart"


@dataclass(frozen=True)
class Point:
    """One point: its label, statistic, centre line and limits (None: it is not judged), its signals by code, and why it is as it is."""

    label: str
    statistic: float | None
    centre: float | None
    lower: float | None
    upper: float | None
    signals: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Drawn:
    """One chart: what is drawn, its points, the mean run lengths where they are known, and notes on what limits rest on."""

    name: str
    method: str
    points: tuple[Point, ...]
    baseline: int
    run_length: float | None
    run_length_shifted: float | None
    notes: tuple[str, ...]

    @property
    def signals(self) -> tuple[Point, ...]:
        """The points that signal."""
        return tuple(point for point in self.points if point.signals)


def charted(
    kind: str, labels: Sequence[str], columns: Sequence[Sequence[float]], *, terms: Mapping[str, Any], baseline: int = 0
) -> tuple[Drawn, ...]:
    """The charts of a kind: one, or for subgroups and single values one of the level and one of the spread.

    `columns`: counts and sizes for p and u; the values of the subgroups, one column a place in the group, for means; one column for single
    values, EWMA and CUSUM. NaN is a missing value. `baseline`: how many points from the first on give centre line and limits; 0: all.
    StatisticsError: an unknown kind, too few or too many points or columns, or a series shorter than its baseline.
    """
    if kind not in KINDS:
        raise StatisticsError(f"'{kind[:40]}' is no chart: give one of {', '.join(KINDS)}")
    values = np.array([[float(one) for one in column] for column in columns], dtype=np.float64)
    n = len(labels)
    checked(kind, values, n, baseline, terms)
    used = np.arange(n) < (baseline or n)
    notes = told(kind, values, n, baseline, terms)
    if kind in COUNTED:
        return (counted(kind, labels, values, used, terms, notes),)
    if kind in GROUPED:
        means, spreads = (xbar_r if kind == "xbar-r" else xbar_s)(
            values.T, baseline=used, multiplier=float(terms["multiplier"])
        )
        names = ("mean", "range" if kind == "xbar-r" else "standard deviation")
    elif kind == "single":
        means, spreads = individuals(values[0], baseline=used, multiplier=float(terms["multiplier"]))
        names = ("value", "moving range")
    else:
        return (remembering(kind, labels, values[0], used, terms, notes),)
    # ranges and deviations lean to one side: only their limits are read, not the run rules
    return (
        shewhart(names[0], labels, means, int(used.sum()), (*notes, FALSE_ALARMS)),
        shewhart(names[1], labels, spreads, int(used.sum()), (), runs=False),
    )


def checked(kind: str, values: Floats, n: int, baseline: int, terms: Mapping[str, Any]) -> None:
    """StatisticsError: what cannot be drawn."""
    needed = 2 if kind in COUNTED else 1
    rows = values.shape[0] if values.ndim == 2 else 0
    if kind in GROUPED and rows < 2:
        raise StatisticsError(
            f"{rows} values a subgroup: means of subgroups need two or more; for one value a point take single"
        )
    if kind not in GROUPED and rows != needed:
        raise StatisticsError(
            f"{rows} columns of figures: {kind} takes {'a count and a size' if needed == 2 else 'one'} a point"
        )
    if n < 2:
        raise StatisticsError(f"{n} points: a chart needs two and more, and {terms['usual_baseline']} to mean much")
    if n > int(terms["most_points"]):
        raise StatisticsError(f"{n:,} points: a chart takes {terms['most_points']:,} at most; draw the newest")
    if baseline < 0 or baseline == 1:
        raise StatisticsError(f"a baseline of {baseline} points gives no limits: give two and more")
    if baseline > n:
        raise StatisticsError(
            f"the baseline asks for {baseline} points and the series has {n}: give a shorter baseline, or leave it out"
        )


def told(kind: str, values: Floats, n: int, baseline: int, terms: Mapping[str, Any]) -> tuple[str, ...]:
    """What limits rest on."""
    used = baseline or n
    notes = [] if baseline else [ALL]
    if used < int(terms["usual_baseline"]):
        notes.append(PROVISIONAL.format(n=used, usual=terms["usual_baseline"]))
    if kind in ("p", "u"):
        draw = p_chart if kind == "p" else u_chart
        use = np.arange(n) < used
        plain, wide = (draw(values[0], values[1], baseline=use, laney=laney) for laney in (False, True))
        both = plain.is_judged & wide.is_judged & (plain.deviation > 0)
        sigma = float(np.median(wide.deviation[both] / plain.deviation[both])) if both.any() else 1.0
        least, most = (float(bound) for bound in terms["scatter"])
        if used >= int(terms["usual_baseline"]) and not least <= sigma <= most:
            notes.append(LARGE.format(sigma=sigma))
    return tuple(notes)


def counted(
    kind: str, labels: Sequence[str], values: Floats, used: NDArray[np.bool_], terms: Mapping[str, Any], notes: Any
) -> Drawn:
    """A chart of counts."""
    draw = p_chart if kind.startswith("p") else u_chart
    chart = draw(
        values[0], values[1], baseline=used, laney=kind.endswith("laney"), multiplier=float(terms["multiplier"])
    )
    name = "share nonconforming" if kind.startswith("p") else "nonconformities by unit"
    return shewhart(name, labels, chart, int(used.sum()), (*notes, FALSE_ALARMS))


def shewhart(
    name: str, labels: Sequence[str], chart: ControlChart, baseline: int, notes: tuple[str, ...], *, runs: bool = True
) -> Drawn:
    """A chart with limits at each point, and run rules on it."""
    patterns = western_electric(chart.standardised)[1:] if runs else np.zeros((3, len(labels)), dtype=bool)
    points = []
    for at, label in enumerate(labels):
        signals = []
        if chart.is_beyond[at]:
            signals.append("above" if chart.statistic[at] > chart.upper[at] else "below")
        signals += [code for code, found in zip(RULES, patterns[:, at], strict=True) if found]
        points.append(point(label, chart, at, tuple(signals)))
    return Drawn(name, chart.method, tuple(points), baseline, None, None, notes)


def point(label: str, chart: ControlChart, at: int, signals: tuple[str, ...]) -> Point:
    """One point of a chart, without the figures that it has not."""
    reason = Reason(int(chart.reason[at]))
    statistic, centre, lower, upper = (
        None if np.isnan(one := getattr(chart, name)[at]) else float(one)
        for name in ("statistic", "centre", "lower", "upper")
    )
    return Point(label, statistic, centre, lower, upper, signals, "" if reason == Reason.NONE else WORDS[reason])


def remembering(
    kind: str, labels: Sequence[str], values: Floats, used: NDArray[np.bool_], terms: Mapping[str, Any], notes: Any
) -> Drawn:
    """EWMA or CUSUM of single values, set to run as long without a false alarm as the terms say; centre and deviation of the baseline."""
    single, _ = individuals(values, baseline=used)
    judged = np.flatnonzero(single.is_judged)
    if not judged.size or not single.deviation[judged[0]] > 0:
        raise StatisticsError(
            "the baseline has no spread from which limits could be made: give one with different values"
        )
    centre, deviation = float(single.centre[judged[0]]), float(single.deviation[judged[0]])
    length, shift = float(terms["length"]), float(terms["shift"])
    if kind == "ewma":
        weight = float(terms["weight"])
        multiplier = ewma_multiplier(length, weight=weight)
        chart = ewma_chart(values, centre=centre, deviation=deviation, weight=weight, multiplier=multiplier)
        arls = [ewma_arl(moved, weight=weight, multiplier=multiplier) for moved in (0.0, shift)]
        drawn = shewhart("weighted mean", labels, chart, int(used.sum()), notes, runs=False)
        method = f"EWMA, weight {weight:g}, limits at {multiplier:.4f} deviations"
        return Drawn(drawn.name, method, drawn.points, drawn.baseline, arls[0], arls[1], drawn.notes)
    reference = float(terms["reference"])
    decision = cusum_decision(length, reference=reference, sides=2)
    sums = cusum_chart(values, centre=centre, deviation=deviation, reference=reference, decision=decision)
    points = []
    for at, label in enumerate(labels):
        if not sums.is_judged[at]:
            points.append(Point(label, None, None, None, None, (), WORDS[Reason.MISSING_NOW]))
            continue
        high, low = float(sums.high[at]), float(sums.low[at])
        signals = tuple(code for code, size in (("high", high), ("low", low)) if size > decision)
        # one line for both sums: the larger one, that of falling values drawn downwards
        points.append(Point(label, high if high >= low else -low, 0.0, -decision, decision, signals, ""))
    arls = [cusum_arl(moved, reference=reference, decision=decision, sides=2) for moved in (0.0, shift)]
    method = f"CUSUM, reference {reference:g}, decision {decision:.4f} deviations"
    return Drawn("sum of deviations", method, tuple(points), int(used.sum()), arls[0], arls[1], notes)
