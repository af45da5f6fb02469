"""What concerns a firm: what it has to do by when, what was found, its messages, its own data and products."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from zhiheng.register import history, queries
from zhiheng.register.models import Account, Case, Deadline, Message, Product, Report
from zhiheng.rules.procedures import Act

PARTIES = ("subject", "producer", "authority", "product")


def due(account: Account, *, most: int) -> list[Deadline]:
    """What binds the firm, the soonest first."""
    return list(queries.deadlines(account).select_related("case__authority")[:most])


def able(account: Account, case: Case) -> list[Act]:
    """What the firm may do in a case now."""
    return [one.act for one in history.open_acts(account, case) if one.allowed]


def cases(account: Account) -> QuerySet[Case]:
    """The cases that are shown to the firm, the latest first."""
    return queries.cases(account).select_related(*PARTIES).order_by("is_final", "-changed_at", "-pk")


def verdicts(found: Iterable[Case]) -> dict[int, str]:
    """What the report that was released last says of each case."""
    rows = Report.objects.filter(case__in=list(found)).exclude(released_at=None).order_by("released_at", "version")
    return {one.case_id: one.conclusion or one.verdict for one in rows}


def messages(account: Account, *, most: int) -> list[Message]:
    """The latest messages, the unread ones first."""
    rows = Message.objects.filter(to=account).select_related("case")
    unread = list(rows.filter(read_at=None)[:most])
    return unread + list(rows.exclude(read_at=None)[: max(0, most - len(unread))])


def products(account: Account) -> QuerySet[Product]:
    """The firm's own products."""
    if not account.is_active or account.role != "firm":
        return Product.objects.none()
    return Product.objects.filter(producer=account.organisation).order_by("name", "pk")


def said(message: Message) -> dict[str, Any]:
    """What a message tells: the words of an act and a state, or those of a deadline, in both languages."""
    told = message.told
    if message.kind == "reminder" and told.get("title"):
        return {"text": dict(told["title"]), "due": told.get("due", "")}
    if message.case is None:
        return {"text": {"zh": str(told.get("text", "")), "en": str(told.get("text", ""))}, "due": ""}
    known = history.procedure_of(message.case)
    act, state = known.acts.get(told.get("act", "")), known.states.get(told.get("state", ""))
    parts = [one.title for one in (act, state) if one is not None]
    return {"text": {word: " → ".join(one[word] for one in parts) for word in ("zh", "en")}, "due": ""}
