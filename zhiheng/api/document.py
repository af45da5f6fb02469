"""Documents of cases: for anybody whether one was issued here, for those who may read it what it says."""

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Path, Query, Router
from pydantic import BaseModel, ConfigDict, Field

from zhiheng.api.access import access, caller, counted
from zhiheng.api.fault import FAULTS
from zhiheng.api.model import Day
from zhiheng.errors import DocumentUnknown
from zhiheng.register import queries, verifying

router = Router(tags=["documents"])
Token = Annotated[str, Path(description="The code of a document, from its QR code", pattern="^[A-Za-z0-9_-]{16,43}$")]
Standing = Literal[verifying.STANDINGS]  # type: ignore[valid-type]
EXAMPLE: dict[str, Any] = {
    "kind": "result_notice",
    "title": {"zh": "检验结果通知书", "en": "Notice of the test result"},
    "number": "（粤440100）市监抽通〔2026〕000012号",
    "on": "2026-09-21",
    "authority": "广州市市场监督管理局",
    "addressee": "广州**有限公司",
    "digest": "5f2b…",
    "standing": "in_force",
    "later": "",
}


class DocumentVerified(BaseModel):
    """What anybody may know of a document that was issued here."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})
    kind: str
    title: dict[str, str] = Field(description="In both languages")
    number: str
    on: Day
    authority: str = Field(description="Who issued it")
    addressee: str = Field(description="Masked; empty where it goes to a person or to the file")
    digest: str = Field(description="SHA-256 of what it says")
    standing: Standing = Field(
        description="in_force; replaced by a later one of the same case and kind; amended: a report it rests on was; "
        "altered: the record here is not what was issued"
    )
    later: str = Field("", description="What replaced or amended it")


class DocumentAddressee(BaseModel):
    """Who a document goes to."""

    role: str = Field(examples=["subject"])
    name: str = Field(description="Empty for a person, whose name is not kept in the document")


class DocumentColumn(BaseModel):
    """A column of a table."""

    label: str
    width: int = Field(description="Share of the width")


class DocumentBlock(BaseModel):
    """A part of the text: a paragraph or heading has a text, a table a title, columns and rows."""

    type: Literal["text", "heading", "table"]
    text: str = ""
    strong: bool = False
    title: str = ""
    columns: list[DocumentColumn] = []
    rows: list[list[str]] = []


class DocumentContent(BaseModel):
    """Everything that stands on a document: what its PDF is set from."""

    kind: str
    language: Literal["zh", "en"]
    number: str
    title: str
    layout: str = Field(description="letter or record")
    issuer: str
    addressee: DocumentAddressee
    case: str
    day: str = Field(description="As it stands on the paper")
    blocks: list[DocumentBlock]
    copies: str
    signatures: list[str] = Field(description="Places to sign")
    cite: str
    layout_note: str = Field(description="What is not known of the official layout")
    verify: str = Field(description="Where anybody can verify it")
    token: str
    digest: str


@router.get(
    "/documents/{token}",
    response={200: DocumentVerified, **FAULTS},
    operation_id="document",
    summary="Was this document issued here · 文书核验",
)
@access("public")
def one(request: HttpRequest, token: Token) -> Any:
    """Whether a document was issued here, by whom, when, and whether it still holds. Names are masked."""
    counted(request, "verify")
    found = verifying.verified(token, reader=caller(request))
    if found is None:
        raise unknown()
    return found.__dict__ | {"title": dict(found.title)}


@router.get(
    "/documents/{token}/content",
    response={200: DocumentContent, **FAULTS},
    operation_id="document_content",
    summary="What a document says · 文书内容",
    exclude_unset=True,
)
@access("signed")
def content(request: HttpRequest, token: Token, language: Literal["zh", "en"] = Query("zh")) -> Any:
    """The whole content of a document as data, for those who may read it."""
    found = queries.documents(request.account).filter(token=token).select_related("case").first()
    if found is None:
        raise unknown()
    return verifying.as_data(found, language=language)


def unknown() -> DocumentUnknown:
    """The one answer for every code that shows nothing."""
    return DocumentUnknown("no document with this code was issued here, or it is not for whoever asks")
