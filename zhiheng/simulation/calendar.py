"""How many batches each day brings, and how long before they were sampled."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from zhiheng.simulation.draws import Array
from zhiheng.simulation.settings import figures


@dataclass(frozen=True)
class Calendar:
    """Days of receipt from `start`; `batches` of each; `lag` the probability of 0, 1, 2 … days from sampling to receipt."""

    start: date
    batches: Array
    lag: Array

    @property
    def days(self) -> int:
        """Days of receipt."""
        return len(self.batches)

    @property
    def earliest(self) -> date:
        """The first day on which anything may have been sampled."""
        return self.start - timedelta(days=len(self.lag) - 1)

    @property
    def last(self) -> date:
        """The last day of receipt."""
        return self.start + timedelta(days=self.days - 1)

    def sampled(self) -> Array:
        """The share of batches sampled on each day, from `earliest` to `last`."""
        found = np.zeros(self.days + len(self.lag) - 1)
        for place, share in enumerate(self.lag):
            begin = len(self.lag) - 1 - place
            found[begin : begin + self.days] += share * self.batches
        shares: Array = found / found.sum()
        return shares

    def month(self, sampled: Array) -> Array:
        """The month, from 0, of days counted from `earliest`."""
        day = np.datetime64(self.earliest) + sampled.astype(np.int64)
        found: Array = day.astype("datetime64[M]").astype(np.int64) % 12
        return found


def calendar(start: date, *, days: int, size: float) -> Calendar:
    """The days of a country of a size, 1 being the whole nation; the total is exact and follows week and season."""
    terms, whole = figures("days"), figures("size")
    day = np.datetime64(start) + np.arange(days)
    # the first of January 1970 was a Thursday
    weekday = (day.astype(np.int64) + 3) % 7
    month = day.astype("datetime64[M]").astype(np.int64) % 12
    weight = np.array(terms["week"])[weekday] * np.array(terms["year"])[month]
    total = round(whole["batches"] * size * days / whole["days"])
    reached = np.rint(np.cumsum(weight) / weight.sum() * total).astype(np.int64)
    return Calendar(start, np.diff(reached, prepend=0), lag())


def lag() -> Array:
    """The probability of each number of days from sampling to receipt: a triangle, and a thin late tail."""
    terms = figures("days")
    least, middle, most = terms["lag_typical"]
    first, last = terms["late"]
    day = np.arange(last + 1, dtype=float)
    rise = np.clip((day - least + 1) / (middle - least + 1), 0, None)
    typical = np.clip(np.minimum(rise, (most + 1 - day) / (most + 1 - middle)), 0, None)
    late = ((day >= first) & (day <= last)).astype(float)
    found: Array = (1 - terms["late_share"]) * typical / typical.sum() + terms["late_share"] * late / late.sum()
    return found
