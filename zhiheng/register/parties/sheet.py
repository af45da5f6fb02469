"""Files of organisations: CSV or XLSX, their columns found by their headers (columns.yaml), each row as fields."""

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from io import StringIO
from pathlib import Path
from typing import Any

import yaml

from zhiheng.errors import FileUnreadable
from zhiheng.evidence import spreadsheet
from zhiheng.evidence.cells import cell_text
from zhiheng.register.masking import STAR
from zhiheng.register.parties.fields import MASKED

LARGEST = 128 * 2**20
MOST_ROWS = 500_000
ENCODINGS = ("utf-8-sig", "gb18030")
QUOTED = re.compile(r"^'(?=[=+\-@])")  # what our own exports put before a text that a spreadsheet would run
PLAIN = re.compile(r"[\s_*()\[\]/-]")


@dataclass(frozen=True)
class Columns:
    """Which header is which field, and which word which value."""

    fields: Mapping[str, str]
    words: Mapping[str, Mapping[str, str]]
    otherwise: Mapping[str, str]
    needed: tuple[str, ...]
    shown: Mapping[str, str]


@dataclass(frozen=True)
class Row:
    """A row of a file, numbered as a spreadsheet numbers it: the header is row 1."""

    number: int
    fields: Mapping[str, str]


@lru_cache(maxsize=1)
def columns() -> Columns:
    """The columns as columns.yaml tells them."""
    body = yaml.safe_load((files("zhiheng") / "register" / "parties" / "columns.yaml").read_text(encoding="utf-8"))
    fields = {plain(word): field for field, words in body["columns"].items() for word in (field, *words)}
    words = {
        field: {plain(word): value for value, said in told.items() for word in (value, *said)}
        for field, told in body["words"].items()
    }
    shown = {field: said[0] for field, said in body["columns"].items()}
    return Columns(fields, words, body["otherwise"], tuple(body["needed"]), shown)


def plain(text: str) -> str:
    """A header or word in one spelling.

    >>> plain("统一社会信用代码 （必填）"), plain("Credit_Code")
    ('统一社会信用代码必填', 'creditcode')
    """
    return PLAIN.sub("", unicodedata.normalize("NFKC", text).casefold())


def read(path: Path) -> list[Row]:
    """The rows of a file; FileUnreadable says what is wrong with the file as a whole."""
    lines = iter(sheet(path) if path.suffix.casefold() == ".xlsx" else text(path))
    header = next(lines, [])
    places = found(path, header)
    rows = [Row(number, made(cells, places)) for number, cells in enumerate(lines, start=2) if any(cells)]
    if len(rows) > MOST_ROWS:
        raise FileUnreadable(f"{path.name}: {len(rows):,} rows; no more than {MOST_ROWS:,} at once: divide the file")
    if not rows:
        raise FileUnreadable(f"{path.name}: no rows under the header")
    return rows


def sheet(path: Path) -> Iterator[list[str]]:
    """The first sheet of an XLSX."""
    spreadsheet.guard(path)
    return ([cell_text(cell).strip() for cell in row] for row in spreadsheet.sheet_rows(path, sheet=""))


def text(path: Path) -> Iterable[list[str]]:
    """The lines of a CSV in UTF-8 or GB 18030."""
    try:
        if path.stat().st_size > LARGEST:
            raise FileUnreadable(f"{path.name}: larger than {LARGEST // 2**20} MiB: divide the file")
        body = path.read_bytes()
    except OSError as fault:
        raise FileUnreadable(f"{path.name}: cannot be read ({fault.strerror})") from fault
    if b"\x00" in body:
        raise FileUnreadable(f"{path.name}: no text: save the table as .csv or .xlsx")
    for encoding in ENCODINGS:
        try:
            decoded = body.decode(encoding)
        except UnicodeDecodeError:
            continue
        return parted(path, decoded)
    raise FileUnreadable(f"{path.name}: neither UTF-8 nor GB 18030: save it as CSV UTF-8")


def parted(path: Path, decoded: str) -> Iterator[list[str]]:
    """The cells of the lines."""
    first = decoded.split("\n", 1)[0]
    mark = max(",;\t", key=first.count)
    try:
        for cells in csv.reader(StringIO(decoded, newline=""), delimiter=mark, strict=True):
            yield [cell.strip() for cell in cells]
    except csv.Error as fault:
        raise FileUnreadable(f"{path.name}: no CSV ({fault}): save it again from the spreadsheet") from fault


def found(path: Path, header: Sequence[str]) -> dict[str, int]:
    """The place of each field; a header nobody knows is left out, one that stands twice is refused."""
    known = columns()
    places: dict[str, int] = {}
    for place, cell in enumerate(header):
        field = known.fields.get(plain(cell))
        if field in places:
            raise FileUnreadable(f"{path.name}: the column of {known.shown[field]} stands twice: remove one")
        if field:
            places[field] = place
    if missing := [f"{name} ({known.shown[name]})" for name in known.needed if name not in places]:
        raise FileUnreadable(f"{path.name}: no column {', '.join(missing)} in row 1: name it so")
    return places


def made(cells: Sequence[str], places: Mapping[str, int]) -> dict[str, str]:
    """The fields of a row; an empty cell says nothing."""
    known, fields = columns(), dict(columns().otherwise)
    for name, place in places.items():
        cell = cells[place] if place < len(cells) else ""
        cell = QUOTED.sub("", cell)
        if name in ("credit_code", "region", "industry"):
            cell = unicodedata.normalize("NFKC", cell).upper()
        if name == "region" and len(cell) == 12 and cell.endswith("000000"):
            cell = cell[:6]
        if cell and not (name in MASKED and STAR in cell):  # a masked cell of our own file says nothing either
            fields[name] = known.words.get(name, {}).get(plain(cell), cell)
    return fields


def lines_of(rows: Iterable[Mapping[str, Any]], names: Sequence[str]) -> list[dict[str, Any]]:
    """Rows under the Chinese headers that an import understands."""
    known = columns()
    return [{known.shown[name]: row[name] for name in names} for row in rows]
