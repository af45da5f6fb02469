"""The laboratory's work list: its samples by where they stand, the most pressing first."""

from typing import Any

from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext

from zhiheng.register.models import Sample
from zhiheng.register.results import bench
from zhiheng.reports import browse
from zhiheng.web.access import access
from zhiheng.web.pages import common, words
from zhiheng.web.pages.laboratory import shown

SIZE = 50


@access("laboratory")
def laboratory(request: HttpRequest) -> HttpResponse:
    """What is on its way, here, in test, or waits for release; one number or seal leads straight to its sample."""
    search, wanted = request.GET.get("q", "").strip(), request.GET.get("stage", "")
    every = bench.samples(request.user)
    if search:
        found = bench.one(request.user, search)
        if found is not None:
            return redirect("laboratory_sample", found.number)
        every = every.filter(Q(number__icontains=search) | Q(seal__icontains=search) | Q(case__title__icontains=search))
    counts = bench.counts(every)
    stage = wanted if wanted in counts else next((one for one in ("to_release", *bench.OPEN) if counts[one]), "on_way")
    rows = every.filter(stage=stage).select_related("case").order_by(F("due").asc(nulls_last=True), "number")
    page = browse.number(browse.single(common.given(request), "page"), "page", 1, 10**6)
    today = timezone.localdate()
    late = every.filter(stage__in=bench.OPEN, due__lt=today).count()
    context: dict[str, Any] = {
        "title": gettext("Laboratory"),
        "question": gettext("Which samples wait for me, and until when?"),
        "active": "laboratory",
        "search": search,
        "bigs": [
            {"name": gettext("Late"), "value": words.number(late), "urgent": late > 0},
            *(
                {"name": str(shown.STAGES[key]), "value": words.number(counts[key]), "url": address(key, search)}
                for key in ("to_release", "received", "on_way")
            ),
        ],
        "tabs": [
            {
                "label": str(shown.STAGES[key]),
                "url": address(key, search),
                "count": words.number(counts[key]),
                "here": key == stage,
            }
            for key in bench.STAGES
            if key != "elsewhere"
        ],
        "stage": stage,
        "is_release": stage == "to_release",
        "table": table(list(rows[(page - 1) * SIZE : page * SIZE]), stage, today) if counts[stage] else None,
        "more": address(stage, search, page + 1) if counts[stage] > page * SIZE else "",
        "before": address(stage, search, page - 1) if page > 1 else "",
        "empty": str(shown.STAGES[stage]),
        "drafts": [one.reports.filter(released_at=None).latest("pk") for one in rows[:SIZE]]
        if stage == "to_release"
        else [],
    }
    return render(request, "laboratory.html", context)


def address(stage: str, search: str, page: int = 1) -> str:
    """The list of one stage."""
    asked = [("stage", stage)] + ([("q", search)] if search else []) + ([("page", page)] if page > 1 else [])
    return common.url("laboratory", query=asked)


def table(found: list[Sample], stage: str, today: Any) -> dict[str, Any]:
    """Samples as lines."""
    columns = [
        {"label": gettext("Product"), "wide": True},
        {"label": gettext("Sample number"), "nowrap": True},
        {"label": gettext("Seal"), "nowrap": True},
        {"label": gettext("Which part"), "nowrap": True},
        {"label": gettext("State"), "nowrap": True},
        {"label": gettext("Due"), "nowrap": True},
    ]
    binding = stage in bench.OPEN
    lines = [
        [
            {"text": one.case.title, "url": common.url("laboratory_sample", one.number), "main": True},
            {"text": one.number},
            {"text": one.seal},
            {"text": shown.part(one)},
            {"text": shown.state(one)},
            due(one.due if binding else None, today),
        ]
        for one in found
    ]
    return common.table(columns, lines, label=str(shown.STAGES[stage]))


def due(on: Any, today: Any) -> dict[str, Any]:
    """A last day, marked when it is over."""
    if on is None:
        return {"text": words.MISSING}
    left = (on - today).days
    if left < 0:
        tag = gettext("%(n)s days late") % {"n": -left}
        return {"text": words.day(on), "tag": tag, "urgent": True}
    return {"text": words.day(on), "note": gettext("%(n)s days left") % {"n": left} if left else gettext("today")}
