"""From a listing and a view to what the components take, and the addresses between pages."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any
from urllib.parse import quote_plus, urlencode

from django.http import HttpRequest
from django.urls import get_script_prefix, reverse
from django.utils.translation import get_language, gettext

from zhiheng.evidence.tables import Table
from zhiheng.reports import LISTINGS, Figure
from zhiheng.reports.browse import Listing, View, address, without
from zhiheng.web.pages import words
from zhiheng.web.shell import shelf

BROWSABLE = ("analyte", "product_type", "province", "origin", "site", "maker", "region")
NUMERIC = ("int64", "float64", "decimal(38, 15)")
LONGEST_KEY = 15  # digits
LONG = (
    "product_name",
    "product_type",
    "stratum",
    "rule_key",
    "reason",
    "citation",
    "condition",
    "series",
    "text",
    "remedy",
)
SHORT = (
    "day",
    "sampled_on",
    "made_on",
    "period",
    "rule_since",
    "rule_until",
    "since",
    "sample_id",
    "result_id",
    "verdict",
    "printed_verdict",
    "rule_text",
)


# addresses


def given(request: HttpRequest) -> dict[str, list[str]]:
    """The parts of the address behind the question mark."""
    return dict(request.GET.lists())


def whole(text: str | None) -> int | None:
    """A whole number that was sent; None for anything else, and for one longer than any row's.

    >>> whole("12"), whole("-1"), whole("9" * 5000)
    (12, None, None)
    """
    return int(text) if text and text.isdecimal() and len(text) <= LONGEST_KEY else None


def url(name: str, *parts: str, query: Iterable[tuple[str, Any]] = ()) -> str:
    """A page's address with its question."""
    asked = "&".join([f"{quoted(key)}={quoted(str(value))}" for key, value in query])
    path = reversed_once(name, parts, get_language(), get_script_prefix())
    return f"{path}?{asked}" if asked else path


@lru_cache(maxsize=10_000)
def reversed_once(name: str, parts: tuple[str, ...], spoken: str | None, prefix: str) -> str:
    """A page's address in a language; a page of figures has hundreds of links to few addresses."""
    del spoken, prefix
    return str(reverse(name, args=parts))


@lru_cache(maxsize=10_000)
def quoted(text: str) -> str:
    """A text as a part of an address."""
    return quote_plus(text)


def rows_url(dataset: str, **filters: str) -> str:
    """The list of the results that a figure counts."""
    return url("dataset_results", dataset, query=filters.items())


def sample_url(dataset: str, sample_id: str) -> str:
    """The page of a sample."""
    return url("sample", dataset, sample_id)


def rule_url(key: str, *, on: date | None = None) -> str:
    """The page of a rule, perhaps as it stood on a day."""
    return url("rule", key, query=[("on", on)] if on else ())


def one_url(dataset: str, dimension: str, value: str) -> str:
    """The page of one maker, site, product type, test item or place."""
    return url("by_one", dataset, dimension, query=[("value", value)])


def figure_url(dataset: str, measure: str, *, force: str = "legal", **filters: str) -> str:
    """How a figure was computed."""
    return url("figure", query=[("name", Figure(dataset, measure, tuple(filters.items()), force).name)])


def downloads(dataset: str, name: str, asked: View | None = None) -> dict[str, str]:
    """The files of a list as it stands on the page, and the same list from the API."""
    query = address(replace(asked, page=1)) if asked else []
    found = {f"{form}_url": url("export", dataset, name, form, query=query) for form in ("csv", "xlsx", "parquet")}
    return found | {"api_url": f"/api/datasets/{dataset}/{name}" + (f"?{urlencode(query)}" if query else "")}


# data sets


def title(dataset: str) -> str:
    """The title of a data set."""
    return words.both(shelf().open(dataset).summary["card"]["title"])


def tabs(name: str, *parts: str, here: str, counts: bool = True, datasets: Sequence[str] = ()) -> list[dict[str, Any]]:
    """One tab a data set, leading to the same page of that data set."""
    found = []
    for dataset in datasets or in_order():
        summary = shelf().open(dataset).summary
        found.append(
            {
                "label": words.both(summary["card"]["title"]),
                "url": url(name, dataset, *parts),
                "here": dataset == here,
                "count": words.number(summary["intake"]["items"]) if counts else None,
            }
        )
    return found


def in_order() -> list[str]:
    """The data sets in the order of the overview: sets of failures with printed limits first, then the smaller ones."""
    summaries = sorted(
        shelf().summaries(), key=lambda one: (not one["printed"], one["intake"]["items"], one["dataset"])
    )
    return [one["dataset"] for one in summaries]


def supports(dataset: str) -> dict[str, str]:
    """The banner that says what a data set supports."""
    card = shelf().open(dataset).summary["card"]
    return {
        "kind": "supports",
        "title": words.said("supports", card["supports"]),
        "text": words.both(card["supports_note"]),
    }


def source(dataset: str) -> str:
    """The line below a figure: who published, and the version of evidence and law that it was made from."""
    opened = shelf().open(dataset)
    return f"{opened.summary['card']['origin'].get('publisher', title(dataset))} · {gettext('made from')} {opened.key}"


# lists


def switched(asked: View, name: str, value: str) -> View:
    """The view with one value of a filter switched on or off."""
    known = dict(asked.filters)
    if value in known.get(name, ()):
        return without(asked, name, value)
    known[name] = (*known.get(name, ()), value)
    return replace(asked, filters=tuple(sorted(known.items())), page=1)


def facets(
    listing: Listing,
    asked: View,
    tallies: Mapping[str, Sequence[Mapping[str, Any]]],
    *,
    path: str,
    dataset: str = "",
    opened: int = 2,
) -> list[dict[str, Any]]:
    """Facets with counts; a facet that cannot narrow anything is left out."""
    found: list[dict[str, Any]] = []
    on = dict(asked.filters)
    for name, rows in tallies.items():
        known = {row["value"]: row["n"] for row in rows}
        values = [*known, *(value for value in on.get(name, ()) if value not in known)]
        if name not in on and (not values or values == [""]):
            continue
        choices = [
            {
                "label": words.said(name, value),
                "count": words.number(known.get(value, 0)),
                "on": value in on.get(name, ()),
                "url": link(path, switched(asked, name, value)),
            }
            for value in values
        ]
        more = url("by", dataset, name) if dataset and name in BROWSABLE and len(rows) >= 12 else ""
        found.append(
            {
                "label": words.label(listing.table, name),
                "open": len(found) < opened or name in on,
                "choices": choices,
                "more_url": more,
            }
        )
    return found


def link(path: str, asked: View, **changes: Any) -> str:
    """A list's address in another state."""
    query = urlencode(address(asked, **changes))
    return f"{path}{'&' if '?' in path else '?'}{query}" if query else path


def chips(listing: Listing, asked: View, *, path: str) -> dict[str, Any]:
    """The filters that are on, each with a way to take it off."""
    found = [
        {
            "of": words.label(listing.table, name),
            "label": words.said(name, value),
            "remove_url": link(path, without(asked, name, value)),
        }
        for name, values in asked.filters
        for value in values
    ]
    for name, value, blank, word in (
        ("search", asked.search, "", gettext("Search")),
        ("since", asked.since, None, gettext("from")),
        ("until", asked.until, None, gettext("to")),
    ):
        if value:
            found.append({"of": word, "label": str(value), "remove_url": link(path, asked, **{name: blank, "page": 1})})
    return {"filters": found, "clear_url": path if len(found) > 1 else ""}


def paging(asked: View, total: int, *, path: str) -> dict[str, Any] | None:
    """The pages of a list; nothing when there is only one."""
    last = max(1, -(-total // asked.size))
    here = min(asked.page, last)
    numbers = sorted({1, last, *(n for n in range(here - 2, here + 3) if 1 <= n <= last)})
    pages: list[dict[str, Any]] = []
    for place, number in enumerate(numbers):
        if place and number > numbers[place - 1] + 1:
            pages.append({"gap": True})
        pages.append({"number": number, "url": link(path, asked, page=number), "here": number == here})
    first = (here - 1) * asked.size
    return {
        "first": words.number(first + 1 if total else 0),
        "last": words.number(min(first + asked.size, total)),
        "total": words.number(total),
        "pages": pages if last > 1 else [],
        "previous_url": link(path, asked, page=here - 1) if here > 1 else "",
        "next_url": link(path, asked, page=here + 1) if here < last else "",
    }


def listed(
    listing: Listing,
    rows: Sequence[Mapping[str, Any]],
    names: Sequence[str],
    *,
    dataset: str,
    main: str,
    asked: View | None = None,
    path: str = "",
    name: str = "",
) -> dict[str, Any]:
    """A list as a table: headings that sort, one line a row, cards on a phone."""
    columns = {column: heading(listing.table, column, asked, path) for column in names}
    lines = [
        [cell(dataset, column, row, columns[column]) | ({"main": True} if column == main else {}) for column in names]
        for row in rows
    ]
    return {
        "label": name or words.label(listing.table, main),
        "columns": list(columns.values()),
        "rows": lines,
        "cards": True,
    }


def heading(table: Table, name: str, asked: View | None = None, path: str = "") -> dict[str, Any]:
    """The heading of a column; with a view it sorts."""
    kind = next((column.type for column in table.columns if column.name == name), "string")
    found: dict[str, Any] = {
        "label": words.label(table, name),
        "numeric": kind in NUMERIC or name == "printed_value",
        "wide": name in LONG,
        "nowrap": name in SHORT,
    }
    if asked is not None:
        sorted_as = {name: "asc", f"-{name}": "desc"}.get(asked.sort, "")
        first = f"-{name}" if found["numeric"] or kind == "date" else name
        second = name if first.startswith("-") else f"-{name}"
        found |= {
            "sorted": sorted_as,
            "sort_url": link(path, asked, sort=second if asked.sort == first else first, page=1),
        }
    return found


def cell(dataset: str, name: str, row: Mapping[str, Any], column: Mapping[str, Any]) -> dict[str, Any]:
    """One cell of a list, with the page that it leads to."""
    value = row[name]
    found: dict[str, Any] = {"column": column}
    if name in ("verdict", "printed_verdict") and value:
        return found | {"verdict": value}
    if name == "sample_id":
        return found | {"text": value, "url": sample_url(dataset, value)}
    if name == "product_name" and row.get("sample_id"):
        again = {"tag": words.said("stage", "retest")} if row.get("stage") == "retest" else {}
        return found | again | {"text": value or row["sample_id"], "url": sample_url(dataset, row["sample_id"])}
    if name == "printed" and "comparator" in row:
        return found | {"text": words.measured(row)}
    if name == "rule_key":
        return found | (
            {"text": words.rule(value), "url": rule_url(value, on=row.get("day"))} if value else {"text": words.MISSING}
        )
    if name == "rule_text":
        link_ = {"url": rule_url(row["rule_key"], on=row.get("day"))} if row.get("rule_key") else {}
        return found | link_ | {"text": words.limit(row.get("operator"), value)}
    if name == "exceedance":
        return found | {"text": words.times(value)}
    if name in BROWSABLE and value:
        return found | {"text": words.said(name, value), "url": one_url(dataset, name, value)}
    return found | {"text": plain(name, value)}


def plain(name: str, value: Any) -> str:
    """A value as text."""
    if value is None or value == "":
        return words.MISSING
    if isinstance(value, (bool, str)):
        return words.said(name, value)
    if isinstance(value, date):
        return words.day(value)
    return words.number(value) if isinstance(value, int) else words.amount(value)


def capital(text: str) -> str:
    """A name as a heading: its first letter large.

    >>> capital("product types"), capital("产品类别")
    ('Product types', '产品类别')
    """
    return text[:1].upper() + text[1:]


def table(
    columns: Sequence[Mapping[str, Any]],
    rows: Sequence[Sequence[Mapping[str, Any]]],
    *,
    label: str,
    caption: str = "",
    cards: bool = True,
    tall: bool = False,
) -> dict[str, Any]:
    """A table that no listing stands behind: each cell gets its column by its place."""
    lines = [[{"column": column} | dict(entry) for column, entry in zip(columns, row, strict=True)] for row in rows]
    return {"label": label, "caption": caption, "columns": list(columns), "rows": lines, "cards": cards, "tall": tall}


def bars(
    rows: Sequence[tuple[str, float | int | None]], *, name: str, unit: str = "", digits: int = 0
) -> dict[str, Any]:
    """A bar chart of named values."""
    return {
        "kind": "bars",
        "unit": unit,
        "digits": digits,
        "categories": [label for label, _ in rows],
        "series": [{"name": name, "values": [value for _, value in rows]}],
    }


def listing(name: str) -> Listing:
    """A list by its name."""
    return LISTINGS[name]
