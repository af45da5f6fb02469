"""The profile of a source of notices: which of its columns become ours. A new source is a YAML file, not a program."""

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from zhiheng.errors import ProfileInvalid
from zhiheng.evidence.profile import NAME, PlainLoader, both, check, listed

KINDS = ("results", "complaints", "enforcement", "media", "domestic", "foreign", "transferred")
SERIOUSNESS = ("serious", "potentially_serious", "not_serious", "unknown")
COLUMNS = (
    "day",
    "product",
    "category",
    "hazard",
    "origin",
    "region",
    "action",
    "seriousness",
    "url",
    "language",
)
NEEDED = ("name", "title", "kind", "scheme", "columns")
TOP = {*NEEDED, "origin", "files", "key", "read"}
COLUMN = {"from", "constant", "codes", "forms", "split", "otherwise_from"}


@dataclass(frozen=True)
class Source:
    """Where one of our columns comes from: columns joined by a blank, a constant, codes, forms of days, how a list is cut."""

    columns: tuple[str, ...] = ()
    constant: str = ""
    codes: dict[str, str] = field(default_factory=dict)
    forms: tuple[str, ...] = ("%Y-%m-%d",)
    split: str = ""
    otherwise: tuple[str, ...] = ()


@dataclass(frozen=True)
class Feed:
    """Everything known about a source of notices before a row is read."""

    name: str
    title: dict[str, str]
    kind: str
    scheme: str
    origin: dict[str, str]
    files: tuple[str, ...]
    key: tuple[str, ...]
    columns: dict[str, Source]
    read: dict[str, Any]
    fingerprint: str

    @property
    def needed(self) -> tuple[str, ...]:
        """Every column that the source must have."""
        named = [name for one in self.columns.values() for name in (*one.columns, *one.otherwise)]
        return tuple(dict.fromkeys([*self.key, *named]))


def load(path: Path) -> Feed:
    """The profile in a YAML file, read strictly. ProfileInvalid: a key that nobody reads, or one that is missing."""
    try:
        text = path.read_text(encoding="utf-8")
        body = yaml.load(text, Loader=PlainLoader)  # noqa: S506 - a SafeLoader
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ProfileInvalid(f"{path.name}: not readable as the profile of a source: {error}") from error
    check(body, TOP, path.name)
    lacking = [name for name in NEEDED if name not in body]
    if lacking:
        raise ProfileInvalid(f"{path.name}: '{lacking[0]}' is missing; see docs/how-to/watch-signals.md")
    if body["kind"] not in KINDS or not NAME.fullmatch(str(body["name"])):
        raise ProfileInvalid(
            f"{path.name}: kind is one of {', '.join(KINDS)}, and name holds letters a-z, digits, - and _ only"
        )
    columns = body["columns"]
    check(columns, set(COLUMNS), f"{path.name}, columns")
    if not {"day", "product", "hazard"} <= set(columns):
        raise ProfileInvalid(f"{path.name}: columns needs day, product and hazard")
    return Feed(
        str(body["name"]),
        both(body["title"]),
        str(body["kind"]),
        str(body["scheme"]),
        {str(key): str(value) for key, value in (body.get("origin") or {}).items()},
        listed(body.get("files")),
        listed(body.get("key")),
        {name: source(spec, f"{path.name}, {name}") for name, spec in columns.items()},
        dict(body.get("read") or {}),
        hashlib.sha256(text.encode()).hexdigest()[:16],
    )


def source(spec: Any, name: str) -> Source:
    """One line of the columns; a bare text is the name of the source's column."""
    if isinstance(spec, str):
        return Source((spec,))
    check(spec, COLUMN, name)
    codes = {str(key): str(value) for key, value in (spec.get("codes") or {}).items()}
    if name.endswith("seriousness") and not set(codes.values()) <= set(SERIOUSNESS):
        raise ProfileInvalid(f"{name}: codes lead to {', '.join(SERIOUSNESS)}")
    try:
        re.compile(str(spec.get("split", "")))
    except re.error as error:
        raise ProfileInvalid(f"{name}: split cannot be read as a pattern: {error}") from error
    return Source(
        listed(spec.get("from")),
        str(spec.get("constant", "")),
        codes,
        listed(spec.get("forms")) or ("%Y-%m-%d",),
        str(spec.get("split", "")),
        listed(spec.get("otherwise_from")),
    )
