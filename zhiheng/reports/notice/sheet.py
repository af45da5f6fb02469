"""A document on paper: its content set as PDF in the customary layout, with the code by which anybody can verify it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from zhiheng import __version__
from zhiheng.reports.notice.text import composed
from zhiheng.reports.sampling_form import qr, set_in_type
from zhiheng.rules import documents
from zhiheng.rules.documents import HOLE

Body = dict[str, Any]
SHORT = 16
LANGUAGES = ("zh", "en")


def content(kind: str, data: Mapping[str, Any], *, language: str) -> Body:
    """What a document says in a language, as it was issued; of one that is not issued yet, as it would be."""
    kept = (data.get("text") or {}).get(language)
    return dict(kept) if kept else composed(kind, data, language=language)


def notice(kind: str, data: Mapping[str, Any], *, language: str, addressee: str = "", digest: str = "") -> bytes:
    """A document as PDF, A4. The same data gives the same bytes.

    `addressee` is the name of a petitioner, which the data of a document does not hold; where it was removed, that is said.
    `digest` is that of the data: its first digits stand at the foot.
    """
    told = content(kind, data, language=language)
    known = documents.parts(on=date.fromisoformat(data["on"]))["words"]
    word = {key: text[told["language"]] for key, text in known.items()}
    to = dict(told["addressee"])
    if to["role"] == "petitioner":
        to["name"] = addressee or word["removed"]
    verify = str(data.get("verify") or "")
    before, between, after = HOLE.split(word["page"])[::2]
    body = told | {
        "version": __version__,
        "to": to["name"],
        "to_sign": word["to"],
        "seal": word["seal_place"],
        "qr": qr(verify) if verify else "",
        "verify": verify,
        "verify_word": word["verify"],
        "digest": digest[:SHORT],
        "page": [before, between, after],
    }
    return set_in_type("notice.typ", body)


def as_data(kind: str, data: Mapping[str, Any], *, language: str) -> Body:
    """The same content as JSON: what machines read instead of the PDF."""
    return content(kind, data, language=language) | {"verify": str(data.get("verify") or "")}
