"""Opening a case, and opening many from a draw."""

from collections.abc import Sequence
from datetime import date
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext

from zhiheng import rules
from zhiheng.errors import ZhihengError
from zhiheng.register import judging, queries
from zhiheng.register.acts import cases, drawn, programmes
from zhiheng.register.acts.cases import Opening
from zhiheng.register.judging import Basis
from zhiheng.register.models import Account, Organisation, Plan
from zhiheng.reports.nation import places
from zhiheng.rules import procedures
from zhiheng.web import receipt
from zhiheng.web.access import access
from zhiheng.web.pages import common, judged, words
from zhiheng.web.pages.desk import seat

MOST_FOUND = 12
MOST_CATEGORIES = 40
SHARED = (
    "procedure",
    "programme",
    "basis",
    "category",
    "decision",
    "edition_on",
    "laboratory",
    "responsible",
    "why",
)  # of a draw
MOST_LISTED = 300
RESULT = "desk_drawn"


@access("officer")
def case_new(request: HttpRequest) -> HttpResponse:
    """The form of a new case."""
    account = seat.seated(request, "officer")
    sent, faults = request.POST, dict[str, str]()
    secret = sent.get("nonce", "")[:64] or receipt.nonce()
    if request.method == "POST":
        opening, faults = meant(account, request)
        if opening is not None and sent.get("step") != "search":
            number = opened_once(request, account, opening, secret, faults)
            if number:
                return HttpResponseRedirect(common.url("case", number))
    searching = sent.get("step") == "search"
    context = {
        "title": gettext("Open a case"),
        "question": gettext("What is it about, where, and who works on it?"),
        "active": "cases",
        "crumbs": [{"label": gettext("Cases"), "url": common.url("cases")}, {"label": gettext("New case"), "url": ""}],
        "fields": fields(account, request, {} if searching else faults),
        "faults": []
        if searching
        else [{"text": text, "target": f"new-{key}"} for key, text in faults.items() if key != "general"],
        "general": faults.get("general", ""),
        "nonce": secret,
    }
    return render(
        request, "case_new.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY if faults and not searching else 200
    )


def opened_once(request: HttpRequest, account: Account, opening: Opening, secret: str, faults: dict[str, str]) -> str:
    """The number of the case that this form opens, once, whatever is pressed twice; nothing, and a fault, where it opens none."""
    known = receipt.kept(secret)
    if known is not None:
        return known[0]
    if not receipt.begun(secret):
        faults["general"] = gettext("This case is being opened. Wait a moment, then press once more to see it.")
        return ""
    try:
        made = cases.open_case(account, opening, why=request.POST.get("why", "").strip()[:1000])
    except ZhihengError as error:
        faults["general"] = str(error)
        receipt.forget(secret)
        return ""
    receipt.keep(secret, made.number)
    text = (
        gettext("Case %(number)s is open.")
        if opening.evidence
        else gettext("Case %(number)s is open. Nothing was stated of what its results are judged by.")
    )
    messages.success(request, text % {"number": made.number})
    return made.number


def meant(account: Account, request: HttpRequest) -> tuple[Opening | None, dict[str, str]]:
    """The case that is meant, or what is wrong by field."""
    sent, faults = request.POST, dict[str, str]()
    region = sent.get("region", "").strip()
    reach = queries.reach(account.organisation)
    if not region.isdecimal() or len(region) != 6 or not region.startswith(reach):
        faults["region"] = gettext("choose a region of your authority, by its six digits")
    elif sent.get("procedure") not in procedures.procedures(region=region):
        faults["procedure"] = gettext("choose a procedure")
    stated = judged_by(sent, faults)
    title = sent.get("title", "").strip()
    if not title or len(title) > 200:
        faults["title"] = gettext("write 1 to 200 characters")
    parties = {key: party(request, key, faults) for key in ("subject", "producer")}
    own = Account.objects.filter(is_active=True, organisation=account.organisation)
    laboratory = Organisation.objects.filter(
        kind="laboratory", merged_into=None, pk=number(sent.get("laboratory"))
    ).first()
    responsible = own.filter(role="officer", pk=number(sent.get("responsible"))).first()
    chosen = own.filter(role="inspector", pk__in=[number(one) for one in sent.getlist("inspectors")])
    if faults:
        return None, faults
    return Opening(
        procedure=sent["procedure"],
        title=title,
        authority=account.organisation,
        region=region,
        laboratory=laboratory,
        responsible=responsible or account,
        inspectors=list(chosen),
        evidence=stated,
        **parties,
    ), faults


def judged_by(sent: Any, faults: dict[str, str]) -> dict[str, Any]:
    """What the results will be judged by: standard, category of the product, decision rule and edition; nothing where nothing is said."""
    known, on = judging.bases(on=seat.today()), sent.get("edition_on", "").strip()
    basis, rule = known.get(sent.get("basis", "")), sent.get("decision", "")
    term = sent.get("category", "").strip()
    if basis is None:
        if term or on or rule:
            faults["basis"] = gettext(
                "choose what it is judged by first: category, rule and edition belong to a standard"
            )
        return {}
    category = category_of(basis, sent, faults)
    found: dict[str, Any] = {"scheme": basis.scheme, "rules": list(basis.rules), "product_type": category}
    if rule in judging.decisions(on=seat.today()) and rule:
        found["decision"] = rule
    try:
        found |= {"edition_on": date.fromisoformat(on).isoformat()} if on else {}
    except ValueError:
        faults["edition_on"] = gettext("write the day as 2026-09-28")
    return found


def category_of(basis: Basis, sent: Any, faults: dict[str, str]) -> str:
    """The category that was chosen or is the only one that fits; otherwise a fault that says what to do."""
    term, chosen = sent.get("category", "").strip(), sent.get("category-chosen", "")
    if chosen in basis.categories and (not term or term in chosen):
        return chosen
    if not term:
        faults["category"] = gettext("write the category of the product: without it no limit is found")
        return ""
    found = [term] if term in basis.categories else categories(basis, term)
    if len(found) == 1:
        return found[0]
    faults["category"] = (
        gettext("several categories fit: choose one below")
        if found
        else gettext("this standard has no such category: search for a part of its name")
    )
    return ""


def categories(basis: Basis, term: str) -> list[str]:
    """Categories of a standard by a part of their name, in the order of the standard."""
    asked = term.casefold()
    found = [path for path, english in basis.categories.items() if asked in f"{path} {english}".casefold()]
    return found[:MOST_CATEGORIES]


def number(text: str | None) -> int:
    """A key that was sent; 0, which no row has, for anything else."""
    return common.whole(text) or 0


def party(request: HttpRequest, key: str, faults: dict[str, str]) -> Organisation | None:
    """The firm that was chosen, or the only one that fits what was searched; several are a fault that asks to choose."""
    sent = request.POST
    term = sent.get(key, "").strip()
    chosen = Organisation.objects.filter(
        kind="enterprise", merged_into=None, pk=number(sent.get(f"{key}-chosen"))
    ).first()
    if chosen and (not term or term in (chosen.name, chosen.credit_code)):
        return chosen
    if not term:
        return None
    found = matching(term)
    if len(found) == 1:
        return found[0]
    faults[key] = (
        gettext("several firms fit: choose one below") if found else gettext("no registered firm has this name or code")
    )
    return None


def matching(term: str) -> list[Organisation]:
    """Firms by credit code or part of the name."""
    rows = Organisation.objects.filter(kind="enterprise", merged_into=None)
    exact = list(rows.filter(Q(credit_code=term.upper()) | Q(name=term))[:MOST_FOUND])
    return (
        exact
        if len(exact) == 1
        else list(
            rows.filter(Q(name__icontains=term) | Q(credit_code__startswith=term.upper())).order_by("name")[:MOST_FOUND]
        )
    )


def fields(account: Account, request: HttpRequest, faults: dict[str, str]) -> list[dict[str, Any]]:
    """The fields of the form, as they were filled in."""
    sent = request.POST
    reach, known = queries.reach(account.organisation), places.regions()
    within = [code for code in known.names if code.startswith(reach) and not code.endswith("0000")][:MOST_LISTED]
    own = Account.objects.filter(is_active=True, organisation=account.organisation).order_by("name")
    laboratories = Organisation.objects.filter(kind="laboratory", merged_into=None).order_by("name")[:MOST_LISTED]
    keys = procedures.procedures()
    houses = [("", gettext("not yet")), *((str(one.pk), one.name) for one in laboratories)]
    officers = [(str(one.pk), one.name) for one in own.filter(role="officer")]
    kinds = [(key, words.both(procedures.read(key).title)) for key in keys]
    told = [
        choice("procedure", gettext("Procedure"), kinds, sent.get("procedure", keys[0])),
        {
            "key": "region",
            "label": gettext("Region"),
            "kind": "listed",
            "value": sent.get("region", account.organisation.region),
            "options": [{"value": code, "label": seat.region(code)} for code in within],
            "help": gettext("Six digits of GB/T 2260; begin to type a name or a code."),
            "required": True,
        },
        {
            "key": "title",
            "label": gettext("Title"),
            "kind": "short",
            "value": sent.get("title", ""),
            "required": True,
            "help": gettext("What the case is about, such as the product."),
        },
        firm_field("subject", gettext("Inspected firm"), sent),
        firm_field("producer", gettext("Maker"), sent),
        *judging_fields(sent),
        choice("laboratory", gettext("Laboratory"), houses, sent.get("laboratory", "")),
        {
            "key": "inspectors",
            "label": gettext("Inspectors"),
            "kind": "ticks",
            "options": [
                {"value": str(one.pk), "label": one.name, "on": str(one.pk) in sent.getlist("inspectors")}
                for one in own.filter(role="inspector")
            ],
        },
        choice("responsible", gettext("Responsible"), officers, sent.get("responsible", str(account.pk))),
        {"key": "why", "label": gettext("Reason"), "kind": "long", "value": sent.get("why", "")},
    ]
    return [one | {"id": f"new-{one['key']}", "fault": faults.get(one["key"], "")} for one in told]


def judging_fields(sent: Any) -> list[dict[str, Any]]:
    """What the results are judged by: standard, category, decision rule, edition, each from the data of the law."""
    known = judging.bases(on=seat.today())
    basis = known.get(sent.get("basis", ""))
    term = sent.get("category", "").strip()
    listed = [("", gettext("not stated")), *((key, words.both(dict(one.names))) for key, one in known.items())]
    rules = [(one, judged.RULES[one]) for one in judging.decisions(on=seat.today())]
    return [
        choice("basis", gettext("Judged by"), listed, sent.get("basis", ""))
        | {"help": gettext("Where nothing is stated, results are judged by the food standards, and the case says so.")},
        {
            "key": "category",
            "label": gettext("Product category"),
            "kind": "firm",
            "value": term,
            "help": gettext("A part of its name, as the standard has it."),
            "nothing": gettext("This standard has no such category.") if basis else gettext("Choose a standard first."),
            "options": [
                {
                    "value": path,
                    "label": path,
                    "note": basis.categories[path],
                    "on": path == sent.get("category-chosen"),
                }
                for path in (categories(basis, term) if basis and term else [])
            ],
        },
        choice("decision", gettext("Decision rule"), rules, sent.get("decision", "")),
        {
            "key": "edition_on",
            "label": gettext("Edition of another day"),
            "kind": "date",
            "value": sent.get("edition_on", ""),
            "help": gettext(
                "Only where the product falls under an earlier or later edition than that of the day of sampling."
            ),
        },
    ]


def english(basis: Basis, path: str) -> str:
    """The English name of a category beside its own, on an English page."""
    return basis.categories[path] if words.language() == "en" else ""


def choice(key: str, label: str, options: Sequence[tuple[str, Any]], value: str) -> dict[str, Any]:
    """A field with options."""
    return {
        "key": key,
        "label": label,
        "kind": "choice",
        "options": [{"value": one, "label": text, "on": one == value} for one, text in options],
    }


def firm_field(key: str, label: str, sent: Any) -> dict[str, Any]:
    """A field that searches a firm; with what was found below it."""
    term = sent.get(key, "").strip()
    return {
        "key": key,
        "label": label,
        "kind": "firm",
        "value": term,
        "help": gettext("Credit code or part of the name."),
        "nothing": gettext("No registered firm has this name or code."),
        "options": [
            {
                "value": str(one.pk),
                "label": one.name,
                "note": one.credit_code or "",
                "on": str(one.pk) == sent.get(f"{key}-chosen"),
            }
            for one in (matching(term) if term else [])
        ],
    }


@access("officer")
def cases_drawn(request: HttpRequest) -> HttpResponse:
    """The draws of the workspace that cases can be opened from."""
    seat.seated(request, "officer")
    columns = [
        {"label": gettext("Draw"), "wide": True},
        {"label": gettext("Drawn"), "numeric": True},
        {"label": gettext("Cases"), "numeric": True},
    ]
    lines = []
    for entry in drawn.draws(settings.WORKSPACE):
        found = drawn.targets(entry)
        lines.append(
            [
                {
                    "text": entry.title,
                    "url": common.url("cases_from_draw", entry.name),
                    "note": entry.name,
                    "main": True,
                },
                {"text": words.number(len(found))},
                {"text": words.number(sum(bool(one.case) for one in found))},
            ]
        )
    context = {
        "title": gettext("Cases from a draw"),
        "question": gettext("Which draw shall become cases?"),
        "active": "cases",
        "crumbs": [
            {"label": gettext("Cases"), "url": common.url("cases")},
            {"label": gettext("From a draw"), "url": ""},
        ],
        "table": common.table(columns, lines, label=gettext("Draws")),
        "none": not lines,
        "draws_url": common.url("draws"),
    }
    return render(request, "cases_drawn.html", context)


@access("officer")
def cases_from_draw(request: HttpRequest, name: str) -> HttpResponse:
    """The targets of one draw, and the form that opens a case for each that has none."""
    account = seat.seated(request, "officer")
    entry = drawn.draw(settings.WORKSPACE, name)
    faults: dict[str, str] = {}
    stated = judged_by(request.POST, faults) if request.method == "POST" else {}
    searching = request.POST.get("step") == "search"
    if request.method == "POST" and not faults and not searching:
        asked_for = terms(account, request, stated)
        if programme := request.POST.get("programme", "").strip()[:200]:
            programmes.planned(account, name, title=entry.title, procedure=asked_for.procedure, programme=programme)
        told = drawn.open_drawn(account, entry, asked_for)
        request.session[RESULT] = {"made": len(told.made), "known": len(told.known), "refused": told.refused}
        return HttpResponseRedirect(common.url("cases_from_draw", name))
    found = drawn.targets(entry)
    left = sum(not one.case for one in found)
    plan = Plan.objects.filter(draw=name).select_related("programme").first()
    asked = [*fields(account, request, {} if searching else faults), *([] if plan else [programme_field(request)])]
    context = {
        "title": entry.title,
        "question": gettext("Which drawn targets have a case, and which shall get one?"),
        "active": "cases",
        "crumbs": [
            {"label": gettext("Cases"), "url": common.url("cases")},
            {"label": gettext("From a draw"), "url": common.url("cases_drawn")},
            {"label": entry.title, "url": ""},
        ],
        "bigs": [
            {"name": gettext("Drawn"), "value": words.number(len(found))},
            {"name": gettext("With a case"), "value": words.number(len(found) - left)},
            {"name": gettext("Without"), "value": words.number(left)},
        ],
        "left": left,
        "fields": [sampled_first(one, request) for key in SHARED for one in asked if one["key"] == key],
        "plan": plan,
        "table": target_table(found),
        "result": request.session.pop(RESULT, None),
    }
    wrong = bool(faults) and not searching
    return render(
        request, "cases_from_draw.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
    )


def programme_field(request: HttpRequest) -> dict[str, Any]:
    """The field that only the first cases of a draw have: the programme that it belongs to."""
    return {
        "key": "programme",
        "id": "new-programme",
        "label": gettext("Programme"),
        "kind": "short",
        "value": request.POST.get("programme", ""),
        "help": gettext("The programme of the year that this draw belongs to, such as: children's jewellery 2026."),
        "fault": "",
    }


def sampled_first(field: dict[str, Any], request: HttpRequest) -> dict[str, Any]:
    """The choice of a procedure with those that begin with a sample on top: what was drawn is visited."""
    if field["key"] != "procedure":
        return field
    forms: dict[str, str] = rules.settings("casework", on=date.max)["forms"]
    places = {key: place for place, key in enumerate(forms)}
    options = sorted(field["options"], key=lambda one: places.get(one["value"], len(places)))
    wanted = request.POST.get("procedure", options[0]["value"])
    return field | {"options": [one | {"on": one["value"] == wanted} for one in options]}


def terms(account: Account, request: HttpRequest, stated: dict[str, Any]) -> drawn.Terms:
    """What the cases of a draw have in common, as it was filled in."""
    sent = request.POST
    own = Account.objects.filter(is_active=True, role="officer", organisation=account.organisation)
    return drawn.Terms(
        procedure=sent.get("procedure", ""),
        laboratory=Organisation.objects.filter(
            kind="laboratory", merged_into=None, pk=number(sent.get("laboratory"))
        ).first(),
        responsible=own.filter(pk=number(sent.get("responsible"))).first() or account,
        why=sent.get("why", "").strip()[:1000],
        judged=stated,
    )


def target_table(found: list[drawn.Target]) -> dict[str, Any]:
    """The drawn targets."""
    columns = [
        {"label": gettext("Target"), "wide": True},
        {"label": gettext("Stratum")},
        {"label": gettext("Region")},
        {"label": gettext("Inspectors")},
        {"label": gettext("The case"), "nowrap": True},
    ]
    lines = [
        [
            {"text": one.id, "main": True},
            {"text": one.stratum},
            {"text": seat.region(one.region) if one.region else words.MISSING},
            {"text": seat.listed(one.inspectors) or words.MISSING},
            {"text": one.case, "url": common.url("case", one.case)} if one.case else {"text": words.MISSING},
        ]
        for one in found[:MOST_LISTED]
    ]
    return common.table(columns, lines, label=gettext("Targets"))
