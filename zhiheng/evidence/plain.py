"""The plain profile: a spreadsheet with our own column names needs no profile of its own."""

import tempfile
from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from zhiheng.engines import Engine
from zhiheng.errors import ProfileInvalid
from zhiheng.evidence import source
from zhiheng.evidence.profile import Mapping, Profile, Quantity, load
from zhiheng.evidence.tables import RESULTS

NEEDED = ("analyte", "value")
ALSO = {
    "sampled_on": ("day", "date", "日期", "检验日期"),
    "analyte": ("检验项目", "项目"),
    "value": ("result", "检验结果", "结果"),
    "unit": ("单位", "Unit"),
    "product_name": ("样品名称", "食品名称"),
    "product_type": ("类别", "食品类别"),
}
OPTIONAL = ("unit", "comparator", "reporting_level", "uncertainty", "lower", "upper", "printed_limit")


def fitted(path: Path) -> Profile:
    """The plain profile, narrowed to the columns that a file has."""
    with as_file(files("zhiheng") / "evidence" / "profiles" / "plain.yaml") as place:
        whole = load(place)
    header = columns_of(path)
    known = {name: found for name in named(whole) if (found := header_of(name, header))}
    missing = [name for name in NEEDED if name not in known]
    if missing:
        raise ProfileInvalid(
            f"{path.name}: without a profile the columns {' and '.join(NEEDED)} are needed; '{missing[0]}' is missing; "
            f"it has {', '.join(header[:40])}: rename a column, or write a profile (docs/how-to/own-spreadsheet.md)"
        )
    columns = {
        target: renamed(mapping, known) for target, mapping in whole.columns.items() if mapping.sources[0] in known
    }
    day = next((name for name in ("sampled_on", "made_on") if name in columns), whole.day)
    return replace(whole, columns=columns, quantity=narrowed(whole.quantity, known), day=day)


def columns_of(path: Path) -> tuple[str, ...]:
    """The column names of a file."""
    with tempfile.TemporaryDirectory() as scratch, Engine() as engine:
        return source.read(path, engine=engine, scratch=Path(scratch), options={}).columns


def named(profile: Profile) -> list[str]:
    """Every column that the plain profile knows."""
    return list(dict.fromkeys(profile.needed))


def header_of(name: str, header: tuple[str, ...]) -> str | None:
    """The column of a file that carries one of our columns: by name, label or common word."""
    column = next((entry for entry in RESULTS.columns if entry.name == name), None)
    labels = (column.en, column.zh) if column else ()
    by_key = {text.strip().casefold(): text for text in reversed(header)}
    return next(
        (by_key[word.casefold()] for word in (name, *labels, *ALSO.get(name, ())) if word.casefold() in by_key), None
    )


def renamed(mapping: Mapping, known: dict[str, str]) -> Mapping:
    """A mapping that reads the column under the name it has in the file."""
    return replace(mapping, sources=tuple(known[name] for name in mapping.sources))


def narrowed(quantity: Quantity, known: dict[str, str]) -> Quantity:
    """The measured value with what the file says about it."""
    narrower: dict[str, Any] = {name: known.get(getattr(quantity, name), "") for name in ("value", *OPTIONAL)}
    return replace(quantity, **narrower)
