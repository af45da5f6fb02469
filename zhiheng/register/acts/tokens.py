"""Keys with which a laboratory's own program calls the API: shown once, kept as a digest, ended on a day or before."""

import hashlib
import secrets
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction

from zhiheng import rules
from zhiheng.errors import ActRefused, SignInRefused
from zhiheng.register.acts import audit
from zhiheng.register.acts.permission import act
from zhiheng.register.models import Account, Token

BEGINNING = "zhk_"
SEEN_EVERY = timedelta(minutes=1)


@act
def issue(*, by: Account, label: str, at: datetime, days: int | None = None) -> tuple[Token, str]:
    """A new key of the own account, and the key itself: nobody can see it again."""
    terms = rules.settings("security", on=date.today())["token"]
    lasts = terms["days"] if days is None else days
    if not 1 <= lasts <= terms["most_days"]:
        raise ActRefused(f"a key lasts 1 to {terms['most_days']} days, not {lasts}")
    if not label.strip():
        raise ActRefused("say what the key is for, so that it can be told from others when it is revoked")
    key = BEGINNING + secrets.token_urlsafe(32)
    with transaction.atomic():
        found = Token.objects.create(
            account=by,
            label=label.strip()[:80],
            mark=key[:8],
            digest=digest(key),
            made_at=at,
            expires_at=at + timedelta(days=lasts),
        )
        audit.record(
            by,
            kind="account",
            key=by.username,
            act="token_issued",
            at=at,
            data={"token": found.pk, "label": found.label, "days": lasts},
        )
    return found, key


@act
def revoke(*, by: Account, token: Token, at: datetime) -> None:
    """End a key of the own organisation at once."""
    with transaction.atomic():
        visible = Token.objects.filter(account__organisation=by.organisation)
        if by.role == "administrator":
            visible = Token.objects.all()
        found = visible.select_for_update(of=("self",)).filter(pk=token.pk).first()
        if found is None:
            raise ActRefused("there is no such key")
        if found.revoked_at is not None:
            raise ActRefused("this key is revoked already")
        found.revoked_at = at
        found.save(update_fields=["revoked_at"])
        audit.record(
            by, kind="account", key=found.account.username, act="token_revoked", at=at, data={"token": found.pk}
        )


def holder(key: str, *, at: datetime) -> Account:
    """The account of a key that holds; SignInRefused for every other one, always in the same words."""
    found = Token.objects.select_related("account__organisation").filter(digest=digest(key)).first()
    if (
        found is None
        or found.revoked_at is not None
        or found.expires_at <= at
        or not found.account.is_active
        or found.account.role != "laboratory"
        or (found.account.is_demo and not settings.DEMO)
    ):
        raise SignInRefused(
            "this key does not hold: it is unknown, revoked or over. Make a new one on the page of your account"
        )
    if found.used_at is None or at - found.used_at > SEEN_EVERY:
        Token.objects.filter(pk=found.pk).update(used_at=at)
    return found.account


def digest(key: str) -> str:
    """What is kept of a key. It is 256 bits at random, so a plain digest cannot be searched."""
    return hashlib.sha256(key.encode()).hexdigest()
