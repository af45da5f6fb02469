"""The budget shared out: who is left out and why, who must be visited, and how many each stratum gets in either arm."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhiheng.errors import PlanInvalid
from zhiheng.selection.plan.frame import NEVER, Codes, Floats, Frame
from zhiheng.selection.plan.terms import PlanTerms, months_before
from zhiheng.stats import allocate, neyman

DUE, NOMINATED = "+due", "+nominated"
EPOCH = 719_163  # date.toordinal() of 1970-01-01
ELIGIBLE = -1


@dataclass(frozen=True, eq=False)
class Arms:
    """Strata of the draw with their numbers: `units` eligible, `random` and `targeted` to draw; `stratum` is each target's
    place among them (ELIGIBLE - 1 ... of no meaning for those left out), `left_out` the rule that keeps it out, or ELIGIBLE."""

    names: tuple[str, ...]
    stratum: Codes
    left_out: Codes
    units: Codes
    random: Codes
    targeted: Codes
    nominated_size: Codes


def left_out(frame: Frame, terms: PlanTerms) -> Codes:
    """The place of the first rule that keeps a target out, or ELIGIBLE. What follows up a failure may be repeated."""
    found = np.full(frame.size, ELIGIBLE, dtype=np.int64)
    for place, rule in reversed(list(enumerate(terms.exclusions))):
        if rule.flag:
            out = frame.flags[rule.flag]
        else:
            bound = months_before(terms.on, rule.months).toordinal() - EPOCH
            out = (frame.days[rule.date] > bound) & ~frame.flags["follow_up"]
        found[out] = place
    return found


def overdue(frame: Frame, terms: PlanTerms) -> NDArray[np.bool_]:
    """Who would be left out longer than the coverage says before the plan's period ends; who was never inspected is."""
    if not terms.coverage_months or "last_inspected" not in frame.given:
        return np.zeros(frame.size, dtype=bool)
    last = np.maximum(frame.days["last_inspected"], frame.days["last_inspected_above"])
    bound = months_before(terms.on, terms.coverage_months - terms.period_months).toordinal() - EPOCH
    return np.asarray((last == NEVER) | (last < bound))


def share(frame: Frame, terms: PlanTerms) -> Arms:
    """The numbers to draw. PlanInvalid: nobody is left, or the budget is too small, too large, or short of those due."""
    out = left_out(frame, terms)
    eligible = out == ELIGIBLE
    due = overdue(frame, terms) & eligible
    votes = np.minimum(frame.counts["nominated"], terms.nominations_most)
    named = (votes > 0) & eligible & ~due if terms.nominations_share else np.zeros(frame.size, dtype=bool)
    raw = np.where(due, len(frame.strata), np.where(named, len(frame.strata) + 1, frame.home))
    counts = np.bincount(raw[eligible], minlength=len(frame.strata) + 2)
    kept = np.flatnonzero(counts)
    place = np.full(counts.size, ELIGIBLE, dtype=np.int64)
    place[kept] = np.arange(kept.size)
    labels = (*frame.strata, DUE, NOMINATED)
    names, units = tuple(labels[entry] for entry in kept), counts[kept]
    stratum = np.where(eligible, place[raw], ELIGIBLE)
    _affordable(frame, terms, units)
    random = _random(terms, units)
    targeted = _targeted(frame, terms, names, units, random, stratum)
    return Arms(names, stratum, out, units, random, targeted, np.where(named, votes, 0))


def _affordable(frame: Frame, terms: PlanTerms, units: Codes) -> None:
    total, strata = int(units.sum()), units.size
    if not total:
        raise PlanInvalid(
            f"none of the {frame.size} targets may be inspected: every one is kept out by a rule of {terms.programme}"
        )
    least = int(np.minimum(units, terms.least_per_stratum).sum())
    if terms.budget < least:
        raise PlanInvalid(
            f"budget: {terms.budget} is below the {strata} strata with {terms.least_per_stratum} each, so some would have no chance; "
            f"raise it to {least} or more, or make strata of fewer columns"
        )
    if terms.budget > total:
        raise PlanInvalid(
            f"budget: {terms.budget} is more than the {total} targets that may be inspected; lower it to {total}"
        )
    if terms.least_fraction is not None and terms.budget < terms.least_fraction * total:
        needed = int(np.ceil(terms.least_fraction * total - 1e-9))
        raise PlanInvalid(
            f"budget: {terms.budget} of {total} is less than the {terms.least_fraction:.3g} that {terms.programme} asks for "
            f"({terms.cite['act']}); raise it to {needed}"
        )


def _random(terms: PlanTerms, units: Codes) -> Codes:
    """The random arm in proportion to the units, some in every stratum."""
    least = np.minimum(units, terms.least_per_stratum)
    arm = max(int(np.ceil(terms.random_share * terms.budget - 1e-9)), int(least.sum()))
    return allocate(units, arm, least=least, most=units)


def _targeted(
    frame: Frame, terms: PlanTerms, names: tuple[str, ...], units: Codes, random: Codes, stratum: Codes
) -> Codes:
    """The rest of the budget: those due with certainty, the nominated by their share, the others by the allocation."""
    left, found, room = terms.budget - int(random.sum()), np.zeros(units.size, dtype=np.int64), units - random
    plain = np.array([name not in (DUE, NOMINATED) for name in names])
    if DUE in names:
        at = names.index(DUE)
        if room[at] > left and terms.due == "refuse":
            raise PlanInvalid(
                f"budget: {units[at]} targets were not inspected for {terms.coverage_months} months or will be so before the plan ends, and "
                f"{left + int(random[at])} can be visited; raise the budget by {int(room[at]) - left}, lengthen the coverage, or let "
                "chance choose among them (--due draw)"
            )
        found[at] = min(left, int(room[at]))
        left -= int(found[at])
    if NOMINATED in names:
        at = names.index(NOMINATED)
        wanted = max(round(terms.nominations_share * terms.budget), left - int(room[plain].sum()))
        found[at] = min(wanted, left, int(room[at]))
        left -= int(found[at])
    if plain.any() and left:
        found[plain] = _allocated(frame, terms, plain, units, random, left, stratum)
    elif left:
        at = int(np.argmax(room - found))
        found[at] += left
    return found


def _allocated(
    frame: Frame, terms: PlanTerms, plain: NDArray[np.bool_], units: Codes, random: Codes, left: int, stratum: Codes
) -> Codes:
    n, held, low = units[plain], left + int(random[plain].sum()), random[plain]
    if terms.allocation == "proportional":
        return allocate(n, held, least=low, most=n) - low
    if terms.allocation == "neyman":
        return neyman(n, _spread(frame, stratum, units)[plain], held, least=low, most=n) - low
    risk = np.bincount(stratum[stratum >= 0], weights=_risks(frame)[stratum >= 0], minlength=units.size)[plain]
    room = n - low
    cap = np.minimum(room, max(1, int(np.ceil(terms.largest_share * left))))
    # where the cap leaves no place for all, what is over goes where there is room
    return allocate(risk, left, most=cap if cap.sum() >= left else room)


def _risks(frame: Frame) -> Floats:
    if "probability" not in frame.given:
        raise PlanInvalid(
            "allocation: 'expected' needs a probability of failing for each target: a column 'probability', or --scores of "
            "zhiheng risk; or say --allocation proportional"
        )
    return frame.figures["probability"]


def _spread(frame: Frame, stratum: Codes, units: Codes) -> Floats:
    """The standard deviation within each stratum: the list's own spread (root mean square), else that of pass and fail."""
    inside = stratum >= 0

    def mean(values: Floats) -> Floats:
        return np.asarray(np.bincount(stratum[inside], weights=values[inside], minlength=units.size) / units)

    if "spread" in frame.given:
        return np.sqrt(mean(frame.figures["spread"] ** 2))
    rate = mean(_risks(frame))
    return np.sqrt(rate * (1 - rate))
