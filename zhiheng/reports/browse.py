"""Lists of findings, samples, signals: filtered, counted by facet, sorted, paged; the state is plain text and fits in an address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from zhiheng.errors import UsageError
from zhiheng.evidence.tables import Table

LARGEST_PAGE = 500
LONGEST_TERM = 200
LONGEST_NUMBER = 12  # digits


@dataclass(frozen=True)
class View:
    """What a list shows: exact values by column, a search text, days, the order, and the page."""

    filters: tuple[tuple[str, tuple[str, ...]], ...] = ()
    search: str = ""
    since: date | None = None
    until: date | None = None
    sort: str = ""
    page: int = 1
    size: int = 50


@dataclass(frozen=True)
class Listing:
    """What may be asked of one table."""

    table: Table
    facets: tuple[str, ...]
    searched: tuple[str, ...]
    order: tuple[str, ...]
    key: str
    dated: str = ""
    filters: frozenset[str] = field(default_factory=frozenset)

    def accepts(self, column: str) -> bool:
        """Whether a column may be filtered by."""
        return column in self.facets or column in self.filters


def view(listing: Listing, given: Mapping[str, Sequence[str]]) -> View:
    """A view from the parts of an address; what nobody can act on is refused, what is strange to a list is left alone."""
    filters = tuple(
        (name, tuple(values)) for name, values in sorted(given.items()) if listing.accepts(name) and any(values)
    )
    sort = single(given, "sort")
    if sort and sort.lstrip("-") not in listing.table.schema.names:
        raise UsageError(
            f"there is no column '{sort.lstrip('-')[:40]}' to sort by; there are {', '.join(listing.table.schema.names)}"
        )
    return View(
        filters=filters,
        search=single(given, "q")[:LONGEST_TERM],
        since=a_day(single(given, "since"), "since"),
        until=a_day(single(given, "until"), "until"),
        sort=sort,
        page=number(single(given, "page"), "page", 1, 10**6),
        size=number(single(given, "size"), "size", 50, LARGEST_PAGE),
    )


def single(given: Mapping[str, Sequence[str]], name: str) -> str:
    """The first value of a name, or nothing."""
    values = given.get(name) or [""]
    return values[0].strip()


def a_day(text: str, name: str) -> date | None:
    """An ISO day from an address."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{name}: '{text[:40]}' is not a day; write it as 2026-09-28") from error


def number(text: str, name: str, default: int, largest: int) -> int:
    """A whole number from an address, at least 1."""
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > LONGEST_NUMBER or not 1 <= int(text) <= largest:
        raise UsageError(f"{name}: '{text[:40]}' is not a whole number from 1 to {largest}")
    return int(text)


def chosen(listing: Listing, asked: View, *, without: str = "") -> ir.Table:
    """The rows of a view, before order and page; `without` leaves one filter out, for that filter's own counts."""
    table = listing.table.unbound()
    for name, values in asked.filters:
        if name != without:
            text = table[name].cast("string").fill_null("")
            table = table.filter(text.isin(list(values)))
    if asked.search:
        needle = asked.search.lower()
        hits = [table[name].lower().contains(needle).fill_null(False) for name in listing.searched]
        table = table.filter(ibis.or_(*hits))
    if listing.dated and (asked.since or asked.until):
        day = table[listing.dated]
        if asked.since:
            table = table.filter(day >= asked.since)
        if asked.until:
            table = table.filter(day <= asked.until)
    return table


def ordered(listing: Listing, asked: View) -> ir.Table:
    """The rows of a view in order; the key ends every order, so that pages never overlap."""
    table = chosen(listing, asked)
    marks = [asked.sort] if asked.sort else list(listing.order)
    keys = [
        ibis.desc(mark[1:], nulls_first=False) if mark.startswith("-") else ibis.asc(mark, nulls_first=False)
        for mark in marks
    ]
    named = {mark.lstrip("-") for mark in marks}
    return table.order_by(keys if listing.key in named else [*keys, ibis.asc(listing.key)])


def page(listing: Listing, asked: View) -> ir.Table:
    """One page of a view."""
    return ordered(listing, asked).limit(asked.size, offset=(asked.page - 1) * asked.size)


def total(listing: Listing, asked: View) -> ir.IntegerScalar:
    """How many rows a view has."""
    return chosen(listing, asked).count()


def facet(listing: Listing, asked: View, name: str, *, most: int = 12) -> ir.Table:
    """The most frequent values of a column among the rows that the other filters leave: value, n."""
    table = chosen(listing, asked, without=name)
    counts = table.group_by(value=table[name].cast("string").fill_null("")).agg(n=table.count())
    return counts.order_by([ibis.desc("n"), "value"]).limit(most)


def without(asked: View, name: str, value: str) -> View:
    """The view with one value of one filter taken away."""
    kept = tuple(
        (column, tuple(v for v in values if not (column == name and v == value))) for column, values in asked.filters
    )
    return replace(asked, filters=tuple(entry for entry in kept if entry[1]), page=1)


def address(asked: View, **changes: Any) -> list[tuple[str, str]]:
    """A view as the parts of an address, with changes."""
    changed = replace(asked, **changes)
    parts = [(name, value) for name, values in changed.filters for value in values]
    for name, value, blank in (
        ("q", changed.search, ""),
        ("since", changed.since, None),
        ("until", changed.until, None),
        ("sort", changed.sort, ""),
        ("page", changed.page, 1),
        ("size", changed.size, 50),
    ):
        if value != blank:
            parts.append((name, str(value)))
    return parts
