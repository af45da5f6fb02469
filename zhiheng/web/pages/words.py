"""What a reader sees for codes, numbers and days, in the language of the page."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from zhiheng import rules
from zhiheng.decision.printed import AGREEMENTS
from zhiheng.decision.tables import REASONS
from zhiheng.evidence.tables import Table
from zhiheng.rules.categories import STEP
from zhiheng.web.shell import language

VERDICT = {
    "conforming": _("Conforming"),
    "nonconforming": _("Nonconforming"),
    "inconclusive": _("Inconclusive"),
    "not_judged": _("Not judged"),
}
WORDS: dict[str, dict[str, Any]] = {
    "verdict": VERDICT,
    "printed_verdict": VERDICT,
    "force": {"legal": _("legal limit"), "guidance": _("guidance value"), "": _("no rule")},
    "severity": {"serious": _("serious"), "major": _("major"), "minor": _("minor")},
    "standing": {
        "not_in_force": _("not in force"),
        "checked": _("checked at the source"),
        "stale": _("not read since that day"),
        "unverified": _("not verified"),
    },
    "confidence": {
        "": _("read in the source"),
        "read-mirror": _("read in a copy of the text"),
        "read-secondary": _("read in a secondary source"),
        "inferred": _("inferred"),
        "notice": _("read from published notices"),
        "background": _("background knowledge, not verified"),
    },
    "supports": {
        "failures": _("Failures only"),
        "convenience": _("Convenience sample"),
        "monitoring": _("Routine monitoring"),
        "probability": _("Probability sample"),
    },
    "stage": {"first": _("first test"), "retest": _("retest")},
    "sample_kind": {
        "regular": _("regular sample"),
        "replicate": _("replicate"),
        "blank": _("blank"),
        "reference": _("reference material"),
        "control": _("control"),
        "other": _("other"),
    },
    "superseded": {"true": _("replaced by a retest"), "false": _("counts")},
    "decision": {"simple": _("simple acceptance"), "guarded": _("guarded by the 95% interval")},
    "operator": {
        "<=": _("at most"),
        "<": _("less than"),
        ">=": _("at least"),
        ">": _("more than"),
        "range": _("range"),
        "plan": _("sampling plan"),
        "not_permitted": _("not permitted"),
        "not_detected": _("must not be found"),
    },
    "dimension": {
        "analyte": _("test item"),
        "product_type": _("product type"),
        "origin": _("origin"),
        "site": _("site"),
        "province": _("province"),
        "maker": _("maker"),
        "region": _("region"),
    },
    "channel": {
        "production": _("production"),
        "shop": _("shop"),
        "e-commerce": _("e-commerce"),
        "catering": _("catering"),
    },
    "arm": {"random": _("random arm"), "targeted": _("targeted arm")},
    "size": {"large": _("large"), "medium": _("medium"), "small": _("small"), "micro": _("micro")},
    "step": {"month": _("month"), "quarter": _("quarter"), "year": _("year")},
    "why": {"shrunk_rate": _("expected rate"), "number_of_failures": _("number of failures")},
}
# pages show the name where the table has the code, and the result with its sign and unit
HEADINGS = {"analyte": _("Test item"), "printed": _("Result")}
GROUPS = {
    "metal": _("Metals"),
    "pesticide": _("Pesticides"),
    "veterinary": _("Veterinary drugs"),
    "additive": _("Food additives"),
    "microbe": _("Microbes"),
    "mycotoxin": _("Mycotoxins"),
    "contaminant": _("Contaminants"),
    "quality": _("Quality"),
    "nutrient": _("Nutrients"),
    "radionuclide": _("Radionuclides"),
    "organic": _("Organic compounds"),
    "physical": _("Physical properties"),
    "detergent": _("Detergents"),
    "other": _("Other"),
}
MISSING = "–"
# the most digits after the point of a percentage
FINEST = 4
# the bar that stands between item, result and limit in a notice
BAR = "\u2551"
# where a unit follows its figure without a space; the letter that machines write for micro
UNIT = re.compile(r"(?<=\d)(?=(?:[mnuμµk]?g|m?L|CFU|MPN)(?:/|$))")
MICRO = re.compile(r"(?:\bu|µ)g(?=/|$)")
HAN = re.compile(r"[\u4e00-\u9fff]")


def both(text: dict[str, str]) -> str:
    """A bilingual data text in the language of the page."""
    return text.get(language()) or next(iter(text.values()), "")


def pair(words: tuple[str, str]) -> str:
    """An (English, Chinese) pair of the tables in the language of the page."""
    return words[0] if language() == "en" else words[1]


def label(table: Table, column: str) -> str:
    """What stands above a column, its first letter large; where a page shows a name for a code, it says so."""
    text = str(HEADINGS.get(column) or table.label(column, language()))
    return text[:1].upper() + text[1:] if len(text) > 2 else text


def said(column: str, value: Any) -> str:
    """A value of a column in words: codes become words, everything else stays as it is."""
    if column == "reason" or column == "absence":
        return reason(value)
    if column == "agreement" and value in AGREEMENTS:
        return pair(AGREEMENTS[value])
    if value is None or value == "":
        return str(WORDS.get(column, {}).get("", gettext("not stated")))
    if column in NAMED:
        return NAMED[column](str(value))
    key = str(value).lower() if isinstance(value, bool) else value
    return str(WORDS.get(column, {}).get(key, value))


# columns whose codes are named by a look-up
NAMED: dict[str, Callable[[str], str]] = {}


def series(dimension: str, value: str) -> str:
    """The name of one series of a dimension."""
    return said(dimension, value)


def reason(code: str | None) -> str:
    """A reason in words."""
    return pair(REASONS[code]) if code in REASONS else (code or MISSING)


def analyte(code: str) -> str:
    """A test item by name."""
    return rules.analytes().name(code, language())


def group(code: str) -> str:
    """The group of a test item."""
    found = rules.analytes().by_code.get(code)
    return str(GROUPS.get(found.group if found else "other", GROUPS["other"]))


def category(path: str) -> str:
    """A category as a reader of the language reads it; a step that repeats the one above it is left out."""
    steps = path.split(STEP)
    if language() == "en":
        steps[0] = next(
            (name for name in (tree.get(steps[0]) for tree in rules.categories().trees.values()) if name), steps[0]
        )
    kept = [step for place, step in enumerate(steps) if place == 0 or step != steps[place - 1]]
    return STEP.join(kept)


def rule(key: str) -> str:
    """A rule by name: the test item and what the rule covers."""
    known = rules.book().rules.get(key)
    if known is None:
        return key
    return f"{analyte(known.analyte)} · {covered(known.applies)}"


def apart(text: str) -> str:
    """A figure and its unit with a space between them, micro with its own letter.

    >>> apart("0.10mg/kg"), apart("≤ 20 ug/kg"), apart("0.4")
    ('0.10 mg/kg', '≤ 20 μg/kg', '0.4')
    """
    return MICRO.sub("μg", UNIT.sub(" ", text))


def measured(row: Mapping[str, Any]) -> str:
    """A result as the source printed it, with its unit."""
    printed, sign = (row["printed"] or "").strip(), row["comparator"]
    if BAR in printed:
        return apart(printed.split(BAR)[1].strip()) or MISSING
    if sign == "nd":
        return gettext("not found")
    if sign == "detected":
        return gettext("found, no figure")
    lead = f"{sign} " if sign in ("<", ">") and not printed.startswith(sign) else ""
    return apart(f"{lead}{printed} {row['printed_unit'] or ''}".strip()) or MISSING


def printed_limit(row: Mapping[str, Any]) -> str:
    """The limit that the source printed beside the result."""
    printed = row["printed"] or ""
    if BAR in printed:
        return printed.split(BAR)[-1].strip() or MISSING
    return row["printed_limit"] or MISSING


def limit(operator: str | None, text: str | None) -> str:
    """A limit as it is read: a prohibition in words, a figure as printed."""
    return said("operator", operator) if operator in ("not_permitted", "not_detected") else apart(text or MISSING)


def condition(text: str | None) -> str:
    """The condition of a rule in the language of the page."""
    known = rules.conditions().get(text or "")
    return known.zh if known and language() == "zh" else (text or MISSING)


def group_word(code: str) -> str:
    """A group of test items by its code."""
    return str(GROUPS.get(code, code))


def family(key: str) -> str:
    """A family of rules by its title."""
    member = next((rule for rule in rules.book().rules.values() if rule.family == key), None)
    return both(member.title) if member else key


def covered(applies: tuple[str, ...]) -> str:
    """The categories of a rule in short."""
    if "*" in applies:
        return gettext("every product")
    first = category(applies[0]).split(STEP)[-1] if applies else MISSING
    return (
        first
        if len(applies) < 2
        else gettext("%(first)s and %(more)s more") % {"first": first, "more": len(applies) - 1}
    )


def listed(parts: Sequence[str]) -> str:
    """Names one after another, as the language of the page separates them."""
    return ("、" if language() == "zh" else ", ").join(parts)


def joined(sentences: Sequence[str]) -> str:
    """Sentences one after another: Chinese has no space between them."""
    return ("" if language() == "zh" else " ").join(sentences)


def cited(act: str | None, at: str | None) -> str:
    """An act and its place in it."""
    parts = [part for part in (act, at) if part]
    return ("，" if language() == "zh" and any(HAN.search(part) for part in parts) else ", ").join(parts)


def number(value: int | None) -> str:
    """A count with its thousands apart.

    >>> number(427523)
    '427,523'
    """
    return MISSING if value is None else f"{value:,}"


def percent(share: float | None, *, digits: int = 1) -> str:
    """A share as a percentage; one that is not nought is not written as nought.

    >>> percent(0.1234), percent(0.0), percent(0.00043)
    ('12.3%', '0.0%', '0.04%')
    """
    if share is None:
        return MISSING
    while share and digits < FINEST and round(100 * share, digits) == 0:
        digits += 1
    return f"{100 * share:.{digits}f}%"


def interval(lower: float | None, upper: float | None, *, digits: int = 1) -> str:
    """Two ends of an interval of shares.

    >>> interval(0.02, 0.031)
    '2.0–3.1%'
    """
    return "" if lower is None or upper is None else f"{100 * lower:.{digits}f}–{100 * upper:.{digits}f}%"


def amount(value: Decimal | float | None, unit: str | None = "") -> str:
    """A measured value without the zeros that only the storage added.

    >>> amount(Decimal("0.522000000000000"), "mg/kg")
    '0.522 mg/kg'
    >>> amount(Decimal(20), "CFU/g")
    '20 CFU/g'
    """
    if value is None:
        return MISSING
    text = f"{value:f}" if isinstance(value, Decimal) else f"{value:g}"
    if "." in text and "e" not in text:
        text = text.rstrip("0").rstrip(".")
    return apart(f"{text or '0'} {unit or ''}".strip()) if unit != "1" else (text or "0")


def times(ratio: float | None) -> str:
    """How many times the limit a result reaches.

    >>> times(2.6111)
    '2.61 ×'
    >>> times(1.8), times(11.44), times(1234.5)
    ('1.80 ×', '11.4 ×', '1,234 ×')
    """
    return MISSING if ratio is None else f"{ratio:#,.3g} ×".replace(". ×", " ×") if ratio < 1000 else f"{ratio:,.0f} ×"


def day(on: date | None) -> str:
    """A day in a table."""
    return on.isoformat() if on else MISSING


def spoken(on: date | None) -> str:
    """A day in a sentence, as the language of the page writes it."""
    return date_format(on) if on else MISSING


NAMED |= {
    "analyte": analyte,
    "product_type": category,
    "stratum": category,
    "category": category,
    "rule_key": rule,
    "family": family,
    "group": group_word,
}
