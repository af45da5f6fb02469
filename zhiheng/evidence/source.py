"""Source files as received: what they are, and their cells as text in the engine."""

import codecs
import csv
import gzip
import hashlib
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import ibis
import python_calamine

from zhiheng.engines import Engine, Malformed
from zhiheng.errors import FileUnreadable

LARGEST_FILE = 2 * 2**30
LARGEST_EXPANSION = 4 * 2**30
LARGEST_SHEET = 200 * 2**20
LONGEST_CELL = 32_767
CHUNK = 2**20
ENCODINGS = ("utf-8", "gb18030")


@dataclass(frozen=True)
class Source:
    """A file that was read: its form, columns, and the lines that could not be cut into columns."""

    path: Path
    sha256: str
    form: str
    encoding: str
    columns: tuple[str, ...]
    malformed: tuple[Malformed, ...]


def read(path: Path, *, engine: Engine, scratch: Path, options: dict[str, Any]) -> Source:
    """Bring a CSV, XLSX, Parquet or JSON-lines file into the engine as the text table `raw`."""
    if not path.is_file():
        raise FileUnreadable(f"{path.name}: there is no such file; check the path")
    size = path.stat().st_size
    if size == 0:
        raise FileUnreadable(f"{path.name}: the file is empty; nothing was taken in")
    if size > LARGEST_FILE:
        raise FileUnreadable(f"{path.name}: larger than {LARGEST_FILE >> 30} GiB; split it by month and bring the parts in")
    digest = checksum(path)
    form = sniff(path)
    if form == "xlsx":
        columns, malformed = spreadsheet(path, engine=engine, options=options)
        return Source(path, digest, form, "", columns, malformed)
    if form == "parquet":
        columns = usable(engine.read_parquet("raw", path, rename=raw_name), path)
        return Source(path, digest, form, "", columns, ())
    return text_table(path, digest, engine=engine, scratch=scratch, options=options)


def text_table(path: Path, digest: str, *, engine: Engine, scratch: Path, options: dict[str, Any]) -> Source:
    """A CSV or JSON-lines file, decompressed and decoded first."""
    plain, encoding = decoded(path, scratch=scratch, encoding=str(options.get("encoding", "")))
    inner = path.name.removesuffix(".gz")
    if inner.endswith((".jsonl", ".ndjson", ".json")):
        columns, malformed = json_lines(plain, engine=engine)
        return Source(path, digest, "jsonl", encoding, columns, malformed)
    delimiter, header = first_record(plain, str(options.get("delimiter", "")))
    columns = usable(header, path)
    bad = engine.read_csv("raw", plain, columns=[*map(raw_name, columns)], delimiter=delimiter)
    return Source(path, digest, "csv", encoding, columns, tuple(bad))


def checksum(path: Path) -> str:
    """SHA-256 of the file as received."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sniff(path: Path) -> str:
    """The form of a file, from its first bytes rather than its name."""
    with path.open("rb") as stream:
        head = stream.read(8)
    if head.startswith(b"PK\x03\x04"):
        return "xlsx"
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileUnreadable(f"{path.name}: an old binary spreadsheet (.xls); save it as .xlsx and bring that in")
    return "text"


def opened(path: Path) -> BinaryIO:
    """The bytes of a file, decompressed when it is gzip."""
    with path.open("rb") as stream:
        packed = stream.read(2) == b"\x1f\x8b"
    return cast(BinaryIO, gzip.open(path, "rb")) if packed else path.open("rb")


def decoded(path: Path, *, scratch: Path, encoding: str) -> tuple[Path, str]:
    """A UTF-8 copy of a text file without byte-order mark, and the encoding it came in."""
    for candidate in (encoding,) if encoding else ENCODINGS:
        target = scratch / f"decoded-{candidate}.txt"
        try:
            transcode(path, target, candidate)
        except UnicodeDecodeError:
            continue
        except (EOFError, gzip.BadGzipFile, OSError, ValueError) as error:
            raise FileUnreadable(f"{path.name}: damaged or cut short ({error}); fetch it again") from error
        except LookupError as error:
            raise FileUnreadable(f"{path.name}: the encoding '{candidate}' is unknown; use utf-8 or gb18030") from error
        return target, candidate
    raise FileUnreadable(f"{path.name}: the text is neither UTF-8 nor GB18030; save it as UTF-8 and bring it in again")


def transcode(path: Path, target: Path, encoding: str) -> None:
    """Copy a text file as UTF-8, in bounded pieces, refusing one that expands without end."""
    decoder = codecs.getincrementaldecoder("utf-8-sig" if encoding == "utf-8" else encoding)("strict")
    written = 0
    with opened(path) as stream, target.open("w", encoding="utf-8", newline="") as copy:
        while piece := stream.read(CHUNK):
            written += len(piece)
            if written > LARGEST_EXPANSION:
                raise FileUnreadable(f"{path.name}: expands to more than {LARGEST_EXPANSION >> 30} GiB; refused")
            copy.write(decoder.decode(piece).replace("\x00", "\ufffd"))
        copy.write(decoder.decode(b"", final=True))


def first_record(path: Path, delimiter: str) -> tuple[str, list[str]]:
    """The delimiter and the header of a text table."""
    with path.open(encoding="utf-8", newline="") as stream:
        sample = stream.read(65_536)
    line = sample.splitlines()[0] if sample.splitlines() else ""
    chosen = delimiter or max(",;\t|", key=lambda mark: (line.count(mark), mark == ","))
    try:
        header = next(csv.reader(sample.splitlines(keepends=True), delimiter=chosen), [])
    except csv.Error as error:
        raise FileUnreadable(f"{path.name}: the header cannot be read: {error}") from error
    return chosen, header


def usable(columns: list[str], path: Path) -> tuple[str, ...]:
    """Column names that are present, distinct and of sane number."""
    names = tuple(name.strip() for name in columns)
    if not names or not any(names):
        raise FileUnreadable(f"{path.name}: the first row has no column names; add a header row")
    if len(names) > 2000:
        raise FileUnreadable(f"{path.name}: {len(names)} columns; at most 2000 are read: is the delimiter right?")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise FileUnreadable(f"{path.name}: the column '{twice[0]}' stands twice in the header; rename one")
    if any(not name for name in names):
        return tuple(name or f"column {place}" for place, name in enumerate(names, start=1))
    return names


def spreadsheet(path: Path, *, engine: Engine, options: dict[str, Any]) -> tuple[tuple[str, ...], tuple[Malformed, ...]]:
    """The cells of one sheet as text; formulas give the value that was stored with them."""
    guard_archive(path)
    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        sheet = book.get_sheet_by_name(str(options["sheet"])) if options.get("sheet") else book.get_sheet_by_index(0)
        cells = sheet.to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, OSError, ValueError, IndexError) as error:
        raise FileUnreadable(f"{path.name}: not readable as XLSX: {error}; save it again from the spreadsheet") from error
    start = int(options.get("header_row", 1)) - 1
    if len(cells) <= start:
        raise FileUnreadable(f"{path.name}: no header in row {start + 1}; nothing was taken in")
    columns = usable([cell_text(cell) for cell in cells[start]], path)
    kept: list[tuple[Any, ...]] = []
    malformed: list[Malformed] = []
    for number, row in enumerate(cells[start + 1 :], start=start + 2):
        texts = [cell_text(cell) for cell in row]
        if not any(texts):
            continue
        if max(map(len, texts)) > LONGEST_CELL:
            malformed.append(Malformed(number, "", f"a cell is longer than {LONGEST_CELL} characters"))
            continue
        kept.append((number, *texts))
    engine.table("raw", kept, raw_schema(columns))
    return columns, tuple(malformed)


def guard_archive(path: Path) -> None:
    """Refuse an XLSX whose parts would expand beyond reason, before anything is expanded."""
    try:
        with zipfile.ZipFile(path) as archive:
            total = sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise FileUnreadable(f"{path.name}: damaged or cut short ({error}); fetch it again") from error
    if total > LARGEST_SHEET:
        raise FileUnreadable(f"{path.name}: expands to {total >> 20} MiB; at most {LARGEST_SHEET >> 20} are read: save it as CSV")


def json_lines(path: Path, *, engine: Engine) -> tuple[tuple[str, ...], tuple[Malformed, ...]]:
    """A file of one JSON object a line, or of one array of objects."""
    columns: dict[str, None] = {}
    objects: list[tuple[int, dict[str, Any]]] = []
    malformed: list[Malformed] = []
    for number, text in records(path):
        try:
            body = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
        except (json.JSONDecodeError, RecursionError) as error:
            malformed.append(Malformed(number, text[:2000], f"not JSON: {error}"))
            continue
        if not isinstance(body, dict):
            malformed.append(Malformed(number, text[:2000], "not an object of names and values"))
            continue
        columns |= dict.fromkeys(map(str, body))
        objects.append((number, body))
    if not columns:
        raise FileUnreadable(f"{path.name}: no JSON object in the file; write one object a line")
    names = usable(list(columns), path)
    rows = [(number, *(cell_text(body.get(name)) for name in columns)) for number, body in objects]
    engine.table("raw", rows, raw_schema(names))
    return names, tuple(malformed)


def records(path: Path) -> Iterator[tuple[int, str]]:
    """The JSON texts of a file with their line numbers; an array gives one for each of its members."""
    text = path.read_text(encoding="utf-8")
    if text.lstrip().startswith("["):
        try:
            body = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
        except (json.JSONDecodeError, RecursionError) as error:
            raise FileUnreadable(f"{path.name}: not readable as JSON: {error}") from error
        for number, member in enumerate(body, start=1):
            yield number, json.dumps(member, ensure_ascii=False)
        return
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield number, line


def cell_text(cell: Any) -> str:
    """A cell as the text a reader of the spreadsheet sees: fifteen digits, days in ISO form."""
    if cell is None or cell is True or cell is False:
        return "" if cell is None else str(cell).upper()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else format(cell, ".15g")
    if hasattr(cell, "isoformat"):
        text = str(cell.isoformat())
        return text.removesuffix("T00:00:00")
    return cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False)


def raw_schema(columns: tuple[str, ...]) -> ibis.Schema:
    """The shape of the text table: the row number and every column."""
    return ibis.schema({"row": "int64", **dict.fromkeys(map(raw_name, columns), "string")})


def raw_name(column: str) -> str:
    """The name of a source column in the engine; it never clashes with one of ours."""
    return f"in.{column}"
