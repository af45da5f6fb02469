"""Messages to whoever is signed in, and the mails of the register as they wait or went."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext

from zhiheng.register import history
from zhiheng.register.acts import mailing
from zhiheng.register.models import Account, Mail, Message
from zhiheng.reports import browse
from zhiheng.web.access import access
from zhiheng.web.pages import common, words
from zhiheng.web.pages.desk import seat

PAGE_ROWS = 50


@access("signed")
def messages(request: HttpRequest) -> HttpResponse:
    """What was told to me, the unread first; marking as read is a form of its own."""
    account = seat.seated(request)
    own = Message.objects.filter(to=account)
    if request.method == "POST":
        chosen = own.filter(read_at=None)
        if (key := common.whole(request.POST.get("message"))) is not None:
            chosen = chosen.filter(pk=key)
        chosen.update(read_at=timezone.now())
        return HttpResponseRedirect(common.url("messages"))
    page = browse.number(browse.single(common.given(request), "page"), "page", 1, 10**5)
    unread = own.filter(read_at=None).count()
    first = (page - 1) * PAGE_ROWS
    rows = own.select_related("case")[first : first + PAGE_ROWS + 1]
    found = list(rows)
    context = {
        "title": gettext("Messages"),
        "question": gettext("What happened in my cases, and what is due?"),
        "active": "messages",
        "unread": unread,
        "unread_text": words.number(unread),
        "rows": [told(one) for one in found[:PAGE_ROWS]],
        "previous_url": common.url("messages", query=[("page", page - 1)]) if page > 1 else "",
        "next_url": common.url("messages", query=[("page", page + 1)]) if len(found) > PAGE_ROWS else "",
        "mails_url": common.url("mails") if may_see_mails(account) else "",
    }
    return render(request, "messages.html", context)


def told(one: Message) -> dict[str, Any]:
    """A message in words."""
    at = timezone.localtime(one.at)
    shown = {
        "key": one.pk,
        "at": at.isoformat(timespec="minutes"),
        "shown": f"{at:%Y-%m-%d %H:%M}",
        "is_read": one.read_at is not None,
        "case": one.case.number if one.case else "",
        "title": one.case.title if one.case else "",
        "url": common.url("case", one.case.number) if one.case else "",
        "urgent": False,
        "text": "",
        "why": "",
    }
    return shown | (reminder(one) if one.kind == "reminder" else done(one))


def reminder(one: Message) -> dict[str, Any]:
    """A reminder of a deadline."""
    said, days = one.told, int(one.told.get("days", 0))
    name = words.both(said["title"]) if said.get("title") else said.get("key", "")
    return {
        "urgent": days < 0,
        "text": f"{mailing.left(days)[words.language()]} · {name} · {said.get('due', '')}",
        "why": seat.cited(said.get("cite", {})),
    }


def done(one: Message) -> dict[str, Any]:
    """What somebody did in a case."""
    if one.case is None:
        return {"text": str(one.told.get("text", one.kind))}
    procedure = history.procedure_of(one.case)
    act, state = procedure.acts.get(one.told.get("act", "")), procedure.states.get(one.told.get("state", ""))
    return {
        "text": words.both(act.title) if act else one.kind,
        "why": gettext("now: %(state)s") % {"state": words.both(state.title)} if state else "",
    }


def may_see_mails(account: Account) -> bool:
    """Who sees the mails: administrators; where no mail server is set, as in a demonstration, officers too."""
    return account.role == "administrator" or (account.role == "officer" and settings.SMTP is None)


@access("administrator", "officer")
def mails(request: HttpRequest) -> HttpResponse:
    """The mails of the register; without a mail server this page is where they are read."""
    account = seat.seated(request, *(("administrator", "officer") if settings.SMTP is None else ("administrator",)))
    rows = Mail.objects.select_related("message__case", "message__to").order_by("-made_at", "-id")
    if account.role == "officer":  # an officer sees the mails to the own house
        rows = rows.filter(message__to__organisation=account.organisation)
    columns = [
        {"label": gettext("Written"), "nowrap": True},
        {"label": gettext("Receiver")},
        {"label": gettext("Subject"), "wide": True},
        {"label": gettext("Sent"), "nowrap": True},
        {"label": gettext("Tries"), "numeric": True},
        {"label": gettext("Fault"), "wide": True},
    ]
    found = list(rows[:PAGE_ROWS])
    lines = [
        [
            {"text": f"{timezone.localtime(one.made_at):%Y-%m-%d %H:%M}"},
            {"text": one.to},
            {"text": one.subject, "main": True},
            {"text": f"{timezone.localtime(one.sent_at):%Y-%m-%d %H:%M}" if one.sent_at else gettext("not yet")},
            {"text": words.number(one.tries)},
            {"text": one.fault or words.MISSING},
        ]
        for one in found
    ]
    context = {
        "title": gettext("Mails"),
        "question": gettext("Which mails were written, and did they go out?"),
        "active": "messages",
        "crumbs": [
            {"label": gettext("Messages"), "url": common.url("messages")},
            {"label": gettext("Mails"), "url": ""},
        ],
        "server": f"{settings.SMTP['host']}:{settings.SMTP['port']}" if settings.SMTP else "",
        "table": common.table(columns, lines, label=gettext("Mails")),
        "first": {"subject": found[0].subject, "text": found[0].text} if found else None,
        "none": not found,
    }
    return render(request, "mails.html", context)
