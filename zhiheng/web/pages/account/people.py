"""Everybody's accounts, for administrators: made, given a role, locked, reset. What gives power waits for a second administrator."""

from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from zhiheng.errors import ActRefused, RegisterError
from zhiheng.register import queries
from zhiheng.register.acts import accounts as acts
from zhiheng.register.models import Account, Event, Organisation
from zhiheng.register.models.person import ROLES
from zhiheng.reports import browse
from zhiheng.web.access import access
from zhiheng.web.pages import common, words
from zhiheng.web.shell import role_name

PAGE = 50
LATEST = 20
CHANGES = {"role": _("Role"), "factor": _("Remove the second factor")}
ACTS = {
    "make": _("Account made"),
    "change_role": _("Role changed"),
    "lock": _("Locked"),
    "unlock": _("Opened again"),
    "reset": _("New password made by an administrator"),
    "unbind": _("Second factor removed"),
    "role_asked": _("Role asked for"),
    "role_done": _("Role confirmed"),
    "role_refused": _("Role refused"),
    "role_void": _("Request taken back"),
    "factor_asked": _("Removal of the second factor asked for"),
    "factor_done": _("Removal of the second factor confirmed"),
    "factor_refused": _("Removal of the second factor refused"),
    "factor_void": _("Request taken back"),
    "sign_in": _("Signed in"),
    "sign_out": _("Signed out"),
    "sessions_ended": _("Signed out everywhere else"),
    "password_changed": _("Password changed"),
    "password_failed": _("Wrong password"),
    "passkey_failed": _("Passkey refused"),
    "factor_added": _("Second factor added"),
    "factor_removed": _("Second factor removed"),
    "factor_renewed": _("Recovery codes renewed"),
    "factor_used": _("Second factor used"),
    "factor_failed": _("Wrong code"),
    "token_issued": _("Key for the API made"),
    "token_revoked": _("Key for the API revoked"),
}


@access("administrator")
def people(request: HttpRequest) -> HttpResponse:
    """All accounts, found by name, and what waits for a second administrator."""
    asked = request.GET.get("q", "").strip()[:60]
    role = request.GET.get("role", "")
    found = queries.accounts(request.user).select_related("organisation").order_by("role", "username")
    if asked:
        found = found.filter(username__icontains=asked) | found.filter(name__icontains=asked)
    if role in ROLES:
        found = found.filter(role=role)
    first = (number(request) - 1) * PAGE
    context = {
        "title": gettext("Accounts"),
        "question": gettext("Who can sign in, and as what?"),
        "active": "account",
        "asked": asked,
        "role": role,
        "roles": roles(),
        "table": table(found[first : first + PAGE]),
        "count": found.count(),
        "next": number(request) + 1 if found.count() > first + PAGE else None,
        "pending": [shown(one, request.user) for one in queries.pending(request.user)],
    }
    return render(request, "account/people.html", context)


def number(request: HttpRequest) -> int:
    """The page that was asked for."""
    return browse.number(browse.single(common.given(request), "page"), "page", 1, 10**6)


def roles() -> list[dict[str, str]]:
    """The roles to choose from."""
    return [{"value": role, "label": role_name(role)} for role in ROLES]


def table(found: Any) -> dict[str, Any]:
    """Accounts as lines."""
    columns = [
        {"label": gettext("User name"), "nowrap": True},
        {"label": gettext("Name"), "nowrap": True},
        {"label": gettext("Role"), "nowrap": True},
        {"label": gettext("Organisation"), "wide": True},
        {"label": gettext("State"), "nowrap": True},
    ]
    lines = [
        [
            {"text": one.username, "url": common.url("account_person", one.username), "main": True},
            {"text": one.name},
            {"text": role_name(one.role)},
            {"text": one.organisation.name},
            {"text": state(one)},
        ]
        for one in found
    ]
    return common.table(columns, lines, label=gettext("Accounts")) | {"cards": True}


def state(account: Account) -> str:
    """Whether somebody can sign in, in words."""
    if account.is_active:
        return gettext("can sign in")
    waits = account.pending.filter(act="role", state="open").exists()
    return gettext("waits for a second administrator") if waits else gettext("locked")


def shown(pending: Any, user: Account) -> dict[str, Any]:
    """A change that waits."""
    return {
        "id": pending.pk,
        "what": CHANGES[pending.act],
        "role": role_name(pending.role) if pending.role else "",
        "account": pending.account,
        "by": pending.asked_by.name,
        "day": words.day(timezone.localtime(pending.asked_at).date()),
        "own": user.pk in (pending.asked_by_id, pending.account_id),
        "taken_back": user.pk == pending.asked_by_id,
    }


@access("administrator")
@never_cache
@reauthentication_required
def new(request: HttpRequest) -> HttpResponse:
    """A new account; its first password is shown once, on the answer."""
    context: dict[str, Any] = {
        "title": gettext("New account"),
        "question": gettext("Who shall be able to sign in, and as what?"),
        "active": "account",
        "roles": roles(),
        "given": request.POST,
        "organisations": Organisation.objects.filter(merged_into__isnull=True).order_by("kind", "name")[:2000],
    }
    if request.method != "POST":
        return render(request, "account/person_new.html", context)
    secret = acts.password()
    try:
        made = acts.make(
            by=request.user,
            username=request.POST.get("username", ""),
            name=request.POST.get("name", ""),
            role=request.POST.get("role", ""),
            organisation=chosen(request.POST.get("organisation", "")),
            at=timezone.now(),
            secret=secret,
        )
    except ActRefused as error:
        return render(request, "account/person_new.html", context | {"fault": str(error)}, status=422)
    return render(
        request, "account/person_secret.html", context | {"person": made, "secret": secret, "waits": not made.is_active}
    )


def chosen(given: str) -> Organisation:
    """The organisation of a form."""
    found = Organisation.objects.filter(pk=common.whole(given)).first()
    if found is None:
        raise ActRefused(gettext("Choose the organisation that the account belongs to."))
    return found


@access("administrator")
def person(request: HttpRequest, username: str) -> HttpResponse:
    """One account with what was done to it and with it."""
    found = seen(request, username)
    events = Event.objects.filter(kind="account", key=found.username).order_by("-number")[:LATEST]
    context = {
        "title": found.name,
        "question": gettext("What may this account do, and what was done with it?"),
        "active": "account",
        "person": found,
        "own": found.pk == request.user.pk,
        "facts": [
            {"label": gettext("User name"), "text": found.username},
            {"label": gettext("Role"), "text": role_name(found.role)},
            {"label": gettext("Organisation"), "text": found.organisation.name},
            {"label": gettext("State"), "text": state(found)},
        ],
        "roles": [one for one in roles() if acts.BELONGS[one["value"]] == found.organisation.kind],
        "events": [
            {"at": timezone.localtime(one.at), "who": one.who, "act": ACTS.get(one.act, one.act), "why": one.why}
            for one in events
        ],
    }
    return render(request, "account/person.html", context)


@access("administrator")
@never_cache
@require_POST
@reauthentication_required
def act(request: HttpRequest, username: str, act: str) -> HttpResponse:
    """Lock, unlock, reset, unbind or another role."""
    found, why, now = seen(request, username), request.POST.get("why", "").strip()[:1000], timezone.now()
    by = request.user
    secret = acts.password()
    known = {
        "lock": lambda: acts.lock(by=by, account=found, at=now, why=reason(why)),
        "unlock": lambda: acts.unlock(by=by, account=found, at=now, why=reason(why)),
        "unbind": lambda: acts.unbind(by=by, account=found, at=now, why=reason(why)),
        "role": lambda: acts.change_role(
            by=by, account=found, role=request.POST.get("role", ""), at=now, why=reason(why)
        ),
        "reset": lambda: acts.reset(by=by, account=found, at=now, secret=secret),
    }
    if act not in known:
        raise Http404
    try:
        waits = known[act]()
    except RegisterError as error:
        messages.error(request, str(error))
        return redirect("account_person", username)
    if act == "reset":
        context = {"title": gettext("A new password"), "active": "account", "person": found, "secret": secret}
        return render(
            request, "account/person_secret.html", context | {"question": gettext("How does it reach its owner?")}
        )
    done = gettext("A second administrator has to confirm it.") if waits else gettext("Done, and noted.")
    messages.success(request, done)
    return redirect("account_person", username)


def reason(why: str) -> str:
    """Why, which is asked for."""
    if not why:
        raise ActRefused(gettext("Say why: it is kept with the event."))
    return why


def seen(request: HttpRequest, username: str) -> Account:
    """An account that may be seen; any other is not there."""
    return get_object_or_404(queries.accounts(request.user).select_related("organisation"), username=username)


@access("administrator")
@require_POST
@reauthentication_required
def decide(request: HttpRequest, pending: int) -> HttpResponse:
    """Confirm or refuse what another administrator asked for."""
    found = get_object_or_404(queries.pending(request.user), pk=pending)
    try:
        if request.POST.get("answer") == "confirm":
            acts.confirm(by=request.user, pending=found, at=timezone.now())
        else:
            acts.refuse(
                by=request.user, pending=found, at=timezone.now(), why=request.POST.get("why", "").strip()[:1000]
            )
    except RegisterError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, gettext("Done, and noted."))
    return redirect("account_people")
