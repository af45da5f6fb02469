"""A line of a batch in words: the result as printed and as counted with, the limit, the verdict."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from zhiheng.web.pages import common, words


def result_text(row: Mapping[str, Any]) -> dict[str, Any]:
    """A result as printed; beside it the figure in the unit that the limit is held against, where that says more."""
    printed = (row["printed"] or "").strip()
    if not printed:
        printed = {"nd": gettext("not found"), "detected": gettext("found, no figure")}.get(row["comparator"] or "", "")
    counted = words.amount(row["value"], row["kind"]) if row["value"] is not None else ""
    sign = f"{row['comparator']} " if row["comparator"] in ("<", ">") else ""
    same = printed.lstrip("<>≤ ") in (words.amount(row["value"]), str(row["value"])) if counted else False
    unit = row["kind"] if row["kind"] != "1" else ""
    return {"text": printed or words.MISSING, "note": (unit if same else f"{sign}{counted}") if counted else ""}


def limit_cell(row: Mapping[str, Any]) -> dict[str, Any]:
    """A limit, leading to its rule on the day."""
    text = words.limit(row["operator"], row["rule_text"])
    return {"text": text} | ({"url": common.rule_url(row["rule_key"], on=row["day"])} if row["rule_key"] else {})
