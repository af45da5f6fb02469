"""The endpoint that every list has: the same filters, search, order and paging as its page."""

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel

from zhiheng.api.access import access
from zhiheng.api.data import shelf
from zhiheng.api.fault import FAULTS
from zhiheng.api.model import given, page_model, query_model
from zhiheng.reports import LISTINGS, browse


def page_of(dataset: str, listing: browse.Listing, asked: BaseModel) -> dict[str, Any]:
    """One page of a list with its total."""
    view = browse.view(listing, given(asked))
    return {
        "total": shelf().scalar(dataset, browse.total(listing, view)),
        "page": view.page,
        "size": view.size,
        "items": shelf().rows(dataset, browse.page(listing, view)),
    }


def add(router: Router, name: str, *, row: type[BaseModel], says: str) -> None:
    """Give a list its endpoint."""
    listing = LISTINGS[name]

    @access("public")
    def endpoint(request: HttpRequest, dataset: str, asked: Any = Query(...)) -> dict[str, Any]:  # noqa: ARG001, B008
        return page_of(dataset, listing, asked)

    endpoint.__name__, endpoint.__doc__ = name, says
    endpoint.__annotations__["asked"] = query_model(listing, name=f"{row.__name__}Query")
    router.get(
        f"/datasets/{{dataset}}/{name}",
        response={200: page_model(row), **FAULTS},
        operation_id=name,
        summary=f"{listing.table.en} · {listing.table.zh}",
        tags=["lists"],
    )(endpoint)


def items_of(rows: list[Any], *, page: int, size: int) -> dict[str, Any]:
    """One page of rows that are already at hand."""
    return {"total": len(rows), "page": page, "size": size, "items": rows[(page - 1) * size : page * size]}
