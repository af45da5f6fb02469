"""The mail server that ZHIHENG_SMTP names; without one, mails stay in the register."""

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from zhiheng.errors import UsageError

FORM = "smtps://user:password@host:465?from=sender@example.cn, or smtp://host:25?from=…&tls=0"
SCHEMES = {"smtp": 587, "smtps": 465}


def settings(address: str) -> tuple[dict[str, Any] | None, str]:
    """What Django's sender takes, and who sends; None without an address. `smtp` asks for STARTTLS unless `tls=0` says not to.

    >>> settings("smtps://a%40b.cn:x@mail.b.cn?from=a@b.cn")[0]["username"]
    'a@b.cn'
    """
    if not address:
        return None, ""
    found = urlsplit(address)
    asked = parse_qs(found.query)
    sender = asked.get("from", [""])[0]
    try:
        port = found.port
    except ValueError:
        port = -1
    if found.scheme not in SCHEMES or not found.hostname or "@" not in sender or port == -1:
        raise UsageError(f"ZHIHENG_SMTP is no address of a mail server with a sender: write it as {FORM}, or unset it")
    return {
        "host": found.hostname,
        "port": port or SCHEMES[found.scheme],
        "username": unquote(found.username or ""),
        "password": unquote(found.password or ""),
        "use_ssl": found.scheme == "smtps",
        "use_tls": found.scheme == "smtp" and asked.get("tls", ["1"])[0] != "0",
    }, sender
