"""Source files as received: what they are, and their cells as text in the engine."""

import codecs
import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from zhiheng.engines import Engine, Malformed
from zhiheng.errors import FileUnreadable
from zhiheng.evidence.cells import raw_name, raw_schema, usable
from zhiheng.evidence.objects import json_lines
from zhiheng.evidence.spreadsheet import spreadsheet

__all__ = ["Source", "raw_name", "raw_schema", "read"]

LARGEST_FILE = 2 * 2**30
LARGEST_EXPANSION = 4 * 2**30
LEAST_SUSPECT = 64 * 2**20
MOST_EXPANSION = 250
LONGEST_HEADER = 4 * 2**20
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


def admitted(path: Path) -> str:
    """The checksum of a file that may be read; one that is missing, empty or too large is refused."""
    if not path.is_file():
        raise FileUnreadable(f"{path.name}: there is no such file; check the path")
    size = path.stat().st_size
    if size == 0:
        raise FileUnreadable(f"{path.name}: the file is empty; nothing was taken in")
    if size > LARGEST_FILE:
        raise FileUnreadable(
            f"{path.name}: larger than {LARGEST_FILE >> 30} GiB; split it by month and bring the parts in"
        )
    return checksum(path)


def read(path: Path, *, engine: Engine, scratch: Path, options: dict[str, Any]) -> Source:
    """Bring a CSV, XLSX, Parquet or JSON-lines file into the engine as the text table `raw`."""
    digest = admitted(path)
    form = sniff(path)
    if form == "xlsx":
        columns, malformed = spreadsheet(path, engine=engine, options=options)
        return Source(path, digest, form, "", columns, malformed)
    if form == "parquet":
        stored = engine.parquet_columns(path)
        columns = usable(stored, path)
        engine.read_parquet("raw", path, columns=dict(zip(stored, map(raw_name, columns), strict=True)))
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
    blank = list(blank_records(plain, delimiter)) if len(columns) > 1 else []
    bad = engine.read_csv("raw", plain, columns=[*map(raw_name, columns)], delimiter=delimiter, blank=blank)
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
    for candidate in (encoding,) if encoding else likely(path):
        target = scratch / f"decoded-{candidate}.txt"
        try:
            transcode(path, target, candidate)
        except UnicodeDecodeError:
            continue
        except (EOFError, OSError, ValueError, zlib.error) as error:
            raise FileUnreadable(f"{path.name}: damaged or cut short ({error}); fetch it again") from error
        except LookupError as error:
            raise FileUnreadable(f"{path.name}: the encoding '{candidate}' is unknown; use utf-8 or gb18030") from error
        return target, candidate
    raise FileUnreadable(
        f"{path.name}: the text is neither UTF-8, UTF-16 with its mark, nor GB18030; save it as UTF-8 and bring it in again"
    )


def likely(path: Path) -> tuple[str, ...]:
    """The encodings to try: the one that a byte-order mark names, or those of the house."""
    try:
        with opened(path) as stream:
            head = stream.read(2)
    except (EOFError, OSError, zlib.error) as error:
        raise FileUnreadable(f"{path.name}: damaged or cut short ({error}); fetch it again") from error
    return ("utf-16",) if head in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else ENCODINGS


def transcode(path: Path, target: Path, encoding: str) -> None:
    """Copy a text file as UTF-8 with one kind of line end, in bounded pieces, refusing one that expands without end."""
    decoder = codecs.getincrementaldecoder("utf-8-sig" if encoding == "utf-8" else encoding)("strict")
    lines = io.IncrementalNewlineDecoder(None, translate=True)
    written, size = 0, path.stat().st_size
    with opened(path) as stream, target.open("w", encoding="utf-8", newline="") as copy:
        while piece := stream.read(CHUNK):
            written += len(piece)
            if written > LARGEST_EXPANSION or written > max(LEAST_SUSPECT, MOST_EXPANSION * size):
                raise FileUnreadable(
                    f"{path.name}: expands to more than {(written - 1) >> 20} MiB from {size} bytes; refused"
                )
            text = str(decoder.decode(piece))
            copy.write(lines.decode(text.replace("\x00", "\ufffd") if "\x00" in text else text))
        copy.write(lines.decode(str(decoder.decode(b"", final=True)), final=True))


def first_record(path: Path, delimiter: str) -> tuple[str, list[str]]:
    """The delimiter and the header of a text table."""
    with path.open(encoding="utf-8", newline="") as stream:
        sample = stream.read(LONGEST_HEADER)
    line = sample.partition("\n")[0]
    chosen = delimiter or max(",;\t|", key=lambda mark: (line.count(mark), mark == ","))
    try:
        # not splitlines(): that also cuts at characters that are no line ends in a table
        header = next(csv.reader(io.StringIO(sample, newline="\n"), delimiter=chosen), [])
    except (csv.Error, TypeError) as error:
        raise FileUnreadable(f"{path.name}: the header cannot be read: {error}") from error
    return chosen, header


def blank_records(path: Path, delimiter: str) -> Iterator[int]:
    """The numbers of the records that are blank lines; they hold nothing, and they count."""
    with path.open(encoding="utf-8", newline="") as stream:
        before, found = "", False
        while not found and (piece := stream.read(CHUNK)):
            found, before = "\n\n" in before + piece, piece[-1:]
        if not found:
            return
        stream.seek(0)
        csv.field_size_limit(LARGEST_EXPANSION)
        for number, record in enumerate(csv.reader(stream, delimiter=delimiter), start=1):
            if not record:
                yield number
