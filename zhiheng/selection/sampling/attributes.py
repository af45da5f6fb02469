"""Plans by attributes for a lot: code letter, single or double plan, the plan at the next tighter AQL."""

from dataclasses import dataclass, replace
from decimal import Decimal

from zhiheng.errors import UsageError
from zhiheng.selection.sampling.scheme import Lots, Scheme, Severity
from zhiheng.stats import Stages


@dataclass(frozen=True)
class AttributesPlan:
    """A plan of a scheme, and how it was found: the letter of the lot, the letter whose plan is used."""

    scheme: str
    edition: str
    severity: Severity
    aql: Decimal
    first_letter: str
    letter: str
    stages: Stages
    per_hundred: bool
    lot: int | None = None

    @property
    def size(self) -> int:
        """The size of the first sample."""
        return self.stages.sizes[0]

    @property
    def items(self) -> int:
        """How many items may have to be inspected: all samples, or the whole lot."""
        total = sum(self.stages.sizes)
        return total if self.lot is None else min(total, self.lot)

    @property
    def is_everything(self) -> bool:
        """Whether the samples together are no smaller than the lot, so that every item is inspected."""
        return self.lot is not None and sum(self.stages.sizes) >= self.lot

    @property
    def gap(self) -> bool:
        """Whether a count between Ac and Re accepts the lot and ends reduced inspection."""
        return self.stages.reject[-1] > self.stages.accept[-1] + 1


def single_plan(scheme: Scheme, letter: str, aql: Decimal, severity: Severity) -> AttributesPlan:
    """The single plan of a cell, arrows followed.

    UsageError: the AQL is no preferred one, the letter has no row, the cell is blank.
    """
    used = scheme.resolved(letter, aql, severity)
    found = scheme.cell(used, aql, severity)
    assert isinstance(found, tuple)
    stages = Stages((scheme.tables[severity].sizes[used],), found[:1], found[1:])
    return planned(scheme, letter, used, aql, severity, stages)


def double_plan(scheme: Scheme, letter: str, aql: Decimal, severity: Severity) -> AttributesPlan:
    """The double plan of a cell; the single one where the standard has no double one (Ac = 0, the smallest letters).

    Both samples have the size of the letter before. UsageError: this edition's double plans are not held.
    """
    table = scheme.tables[severity]
    if not table.double:
        raise UsageError(
            f"the double plans of {scheme.edition['en']} are not held: its edition changed those of MIL-STD-105E and no "
            "text of it could be read. Ask for --edition mil-std-105e, or for a single plan"
        )
    plan = single_plan(scheme, letter, aql, severity)
    if plan.letter not in table.double:
        return plan
    row = table.double[plan.letter]
    numbers = row.at(scheme.diagonal(plan.letter, aql))
    if not isinstance(numbers, tuple):
        return plan
    size = table.sizes[scheme.letters[scheme.letters.index(plan.letter) - 1]]
    stages = Stages((size, size), (numbers[0], numbers[2]), (numbers[1], numbers[3]))
    return planned(scheme, letter, plan.letter, aql, severity, stages)


def for_lot(
    scheme: Scheme, lots: Lots, *, lot: int, level: str, aql: Decimal, severity: Severity, double: bool = False
) -> AttributesPlan:
    """The plan for a lot at an inspection level. UsageError: lot, level or AQL is not in the tables."""
    letter = lots.letter(lot, level)
    found = (double_plan if double else single_plan)(scheme, letter, aql, severity)
    return replace(found, lot=lot)


def tighter(scheme: Scheme, plan: AttributesPlan) -> AttributesPlan:
    """The single plan of the letter in use at the next tighter AQL, which the switching score asks about."""
    place = scheme.place(plan.aql)
    if place == 0:
        raise UsageError(f"AQL {plan.aql} is the tightest of {scheme.key}: no plan is one step tighter")
    return single_plan(scheme, plan.letter, scheme.aql[place - 1], plan.severity)


def planned(scheme: Scheme, letter: str, used: str, aql: Decimal, severity: Severity, stages: Stages) -> AttributesPlan:
    """A plan with the edition that it stands in."""
    return AttributesPlan(
        scheme=scheme.key,
        edition=scheme.edition["en"],
        severity=severity,
        aql=scheme.aql[scheme.place(aql)],
        first_letter=letter,
        letter=used,
        stages=stages,
        per_hundred=aql > scheme.largest_percent,
    )
