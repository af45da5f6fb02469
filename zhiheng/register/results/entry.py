"""Lines of results as somebody types or pastes them: tidied, with what is wrong beside each cell, and what the rules say of them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from zhiheng import rules, units
from zhiheng.errors import PrintedTextUnreadable, SourceError, UnitError
from zhiheng.evidence import figures
from zhiheng.register import judging
from zhiheng.register.acts import reports
from zhiheng.register.models import Case, Line

FIELDS = reports.FIELDS
SIGN = re.compile(r"^\s*[<>＜＞=＝]\s*")
Lines = Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class Wrong:
    """Something about a cell: its row (from 0), its column, and what; `stops` when the line cannot be entered so."""

    row: int
    column: str
    key: str

    @property
    def stops(self) -> bool:
        """Whether nothing is entered before it is corrected."""
        return bool(known()["faults"][self.key]["stop"])

    def told(self, language: str) -> tuple[str, str]:
        """What is wrong, and what next, in a language (`zh` or `en`)."""
        found = known()["faults"][self.key]
        return found[language], found[f"next_{language}"]


@dataclass(frozen=True)
class Looked:
    """Lines as they would be entered, what is wrong with them, and what the rules say of each where nothing stops them."""

    lines: list[dict[str, str]]
    wrong: list[Wrong]
    found: judging.Found

    @property
    def stops(self) -> bool:
        """Whether something has to be corrected first."""
        return any(one.stops for one in self.wrong)

    @property
    def verdict(self) -> str:
        """What the rules say of the whole."""
        return judging.overall(self.found)


@lru_cache(maxsize=1)
def known() -> dict[str, Any]:
    """Columns, comparators and faults as columns.yaml tells them."""
    found: dict[str, Any] = yaml.safe_load(
        (files("zhiheng") / "register" / "results" / "columns.yaml").read_text(encoding="utf-8")
    )
    return found


@lru_cache(maxsize=1)
def comparators() -> dict[str, str]:
    """What is written, to what it means."""
    return {word.casefold(): key for key, words in known()["comparators"].items() for word in words}


def tidied(line: Mapping[str, str]) -> dict[str, str]:
    """A line as it is kept: a sign or “未检出” that stands in the cell of the figure goes where it belongs; digits stay.

    >>> told = tidied({"analyte": "lead", "value": "＜0.01", "unit": "mg/kg"})
    >>> told["comparator"], told["value"]
    ('<', '0.01')
    """
    found = {name: str(line.get(name) or "").strip() for name in FIELDS}
    found["comparator"] = comparators().get(found["comparator"].casefold(), found["comparator"])
    if found["comparator"] != "=" or not found["value"]:
        return found
    try:
        read = figures.quantity(found["value"])
    except PrintedTextUnreadable:
        return found
    if read.value is None:
        found |= {"comparator": read.comparator, "value": ""}
        if read.level is not None and not found["reporting_level"]:
            found["reporting_level"] = str(read.level)
        found["unit"] = found["unit"] or read.unit or read.level_unit
    elif read.comparator != "=":
        found |= {"comparator": read.comparator, "value": SIGN.sub("", found["value"])}
    return found


def rows(lines: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """The lines in which something stands, tidied."""
    found = (tidied(line) for line in lines)
    return [line for line in found if any(value for name, value in line.items() if name not in ("comparator", "unit"))]


def faults(lines: Lines) -> list[Wrong]:
    """What is wrong with each cell, by the same readers that the rules use."""
    found = [Wrong(place, column, key) for place, line in enumerate(lines) for column, key in of_line(line)]
    return found if len(lines) <= reports.MOST_LINES else [*found, Wrong(reports.MOST_LINES, "analyte", "too_many")]


def of_line(line: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """What is wrong with one line, by column."""
    for name in FIELDS:
        if len(line[name]) > (Line._meta.get_field(name).max_length or 0):
            yield name, "too_long"
            return
    if not line["analyte"]:
        yield "analyte", "no_analyte"
    elif rules.analytes().code(line["analyte"]) is None:
        yield "analyte", "item_unknown"
    is_known = line["comparator"] in known()["comparators"]
    if not is_known:
        yield "comparator", "bad_comparator"
    says_unit = False
    if line["value"]:
        says_unit = bool(printed_unit(line["value"]))
        if (key := of_figure(line["value"])) is not None:
            yield "value", key
    elif is_known and line["comparator"] in ("=", "<", ">"):
        yield "value", "no_value"
    for name in ("reporting_level", "uncertainty"):
        if line[name] and (key := of_figure(line[name])) is not None:
            yield name, key
    if line["unit"]:
        if not is_unit(line["unit"]):
            yield "unit", "bad_unit"
    elif not says_unit and (line["value"] or line["reporting_level"]):
        yield "unit", "no_unit"
    if line["comparator"] == "nd" and not line["reporting_level"] and not line["value"]:
        yield "reporting_level", "no_level"


def of_figure(text: str) -> str | None:
    """What is wrong with a figure, if anything."""
    try:
        read = figures.quantity(text)
    except PrintedTextUnreadable:
        return "bad_value"
    if read.value is None or read.comparator != "=":
        return "bad_value"
    return "below_zero" if read.value < 0 else None


def printed_unit(text: str) -> str:
    """The unit that stands behind a figure."""
    try:
        return figures.quantity(text).unit
    except PrintedTextUnreadable:
        return ""


def is_unit(text: str) -> bool:
    """Whether the vocabulary knows a unit."""
    try:
        units.unit(text)
    except UnitError:
        return False
    return True


def day(text: str) -> date | None:
    """A day as it is written in a form; ValueError when it is none, None when nothing is said."""
    return date.fromisoformat(text.strip()[:10].replace("/", "-")) if text.strip() else None


def looked(entries: Sequence[tuple[Case, Lines]]) -> list[Looked]:
    """Lines of several cases: faults of each, and all that can be read judged together in one turn."""
    tidy = [rows(lines) for _, lines in entries]
    wrong = [faults(lines) for lines in tidy]
    ready = [place for place, lines in enumerate(tidy) if lines and not any(one.stops for one in wrong[place])]
    judged: dict[int, judging.Found] = {}
    try:
        found = judging.findings([reports.asked_of(entries[place][0], tidy[place]) for place in ready])
        judged = dict(zip(ready, found, strict=True))
    except SourceError:
        for place in ready:  # one of them cannot be read after all: find out which
            try:
                (judged[place],) = judging.findings([reports.asked_of(entries[place][0], tidy[place])])
            except SourceError:
                wrong[place].append(Wrong(0, "value", "unreadable"))
    return [Looked(lines, wrong[place], judged.get(place, [])) for place, lines in enumerate(tidy)]
