"""Who asks, and how codes of the register are called."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from zhiheng import rules
from zhiheng.register import queries
from zhiheng.register.models import Account, Organisation
from zhiheng.register.parties import listing
from zhiheng.register.parties.faults import Fault
from zhiheng.reports.nation.places import regions as spelled
from zhiheng.rules import regions
from zhiheng.web.pages import common, words
from zhiheng.web.shell import language

MOST_LISTED = 300
KINDS = {"authority": _("authority"), "laboratory": _("laboratory"), "enterprise": _("enterprise")}
LEVELS = {"nation": _("nation"), "province": _("province"), "city": _("city"), "county": _("county")}
CODED = {"yes": _("with a credit code"), "no": _("without a credit code")}
FIELDS = {
    "credit_code": _("Credit code"),
    "name": _("Name"),
    "kind": _("Kind"),
    "level": _("Level"),
    "superior": _("Superior"),
    "region": _("Place"),
    "industry": _("Industry"),
    "size": _("Size"),
    "address": _("Address"),
    "contact": _("Contact"),
    "phone": _("Telephone"),
    "email": _("Mail"),
    "sources": _("Other numbers"),
    "merged_into": _("Merged into"),
    "organisation": _("Organisation"),
    "producer": _("Producer"),
    "category": _("Product group"),
    "gtin": _("GTIN"),
    "standard": _("Standard"),
    "mark": _("Mark"),
    "model": _("Model"),
    "laboratory": _("Laboratory"),
    "certificate": _("Certificate"),
    "subject": _("Scope"),
    "is_retest_body": _("Retest body"),
    "valid_from": _("Valid from"),
    "valid_to": _("Valid to"),
    "account": _("Person"),
    "number": _("Number"),
}
ACTS = {
    ("organisation", "add"): _("Registered"),
    ("organisation", "change"): _("Fields changed"),
    ("organisation", "merge"): _("A duplicate was merged into it"),
    ("organisation", "unmerge"): _("A merge was undone"),
    ("site", "add"): _("A site was registered"),
    ("site", "change"): _("A site was changed"),
    ("product", "add"): _("A product was registered"),
    ("product", "change"): _("A product was changed"),
    ("scope", "add"): _("A scope was registered"),
    ("scope", "change"): _("A scope was changed"),
    ("certificate", "add"): _("A certificate was registered"),
    ("certificate", "change"): _("A certificate was changed"),
}
WHY = {
    "same_name": _("same name"),
    "near_name": _("similar name"),
    "same_county": _("same county"),
    "same_city": _("same city"),
    "same_address": _("same address"),
    "same_phone": _("same telephone"),
    "codes_differ": _("but different credit codes"),
}
OUTCOMES = {
    "new": _("New"),
    "changed": _("Matched, to be changed"),
    "same": _("Matched, unchanged"),
    "likely": _("Held back: perhaps there already"),
    "rejected": _("Rejected"),
}


def account(request: HttpRequest) -> Account | None:
    """Who asks; None is the staff at the machine itself."""
    return request.user if request.user.is_authenticated else None  # type: ignore[return-value]


def today() -> date:
    """The day in China."""
    return timezone.localdate()


def place(code: str) -> str:
    """A division with its city, as it is called now."""
    known, steps = regions.regions(), (code[:2] + "0000", code[:4] + "00", code)
    english = spelled().english
    if language() == "en" and all(one in english for one in steps if one in known):
        return (
            ", ".join(dict.fromkeys(english[one] for one in reversed(steps) if one in known)) or code or words.MISSING
        )
    names = [known[one][-1].name for one in steps if one in known]
    return " ".join(dict.fromkeys(names)) or code or words.MISSING


def province(code: str) -> str:
    """A province by its two digits."""
    return place(code + "0000") if code else gettext("not stated")


def section(code: str) -> str:
    """A section of industries by its letter."""
    told = rules.settings("industries", on=today(), place="cn")["sections"].get(code)
    return f"{code} {told[language()]}" if told else gettext("not stated")


def said(name: str, value: Any) -> str:
    """A value of a field in words."""
    if value in (None, ""):
        return words.MISSING
    if name in ("superior", "organisation", "producer", "laboratory", "merged_into", "account"):
        return thing(name, value)
    if name in ("kind", "level", "coded"):
        return str({"kind": KINDS, "level": LEVELS, "coded": CODED}[name].get(str(value), value))
    if name == "is_retest_body":
        return gettext("yes") if value else gettext("no")
    if name == "region":
        return f"{place(str(value))} {value}"
    return {"province": province, "section": section}.get(name, str)(str(value))


def thing(name: str, value: Any) -> str:
    """What an organisation or person is called that an event names by its number."""
    if not isinstance(value, int):
        return str(value)
    model: Any = Account if name == "account" else Organisation
    found = model.objects.filter(pk=value).first()
    return str(found or value)


def wrong(fault: Fault) -> str:
    """A fault with its remedy, as the page speaks."""
    what, remedy = fault.said(language())
    return f"{f'“{fault.value[:60]}” ' if fault.value else ''}{what}{gettext('; ')}{remedy}"


def reached(who: Account) -> list[tuple[str, str]]:
    """The divisions an account may choose from a list: those its authority answers for; any other is written by hand."""
    reach, on = queries.reach(who.organisation), today()
    within = [code for code in regions.regions() if code.startswith(reach) and regions.is_region(code, on=on)]
    return [(code, place(code)) for code in within[:MOST_LISTED]]


def link(organisation: Organisation) -> str:
    """The page of an organisation."""
    return common.url("organisation", listing.address(organisation))


def tabs(here: str) -> list[dict[str, Any]]:
    """The pages of the register."""
    pages = (
        ("organisations", gettext("Organisations")),
        ("organisation_duplicates", gettext("Likely duplicates")),
        ("organisation_import", gettext("Import")),
    )
    return [{"label": word, "url": common.url(name), "here": name == here} for name, word in pages]


def crumbs(last: str) -> list[dict[str, str]]:
    """From the list to this page."""
    return [{"label": gettext("Organisations"), "url": common.url("organisations")}, {"label": last, "url": ""}]
