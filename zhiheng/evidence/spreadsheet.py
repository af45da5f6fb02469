"""XLSX: looked through before it is opened, then one sheet's cells as text."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import python_calamine

from zhiheng.engines import Engine, Malformed
from zhiheng.errors import FileUnreadable
from zhiheng.evidence.cells import LONGEST_CELL, cell_text, raw_schema, usable

LARGEST_SHEET = 200 * 2**20
MOST_CELLS = 8_000_000
PIECE = 2**16
LOCAL_HEADER = 30
PLACE = re.compile(rb"\br\s*=\s*[\"']([A-Za-z]{0,4})(\d{1,10})[\"']")
LONGEST_PLACE = 64
WORKBOOK = "xl/workbook.xml"


def spreadsheet(
    path: Path, *, engine: Engine, options: dict[str, Any]
) -> tuple[tuple[str, ...], tuple[Malformed, ...]]:
    """The cells of one sheet as text; formulas give the value that was stored with them."""
    guard(path)
    start = int(options.get("header_row", 1)) - 1
    rows = sheet_rows(path, sheet=str(options.get("sheet") or ""))
    header = next((row for number, row in enumerate(rows) if number == start), None)
    if header is None:
        raise FileUnreadable(f"{path.name}: no header in row {start + 1}; nothing was taken in")
    columns = usable([cell_text(cell) for cell in header], path)
    malformed: list[Malformed] = []

    def kept() -> Iterator[tuple[Any, ...]]:
        for number, row in enumerate(rows, start=start + 2):
            texts = [cell_text(cell) for cell in row]
            if not any(texts):
                continue
            if max(map(len, texts)) > LONGEST_CELL:
                malformed.append(Malformed(number, "", f"a cell is longer than {LONGEST_CELL} characters"))
                continue
            yield number, *texts

    engine.table("raw", kept(), raw_schema(columns))
    return columns, tuple(malformed)


def sheet_rows(path: Path, *, sheet: str) -> Iterator[list[Any]]:
    """The rows of a sheet from its first cell on, each as wide as the widest; empty columns before the first are left out."""
    try:
        with path.open("rb") as stream:
            book = python_calamine.CalamineWorkbook.from_filelike(stream)
            found = book.get_sheet_by_name(sheet) if sheet else book.get_sheet_by_index(0)
            yield from found.iter_rows()
    except (python_calamine.CalamineError, OSError, ValueError, IndexError) as error:
        raise FileUnreadable(
            f"{path.name}: not readable as XLSX: {error}; save it again from the spreadsheet"
        ) from error


def guard(path: Path) -> None:
    """Refuse an XLSX that would expand beyond reason, before its reader opens it; what its directory says is not believed."""
    total = 0
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as stream:
            parts = archive.infolist()
            if WORKBOOK not in archive.namelist():
                raise FileUnreadable(f"{path.name}: an archive, but no XLSX in it; save the table as .xlsx or .csv")
            for part in parts:
                total += guard_part(path, part, stream=stream, allowed=LARGEST_SHEET - total)
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError) as error:
        raise FileUnreadable(f"{path.name}: damaged or cut short ({error}); fetch it again") from error


def guard_part(path: Path, part: zipfile.ZipInfo, *, stream: BinaryIO, allowed: int) -> int:
    """The true size of one part, when it is within bounds and so are its cells."""
    size, tail, rows, columns = 0, b"", 1, 1
    for piece in expanded(part, stream=stream):
        size += len(piece)
        if size > allowed:
            raise FileUnreadable(
                f"{path.name}: expands to more than {LARGEST_SHEET >> 20} MiB; at most that is read: save it as CSV"
            )
        if part.filename.startswith("xl/worksheets/"):
            for letters, digits in PLACE.findall(tail + piece):
                rows, columns = max(rows, int(digits)), max(columns, column_number(letters))
            tail = piece[-LONGEST_PLACE:]
    if size != part.file_size:
        raise FileUnreadable(
            f"{path.name}: '{part.filename[:60]}' holds {size} bytes, its directory says {part.file_size}; fetch it again"
        )
    if rows * columns > MOST_CELLS:
        raise FileUnreadable(
            f"{path.name}: its cells reach to row {rows}, column {columns}, more than {MOST_CELLS} cells; "
            "delete what lies beyond the table, or save it as CSV"
        )
    return size


def expanded(part: zipfile.ZipInfo, *, stream: BinaryIO) -> Iterator[bytes]:
    """The bytes of one part in bounded pieces, read from the stream itself rather than from what the directory says."""
    if part.flag_bits & 1 or part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise zipfile.BadZipFile(f"'{part.filename[:60]}' is locked or packed in an unknown way")
    stream.seek(part.header_offset)
    head = stream.read(LOCAL_HEADER)
    if len(head) < LOCAL_HEADER or not head.startswith(b"PK\x03\x04"):
        raise zipfile.BadZipFile(f"'{part.filename[:60]}' is not where the directory says")
    stream.seek(int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little"), 1)
    left, unpack = part.compress_size, zlib.decompressobj(-zlib.MAX_WBITS)
    while left > 0 and (packed := stream.read(min(PIECE, left))):
        left -= len(packed)
        if part.compress_type == zipfile.ZIP_STORED:
            yield packed
            continue
        while packed:
            yield unpack.decompress(packed, PIECE)
            packed = unpack.unconsumed_tail
    yield from iter(lambda: unpack.decompress(unpack.unconsumed_tail, PIECE), b"")


def column_number(letters: bytes) -> int:
    """The number of a column from its letters.

    >>> column_number(b"AB")
    28
    """
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
