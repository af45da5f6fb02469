"""Which weeks of the past speak for a week, and to which level of the season each belongs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhiheng.errors import StatisticsError
from zhiheng.stats.aberration.results import Floats
from zhiheng.stats.aberration.settings import Farrington

Indices = NDArray[np.int64]
YEAR, WEEK = 52, 7


@dataclass(frozen=True)
class Layout:
    """The baseline of one or more weeks, as seen from the week that is judged.

    `lag` (rows): how many weeks before. `season` (rows): 0 to seasons - 1, the last being the season of the judged week.
    """

    lag: Indices
    season: Indices
    seasons: int

    @property
    def time(self) -> Floats:
        """Weeks relative to the middle of the baseline."""
        return np.asarray(-self.lag - self.middle, dtype=np.float64)

    @property
    def middle(self) -> float:
        """The middle of the baseline, in weeks relative to the judged week."""
        return float(-self.lag.mean())


def reference_lags(weeks: Indices, *, years: int, dates: NDArray[np.datetime64] | None) -> Indices:
    """Lags of the reference week in each of the years before, (weeks, years), ascending.

    Without dates a year has 52 weeks. With dates, as in R surveillance: the same weekday nearest to the same calendar date;
    29 February is looked up as 1 March.
    """
    if dates is None:
        return np.broadcast_to(YEAR * np.arange(1, years + 1), (weeks.size, years)).copy()
    day = dates.astype("datetime64[D]")
    now = day[weeks]
    month = now.astype("datetime64[M]")
    past = (month[:, None] - 12 * np.arange(1, years + 1)).astype("datetime64[D]")
    past += (now - month.astype("datetime64[D]"))[:, None]
    apart = (now[:, None] - past).astype(np.int64)
    return np.asarray((apart + WEEK // 2) // WEEK)


def checked_dates(dates: object, length: int) -> NDArray[np.datetime64] | None:
    """First days of the weeks. StatisticsError: another number than weeks, or weeks that do not follow each other."""
    if dates is None:
        return None
    day = np.asarray(dates, dtype="datetime64[D]")
    if day.shape != (length,):
        raise StatisticsError(
            f"dates has the shape {day.shape}, the series {length} weeks: give one date for each week"
        )
    step = np.diff(day).astype(np.int64)
    if np.any(step != WEEK):
        place = int(np.flatnonzero(step != WEEK)[0])
        raise StatisticsError(
            f"week {place + 1} begins on {day[place + 1]}, {step[place]} days after the one before: weeks follow each "
            "other every 7 days; fill a week without counts with 0, or with NaN if nobody looked"
        )
    return day


def layouts(
    weeks: Indices, *, settings: Farrington, dates: NDArray[np.datetime64] | None
) -> tuple[list[tuple[Indices, Layout]], Indices]:
    """Weeks whose baselines look alike, each group with its layout, and the weeks whose series is too short.

    A layout depends on the week only by the distances to its reference weeks, so a year needs no more than a handful.
    """
    lags = reference_lags(weeks, years=settings.years, dates=dates)
    known: dict[bytes, list[int]] = {}
    short = []
    for week, lag in zip(weeks.tolist(), lags, strict=True):
        cut = lag
        if settings.form == "original":
            cut = lag[lag - settings.half_window <= week]
            first = 0
        else:
            first = int(lag[-1]) + settings.half_window - 1  # R's subscript 0 is dropped, so one week may be missing
        if not cut.size or week < first:
            short.append(week)
            continue
        edge = min(week, int(cut[-1]) + settings.half_window)
        edge = edge if edge < cut[-1] + settings.half_window else -1
        known.setdefault(np.append(cut, edge).tobytes(), []).append(week)
    groups = []
    for key, members in known.items():
        *lag, edge = np.frombuffer(key, dtype=np.int64).tolist()
        layout = _windows(lag, settings) if settings.form == "original" else _blocks(lag, settings)
        if edge >= 0:
            kept = layout.lag <= edge
            layout = Layout(layout.lag[kept], layout.season[kept], layout.seasons)
        groups.append((np.array(members, dtype=np.int64), layout))
    return groups, np.array(short, dtype=np.int64)


def _windows(lags: list[int], settings: Farrington) -> Layout:
    """Farrington et al. 1996, 3.2: the reference weeks and as many on either side."""
    around = np.arange(-settings.half_window, settings.half_window + 1)
    lag = np.sort((np.array(lags, dtype=np.int64)[:, None] + around).ravel())[::-1]
    return Layout(lag, np.zeros(lag.size, dtype=np.int64), 1)


def _blocks(lags: list[int], settings: Farrington) -> Layout:
    """Noufaily et al. 2013, 3: windows around reference weeks, the rest of each year shared by periods - 1 blocks.

    Written on a line of lags from the oldest; blocks of a year differ by at most one week, the first being the longer.
    """
    half, parts = settings.half_window, settings.periods - 1
    oldest = lags[-1] + half
    place = np.full(oldest + 1, -1, dtype=np.int64)  # element i is the week `oldest - i` weeks before
    place[oldest - half :] = parts
    for lag, later in zip(lags, [0, *lags[:-1]], strict=True):
        centre = oldest - lag
        place[centre - half : centre + half + 1] = parts
        gap = lag - later - 2 * half - 1
        if parts == 0:
            continue
        if gap < parts:
            raise StatisticsError(
                f"periods is {settings.periods}, but {gap} weeks lie between reference windows of half width {half}: use fewer"
            )
        length, rest = divmod(gap, parts)
        sizes = np.full(parts, length)
        sizes[:rest] += 1
        place[centre + half + 1 : centre + half + 1 + gap] = np.repeat(np.arange(parts), sizes)
    place[oldest - settings.left_out :] = -1
    rows = np.flatnonzero(place >= 0)
    levels = np.unique(place[rows])
    if levels.size == 0 or levels[-1] != parts:
        raise StatisticsError(
            f"weeks_left_out is {settings.left_out}: no reference window is left of {settings.years} years; leave out fewer"
        )
    return Layout(oldest - rows, np.searchsorted(levels, place[rows]), int(levels.size))
