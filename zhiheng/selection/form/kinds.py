"""Kinds of fields: how what was entered is read, and what is wrong with it where it cannot be."""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from zhiheng import identifiers

Body = dict[str, Any]
Read = tuple[Any, str]  # the value for conditions, and the name of what is wrong ("" for nothing)
BLANK = " \t\r\n\u3000"
NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
LONG = 10  # a long text may have so many times the letters of a short one
UNIT = 20
MARKS = {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n\x1a\n", "image/webp": b"RIFF"}


def text(entered: Any, field: Body, bounds: Body) -> Read:
    """A text without control characters, of bounded length."""
    most = bounds["text"]["longest"] * (LONG if field["kind"] == "long" else 1)
    if not isinstance(entered, str) or len(entered) > most or UNSEEN.search(entered):
        return None, "text"
    return entered.strip(BLANK) or None, ""


def number(entered: Any, _: Body, __: Body) -> Read:
    """A number in digits, exact."""
    if not isinstance(entered, str) or not NUMBER.fullmatch(entered.strip(BLANK)):
        return None, "number"
    return Decimal(entered.strip(BLANK)), ""


def quantity(entered: Any, field: Body, bounds: Body) -> Read:
    """A number with its unit: `{"value": "12", "unit": "件"}`."""
    if not isinstance(entered, dict) or set(entered) - {"value", "unit"}:
        return None, "quantity"
    value, _ = number(entered.get("value"), field, bounds)
    unit, _ = text(entered.get("unit"), {"kind": "text"}, bounds)
    if value is None or unit is None or len(unit) > UNIT:
        return None, "quantity"
    return {"value": value, "unit": unit}, ""


def day(entered: Any, _: Body, __: Body) -> Read:
    """A day as 2026-11-22; days in this form keep their order as texts."""
    try:
        assert_day = isinstance(entered, str) and DAY.fullmatch(entered) and date.fromisoformat(entered)
    except ValueError:
        assert_day = False
    return (entered, "") if assert_day else (None, "date")


def choice(entered: Any, field: Body, _: Body) -> Read:
    """One of the options."""
    known = isinstance(entered, str) and entered in {option["key"] for option in field["options"]}
    return (entered, "") if known else (None, "choice")


def flag(entered: Any, _: Body, __: Body) -> Read:
    """Yes or no."""
    return (entered, "") if isinstance(entered, bool) else (None, "flag")


def code(entered: Any, field: Body, _: Body) -> Read:
    """A text of a given pattern."""
    good = isinstance(entered, str) and re.fullmatch(field["pattern"], entered)
    return (entered, "") if good else (None, "code")


def seal(entered: Any, _: Body, bounds: Body) -> Read:
    """The number of a seal."""
    good = isinstance(entered, str) and re.fullmatch(bounds["seal"]["pattern"], entered)
    return (entered, "") if good else (None, "seal")


def credit_code(entered: Any, _: Body, __: Body) -> Read:
    """A unified social credit code."""
    fault = identifiers.credit_code_fault(entered) if isinstance(entered, str) else "shape"
    return (None, fault) if fault else (entered, "")


def trade_item(entered: Any, _: Body, __: Body) -> Read:
    """A GTIN."""
    fault = identifiers.trade_item_fault(entered) if isinstance(entered, str) else "shape"
    return (None, fault) if fault else (entered, "")


def people(entered: Any, _: Body, bounds: Body) -> Read:
    """Persons with name and card number, each once: `[{"name": "王一", "card": "粤A001"}]`."""
    if not isinstance(entered, list) or not all(
        isinstance(one, dict) and not set(one) - {"name", "card"} for one in entered
    ):
        return None, "people"
    names = [text(one.get("name"), {"kind": "text"}, bounds)[0] for one in entered]
    cards = [text(one.get("card", ""), {"kind": "text"}, bounds)[1] for one in entered]
    if None in names or any(cards) or len(set(names)) < len(names):
        return None, "people"
    return names, ""


def photos(entered: Any, _: Body, bounds: Body) -> Read:
    """Photos: `[{"name", "type", "sha256", "data"}]` with the bytes in base64, bounded in number and size."""
    allowed = bounds["photo"]
    if not isinstance(entered, list) or len(entered) > allowed["most"]:
        return None, "photos"
    whole = all(isinstance(one, dict) and pictured(one, allowed) for one in entered)
    return ([one["sha256"] for one in entered], "") if whole else (None, "photos")


def pictured(one: Body, allowed: Body) -> bool:
    """Whether a photo is what it says: of an allowed kind and size, its bytes as its checksum."""
    if set(one) - {"name", "type", "sha256", "data"} or one.get("type") not in allowed["types"]:
        return False
    named, _ = text(one.get("name", ""), {"kind": "text"}, {"text": {"longest": 100}})
    sent = one.get("data")
    if named is None or not isinstance(sent, str) or not sent.isascii():
        return False
    try:
        body = base64.b64decode(sent, validate=True)
    except binascii.Error:
        return False
    fits = 0 < len(body) <= allowed["bytes"] and body.startswith(MARKS[one["type"]])
    return fits and hashlib.sha256(body).hexdigest() == one.get("sha256")


KINDS: dict[str, Callable[[Any, Body, Body], Read]] = {
    "text": text,
    "long": text,
    "number": number,
    "quantity": quantity,
    "date": day,
    "choice": choice,
    "flag": flag,
    "code": code,
    "seal": seal,
    "credit_code": credit_code,
    "trade_item": trade_item,
    "people": people,
    "photos": photos,
}


def is_empty(entered: Any) -> bool:
    """Whether nothing was entered."""
    if isinstance(entered, str):
        return not entered.strip(BLANK)
    if isinstance(entered, dict):
        return all(is_empty(part) for part in entered.values())
    return entered is None or entered == []
