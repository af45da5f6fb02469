"""Plans by variables for a lot: the printed k of MIL-STD-414, and plans computed to match a plan by attributes.

ISO 3951-1's own tables of n and k were not found in a readable form. Its plans are made to have nearly the operating
characteristic of the plan by attributes of the same letter and AQL; `matched` computes such a plan from two points of
that characteristic, and its n and k are not those that the standard prints.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from zhiheng import rules
from zhiheng.errors import UsageError
from zhiheng.selection.sampling.attributes import AttributesPlan
from zhiheng.stats import VariablesPlan, quality_at, smallest_by_variables

DOWN = "down"


@dataclass(frozen=True)
class PrintedPlan:
    """A plan of a printed table: the letter of the lot, the letter whose plan is used, n and k."""

    edition: str
    severity: str
    aql: Decimal
    first_letter: str
    letter: str
    plan: VariablesPlan
    lot: int | None = None

    @property
    def is_everything(self) -> bool:
        """Whether the sample is no smaller than the lot."""
        return self.lot is not None and self.plan.n >= self.lot


def printed_level(level: str, *, on: date) -> str:
    """The level of MIL-STD-414 that stands for one of ISO 2859-1. UsageError: S-1 and S-2 have none."""
    names = rules.settings("sampling/mil-std-414", on=on)["levels_of_2859"]
    if level not in names:
        raise UsageError(f"no level of MIL-STD-414 stands for level {level}: choose one of {', '.join(names)}")
    return str(names[level])


def printed_letter(lot: int, level: str, *, on: date) -> str:
    """The code letter of MIL-STD-414, whose levels and letters are not those of ISO 2859-1."""
    body = rules.settings("sampling/mil-std-414", on=on)
    if level not in body["levels"]:
        raise UsageError(
            f"inspection level {level} is unknown to MIL-STD-414: choose one of {', '.join(body['levels'])}"
        )
    if lot < body["smallest"]:
        raise UsageError(
            f"a lot of {lot} is not sampled: the tables of MIL-STD-414 begin with {body['smallest']} items"
        )
    return str(body["levels"][level][sum(lot >= least for least in body["from"]) - 1])


def printed_plan(
    letter: str, aql: Decimal, severity: Literal["normal", "tightened"], *, on: date, lot: int | None = None
) -> PrintedPlan:
    """The plan of table B-1 for a letter: standard deviation unknown, one limit; an arrow takes n and k from below.

    UsageError: no such letter or AQL; tightened inspection at the tightest AQL.
    """
    body = rules.settings("sampling/mil-std-414", on=on)
    columns = [Decimal(str(value)) for value in body["aql"]]
    if letter not in body["k"]:
        raise UsageError(f"letter {letter} has no row in MIL-STD-414: {', '.join(body['k'])}")
    if aql not in columns:
        raise UsageError(f"AQL {aql} has no column in MIL-STD-414: {', '.join(str(value) for value in columns)}")
    # tightened inspection reads the same table one AQL tighter
    place = columns.index(aql) - (severity == "tightened")
    if place < 0:
        raise UsageError(f"MIL-STD-414 has no tightened plan at AQL {aql}")
    letters = list(body["k"])
    used = next(other for other in letters[letters.index(letter) :] if body["k"][other][place] != DOWN)
    plan = VariablesPlan(int(body["sizes"][used]), float(body["k"][used][place]), "s")
    return PrintedPlan(body["edition"]["en"], severity, columns[columns.index(aql)], letter, used, plan, lot)


def matched(
    plan: AttributesPlan, *, method: Literal["s", "sigma"], producers_risk: float, consumers_risk: float
) -> VariablesPlan:
    """The smallest plan by variables that is as good at the two risk points of a single plan by attributes.

    UsageError: the plan counts nonconformities per hundred items, which no limit of one measurement stands for.
    """
    if plan.per_hundred or len(plan.stages.sizes) > 1 or plan.stages.accept[0] >= plan.size:
        raise UsageError("a plan by variables can match a single plan for nonconforming items only, not this one")
    good, bad = quality_at(
        [1 - producers_risk, consumers_risk], n=plan.size, ac=plan.stages.accept[0], model="binomial"
    )
    return smallest_by_variables(
        float(good), float(bad), producers_risk=producers_risk, consumers_risk=consumers_risk, method=method
    )
