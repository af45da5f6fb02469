"""What must hold of a party among the others: codes that belong to one only, owners that are there, authorities above authorities."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db import models

from zhiheng.register.models import Account, Organisation, Product
from zhiheng.register.parties.faults import Fault
from zhiheng.register.parties.fields import Kind

TWINS = {
    "site": ("organisation", "name"),
    "product": ("producer", "name", "standard", "mark", "model"),
    "scope": ("laboratory", "certificate", "subject"),
    "certificate": ("number",),
}


def faults(kind: Kind, values: Mapping[str, Any], *, own: int | None, changed: frozenset[str]) -> list[Fault]:
    """What is wrong with a party among the others; `own` is its own number where it is there already."""
    found = []
    for name, judge in JUDGES.get(kind.name, {}).items():
        if name in changed and values.get(name) not in (None, "") and (reason := judge(values, own)):
            found.append(Fault(name, reason, str(values[name])))
    if not found and (twin := TWINS.get(kind.name)) and changed & set(twin):
        same = {name: values.get(name) or "" for name in twin}
        if others(kind.model, own).filter(**same).exists():
            found.append(Fault(twin[-1] if kind.name != "product" else "name", "twin"))
    return found


def others(model: type[models.Model], own: int | None) -> models.QuerySet[Any]:
    """All of them but this one."""
    every: models.QuerySet[Any] = model._default_manager.all()
    return every.exclude(pk=own) if own else every


def code(values: Mapping[str, Any], own: int | None) -> str:
    """A credit code belongs to one organisation."""
    return "code_taken" if others(Organisation, own).filter(credit_code=values["credit_code"]).exists() else ""


def gtin(values: Mapping[str, Any], own: int | None) -> str:
    """A GTIN belongs to one product."""
    return "gtin_taken" if others(Product, own).filter(gtin=values["gtin"]).exists() else ""


def superior(values: Mapping[str, Any], own: int | None) -> str:
    """Above an authority stands another one, and nobody stands above himself."""
    above = Organisation.objects.filter(pk=values["superior"]).first()
    if above is None or above.kind != "authority" or values.get("kind") != "authority":
        return "superior_wrong"
    seen: set[int] = set()
    while above is not None and above.pk not in seen:
        if above.pk == own:
            return "superior_wrong"
        seen.add(above.pk)
        above = above.superior
    return ""


def owner(name: str) -> Callable[[Mapping[str, Any], int | None], str]:
    """Whether the organisation named in a field is there and was not merged away."""

    def judge(values: Mapping[str, Any], own: int | None) -> str:  # noqa: ARG001
        found = Organisation.objects.filter(pk=values[name], merged_into=None).first()
        if found is None:
            return "party_unknown"
        return "not_laboratory" if name == "laboratory" and found.kind != "laboratory" else ""

    return judge


def person(values: Mapping[str, Any], own: int | None) -> str:  # noqa: ARG001
    """Whether the account is there."""
    return "" if Account.objects.filter(pk=values["account"]).exists() else "party_unknown"


JUDGES: dict[str, dict[str, Callable[[Mapping[str, Any], int | None], str]]] = {
    "organisation": {"credit_code": code, "superior": superior},
    "site": {"organisation": owner("organisation")},
    "product": {"producer": owner("producer"), "gtin": gtin},
    "scope": {"laboratory": owner("laboratory")},
    "certificate": {"account": person},
}
