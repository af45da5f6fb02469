"""A filled form: what an officer sends, or a file holds."""

import json
import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from zhiheng.errors import FileUnreadable, FormRefused, RuleNotInForce
from zhiheng.selection import chain
from zhiheng.selection.form import definition, serial
from zhiheng.selection.form.checking import Fault, faults
from zhiheng.selection.form.definition import Body, Form

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
NAMES = ("form", "uuid", "serial", "fields")
DEEPEST = 3
LARGEST = 2**20


@dataclass(frozen=True)
class Filled:
    """One filled form; `uuid` was made by the device that filled it, `serial` comes from its block."""

    form: str
    uuid: str
    serial: str
    fields: Body = field(hash=False)

    @property
    def body(self) -> Body:
        """The content as JSON."""
        return {name: getattr(self, name) for name in NAMES}

    @property
    def sha256(self) -> str:
        """The digest of the content."""
        return chain.digest(self.body)


def filled(body: Any) -> Filled:
    """A filled form from JSON, with the shape that everything else relies on."""
    if not isinstance(body, dict) or not set(NAMES) <= set(body):
        raise FormRefused(f"a filled form is a JSON object with {', '.join(NAMES)}")
    if not all(isinstance(body[name], str) for name in NAMES[:3]) or not isinstance(body["fields"], dict):
        raise FormRefused("form, uuid and serial are texts, fields is an object")
    if not UUID.fullmatch(body["uuid"]):
        raise FormRefused("uuid is not a random UUID (version 4) in small letters")
    if not is_shallow(body["fields"], DEEPEST):
        raise FormRefused("fields holds something else than texts, truth values, lists and objects of them")
    if body["form"] not in definition.FORMS:
        raise FormRefused(f"there is no form '{body['form'][:40]}'; there are {', '.join(definition.FORMS)}")
    return Filled(body["form"], body["uuid"], body["serial"][:40], body["fields"])


def is_shallow(value: Any, depth: int) -> bool:
    """Whether a value is made of texts and truth values, no deeper than so many steps; numbers are texts, so that they stay exact."""
    if isinstance(value, dict):
        return depth > 0 and all(is_shallow(part, depth - 1) for part in value.values())
    if isinstance(value, list):
        return depth > 0 and all(is_shallow(part, depth - 1) for part in value)
    return value is None or isinstance(value, (str, bool))


def load(path: Path) -> Filled:
    """A filled form from a file."""
    try:
        if path.stat().st_size > LARGEST:
            raise FileUnreadable(f"{path.name}: larger than {LARGEST:,} bytes; make its photos smaller")
        body = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise FileUnreadable(f"{path.name}: not JSON that can be read: {error}") from error
    return filled(body)


def judged(told: Filled, *, today: date) -> list[Fault]:
    """What is wrong with a filled form, its serial number first; the form is that of the day of sampling, or of today."""
    form = edition(told, today=today)
    found = faults(form, told.fields, today=today)
    if serial.is_valid(told.serial) and told.serial[0] == form.letter:
        return found
    words = form.wrong["serial"]
    cite = {"act": "ISO/IEC 7064:2003", "at": "MOD 37,36", "read": "check character computed", "checked": None}
    return [Fault("serial", ("serial",), "fault", words["zh"], words["en"], words["remedy"], cite), *found]


def edition(told: Filled, *, today: date) -> Form:
    """The form as it stood on the day of sampling; as it stands today where that day is missing, later, or before the first edition."""
    try:
        on = min(date.fromisoformat(str(told.fields.get("sampled_on", ""))), today)
        return definition.read(told.form, on=on)
    except (ValueError, RuleNotInForce):
        return definition.read(told.form, on=today)
