"""Names of organisations as they are compared: widths, brackets, legal forms and places of a name set aside."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from zhiheng import rules
from zhiheng.rules import regions

BRACKETED = re.compile(r"[(\[{<【〔《「](.*?)[)\]}>】〕》」]")
KEPT = re.compile(r"[^\w]|_")
LEVEL = re.compile(r"(特别行政区|维吾尔自治区|壮族自治区|回族自治区|自治区|自治州|地区|省|市|区|县|盟|旗)$")


@dataclass(frozen=True)
class Spelling:
    """How names are spelled alike: tables of law/cn/organisation-names.yaml made ready."""

    forms: tuple[tuple[str, str], ...]
    remarks: frozenset[str]
    same: dict[int, str]
    branches: tuple[str, ...]


@lru_cache(maxsize=4)
def spelling(on: date) -> Spelling:
    """The spelling that is used on a day."""
    told = terms(on)
    forms = sorted(told["forms"].items(), key=lambda pair: -len(pair[0]))
    return Spelling(
        tuple(forms), frozenset(told["remarks"]), str.maketrans(dict(told["same"])), tuple(told["branches"])
    )


def terms(on: date) -> Mapping[str, Any]:
    """The terms of comparing on a day."""
    return rules.settings("organisation-names", on=on, place="cn")


def key(name: str, *, on: date) -> str:
    """A name in one spelling; two names with the same key are the same name.

    >>> day = date(2026, 11, 22)
    >>> key("广州（越秀）某某食品有限责任公司 ", on=day) == key("广州(越秀)某某食品有限公司", on=day)
    True
    """
    stem, form = stemmed(name, on)
    return f"{stem}|{form}" if form else stem


@lru_cache(maxsize=2**17)
def stemmed(name: str, on: date) -> tuple[str, str]:
    """A name without its legal form, and that form, as spelled on a day; a list asks for the same name several times."""
    return parted(name, spelling(on))


def parted(name: str, spelled: Spelling) -> tuple[str, str]:
    """A name without its legal form, and that form."""
    text = unicodedata.normalize("NFKC", name).casefold().translate(spelled.same)
    text = BRACKETED.sub(lambda found: "" if found[1].strip() in spelled.remarks else found[1], text)
    text = KEPT.sub("", text)
    for written, form in spelled.forms:
        if text.endswith(written) and len(text) > len(written):
            return text.removesuffix(written), form
    return text, ""


def core(name: str, region: str, *, on: date) -> str:
    """What is left of a name without its form and the places that it names: what a firm chose to be called.

    >>> core("广东省广州市天河区某某食品有限公司", "440106", on=date(2026, 11, 22))
    '某某食品'
    """
    stem, _ = stemmed(name, on)
    for place in places(region):
        if len(stem) - len(place) >= 2:
            stem = stem.replace(place, "", 1)
    return stem


@lru_cache(maxsize=4096)
def places(region: str) -> tuple[str, ...]:
    """The names of a division and of those above it, the longer first, as they stand in names."""
    found: list[str] = []
    for code in (region[:2] + "0000", region[:4] + "00", region):
        for one in regions.regions().get(code, ()):
            found += [one.name, LEVEL.sub("", one.name)]
    return tuple(sorted({name for name in found if len(name) > 1}, key=lambda name: (-len(name), name)))
