"""From a source's rows to notices in our codes: one line a notice and hazard, nothing dropped, what is turned away with its reason."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from zhiheng import dates, rules
from zhiheng.errors import SourceError
from zhiheng.surveillance.notices.feed import Feed, Source

TO = "sampling-plan-2026"
NOBODY = "nobody has decided where this product belongs"
UNNAMED = "neither the hazard nor the subject holds words that the hazard tree knows"
Row = Mapping[str, str | None]
Reject = tuple[int, str, str, str, str, str]


@dataclass(frozen=True)
class Read:
    """Lines of NOTICES as rows, and rejects: (row, column, code, reason, remedy, text). Rows = notices + rejects + duplicates."""

    lines: list[dict[str, Any]]
    rejects: list[Reject]
    received: int
    notices: int
    duplicates: int


def notices(rows: Iterable[tuple[int, Row]], feed: Feed, *, known: Sequence[str] = ()) -> Read:
    """The notices of numbered rows of texts; one whose key is among `known`, or came before, is a duplicate."""
    seen, lines, rejects, received, kept = set(known), [], [], 0, 0
    placed, named = cache(placing(feed)), cache(naming())
    for number, row in rows:
        received += 1
        try:
            made = notice(row, number, feed)
        except SourceError as error:
            rejects.append(
                (
                    number,
                    "day",
                    "day",
                    str(error),
                    "correct the day, or add its form to the profile",
                    str(dict(row))[:500],
                )
            )
            continue
        if made["notice"] in seen:
            continue
        seen.add(made["notice"])
        kept += 1
        product, why = placed(made["category"], made["product"])
        for item, text in enumerate(hazards(row, feed.columns["hazard"]), start=1):
            code, basis = named(text)
            lines.append(
                made
                | {"item": item, "hazard": text[:300], "hazard_code": code, "hazard_basis": basis}
                | {"product_code": product, "product_basis": why}
            )
    return Read(lines, rejects, received, kept, received - kept - len(rejects))


def notice(row: Row, number: int, feed: Feed) -> dict[str, Any]:
    """What a row says of the notice itself. SourceError: no day that can be read."""
    day = dates.day(taken(row, feed.columns["day"]), formats=feed.columns["day"].forms)
    key = "|".join(str(row.get(name) or "") for name in feed.key)
    parts = key if key.strip("|") else "|".join(f"{name}={row.get(name) or ''}" for name in feed.needed)
    plain = {name: taken(row, feed.columns[name]) if name in feed.columns else "" for name in PLAIN}
    digest = hashlib.sha256(f"{feed.name}|{parts}".encode()).hexdigest()[:12]
    return plain | {
        "notice": f"{feed.name}-{digest}",
        "source": feed.name,
        "kind": feed.kind,
        "day": day,
        "row": number,
        "seriousness": plain["seriousness"] or "unknown",
    }


PLAIN = ("product", "category", "origin", "region", "action", "seriousness", "url", "language")


def taken(row: Row, source: Source) -> str:
    """The text of one of our columns; a code that the profile does not name is `unknown` where it names any."""
    if source.constant:
        return source.constant
    text = " ".join(" ".join(str(row.get(name) or "") for name in source.columns).split())[:600]
    return source.codes.get(text, "unknown") if source.codes else text


def hazards(row: Row, source: Source) -> list[str]:
    """The hazards that a row names, each once; where it names none, the text of the other columns stands for them."""
    text = taken(row, source)
    parts = re.split(source.split, text) if source.split else [text]
    found = list(dict.fromkeys(part.strip() for part in parts if part.strip()))
    return found or [taken(row, Source(source.otherwise)) if source.otherwise else ""]


def placing(feed: Feed) -> Any:
    """From category and words of a source to our category, by the dated decisions of the law."""
    known = rules.categories()

    def placed(category: str, product: str) -> tuple[str, str]:
        found = known.place(category, product, origin=feed.scheme, scheme=TO)
        return (found.to, f"{found.why} ({found.since})") if found else ("", NOBODY)

    return placed


def naming() -> Any:
    """From the words of a hazard to the path of ours."""
    tree, analytes = rules.hazards(), rules.analytes()

    def named(text: str) -> tuple[str, str]:
        return tree.read(text, analytes) or ("", UNNAMED)

    return named
