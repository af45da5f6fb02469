"""A line of a batch in words: the result as printed and as counted with, the limit, the verdict."""

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext

from zhiheng.web.pages import common, words

ABSENT = {"nd": lambda: gettext("not found"), "detected": lambda: gettext("found, no figure")}


def result_text(row: Mapping[str, Any], units: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """A result in the unit that the limit is held against; beside it the figure as reported, where that is another.

    The lake keeps no printed unit, so a reported figure never stands alone. `units` are the single units of a
    sampling plan: equal ones are counted.
    """
    unit = row["kind"] if row["kind"] and row["kind"] != "1" else ""
    if units:
        told = Counter(figure(one, "") for one in units)
        return {
            "text": words.listed([f"{n} × {text}" if n > 1 else text for text, n in told.items()]),
            "note": words.apart(unit),
        }
    printed = (row["printed"] or "").strip()
    if row["value"] is None:
        return {"text": figure(row, unit) if row["comparator"] in ABSENT else printed or words.MISSING}
    if number(printed.lstrip("<>≤ ")) == row["value"]:
        return {"text": printed, "note": words.apart(unit)}
    return {
        "text": figure(row, unit),
        "note": gettext("reported as %(figure)s") % {"figure": printed} if printed else "",
    }


def figure(row: Mapping[str, Any], unit: str) -> str:
    """A value with its sign, or that there is none."""
    if row["value"] is None:
        return ABSENT[row["comparator"]]() if row["comparator"] in ABSENT else words.MISSING
    sign = f"{row['comparator']} " if row["comparator"] in ("<", ">") else ""
    return f"{sign}{words.amount(row['value'], unit)}"


def number(text: str) -> Decimal | None:
    """A printed figure as a number, if it is one."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def limit_cell(row: Mapping[str, Any]) -> dict[str, Any]:
    """A limit, leading to its rule on the day."""
    text = words.limit(row["operator"], row["rule_text"])
    return {"text": text} | ({"url": common.rule_url(row["rule_key"], on=row["day"])} if row["rule_key"] else {})
