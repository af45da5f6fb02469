"""One sample in the laboratory: what is to be tested, its custody, and the hand-overs."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from zhiheng.errors import ActRefused, NothingThereYet
from zhiheng.register import queries
from zhiheng.register.acts import samples
from zhiheng.register.models import Sample
from zhiheng.register.results import bench
from zhiheng.web.access import access
from zhiheng.web.pages import common, judged, words
from zhiheng.web.pages.laboratory import lists, shown

MOVES = ("receive", "store", "open", "release", "settle", "end")
ENTERED = ("received", "in_test", "mine", "to_release")


@access("laboratory")
def sample(request: HttpRequest, number: str) -> HttpResponse:
    """A sample of the laboratory."""
    return page(request, found(request, number))


def found(request: HttpRequest, number: str) -> Sample:
    """The sample by its number or seal."""
    one = bench.one(request.user, number)
    if one is None:
        raise NothingThereYet(
            gettext("There is no sample %(number)s in your laboratory: check its number, or its seal.")
            % {"number": number}
        )
    return one


def page(
    request: HttpRequest, one: Sample, *, move: str = "", said: dict[str, str] | None = None, wrong: str = ""
) -> HttpResponse:
    """The page, perhaps with a hand-over that was refused, all that was typed still there."""
    case, today = one.case, timezone.localdate()
    written = one.reports.filter(laboratory=request.user.organisation).order_by("-pk")
    is_reserve_of_first = one.part == "R" and case.laboratory_id == request.user.organisation_id
    context: dict[str, Any] = {
        "title": case.title,
        "question": gettext("What is to be tested, and where is the sample?"),
        "active": "laboratory",
        "crumbs": [{"label": gettext("Laboratory"), "url": common.url("laboratory")}, {"label": one.number}],
        "sample": one,
        "facts": facts(one, today),
        "events": shown.chain(one),
        "moves": moves(one, is_first=is_reserve_of_first, refused=move),
        "said": said or {},
        "move": move,
        "wrong": wrong,
        "is_disputed": one.state == "disputed",
        "results_url": common.url("laboratory_results", one.number) if one.stage in ENTERED else "",
        "has_draft": any(report.released_at is None for report in written),
        "reports": [
            {
                "url": common.url("laboratory_report", report.number),
                "text": f"{report.number} · {gettext('version %(n)s') % {'n': report.version}}",
                "verdict": report.conclusion,
                "is_draft": report.released_at is None,
            }
            for report in written
        ],
    }
    return render(request, "laboratory_sample.html", context, status=422 if wrong else 200)


def facts(one: Sample, today: Any) -> list[dict[str, Any]]:
    """What is known of the sample."""
    case = one.case
    due = lists.due(one.due if one.stage in bench.OPEN else None, today)
    told = [
        {"label": gettext("Sample number"), "text": one.number, "note": shown.part(one)},
        {"label": gettext("Seal"), "text": one.seal},
        {"label": gettext("Quantity"), "text": one.quantity or words.MISSING},
        *judged.facts(case.evidence),
        {"label": gettext("To be tested"), "text": items(one)},
        {
            "label": gettext("Sampled on"),
            "text": case.evidence.get("sampled_on") or words.day(timezone.localdate(case.opened_at)),
        },
        {"label": gettext("State"), "text": shown.state(one), "note": one.holder.name if one.holder else ""},
        {"label": gettext("Number of the case"), "text": case.number, "url": f"/case/{case.number}/"},
    ]
    if due["text"] != words.MISSING:
        told.insert(0, {"label": gettext("Due"), "text": due["text"], "note": due.get("tag") or due.get("note", "")})
    return told


def items(one: Sample) -> str:
    """The test items that the case names, else that the plan of the category says them."""
    named = one.case.evidence.get("items") or ()
    return gettext(", ").join(shown.item(str(item)) for item in named) or gettext("as the plan of this category says")


def moves(one: Sample, *, is_first: bool, refused: str) -> list[dict[str, Any]]:
    """The hand-overs that a laboratory may do now, the likeliest first."""
    able = shown.moves(one)
    wanted = [key for key in MOVES if key in able]
    if one.stage not in ("on_way", "disputed", "received", "in_test", "reserve", "to_release", "mine", "released"):
        wanted = []
    if one.part == "R":  # the first laboratory keeps the reserve, the other one takes it over
        wanted = [
            key for key in wanted if key in (("store", "end") if is_first else ("release", "receive", "settle", "end"))
        ]
        if not is_first and "release" in wanted:
            wanted.remove("receive") if "receive" in wanted else None
    return [
        {
            "key": key,
            "word": able[key][shown.language()],
            "asks": able[key].get("needs", ()),
            "open": key == refused or place == 0,
        }
        for place, key in enumerate(wanted)
    ]


@access("laboratory")
@require_POST
def move(request: HttpRequest, number: str, move: str) -> HttpResponse:
    """The next hand-over; what is wrong with it stands beside what was typed."""
    one = found(request, number)
    given = {name: request.POST.get(name, "").strip() for name in ("seal", "look", "place", "note")}
    given = {name: value for name, value in given.items() if value}
    wanted = [asked["key"] for asked in moves(one, is_first=is_first(request, one), refused="")]
    lacking = [name for name in shown.moves(one).get(move, {}).get("needs", ()) if name not in given]
    if move not in wanted:
        return page(
            request,
            one,
            move=move,
            said=given,
            wrong=gettext("This is not possible now: look at the state of the sample."),
        )
    if lacking:
        return page(
            request, one, move=move, said=given, wrong=gettext("Fill in every field, so that the custody is whole.")
        )
    try:
        moved = samples.hand_over(request.user, one.number, move, given)
    except ActRefused as error:
        return page(request, one, move=move, said=given, wrong=str(error))
    if moved.state == "disputed":
        messages.error(
            request,
            gettext(
                "The seal read is not the one of the form. The sample is kept apart until the difference is explained."
            ),
        )
    else:
        messages.success(request, gettext("Noted: %(state)s.") % {"state": shown.state(moved)})
    return redirect("laboratory_sample", one.number)


def is_first(request: HttpRequest, one: Sample) -> bool:
    """Whether the reserve belongs to a case that this laboratory tested first."""
    return (
        one.part == "R"
        and queries.cases(request.user).filter(pk=one.case_id, laboratory=request.user.organisation).exists()
    )
