"""Models of answers and questions, made from the tables of the house: a column is described once, in `tables.py`."""

import math
import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, create_model

from zhiheng.evidence.tables import EXACT, Table
from zhiheng.reports.browse import LARGEST_PAGE, LONGEST_TERM, Listing

LAST_PAGE = 10**6
ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def decimal_text(value: object) -> object:
    """A decimal as the text of its digits, without the zeros that only storage adds.

    >>> decimal_text(Decimal("0.200000000000000"))
    '0.2'
    """
    return format(value.normalize(), "f") if isinstance(value, Decimal) else value


def iso_day(value: object) -> object:
    """A day written as 2026-09-28, and nothing else that could be taken for one.

    >>> iso_day("2026-09-28")
    '2026-09-28'
    """
    if isinstance(value, str) and not ISO_DAY.fullmatch(value):
        raise ValueError("write the day as 2026-09-28")
    return value


def finite(value: float) -> float | None:
    """A number that JSON can carry, or nothing."""
    return value if math.isfinite(value) else None


Exact = Annotated[str, BeforeValidator(decimal_text), Field(examples=["0.2"])]
Day = Annotated[date, BeforeValidator(iso_day)]
Finite = Annotated[float, AfterValidator(finite)]
KINDS: dict[str, Any] = {"string": str, "int64": int, "float64": Finite, "boolean": bool, "date": date, EXACT: Exact}


def row_model(table: Table, *, name: str, example: dict[str, Any]) -> type[BaseModel]:
    """The model of a table's rows: every column is there, empty ones as null."""
    fields: dict[str, Any] = {
        column.name: (KINDS[column.type] | None, Field(description=f"{column.en} · {column.zh}"))
        for column in table.columns
    }
    whole = dict.fromkeys(fields) | example
    config = ConfigDict(json_schema_extra={"examples": [whole]})
    return create_model(name, __config__=config, __doc__=f"{table.en} · {table.zh}", **fields)


def page_model(row: type[BaseModel]) -> type[BaseModel]:
    """One page of a list."""
    fields: dict[str, Any] = {
        "total": (int, Field(description="How many there are with these filters", examples=[128])),
        "page": (int, Field(description="This page, from 1", examples=[1])),
        "size": (int, Field(description="How many a page holds at most", examples=[50])),
        "items": (list[row], Field(description="What stands on this page")),  # type: ignore[valid-type]
    }
    return create_model(f"{row.__name__}Page", __doc__=f"A page of {row.__name__}", **fields)


def paging() -> dict[str, Any]:
    """The questions that every list answers."""
    return {
        "page": (int, Field(1, ge=1, le=LAST_PAGE, description="Page, from 1")),
        "size": (int, Field(50, ge=1, le=LARGEST_PAGE, description="How many a page holds")),
    }


def days(column: str) -> dict[str, Any]:
    """The questions that a list with a day answers."""
    return {
        "since": (Day | None, Field(None, description=f"Only rows whose '{column}' is this day or later")),
        "until": (Day | None, Field(None, description=f"Only rows whose '{column}' is this day or earlier")),
    }


def query_model(listing: Listing, *, name: str, paged: bool = True) -> type[BaseModel]:
    """What may be asked of a list: exact values by column, a search text, days, order and page."""
    fields: dict[str, Any] = {
        column: (
            list[str],
            Field(default_factory=list, description=f"Only rows in which '{column}' is one of these values"),
        )
        for column in (*listing.facets, *sorted(listing.filters))
    }
    if listing.searched:
        looked = ", ".join(listing.searched)
        fields["q"] = (
            str,
            Field("", max_length=LONGEST_TERM, description=f"Only rows with this text in one of {looked}"),
        )
    if listing.dated:
        fields |= days(listing.dated)
    if paged:
        marks = tuple(sign + column for column in listing.table.schema.names for sign in ("", "-"))
        fields["sort"] = (
            Literal[("", *marks)],
            Field("", description="Order by a column; with - before it, largest first"),
        )
        fields |= paging()
    return create_model(name, **fields)


def given(asked: BaseModel) -> dict[str, list[str]]:
    """A question as the parts of an address, which is how lists understand it."""
    parts = {
        name: value if isinstance(value, list) else [str(value)]
        for name, value in asked.model_dump(exclude_none=True).items()
    }
    return {name: values for name, values in parts.items() if any(values)}
