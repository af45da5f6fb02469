"""Mails: written beside their message, sent afterwards, so that no act waits for a mail server.

Sending is at least once. A mail is claimed, sent, then marked as sent; a process that dies between the last two sends it once more.
A doubled reminder does less harm than one that never came, and its Message-ID is the same, so that mail programs show it once.
Without a mail server (ZHIHENG_SMTP) mails stay here, and the page of mails shows them.
"""

import hashlib
import smtplib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import F
from django.utils import timezone

from zhiheng import rules
from zhiheng.register.models import Mail, Message

SMTP = "django.core.mail.backends.smtp.EmailBackend"
STALE = "not sent: it was too old when a mail server could be reached"


@dataclass(frozen=True)
class Delivery:
    """What one round of sending did."""

    sent: int = 0
    failed: int = 0
    waiting: int = 0


def terms(now: datetime) -> dict[str, Any]:
    """How often and how long sending is tried."""
    found: dict[str, Any] = rules.settings("escalation", on=timezone.localdate(now))["mail"]
    return found


def written(message: Message, *, now: datetime) -> Mail:
    """The mail of a reminder, in Chinese and in English; it names no person."""
    told, number = message.told, message.case.number if message.case else ""
    lines = []
    for said, due, law in (("zh", "最后一日：", "依据："), ("en", "Last day: ", "By: ")):
        lines += [
            f"{left(told['days'])[said]} · {told['title'].get(said, told['key'])}",
            f"{number} {message.case.title if message.case else ''}".strip(),
            f"{due}{told['due']}",
            f"{law}{told['cite'].get('act', '')}{told['cite'].get('at', '')}",
            told["explanation"].get(said, ""),
            "",
        ]
    subject = f"{left(told['days'])['zh']}：{told['title'].get('zh', told['key'])} {told['due']} {number}"
    return Mail.objects.create(
        to=message.to.email, subject=subject[:200], text="\n".join(lines), message=message, made_at=now
    )


def left(days: int) -> dict[str, str]:
    """How many days are left of a deadline, or how late it is.

    >>> left(3)["en"], left(0)["zh"], left(-1)["en"]
    ('3 days left', '今日到期', '1 day late')
    """
    if days == 0:
        return {"zh": "今日到期", "en": "due today"}
    many = "s" if abs(days) > 1 else ""
    if days > 0:
        return {"zh": f"还有{days}日到期", "en": f"{days} day{many} left"}
    return {"zh": f"已逾期{-days}日", "en": f"{-days} day{many} late"}


def waiting(now: datetime) -> list[Mail]:
    """Mails whose next try has come, the oldest first. Try n + 1 comes 2ⁿ waits after the mail was made."""
    given = terms(now)
    found = Mail.objects.filter(sent_at=None, tries__lt=given["tries"]).exclude(fault=STALE)
    return [one for one in found[: given["at_once"] * 10] if next_try(one, given["first_wait_minutes"]) <= now][
        : given["at_once"]
    ]


def next_try(mail: Mail, wait: int) -> datetime:
    """When a mail is tried next."""
    return mail.made_at + timedelta(minutes=wait * (2**mail.tries - 1))


def deliver(*, at: datetime | None = None, through: BaseEmailBackend | None = None) -> Delivery:
    """Send what waits. `through` is another way to send than the mail server of the settings."""
    now = at or timezone.now()
    if through is None and settings.SMTP is None:
        return Delivery(waiting=Mail.objects.filter(sent_at=None).count())
    given = terms(now)
    stale(now - timedelta(days=given["stale_days"]))
    server = through or get_connection(SMTP, timeout=given["seconds"], **settings.SMTP)
    sent = failed = 0
    for mail in waiting(now):
        if not claimed(mail):
            continue
        fault = attempted(mail, server)
        sent, failed = sent + (not fault), failed + bool(fault)
        Mail.objects.filter(pk=mail.pk).update(fault=fault, sent_at=None if fault else now)
    left = Mail.objects.filter(sent_at=None, tries__lt=given["tries"]).exclude(fault=STALE).count()
    return Delivery(sent, failed, left)


def stale(before: datetime) -> None:
    """Leave unsent what nobody needs to be told of by mail any more."""
    Mail.objects.filter(sent_at=None, made_at__lt=before).exclude(fault=STALE).update(fault=STALE)


def claimed(mail: Mail) -> bool:
    """Whether this process may try to send a mail: of several that ask at once, one gets it."""
    return bool(Mail.objects.filter(pk=mail.pk, sent_at=None, tries=mail.tries).update(tries=F("tries") + 1))


def attempted(mail: Mail, server: BaseEmailBackend) -> str:
    """Send a mail; what went wrong, or nothing."""
    body = EmailMessage(
        mail.subject,
        mail.text,
        from_email=settings.MAIL_FROM,
        to=[mail.to],
        headers={"Message-ID": message_id(mail), "Auto-Submitted": "auto-generated"},
        connection=server,
    )
    try:
        body.send()
    except (smtplib.SMTPException, OSError, ValueError) as error:
        return f"{type(error).__name__}: {error}"[:300]
    return ""


def message_id(mail: Mail) -> str:
    """The same name for every try of a mail."""
    made = f"{mail.pk} {mail.to} {mail.made_at.timestamp()}"
    return f"<{hashlib.sha256(made.encode()).hexdigest()[:32]}@{settings.MAIL_FROM.rpartition('@')[2] or 'localhost'}>"
