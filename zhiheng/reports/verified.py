"""Verifications of draws for the doors: made once for files as they stand, one at a time, with nothing written beside them."""

import tempfile
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

from zhiheng.errors import UsageError
from zhiheng.selection.ceremony import Ceremony, opened
from zhiheng.selection.inspection import Check, inspect

SHA256_DIGITS = 64
KEPT = 64
alone = Lock()  # however many ask at once


def checksum(text: str) -> str:
    """A checksum as somebody typed or pasted it. UsageError: it is none.

    >>> checksum(" AB" + "0" * 62 + " ")[:4]
    'ab00'
    """
    found = "".join(text.split()).lower()
    if found and (len(found) != SHA256_DIGITS or set(found) - set("0123456789abcdef")):
        raise UsageError(f"published: '{text[:80]}' is not a SHA-256 of {SHA256_DIGITS} hexadecimal digits")
    return found


def checked(entry: Ceremony, published: str = "") -> list[Check]:
    """The checks of a draw; they are made again only when one of its files was touched."""
    with alone:
        return list(_checked(entry.folder, _standing(entry.folder), published))


@lru_cache(maxsize=KEPT)
def _checked(folder: Path, standing: tuple[Any, ...], published: str) -> tuple[Check, ...]:  # noqa: ARG001
    entry = opened(folder.parents[1], folder.name, now=0)
    with tempfile.TemporaryDirectory(prefix="zhiheng-draw-") as scratch:
        return tuple(inspect(entry, published=published, scratch=Path(scratch)))


def _standing(folder: Path) -> tuple[Any, ...]:
    """What tells that a file was touched: names, places on disk, lengths, times."""
    found = ((path.name, path.stat()) for path in sorted(folder.iterdir()))
    return tuple((name, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns) for name, stat in found)
