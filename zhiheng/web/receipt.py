"""What a form made, told to the browser that sent it, again if it sends twice, and kept in the clear nowhere."""

import base64
import hashlib
import json
import secrets
from datetime import date

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.cache import cache

from zhiheng import rules

WAITING = "waiting"


def nonce() -> str:
    """A new secret of a form."""
    return secrets.token_urlsafe(16)


def begun(secret: str) -> bool:
    """Whether a form with this secret is sent for the first time; from then on it is not."""
    return cache.add(place(secret), WAITING, seconds())


def forget(secret: str) -> None:
    """Let a form be sent again, as nothing came of it."""
    cache.delete(place(secret))


def keep(secret: str, number: str, code: str = "") -> None:
    """Keep number and code for the form's browser alone: the key is the form's secret, which the site does not keep."""
    sealed = box(secret).encrypt(json.dumps([number, code]).encode()).decode()
    cache.set(place(secret), sealed, seconds())


def kept(secret: str) -> tuple[str, str] | None:
    """Number and code of what a form with this secret made; None while it is being made, or when it is too long ago."""
    sealed = cache.get(place(secret))
    if sealed is None or sealed == WAITING:
        return None
    number, code = json.loads(box(secret).decrypt(sealed.encode()))
    return str(number), str(code)


def seconds() -> int:
    """How long a receipt can be asked for again."""
    return int(rules.settings("security", on=date.today())["complaint"]["receipt_minutes"]) * 60


def place(secret: str) -> str:
    """Where it is kept."""
    return "made-" + hashlib.sha256(secret.encode()).hexdigest()


def box(secret: str) -> Fernet:
    """What seals it."""
    mixed = hashlib.sha256(f"receipt {settings.SECRET_KEY} {secret}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(mixed))
