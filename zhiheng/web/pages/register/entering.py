"""Parties entered and changed by hand: one form for all kinds, made from zhiheng/register/parties/forms.yaml."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from zhiheng.errors import ActRefused, Overtaken, PartyInvalid, UsageError
from zhiheng.register.acts import parties
from zhiheng.register.models import Account, Organisation
from zhiheng.register.parties import fields, forms, listing
from zhiheng.register.parties.faults import Fault
from zhiheng.register.parties.forms import Entry, Form
from zhiheng.web.access import access
from zhiheng.web.pages import common, words
from zhiheng.web.pages.register import shown, timeline

MOST_CHOICES = 500
LONGEST_WHY = 1000


@dataclass
class Filled:
    """A form as it was filled in: the texts, why, the event that was seen, and what is wrong by field."""

    texts: dict[str, str]
    why: str = ""
    seen: int = 0
    faults: dict[str, str] = field(default_factory=dict)
    general: list[str] = field(default_factory=list)
    status: HTTPStatus = HTTPStatus.OK

    def refuse(self, found: list[Fault]) -> None:
        """Take the faults in: beside their fields, and above all where a field is not on the form."""
        self.status = HTTPStatus.UNPROCESSABLE_ENTITY
        for one in found:
            self.faults.setdefault(one.field, shown.wrong(one))


@require_http_methods(["GET", "POST"])
@access("administrator", "officer")
def new(request: HttpRequest, kind: str) -> HttpResponse:
    """The form of a new party; what belongs to an organisation names it in the address (`of`)."""
    form, who = form_of(kind), seated(request)
    owner = listing.one(who, request.GET.get("of", "")) if form.kind.owner else None
    filled = Filled({}) if request.method == "GET" else sent(request)
    if request.method == "POST":
        given = forms.sent(form, filled.texts, thing=None, on=shown.today())
        if owner and form.kind.owner != "account":
            given[form.kind.owner] = owner.pk
        try:
            made = parties.add(who, kind, given, at=timezone.now(), why=filled.why)
        except PartyInvalid as error:
            filled.refuse(faults_of(error))
        except (ActRefused, Overtaken) as error:
            filled.status, filled.general = HTTPStatus.CONFLICT, [str(error)]
        else:
            messages.success(request, gettext("Registered: %(name)s") % {"name": called(made)})
            return redirect(shown.link(owner or made))
    return page(request, form, filled, owner=owner)


@require_http_methods(["GET", "POST"])
@access("administrator", "officer")
def change(request: HttpRequest, kind: str, number: int) -> HttpResponse:
    """The form of a party that is there, with what happened to it."""
    form, who = form_of(kind), seated(request)
    thing = parties.one(form.kind, number)
    parties.unmerged(form.kind, thing)
    parties.allowed(who, form.kind, fields.present(form.kind, thing), new=False)
    owner = owner_of(form, thing)
    filled = Filled(forms.shown(form, thing), seen=forms.last(form.kind, number))
    if request.method == "POST":
        filled = sent(request)
        given = forms.sent(form, filled.texts, thing=thing, on=shown.today())
        if not filled.why:
            filled.refuse([*parties.against(kind, given, at=timezone.now(), number=number), Fault("why", "missing")])
        else:
            try:
                parties.change(who, kind, number, given, at=timezone.now(), why=filled.why, seen=filled.seen)
            except PartyInvalid as error:
                filled.refuse(faults_of(error))
            except Overtaken:
                overtaken(form, thing, filled)
            except ActRefused as error:
                filled.status, filled.general = HTTPStatus.CONFLICT, [str(error)]
            else:
                text = (
                    gettext("Changed: %(name)s")
                    if forms.last(form.kind, number) > filled.seen
                    else gettext("Nothing differs from what stands in the register: %(name)s")
                )
                messages.success(request, text % {"name": called(parties.one(form.kind, number))})
                return redirect(shown.link(owner))
    return page(request, form, filled, owner=owner, thing=thing)


def overtaken(form: Form, thing: Any, filled: Filled) -> None:
    """Somebody changed it in between: keep what was written here, take in what was written there, and say where both did."""
    others = forms.between(form.kind, thing.pk, seen=filled.seen)
    now = forms.shown(form, thing)
    for name, (before, after) in others.fields.items():
        if name not in now:
            continue
        if filled.texts.get(name, "") == forms.text(before):
            filled.texts[name] = now[name]
        elif filled.texts.get(name, "") != now[name]:
            told = {"who": others.who, "value": shown.said(name, after)}
            filled.faults[name] = gettext("%(who)s wrote “%(value)s” here in between: keep one of the two") % told
    filled.seen, filled.status = forms.last(form.kind, thing.pk), HTTPStatus.CONFLICT
    filled.general = [
        gettext("%(who)s changed this in between. Nothing of yours is lost: look at it again, then save.")
        % {"who": others.who}
    ]


def form_of(kind: str) -> Form:
    """The form of a kind that the address names."""
    if kind not in forms.forms():
        raise UsageError(f"there is no form '{kind[:40]}'; there are {', '.join(forms.forms())}")
    return forms.forms()[kind]


def seated(request: HttpRequest) -> Account:
    """Who is signed in; the guard of the page has let nobody else in."""
    assert isinstance(request.user, Account)
    return request.user


def owner_of(form: Form, thing: Any) -> Organisation:
    """The organisation that a thing belongs to; an organisation is its own."""
    owner = getattr(thing, form.kind.owner) if form.kind.owner else thing
    found: Organisation = owner.organisation if isinstance(owner, Account) else owner
    return found


def sent(request: HttpRequest) -> Filled:
    """What was sent."""
    body = request.POST
    seen = body.get("seen", "")
    texts = {name: str(body[name])[:LONGEST_WHY] for name in body}
    return Filled(texts, body.get("why", "").strip()[:LONGEST_WHY], common.whole(seen) or 0)


def faults_of(error: PartyInvalid) -> list[Fault]:
    """The faults that a refusal names."""
    return [one for one in error.faults if isinstance(one, Fault)]


def called(thing: Any) -> str:
    """How a thing is called."""
    return next(str(getattr(thing, name)) for name in ("name", "subject", "number") if getattr(thing, name, ""))


def page(
    request: HttpRequest, form: Form, filled: Filled, *, owner: Organisation | None, thing: Any = None
) -> HttpResponse:
    """The form as a page."""
    who = seated(request)
    entries = form.asked(thing)
    asked = [one for entry in entries if (one := entered(entry, filled, owner=owner, who=who))]
    why = {
        "key": "why",
        "id": "new-why",
        "label": gettext("Reason"),
        "kind": "long",
        "required": thing is not None,
        "value": filled.why,
        "fault": filled.faults.get("why", ""),
        "help": gettext("It stands in the history beside the change."),
    }
    there = {one["key"] for one in asked} | {"why"}
    labels = {one["key"]: one["label"] for one in [*asked, why]}
    elsewhere = [f"{shown.FIELDS.get(name, name)}: {text}" for name, text in filled.faults.items() if name not in there]
    title = words.both(dict(form.titles["change" if thing else "new"]))
    context = {
        "title": f"{title}{gettext(': ')}{called(thing)}" if thing else title,
        "question": gettext("What is to be changed, and why?") if thing else gettext("What is to be registered?"),
        "active": "register",
        "crumbs": crumbs(owner, title),
        "facts": fixed(form, owner, thing),
        "fields": [*asked, why],
        "faults": [
            {"text": f"{labels[key]}: {text}", "target": f"new-{key}"}
            for key, text in filled.faults.items()
            if key in there
        ],
        "general": [*filled.general, *elsewhere],
        "seen": filled.seen,
        "back": shown.link(owner) if owner else common.url("organisations"),
        "events": timeline.of(form.kind.name, thing.pk, owner, who) if thing and owner else [],
        "is_new": thing is None,
    }
    return render(request, "organisation_entry.html", context, status=filled.status)


def crumbs(owner: Organisation | None, last: str) -> list[dict[str, str]]:
    """From the list over the organisation to this page."""
    found = shown.crumbs(last)
    return [found[0], *([{"label": owner.name, "url": shown.link(owner)}] if owner else []), found[-1]]


def fixed(form: Form, owner: Organisation | None, thing: Any) -> list[dict[str, str]]:
    """What is not asked, because it is never changed."""
    if form.kind is fields.ORGANISATION:
        return [{"label": shown.FIELDS["kind"], "text": shown.said("kind", thing.kind)}] if thing else []
    found = [{"label": shown.FIELDS["organisation"], "text": owner.name, "url": shown.link(owner)}] if owner else []
    if thing is not None and form.kind.owner == "account":
        found.append({"label": shown.FIELDS["account"], "text": thing.account.name})
    return found


def entered(entry: Entry, filled: Filled, *, owner: Organisation | None, who: Account) -> dict[str, Any] | None:
    """A field as the page asks it; None where it is not for whoever fills in the form."""
    if entry.only and who.role != "administrator" and "authority" in entry.only:
        return None
    value = filled.texts.get(entry.name, "")
    told: dict[str, Any] = {
        "key": entry.name,
        "id": f"new-{entry.name}",
        "label": shown.FIELDS[entry.name],
        "kind": KINDS[entry.input],
        "required": entry.needed,
        "value": value,
        "help": words.both(dict(entry.help)) if entry.help else "",
        "fault": filled.faults.get(entry.name, ""),
        "keyboard": entry.keyboard,
        "capitals": entry.capitals,
    }
    options = choices(entry, owner=owner, who=who)
    if entry.words:
        told["kind"] = "listed"
    if told["kind"] == "choice":
        options = [("", gettext("Please choose") if entry.needed else words.MISSING), *options]
    return told | {"options": [{"value": one, "label": text, "on": one == value} for one, text in options]}


KINDS = {
    "text": "short",
    "day": "date",
    "flag": "flag",
    "choice": "choice",
    "region": "listed",
    "authority": "choice",
    "person": "choice",
}


def choices(entry: Entry, *, owner: Organisation | None, who: Account) -> list[tuple[str, str]]:
    """What can be chosen in a field, or is suggested."""
    if entry.words:
        return [(words.both(dict(one)), "") for one in entry.words]
    if entry.input == "region":
        return shown.reached(who)
    if entry.input == "authority":
        above = Organisation.objects.filter(kind="authority", merged_into=None).order_by("region", "name")
        return [(str(one.pk), one.name) for one in above[:MOST_CHOICES]]
    if entry.input == "person" and owner:
        own = owner.accounts.filter(role="inspector", is_active=True).order_by("name")
        return [(str(one.pk), one.name) for one in own[:MOST_CHOICES]]
    named: Mapping[str, Any] = {"kind": shown.KINDS, "level": shown.LEVELS}.get(entry.name, {})
    closed = entry.name == "kind" and who.role != "administrator"
    return [(key, str(word)) for key, word in named.items() if not (closed and key == "authority")]
