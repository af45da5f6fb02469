"""The terms of a plan: what the programme says, and what the planner changed, held within what can be planned."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from zhiheng.errors import PlanInvalid
from zhiheng.selection.choice import DESIGNS

ALLOCATIONS = ("expected", "neyman", "proportional")
DUE = ("refuse", "draw")
FIRST_YEAR, LAST_YEAR = 1990, 2200  # what a calendar of months and rounds is used for
EXACT_DESIGNS = tuple(
    name for name in DESIGNS if name not in ("simple", "pareto")
)  # those that meet their probabilities


@dataclass(frozen=True)
class Exclusion:
    """A rule that keeps targets out: a flag of the list, or a day within so many months before the plan."""

    rule: str
    en: str
    zh: str
    act: str
    at: str
    flag: str = ""
    date: str = ""
    months: int = 0


@dataclass(frozen=True)
class PlanTerms:
    """All that decides a plan beside the list: shares are of the budget, in [0, 1]; coverage and period in months."""

    programme: str
    on: date
    budget: int
    strata: tuple[str, ...]
    random_share: float
    largest_share: float
    least_per_stratum: int
    least_fraction: float | None
    allocation: str
    design: str
    period_months: int
    coverage_months: int | None
    nominations_share: float
    nominations_most: int
    units: int
    inspectors_each: int
    draw_after_days: int
    exclusions: tuple[Exclusion, ...]
    cite: Mapping[str, str]
    since: str
    checked: Any = None
    due: str = "refuse"


def planned(programme: Mapping[str, Any], *, on: date, budget: int | None = None, **changed: Any) -> PlanTerms:
    """The terms of a programme (rules.programme) with what the planner changed; None changes nothing.

    PlanInvalid: a share, a number or a word with which nothing can be planned.
    """
    nominations = programme["nominations"]
    terms = PlanTerms(
        programme=str(programme["name"]),
        on=on,
        budget=int(programme["budget"]) if budget is None else budget,
        strata=tuple(programme["strata"]),
        random_share=float(programme["random_share"]),
        largest_share=float(programme["largest_share"]),
        least_per_stratum=int(programme["least_per_stratum"]),
        least_fraction=None if programme["least_fraction"] is None else float(programme["least_fraction"]),
        allocation=str(programme["allocation"]),
        design=str(programme["design"]),
        period_months=int(programme["period_months"]),
        coverage_months=programme["coverage_months"],
        nominations_share=float(nominations["share"]),
        nominations_most=int(nominations["most"]),
        units=int(programme["units"]),
        inspectors_each=int(programme["inspectors_each"]),
        draw_after_days=int(programme["draw_after_days"]),
        exclusions=tuple(_exclusion(entry) for entry in programme["exclusions"]),
        cite=programme["cite"],
        since=str(programme["since"]),
        checked=programme["checked"],
    )
    known = {field.name for field in fields(PlanTerms)}
    assert changed.keys() <= known
    terms = replace(terms, **{name: value for name, value in changed.items() if value is not None})
    check(terms)
    return terms


def check(terms: PlanTerms) -> None:
    """Refuse terms with which nothing can be planned."""
    if not FIRST_YEAR <= terms.on.year <= LAST_YEAR:
        raise PlanInvalid(f"on: {terms.on} is no day to plan for; give one from {FIRST_YEAR} to {LAST_YEAR}")
    if terms.budget < 1:
        raise PlanInvalid(f"budget: {terms.budget} is no number of targets to draw; give a whole number of 1 or more")
    if not 0 < terms.random_share <= 1:
        raise PlanInvalid(
            f"random_share: {terms.random_share:g} is no share: above 0, for the random arm is permanent, up to 1"
        )
    for name in ("largest_share", "nominations_share"):
        if not 0 <= getattr(terms, name) <= 1:
            raise PlanInvalid(f"{name}: {getattr(terms, name):g} is no share; it lies between 0 and 1")
    for name, words in (("allocation", ALLOCATIONS), ("due", DUE), ("design", EXACT_DESIGNS)):
        if getattr(terms, name) not in words:
            raise PlanInvalid(f"{name}: '{str(getattr(terms, name))[:40]}' is not one of {', '.join(words)}")
    if terms.least_per_stratum < 1:
        raise PlanInvalid("least_per_stratum: at least 1, or a stratum would have no random arm")
    if terms.coverage_months is not None and terms.coverage_months < 0:
        raise PlanInvalid(
            f"coverage_months: {terms.coverage_months} is no number of months; give 1 or more, or 0 for no coverage"
        )


def _exclusion(entry: Mapping[str, Any]) -> Exclusion:
    cite = entry["cite"]
    told = {name: entry[name] for name in ("rule", "en", "zh", "flag", "date", "months") if name in entry}
    return Exclusion(act=str(cite["act"]), at=str(cite["at"]), **told)


def months_before(on: date, months: int) -> date:
    """The same day of the month so many months before (after, where negative), or the last day of that month.

    >>> months_before(date(2026, 8, 31), 6)
    datetime.date(2026, 2, 28)
    """
    year, month = divmod(on.year * 12 + on.month - 1 - months, 12)
    first, next_first = date(year, month + 1, 1), date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return date.fromordinal(min(first.toordinal() + on.day, next_first.toordinal()) - 1)
