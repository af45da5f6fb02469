"""The words of a bulletin: sentences from the catalogue, numbers as a language writes them, names of things."""

import gettext
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

from zhiheng import rules
from zhiheng.decision.printed import AGREEMENTS
from zhiheng.decision.tables import REASONS
from zhiheng.reports.figures import Figure, parse

CATALOGUE = Path(__file__).parent.parent / "locale"
PLACE = re.compile(r"%\((\w+)\)s")
CHINESE = ("zh", "zh-hans", "zh_Hans", "zh-cn")
SIGNS = {"<=": "≤", ">=": "≥", "range": ""}
NUMERALS = "零一二三四五六七八九十"

Translate = Callable[[str], str]
Run = dict[str, str]


@dataclass(frozen=True)
class Told:
    """A number as text, with the figure that it is and that figure's value."""

    text: str
    figure: str = ""
    value: Any = None


@dataclass(frozen=True)
class Words:
    """One language: its sentences and its ways of writing numbers and names."""

    language: str
    translate: Translate

    @property
    def is_chinese(self) -> bool:
        """Whether the language is Chinese."""
        return self.language == "zh"

    def pick(self, pair: tuple[str, str]) -> str:
        """The text of an (English, Chinese) pair."""
        return pair[1] if self.is_chinese else pair[0]


def words(language: str) -> Words:
    """The words of a language, `zh` or `en`; a sentence that nobody has translated stays English."""
    code = "zh" if language in CHINESE else "en"
    locale = "zh_Hans" if code == "zh" else "en"
    return Words(code, gettext.translation("django", CATALOGUE, languages=[locale], fallback=True).gettext)


def runs(sentence: str, told: Mapping[str, Told | str | list[Run]]) -> list[Run]:
    """A sentence with its placeholders filled, cut where a figure stands.

    >>> runs("Of %(n)s results", {"n": Told("12", "a/judged", 12)})
    [{'text': 'Of ', 'figure': ''}, {'text': '12', 'figure': 'a/judged'}, {'text': ' results', 'figure': ''}]
    """
    found: list[Run] = []
    for place, part in enumerate(PLACE.split(sentence.replace("n = ", "n\u00a0=\u00a0"))):
        entry = told[part] if place % 2 else part
        if isinstance(entry, list):
            found += entry
            continue
        text, figure = (entry.text, entry.figure) if isinstance(entry, Told) else (entry, "")
        if text:
            found.append({"text": text, "figure": figure})
    return found


def plain(sentence: Sequence[Run]) -> str:
    """The text of runs without their figures."""
    return "".join(run["text"] for run in sentence)


def count(value: int | None) -> str:
    """A whole number with its thousands set apart.

    >>> count(112370)
    '112,370'
    """
    return "–" if value is None else f"{value:,}"


def percent(value: float | None) -> str:
    """A share with one decimal; a share that is not zero is never written as zero.

    >>> percent(0.05234), percent(0.0002), percent(None)
    ('5.2%', '<0.1%', '–')
    """
    if value is None:
        return "–"
    return "<0.1%" if 0 < value < 0.0005 else f"{100 * value:.1f}%"


def between(lower: float | None, upper: float | None) -> str:
    """The two ends of an interval of shares."""
    return "–" if lower is None else f"{percent(lower)}–{percent(upper)}"


def day_in_words(day: date, said: Words) -> str:
    """A day as a sentence has it."""
    return f"{day.year}年{day.month}月{day.day}日" if said.is_chinese else f"{day.day} {day:%B %Y}"


def heading(number: int, said: Words) -> str:
    """The number of a section.

    >>> heading(11, words("zh")), heading(2, words("en"))
    ('十一、', '2. ')
    """
    if not said.is_chinese:
        return f"{number}. "
    return f"{NUMERALS[number] if number <= 10 else '十' + NUMERALS[number - 10]}、"


def period_name(day: date, step: str) -> str:
    """The name of a period by its first day.

    >>> period_name(date(2026, 4, 1), "quarter")
    '2026 Q2'
    """
    return {"month": f"{day:%Y-%m}", "quarter": f"{day.year} Q{(day.month + 2) // 3}", "year": str(day.year)}[step]


def value_name(column: str, value: str, said: Words) -> str:
    """What a reader calls a value of a column."""
    _ = said.translate
    if not value:
        return _("not stated")
    if column == "analyte":
        found = rules.analytes().by_code.get(value)
        return clean(found.name(said.language)) if found else value
    if column == "severity":
        return {"serious": _("serious"), "major": _("major"), "minor": _("minor")}.get(value, value)
    parts = value.split(" > ")
    return ("·" if said.is_chinese else " · ").join(parts)


def clean(name: str) -> str:
    """A name without the capital that only a list's first place gave it."""
    return name[:1].upper() + name[1:] if name[:1].islower() else name


def column_name(column: str, said: Words) -> str:
    """What a reader calls a column that results are counted by."""
    _ = said.translate
    return {
        "analyte": _("Test item"),
        "product_type": _("Product type"),
        "province": _("Publishing province"),
        "origin": _("Place of origin"),
        "site": _("Site"),
        "region": _("Region of sampling"),
        "maker": _("Maker"),
    }.get(column, column)


def group_name(group: str, said: Words) -> str:
    """What a reader calls a group of test items."""
    _ = said.translate
    return {
        "metal": _("Metals"),
        "pesticide": _("Pesticide residues"),
        "veterinary": _("Veterinary drug residues"),
        "additive": _("Food additives"),
        "microbe": _("Microorganisms"),
        "mycotoxin": _("Mycotoxins"),
        "contaminant": _("Other contaminants"),
        "quality": _("Quality indicators"),
        "nutrient": _("Nutrients and labelled values"),
        "radionuclide": _("Radionuclides"),
        "organic": _("Organic compounds"),
        "physical": _("Physical properties"),
        "detergent": _("Detergents"),
    }.get(group, _("Other items"))


def verdict_name(verdict: str, said: Words) -> str:
    """A verdict as a reader has it."""
    _ = said.translate
    return {
        "conforming": _("Conforming"),
        "nonconforming": _("Nonconforming"),
        "inconclusive": _("Inconclusive"),
        "not_judged": _("Not judged"),
    }[verdict]


def reason_name(reason: str, said: Words) -> str:
    """A reason in words."""
    return said.pick(REASONS.get(reason, (reason, reason)))


def agreement_name(agreement: str, said: Words) -> str:
    """How a printed limit stands to ours, in words."""
    return said.pick(AGREEMENTS.get(agreement, (agreement, agreement)))


def standing_name(standing: str, said: Words) -> str:
    """How well a rule's source has been read."""
    _ = said.translate
    return {
        "checked": _("source checked"),
        "stale": _("checked before the day it was used"),
        "unverified": _("source not yet verified"),
    }[standing]


def limit_text(row: Mapping[str, Any], said: Words) -> str:
    """A limit as its source prints it, or as it was read.

    >>> read = {"limit_operator": "<=", "limit_low": None, "limit_high": 0.1, "limit_kind": "mg/kg"}
    >>> limit_text({"printed_limit": None, **read}, words("en"))
    '≤ 0.1 mg/kg'
    """
    _ = said.translate
    absent = {"not_permitted": _("may not be used"), "not_detected": _("may not be found")}
    if row["limit_operator"] in absent and not row["printed_limit"]:
        return absent[row["limit_operator"]]
    if row["printed_limit"] or not row["limit_operator"]:
        return str(row["printed_limit"] or "–")
    low, high = (f"{float(row[name]):g}" if row[name] is not None else "" for name in ("limit_low", "limit_high"))
    sign = SIGNS.get(row["limit_operator"], row["limit_operator"])
    figures = f"{low}–{high}" if low and high else f"{sign} {high or low}".strip()
    return f"{figures} {row['limit_kind'] or ''}".strip()


def readable(name: str) -> str:
    """The name of a figure for the eye, when that still names the same figure.

    >>> readable("nyc_metals/rate?product_type=Toys%2FChildren%27s+Products")
    "nyc_metals/rate?product_type=Toys/Children's Products"
    """
    plainly = unquote_plus(name)
    return plainly if parse(plainly) == parse(name) else name


def figure(dataset: str, measure: str, *, value: Any, by: Sequence[tuple[str, str]] = (), force: str = "legal") -> Told:
    """A published figure as text with its name."""
    name = Figure(dataset, measure, tuple(by), force).name
    return Told(percent(value) if measure == "rate" else count(value), name, value)
