"""Who looks at a page of the desk, and what people, places and roles are called there."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext

from zhiheng.errors import AccessRefused
from zhiheng.register import roles
from zhiheng.register.models import Account, Case
from zhiheng.reports.nation import places
from zhiheng.rules.procedures import Procedure
from zhiheng.web.pages import words

STAFF = ("officer", "inspector", "administrator")


def seated(request: HttpRequest, *allowed: str) -> Account:
    """The account that is signed in; AccessRefused where nobody is, or one of another role than is allowed."""
    account = getattr(request, "user", None)
    if account is None or not account.is_authenticated or not account.is_active:
        raise AccessRefused(gettext("Sign in first: this page shows the cases of whoever looks at it."))
    if allowed and account.role not in allowed:
        raise AccessRefused(
            gettext("This page is for: %(roles)s. Your account is: %(role)s.")
            % {"roles": gettext(", ").join(role(one) for one in allowed), "role": role(account.role)}
        )
    return account


def today() -> date:
    """The day, in Chinese time."""
    return timezone.localdate()


def role(key: str) -> str:
    """What a role of an account is called."""
    known = roles.known().get(key)
    return words.both(known) if known else key


def region(code: str) -> str:
    """What a region is called; a county with the city or province it lies in."""
    known = places.regions()
    name = known.said(code, words.language())
    if code.endswith("0000") or name == code:
        return name
    return f"{known.name(known.parent(code))}{name}" if words.language() == "zh" else name


def mark(case: Case, procedure: Procedure) -> dict[str, Any]:
    """The state of a case as a word and a mark: begun ○, under way ◐, over ●."""
    state = procedure.states[case.state]
    glyph = "●" if state.final else "○" if state.initial else "◐"
    return {"word": words.both(state.title), "glyph": glyph, "final": state.final}


def left(day: date | None) -> str:
    """How far off a day is, in words."""
    if day is None:
        return ""
    days = (day - today()).days
    if days == 0:
        return gettext("today")
    if days < 0:
        return gettext("%(n)s days late") % {"n": -days}
    return gettext("%(n)s days left") % {"n": days}


def link(name: str, *parts: Any) -> str:
    """The address of a page that another part of the site may have; empty where there is none."""
    try:
        return reverse(name, args=parts)
    except NoReverseMatch:
        return ""


def cited(cite: Any) -> str:
    """A citation as a text."""
    act, at = (cite.get("act", ""), cite.get("at", "")) if isinstance(cite, dict) else (cite.act, cite.at)
    return f"{act} {at}".strip()


def listed(found: Iterable[str]) -> str:
    """Names one after another."""
    return gettext(", ").join(found)
