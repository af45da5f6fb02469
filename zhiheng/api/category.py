"""Categories: the trees in which rules say what they apply to."""

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, Field

from zhiheng import rules
from zhiheng.api.access import access
from zhiheng.api.fault import FAULTS
from zhiheng.api.listed import items_of
from zhiheng.api.model import page_model, paging
from zhiheng.errors import NothingThereYet
from zhiheng.reports.browse import LONGEST_TERM

router = Router(tags=["vocabulary"])


class Scheme(BaseModel):
    """A tree of categories."""

    scheme: str = Field(examples=["gb2762"])
    categories: int


class Category(BaseModel):
    """One category of a tree."""

    path: str = Field(description="From the root, joined by ' > '", examples=["蔬菜及其制品 > 新鲜蔬菜"])
    name_en: str = Field(examples=["Fresh vegetables"])


class CategoryQuery(BaseModel):
    """Which categories to list."""

    q: str = Field("", max_length=LONGEST_TERM, description="Only categories with this text")
    page: int = paging()["page"][1]
    size: int = paging()["size"][1]


@router.get("/categories", response={200: list[Scheme]}, operation_id="schemes", summary="Category schemes · 类别体系")
@access("public")
def schemes(request: HttpRequest) -> list[dict[str, Any]]:  # noqa: ARG001
    """Every tree of categories."""
    return [{"scheme": name, "categories": len(tree)} for name, tree in sorted(rules.categories().trees.items())]


@router.get(
    "/categories/{scheme}",
    response={200: page_model(Category), **FAULTS},
    operation_id="categories",
    summary="Categories · 类别",
)
@access("public")
def categories(request: HttpRequest, scheme: str, asked: CategoryQuery = Query(...)) -> dict[str, Any]:  # noqa: ARG001, B008
    """The categories of a scheme, in its own order."""
    trees = rules.categories().trees
    if scheme not in trees:
        raise NothingThereYet(f"there is no category scheme '{scheme[:40]}'; there are {', '.join(sorted(trees))}")
    needle = asked.q.casefold()
    found = [
        {"path": path, "name_en": name} for path, name in trees[scheme].items() if needle in f"{path} {name}".casefold()
    ]
    return items_of(found, page=asked.page, size=asked.size)
