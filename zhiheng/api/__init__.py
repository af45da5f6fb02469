"""The API: everything that the pages show, and the intake of sampling forms, described by itself at /api/openapi.json."""

from typing import Any

from ninja import NinjaAPI
from ninja.renderers import JSONRenderer

from zhiheng import __version__
from zhiheng.api import (
    analyte,
    announcement,
    category,
    checkpoint,
    clock,
    dataset,
    docs,
    document,
    draw,
    facet,
    fault,
    figure,
    finding,
    form,
    laboratory,
    moved,
    nation,
    nomination,
    organisation,
    party,
    plan,
    proposal,
    rate,
    reject,
    retest,
    risk,
    rule,
    sample,
    signal,
    standing,
    version,
    watch,
)

__all__ = ["api"]

ABOUT = (
    "Every figure, finding, rule and signal that the pages show, to read; and sampling forms, which an officer sends with a "
    "task link. Lists answer {total, page, size, items} "
    "and take the same filters as their page. Decimals are texts, days are ISO 8601. What cannot be answered says "
    "{error, what_next}."
)


class Plain(JSONRenderer):
    """JSON in which Chinese is readable."""

    json_dumps_params: dict[str, Any] = {"ensure_ascii": False, "allow_nan": False}


api = NinjaAPI(title="Zhiheng API · 质衡接口", version=__version__, description=ABOUT, docs_url=None, renderer=Plain())
fault.attach(api)
for part in (
    version,
    dataset,
    finding,
    sample,
    signal,
    reject,
    proposal,
    draw,
    facet,
    rate,
    figure,
    rule,
    analyte,
    category,
    nation,
    moved,
    standing,
    form,
    plan,
    risk,
    watch,
    clock,
    organisation,
    party,
    document,
    announcement,
    nomination,
    checkpoint,
    laboratory,
    retest,
):
    api.add_router("", part.router)
api.add_router("", docs.router(api))
