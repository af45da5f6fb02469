"""Secrets of a site on its own machine: made once, kept in the workspace, readable by its owner only."""

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def kept(file: Path, make: Callable[[], bytes] = lambda: secrets.token_urlsafe(48).encode()) -> str:
    """The secret in a file; made at random where there is none, so that a restart keeps everybody signed in.

    It appears whole or not at all: of all that make it at once, each reads the one that was there first.
    """
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:
            opened.write(make())
            opened.flush()
            os.fsync(opened.fileno())
        with suppress(FileExistsError):  # another process was first, and its secret is the one that counts
            os.link(draft, file)
        draft.unlink()
    return file.read_text(encoding="utf-8").strip()
