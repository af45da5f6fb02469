"""Records linked by digest: each holds the digest of the one before, so that a change of any is seen in all that follow.

A chain shows what was altered inside it. That its end was cut off is seen only by somebody who noted its last digest elsewhere.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

START = "0" * 64


def canonical(body: Any) -> str:
    """JSON with sorted keys and no blanks, in ASCII, so that one content has one text.

    >>> canonical({"b": 1, "a": "质"})
    '{"a":"\\\\u8d28","b":1}'
    """
    return json.dumps(body, ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest(body: Any) -> str:
    """SHA-256 of a content."""
    return hashlib.sha256(canonical(body).encode()).hexdigest()


def linked(before: str, body: Mapping[str, Any]) -> str:
    """The digest of a record that follows the one with digest `before`."""
    return digest({"before": before, "body": body})


def first_broken(records: Iterable[tuple[str, Mapping[str, Any], str]], *, start: str = START) -> int | None:
    """The place, from 1, of the first record (before, body, digest) that is not what was written; None when all hold."""
    last = start
    for place, (before, body, noted) in enumerate(records, start=1):
        if before != last or linked(before, body) != noted:
            return place
        last = noted
    return None
