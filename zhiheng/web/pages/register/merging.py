"""Likely duplicates, two of them side by side, their merge and its undoing."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from zhiheng.errors import UsageError
from zhiheng.register import masking
from zhiheng.register.acts import merging
from zhiheng.register.models import Account, Event, Organisation
from zhiheng.register.parties import fields, listing, references
from zhiheng.web.access import access
from zhiheng.web.pages import common, words
from zhiheng.web.pages.register import shown

SHOWN = 100
WORDS = {
    "site": _("Sites"),
    "product": _("Products"),
    "case.subject": _("Cases about it"),
    "case.producer": _("Cases of its products"),
    "sample.holder": _("Samples it holds"),
    "account": _("Accounts"),
}


@access("inside")
def duplicates(request: HttpRequest) -> HttpResponse:
    """Pairs of firms that may be one, the likeliest first."""
    pairs = listing.duplicates(shown.account(request), on=shown.today())
    things = Organisation.objects.in_bulk({number for pair in pairs[:SHOWN] for number in (pair.number, pair.other)})
    columns = [
        {"label": gettext("Score"), "numeric": True},
        {"label": gettext("One"), "wide": True},
        {"label": gettext("Other"), "wide": True},
        {"label": gettext("What speaks for it"), "wide": True},
        {"label": gettext("Compare")},
    ]
    lines = [
        [
            {"text": f"{pair.score:.2f}"},
            {"text": things[pair.number].name, "main": True, "url": shown.link(things[pair.number])},
            {"text": things[pair.other].name, "url": shown.link(things[pair.other])},
            {"text": gettext(", ").join(str(shown.WHY[one]) for one in pair.why)},
            {"text": gettext("side by side"), "url": compare(pair.number, pair.other)},
        ]
        for pair in pairs[:SHOWN]
    ]
    context = {
        "title": gettext("Likely duplicates"),
        "question": gettext("Which firms may be registered twice?"),
        "active": "register",
        "pages": shown.tabs("organisation_duplicates"),
        "table": common.table(columns, lines, label=gettext("Likely duplicates")),
        "none": not lines,
        "told": words.number(len(pairs)),
    }
    return render(request, "organisation_duplicates.html", context)


def compare(kept: int, gone: int) -> str:
    """The page with two firms side by side."""
    return common.url("organisation_merge", query=[("kept", kept), ("gone", gone)])


@require_http_methods(["GET", "POST"])
@access("inside")
def merge(request: HttpRequest) -> HttpResponse:
    """Two firms side by side; merging them, or undoing a merge."""
    who = shown.account(request)
    if request.method == "POST":
        return redirect(done(request, who))
    kept, gone = (listing.one(who, request.GET.get(name, "")) for name in ("kept", "gone"))
    context = {
        "title": gettext("Are these one firm?"),
        "question": gettext("What would be moved, and what differs?"),
        "active": "register",
        "crumbs": [*shown.crumbs(gettext("Merge"))],
        "kept": kept,
        "gone": gone,
        "seen": [last(one) for one in (kept, gone)],
        "exchanged_url": compare(gone.pk, kept.pk),
        "table": side_by_side(kept, gone, who),
        "codes_differ": bool(kept.credit_code and gone.credit_code and kept.credit_code != gone.credit_code),
    }
    return render(request, "organisation_merge.html", context)


def done(request: HttpRequest, who: Any) -> str:
    """Do what was confirmed; give the page to go to."""
    why, at = request.POST.get("why", ""), timezone.now()
    if event := request.POST.get("undo", ""):
        undone = merging.unmerge(who, number(event), why=why, at=at)
        return shown.link(Organisation.objects.get(pk=int(undone.key)))
    kept, gone = (number(request.POST.get(name, "")) for name in ("kept", "gone"))
    for one in (kept, gone):
        listing.one(who, str(one))
    seen = tuple(number(request.POST.get(name, "0")) for name in ("seen_kept", "seen_gone"))
    merging.merge(who, kept, gone, why=why, at=at, seen=(seen[0], seen[1]))
    return shown.link(Organisation.objects.get(pk=kept))


def number(text: str) -> int:
    """A number that a form sent."""
    if not text.isdecimal() or len(text) > 15:
        raise UsageError(f"'{text[:20]}' is no number: come from the page of the organisation")
    return int(text)


def last(thing: Organisation) -> int:
    """The last event of an organisation, so that nobody merges what they did not see."""
    found = Event.objects.filter(kind="organisation", key=str(thing.pk)).order_by("-number").first()
    return found.number if found else 0


def side_by_side(kept: Organisation, gone: Organisation, who: Account | None) -> dict[str, Any]:
    """Every field and count of both; what differs is marked."""
    columns = [
        {"label": gettext("Field")},
        {"label": gettext("Kept"), "wide": True},
        {"label": gettext("Merged into it"), "wide": True},
    ]
    left, right = (fields.present(fields.ORGANISATION, one) for one in (kept, gone))
    reader = masking.reader(who)
    mine, other = (
        reader.organisation(one.pk, values, region=one.region) for one, values in ((kept, left), (gone, right))
    )
    lines = []
    for name in fields.ORGANISATION.fields:
        if left[name] or right[name]:
            differs = {"tag": gettext("differs")} if left[name] != right[name] else {}
            lines.append(
                [
                    {"text": shown.FIELDS[name], "main": True},
                    {"text": shown.said(name, mine[name])},
                    {"text": shown.said(name, other[name])} | differs,
                ]
            )
    for one in references.FOLLOWING:
        counts = [one.of(thing.pk).count() for thing in (kept, gone)]
        if any(counts):
            note = {"note": gettext("will be moved")} if counts[1] else {}
            lines.append(
                [
                    {"text": WORDS[one.name], "main": True},
                    {"text": words.number(counts[0])},
                    {"text": words.number(counts[1])} | note,
                ]
            )
    return common.table(columns, lines, label=gettext("Side by side"))
