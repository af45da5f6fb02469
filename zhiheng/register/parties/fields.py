"""The kinds of parties, their fields, and what must hold of a field before anybody looks at other rows."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models

from zhiheng import identifiers
from zhiheng.errors import RuleUnknown
from zhiheng.register.models import Certificate, Organisation, Product, Scope, Site
from zhiheng.register.models.party import KINDS, LEVELS
from zhiheng.register.parties.faults import Fault
from zhiheng.rules import industries, regions

UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class Kind:
    """One kind of party: where it is kept, its fields, which must be filled, and who owns it."""

    name: str
    model: type[models.Model]
    fields: tuple[str, ...]
    needed: tuple[str, ...]
    owner: str = ""


ORGANISATION = Kind(
    "organisation",
    Organisation,
    (
        "credit_code", "name", "kind", "level", "superior", "region", "industry", "size", "address", "contact", "phone",
        "email", "sources",
    ),
    ("name", "kind"),
)  # fmt: skip
SITE = Kind(
    "site", Site, ("organisation", "name", "kind", "region", "address"), ("organisation", "name"), "organisation"
)
PRODUCT = Kind(
    "product",
    Product,
    ("producer", "name", "category", "gtin", "standard", "mark", "model"),
    ("producer", "name"),
    "producer",
)
SCOPE = Kind(
    "scope",
    Scope,
    ("laboratory", "certificate", "subject", "is_retest_body", "valid_from", "valid_to"),
    ("laboratory", "certificate", "subject", "valid_from", "valid_to"),
    "laboratory",
)
CERTIFICATE = Kind(
    "certificate",
    Certificate,
    ("account", "number", "subject", "valid_from", "valid_to"),
    ("account", "number", "valid_from", "valid_to"),
    "account",
)
KINDS_OF_PARTIES = {one.name: one for one in (ORGANISATION, SITE, PRODUCT, SCOPE, CERTIFICATE)}


def written(value: Any) -> Any:
    """A value as an event keeps it: things by their number, days in ISO form."""
    if isinstance(value, models.Model):
        return value.pk
    return value.isoformat() if isinstance(value, date) else value


def present(kind: Kind, thing: models.Model) -> dict[str, Any]:
    """The fields of a thing as they are now, in the form of an event."""
    return {name: written(getattr(thing, attribute)) for name, (attribute, _) in attributes(kind).items()}


@cache
def attributes(kind: Kind) -> dict[str, tuple[str, int | None]]:
    """By field, the attribute that holds it and how many letters it takes at most."""
    found = {name: kind.model._meta.get_field(name) for name in kind.fields}
    return {name: (field.attname, field.max_length) for name, field in found.items()}


def tidied(given: Mapping[str, Any]) -> dict[str, Any]:
    """What was given, without the blanks around it; an empty credit code is none."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        value = value.strip() if isinstance(value, str) else value
        if name == "credit_code":
            value = value.upper() if value else None
        if name in ("valid_from", "valid_to") and isinstance(value, str):
            value = day(value)
        if isinstance(value, models.Model):
            value = value.pk
        found[name] = value
    return found


def day(text: str) -> date | str:
    """A day as it is written in ISO form; what is none stays what it was."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text


def faults(kind: Kind, values: Mapping[str, Any], *, on: date, changed: frozenset[str]) -> list[Fault]:
    """What is wrong with the fields by themselves; what did not change is not judged anew by the law of today."""
    found = [Fault(name, "field_unknown") for name in changed if name not in kind.fields]
    found += [Fault(name, "missing") for name in kind.needed if values.get(name) in (None, "")]
    told = {one.field for one in found}
    for name in kind.fields:
        if name in changed - told and (reason := wrong(kind, name, values, on)):
            text = str(values[name] if values[name] is not None else "")
            found.append(Fault(name, reason, text, hint(reason, text, on)))
    return found


def hint(reason: str, text: str, on: date) -> str:
    """What has the land of a division that is gone."""
    return ", ".join(regions.named(*regions.now(text, on=on))) if reason == "region_unknown" else ""


def wrong(kind: Kind, name: str, values: Mapping[str, Any], on: date) -> str:
    """What is wrong with one field, or nothing."""
    value = values.get(name)
    if value in (None, "") and name != "level":
        return ""
    if isinstance(value, str):
        most = attributes(kind)[name][1]
        if most and len(value) > most and name != "credit_code":
            return "long"
        if UNPRINTABLE.search(value):
            return "unprintable"
    judge = JUDGES.get((kind.name, name)) or JUDGES.get(("", name))
    return judge(value, values, on) if judge else ""


def credit_code(value: str, values: Mapping[str, Any], on: date) -> str:  # noqa: ARG001
    """Shape and check character of a credit code."""
    fault = identifiers.credit_code_fault(value)
    return f"code_{fault}" if fault else ""


def gtin(value: str, values: Mapping[str, Any], on: date) -> str:  # noqa: ARG001
    """Shape and check digit of a GTIN."""
    fault = identifiers.trade_item_fault(value)
    return f"gtin_{fault}" if fault else ""


def region(value: str, values: Mapping[str, Any], on: date) -> str:  # noqa: ARG001
    """Whether the division is there on the day."""
    return "" if regions.is_region(value, on=on) else "region_unknown"


def industry(value: str, values: Mapping[str, Any], on: date) -> str:  # noqa: ARG001
    """Whether the industry can be."""
    try:
        industries.industry(value, on=on)
    except RuleUnknown:
        return "industry_unknown"
    return ""


def level(value: str, values: Mapping[str, Any], on: date) -> str:  # noqa: ARG001
    """A level of an authority, and only of one."""
    fits = value in LEVELS and (not value or values.get("kind") == "authority")
    return "" if fits else "level_unknown"


def email(value: str, values: Mapping[str, Any], on: date) -> str:  # noqa: ARG001
    """Whether it can be an e-mail address."""
    try:
        validate_email(value)
    except ValidationError:
        return "email_wrong"
    return ""


def valid_to(value: Any, values: Mapping[str, Any], on: date) -> str:
    """A day, and not before the first one."""
    first = values.get("valid_from")
    first = day(first) if isinstance(first, str) else first
    if isinstance(value, date) and isinstance(first, date) and value < first:
        return "days_crossed"
    return a_day(value, values, on)


def a_day(value: Any, values: Mapping[str, Any], on: date) -> str:  # noqa: ARG001
    """A day."""
    return "" if isinstance(value, date) else "day_wrong"


def a_kind(value: str, values: Mapping[str, Any], on: date) -> str:  # noqa: ARG001
    """One of the kinds of organisations."""
    return "" if value in KINDS else "kind_unknown"


Judge = Callable[[Any, Mapping[str, Any], date], str]
JUDGES: dict[tuple[str, str], Judge] = {
    ("", "credit_code"): credit_code,
    ("", "gtin"): gtin,
    ("", "region"): region,
    ("", "industry"): industry,
    ("", "level"): level,
    ("", "email"): email,
    ("", "valid_from"): a_day,
    ("", "valid_to"): valid_to,
    ("organisation", "kind"): a_kind,
}
