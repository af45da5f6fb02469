"""Whether the site may start as its environment says; refused with a sentence that says what is missing."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from zhiheng.errors import UsageError

SECRET_LEAST = 50  # characters, and so many different ones below: what `django check --deploy` asks for
SECRET_DIFFERENT = 5


def checked(environment: Mapping[str, str]) -> None:
    """Refuse an environment in which the site would be open and not safe.

    >>> checked({"ZHIHENG_HOSTS": "a.example", "ZHIHENG_SECRET": "0123456789abcdef" * 4})
    """
    hosts, secret = environment.get("ZHIHENG_HOSTS", "").strip(","), environment.get("ZHIHENG_SECRET", "")
    origin, proxies = environment.get("ZHIHENG_ORIGIN", ""), environment.get("ZHIHENG_PROXIES", "0")
    if hosts and not secret:
        raise UsageError(
            "ZHIHENG_HOSTS opens the site beyond this machine: set ZHIHENG_SECRET to a long random text as well"
        )
    if secret and (len(secret) < SECRET_LEAST or len(set(secret)) < SECRET_DIFFERENT):
        raise UsageError(
            f"ZHIHENG_SECRET is too weak: set it to at least {SECRET_LEAST} random characters, such as the output of "
            "python -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    if "*" in hosts:
        raise UsageError(
            "ZHIHENG_HOSTS takes names, not patterns: a site that answers to every name can be made to lie about its own"
        )
    if hosts and environment.get("ZHIHENG_DEMO", "") == "1":
        raise UsageError("ZHIHENG_DEMO lets everybody in with one click: unset it, or unset ZHIHENG_HOSTS")
    if origin and (
        urlsplit(origin).scheme != "https" or urlsplit(origin).path or urlsplit(origin).hostname not in hosts.split(",")
    ):
        raise UsageError(
            "ZHIHENG_ORIGIN is how browsers name the site: write https:// and one of the names in ZHIHENG_HOSTS, no path"
        )
    seconds = environment.get("ZHIHENG_TICK_SECONDS", "60")
    if not seconds.isdecimal() or int(seconds) < 1:
        raise UsageError("ZHIHENG_TICK_SECONDS is how many seconds pass between two looks at the deadlines, such as 60")
    if not proxies.isdecimal():
        raise UsageError("ZHIHENG_PROXIES is the number of proxies before the site, such as 1")
