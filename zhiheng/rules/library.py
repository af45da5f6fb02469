"""The law that ships with the package, read once a process."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from zhiheng.errors import RuleFileInvalid, RuleNotInForce, RuleUnknown
from zhiheng.rules import categories as tables
from zhiheng.rules import hazards as dangers
from zhiheng.rules import reader, vocabulary
from zhiheng.rules.book import Book, Rule
from zhiheng.rules.categories import Categories
from zhiheng.rules.vocabulary import Analytes, Condition


def law() -> Traversable:
    """The folder of the law."""
    return files("zhiheng") / "law"


@lru_cache(maxsize=1)
def book() -> Book:
    """Every rule of every jurisdiction."""
    return read_book(law())


@lru_cache(maxsize=1)
def analytes() -> Analytes:
    """Every test item."""
    folder = law() / "int" / "vocabulary"
    named = sorted(
        (entry for entry in folder.iterdir() if entry.name.startswith("analytes")), key=lambda entry: entry.name
    )
    return vocabulary.read((entry.name, entry.read_text(encoding="utf-8")) for entry in named)


@lru_cache(maxsize=1)
def hazards() -> dangers.Hazards:
    """The tree of hazards, with the words by which notices name them."""
    place = law() / "int" / "vocabulary" / "hazards.csv"
    return dangers.read(place.read_text(encoding="utf-8"), name=place.name)


@lru_cache(maxsize=1)
def conditions() -> dict[str, Condition]:
    """Every condition under which a rule may hold."""
    place = law() / "int" / "vocabulary" / "conditions.csv"
    return vocabulary.read_conditions(place.name, place.read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def categories() -> Categories:
    """Every category tree and every decision between two."""
    trees: dict[str, dict[str, str]] = {}
    decisions: dict[tuple[str, str], tuple[tables.Decision, ...]] = {}
    for place, entry in walk(law()):
        if "/categories/" not in f"/{place}" or not entry.name.endswith(".csv"):
            continue
        name, text = entry.name.removesuffix(".csv"), entry.read_text(encoding="utf-8")
        if "-to-" in name:
            origin, scheme = name.split("-to-")
            decisions[origin, scheme] = tables.decisions(text, name=place)
        else:
            trees[name] = tables.tree(text, name=place)
    return Categories(trees, decisions)


@lru_cache(maxsize=8)
def fingerprint(part: str = "") -> str:
    """Sixteen hexadecimal digits of the whole law, or of the files whose path holds a word: they change when any of them does."""
    return fingerprint_of(law(), part)


def fingerprint_of(root: Traversable, part: str = "") -> str:
    """The fingerprint of the files under a folder whose path holds a word."""
    digest = hashlib.sha256()
    for place, entry in walk(root):
        if part in place:
            digest.update(place.encode() + b"\0" + entry.read_bytes())
    return digest.hexdigest()[:16]


def read_settings(path: Traversable, *, on: date) -> tuple[dict[str, str], dict[str, Any]]:
    """Title, and what a file of dated conventions that somebody brings says on a day."""
    body = reader.load(path, name=path.name)
    if not isinstance(body.get("title"), dict) or not isinstance(body.get("values"), dict):
        raise RuleFileInvalid(f"{path.name}: 'title' and 'values' are needed, as in the files under law/int")
    return {key: str(text) for key, text in bare(body["title"]).items()}, in_force(body, name=path.name, on=on)


@lru_cache(maxsize=4096)
def settings(name: str, *, on: date, place: str = "int") -> dict[str, Any]:
    """The conventions in force on the day from a dated, cited file of a place's law, such as `proposal` or `sampling/risks`.

    What is given back is shared, by all days of one value: nobody changes it.
    """
    known = conventions(name, place)
    days = [day for day in known if day <= on]
    return known[max(days)] if days else in_force({"values": known}, name=f"{place}/{name}", on=on)


@lru_cache(maxsize=64)
def conventions(name: str, place: str) -> dict[date, dict[str, Any]]:
    """Every value of such a file by its first day, read once: casework asks for the same few on very many days."""
    body = reader.load(law() / place / f"{name}.yaml", name=f"{place}/{name}.yaml")
    days = [day for day in body["values"] if isinstance(day, date)]
    return {day: in_force(body, name=f"{place}/{name}", on=day) for day in days}


def programmes() -> tuple[str, ...]:
    """The names of the programmes that say how their inspections are planned, such as `food-2026`."""
    folder = law() / "cn" / "programmes"
    return tuple(sorted(entry.name for entry in folder.iterdir() if entry.is_dir() and (entry / "plan.yaml").is_file()))


@lru_cache(maxsize=32)
def programme(name: str, *, on: date) -> dict[str, Any]:
    """The terms of a programme's plans in force on the day, with their title, citation and day.

    >>> programme("food-2026", on=date(2026, 11, 22))["coverage_months"]
    24
    """
    if name not in programmes():
        raise RuleUnknown(f"there is no programme '{name[:40]}'; there are {', '.join(programmes())}")
    place = f"cn/programmes/{name}/plan"
    body = reader.load(law() / "cn" / "programmes" / name / "plan.yaml", name=f"{place}.yaml")
    told = in_force(body, name=place, on=on, whole=True)
    return told | {"name": name, "title": bare(body["title"]), "checked": body.get("checked")}


def in_force(body: Mapping[str, Any], *, name: str, on: date, whole: bool = False) -> dict[str, Any]:
    """What a loaded file of dated values says for a day; `whole`: with its citation and the day since when."""
    days = sorted(day for day in body["values"] if isinstance(day, date) and day <= on)
    if not days:
        raise RuleNotInForce(
            f"{name}: no value on {on}; the first begins on {min(d for d in body['values'] if isinstance(d, date))}"
        )
    found: dict[str, Any] = bare(body["values"][days[-1]])
    if whole:
        return found | {"since": days[-1].isoformat()}
    return {key: value for key, value in found.items() if key != "cite"}


def bare(value: Any) -> Any:
    """What a law file says, without the line numbers that its reading left in every mapping."""
    if isinstance(value, dict):
        return {key: bare(entry) for key, entry in value.items() if key != reader.PLACE}
    return [bare(entry) for entry in value] if isinstance(value, list) else value


def read_book(root: Traversable) -> Book:
    """Every rule under a folder of law."""
    rules: dict[str, Rule] = {}
    for place, entry in walk(root):
        if "/limits/" not in f"/{place}" or not entry.name.endswith(".yaml"):
            continue
        jurisdiction, _, name = place.rpartition("/limits/")
        prefix = f"{jurisdiction}/{name.removesuffix('.yaml')}"
        for rule in reader.family(entry, folder=parent(root, place), prefix=prefix, name=place):
            if rule.key in rules:
                raise RuleFileInvalid(f"{place}: the key '{rule.key}' is already taken in {rules[rule.key].source}")
            rules[rule.key] = rule
    return Book(rules)


def parent(root: Traversable, place: str) -> Traversable:
    """The folder that holds a place."""
    for step in place.split("/")[:-1]:
        root = root / step
    return root


def walk(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, Traversable]]:
    """Every file under a folder with its relative place, in order."""
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        place = f"{prefix}{entry.name}"
        if entry.is_dir():
            yield from walk(entry, f"{place}/")
        else:
            yield place, entry
