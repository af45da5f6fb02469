"""A plan: the chance of every target, and what the plan is expected to find beside another one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from zhiheng.errors import PlanInvalid
from zhiheng.selection.plan.arms import DUE, ELIGIBLE, NOMINATED, Arms, share
from zhiheng.selection.plan.chances import Chances, chances
from zhiheng.selection.plan.frame import Codes, Floats, Frame
from zhiheng.selection.plan.terms import PlanTerms
from zhiheng.stats import Findings, effective_size, expected_findings

LEVEL = 0.95
WHY = {DUE: "due", NOMINATED: "nominated"}


@dataclass(frozen=True, eq=False)
class Plan:
    """A list, the terms, the numbers of every stratum and the chance of every target."""

    frame: Frame
    terms: PlanTerms
    arms: Arms
    chances: Chances

    @property
    def eligible(self) -> np.ndarray:
        """Who may be drawn."""
        return np.asarray(self.arms.left_out == ELIGIBLE)

    @property
    def units(self) -> Codes:
        """Units to take of each target: the list's own number, or the programme's."""
        return self.frame.counts["units"] if "units" in self.frame.given else np.full(self.frame.size, self.terms.units)

    @property
    def rated(self) -> bool:
        """Whether it is known how likely the targets fail."""
        return "probability" in self.frame.given

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The plan in some figures: numbers, chances, and what it is expected to find."""
        inside, found = self.eligible, self.findings()
        inclusion = self.chances.inclusion[inside]
        return {
            "programme": self.terms.programme,
            "on": self.terms.on.isoformat(),
            "budget": self.terms.budget,
            "targets": self.frame.size,
            "eligible": int(inside.sum()),
            "left_out": int((~inside).sum()),
            "strata": len(self.arms.names),
            "random": int(self.arms.random.sum()),
            "targeted": int(self.arms.targeted.sum()),
            "certain": int(self.chances.certain.sum()),
            "units": float((self.chances.inclusion * self.units).sum()),
            "least_inclusion": float(inclusion.min()),
            "effective": effective_size(inclusion),
            "design_effect": float(inclusion.sum() / effective_size(inclusion)),
            "expected_findings": None if found is None else float(found.expected[0]),
            "lower": None if found is None else float(found.lower[0]),
            "upper": None if found is None else float(found.upper[0]),
            "coverage": self.coverage,
        }

    @property
    def coverage(self) -> str:
        """Whether the coverage was looked at: `kept`, `drawn` (chance chooses among those due), `not_asked`, `no_column`."""
        if not self.terms.coverage_months:
            return "not_asked"
        if "last_inspected" not in self.frame.given:
            return "no_column"
        at = self.arms.names.index(DUE) if DUE in self.arms.names else None
        short = at is not None and self.arms.random[at] + self.arms.targeted[at] < self.arms.units[at]
        return "drawn" if short else "kept"

    def findings(self, inclusion: Floats | None = None, *, by_stratum: bool = False) -> Findings | None:
        """What is expected to be found, in all or in each stratum of the draw, perhaps with other chances."""
        if not self.rated:
            return None
        inside, figures = self.eligible, self.frame.figures
        p = figures["probability"][inside]
        bounds = [figures[name][inside] if name in self.frame.given else p for name in ("lower", "upper")]
        return expected_findings(
            (self.chances.inclusion if inclusion is None else inclusion)[inside],
            p,
            *bounds,
            level=LEVEL,
            group=self.arms.stratum[inside] if by_stratum else None,
            groups=len(self.arms.names) if by_stratum else 1,
        )

    def strata(self) -> list[dict[str, Any]]:
        """Lines of PLAN_STRATA."""
        found, inside, drawn = self.findings(by_stratum=True), self.eligible, self.arms.random + self.arms.targeted
        code, chance, groups = self.arms.stratum[inside], self.chances.inclusion[inside], len(self.arms.names)
        least = np.full(groups, np.inf)
        np.minimum.at(least, code, chance)
        units, certain, inverse = (
            np.bincount(code, weights=values, minlength=groups)
            for values in (chance * self.units[inside], self.chances.certain[inside], 1 / chance)
        )
        return [
            {
                "stratum": name,
                "eligible": int(self.arms.units[at]),
                "random": int(self.arms.random[at]),
                "targeted": int(self.arms.targeted[at]),
                "drawn": int(drawn[at]),
                "units": float(units[at]),
                "certain": int(certain[at]),
                "least_inclusion": float(least[at]),
                "effective": float(self.arms.units[at] ** 2 / inverse[at]),
                "expected_findings": None if found is None else float(found.expected[at]),
                "lower": None if found is None else float(found.lower[at]),
                "upper": None if found is None else float(found.upper[at]),
            }
            for at, name in enumerate(self.arms.names)
        ]

    def excluded(self) -> list[dict[str, Any]]:
        """Lines of PLAN_EXCLUDED: every rule with how many it keeps out, and whether the list could be held against it."""
        counts = np.bincount(self.arms.left_out[~self.eligible], minlength=len(self.terms.exclusions))
        return [
            {
                "rule": rule.rule,
                "targets": int(counts[place]),
                "en": rule.en,
                "zh": rule.zh,
                "act": rule.act,
                "at": rule.at,
                "applied": (rule.flag or rule.date) in self.frame.given,
            }
            for place, rule in enumerate(self.terms.exclusions)
        ]

    def targets(self) -> dict[str, Any]:
        """The columns of PLAN_TARGETS as arrays; who is left out stays in, with the rule and its citation."""
        inside, inclusion = self.eligible, self.chances.inclusion
        names = np.array([*self.arms.names, None], dtype=object)
        rules = self.terms.exclusions
        why = np.array([*(WHY.get(name, self.basis) for name in self.arms.names), ""], dtype=object)[self.arms.stratum]
        out = self.arms.left_out
        told = {
            name: np.array([*(getattr(rule, name) for rule in rules), None], dtype=object)[out]
            for name in ("rule", "act", "at")
        }
        with np.errstate(divide="ignore"):
            weight = np.where(inside, 1 / inclusion, 0.0)
        figures = {name: self.frame.figures[name] for name in ("probability", "lower", "upper")}
        return {
            "id": self.frame.ids,
            "stratum": np.array(self.frame.strata, dtype=object)[self.frame.home],
            "drawn_in": names[self.arms.stratum],
            **figures,
            "random": self.chances.random,
            "targeted": inclusion - self.chances.random,
            "inclusion": inclusion,
            "weight": weight,
            "certain": self.chances.certain,
            "why": np.where(inside, why, told["rule"]),
            "act": told["act"],
            "at": told["at"],
            "units": self.units,
        }

    @property
    def basis(self) -> str:
        """Why a target of the other strata has its chance."""
        return {"expected": "risk", "neyman": "spread"}.get(self.terms.allocation, "equal")


def make(frame: Frame, terms: PlanTerms) -> Plan:
    """The plan that a list and terms give. PlanInvalid: it says which row, column or figure to change."""
    if not frame.size:
        raise PlanInvalid("the list holds nobody; nothing can be planned")
    arms = share(frame, terms)
    return Plan(frame, terms, arms, chances(frame, arms, terms))


def proportional(plan: Plan) -> Plan:
    """The same list, budget and duties, allocated in proportion to the strata and without votes."""
    return make(plan.frame, replace(plan.terms, allocation="proportional", nominations_share=0.0))


def beside(plan: Plan, other: Floats) -> dict[str, Any] | None:
    """The plan's expected findings against those of another chance for each of its targets, and the difference.

    Both are seen with today's probabilities of failing; whoever may not be inspected today counts in neither.
    """
    ours, theirs = plan.findings(), plan.findings(other)
    if ours is None or theirs is None:
        return None
    names = ("expected", "lower", "upper")
    return {
        "plan": {name: float(getattr(ours, name)[0]) for name in names},
        "other": {name: float(getattr(theirs, name)[0]) for name in names},
        "difference": float(ours.expected[0] - theirs.expected[0]),
        "ratio": float(ours.expected[0] / theirs.expected[0]) if theirs.expected[0] else None,
    }


def earlier(plan: Plan, held: Mapping[str, float]) -> tuple[Floats, int]:
    """The chances of an earlier plan for today's targets, 0 where it had none, and how many targets it knew."""
    other = np.array([held.get(name, 0.0) for name in plan.frame.ids])
    wrong = np.flatnonzero(~((other >= 0) & (other <= 1)))
    if wrong.size:
        raise PlanInvalid(
            f"the earlier plan, target {plan.frame.ids[wrong[0]]}: {other[wrong[0]]:g} is not a probability; it lies between 0 and 1"
        )
    return other, int((other > 0).sum())
