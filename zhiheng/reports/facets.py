"""The counts beside the filters of a list, and the number of its rows, in one question and remembered."""

from dataclasses import replace
from functools import lru_cache
from typing import Any

import ibis
import ibis.expr.types as ir

from zhiheng.reports.browse import Listing, View, chosen, page
from zhiheng.reports.listings import LISTINGS
from zhiheng.reports.shelf import Shelf

MOST = 12
TOTAL = ""


def tallies(shelf: Shelf, dataset: str, name: str, asked: View) -> tuple[int, dict[str, list[dict[str, Any]]]]:
    """How many rows a view has, and for each facet its most frequent values under the other filters."""
    return counted(shelf, dataset, shelf.open(dataset).key, name, replace(asked, sort="", page=1, size=1))


def lines(
    shelf: Shelf, dataset: str, name: str, asked: View, *, columns: tuple[str, ...]
) -> tuple[dict[str, Any], ...]:
    """The rows of one page of a view, only the columns that are shown."""
    return paged(shelf, dataset, shelf.open(dataset).key, name, asked, columns)


@lru_cache(maxsize=256)
def paged(
    shelf: Shelf, dataset: str, key: str, name: str, asked: View, columns: tuple[str, ...]
) -> tuple[dict[str, Any], ...]:
    """The same for one turn, named by `key`."""
    return tuple(shelf.rows(dataset, page(LISTINGS[name], asked).select(*columns))) if key else ()


@lru_cache(maxsize=1024)
def counted(
    shelf: Shelf, dataset: str, key: str, name: str, asked: View
) -> tuple[int, dict[str, list[dict[str, Any]]]]:
    """The counts of a view; `key` names the turn, so that an older turn's counts are never given."""
    listing, total = LISTINGS[name], 0
    found: dict[str, list[dict[str, Any]]] = {facet: [] for facet in listing.facets}
    for row in shelf.rows(dataset, every_facet(listing, asked)) if key else ():
        if row["facet"] == TOTAL:
            total = row["n"]
        else:
            found[row["facet"]].append({"value": row["value"], "n": row["n"]})
    return total, found


def every_facet(listing: Listing, asked: View) -> ir.Table:
    """The number of rows and the most frequent values of each facet: facet, value, n."""
    everything = chosen(listing, asked)
    whole = everything.agg(n=everything.count()).select(facet=ibis.literal(TOTAL), value=ibis.literal(""), n="n")
    on = {name for name, _ in asked.filters}
    shared = [one_facet(everything, name) for name in listing.facets if name not in on]
    own = [one_facet(chosen(listing, asked, without=name), name) for name in listing.facets if name in on]
    parts = [whole, *shared, *own]
    together = ibis.union(*parts) if len(parts) > 1 else whole
    return together.order_by(["facet", ibis.desc("n"), "value"])


def one_facet(table: ir.Table, name: str) -> ir.Table:
    """The most frequent values of one column: facet, value, n."""
    counts = table.group_by(value=table[name].cast("string").fill_null("")).agg(n=table.count())
    most = counts.order_by([ibis.desc("n"), "value"]).limit(MOST)
    return most.select(facet=ibis.literal(name), value="value", n="n")
