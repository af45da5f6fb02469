"""The choices of the Farrington family, with the defaults of R surveillance."""

from dataclasses import dataclass

from zhiheng.errors import StatisticsError

FORMS = ("flexible", "original")
POWERS = {"none": 1.0, "1/2": 0.5, "2/3": 2 / 3}
THRESHOLDS = ("delta", "nbPlugin", "muan")


@dataclass(frozen=True)
class Farrington:
    """How a Farrington detector works. Defaults: `farringtonFlexible` of R surveillance 1.20.3; ORIGINAL: its `farrington`.

    form               "flexible" (Noufaily et al. 2013) or "original" (Farrington et al. 1996)
    years              b, years of history                          half_window   w, weeks on either side of a reference week
    periods            noPeriods, levels of the season; 1: reference windows alone
    weeks_left_out     pastWeeksNotIncluded, latest weeks that the baseline leaves out; None: as many as half_window
    alpha              one-sided for "flexible", two-sided for "original", as in R
    trend, trend_level whether a trend is tried, and the p-value below which it stays
    reweight, outlying whether past outbreaks are weighed down, and the Anscombe residual above which they are
    power              "2/3", "1/2" or "none": skewness transformation of the delta threshold
    threshold          "delta", "nbPlugin" or "muan"
    least_cases, within  limit54: no alarm with fewer cases than that in that many weeks, the present one included
    """

    form: str = "flexible"
    years: int = 5
    half_window: int = 3
    periods: int = 1
    weeks_left_out: int | None = None
    alpha: float = 0.05
    trend: bool = True
    trend_level: float = 0.05
    reweight: bool = True
    outlying: float = 2.58
    power: str = "2/3"
    threshold: str = "delta"
    least_cases: int = 5
    within: int = 4

    @property
    def left_out(self) -> int:
        """Weeks before the present one that the baseline leaves out."""
        return self.half_window if self.weeks_left_out is None else self.weeks_left_out

    def __post_init__(self) -> None:
        _one_of("form", self.form, FORMS)
        _one_of("power", self.power, tuple(POWERS))
        _one_of("threshold", self.threshold, THRESHOLDS)
        if self.form == "original" and (self.threshold != "delta" or self.periods != 1):
            raise StatisticsError(
                "the original form knows neither another threshold than 'delta' nor periods: use 'flexible'"
            )
        for name, value, least in (
            ("years", self.years, 1),
            ("half_window", self.half_window, 0),
            ("periods", self.periods, 1),
            ("weeks_left_out", self.left_out, 0),
            ("least_cases", self.least_cases, 0),
            ("within", self.within, 1),
        ):
            if value < least:
                raise StatisticsError(f"{name} is {value}: give {least} or more")
        if not 0 < self.alpha < 0.5:
            raise StatisticsError(
                f"alpha {self.alpha:g} is no error rate for a bound: give a share below 0.5, such as 0.01"
            )
        if not 0 <= self.trend_level <= 1:
            raise StatisticsError(f"trend_level {self.trend_level:g} is not a p-value: give a share between 0 and 1")
        if not self.outlying > 0:
            raise StatisticsError(f"outlying {self.outlying:g} is not above 0: give a residual such as 2.58")


def _one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise StatisticsError(f"{name} {value!r} is not known: use one of {', '.join(map(repr, known))}")


FLEXIBLE = Farrington()
ORIGINAL = Farrington(form="original", outlying=1.0)
