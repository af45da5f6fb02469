"""A small table as it is: a CSV, TSV or XLSX file, or cells pasted from a spreadsheet; header and rows of text, nothing interpreted."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from zhiheng.errors import FileUnreadable, SourceError
from zhiheng.evidence.cells import cell_text
from zhiheng.evidence.spreadsheet import guard, sheet_rows

SHEETS = (".xlsx", ".xlsm")
ENCODINGS = ("utf-8-sig", "gb18030")
LARGEST = 20 * 2**20
NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d*)(\.\d+|(?<=\d)\.?)([eE][+-]?\d{1,3})?")
MISSING = ("", "-", "–", "/", "na", "n/a", "nan")


@dataclass(frozen=True)
class Grid:
    """Columns by name, the filled rows below the header, and the number that each row has in the file."""

    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    places: tuple[int, ...]

    def column(self, name: str) -> tuple[str, ...]:
        """The cells of a column. SourceError: there is none of that name."""
        if name not in self.names:
            raise SourceError(f"there is no column '{name[:60]}'; there are {', '.join(self.names)}")
        at = self.names.index(name)
        return tuple(row[at] for row in self.rows)

    def numbers(self, name: str) -> list[float]:
        """A column as numbers, NaN where a cell is blank. SourceError: a cell that is no number, with its row."""
        return [number(text, name, row) for row, text in zip(self.places, self.column(name), strict=True)]

    def is_numeric(self, name: str) -> bool:
        """Whether every filled cell of a column is a number, and one is filled."""
        filled = [text for text in self.column(name) if text.strip().lower() not in MISSING]
        return bool(filled) and all(is_number(text) for text in filled)


def of_file(path: Path, *, sheet: str = "") -> Grid:
    """The table of a file. FileUnreadable: not there, too large, no text, or an empty sheet."""
    if not path.is_file():
        raise FileUnreadable(f"{path}: there is no such file; name a CSV, TSV or XLSX file")
    if path.suffix.lower() in SHEETS:
        guard(path)
        rows = [[cell_text(cell) for cell in row] for row in sheet_rows(path, sheet=sheet)]
        return made(rows, path.name)
    if path.stat().st_size > LARGEST:
        raise FileUnreadable(f"{path.name}: larger than {LARGEST // 2**20} MB; a chart is drawn from a small table")
    return of_text(decoded(path), path.name)


def decoded(path: Path) -> str:
    """The text of a file."""
    held = path.read_bytes()
    for encoding in ENCODINGS:
        try:
            return held.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileUnreadable(f"{path.name}: neither UTF-8 nor GB 18030; save it as CSV in UTF-8, or as XLSX")


def of_text(text: str, name: str) -> Grid:
    """The table of a text whose cells are parted by tabs, semicolons or commas, whichever the first line has.

    >>> of_text("week\\tfailed\\tjudged\\n1\\t2\\t50\\n", "pasted").names
    ('week', 'failed', 'judged')
    """
    first = next((line for line in text.splitlines() if line.strip()), "")
    mark = next((one for one in ("\t", ";", ",") if one in first), ",")
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=mark))
    except csv.Error as error:
        raise FileUnreadable(f"{name}: {error}; save it as CSV again") from error
    return made(rows, name)


def made(rows: list[list[str]], name: str) -> Grid:
    """A table from its rows: the first filled one is the header unless it holds figures alone, then columns have numbers for names."""
    filled = [(at, [cell.strip() for cell in row]) for at, row in enumerate(rows, start=1) if any(map(str.strip, row))]
    if not filled:
        raise FileUnreadable(f"{name}: no filled row; a chart needs a header and one row a point")
    width = max(len(row) for _, row in filled)
    wide = [(at, row + [""] * (width - len(row))) for at, row in filled]
    _, head = wide[0]
    has_head = not any(is_number(cell) for cell in head[1:] or head)
    names = list(unique(head)) if has_head else [str(at + 1) for at in range(width)]
    body = wide[1:] if has_head else wide
    if not body:
        raise FileUnreadable(f"{name}: a header and no row below it; give one row a point")
    return Grid(tuple(names), tuple(tuple(row) for _, row in body), tuple(at for at, _ in body))


def unique(names: list[str]) -> Iterator[str]:
    """Names of columns, each once; one without a name is called by its place."""
    seen: set[str] = set()
    for at, name in enumerate(names, start=1):
        own = name or f"column {at}"
        while own in seen:
            own = f"{own} ({at})"
        seen.add(own)
        yield own


def is_number(text: str) -> bool:
    """Whether a cell is a number, perhaps with commas between thousands.

    >>> is_number("1,204.5"), is_number("1_000"), is_number("12,5")
    (True, False, False)
    """
    return bool(NUMBER.fullmatch(text.strip()))


def number(text: str, name: str, row: int) -> float:
    """A cell as a number; NaN where it is blank."""
    if text.strip().lower() in MISSING:
        return float("nan")
    if not is_number(text):
        raise SourceError(
            f"row {row}, column '{name}': '{text[:40]}' is not a number; correct it, or leave the cell blank"
        )
    return float(text.replace(",", "").strip())
