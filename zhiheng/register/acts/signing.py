"""Signing in and out as events: who, when, from where, and every try that failed. Never a password, a code or a key."""

from datetime import datetime

from django.db import transaction

from zhiheng.register.acts import audit
from zhiheng.register.acts.permission import act
from zhiheng.register.models import Account

UNKNOWN = "-"  # what was typed may be a password in the wrong field: a name that no account has is not kept


@act
def signed_in(*, by: Account, at: datetime, address: str, methods: list[str]) -> None:
    """Somebody signed in, by these methods."""
    noted(by, "sign_in", at, address, methods=methods)


@act
def signed_out(*, by: Account, at: datetime, address: str) -> None:
    """Somebody signed out."""
    noted(by, "sign_out", at, address)


@act
def sessions_ended(*, by: Account, at: datetime, address: str, count: int) -> None:
    """Somebody ended the own sessions elsewhere."""
    noted(by, "sessions_ended", at, address, count=count)


@act
def password_changed(*, by: Account, at: datetime, address: str) -> None:
    """Somebody changed the own password; one that others have made is over with."""
    with transaction.atomic():
        Account.objects.filter(pk=by.pk).update(has_given_password=False)
        noted(by, "password_changed", at, address)


@act
def factor_changed(*, by: Account, at: datetime, address: str, what: str, kind: str) -> None:
    """Somebody added, removed, used or renewed a second factor, passkey or recovery codes."""
    noted(by, f"factor_{what}", at, address, factor=kind)


@act
def failed(*, by: None = None, username: str, at: datetime, address: str, what: str) -> None:
    """A try that failed, at the password, at the second factor or at a key; told of the account when there is one."""
    known = Account.objects.filter(username=username).first()
    with transaction.atomic():
        audit.record(
            by,
            kind="account",
            key=known.username if known else UNKNOWN,
            act=f"{what}_failed",
            at=at,
            data={"address": address},
        )


def noted(by: Account, what: str, at: datetime, address: str, **data: object) -> None:
    """An event of the own account."""
    with transaction.atomic():
        audit.record(by, kind="account", key=by.username, act=what, at=at, data={"address": address, **data})
