"""What was announced to everybody: the documents whose kind goes to the public, and nothing else of their cases.

Which kinds those are stands in zhiheng/law/cn/documents (readers). Telephone and identity numbers in free text are hidden.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, F, Max, Min, Q, QuerySet, TextField
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast
from django.utils import timezone

from zhiheng.errors import NothingThereYet, RuleNotInForce
from zhiheng.evidence.tables import Column, Table
from zhiheng.register import masking
from zhiheng.register.models import Document
from zhiheng.reports import notice
from zhiheng.reports.browse import Listing, View
from zhiheng.rules import documents as kinds_of

EVERYBODY = "public"
ANNOUNCED = Table(
    "announcements",
    "Announcements",
    "公告",
    (
        Column("number", "string", "Number", "文号"),
        Column("kind", "string", "Kind", "种类"),
        Column("on", "date", "Announced on", "公告日期"),
        Column("authority", "string", "Authority", "发布机关"),
        Column("region", "string", "Region", "地区"),
        Column("firm", "string", "Firm", "企业"),
        Column("credit_code", "string", "Unified social credit code", "统一社会信用代码"),
        Column("producer", "string", "Marked producer", "标称生产者"),
        Column("product", "string", "Product", "产品"),
        Column("failed", "string", "Nonconforming items", "不合格项目"),
        Column("token", "string", "Code to verify", "核验码"),
    ),
)
LISTING = Listing(
    ANNOUNCED,
    facets=("region", "product", "firm"),
    searched=("product", "firm", "number"),
    order=("-on", "number"),
    key="number",
    dated="on",
)
SORTS = {"on": "issued_at", "number": "number", "region": "case__region", "firm": "firm", "product": "product"}
COLUMNS = {"region": "case__region", "firm": "firm", "product": "product"}
Row = dict[str, Any]


def kinds() -> tuple[str, ...]:
    """The kinds of documents that go to everybody."""
    every = kinds_of.keys()
    return tuple(key for key in every if goes_to_everybody(key))


def goes_to_everybody(key: str) -> bool:
    """Whether a kind of document is for everybody; one that is not in force today goes nowhere."""
    try:
        return EVERYBODY in kinds_of.kind(key, on=timezone.localdate()).readers
    except RuleNotInForce:
        return False


def announced() -> QuerySet[Document]:
    """Every announcement, with firm and product as they stand in it."""

    def told(*keys: str) -> Any:
        found: Any = "data"
        for key in keys[:-1]:
            found = KeyTransform(key, found)
        # as plain text, so that conditions compare texts and not JSON
        return Cast(KeyTextTransform(keys[-1], found), TextField())

    rows = Document.objects.filter(kind__in=kinds()).select_related("case__authority")
    return rows.annotate(firm=told("parties", "subject", "name"), product=told("product", "name"))


def one(token: str) -> Document:
    """One announcement by its code; any other document is as if it were not there."""
    found = announced().filter(token=token).first()
    if found is None:
        raise NothingThereYet("there is no announcement with this code: search the list of announcements")
    return found


def chosen(asked: View, *, without: str = "") -> QuerySet[Document]:
    """The announcements of a view before order and page; `without` leaves one filter out, for its own counts."""
    rows = announced()
    for name, values in asked.filters:
        if name != without:
            rows = rows.filter(held(name, values))
    if asked.search:
        term = asked.search
        rows = rows.filter(Q(firm__icontains=term) | Q(product__icontains=term) | Q(number__icontains=term))
    if asked.since:
        rows = rows.filter(issued_at__gte=midnight(asked.since))
    if asked.until:
        rows = rows.filter(issued_at__lt=midnight(asked.until + timedelta(days=1)))
    return rows


def held(name: str, values: Sequence[str]) -> Q:
    """A filter as a condition; an empty value asks for what was not stated."""
    found = Q(**{f"{COLUMNS[name]}__in": [value for value in values if value]})
    if "" in values:
        found |= Q(**{f"{COLUMNS[name]}__isnull": True}) | Q(**{COLUMNS[name]: ""})
    return found


def page(asked: View, language: str = "zh") -> tuple[int, list[Row]]:
    """How many there are, and those of one page; `language` is that of the items that failed."""
    rows = chosen(asked)
    first = (asked.page - 1) * asked.size
    return rows.count(), [row(each, language) for each in ordered(rows, asked)[first : first + asked.size]]


def every(asked: View, *, most: int) -> list[Row]:
    """All of a view, for a file."""
    return [row(each) for each in ordered(chosen(asked), asked)[:most]]


def ordered(rows: QuerySet[Document], asked: View) -> QuerySet[Document]:
    """The rows in order, the latest first unless something else is asked."""
    name = SORTS.get(asked.sort.lstrip("-"), "issued_at")
    falling = asked.sort.startswith("-") or not asked.sort
    key = F(name).desc(nulls_last=True) if falling else F(name).asc(nulls_last=True)
    return rows.order_by(key, "-issued_at", "-pk")


def tallies(asked: View, *, most: int) -> dict[str, list[dict[str, Any]]]:
    """The values of each facet with their counts, as the other filters leave them."""
    found = {}
    for name in LISTING.facets:
        rows = chosen(asked, without=name).order_by().values(value=F(COLUMNS[name])).annotate(n=Count("pk"))
        found[name] = [{"value": each["value"] or "", "n": each["n"]} for each in rows.order_by("-n", "value")[:most]]
    return found


def row(found: Document, language: str = "zh") -> Row:
    """One announcement as a row."""
    data = found.data
    parties = data.get("parties") or {}
    subject = parties.get("subject") or {}
    items = [each["item"] for each in data.get("findings") or () if each.get("verdict") == "nonconforming"]
    failed = [item.get(language) or item["zh"] for item in items]
    return {
        "number": found.number,
        "kind": found.kind,
        "on": timezone.localdate(found.issued_at),
        "authority": str(data.get("authority") or found.case.authority.name),
        "region": found.case.region,
        "firm": masking.text(str(subject.get("name") or "")) or None,
        "credit_code": subject.get("credit_code") or None,
        "producer": masking.text(str((parties.get("producer") or {}).get("name") or "")) or None,
        "product": masking.text(str((data.get("product") or {}).get("name") or "")) or None,
        "failed": ("、" if language == "zh" else ", ").join(dict.fromkeys(failed)) or None,
        "token": found.token,
    }


def text(found: Document, language: str) -> dict[str, Any]:
    """What an announcement says."""
    said: Mapping[str, Any] = notice.content(found.kind, found.data, language=language)
    return dict(said)


def span() -> tuple[date | None, date | None]:
    """The first and the last day on which something was announced."""
    ends = announced().aggregate(first=Min("issued_at"), last=Max("issued_at"))
    first, last = (timezone.localdate(ends[name]) if ends[name] else None for name in ("first", "last"))
    return first, last


def midnight(day: date) -> datetime:
    """The moment at which a day begins."""
    return timezone.make_aware(datetime.combine(day, time()))
