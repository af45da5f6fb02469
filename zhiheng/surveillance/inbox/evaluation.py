"""How good the signals were: against what later notices showed, and against outbreaks that were planted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from zhiheng.stats import wilson
from zhiheng.surveillance.inbox.candidates import trailing, windows
from zhiheng.surveillance.inbox.raising import Signal
from zhiheng.surveillance.inbox.weeks import Weeks, weeks

__all__ = ["Evaluation", "Planted", "evaluate", "evaluate_planted"]
LEVEL = 0.95
DAYS = 7


@dataclass(frozen=True)
class Evaluation:
    """Signals judged by what came later; `rows` has one entry a signal, `surges` one a later surge."""

    judged: int
    confirmed: int
    rising: int
    false: int
    too_late: int
    false_lower: float
    false_upper: float
    chance: float
    chance_rising: float
    chance_n: int
    chance_alike: float
    lead_weeks: float | None
    surges: int
    surges_signalled: int
    surges_before: int
    early_weeks: float | None
    rows: list[dict[str, Any]]
    by_ground: list[dict[str, Any]]
    weeks: int


def evaluate(lines: Sequence[Mapping[str, Any]], signals: Sequence[Signal], terms: Mapping[str, Any]) -> Evaluation:
    """Each signal of one source held against the notices of the weeks after it, which no signal could know.

    Confirmed: in the `horizon` weeks after it, at least `least` more notices of its subject, at least `serious` of them serious.
    Rising: confirmed, and `times` as many as in the same time of its past. Signals of the last weeks cannot be judged and are
    counted apart. Chance: the shares of all weeks in which a subject was reported, signal or none, by the same measure. That share
    is ruled by the subjects that are reported often; `chance_alike` takes for each signal the weeks of subjects that were reported
    about as often in the year before (`alike`), so that a first notice of a rare kind is held against other rare kinds.
    """
    bar, trend = terms["evaluation"], terms["trend"]
    found = weeks(lines, serious=terms["single"]["seriousness"])
    rows, late = [], 0
    ahead = {}
    for parts in {tuple(signal.subject) for signal in signals}:
        ahead[parts] = Ahead.of(found, parts, bar, trend)
    for signal in signals:
        at = ahead[tuple(signal.subject)]
        week = (signal.day - found.first).days // DAYS - 1
        if week + bar["horizon"] >= found.length:
            late += 1
            continue
        rows.append(at.row(signal, week))
    confirmed = sum(row["confirmed"] for row in rows)
    false = len(rows) - confirmed
    interval = wilson([false], [len(rows)], level=LEVEL) if rows else None
    base = [part.chance() for part in ahead.values()]
    n = sum(one[2] for one in base)
    surges = surged(found, signals, bar, trend)
    leads = [row["lead"] for row in rows if row["confirmed"]]
    early = [row["early"] for row in surges if row["signalled"]]
    return Evaluation(
        len(rows),
        confirmed,
        sum(row["rising"] for row in rows),
        false,
        late,
        float(interval.lower[0]) if interval else float("nan"),
        float(interval.upper[0]) if interval else float("nan"),
        sum(one[0] for one in base) / n if n else float("nan"),
        sum(one[1] for one in base) / n if n else float("nan"),
        n,
        mean_known([row["alike"] for row in rows]),
        float(np.median(leads)) if leads else None,
        len(surges),
        sum(row["signalled"] for row in surges),
        sum(row["signalled"] and row["early"] > 0 for row in surges),
        float(np.median(early)) if early else None,
        rows,
        by_ground(rows),
        found.length,
    )


@dataclass(frozen=True)
class Ahead:
    """For every subject of some parts and every week: what came in the weeks after, and what its past let one expect."""

    names: dict[tuple[str, ...], int]
    parts: tuple[str, ...]
    after: Any
    expected: Any
    grave: Any
    active: Any
    weekly: Any
    bar: Mapping[str, Any]
    judged: Any
    kind: Any
    share: Any

    @classmethod
    def of(cls, found: Weeks, parts: tuple[str, ...], bar: Mapping[str, Any], trend: Mapping[str, Any]) -> "Ahead":
        """The arrays: subjects by weeks."""
        group, names = found.groups(parts)
        counts = found.counts(group, len(names))
        grave = found.counts(np.where(found.serious, group, -1), len(names))
        horizon = bar["horizon"]
        window, past, span = windows(counts, trend["window"], trend["baseline"])
        # the past of the signal's own window: what was usual before
        with np.errstate(divide="ignore", invalid="ignore"):
            expected = np.where(span > 0, past * horizon / np.maximum(span, 1), np.inf)
        judged = (span >= trend["shortest"]) & (np.arange(found.length) + horizon < found.length)
        # about as often reported in the year before the week itself: none, few, some, many
        before = np.zeros_like(counts)
        before[:, 1:] = trailing(counts, trend["baseline"])[:, :-1]
        kind = np.searchsorted(np.asarray(bar["alike"]), before, side="right")
        confirmed = (following_sum(counts, horizon) >= bar["least"]) & (following_sum(grave, horizon) >= bar["serious"])
        there = (counts >= 1) & judged
        share = [float(confirmed[there & (kind == one)].mean()) if (there & (kind == one)).any() else float("nan")
                 for one in range(len(bar["alike"]) + 1)]  # fmt: skip
        return cls(
            {name: at for at, name in enumerate(names)},
            parts,
            following_sum(counts, horizon),
            expected,
            following_sum(grave, horizon),
            window >= 1,
            counts,
            bar,
            judged,
            kind,
            share,
        )

    def is_confirmed(self) -> Any:
        """Subjects by weeks: whether the weeks after confirm it."""
        return (self.after >= self.bar["least"]) & (self.grave >= self.bar["serious"])

    def is_rising(self) -> Any:
        """Subjects by weeks: whether the weeks after confirm it, and hold more than its past."""
        return self.is_confirmed() & (self.after >= self.bar["times"] * self.expected)

    def chance(self) -> tuple[int, int, int]:
        """How many subject-weeks with a notice are confirmed, how many rise, and how many there are."""
        there = self.active & self.judged
        return int((self.is_confirmed() & there).sum()), int((self.is_rising() & there).sum()), int(there.sum())

    def row(self, signal: Signal, week: int) -> dict[str, Any]:
        """A signal with what came after it."""
        at = self.names[tuple(signal.subject.values())]
        confirmed = bool(self.is_confirmed()[at, week])
        arrived = np.cumsum(self.weekly[at, week + 1 :])
        lead = int(np.argmax(arrived >= self.bar["least"])) + 1 if confirmed else None
        return {
            "signal_id": signal.signal_id,
            "day": signal.day,
            "subject": signal.subject,
            "ground": signal.grounds[0]["ground"],
            "level": signal.level,
            "score": signal.score,
            "after": int(self.after[at, week]),
            "usual": round(float(self.expected[at, week]), 2),
            "serious": int(self.grave[at, week]),
            "confirmed": confirmed,
            "rising": bool(self.is_rising()[at, week]),
            "lead": lead,
            "alike": self.share[int(self.kind[at, week])],
        }


def mean_known(values: Sequence[float]) -> float:
    """The mean of what is known; NaN where nothing is."""
    known = [value for value in values if value == value]
    return float(np.mean(known)) if known else float("nan")


def following_sum(counts: Any, horizon: int) -> Any:
    """Counts of the weeks after each week."""
    found = np.zeros_like(counts)
    total = trailing(counts, horizon)
    if counts.shape[1] > horizon:
        found[:, :-horizon] = total[:, horizon:]
    return found


def surged(
    found: Weeks, signals: Sequence[Signal], bar: Mapping[str, Any], trend: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Surges seen afterwards: the first week in which the last `horizon` weeks hold `surge_least` notices and `times` their past.

    A surge was signalled when a signal of the same subject, or of a wider one, was raised in the `horizon` weeks up to it or on
    the same day; `early` are the weeks between.
    """
    parts = ("product", "hazard", "origin")
    group, names = found.groups(parts)
    counts = found.counts(group, len(names))
    window, past, span = windows(counts, bar["horizon"], trend["baseline"])
    grave = trailing(found.counts(np.where(found.serious, group, -1), len(names)), bar["horizon"])
    with np.errstate(divide="ignore", invalid="ignore"):
        usual = past * bar["horizon"] / np.maximum(span, 1)
    high = (window >= bar["surge_least"]) & (window >= bar["times"] * usual) & (grave >= bar["serious"])
    high &= span >= trend["shortest"]
    rows = []
    for at in np.flatnonzero(high.any(axis=1)):
        begins = np.flatnonzero(high[at] & ~np.concatenate([[False], high[at, :-1]]))
        last = -bar["horizon"]
        for week in begins.tolist():
            if week - last < bar["horizon"]:
                continue
            last = week
            rows.append(signalled(dict(zip(parts, names[at], strict=True)), found.monday(week + 1), signals, bar))
    return rows


def signalled(
    subject: Mapping[str, str], day: date, signals: Sequence[Signal], bar: Mapping[str, Any]
) -> dict[str, Any]:
    """A surge with the first signal that told of it."""
    since = day - timedelta(days=DAYS * bar["horizon"])
    told = [
        moment
        for signal in signals
        if all(subject.get(part) == value for part, value in signal.subject.items())
        for moment in (signal.day, *map(date.fromisoformat, signal.continued))
        if since <= moment <= day
    ]
    first = min(told, default=None)
    return {
        "subject": dict(subject),
        "day": day,
        "signalled": first is not None,
        "early": (day - first).days // DAYS if first else None,
    }


def by_ground(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Judged and confirmed by ground and level, with the chance of subjects reported about as often."""
    found: dict[tuple[str, int], list[tuple[bool, bool, float]]] = {}
    for row in rows:
        found.setdefault((row["ground"], row["level"]), []).append((row["confirmed"], row["rising"], row["alike"]))
    return [
        {
            "ground": ground,
            "level": level,
            "judged": len(held),
            "confirmed": sum(one[0] for one in held),
            "rising": sum(one[1] for one in held),
            "false": sum(not one[0] for one in held),
            "alike": mean_known([one[2] for one in held]),
        }
        for (ground, level), held in sorted(found.items())
    ]


@dataclass(frozen=True)
class Planted:
    """Signals held against outbreaks that were planted: which were found, after how many days, and what else was raised."""

    outbreaks: int
    found: int
    median_days: float | None
    signals: int
    false: int
    rows: list[dict[str, Any]]


def evaluate_planted(signals: Sequence[Signal], outbreaks: Sequence[Mapping[str, Any]], *, after_days: int) -> Planted:
    """Outbreaks (number, product, hazard, origins, first, last) against signals of their product or hazard.

    Found: a signal that names the product or the hazard, nothing else of either and no other origin or province, from the
    outbreak's first day to `after_days` after its last. A signal that meets no outbreak is false.
    """
    rows, met = [], set()
    for one in outbreaks:
        until = one["last"] + timedelta(days=after_days)
        hits = [signal for signal in signals if one["first"] <= signal.day <= until and meets(signal.subject, one)]
        met |= {signal.signal_id for signal in hits}
        first = min((signal.day for signal in hits), default=None)
        rows.append(dict(one) | {"found": first is not None, "days": (first - one["first"]).days if first else None})
    days = [row["days"] for row in rows if row["found"]]
    return Planted(
        len(rows),
        len(days),
        float(np.median(days)) if days else None,
        len(signals),
        sum(signal.signal_id not in met for signal in signals),
        rows,
    )


def meets(subject: Mapping[str, str], outbreak: Mapping[str, Any]) -> bool:
    """Whether a signal speaks of an outbreak: its product or its hazard is named, and nothing in it is another.

    >>> meets({"product": "A"}, {"product": "A", "hazard": "x", "origins": ["P"]})
    True
    """
    named = {"product", "hazard"} & set(subject)
    places = [subject[part] for part in ("origin", "province") if part in subject]
    return (
        bool(named)
        and all(subject[part] == outbreak[part] for part in named)
        and all(place in outbreak["origins"] for place in places)
    )
