"""What a file that was handed in really is: read from its bytes, not from its name or from what the sender says it is.

Refused are files of another kind than asked for, names that say another kind, files that are two things at once (an image that
is also a page, a PDF that is also an archive), PDF with scripts, workbooks with macros, and files too large when opened.
"""

import csv
import hashlib
import io
import os
import re
import secrets
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from zhiheng import rules
from zhiheng.errors import UploadRefused

JPEG, PNG, WEBP = "image/jpeg", "image/png", "image/webp"
PDF, CSV = "application/pdf", "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
IMAGES = (JPEG, PNG, WEBP)
KINDS = (*IMAGES, PDF, XLSX, CSV)
ENDINGS = {
    JPEG: (".jpg", ".jpeg"),
    PNG: (".png",),
    WEBP: (".webp",),
    PDF: (".pdf",),
    XLSX: (".xlsx",),
    CSV: (".csv",),
}
# what makes a browser or a reader run something, wherever in an image or a text it stands
LIVE = (b"<script", b"<html", b"<!doctype", b"<svg", b"<?php", b"<iframe", b"javascript:")
PDF_LIVE = (b"/JavaScript", b"/JS", b"/Launch", b"/OpenAction", b"/AA", b"/EmbeddedFile", b"/RichMedia", b"/XFA")
XLSX_LIVE = ("vbaproject", "activex", "externallinks", "embeddings", "macrosheets", "dialogsheets")
ARCHIVE, ARCHIVE_END = b"PK\x03\x04", b"PK\x05\x06"


@dataclass(frozen=True)
class Upload:
    """A file as it was found to be: its media type, a name that is safe to keep and to hand out, and its size in bytes."""

    media_type: str
    name: str
    size: int


class Sent(Protocol):
    """A file as a form brings it."""

    name: str | None
    size: int | None

    def read(self) -> bytes:
        """All of its bytes."""


def read(sent: Sent, *, allowed: Collection[str] = KINDS) -> tuple[bytes, Upload]:
    """The bytes of a file that was sent, and what they are; one larger than any that is taken is not read at all."""
    name, terms = sent.name or "", rules.settings("security", on=date.today())["uploads"]
    largest = max(terms[kind]["bytes"] for kind in allowed)
    if (sent.size or 0) > largest:
        raise UploadRefused(f"{safe_name(name)} is {sent.size:,} bytes, more than {largest:,}: send a smaller one")
    data = sent.read()
    return data, sniffed(data, name, allowed=allowed)


def sniffed(data: bytes, name: str, *, allowed: Collection[str] = KINDS) -> Upload:
    """What the bytes are, when that is one of the allowed media types and the name says the same; UploadRefused otherwise."""
    safe = safe_name(name)
    if not data:
        raise UploadRefused(f"{safe} is empty: choose the file again")
    kind = next((kind for kind, begins in BEGINNINGS.items() if begins(data)), CSV)
    if kind not in allowed:
        raise UploadRefused(f"{safe} is not of a kind that is taken here: send {', '.join(sorted(told(allowed)))}")
    if PurePosixPath(safe).suffix.lower() not in ENDINGS[kind]:
        raise UploadRefused(f"{safe} is named as something else than it is: its content is {told([kind])[0]}")
    limits = rules.settings("security", on=date.today())["uploads"][kind]
    if len(data) > limits["bytes"]:
        raise UploadRefused(f"{safe} is {len(data):,} bytes, more than {limits['bytes']:,}: send a smaller one")
    CHECKS[kind](data, safe, limits)
    return Upload(kind, safe, len(data))


def folder(workspace: Path) -> Path:
    """Where the files of a workspace are kept."""
    return workspace / "files"


def place(workspace: Path, digest: str) -> Path:
    """Where a file with this SHA-256 (hex) lies in a workspace."""
    return folder(workspace) / digest[:2] / digest


def keep(workspace: Path, data: bytes) -> str:
    """Write a file under its SHA-256, whole or not at all, and give that; what is there already stays."""
    digest = hashlib.sha256(data).hexdigest()
    file = place(workspace, digest)
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = file.with_name(f".{digest}.{os.getpid()}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            opened.write(data)
            opened.flush()
            os.fsync(opened.fileno())
        draft.replace(file)
    return digest


def told(kinds: Collection[str]) -> list[str]:
    """Media types as people name them."""
    return [ENDINGS[kind][0].lstrip(".").upper() for kind in kinds]


def safe_name(name: str) -> str:
    """The last part of a name without control and direction characters, at most 120 long; never empty, never hidden."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(letter for letter in unicodedata.normalize("NFC", last) if unicodedata.category(letter)[0] != "C")
    kept = re.sub(r'[<>:"|?*]', "_", kept.strip(" .")) or "file"
    stem, dot, ending = kept.rpartition(".")
    return f"{stem[: 119 - len(ending)]}.{ending[:10]}" if dot and stem else kept[:120]


def image(data: bytes, name: str, limits: dict[str, Any]) -> None:
    """An image that ends where it says, holds nothing that runs, and is not too large when opened."""
    end, (width, height) = READ[next(kind for kind in IMAGES if BEGINNINGS[kind](data))](data, name)
    if data[end:].strip(b"\x00\r\n "):
        raise UploadRefused(f"{name} goes on after the end of its image: it may be two files in one")
    if any(word in data.lower() for word in LIVE) or ARCHIVE_END in data:
        raise UploadRefused(f"{name} holds text that a browser could run, or an archive: save the image anew")
    if not width or not height or width * height > limits["pixels"]:
        raise UploadRefused(f"{name} is {width} × {height} pixels, more than {limits['pixels']:,}: send a smaller one")


def png(data: bytes, name: str) -> tuple[int, tuple[int, int]]:
    """Where a PNG ends, and its size; every chunk is walked (ISO/IEC 15948)."""
    at, size = 8, (0, 0)
    while at + 12 <= len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        if kind == b"IHDR" and length == 13:
            size = struct.unpack(">II", data[at + 8 : at + 16])
        at += 12 + length
        if kind == b"IEND":
            return at, (size[0], size[1])
    raise UploadRefused(f"{name} is cut off: send the whole image")


def webp(data: bytes, name: str) -> tuple[int, tuple[int, int]]:
    """Where a WebP ends, and its size (RFC 9649)."""
    end = 8 + struct.unpack("<I", data[4:8])[0]
    if end > len(data) or end < 30:
        raise UploadRefused(f"{name} is cut off: send the whole image")
    kind = data[12:16]
    if kind == b"VP8X":
        return end, (1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little"))
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return end, (1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", data[26:30])
        return end, (width & 0x3FFF, height & 0x3FFF)
    raise UploadRefused(f"{name} is no image: its first part is unknown")


def jpeg(data: bytes, name: str) -> tuple[int, tuple[int, int]]:
    """Where a JPEG ends, and its size; segments are walked to the image, then to its end mark (ITU-T T.81)."""
    at, size = 2, (0, 0)
    while at + 4 <= len(data) and data[at] == 0xFF:
        mark, length = data[at + 1], struct.unpack(">H", data[at + 2 : at + 4])[0]
        if mark == 0xFF:
            at += 1
            continue
        if 0xC0 <= mark <= 0xCF and mark not in (0xC4, 0xC8, 0xCC) and at + 9 <= len(data):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            size = (width, height)
        at += 2 + length
        if mark == 0xDA:
            end = scanned(data, at)
            if end < 0:
                break
            if data[end : end + 2] == b"\xff\xd9":
                return end + 2, size
            at = end
    raise UploadRefused(f"{name} is cut off: send the whole image")


def scanned(data: bytes, at: int) -> int:
    """Where the marker after the coded data of a JPEG stands; -1 when there is none."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            return -1
        if data[at + 1] == 0 or 0xD0 <= data[at + 1] <= 0xD7:  # a stuffed byte, or a restart mark
            at += 2
        elif data[at + 1] == 0xFF:
            at += 1
        else:
            return at


def pdf(data: bytes, name: str, limits: dict[str, Any]) -> None:  # noqa: ARG001
    """A PDF that ends as one, runs nothing and hides nothing. What is inside compressed objects is not looked into."""
    if b"%%EOF" not in data[-1024:] or b"startxref" not in data[-2048:]:
        raise UploadRefused(f"{name} does not end as a PDF: it is cut off, or something was put after it")
    if data.rsplit(b"%%EOF", 1)[1].strip(b"\x00\r\n ") or ARCHIVE_END in data or b"<script" in data.lower():
        raise UploadRefused(f"{name} holds another file beside the PDF: print it anew to PDF")
    found = [word.decode() for word in PDF_LIVE if named(data, word)]
    if found:
        raise UploadRefused(f"{name} can run or open something ({', '.join(found)}): print it anew to PDF")
    if named(data, b"/Encrypt"):
        raise UploadRefused(f"{name} is locked with a password: send it without")


def named(data: bytes, word: bytes) -> bool:
    """Whether a PDF has this name, and not only one that begins with it."""
    at = data.find(word)
    while at >= 0:
        if not data[at + len(word) : at + len(word) + 1].isalnum():
            return True
        at = data.find(word, at + 1)
    return False


def workbook(data: bytes, name: str, limits: dict[str, Any]) -> None:
    """A workbook without macros and without links to the outside, not too large when unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            kinds = (
                archive.read("[Content_Types].xml")
                if any(m.filename == "[Content_Types].xml" for m in members)
                else b""
            )
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError) as error:
        raise UploadRefused(f"{name} cannot be opened as a workbook: save it anew as XLSX") from error
    names = [member.filename.lower() for member in members]
    if b"spreadsheetml.sheet.main+xml" not in kinds or "xl/workbook.xml" not in names:
        raise UploadRefused(f"{name} is an archive, but no workbook without macros: save it as XLSX")
    if any(word in one for one in names for word in XLSX_LIVE):
        raise UploadRefused(f"{name} holds macros, embedded files or links to other files: save it without them")
    if any(one.startswith("/") or ".." in one.split("/") for one in names) or len(names) != len(set(names)):
        raise UploadRefused(f"{name} has parts with names that lead elsewhere or stand twice: save it anew")
    if sum(member.file_size for member in members) > limits["unpacked"] or len(members) > limits["members"]:
        raise UploadRefused(f"{name} is too large when unpacked: split it")
    # an archive is read from its end: bytes before its first part, or after its end, belong to something else
    if min(member.header_offset for member in members) or not data.startswith(ARCHIVE) or trailing(data):
        raise UploadRefused(f"{name} holds another file beside the workbook: save it anew")


def trailing(data: bytes) -> bool:
    """Whether something follows the end record of an archive and its comment."""
    at = data.rfind(ARCHIVE_END)
    return at + 22 != len(data) or data[at + 20 : at + 22] != b"\x00\x00"


def table(data: bytes, name: str, limits: dict[str, Any]) -> None:  # noqa: ARG001
    """A text of lines with cells: UTF-8 or GB 18030, without null and control characters, and no page or script."""
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"<", b"{") or any(word in data.lower() for word in LIVE):
        raise UploadRefused(f"{name} is a page or a script, no table")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise UploadRefused(f"{name} is no text in UTF-8 or GB 18030: save it as CSV in UTF-8")
    if any(ord(letter) < 32 and letter not in "\t\r\n" for letter in text):
        raise UploadRefused(f"{name} holds characters that no table has: save it as CSV in UTF-8")
    try:
        next(csv.reader(io.StringIO(text)), None)
    except csv.Error as error:
        raise UploadRefused(f"{name} cannot be read as a table: {error}") from error


BEGINNINGS: dict[str, Callable[[bytes], bool]] = {
    JPEG: lambda data: data.startswith(b"\xff\xd8\xff"),
    PNG: lambda data: data.startswith(b"\x89PNG\r\n\x1a\n"),
    WEBP: lambda data: data[:4] == b"RIFF" and data[8:12] == b"WEBP",
    PDF: lambda data: data.startswith(b"%PDF-"),
    XLSX: lambda data: data.startswith(ARCHIVE),
}
READ: dict[str, Callable[[bytes, str], tuple[int, tuple[int, int]]]] = {JPEG: jpeg, PNG: png, WEBP: webp}
CHECKS: dict[str, Callable[[bytes, str, dict[str, Any]], None]] = {
    **dict.fromkeys(IMAGES, image),
    PDF: pdf,
    XLSX: workbook,
    CSV: table,
}
