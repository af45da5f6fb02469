"""Procedures and periods of the law that ships with the package, or of a folder like it."""

import hashlib
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources.abc import Traversable

from zhiheng.errors import RuleNotInForce, RuleUnknown
from zhiheng.rules.book import Citation
from zhiheng.rules.library import law
from zhiheng.rules.procedures import reading_acts, reading_periods, source
from zhiheng.rules.procedures.checking import check
from zhiheng.rules.procedures.period import Period, Text
from zhiheng.rules.procedures.procedure import Act, Procedure, State
from zhiheng.rules.procedures.source import Node

FILE_KEYS = {"title", "checked", "statute", "sources", "cite", "since", "law_of", "states", "acts", "deadlines"}
FILE_KEYS |= {"documents", "note"}
PERIODS_ONLY = {"title", "checked", "statute", "sources", "deadlines", "note"}
LAW_OF = {"start": None, "case": None}


@dataclass(frozen=True)
class Whole:
    """A file of procedures or periods, through all of time."""

    key: str
    title: Text
    region: str
    since: date
    law_of: str
    cite: Citation
    checked: date | None
    states: dict[str, State]
    acts: dict[str, Act]
    periods: dict[str, Period]
    documents: dict[str, Text]
    fingerprint: str


def procedures(*, region: str = "", root: Traversable | None = None) -> tuple[str, ...]:
    """The keys of all procedures.

    >>> "product-sampling" in procedures()
    True
    """
    return tuple(source.files(root or law(), "procedures", region))


def procedure(key: str, *, on: date, region: str = "", root: Traversable | None = None) -> Procedure:
    """A procedure as in force on a day in a region (digits of GB/T 2260; empty: the nation).

    >>> procedure("product-sampling", on=date(2026, 11, 22)).initial.key
    'planned'
    """
    return ruled(key, on, region) if root is None else dated(read(key, region=region, root=root), on=on)


@lru_cache(maxsize=1024)
def ruled(key: str, on: date, region: str) -> Procedure:
    """A procedure of the package; a case asks for its own again and again."""
    return dated(kept(key, region), on=on)


def dated(whole: Whole, *, on: date) -> Procedure:
    """A file as in force on a day."""
    key = whole.key
    if not whole.states:
        raise RuleUnknown(f"'{key}' has periods only, no states and acts; its periods are read with period()")
    if on < whole.since:
        raise RuleNotInForce(f"{key}: no procedure on {on}; it begins on {whole.since} with {whole.cite.act}")
    roles, _, times = words()
    return Procedure(
        key=key,
        title=whole.title,
        on=on,
        region=whole.region,
        law_of=whole.law_of,
        states=whole.states,
        acts=reading_acts.in_force(whole.acts, on),
        periods=whole.periods,
        roles=roles,
        documents=whole.documents,
        times=times,
        cite=whole.cite,
        checked=whole.checked,
        fingerprint=whole.fingerprint,
    )


def period(key: str, *, region: str = "", root: Traversable | None = None) -> Period:
    """A period through time, by its key `file/period`.

    >>> period("trademark/opposition").at(date(2027, 1, 1)).value.length
    2
    """
    file, _, name = key.partition("/")
    known = read(file, region=region, root=root).periods
    if name not in known:
        raise RuleUnknown(f"'{file}' has no period '{name}'; it has {', '.join(known)}")
    return known[name]


def periods(*, region: str = "", root: Traversable | None = None) -> tuple[Period, ...]:
    """Every period of every file."""
    keys = [key for folder in source.FOLDERS for key in source.files(root or law(), folder, region)]
    return tuple(one for key in keys for one in read(key, region=region, root=root).periods.values())


def read(key: str, *, region: str = "", root: Traversable | None = None) -> Whole:
    """A file with its region's variants, read and checked; that of the package is read once a process."""
    return kept(key, region) if root is None else opened(key, region=region, home=root)


@lru_cache(maxsize=256)
def kept(key: str, region: str) -> Whole:
    """A file of the package."""
    return opened(key, region=region, home=law())


def opened(key: str, *, region: str, home: Traversable) -> Whole:
    """A file of a folder of law."""
    for folder in source.FOLDERS:
        found = source.files(home, folder, region)
        if key in found:
            return whole(
                key, source.load(home, found[key]), region=region, folder=folder, digest=digest(home, found[key])
            )
    known = [one for folder in source.FOLDERS for one in source.files(home, folder, region)]
    raise RuleUnknown(f"no procedure and no list of periods has the key '{key[:40]}'; there are {', '.join(known)}")


def whole(key: str, node: Node, *, region: str, folder: str, digest: str) -> Whole:
    """What a file says."""
    moves = folder == "procedures"
    node.known(FILE_KEYS if moves else PERIODS_ONLY)
    node.need("title", "checked", "deadlines", *(("cite", "since", "states", "acts") if moves else ()))
    roles, documents, times = words()
    documents = documents | {name: one.text() for name, one in node.node("documents").nodes()}
    periods = reading_periods.periods(node, prefix=key, region=region, countings=countings(), roles=roles, times=times)
    states = reading_acts.states(node) if moves else {}
    acts = reading_acts.acts(node, roles=roles, documents=documents, times=times) if moves else {}
    law_of = str(node.body.get("law_of", "start"))
    reading_periods.word(law_of, LAW_OF, "law_of", node.at("law_of"))
    if moves:
        check(node, states=states, acts=acts, periods=periods)
    cite = source.cited(node, node.node("sources"), place=node.top)[0] if moves else Citation("")
    return Whole(
        key,
        node.node("title").text(),
        region,
        node.day("since") or date.min,
        law_of,
        cite,
        node.day("checked"),
        states,
        acts,
        periods,
        documents,
        digest,
    )


def digest(root: Traversable, places: list[str]) -> str:
    """Sixteen hexadecimal digits of the files and of how statutes count: they change when any of them does."""
    found = hashlib.sha256((law() / source.COUNTRY / "counting.yaml").read_bytes())
    for place in places:
        found.update(place.encode() + b"\0" + (root / place).read_bytes())
    return found.hexdigest()[:16]


@lru_cache(maxsize=1)
def countings() -> reading_periods.Countings:
    """How each statute counts."""
    return reading_periods.countings(source.load(law(), [f"{source.COUNTRY}/counting.yaml"]))


@lru_cache(maxsize=1)
def words() -> tuple[dict[str, Text], dict[str, Text], dict[str, Text]]:
    """Roles, documents, and kinds of time that may not count, as all procedures name them."""
    node = source.load(law(), [f"{source.COUNTRY}/casework.yaml"])
    node.known({"title", "roles", "documents", "times"})
    roles, documents, times = (
        {key: one.text() for key, one in node.node(name).nodes()} for name in ("roles", "documents", "times")
    )
    return roles, documents, times
