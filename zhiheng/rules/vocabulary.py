"""Test items by code, and the many ways in which they are printed."""

import csv
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from io import StringIO

from zhiheng.errors import RuleFileInvalid


@dataclass(frozen=True)
class Analyte:
    """A test item: what is measured."""

    code: str
    zh: str
    en: str
    cas: str
    group: str
    synonyms: tuple[str, ...]

    def name(self, language: str) -> str:
        """The name in a language, falling back on the other one.

        >>> Analyte("lead", "铅", "lead", "", "metal", ()).name("zh")
        '铅'
        """
        return (self.zh or self.en) if language.startswith("zh") else (self.en or self.zh)


@dataclass(frozen=True)
class Condition:
    """A condition under which a rule holds; `met_by` is searched in the printed test item, which often states it."""

    text: str
    zh: str
    met_by: str


@dataclass(frozen=True)
class Analytes:
    """All test items, found by code or by a printed name."""

    by_code: dict[str, Analyte]
    by_name: dict[str, str]

    def code(self, printed: str) -> str | None:
        """The code of a printed name, or nothing when nobody has entered that name."""
        return self.by_name.get(printed_key(printed))

    def name(self, code: str, language: str) -> str:
        """The name of a code; a code that is not in the vocabulary is its own name."""
        found = self.by_code.get(code)
        return found.name(language) if found else code


def printed_key(text: str) -> str:
    """A printed name with widths, subscripts, spaces and letter case made one.

    >>> printed_key("黄曲霉毒素B₁（以干基计）")
    '黄曲霉毒素b1(以干基计)'
    """
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def read(sources: Iterable[tuple[str, str]]) -> Analytes:
    """The vocabulary from its files, given as (name, text)."""
    by_code: dict[str, Analyte] = {}
    by_name: dict[str, str] = {}
    for name, text in sources:
        for line, row in enumerate(csv.DictReader(StringIO(text)), start=2):
            synonyms = tuple(part for part in row["synonyms"].split("|") if part)
            entry = Analyte(row["code"], row["zh"], row["en"], row["cas"], row["group"], synonyms)
            if entry.code in by_code:
                raise RuleFileInvalid(f"{name}, line {line}: the code '{entry.code}' is already taken")
            by_code[entry.code] = entry
            for printed in (entry.code, entry.zh, entry.en, *synonyms):
                owner = by_name.setdefault(printed_key(printed), entry.code) if printed else entry.code
                if owner != entry.code:
                    raise RuleFileInvalid(f"{name}, line {line}: '{printed}' already names '{owner}'")
    return Analytes(by_code, by_name)


def read_conditions(name: str, text: str) -> dict[str, Condition]:
    """The conditions that rules use, by their English text."""
    found: dict[str, Condition] = {}
    for line, row in enumerate(csv.DictReader(StringIO(text)), start=2):
        if row["condition"] in found:
            raise RuleFileInvalid(f"{name}, line {line}: the condition '{row['condition']}' stands twice")
        found[row["condition"]] = Condition(row["condition"], row["zh"], row["met_by"])
    return found
