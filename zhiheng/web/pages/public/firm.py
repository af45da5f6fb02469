"""A firm's own door: what it has to do by when, first; then what was found, its messages, its data and its products."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext

from zhiheng.register import concerning, history, queries
from zhiheng.register.models import Account, Case, Deadline, Message
from zhiheng.reports import browse
from zhiheng.web.access import access
from zhiheng.web.pages import common, words
from zhiheng.web.pages.public import naming
from zhiheng.web.shell import language

MOST_DUE, MOST_MESSAGES, MOST_PRODUCTS, PAGE = 20, 5, 100, 25


@access("firm")
def firm(request: HttpRequest) -> HttpResponse:
    """The page."""
    account: Account = request.user  # type: ignore[assignment]
    page = browse.number(browse.single(common.given(request), "page"), "page", 1, 10**6)
    rows = concerning.cases(account)
    total, shown = rows.count(), list(rows[(page - 1) * PAGE : page * PAGE])
    running = concerning.due(account, most=MOST_DUE)
    late = sum(one.due_on < timezone.localdate() for one in running)
    made = list(concerning.products(account)[:MOST_PRODUCTS])
    unread = queries.unread(account)
    context = {
        "title": account.organisation.name,
        "question": gettext("What was found about us, and what do we have to do by when?"),
        "active": "firm",
        "bigs": [
            {"name": gettext("To do"), "value": words.number(queries.deadlines(account).count()), "urgent": late > 0},
            {"name": gettext("Open cases"), "value": words.number(rows.filter(is_final=False).count())},
            {"name": gettext("Unread messages"), "value": words.number(unread), "url": link("messages")},
        ],
        "due": [deadline(account, one) for one in running],
        "table": cases(shown) if shown else None,
        "paging": common.paging(browse.View(page=page, size=PAGE), total, path=request.path) if total > PAGE else None,
        "messages": [message(one) for one in concerning.messages(account, most=MOST_MESSAGES)],
        "messages_url": link("messages"),
        "facts": facts(account),
        "products": products(made) if made else None,
    }
    return render(request, "firm.html", context)


def deadline(account: Account, one: Deadline) -> dict[str, Any]:
    """What is due, why on that day, and the way to do it."""
    told, word, today = one.told, language(), timezone.localdate()
    days = (one.due_on - today).days
    acts = [
        {"title": words.both(act.title), "url": link("case_act", one.case.number, act.key) or case_url(one.case)}
        for act in concerning.able(account, one.case)
        if one.key in (*act.stops, act.within)
    ]
    return {
        "title": told["title"][word],
        "case": one.case.title,
        "number": one.case.number,
        "url": case_url(one.case),
        "authority": one.case.authority.name,
        "day": words.day(one.due_on),
        "not_before": words.day(one.not_before) if one.not_before and one.not_before > today else "",
        "is_settled": one.is_settled,
        "late": days < 0,
        "left": left(days),
        "explanation": told["explanation"].get(word, ""),
        "standing_word": words.said("standing", told.get("standing", "")) if told.get("standing") else "",
        "acts": acts,
    }


def left(days: int) -> str:
    """How far off a day is, in words."""
    if days == 0:
        return gettext("today")
    return gettext("%(n)s days late") % {"n": -days} if days < 0 else gettext("%(n)s days left") % {"n": days}


def cases(found: list[Case]) -> dict[str, Any]:
    """The cases that are shown to the firm."""
    columns = [
        {"label": gettext("What it is about"), "wide": True},
        {"label": gettext("Verdict")},
        {"label": gettext("Where it stands")},
        {"label": gettext("Authority")},
        {"label": gettext("Last change"), "nowrap": True},
    ]
    verdicts = concerning.verdicts(found)
    lines = []
    for one in found:
        procedure = history.procedure_of(one)
        verdict = verdicts.get(one.pk)
        lines.append(
            [
                {"text": one.title, "url": case_url(one), "note": one.number, "main": True},
                {"verdict": verdict} if verdict else {"text": words.MISSING},
                {"text": words.both(procedure.states[one.state].title)},
                {"text": one.authority.name},
                {"text": words.day(timezone.localdate(one.changed_at))},
            ]
        )
    return common.table(columns, lines, label=gettext("Cases"))


def message(one: Message) -> dict[str, Any]:
    """A message in words."""
    told = concerning.said(one)
    return {
        "at": timezone.localtime(one.at).isoformat(timespec="minutes"),
        "shown": f"{timezone.localtime(one.at):%Y-%m-%d %H:%M}",
        "title": told["text"].get(language()) or one.kind,
        "by": " · ".join(part for part in (one.case.title if one.case else "", told["due"]) if part),
        "url": case_url(one.case) if one.case else "",
        "state": "done" if one.read_at else "now",
    }


def facts(account: Account) -> list[dict[str, Any]]:
    """What is registered of the organisation."""
    own = account.organisation
    rows = [
        (gettext("Name"), own.name),
        (gettext("Unified social credit code"), own.credit_code),
        (gettext("Region"), naming.region(own.region) if own.region else ""),
        (gettext("Address"), own.address),
        (gettext("Contact"), own.contact),
        (gettext("Telephone"), own.phone),
        (gettext("E-mail"), own.email),
    ]
    return [{"label": label, "text": text or words.MISSING} for label, text in rows]


def products(found: list[Any]) -> dict[str, Any]:
    """The firm's own products."""
    columns = [
        {"label": gettext("Product")},
        {"label": gettext("Mark")},
        {"label": gettext("Model")},
        {"label": gettext("Standard")},
        {"label": gettext("Barcode (GTIN)"), "nowrap": True},
    ]
    lines = [
        [
            {"text": one.name, "main": True},
            *({"text": text or words.MISSING} for text in (one.mark, one.model, one.standard, one.gtin)),
        ]
        for one in found
    ]
    return common.table(columns, lines, label=gettext("Our products"))


def case_url(one: Case) -> str:
    """The page of a case, where this site has one."""
    return link("case", one.number)


def link(name: str, *parts: str) -> str:
    """The address of a page that another part of the site may have; empty where there is none."""
    try:
        return reverse(name, args=parts)
    except NoReverseMatch:
        return ""
