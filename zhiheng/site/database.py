"""Where the register is kept: SQLite in the workspace, or the PostgreSQL that ZHIHENG_DATABASE names."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from zhiheng.errors import UsageError

FORM = "postgresql://user:password@host:5432/name"


def settings(address: str, workspace: Path) -> dict[str, Any]:
    """Django's settings of the database at an address; without one, SQLite in the workspace.

    >>> settings("postgresql://z:a%40b@db:5433/zhiheng", Path("var"))["PASSWORD"]
    'a@b'
    """
    if not address:
        return embedded(workspace / "register.sqlite3")
    found = urlsplit(address)
    if found.scheme not in ("postgresql", "postgres") or not found.path.strip("/"):
        raise UsageError(f"ZHIHENG_DATABASE is no address of a PostgreSQL database: write it as {FORM}, or unset it")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(found.path.strip("/")),
        "USER": unquote(found.username or ""),
        "PASSWORD": unquote(found.password or ""),
        "HOST": unquote(found.hostname or ""),
        "PORT": str(found.port or ""),
        "OPTIONS": dict(parse_qsl(found.query)),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def embedded(file: Path) -> dict[str, Any]:
    """SQLite: readers beside one writer; a writer takes its lock when it begins, so that none fails half way."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(file),
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        },
    }
