"""Whether a document was issued here: what anybody who holds it may be told, and whether a file is that document."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from zhiheng.register import queries
from zhiheng.register.acts import files
from zhiheng.register.models import Account, Document, Event, Report
from zhiheng.reports import notice
from zhiheng.rules import documents as kinds_of
from zhiheng.selection import chain

TOKEN = re.compile(r"[A-Za-z0-9_-]{16,43}")
STANDINGS = ("in_force", "replaced", "amended", "altered")
LARGEST_FILE = 4 * 2**20  # bytes; the longest notice of the tests has 200 kB
PDF = b"%PDF-"
STAR = "*"
FORMS = (
    "有限责任公司",
    "股份有限公司",
    "有限公司",
    "分公司",
    "公司",
    "工厂",
    "厂",
    "超市",
    "商店",
    "商行",
    "经营部",
    "店",
    "合作社",
    "研究院",
    "中心",
    "部",
)
BEYOND = 2  # how many characters of a firm's name are shown
Body = dict[str, Any]


@dataclass(frozen=True)
class Verified:
    """What anybody may know of a document.

    standing   in_force; replaced by a later one of the same case and kind; amended: a report it rests on was; altered: the record
               here is not what was issued
    """

    kind: str
    title: Mapping[str, str]
    number: str
    on: date
    authority: str
    addressee: str
    digest: str
    standing: str
    later: str = ""


def verified(token: str, *, reader: Account | None = None) -> Verified | None:
    """The document of a token; None where none was issued, or it is internal and not for the reader.

    The same questions are asked either way, so all take as long.
    """
    document = opened(token, reader).select_related("event").first()
    standing, later = stands(document)
    if document is None:
        return None
    told = document.data["text"]["zh"]
    kind = kinds_of.kind(document.kind, on=date.fromisoformat(document.data["on"]))
    return Verified(
        kind=document.kind,
        title=kind.title,
        number=document.number,
        on=timezone.localdate(document.issued_at),
        authority=told["issuer"],
        addressee=masked(told["addressee"]["role"], told["addressee"]["name"]),
        digest=document.digest,
        standing=standing,
        later=later,
    )


def opened(token: str, reader: Account | None) -> QuerySet[Document]:
    """The document of a token, where whoever holds the paper may know of it: an internal one is for its own readers alone."""
    found = Document.objects.filter(token=token if TOKEN.fullmatch(token) else "")
    outward = ~Q(kind__in=kinds_of.internal(on=timezone.localdate()))
    own = queries.documents(reader).values("pk") if reader else Document.objects.none().values("pk")
    return found.filter(outward | Q(pk__in=own))


def stands(document: Document | None) -> tuple[str, str]:
    """Whether a document still holds, and the number of what came after it."""
    case, kind, number = (document.case_id, document.kind, document.pk) if document else (0, "", 0)
    later = (
        Document.objects.filter(case_id=case, kind=kind, pk__gt=number)
        .order_by("-pk")
        .values_list("number", flat=True)
        .first()
    )
    rests = {(one["number"], one["version"]) for one in (document.data.get("reports", ()) if document else ())}
    released = Report.objects.filter(case_id=case).exclude(released_at=None).values_list("number", "version")
    newest = dict(sorted(released))
    if document is None:
        return "", ""
    if not intact(document):
        return "altered", ""
    if later and kinds_of.kind(kind, on=date.fromisoformat(document.data["on"])).replaces:
        return "replaced", later
    amended = [
        f"{report}/{newest[report]}" for report, version in sorted(rests) if newest.get(report, version) > version
    ]
    return ("amended", amended[0]) if amended else ("in_force", "")


def intact(document: Document) -> bool:
    """Whether the record is what was issued: its digest, and its number in the event that made it."""
    event: Event = document.event
    issued = (event.data or {}).get("issued")
    return chain.digest(document.data) == document.digest and (
        issued is None or issued.get(document.kind) == document.number
    )


def masked(role: str, name: str) -> str:
    """A name of which enough stays to know it again, and no more; an authority and a laboratory are named in full.

    >>> masked("subject", "广州市天河区宝贝之家母婴用品有限公司"), masked("subject", "张三丰"), masked("petitioner", "")
    ('广州**有限公司', '张**', '')
    """
    if role not in ("subject", "producer", "petitioner"):
        return name
    form = next((one for one in FORMS if name.endswith(one) and len(name) > len(one) + BEYOND), "")
    if form:
        return f"{name[:BEYOND]}{STAR * 2}{form}"
    if name.isascii():
        return " ".join(f"{word[0]}{STAR * 2}" for word in name.split())
    return f"{name[:1]}{STAR * 2}" if name else ""


def pdf(document: Document, *, language: str) -> bytes:
    """The PDF of a document. What was given out is noted, so that it is known again when fonts or typesetter have changed."""
    made = rendered(document.pk, document.digest, language, addressee(document))
    place = given_out(document, hashlib.sha256(made).hexdigest())
    place.parent.mkdir(parents=True, exist_ok=True)
    place.touch()
    return made


@lru_cache(maxsize=64)
def rendered(key: int, digest: str, language: str, to: str) -> bytes:
    """The PDF as this version sets it; asked again for the same document it is not set again."""
    document = Document.objects.get(pk=key)
    return notice.notice(document.kind, document.data, language=language, addressee=to, digest=digest)


def addressee(document: Document) -> str:
    """The name of a petitioner, where the document goes to one and the name is still kept."""
    if document.data["text"]["zh"]["addressee"]["role"] != "petitioner":
        return ""
    found = getattr(document.case, "petitioner", None)
    return found.name if found else ""


def given_out(document: Document, digest: str) -> Any:
    """The mark that a PDF of this digest was given out for a document."""
    return files.folder() / "documents" / document.token / digest


def as_data(document: Document, *, language: str) -> Body:
    """A document as data."""
    told = notice.as_data(document.kind, document.data, language=language)
    return told | {"token": document.token, "digest": document.digest}


def is_same(token: str, content: bytes, *, reader: Account | None = None) -> bool | None:
    """Whether a file is the document of a token, as PDF or as JSON, in either language; None when it is neither kind of file.

    A PDF is this document when it was given out for it, byte by byte, or is what its data gives now.
    """
    document = opened(token, reader).select_related("case").first()
    if document is None:
        return False
    if content.startswith(PDF):
        if given_out(document, hashlib.sha256(content).hexdigest()).exists():
            return True
        to = addressee(document)
        return any(rendered(document.pk, document.digest, language, to) == content for language in notice.LANGUAGES)
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return any(told == as_data(document, language=language) for language in notice.LANGUAGES)
