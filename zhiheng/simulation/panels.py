"""What is tested on which kind of food: panels of test items, first those our rules can judge, then the other required ones.

A panel belongs to a product type and a regime, a stretch of days in which no rule of the panel changes.
"""

import csv
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files

from zhiheng import rules
from zhiheng.rules import Requirement, Subject
from zhiheng.rules.categories import STEP
from zhiheng.simulation.settings import figures

SCHEME, FAMILIES = "sampling-plan-2026", ("cn",)
OPERATORS = ("<=", "not_permitted", "not_detected", "plan")
GOLDEN = (5**0.5 - 1) / 2  # its multiples are spread evenly (Weyl)
FOOTNOTE = re.compile(r"(?<=[\u4e00-\u9fff)])[a-d]$")


@dataclass(frozen=True)
class Item:
    """A test item of a panel; without a requirement nobody can judge it."""

    analyte: str
    printed: str
    group: str
    requirement: Requirement | None


@dataclass(frozen=True)
class Panels:
    """Product types with their share of the market, regimes by first day, and the items of each (type, regime)."""

    types: tuple[str, ...]
    names: tuple[str, ...]
    fixed: tuple[bool, ...]
    categories: tuple[str, ...]
    regimes: tuple[date, ...]
    items: tuple[tuple[tuple[Item, ...], ...], ...]
    ruled: tuple[int, ...]


@lru_cache(maxsize=4)
def panels(first: date, last: date) -> Panels:
    """The panels of the days from first to last."""
    needed = checklist()
    types = leaves(needed)
    named = deciding()
    names = tuple(leaf(path) for path in types)
    subjects = [(path, name if path in named else "") for path, name in zip(types, names, strict=True)]
    found = ruled(subjects)
    days = {day for entries in found.values() for entry in entries for day in (entry.since, entry.until)}
    regimes = (first, *sorted(day for day in days if first < day <= last))
    siblings = by_category(needed)
    bare = [
        [panel(day, found[path], needed.get(path, ()), siblings[category(path)]) for day in regimes] for path in types
    ]
    counts = tuple(sum(item.requirement is not None for item in row[-1][0]) for row in bare)
    sizes = fitted([row[-1] for row in bare], counts)
    cut = tuple(
        tuple((*own, *others[: max(0, size - len(own))]) for own, others in row)
        for row, size in zip(bare, sizes, strict=True)
    )
    return Panels(
        types, names, tuple(path in named for path in types), tuple(map(category, types)), regimes, cut, counts
    )


@lru_cache(maxsize=1)
def checklist() -> dict[str, tuple[str, ...]]:
    """Product type → required items as printed, without footnote letters."""
    place = files("zhiheng") / "law" / "cn" / "programmes" / "food-2026" / "required_items.csv"
    found: dict[str, dict[str, None]] = {}
    for row in csv.DictReader(place.read_text(encoding="utf-8").splitlines()):
        text = "".join(unicodedata.normalize("NFKC", row["item"]).split())
        plain = FOOTNOTE.sub("", text)
        found.setdefault(row["product_type"], {})[plain if rules.analytes().code(plain) else text] = None
    return {path: tuple(items) for path, items in found.items()}


def leaves(needed: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The lowest paths of the tree whose category has required items."""
    tree = rules.categories().trees[SCHEME]
    above = {path.rsplit(STEP, 1)[0] for path in tree if STEP in path}
    known = {category(path) for path in needed}
    return tuple(sorted(path for path in tree if path not in above and category(path) in known))


def category(path: str) -> str:
    """The top of a path."""
    return path.split(STEP)[0]


def leaf(path: str) -> str:
    """The last step of a path without its brackets, as a product is called.

    >>> leaf("乳制品 > 乳粉(全脂、脱脂、部分脱脂)和调制乳粉")
    '乳粉和调制乳粉'
    """
    return re.sub(r"\([^)]*\)", "", path.split(STEP)[-1])


def deciding() -> set[str]:
    """The product types that are placed by the name of the product."""
    return {
        entry.category
        for (origin, _), entries in rules.categories().decisions.items()
        if origin == SCHEME
        for entry in entries
        if entry.name
    }


def ruled(subjects: Sequence[tuple[str, str]]) -> dict[str, list[Requirement]]:
    """The legal requirements of every product type through time, for every analyte of the families."""
    book = rules.book()
    analytes = sorted({rule.analyte for rule in book.families(FAMILIES)})
    wanted = [Subject(path, name, analyte) for path, name in subjects for analyte in analytes]
    found: dict[str, list[Requirement]] = {path: [] for path, _ in subjects}
    for entry in rules.requirements(wanted, book=book, categories=rules.categories(), origin=SCHEME, families=FAMILIES):
        if entry.rule is not None:
            found[entry.subject.category].append(entry)
    return found


def by_category(needed: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """The required items of all product types of a category, the commonest first."""
    found: dict[str, dict[str, int]] = {}
    for path, items in needed.items():
        tally = found.setdefault(category(path), {})
        for item in items:
            tally[item] = tally.get(item, 0) + 1
    return {name: tuple(sorted(tally, key=lambda item: (-tally[item], item))) for name, tally in found.items()}


def panel(
    day: date, found: Sequence[Requirement], own: Sequence[str], siblings: Sequence[str]
) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    """The items our rules can judge with the other required ones, and what else the category is tested for."""
    standing = [entry for entry in found if entry.since <= day < entry.until]
    taken = {entry.subject.analyte for entry in standing}
    judged = [item(entry) for entry in standing if legal(entry)]
    others = list(unruled(own, taken))
    more = list(unruled(siblings, taken))
    return (*judged, *others), tuple(more)


def legal(entry: Requirement) -> bool:
    """Whether a value for this requirement can be made up: a legal limit of a known form."""
    return entry.rule is not None and entry.rule.force == "legal" and entry.rule.operator in OPERATORS


def item(entry: Requirement) -> Item:
    """A ruled item; its printed name states the condition of the rule where printed names can."""
    known = rules.analytes().by_code[entry.subject.analyte]
    condition = rules.conditions().get(entry.value.condition) if entry.value else None
    printed = known.zh or known.en
    if condition and condition.met_by:
        printed = f"{printed}({condition.zh})"
    return Item(known.code, printed, known.group, entry)


def unruled(printed: Sequence[str], taken: set[str]) -> Iterator[Item]:
    """Items without a requirement, each analyte once."""
    for text in printed:
        code = rules.analytes().code(text) or ""
        if code not in taken:
            taken.add(code)
            known = rules.analytes().by_code.get(code)
            yield Item(code, text, known.group if known else "", None)


def fitted(rows: Sequence[tuple[tuple[Item, ...], tuple[Item, ...]]], counts: Sequence[int]) -> list[int]:
    """The size up to which each panel is filled so that a batch of the market has the wanted results in the mean."""
    weight = [mix(count) for count in counts]
    wanted = figures("size")["results_per_batch"] * sum(weight)

    def reached(size: float) -> float:
        return sum(
            share * (len(own) + min(len(others), max(0, filled(size, place) - len(own))))
            for place, (share, (own, others)) in enumerate(zip(weight, rows, strict=True))
        )

    best = min((tenths / 10 for tenths in range(10, 600)), key=lambda size: (abs(reached(size) - wanted), size))
    return [filled(best, place) for place in range(len(rows))]


def filled(size: float, place: int) -> int:
    """A size that is not whole as one of its two neighbours, the larger as often as its fraction says."""
    return int(size + place * GOLDEN % 1)


def mix(ruled_items: int) -> float:
    """How much of the market a product type has, before a seed has its say: more where more can be judged."""
    return float((ruled_items + 1) ** figures("size")["mix"])
