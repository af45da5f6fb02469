"""Cells and column names of every form of source, brought to one shape: text."""

import json
import re
from pathlib import Path
from typing import Any

import ibis

from zhiheng.errors import FileUnreadable

LONGEST_CELL = 32_767
MOST_COLUMNS = 2_000
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def usable(columns: list[str], path: Path) -> tuple[str, ...]:
    """Column names that are present, distinct and of sane number.

    >>> usable(["day ", "", "value"], Path("a.csv"))
    ('day', 'column 2', 'value')
    """
    names = tuple(storable(name).strip() for name in columns)
    if not names or not any(names):
        raise FileUnreadable(f"{path.name}: the first row has no column names; add a header row")
    if len(names) > MOST_COLUMNS:
        raise FileUnreadable(
            f"{path.name}: {len(names)} columns; at most {MOST_COLUMNS} are read: is the delimiter right?"
        )
    named = tuple(name or f"column {place}" for place, name in enumerate(names, start=1))
    # the engine does not tell capital letters from small ones in a name
    seen: set[str] = set()
    for name in named:
        if name.lower() in seen:
            raise FileUnreadable(f"{path.name}: the column '{name[:60]}' stands twice in the header; rename one")
        seen.add(name.lower())
    return named


def cell_text(cell: Any) -> str:
    """A cell as the text a reader of the spreadsheet sees: fifteen digits, days in ISO form.

    >>> cell_text(0.1 + 0.2), cell_text(True), cell_text(None)
    ('0.3', 'TRUE', '')
    """
    if cell is None or cell is True or cell is False:
        return "" if cell is None else str(cell).upper()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else format(cell, ".15g")
    if hasattr(cell, "isoformat"):
        text = str(cell.isoformat())
        return text.removesuffix("T00:00:00")
    return storable(cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False))


def storable(text: str) -> str:
    """Text without what no UTF-8 text can hold: NUL, and halves of a pair of surrogates."""
    return UNSTORABLE.sub("\ufffd", text)


def raw_schema(columns: tuple[str, ...]) -> ibis.Schema:
    """The shape of the text table: the row number and every column."""
    return ibis.schema({"row": "int64", **dict.fromkeys(map(raw_name, columns), "string")})


def raw_name(column: str) -> str:
    """The name of a source column in the engine; it never clashes with one of ours."""
    return f"in.{column}"
