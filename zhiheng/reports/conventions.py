"""The conventions under law/int with the place where they are written down."""

from datetime import date
from functools import lru_cache
from typing import Any

from zhiheng import rules
from zhiheng.rules import library, reader


@lru_cache(maxsize=32)
def convention(name: str, *, on: date) -> dict[str, Any]:
    """The terms in force on the day with title, citation, first day, and the day on which the source was read (None: never).

    >>> convention("proposal", on=date(2026, 11, 22))["terms"]["budget"]
    100
    """
    terms = rules.settings(name, on=on)
    body = reader.load(library.law() / "int" / f"{name}.yaml", name=f"int/{name}.yaml")
    since = max(day for day in body["values"] if isinstance(day, date) and day <= on)
    cite = body["values"][since]["cite"]
    return {
        "title": {word: str(body["title"][word]) for word in ("zh", "en")},
        "since": since,
        "terms": terms,
        "act": str(cite["act"]),
        "at": str(cite.get("at", "")),
        "checked": body.get("checked"),
    }
