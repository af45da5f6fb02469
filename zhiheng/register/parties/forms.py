"""The forms of parties as forms.yaml tells them, and what was sent in one as fields of an act."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml
from django.db import models

from zhiheng.register.models import Event
from zhiheng.register.parties import fields, history
from zhiheng.register.parties.fields import KINDS_OF_PARTIES, Kind
from zhiheng.rules import regions

INPUTS = ("text", "day", "flag", "choice", "region", "authority", "person")
NUMBERS = ("authority", "person")  # inputs that choose a thing by its number
BLANK = {"day": None, "authority": None, "person": None}


@dataclass(frozen=True)
class Entry:
    """One field of a form."""

    name: str
    input: str
    needed: bool = False
    help: Mapping[str, str] = field(default_factory=dict)
    words: tuple[Mapping[str, str], ...] = ()
    only: tuple[str, ...] = ()
    keyboard: str = "text"
    capitals: bool = False


@dataclass(frozen=True)
class Form:
    """The form of a kind of party: its titles, for a new one and a change, and its fields."""

    kind: Kind
    titles: Mapping[str, Mapping[str, str]]
    entries: tuple[Entry, ...]

    def asked(self, thing: models.Model | None) -> tuple[Entry, ...]:
        """The fields that are asked of a thing; all of them of a new one, but nothing that never changes of one that is there."""
        if thing is None:
            return self.entries
        fast = {self.kind.owner} if self.kind.owner else {"kind"}
        of = getattr(thing, "kind", "") if self.kind is fields.ORGANISATION else ""
        return tuple(
            one for one in self.entries if one.name not in fast and not (of and one.only and of not in one.only)
        )


@lru_cache(maxsize=1)
def forms() -> dict[str, Form]:
    """Every form by its kind."""
    body = yaml.safe_load((files("zhiheng") / "register" / "parties" / "forms.yaml").read_text(encoding="utf-8"))
    return {name: form(KINDS_OF_PARTIES[name], told) for name, told in body.items()}


def form(kind: Kind, told: Mapping[str, Any]) -> Form:
    """One form."""
    entries = []
    for name, one in told["fields"].items():
        more: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in one.items()}
        entries.append(Entry(name, needed=name in kind.needed, **more))
    return Form(kind, told["titles"], tuple(entries))


def sent(form_: Form, given: Mapping[str, str], *, thing: models.Model | None, on: date) -> dict[str, Any]:
    """What was sent of a form, as fields of an act; a field that was not sent says nothing."""
    found: dict[str, Any] = {}
    for one in form_.asked(thing):
        text = given.get(one.name)
        if one.input == "flag":
            found[one.name] = text == "yes"
        elif text is not None:
            found[one.name] = meant(one, text.strip(), on)
    return found


def meant(entry: Entry, text: str, on: date) -> Any:
    """A text of a form as the value that it means; what means nothing stays as it is, and is refused as that."""
    if not text:
        return BLANK.get(entry.input, "")
    if entry.input in NUMBERS:
        return int(text) if text.isdecimal() and len(text) < 12 else 0
    if entry.input == "region" and not text.isdecimal():
        found = regions.called(text, on=on)
        return found[0] if len(found) == 1 else text
    return text.upper() if entry.capitals else text


def shown(form_: Form, thing: models.Model | None) -> dict[str, str]:
    """The values of a thing as its form shows them; of a new one nothing."""
    if thing is None:
        return {}
    there = fields.present(form_.kind, thing)
    return {one.name: text(there[one.name]) for one in form_.asked(thing)}


def text(value: Any) -> str:
    """A value as a form shows it."""
    if isinstance(value, bool):
        return "yes" if value else ""
    return "" if value is None else str(value)


def last(kind: Kind, number: int) -> int:
    """The number of the last event of a party: what whoever looks at it now has seen; 0 where there is none."""
    return (
        Event.objects.filter(kind=kind.name, key=str(number))
        .order_by("-number")
        .values_list("number", flat=True)
        .first()
        or 0
    )


@dataclass(frozen=True)
class Between:
    """What others did to a party since somebody opened its form: who last, and the fields with what they were and became."""

    who: str
    fields: Mapping[str, tuple[Any, Any]]


def between(kind: Kind, number: int, *, seen: int) -> Between:
    """Everything that was changed since an event."""
    found: dict[str, tuple[Any, Any]] = {}
    who = ""
    for event in Event.objects.filter(kind=kind.name, key=str(number), number__gt=seen).order_by("number"):
        who = event.who
        for name, (before, after) in history.pairs(event).items():
            found[name] = (found[name][0] if name in found else before, after)
    return Between(who, found)
