"""The text of a document as a page shows it."""

from collections.abc import Mapping
from typing import Any

from zhiheng.web.pages import common


def block(one: Mapping[str, Any]) -> dict[str, Any]:
    """A part of the text; a table in the shape of components/table.html."""
    if one["type"] != "table":
        return dict(one)
    columns = [{"label": column["label"], "wide": True} for column in one["columns"]]
    rows = [[{"text": text} for text in row] for row in one["rows"]]
    return dict(one) | {"table": common.table(columns, rows, label=str(one.get("title") or ""))}
