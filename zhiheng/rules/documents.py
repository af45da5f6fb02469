"""Documents as data: what each kind of notice says, to whom, in which number series; read from law/cn/documents, every fault named.

A file is one kind. Its text has placeholders such as {subject}; one that nobody knows is refused with file and line.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources.abc import Traversable
from typing import Any

from zhiheng.errors import RuleFileInvalid, RuleNotInForce, RuleUnknown
from zhiheng.rules import library, reader
from zhiheng.rules.reader import Place

PLACE = "cn/documents"
PARTS = "parts"
LANGUAGES = ("zh", "en")
LAYOUTS = ("letter", "record")
ROLES = ("authority", "subject", "producer", "laboratory", "retest_laboratory", "petitioner", "public", "file")
READERS = ("firm", "laboratory", "retest_laboratory", "petitioner", "body", "public")
ISSUERS = ("authority", "laboratory", "retest_laboratory", "subject", "producer")
TABLES = ("samples", "reserve", "findings", "failed", "retest_findings", "course", "papers")
BLOCKS = ("zh", "heading", "table", "periods", "remedies")
# what a document may name of the case, and of what was said in it: prefix.key
NAMES = (
    "case", "title", "day", "number", "authority", "addressee", "procedure", "act", "cite", "why", "state",
    "subject", "subject_code", "subject_address", "producer", "producer_code", "producer_address", "laboratory", "retest_laboratory",
    "product", "product_full", "model", "mark", "standard", "batch", "sampled_on", "samples",
    "failed_items", "failed_count", "items_count", "report", "report_day", "retest_report", "retest_day", "retest_failed",
)  # fmt: skip
PREFIXES = ("said", "told", "number_of", "day_of", "due")
HOLE = re.compile(r"\{([^{}]*)\}")
KIND_KEYS = {
    "title",
    "cite",
    "checked",
    "word",
    "layout",
    "issuer",
    "addressee",
    "readers",
    "body",
    "copies",
    "signatures",
    "replaces",
    "form",
    "note",
}
BLOCK_KEYS = {*BLOCKS, "en", "title", "needs", "lacks", "strong", "acts", "procedures"}
Text = Mapping[str, str]
Body = dict[str, Any]


@dataclass(frozen=True)
class Block:
    """One part of a document's text: a paragraph, a heading, a table, the periods or the remedies it tells.

    `needs` are placeholders that must have something to say, `lacks` ones that must not, `acts` and `procedures` those in which
    alone it stands; or the part is left out.
    """

    sort: str
    text: Text
    names: tuple[str, ...]
    needs: tuple[str, ...]
    lacks: tuple[str, ...]
    acts: tuple[str, ...]
    procedures: tuple[str, ...]
    strong: bool
    place: Place


@dataclass(frozen=True)
class Kind:
    """A kind of document on one day.

    word       its word in the number, such as 抽通
    issuer     whose name stands at its head, and addressee: who it goes to; of each the first that the case has
    readers    who reads it beside the staff of the authority; nobody: it is internal
    replaces   whether a later one of the same case takes the place of this one
    form       the sampling forms that are its paper, where it is one
    """

    key: str
    title: Text
    word: str
    layout: str
    issuer: tuple[str, ...]
    addressee: tuple[str, ...]
    readers: tuple[str, ...]
    body: tuple[Block, ...]
    copies: tuple[Text, ...]
    signatures: tuple[Text, ...]
    replaces: bool
    form: tuple[str, ...]
    cite: Body
    checked: date | None
    since: date

    @property
    def is_internal(self) -> bool:
        """Whether it never leaves the authority."""
        return not self.readers

    @property
    def standing(self) -> str:
        """`unverified` while nobody has read an official layout."""
        return "unverified" if self.checked is None else f"checked {self.checked}"

    def holes(self) -> Iterator[tuple[str, Place]]:
        """Every placeholder of the text, with the line on which it stands."""
        for block in self.body:
            for said in block.text.values():
                yield from ((name, block.place) for name in HOLE.findall(said))
            yield from ((name, block.place) for name in (*block.needs, *block.lacks))


@lru_cache(maxsize=1)
def keys() -> tuple[str, ...]:
    """Every kind that has a file."""
    entries = (library.law() / "cn" / "documents").iterdir()
    names = (entry.name.removesuffix(".yaml") for entry in entries if entry.name.endswith(".yaml"))
    return tuple(sorted(name for name in names if name != PARTS))


def kind(key: str, *, on: date) -> Kind:
    """A kind of document as it stands on the day.

    >>> kind("result_notice", on=date(2026, 11, 22)).word
    '抽通'
    """
    if key not in keys():
        raise RuleUnknown(f"there is no document '{key[:40]}' in {PLACE}; there are {', '.join(keys())}")
    known = versions(key)
    days = [day for day in known if day <= on]
    return known[max(days)] if days else read(file_of(key), key=key, on=on)


@lru_cache(maxsize=256)
def versions(key: str) -> dict[date, Kind]:
    """Every version of a kind by its first day, read once: a case asks for those of all its papers, each on its own day."""
    body = reader.load(file_of(key), name=f"{PLACE}/{key}.yaml")
    days = [day for day in body.get("values", ()) if isinstance(day, date)]
    return {day: read(file_of(key), key=key, on=day) for day in days}


def file_of(key: str) -> Traversable:
    """Where a kind is written down."""
    return library.law() / "cn" / "documents" / f"{key}.yaml"


@lru_cache(maxsize=64)
def read_by(*readers: str, on: date) -> tuple[str, ...]:
    """The kinds that any of these readers reads, as the mark stands on the day; what is not in force yet has its first mark.

    >>> "result_notice" in read_by("firm", on=date(2026, 11, 22)), "case_closure" in read_by("firm", on=date(2026, 11, 22))
    (True, False)
    """
    wanted = {*readers, "public"}
    return tuple(key for key in keys() if wanted & set(kind(key, on=max(on, first_day(key))).readers))


@lru_cache(maxsize=64)
def internal(*, on: date) -> tuple[str, ...]:
    """The kinds that never leave the authority."""
    return tuple(key for key in keys() if kind(key, on=max(on, first_day(key))).is_internal)


def first_day(key: str) -> date:
    """The first day of a kind."""
    return min(versions(key))


def parts(*, on: date) -> Body:
    """What the documents share on a day: number series, remedies, words of tables."""
    return library.settings(f"documents/{PARTS}", on=on, place="cn")


def read(file: Traversable, *, key: str, on: date) -> Kind:
    """One file of a kind, read strictly."""
    name = f"{PLACE}/{key}.yaml"
    body = reader.load(file, name=name)
    top = Place(name, 1)
    reader.known(body, {"title", "checked", "values"}, top)
    needed(body, ("title", "checked", "values"), top)
    days = sorted(day for day in body["values"] if isinstance(day, date) and day <= on)
    if not days:
        raise RuleNotInForce(f"{PLACE}/{key}: no such document on {on}; see its first day in {name}")
    found = body["values"][days[-1]]
    place = Place(name, body["values"][reader.PLACE][days[-1]])
    reader.known(found, KIND_KEYS, place)
    needed(found, ("word", "addressee", "readers", "body", "cite"), place)
    made = Kind(
        key=key,
        title=text(found.get("title", body["title"]), place),
        word=str(found["word"]),
        layout=allowed(found.get("layout", "letter"), LAYOUTS, "layout", place),
        issuer=tuple(allowed(one, ISSUERS, "issuer", place) for one in found.get("issuer", ("authority",))),
        addressee=tuple(recipient(str(one), place) for one in found["addressee"]),
        readers=tuple(allowed(one, READERS, "readers", place) for one in found["readers"]),
        body=tuple(block(one, place) for one in found["body"]),
        copies=tuple(text(one, place) for one in found.get("copies", ())),
        signatures=tuple(text(one, place) for one in found.get("signatures", ())),
        replaces=bool(found.get("replaces", True)),
        form=tuple(map(str, found.get("form", ()))),
        cite=library.bare(found["cite"]),
        checked=found.get("checked", body["checked"]),
        since=days[-1],
    )
    for hole, where in made.holes():
        named(hole, where)
    return made


def block(body: Any, above: Place) -> Block:
    """One part of the text."""
    place = Place(above.file, min(body[reader.PLACE].values())) if isinstance(body, dict) else above
    reader.known(body, BLOCK_KEYS, place)
    sorts = [sort for sort in BLOCKS if sort in body]
    if len(sorts) != 1:
        raise place.fault(f"a part of the text is one of {', '.join(BLOCKS)}, not {', '.join(sorts) or 'none of them'}")
    sort = sorts[0]
    said: Text = {}
    if sort == "zh":
        said = text(body, place)
    elif sort == "heading":
        said = text(body["heading"], place)
    elif "title" in body:
        said = text(body["title"], place)
    if sort == "table":
        allowed(body["table"], TABLES, "table", place)
    listed = body[sort] if sort in ("periods", "remedies") else [body[sort]] if sort == "table" else ()
    return Block(
        sort={"zh": "text"}.get(sort, sort),
        text=said,
        names=tuple(map(str, listed)),
        needs=tuple(map(str, body.get("needs", ()))),
        lacks=tuple(map(str, body.get("lacks", ()))),
        acts=tuple(map(str, body.get("acts", ()))),
        procedures=tuple(map(str, body.get("procedures", ()))),
        strong=bool(body.get("strong")),
        place=place,
    )


def recipient(one: str, place: Place) -> str:
    """Who a document goes to: a role, or whom a field of the act names."""
    if one.startswith("said."):
        named(one, place)
        return one
    return allowed(one, ROLES, "addressee", place)


def remedy(key: str, *, on: date) -> Body:
    """A remedy by the law of the day.

    >>> remedy("reconsideration", on=date(2026, 11, 22))["cite"]["at"]
    '第20条'
    """
    known = parts(on=on)["remedies"]
    if key not in known:
        raise RuleUnknown(f"there is no remedy '{key[:40]}' in {PLACE}/{PARTS}.yaml; there are {', '.join(known)}")
    days = [day for day in known[key] if day <= on]
    if not days:
        raise RuleNotInForce(f"{PLACE}/{PARTS}, remedy '{key}': nothing on {on}; the first begins on {min(known[key])}")
    return dict(known[key][max(days)])


def named(hole: str, place: Place) -> None:
    """Refuse a placeholder that nobody fills."""
    prefix, dot, rest = hole.partition(".")
    if hole in NAMES or (dot and prefix in PREFIXES and re.fullmatch(r"[a-z][a-z0-9_]*", rest)):
        return
    raise place.fault(
        f"the placeholder '{{{hole}}}' is not known; known are {', '.join(NAMES)}, and {'.…, '.join(PREFIXES)}.…"
    )


def text(body: Any, place: Place) -> Text:
    """A text in both languages."""
    if not isinstance(body, dict) or not all(body.get(language) for language in LANGUAGES):
        raise place.fault("a text is wanted in both languages: {zh: …, en: …}")
    return {language: str(body[language]) for language in LANGUAGES}


def allowed(value: Any, words: tuple[str, ...], what: str, place: Place) -> str:
    """A word of its list."""
    reader.one_of(value, words, what, place)
    return str(value)


def needed(body: Mapping[Any, Any], names: tuple[str, ...], place: Place) -> None:
    """Refuse a mapping that lacks a key."""
    for name in names:
        if name not in body:
            raise place.fault(f"'{name}' is missing")


def number_of(kind_key: str, *, region: str, organisation: str, on: date) -> tuple[str, str]:
    """The number of a document before and after its running number: the first is also the key of its series.

    `region` is the division code (GB/T 2260) of the authority; without one `organisation` tells it apart.

    >>> number_of("result_notice", region="440000", organisation="7", on=date(2026, 11, 22))
    ('（粤）市监抽通〔2026〕', '号')
    """
    told = parts(on=on)["numbering"]
    holes = {
        "letter": told["provinces"].get(region[:2], ""),
        "region": region,
        "organisation": organisation,
        "own": told["own"].get(region, ""),
        "word": kind(kind_key, on=on).word,
        "year": str(on.year),
    }
    level = "own" if holes["own"] else "unplaced" if not region else "province" if region.endswith("0000") else "below"
    holes["letters"] = filled(told["letters"][level], holes)
    return filled(told["head"], holes), filled(told["tail"], holes)


def filled(template: str, values: Mapping[str, str]) -> str:
    """A template of the numbers, filled; nothing but its own placeholders is looked at."""
    lost = [name for name in HOLE.findall(template) if name not in values]
    if lost:
        raise RuleFileInvalid(
            f"{PLACE}/{PARTS}.yaml: the placeholder '{{{lost[0]}}}' is not known; known are {', '.join(values)}"
        )
    return HOLE.sub(lambda hole: values[hole[1]], template)


def digits(on: date) -> int:
    """How many digits a running number has at least."""
    return int(parts(on=on)["numbering"]["digits"])
