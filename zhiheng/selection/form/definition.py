"""A form as data: its sections, fields and checks as they stood on a day, with the source of each."""

from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from zhiheng import rules
from zhiheng.errors import RuleFileInvalid, UsageError

FORMS = ("sampling-product", "sampling-food", "sampling-online")
LETTERS = {"sampling-product": "P", "sampling-food": "F", "sampling-online": "N"}
GRADES = ("refuse", "fault", "remark")
FIELD = {"key", "zh", "en", "kind", "required", "when", "help", "cite", "intake", "options", "pattern", "wide"}
CHECK = {"key", "zh", "en", "must", "fields", "grade", "remedy", "cite"}
Body = dict[str, Any]


@dataclass(frozen=True)
class Form:
    """A form on one day; `fields` and `checks` are in the order of the form."""

    key: str
    title: dict[str, str]
    letter: str
    sections: list[Body] = field(hash=False)
    fields: dict[str, Body] = field(hash=False)
    checks: list[Body] = field(hash=False)
    wrong: dict[str, Body] = field(hash=False)
    bounds: Body = field(hash=False)
    sheet: Body = field(hash=False)
    cite: Body = field(hash=False)
    checked: date | None = None

    @property
    def standing(self) -> str:
        """`unverified` while nobody has read the official form."""
        return "unverified" if self.checked is None else f"checked {self.checked}"

    def published(self) -> Body:
        """Everything that a browser needs to ask and to check, as JSON can carry it."""
        return {
            "key": self.key,
            "title": self.title,
            "letter": self.letter,
            "sections": self.sections,
            "fields": self.fields,
            "checks": self.checks,
            "wrong": self.wrong,
            "bounds": self.bounds,
        }


@lru_cache(maxsize=16)
def read(key: str, *, on: date) -> Form:
    """The form as it stands on the day.

    >>> read("sampling-food", on=date(2026, 11, 22)).letter
    'F'
    """
    if key not in FORMS:
        raise UsageError(f"there is no form '{key}'; there are {', '.join(FORMS)}")
    parts = rules.settings("forms/parts", on=on, place="cn")
    body = rules.settings(f"forms/{key}", on=on, place="cn")
    sections = [
        dict(section) | {"fields": [named(entry) for entry in section["fields"]]} for section in body["sections"]
    ]
    entries = [entry for section in body["sections"] for entry in section["fields"]]
    return Form(
        key=key,
        title=body["title"],
        letter=body["letter"],
        sections=sections,
        fields={named(entry): asked(entry, parts, form=key) for entry in entries},
        checks=[checked(name, parts, form=key) for name in body["checks"]],
        wrong=parts["wrong"],
        bounds={name: parts[name] for name in ("photo", "text", "seal")},
        sheet={name: body[name] for name in ("copies", "signatures", "notice")},
        cite=body["basis"],
        checked=body["checked"],
    )


def named(entry: str | Body) -> str:
    """The key of a field that a section lists, plainly or with what it says otherwise."""
    return entry if isinstance(entry, str) else str(entry["key"])


def asked(entry: str | Body, parts: Body, *, form: str) -> Body:
    """A field with what this form says otherwise, and its source in full."""
    key = named(entry)
    if key not in parts["fields"]:
        raise RuleFileInvalid(f"cn/forms/{form}.yaml: the field '{key}' does not stand in parts.yaml")
    body: Body = parts["fields"][key] | ({} if isinstance(entry, str) else entry) | {"key": key}
    odd(set(body) - FIELD, f"{form}.yaml: the field '{key}'")
    return {"required": False, "when": True} | body | {"cite": sourced(body.get("cite", "custom"), parts, form=form)}


def checked(name: str, parts: Body, *, form: str) -> Body:
    """A check with its key and its source in full."""
    body: Body | None = parts["checks"].get(name)
    if body is None or body["grade"] not in GRADES:
        raise RuleFileInvalid(
            f"cn/forms/{form}.yaml: the check '{name}' does not stand in parts.yaml, or its grade is none"
        )
    odd(set(body) - CHECK, f"{form}.yaml: the check '{name}'")
    return body | {"key": name, "cite": sourced(body["cite"], parts, form=form)}


def odd(names: set[str], where: str) -> None:
    """Refuse a word that nothing acts on: a comma too many makes one."""
    if names:
        raise RuleFileInvalid(f"cn/forms/{where} says {', '.join(sorted(names))}, which means nothing")


def sourced(name: str, parts: Body, *, form: str) -> Body:
    """The source of a field or check."""
    if name not in parts["sources"]:
        raise RuleFileInvalid(f"cn/forms/{form}.yaml: the source '{name}' does not stand in parts.yaml")
    told = dict(parts["sources"][name])
    odd(set(told) - {"act", "at", "read", "checked"}, f"parts.yaml: the source '{name}'")
    return told | {"checked": told["checked"].isoformat() if isinstance(told["checked"], date) else None}
