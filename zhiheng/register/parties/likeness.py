"""Organisations that may be the same one: found by name, telephone and address, scored, and told why. Nothing is merged by it."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from typing import Any

from zhiheng.register.parties import names

SHORTEST = 5  # characters of a name from which a slip of one character is looked for: with fewer it is another name
DIGITS = re.compile(r"[^0-9]")


@dataclass(frozen=True)
class Firm:
    """What is compared of an organisation; `number` is its own in the register, or a row of a file as a negative one."""

    number: int
    name: str
    core: str
    region: str
    credit_code: str
    phone: str
    address: str


@dataclass(frozen=True)
class Likely:
    """Two organisations that may be one: how likely between 0 and 1, and what speaks for it and against it."""

    number: int
    other: int
    score: float
    why: tuple[str, ...]


def firm(number: int, fields: Mapping[str, Any], *, on: date) -> Firm:
    """An organisation as it is compared."""
    region = str(fields.get("region") or "")
    name = str(fields.get("name") or "")
    address = names.parted(str(fields.get("address") or ""), names.spelling(on))[0]
    return Firm(
        number,
        names.key(name, on=on),
        names.core(name, region, on=on),
        region,
        str(fields.get("credit_code") or ""),
        DIGITS.sub("", str(fields.get("phone") or ""))[-11:],
        f"{region}{address}" if len(address) > SHORTEST else "",
    )


class Index:
    """Firms by what they can be found by."""

    def __init__(self, firms: Iterable[Firm], *, on: date) -> None:
        self.on = on
        self.terms = {name: float(value) for name, value in names.terms(on)["duplicates"].items()}
        self.firms: dict[int, Firm] = {}
        self.places: defaultdict[str, list[int]] = defaultdict(list)
        for one in firms:
            self.put(one)

    def put(self, one: Firm) -> None:
        """Add a firm."""
        self.firms[one.number] = one
        for key in keys(one):
            self.places[key].append(one.number)

    def near(self, one: Firm) -> Iterator[Firm]:
        """Firms that share a key with one; what too many share says nothing."""
        seen = {one.number}
        for key in keys(one):
            bucket = self.places.get(key, ())
            if len(bucket) > self.terms["crowd"]:
                continue
            for number in bucket:
                if number not in seen:
                    seen.add(number)
                    yield self.firms[number]

    def likely(self, one: Firm) -> list[Likely]:
        """The likely duplicates of a firm, the likeliest first."""
        found = [pair for other in self.near(one) if (pair := self.judged(one, other)).score >= self.terms["least"]]
        return sorted(found, key=lambda pair: (-pair.score, pair.other))[: int(self.terms["most"])]

    def judged(self, one: Firm, other: Firm) -> Likely:
        """How likely two firms are one."""
        likeness = alike(one.core, other.core, names.spelling(self.on).branches)
        score, why = self.terms["name"] * likeness, ["same_name" if likeness == 1 else "near_name"]
        if one.region and one.region == other.region:
            score, why = score + self.terms["region"], [*why, "same_county"]
        elif one.region[:4] and one.region[:4] == other.region[:4]:
            score, why = score + self.terms["region"] / 2, [*why, "same_city"]
        for field in ("address", "phone"):
            if getattr(one, field) and getattr(one, field) == getattr(other, field):
                score, why = score + self.terms[field], [*why, f"same_{field}"]
        if one.credit_code and other.credit_code and one.credit_code != other.credit_code:
            score, why = score - self.terms["codes_differ"], [*why, "codes_differ"]
        return Likely(one.number, other.number, round(max(score, 0.0) * (likeness > 0), 3), tuple(why))


def keys(one: Firm) -> Iterator[str]:
    """What a firm can be found by: its name, its name with one character left out, its telephone, its address."""
    yield f"n{one.core}"
    if len(one.core) >= SHORTEST:
        yield from {f"d{one.core[:place]}{one.core[place + 1 :]}" for place in range(len(one.core))}
    if one.phone:
        yield f"p{one.phone}"
    if one.address:
        yield f"a{one.address}"


def alike(one: str, other: str, branches: tuple[str, ...]) -> float:
    """How like two names are, between 0 and 1; a branch and its firm are two.

    >>> alike("某某食品", "某某食品", ())
    1.0
    """
    if [word in one for word in branches] != [word in other for word in branches]:
        return 0.0
    return 1.0 if one == other else SequenceMatcher(None, one, other, autojunk=False).ratio()


def pairs(index: Index) -> list[Likely]:
    """Every likely pair of an index once, the likeliest first."""
    found = [pair for one in index.firms.values() for pair in index.likely(one) if pair.number < pair.other]
    back = {(pair.number, pair.other) for pair in found}
    for one in index.firms.values():  # a firm with many likenesses may leave out one that has it among its own few
        found += [
            Likely(pair.other, pair.number, pair.score, pair.why)
            for pair in index.likely(one)
            if pair.other < pair.number and (pair.other, pair.number) not in back
        ]
    return sorted(set(found), key=lambda pair: (-pair.score, pair.number, pair.other))
