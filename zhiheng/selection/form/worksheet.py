"""Accepted forms as rows: the columns of evidence first, empty ones for the laboratory, then everything else on the form.

A laboratory fills in test item, value and unit, and `zhiheng intake FILE --profile plain` takes the file: the sample of the result is
the sample of the form. A form is one row; a laboratory repeats it for each test item.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from zhiheng.selection.form.definition import Form
from zhiheng.selection.form.filled import edition, filled

LABORATORY = ("analyte", "method", "value", "unit")


def rows(forms: Iterable[dict[str, Any]], *, today: date) -> tuple[list[str], list[dict[str, Any]]]:
    """Columns and rows of accepted forms as `Received.forms` gives them."""
    found = [row(kept, edition(filled(kept["filled"]), today=today)) for kept in forms]
    columns = list(dict.fromkeys(["sample_id", *EVIDENCE, *LABORATORY, *(name for one in found for name in one)]))
    return columns, [{name: one.get(name) for name in columns} for one in found]


EVIDENCE = (
    "product_type",
    "product_name",
    "maker",
    "origin",
    "site",
    "region",
    "reference",
    "laboratory",
    "sampled_on",
    "made_on",
)


def row(kept: dict[str, Any], form: Form) -> dict[str, Any]:
    """One form as a row."""
    body = kept["filled"]
    found = {"sample_id": body["serial"]}
    for key, entered in body["fields"].items():
        name = form.fields.get(key, {}).get("intake", f"form_{key}")
        found[name] = plain(entered)
    return found | {"form": body["form"], "officer": kept["officer"], "task": kept["task"], "received": kept["at"]}


def plain(entered: Any) -> str | None:
    """An answer as one text."""
    if isinstance(entered, bool):
        return "yes" if entered else "no"
    if isinstance(entered, dict):
        return " ".join(str(entered[key]) for key in ("value", "unit", "name", "card", "sha256") if entered.get(key))
    if isinstance(entered, list):
        return "; ".join(plain(one) or "" for one in entered)
    return entered or None
