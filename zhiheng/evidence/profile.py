"""A profile: how one source's columns, units, flags, dates and codes become the tables of evidence."""

import csv
import hashlib
import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from zhiheng.errors import ProfileInvalid
from zhiheng.evidence.tables import RESULTS

SUPPORTS = ("failures", "convenience", "monitoring", "probability")
LAYOUTS = ("rows", "notices", "delivered")
TOP = {
    "name",
    "title",
    "question",
    "origin",
    "supports",
    "supports_note",
    "layout",
    "scheme",
    "rules",
    "decision",
    "day",
    "key",
    "read",
    "columns",
    "quantity",
    "items",
    "place",
    "files",
    "series",
    "strata",
}
COLUMN = {"from", "constant", "codes", "lookup", "otherwise", "empty", "forms", "digest", "join", "path", "note"}
QUANTITY = {
    "value",
    "unit",
    "unit_constant",
    "unit_codes",
    "not_detected",
    "comparator",
    "comparator_codes",
    "reporting_level",
    "uncertainty",
    "lower",
    "upper",
    "printed_limit",
    "negative",
    "note",
}
READ = {"delimiter", "encoding", "sheet", "header_row"}
SERIES = {"by", "step"}
ITEMS = {"from", "grammar", "result", "limit"}
MACHINE = {"result_id", "dataset", "source", "row", "item"}
FILLABLE = {column.name for column in RESULTS.columns} - MACHINE
COMPARATORS = ("=", "<", ">", "nd", "detected")
STEPS = ("month", "quarter", "year")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class PlainLoader(yaml.SafeLoader):
    """YAML in which a column may be called `on`, `yes` or `no`; only true and false are truth values."""


PlainLoader.yaml_implicit_resolvers = {
    mark: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool" or mark in "tTfF"]
    for mark, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True)
class Mapping:
    """Where one of our columns comes from."""

    target: str
    sources: tuple[str, ...]
    constant: str | None = None
    codes: dict[str, str | None] = field(default_factory=dict)
    otherwise: str = "keep"
    empty: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    digest: bool = False
    join: str = " > "
    path: str = ""


@dataclass(frozen=True)
class Quantity:
    """Which columns carry the measured value and what surrounds it."""

    value: str = ""
    unit: str = ""
    unit_constant: str = ""
    unit_codes: dict[str, str | None] = field(default_factory=dict)
    not_detected: tuple[str, ...] = ()
    comparator: str = ""
    comparator_codes: dict[str, str] = field(default_factory=dict)
    reporting_level: str = ""
    uncertainty: str = ""
    lower: str = ""
    upper: str = ""
    printed_limit: str = ""
    negative: bool = False


@dataclass(frozen=True)
class Profile:
    """Everything that is known about one source before a row is read."""

    name: str
    title: dict[str, str]
    question: dict[str, str]
    origin: dict[str, str]
    supports: str
    supports_note: dict[str, str]
    layout: str
    scheme: str
    rules: tuple[str, ...]
    decision: str
    day: str | date
    key: tuple[str, ...]
    place: str
    files: tuple[str, ...]
    series: dict[str, Any]
    strata: str
    read: dict[str, Any]
    columns: dict[str, Mapping]
    quantity: Quantity
    items: dict[str, str]
    fingerprint: str

    @property
    def needed(self) -> tuple[str, ...]:
        """Every column that the source must have."""
        found = [source for mapping in self.columns.values() for source in mapping.sources]
        found += [
            getattr(self.quantity, name)
            for name in (
                "value",
                "unit",
                "comparator",
                "reporting_level",
                "uncertainty",
                "lower",
                "upper",
                "printed_limit",
            )
        ]
        found += [self.items.get(name, "") for name in ("from", "result", "limit")]
        return tuple(dict.fromkeys(name for name in (*found, *self.key) if name))


def load(path: Path) -> Profile:
    """The profile in a YAML file, read strictly."""
    try:
        text = path.read_text(encoding="utf-8")
        body = yaml.load(text, Loader=PlainLoader)  # noqa: S506 - a SafeLoader
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ProfileInvalid(f"{path.name}: not readable as a profile: {error}") from error
    if not isinstance(body, dict):
        raise ProfileInvalid(f"{path.name}: a mapping of keys was expected; see docs/how-to/own-spreadsheet.md")
    check(body, TOP, path.name)
    if body.get("layout") == "delivered":
        # deliveries name their columns as we do, and each row its own day
        body = {"day": "sampled_on", "columns": {}, **body}
    for needed in ("name", "title", "supports", "scheme", "rules", "day", "columns"):
        if needed not in body:
            raise ProfileInvalid(f"{path.name}: '{needed}' is missing")
    if body["supports"] not in SUPPORTS:
        raise ProfileInvalid(f"{path.name}: supports must be one of {', '.join(SUPPORTS)}")
    sound(body, path.name)
    layout = body.get("layout", "rows")
    if layout not in LAYOUTS:
        raise ProfileInvalid(f"{path.name}: layout must be one of {', '.join(LAYOUTS)}")
    return Profile(
        name=str(body["name"]),
        title=both(body["title"]),
        question=both(body.get("question", body["title"])),
        origin={key: str(value) for key, value in (body.get("origin") or {}).items()},
        supports=body["supports"],
        supports_note=both(body.get("supports_note", "")),
        layout=layout,
        scheme=str(body["scheme"]),
        rules=tuple(body["rules"]),
        decision=str(body.get("decision", "")),
        day=body["day"],
        key=listed(body.get("key")),
        place=str(body.get("place", "")),
        files=listed(body.get("files")),
        series=section(body.get("series"), SERIES, path.name),
        strata=str(body.get("strata", "product_type")),
        read=section(body.get("read"), READ, path.name),
        columns={target: mapping(target, spec, path) for target, spec in body["columns"].items()},
        quantity=quantity(body.get("quantity"), path.name),
        items=section(body.get("items"), ITEMS, path.name),
        fingerprint=hashlib.sha256(text.encode()).hexdigest()[:16],
    )


def sound(body: dict[str, Any], name: str) -> None:
    """Refuse a word that nobody would act on: a slip in a profile must not change a verdict in silence."""
    if not NAME.fullmatch(str(body["name"])):
        raise ProfileInvalid(
            f"{name}: the name '{body['name']}' may hold letters a-z, digits, - and _ only; the title is free"
        )
    day, series = body["day"], body.get("series") or {}
    allowed: list[tuple[str, Any, tuple[str, ...]]] = [
        ("decision", body.get("decision", ""), ("", "simple", "guarded")),
        ("day", day if isinstance(day, str) else "sampled_on", ("sampled_on", "made_on")),
        ("strata", body.get("strata", "product_type"), tuple(FILLABLE)),
        ("series.step", series.get("step", "month"), STEPS),
        *(("series.by", dimension, tuple(FILLABLE)) for dimension in series.get("by", ())),
        *(
            ("comparator", word, COMPARATORS)
            for word in ((body.get("quantity") or {}).get("comparator_codes") or {}).values()
        ),
    ]
    for what, word, words in allowed:
        if word not in words:
            raise ProfileInvalid(f"{name}: {what} '{word}' is not one of {', '.join(sorted(words))}")
    if body.get("layout", "rows") == "rows" and (
        "analyte" not in body["columns"] or not (body.get("quantity") or {}).get("value")
    ):
        raise ProfileInvalid(f"{name}: a table of rows needs columns: analyte, and quantity: value")
    if body.get("layout") == "notices" and not {"from", "grammar"} <= set(body.get("items") or {}):
        raise ProfileInvalid(f"{name}: notices need items: {{from: …, grammar: …}}")
    if series and not {"by", "step"} <= set(series):
        raise ProfileInvalid(f"{name}: series needs both by and step")
    origin = body.get("origin") or {}
    if not isinstance(origin, dict) or not re.fullmatch(r"(\d{4}-\d{2}-\d{2})?", str(origin.get("retrieved", ""))):
        raise ProfileInvalid(f"{name}: origin is a mapping, and its retrieved is a day written 2026-09-28")
    if not re.fullmatch(r"(https?://\S+)?", str(origin.get("url", ""))):
        raise ProfileInvalid(f"{name}: origin.url must begin with http:// or https://")


def mapping(target: str, spec: Any, path: Path) -> Mapping:
    """One line of the profile's columns; a bare text is the name of the source column."""
    if target not in FILLABLE:
        raise ProfileInvalid(f"{path.name}: there is no column '{target}'; known are {', '.join(sorted(FILLABLE))}")
    if isinstance(spec, str):
        return Mapping(target, (spec,))
    check(spec, COLUMN, f"{path.name}, column {target}")
    codes = {str(key): None if value is None else str(value) for key, value in (spec.get("codes") or {}).items()}
    if "lookup" in spec:
        codes |= lookup(spec["lookup"], path)
    return Mapping(
        target,
        listed(spec.get("from")),
        None if "constant" not in spec else str(spec["constant"]),
        codes,
        str(spec.get("otherwise", "keep")),
        listed(spec.get("empty")),
        listed(spec.get("forms")),
        bool(spec.get("digest")),
        str(spec.get("join", " > ")),
        str(spec.get("path", "")),
    )


def lookup(spec: dict[str, str], path: Path) -> dict[str, str | None]:
    """Codes from a table beside the profile: {file, key, value}."""
    check(spec, {"file", "key", "value"}, f"{path.name}, lookup")
    table = path.parent / spec["file"]
    try:
        with table.open(encoding="utf-8-sig", newline="") as stream:
            return {row[spec["key"]]: row[spec["value"]] for row in csv.DictReader(stream)}
    except (OSError, KeyError) as error:
        raise ProfileInvalid(f"{path.name}: the look-up table {spec['file']} cannot be used: {error}") from error


def quantity(spec: Any, name: str) -> Quantity:
    """The part of the profile about measured values."""
    if spec is None:
        return Quantity()
    check(spec, QUANTITY, f"{name}, quantity")
    plain = {
        key: str(spec.get(key, ""))
        for key in (
            "value",
            "unit",
            "unit_constant",
            "comparator",
            "reporting_level",
            "uncertainty",
            "lower",
            "upper",
            "printed_limit",
        )
    }
    return Quantity(
        **plain,
        unit_codes={str(key): value for key, value in (spec.get("unit_codes") or {}).items()},
        not_detected=listed(spec.get("not_detected")),
        comparator_codes={str(key): str(value) for key, value in (spec.get("comparator_codes") or {}).items()},
        negative=bool(spec.get("negative")),
    )


def section(body: Any, keys: set[str], name: str) -> dict[str, Any]:
    """A small mapping with known keys."""
    found = body or {}
    check(found, keys, name)
    return dict(found)


def check(body: Any, keys: set[str], name: str) -> None:
    """Refuse a key that nobody reads."""
    if not isinstance(body, dict):
        raise ProfileInvalid(f"{name}: a mapping of keys was expected")
    strange = sorted(str(key) for key in body if key not in keys)
    if strange:
        raise ProfileInvalid(f"{name}: unknown key '{strange[0]}'; known are {', '.join(sorted(keys))}")


def listed(value: Any) -> tuple[str, ...]:
    """One text or several, as a tuple."""
    if value is None:
        return ()
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),)


def both(value: Any) -> dict[str, str]:
    """A text in both languages; one text serves both."""
    return (
        {"zh": "", "en": ""} | {key: str(text) for key, text in value.items()}
        if isinstance(value, dict)
        else {"zh": str(value), "en": str(value)}
    )
