"""Documents: what one says, its PDF and its data for those who may see the case; and for anybody, whether it was issued here."""

from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt

from zhiheng.register import queries, verifying
from zhiheng.register.models import Account, Document
from zhiheng.reports import notice
from zhiheng.web.access import access
from zhiheng.web.limits import limited
from zhiheng.web.pages import common
from zhiheng.web.shell import language

TYPES = {"pdf": "application/pdf", "json": "application/json"}


@access("signed")
def document(request: HttpRequest, token: str) -> HttpResponse:
    """One document as it was issued."""
    found = seen(request, token)
    told = notice.content(found.kind, found.data, language=language())
    number = found.number
    context = {
        "title": told["title"],
        "active": "documents",
        "told": told | {"blocks": [told_block(block) for block in told["blocks"]]},
        "to": verifying.addressee(found) or told["addressee"]["name"],
        "number": number,
        "digest": found.digest,
        "pdf": reverse("document_file", args=[token, "pdf"]),
        "json": reverse("document_file", args=[token, "json"]),
        "verify": reverse("verify", args=[token]),
    }
    return render(request, "document.html", context)


@access("signed")
def file(request: HttpRequest, token: str, form: str) -> HttpResponse:
    """A document to keep: as PDF in the language of the reader, or as data."""
    found = seen(request, token)
    if form == "json":
        answer: HttpResponse = JsonResponse(
            verifying.as_data(found, language=language()), json_dumps_params={"ensure_ascii": False}
        )
    elif form == "pdf":
        answer = HttpResponse(verifying.pdf(found, language=language()), content_type=TYPES["pdf"])
    else:
        raise Http404
    answer["Content-Disposition"] = f'inline; filename="{found.kind}-{found.pk}-{language()}.{form}"'
    answer["Cache-Control"] = "private, no-store"
    return answer


@access("public")
@limited("verify", reads=True)
@csrf_exempt  # nobody is signed in and nothing is changed; and a body that is too large is refused before it is read
def verify(request: HttpRequest, token: str) -> HttpResponse:
    """Whether a document was issued here, and whether a file is that document. Tries are counted by zhiheng/web/limits.py."""
    said = ""
    if request.method == "POST":
        length = common.whole(request.META.get("CONTENT_LENGTH"))
        if length is None or length > verifying.LARGEST_FILE:
            said = "large"
        else:
            handed = request.FILES.get("file")
            said = compared(reader(request), token, handed.read()) if handed else "none"
    found = verifying.verified(token, reader=reader(request))
    status = HTTPStatus.OK if found else HTTPStatus.NOT_FOUND
    context = {
        "title": gettext("Verify a document"),
        "active": "documents",
        "found": found,
        "facts": facts(found) if found else [],
        "said": said,
        "token": token,
        "most": verifying.LARGEST_FILE // 2**20,
        "api": f"/api/documents/{token}",
    }
    answer = render(request, "verify.html", context, status=int(status))
    answer["Cache-Control"] = "no-store"
    answer["X-Robots-Tag"] = "noindex"
    return answer


def reader(request: HttpRequest) -> Account | None:
    """Who is signed in: the authority's own people verify internal papers too."""
    return request.user if request.user.is_authenticated else None  # type: ignore[return-value]


def compared(who: Account | None, token: str, content: bytes) -> str:
    """What to say of a file that was handed in."""
    return {True: "same", False: "other", None: "unreadable"}[verifying.is_same(token, content, reader=who)]


def facts(found: verifying.Verified) -> list[dict[str, str]]:
    """What anybody may know of a document, as key and value."""
    rows = [
        (gettext("Document"), found.title[language()]),
        (gettext("Document number"), found.number),
        (gettext("Issued by"), found.authority),
        (gettext("Issued on"), found.on.isoformat()),
        (gettext("Addressed to"), found.addressee or "–"),
        (gettext("Digest (SHA-256)"), found.digest),
    ]
    return [{"label": label, "text": text} for label, text in rows]


def seen(request: HttpRequest, token: str) -> Document:
    """A document that is for whoever asks; one that is not for them is as if it were not there."""
    found = queries.documents(request.user).filter(token=token).select_related("case").first()
    if found is None:
        raise Http404
    return found


def told_block(block: dict) -> dict:
    """A part of the text as the page shows it: a table in the shape of components/table.html."""
    if block["type"] != "table":
        return block
    columns = [{"label": column["label"]} for column in block["columns"]]
    rows = [
        [{"column": column, "text": text} for column, text in zip(columns, row, strict=True)] for row in block["rows"]
    ]
    return block | {"table": {"label": block["title"], "columns": columns, "rows": rows, "cards": True}}
