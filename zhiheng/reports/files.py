"""Tables as files: CSV, XLSX, Parquet, with the same headers as the pages."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import xlsxwriter

from zhiheng.engines import Engine
from zhiheng.errors import UsageError
from zhiheng.evidence.tables import Table
from zhiheng.reports.shelf import Shelf

FORMS = {
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
SHEET_ROWS = 1_048_575
# a cell that begins with one of these would be run as a formula by a spreadsheet
RISKY = ("=", "+", "-", "@", "\t", "\r")
KINDS = {str: "string", bool: "boolean", int: "int64", float: "float64", date: "date"}


def write(shelf: Shelf, dataset: str, expression: ir.Table, path: Path) -> None:
    """Write an expression's rows to a file, in the form of its ending."""
    form = path.suffix.removeprefix(".")
    if form not in FORMS:
        raise UsageError(f"'{path.name}' ends in none of {', '.join(FORMS)}")
    if form == "xlsx":
        rows = shelf.rows(dataset, expression.limit(SHEET_ROWS))
        workbook(path, list(expression.columns), rows)
        return
    shelf.open(dataset).engine.cursor().write(harmless(expression) if form == "csv" else expression, path)


def harmless(expression: ir.Table) -> ir.Table:
    """The rows with every text that a spreadsheet would run made harmless by an apostrophe."""
    texts = [name for name, kind in expression.schema().items() if kind.is_string()]
    risky = {name: ibis.or_(*[expression[name].startswith(mark) for mark in RISKY]) for name in texts}
    return expression.mutate(
        **{
            name: ibis.ifelse(risky[name].fill_null(False), ibis.literal("'") + expression[name], expression[name])
            for name in texts
        }
    )


def write_rows(path: Path, columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> None:
    """Write rows from Python to a file, in the form of its ending; in CSV, texts that would run are quoted."""
    form = path.suffix.removeprefix(".")
    if form not in FORMS:
        raise UsageError(f"'{path.name}' ends in none of {', '.join(FORMS)}")
    if form == "xlsx":
        workbook(path, columns, rows)
        return
    kinds = {name: kind([row[name] for row in rows]) for name in columns}
    lines = [[quieted(row[name]) if form == "csv" else row[name] for name in columns] for row in rows]
    with Engine() as engine:
        schema = ibis.schema(kinds)
        engine.table("shown", lines, schema)
        engine.write(ibis.table(schema, name="shown"), path)


def kind(values: Sequence[Any]) -> str:
    """The type of a column by its first value; a column of nothing is text.

    >>> kind([None, 0.5])
    'float64'
    """
    return next((KINDS[type(value)] for value in values if value is not None), "string")


def quieted(value: Any) -> Any:
    """A text that a spreadsheet would run as a formula, made harmless by an apostrophe.

    >>> quieted("=1+1"), quieted("lead"), quieted(-2.5)
    ("'=1+1", 'lead', -2.5)
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(RISKY) else value


def workbook(path: Path, columns: Sequence[str], rows: Sequence[dict[str, Any]], *, sheet: str = "data") -> None:
    """Rows as one sheet; texts stay texts, so that nothing is run when the file is opened."""
    with xlsxwriter.Workbook(
        str(path), {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        page = book.add_worksheet(sheet)
        strong, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        for place, name in enumerate(columns):
            page.write_string(0, place, name, strong)
        for line, row in enumerate(rows, start=1):
            for place, name in enumerate(columns):
                write_cell(page, line, place, row[name], day)
        page.freeze_panes(1, 0)


def write_cell(page: Any, line: int, place: int, value: Any, day: Any) -> None:
    """One cell with its own type."""
    if value is None:
        return
    if isinstance(value, bool):
        page.write_boolean(line, place, value)
    elif isinstance(value, (int, float, Decimal)):
        page.write_number(line, place, float(value))
    elif isinstance(value, date):
        page.write_datetime(line, place, value, day)
    else:
        page.write_string(line, place, str(value)[:32_767])


def headed(expression: ir.Table, table: Table, language: str) -> ir.Table:
    """The expression with the headers of a language; where two columns have one header, each is told apart by its name."""
    labels = [table.label(name, language) for name in expression.columns]
    shown = [
        label if labels.count(label) == 1 else f"{label} ({name})"
        for label, name in zip(labels, expression.columns, strict=True)
    ]
    return expression.rename(dict(zip(shown, expression.columns, strict=True)))
