"""Sampling forms and sample labels on paper: one content, set as PDF in the customary layout, filled or blank."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import segno
import typst

from zhiheng import __version__
from zhiheng.reports import charts
from zhiheng.reports.wording import Words, words
from zhiheng.selection.custody import PARTS
from zhiheng.selection.form import Filled, Form

TEMPLATES = Path(__file__).parent / "templates"
LISTED = ("choice", "flag")
BROAD = ("long", "people", "photos")
QR_DIGITS = 16
Body = dict[str, Any]


def form_code(told: Filled) -> str:
    """What the QR code of a form says: its number, and enough of its digest to tell whether it is this one.

    The same content gives the same code, so paper and record can be compared.
    """
    return f"zhiheng:form/{told.serial}?sha256={told.sha256[:QR_DIGITS]}"


def label_code(serial: str, part: str, seal: str) -> str:
    """What the QR code of a sample's label says: form, part and seal.

    >>> label_code("P440106-26-00A-001-Z", "T", "GD-0001")
    'zhiheng:sample/P440106-26-00A-001-Z/T?seal=GD-0001'
    """
    return f"zhiheng:sample/{serial}/{part}?seal={seal}"


def qr(text: str) -> str:
    """A QR code (ISO/IEC 18004) as SVG; level M is read with a seventh of it damaged."""
    drawn: str = segno.make_qr(text, error="m").svg_inline(border=2, omitsize=True)
    return drawn


def pdf(form: Form, told: Filled | None, language: str) -> bytes:
    """A form as PDF; without a filled one, blank, to be written on by hand. The same content gives the same bytes."""
    return set_in_type("sampling-form.typ", sheet(form, told, language))


def labels(form: Form, told: Filled, language: str) -> bytes:
    """The labels of the samples as PDF, one a sealed part."""
    said = words(language)
    parts = [("T", "test", "test_seal"), ("R", "reserve", "reserve_seal")]
    sealed = [(part, amount, str(told.fields[seal])) for part, amount, seal in parts if told.fields.get(seal)]
    entries = [
        {
            "part": PARTS[part][said.language],
            "qr": qr(label_code(told.serial, part, seal)),
            "facts": [
                [form.fields[key][said.language], answer(form.fields[key], told.fields.get(key), said)["text"]]
                for key in ("product", "model", "batch", "made_on", "sampled_on", amount, "party", "shop", "laboratory")
                if key in form.fields and told.fields.get(key)
            ],
            "seal": seal,
        }
        for part, amount, seal in sealed
    ]
    seal_word = said.translate("Seal")
    body = {"title": form.title[said.language], "serial": told.serial, "labels": entries, "seal": seal_word}
    return set_in_type("sample-labels.typ", body | {"language": said.language, "version": __version__})


def sheet(form: Form, told: Filled | None, language: str) -> Body:
    """Everything that stands on a form."""
    said = words(language)
    fields = {} if told is None else told.fields
    _ = said.translate
    return {
        "language": said.language,
        "version": __version__,
        "title": form.title[said.language],
        "serial": "" if told is None else told.serial,
        "serial_word": _("Serial number"),
        "qr": "" if told is None else qr(form_code(told)),
        "blank": told is None,
        "sections": [section(form, one, fields, said, is_blank=told is None) for one in form.sections],
        "copies": [one[said.language] for one in form.sheet["copies"]],
        "signatures": [one[said.language] for one in form.sheet["signatures"]],
        "notice": form.sheet["notice"][said.language],
        "day": _("Day"),
    }


def section(form: Form, one: Body, fields: Body, said: Words, *, is_blank: bool) -> Body:
    """A section with its answers; a wide one takes the whole row. What was asked on a condition is left out where nobody answered."""
    entries = [
        (form.fields[key], fields.get(key))
        for key in one["fields"]
        if is_blank or fields.get(key) is not None or form.fields[key]["when"] is True
    ]
    return {
        "title": one[said.language],
        "fields": [
            {"label": field[said.language], "wide": bool(field.get("wide")) or field["kind"] in BROAD}
            | answer(field, entered, said)
            for field, entered in entries
        ],
    }


def answer(field: Body, entered: Any, said: Words) -> Body:
    """What was answered: a text, or options of which one may be marked."""
    _ = said.translate
    if field["kind"] == "choice":
        options = [[option[said.language], option["key"] == entered] for option in field["options"]]
        return {"text": next((word for word, is_marked in options if is_marked), ""), "options": options}
    if field["kind"] == "flag":
        return {"text": "", "options": [[_("yes"), entered is True], [_("no"), entered is False]]}
    return {"text": plain(entered, said), "options": []}


def plain(entered: Any, said: Words) -> str:
    """An answer as one text, whatever somebody entered."""
    if isinstance(entered, dict):
        return " ".join(str(entered[key]) for key in ("value", "unit", "name", "card") if entered.get(key))
    if isinstance(entered, list):
        if any(isinstance(one, dict) and "sha256" in one for one in entered):
            return said.translate("%(n)s photos kept with the form") % {"n": len(entered)}
        return ("、" if said.is_chinese else ", ").join(plain(one, said) for one in entered)
    return "" if entered is None else str(entered)


def set_in_type(template: str, body: Body) -> bytes:
    """A content set by a template; nothing of the moment goes into it."""
    stamp = int((datetime(2020, 1, 1) - datetime(1970, 1, 1)).total_seconds())
    given = {"data": json.dumps(body, ensure_ascii=False)}
    setter: Any = typst.compile  # its stub gives the type of a path no default
    source = (TEMPLATES / template).read_bytes()
    made: bytes = setter(source, font_paths=[charts.FONTS], ignore_system_fonts=True, sys_inputs=given, timestamp=stamp)
    return made
