"""RFC 3797, Publicly Verifiable Nominations Committee Random Selection: its key and its MD5-based selection, exactly.

Eastlake (2004). The selection is offered because committees still use it; Zhiheng's own draws take only its key, as one
kind of public randomness, and a stronger stream.
"""

import hashlib
from collections.abc import Sequence

from zhiheng.errors import SeedInvalid


def key(sources: Sequence[Sequence[int]]) -> str:
    """The key of section 4: each source's whole numbers ascending, a point behind each, a slash behind each source.

    >>> key([[9319], [2, 5, 12, 8, 10]])
    '9319./2.5.8.10.12./'
    """
    for place, numbers in enumerate(sources, start=1):
        if not numbers or any(
            not isinstance(number, int) or isinstance(number, bool) or number < 0 for number in numbers
        ):
            raise SeedInvalid(
                f"source {place}: {list(numbers)} are not whole numbers of 0 or more; give them as published"
            )
    if not sources:
        raise SeedInvalid("no source of numbers: RFC 3797 needs at least one, better several")
    return "".join("".join(f"{number}." for number in sorted(numbers)) + "/" for numbers in sources)


def digest(text: str, place: int) -> bytes:
    """The 16 bytes that decide the selection at a place, counted from 0."""
    counter = place.to_bytes(2, "big")
    return hashlib.md5(counter + text.encode("ascii") + counter, usedforsecurity=False).digest()


def select(text: str, *, pool: int, n: int) -> list[int]:
    """The places selected in order, counted from 1 as in the RFC, each out of those that are left.

    >>> select(key([[9319], [2, 5, 12, 8, 10], [9, 18, 26, 34, 41, 45]]), pool=25, n=3)
    [17, 7, 2]
    """
    if not 0 <= n <= pool < 2**16:
        raise SeedInvalid(f"{n} of {pool} cannot be selected by RFC 3797: at most the pool, and a pool below 65,536")
    left = list(range(1, pool + 1))
    return [left.pop(int.from_bytes(digest(text, place), "big") % len(left)) for place in range(n)]
