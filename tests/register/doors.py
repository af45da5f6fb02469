"""Signing in as a browser does, for the tests: forms are posted, codes are computed by an own few lines of RFC 6238."""

import base64
import hmac
import re
import struct
import time

from django.test import Client

PASSWORD = "a sentence that is long enough 7"


def code(secret: str, *, at: float | None = None) -> str:
    """The six digits of a TOTP (RFC 6238, SHA-1, 30 seconds) for a secret in base 32."""
    moment = int((time.time() if at is None else at) // 30)
    found = hmac.digest(base64.b32decode(secret), struct.pack(">Q", moment), "sha1")
    start = found[-1] & 15
    return f"{(struct.unpack('>I', found[start : start + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


def entered(username: str, password: str = PASSWORD) -> Client:
    """A browser in which somebody typed a name and a password."""
    browser = Client()
    browser.post("/account/sign-in/", {"login": username, "password": password})
    return browser


def confirmed(browser: Client, password: str = PASSWORD) -> None:
    """Type the password again, as sensitive pages ask."""
    assert browser.post("/account/again/", {"password": password}).status_code == 302


def equipped(username: str, password: str = PASSWORD) -> tuple[Client, str]:
    """A browser in which somebody signed in and set up the app; and the app's secret."""
    browser = entered(username, password)
    confirmed(browser, password)
    page = browser.get("/account/factors/app/").content.decode()
    secret = re.search(r'class="secret">([A-Z2-7]+)<', page).group(1)  # type: ignore[union-attr]
    answer = browser.post("/account/factors/app/", {"code": code(secret)})
    assert answer.status_code == 302, answer.content.decode()
    return browser, secret
