"""Switching rules of single sampling: which severity the next lot is inspected with, from the history of the lots.

ISO 2859-1:1999 and GB/T 2828.1-2012, 9.3 (starting and switching, switching score) and 9.4 (discontinuation).
Only lots on original inspection count: a lot submitted again is not given to `advance`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from zhiheng import rules
from zhiheng.errors import UsageError
from zhiheng.selection.sampling.attributes import AttributesPlan, for_lot, tighter
from zhiheng.selection.sampling.scheme import Lots, Scheme, Severity


@dataclass(frozen=True)
class SwitchingRules:
    """The counts of the switching rules, from law/int/sampling/switching.yaml."""

    tighten_refused: int
    tighten_within: int
    normal_accepted: int
    discontinue_refused: int
    reduce_score: int
    score_tighter: int
    score_small: int
    tighter_from: int


@dataclass(frozen=True)
class Inspected:
    """A lot on original inspection: its plan, the nonconforming items found, and how many the next tighter plan allows.

    `tighter_accept` is the acceptance number one AQL step tighter; without one (the tightest AQL) the score starts anew.
    """

    plan: AttributesPlan
    found: int
    tighter_accept: int | None

    @property
    def is_accepted(self) -> bool:
        """Whether the lot is accepted: the count stays below Re."""
        return self.found < self.plan.stages.reject[-1]


@dataclass(frozen=True)
class History:
    """Where a series of lots stands: severity of the next lot, lots since the last switch, score, discontinued or not."""

    severity: Severity = "normal"
    outcomes: tuple[bool, ...] = ()
    score: int = 0
    is_discontinued: bool = False
    why: str = "start"

    @property
    def refused(self) -> int:
        """Lots not accepted since the last switch."""
        return self.outcomes.count(False)


def switching_rules(*, on: date) -> SwitchingRules:
    """The switching rules in force on the day."""
    return SwitchingRules(**{name: int(value) for name, value in rules.settings("sampling/switching", on=on).items()})


def advance(
    history: History, lot: Inspected, terms: SwitchingRules, *, is_steady: bool = False, is_agreed: bool = False
) -> History:
    """The history after one more lot.

    `is_steady` (production at a steady rate) and `is_agreed` (the responsible authority agrees) are the two conditions of
    reduced inspection beside the score; without `is_steady` reduced inspection ends. UsageError: inspection is
    discontinued, or the lot was inspected with another severity.
    """
    if history.is_discontinued:
        raise UsageError(
            "inspection is discontinued: the supplier has to improve first, then begin a new series with tightened inspection"
        )
    if lot.plan.severity != history.severity:
        raise UsageError(f"this lot was due for {history.severity} inspection, and was inspected {lot.plan.severity}")
    score = scored(history.score, lot, terms) if history.severity == "normal" else 0
    grown = replace(history, outcomes=(*history.outcomes, lot.is_accepted), score=score, why="unchanged")
    if history.severity == "normal":
        return from_normal(grown, terms, may_reduce=is_steady and is_agreed)
    if history.severity == "tightened":
        return from_tightened(grown, terms)
    return from_reduced(grown, lot, is_steady=is_steady)


def scored(score: int, lot: Inspected, terms: SwitchingRules) -> int:
    """The switching score after a lot under normal inspection (9.3, single plans)."""
    if not lot.is_accepted:
        return 0
    if lot.plan.stages.accept[0] < terms.tighter_from:
        return score + terms.score_small
    passes = lot.tighter_accept is not None and lot.found <= lot.tighter_accept
    return score + terms.score_tighter if passes else 0


def from_normal(history: History, terms: SwitchingRules, *, may_reduce: bool) -> History:
    """The history after a lot under normal inspection."""
    if history.outcomes[-terms.tighten_within :].count(False) >= terms.tighten_refused:
        return History("tightened", why="too_many_refused")
    if history.score >= terms.reduce_score and may_reduce:
        return History("reduced", score=history.score, why="score_reached")
    return history


def from_tightened(history: History, terms: SwitchingRules) -> History:
    """The history after a lot under tightened inspection."""
    if history.refused >= terms.discontinue_refused:
        return replace(history, is_discontinued=True, why="discontinued")
    last = history.outcomes[-terms.normal_accepted :]
    if len(last) == terms.normal_accepted and all(last):
        return History("normal", why="accepted_in_a_row")
    return history


def from_reduced(history: History, lot: Inspected, *, is_steady: bool) -> History:
    """The history after a lot under reduced inspection; a count in a gap between Ac and Re ends it as well."""
    if not lot.is_accepted:
        return History("normal", why="refused_when_reduced")
    if lot.found > lot.plan.stages.accept[-1]:
        return History("normal", why="between_ac_and_re")
    return history if is_steady else History("normal", why="not_steady")


@dataclass(frozen=True)
class Series:
    """What a series of lots has in common."""

    scheme: Scheme
    lots: Lots
    terms: SwitchingRules
    lot: int
    level: str
    aql: str
    is_steady: bool = False
    is_agreed: bool = False


def follow(series: Series, found: Iterable[int], *, start: History | None = None) -> list[tuple[Inspected, History]]:
    """Every lot of a series with its plan, and the history after it; it ends where inspection is discontinued."""
    history, told = start or History(), []
    for count in found:
        lot = inspected(series, history.severity, count)
        history = advance(history, lot, series.terms, is_steady=series.is_steady, is_agreed=series.is_agreed)
        told.append((lot, history))
        if history.is_discontinued:
            break
    return told


def inspected(series: Series, severity: Severity, found: int) -> Inspected:
    """A lot with the plan of its severity, and what the next tighter AQL allows where the score asks for it."""
    aql = series.scheme.preferred(series.aql)
    plan = for_lot(series.scheme, series.lots, lot=series.lot, level=series.level, aql=aql, severity=severity)
    if found < 0 or (not plan.per_hundred and found > min(plan.size, series.lot)):
        raise UsageError(f"{found} nonconforming items of a sample of {min(plan.size, series.lot)}: check the count")
    if severity != "normal" or aql == series.scheme.aql[0]:
        return Inspected(plan, found, None)
    return Inspected(plan, found, tighter(series.scheme, plan).stages.accept[0])
