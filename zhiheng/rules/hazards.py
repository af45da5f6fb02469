"""Hazards as a tree, and the words by which notices name them."""

import csv
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from io import StringIO

from zhiheng.errors import RuleFileInvalid
from zhiheng.rules.categories import STEP
from zhiheng.rules.vocabulary import Analytes, printed_key

VOCABULARY = "the analyte vocabulary has this name"


@dataclass(frozen=True)
class Hazard:
    """A hazard: its path from the root, names, the analyte that measures it (perhaps none), pattern, and what that rests on."""

    code: str
    path: str
    zh: str
    en: str
    analyte: str
    pattern: re.Pattern[str] | None
    basis: str
    needles: tuple[str, ...] = ()

    def is_named(self, folded: str) -> bool:
        """Whether a text in small letters has its words; a plain look for letters first, as it costs a tenth."""
        if self.pattern is None or (self.needles and not any(needle in folded for needle in self.needles)):
            return False
        return self.pattern.search(folded) is not None


@dataclass(frozen=True)
class Hazards:
    """All hazards by code, in the order of the file; a deeper one is tried before those above it."""

    by_code: dict[str, Hazard]

    @cached_property
    def tried(self) -> tuple[Hazard, ...]:
        """The hazards that have words, the deepest first, else in the order of the file."""
        worded = [hazard for hazard in self.by_code.values() if hazard.pattern]
        return tuple(sorted(worded, key=lambda hazard: -hazard.path.count(STEP)))

    def read(self, text: str, analytes: Analytes) -> tuple[str, str] | None:
        """Path and basis of a printed hazard: by its words, or as a test item that the vocabulary has; None when neither knows it."""
        folded = " ".join(text.casefold().split())
        for hazard in self.tried:
            if hazard.is_named(folded):
                return hazard.path, hazard.basis
        code = analytes.code(printed_key(text))
        if code is None:
            return None
        group = self.by_code.get(analytes.by_code[code].group)
        return (f"{group.path}{STEP}{code}" if group else code), VOCABULARY

    def of_analyte(self, code: str, analytes: Analytes) -> str:
        """The path of a test item; one that no branch has stands alone."""
        known = self.measured.get(code)
        if known:
            return known
        group = self.by_code.get(analytes.by_code[code].group) if code in analytes.by_code else None
        return f"{group.path}{STEP}{code}" if group else code

    @cached_property
    def measured(self) -> dict[str, str]:
        """The path of each test item that a hazard names."""
        return {hazard.analyte: hazard.path for hazard in self.by_code.values() if hazard.analyte}

    def name(self, path: str, analytes: Analytes, language: str) -> str:
        """The last step of a path in words."""
        code = path.split(STEP)[-1]
        hazard = self.by_code.get(code)
        if hazard is None:
            return analytes.name(code, language)
        return hazard.zh if language.startswith("zh") else hazard.en


def read(text: str, *, name: str) -> Hazards:
    """The tree of a file with the columns code, parent, zh, en, analyte, pattern, basis; a parent stands before its children."""
    found: dict[str, Hazard] = {}
    for line, row in enumerate(csv.DictReader(StringIO(text)), start=2):
        code, parent = row["code"], row["parent"]
        if code in found or (parent and parent not in found):
            raise RuleFileInvalid(f"{name}, line {line}: '{code}' stands twice, or its parent '{parent}' not before it")
        if not (row["zh"] and row["en"] and row["basis"]):
            raise RuleFileInvalid(f"{name}, line {line}: '{code}' needs both names and what its words rest on")
        try:
            pattern = re.compile(row["pattern"]) if row["pattern"] else None
        except re.error as error:
            raise RuleFileInvalid(f"{name}, line {line}: the pattern of '{code}' cannot be read: {error}") from error
        path = f"{found[parent].path}{STEP}{code}" if parent else code
        found[code] = Hazard(
            code, path, row["zh"], row["en"], row["analyte"], pattern, row["basis"], needles(row["pattern"])
        )
    return Hazards(found)


def needles(pattern: str) -> tuple[str, ...]:
    """For each alternative of a pattern a run of letters that it cannot match without; none where that is not plain to see.

    >>> needles("sulph?it|e ?220"), needles("c[yi]permethr|sulfit")
    ((), ('permethr', 'sulfit'))
    """
    if set(pattern) & set("(){"):
        return ()
    found = []
    for alternative in pattern.split("|"):
        # a class, an escape, and a letter that may be absent are no part of a run
        plain = re.sub(r"\\[a-zA-Z]|\[[^\]]*\][*?+]?|.[*?]", " ", alternative)
        runs = re.findall(r"[a-z]{3,}", plain)
        if not runs:
            return ()
        found.append(max(runs, key=len))
    return tuple(found)


@lru_cache(maxsize=2**14)
def steps(path: str) -> tuple[str, ...]:
    """The steps of a path; none of an empty one.

    >>> steps("microbe > salmonella")
    ('microbe', 'salmonella')
    """
    return tuple(path.split(STEP)) if path else ()
