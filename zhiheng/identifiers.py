"""Numbers with a check character: organisations, trade items, and those that we give ourselves; and the name that a content makes."""

import hashlib
import json
import re
from typing import Any

from zhiheng.errors import SourceError

ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# GB 32100-2015 table 1: no I, O, S, V, Z
CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT_CODE = re.compile(f"[{CREDIT}]{{2}}[0-9]{{6}}[{CREDIT}]{{10}}")
TRADE_ITEM = re.compile(r"[0-9]{8}|[0-9]{12,14}")


def credit_code_fault(text: str) -> str:
    """What is wrong with a unified social credit code (统一社会信用代码): `shape`, `check`, or nothing.

    Check character: GB 32100-2015, 5.6: weights are powers of 3 modulo 31.

    >>> credit_code_fault("91350100M000100Y43"), credit_code_fault("91350100M000100Y44"), credit_code_fault("9135")
    ('', 'check', 'shape')
    """
    if not CREDIT_CODE.fullmatch(text):
        return "shape"
    total = sum(CREDIT.index(letter) * pow(3, place, 31) for place, letter in enumerate(text[:-1]))
    return "" if CREDIT[-total % 31] == text[-1] else "check"


def trade_item_fault(text: str) -> str:
    """What is wrong with a GTIN (商品条码) of 8, 12, 13 or 14 digits: `shape`, `check`, or nothing.

    Check digit: GS1 General Specifications 7.9; GB 12904.

    >>> trade_item_fault("6291041500213"), trade_item_fault("6291041500214"), trade_item_fault("629")
    ('', 'check', 'shape')
    """
    if not TRADE_ITEM.fullmatch(text):
        return "shape"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(text)))
    return "check" if total % 10 else ""


def check_character(text: str) -> str:
    """The check character of ISO/IEC 7064 MOD 37,36 for a text of digits and capital letters.

    >>> check_character("A12425GABC1234002")
    'M'
    """
    carried = 36
    for letter in text:
        carried = 2 * ((carried + value(letter)) % 36 or 36) % 37
    return ALPHANUMERIC[(37 - carried) % 36]


def content_name(body: Any) -> str:
    """Sixteen hexadecimal digits that change with anything that a body of JSON says; the order of its keys says nothing.

    >>> content_name({"a": 1, "b": "质"}) == content_name({"b": "质", "a": 1})
    True
    """
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def value(letter: str) -> int:
    """The place of a digit or capital letter in the alphabet of ISO/IEC 7064."""
    place = ALPHANUMERIC.find(letter)
    if place < 0:
        raise SourceError(f"'{letter}' is neither a digit nor a capital letter: write the number without it")
    return place
