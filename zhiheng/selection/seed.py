"""The seed of a draw: public randomness that nobody knew when the list was frozen, bound to the manifest of that list.

    seed = SHA-256("zhiheng-draw/1 seed\\n" + SHA-256 of manifest.json + entropy)

Three kinds of entropy: a drand round; numbers published elsewhere (RFC 3797); secrets that several parties promised by their
hash and then reveal. With the last, all parties together could choose: name those whose interests differ.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from zhiheng.errors import DrawInvalid, SeedInvalid
from zhiheng.selection import beacon, rfc3797
from zhiheng.selection.stream import FORMAT

LEAST_SECRET = 16
HASH_DIGITS = 64


def seed(manifest: bytes, entropy: bytes) -> bytes:
    """The 32 bytes that decide the draw, from the bytes of manifest.json and the entropy."""
    return hashlib.sha256(f"{FORMAT} seed\n".encode() + hashlib.sha256(manifest).digest() + entropy).digest()


def promise(name: str, secret: bytes) -> str:
    """The hash by which a party promises a secret before the draw.

    >>> promise("市场监管局", bytes(16))[:16]
    'c25ba492f40c9d42'
    """
    return hashlib.sha256(f"{FORMAT} promise\n{name}\n".encode() + secret).hexdigest()


def entropy(terms: Mapping[str, Any], given: Mapping[str, Any]) -> bytes:
    """The entropy of the seed: what the plan asked for, proved by what was given. SeedInvalid: it does not hold."""
    return KINDS[str(terms["kind"])][1](terms, given)


def check_terms(terms: Mapping[str, Any]) -> None:
    """Refuse a plan's seed that could not be used."""
    kind = terms.get("kind")
    if kind not in KINDS:
        raise DrawInvalid(f"plan.json seed.kind: '{kind}' is not one of {', '.join(KINDS)}")
    KINDS[str(kind)][0](terms)
    announced(terms)


def announced(terms: Mapping[str, Any]) -> float | None:
    """The moment at which the seed becomes known, in seconds since 1970, or nothing where the plan names none.

    >>> announced({"kind": "drand", "round": 2, "chain": {"genesis_time": 1692803367, "period": 3}})
    1692803370.0
    >>> announced({"kind": "rfc3797", "on": "2026-12-01T20:30:00+08:00"})
    1796128200.0
    """
    if terms["kind"] == "drand" and isinstance(terms.get("chain"), Mapping):
        return float(beacon.published(terms["chain"], terms["round"]))
    if "on" not in terms:
        return None
    try:
        moment = datetime.fromisoformat(str(terms["on"]))
    except ValueError as error:
        raise DrawInvalid(
            f"plan.json seed.on: '{terms['on']}' is no moment such as 2026-12-01T20:30:00+08:00"
        ) from error
    if terms["kind"] == "drand" or moment.tzinfo is None:
        told = "a drand round has its own moment; leave it out" if terms["kind"] == "drand" else "add the zone: +08:00"
        raise DrawInvalid(f"plan.json seed.on: '{terms['on']}': {told}")
    return moment.timestamp()


def _drand_terms(terms: Mapping[str, Any]) -> None:
    number = terms.get("round")
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise DrawInvalid(
            f"plan.json seed.round: {number!r} is not the number of a drand round; name one that is still to come"
        )


def _drand(terms: Mapping[str, Any], given: Mapping[str, Any]) -> bytes:
    if given.get("round") != terms["round"]:
        raise SeedInvalid(
            f"the beacon is of round {given.get('round')}, the plan names round {terms['round']}: fetch that one"
        )
    return beacon.randomness(terms["chain"], given)


def _rfc3797_terms(terms: Mapping[str, Any]) -> None:
    sources = terms.get("sources")
    if (
        not isinstance(sources, list)
        or not sources
        or not all(isinstance(source, str) and source for source in sources)
    ):
        raise DrawInvalid(
            "plan.json seed.sources: name each source of numbers and its day, in order, before they are known"
        )


def _rfc3797(terms: Mapping[str, Any], given: Mapping[str, Any]) -> bytes:
    values = given.get("values")
    if not isinstance(values, list) or len(values) != len(terms["sources"]):
        raise SeedInvalid(
            f"seed.json values: the plan names {len(terms['sources'])} sources, give one list of numbers for each, in that order"
        )
    return rfc3797.key(values).encode("ascii")


def _reveal_terms(terms: Mapping[str, Any]) -> None:
    parties = terms.get("parties")
    if not isinstance(parties, dict) or len(parties) < 2:
        raise DrawInvalid("plan.json seed.parties: at least two parties, each with the hash of its secret")
    for name, promised in parties.items():
        if not isinstance(promised, str) or len(promised) != HASH_DIGITS or set(promised) - set("0123456789abcdef"):
            raise DrawInvalid(f"plan.json seed.parties: {name} has no hash of {HASH_DIGITS} hexadecimal digits")


def _reveal(terms: Mapping[str, Any], given: Mapping[str, Any]) -> bytes:
    secrets = given.get("secrets")
    held = secrets if isinstance(secrets, dict) else {}
    missing = [name for name in terms["parties"] if name not in held]
    if missing:
        raise SeedInvalid(
            f"{missing[0]} has not revealed: 'zhiheng draw reveal FOLDER --party {missing[0]} --secret …'"
        )
    return b"".join(check_secret(terms, name, str(held[name])) for name in sorted(terms["parties"]))


def check_secret(terms: Mapping[str, Any], name: str, digits: str) -> bytes:
    """A party's secret of whole bytes, if it is the one that was promised."""
    if name not in terms["parties"]:
        raise SeedInvalid(f"{name} is not a party of this draw: {', '.join(terms['parties'])} are")
    try:
        secret = bytes.fromhex(digits)
    except ValueError as error:
        raise SeedInvalid(f"the secret of {name} is not hexadecimal digits") from error
    if len(secret) < LEAST_SECRET:
        raise SeedInvalid(
            f"the secret of {name} has {len(secret)} bytes; at least {LEAST_SECRET}, or it can be guessed"
        )
    if promise(name, secret) != terms["parties"][name]:
        raise SeedInvalid(f"the secret of {name} is not the one that was promised: nothing is drawn")
    return secret


KINDS: dict[
    str, tuple[Callable[[Mapping[str, Any]], None], Callable[[Mapping[str, Any], Mapping[str, Any]], bytes]]
] = {
    "drand": (_drand_terms, _drand),
    "rfc3797": (_rfc3797_terms, _rfc3797),
    "reveal": (_reveal_terms, _reveal),
}
