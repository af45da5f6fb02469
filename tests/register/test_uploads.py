"""Files that were handed in: what they are is read from their bytes. The good ones are made by other people's programs."""

import base64
import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import lru_cache

import pytest
import typst
import vl_convert
import xlsxwriter

from zhiheng.errors import UploadRefused
from zhiheng.register import uploads

CHART = {"mark": "bar", "width": 20, "height": 10, "data": {"values": [{"a": 1}]}, "encoding": {"x": {"field": "a"}}}
# 1 × 1 pixel, lossy; the image that browsers are asked for to find out whether they read WebP
WEBP = base64.b64decode("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA")


@lru_cache
def good() -> dict[str, tuple[bytes, str]]:
    """One file of each kind with a name."""
    return {
        uploads.PNG: (bytes(vl_convert.vegalite_to_png(CHART)), "现场.png"),
        uploads.JPEG: (bytes(vl_convert.vegalite_to_jpeg(CHART)), "photo.JPG"),
        uploads.WEBP: (WEBP, "photo.webp"),
        uploads.PDF: (bytes(typst.compile(b"Hello")), "报告.pdf"),
        uploads.XLSX: (workbook(), "results.xlsx"),
        uploads.CSV: ("样品,结果\nA1,0.5\n".encode(), "results.csv"),
    }


def workbook() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.add_worksheet().write(0, 0, "样品")
    return out.getvalue()


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("evil.js", "alert(1)")
    return out.getvalue()


def added(data: bytes, name: str, text: str = "x") -> bytes:
    """An archive with one more part."""
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(name, text)
    return out.getvalue()


def refused(data: bytes, name: str, why: str, *, allowed: tuple[str, ...] = uploads.KINDS) -> None:
    with pytest.raises(UploadRefused, match=why):
        uploads.sniffed(data, name, allowed=allowed)


@pytest.mark.parametrize("kind", uploads.KINDS)
def test_good_file_is_what_it_is(kind: str) -> None:
    data, name = good()[kind]
    assert uploads.sniffed(data, name) == uploads.Upload(kind, name, len(data))


@pytest.mark.parametrize("kind", uploads.KINDS)
def test_kind_that_is_not_allowed_is_refused(kind: str) -> None:
    refused(*good()[kind], "not of a kind", allowed=tuple(other for other in uploads.KINDS if other != kind))


@pytest.mark.parametrize("kind", uploads.KINDS)
@pytest.mark.parametrize("other", uploads.KINDS)
def test_name_of_another_kind_is_refused(kind: str, other: str) -> None:
    if kind != other:
        refused(good()[kind][0], good()[other][1], "named as something else")


@pytest.mark.parametrize("kind", [kind for kind in uploads.KINDS if kind != uploads.CSV])
@pytest.mark.parametrize("tail", [b"<script>alert(1)</script>", archive(), b"%PDF-1.7 and more"])
def test_file_that_is_two_things_is_refused(kind: str, tail: bytes) -> None:
    data, name = good()[kind]
    refused(data + tail, name, "beside|after|end as|no workbook")


@pytest.mark.parametrize("kind", [kind for kind in uploads.KINDS if kind != uploads.CSV])
def test_file_that_is_cut_off_is_refused(kind: str) -> None:
    data, name = good()[kind]
    for part in (len(data) // 3, len(data) // 2, len(data) - 9):
        refused(data[:part], name, "cut off|cannot be opened|unknown")


def test_page_is_refused_under_every_name() -> None:
    for page in (b"<html><script>1</script>", b"\xef\xbb\xbf <svg onload=x>", b"a,b\n<script>x</script>,1"):
        for _, name in good().values():
            refused(page, name, "named as|page or a script")


def test_script_in_the_description_of_an_image_is_refused() -> None:
    data, name = good()[uploads.PNG]
    body = b"tEXt" + b"Comment\x00<script>alert(1)</script>"
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    refused(data[:33] + chunk + data[33:], name, "browser could run")


def test_image_that_is_huge_when_opened_is_refused() -> None:
    data, name = good()[uploads.PNG]
    refused(data[:16] + struct.pack(">II", 60000, 60000) + data[24:], name, "pixels")


@pytest.mark.parametrize("word", ["/JavaScript", "/OpenAction", "/Launch", "/EmbeddedFile", "/AA"])
def test_pdf_that_runs_something_is_refused(word: str) -> None:
    data, name = good()[uploads.PDF]
    refused(data.replace(b"\n", f"\n% {word} \n".encode(), 1), name, "can run")


def test_pdf_with_a_password_is_refused() -> None:
    data, name = good()[uploads.PDF]
    refused(data.replace(b"\n", b"\n% /Encrypt 5 0 R\n", 1), name, "password")


@pytest.mark.parametrize("part", ["xl/vbaProject.bin", "xl/externalLinks/externalLink1.xml", "xl/embeddings/a.bin"])
def test_workbook_with_macros_or_links_is_refused(part: str) -> None:
    refused(added(workbook(), part), "a.xlsx", "macros")


@pytest.mark.parametrize("part", ["../../etc/passwd", "/etc/passwd"])
def test_workbook_with_a_part_that_leads_elsewhere_is_refused(part: str) -> None:
    refused(added(workbook(), part), "a.xlsx", "lead elsewhere")


def test_workbook_that_is_huge_when_unpacked_is_refused() -> None:
    refused(added(workbook(), "xl/big.xml", "0" * 200_000_001), "a.xlsx", "unpacked")


def test_archive_that_is_no_workbook_is_refused() -> None:
    refused(archive(), "a.xlsx", "no workbook")
    refused(b"MZ" + workbook(), "a.xlsx", "named as")


@pytest.mark.parametrize(
    ("kind", "limit"), [(uploads.CSV, 20_000_000), (uploads.PNG, 12_000_000), (uploads.PDF, 20_000_000)]
)
def test_file_that_is_too_large_is_refused(kind: str, limit: int) -> None:
    data, name = good()[kind]
    refused(data + b" " * limit, name, "send a smaller one")


@pytest.mark.parametrize("data", [b"a\x00b", b"a,\x07", bytes(range(128, 256))])
def test_text_that_is_no_table_is_refused(data: bytes) -> None:
    refused(data, "a.csv", "no table has|no text")


def test_table_in_gb18030_is_taken() -> None:
    assert uploads.sniffed("样品,结果".encode("gb18030"), "a.csv").media_type == uploads.CSV


def test_empty_file_is_refused() -> None:
    refused(b"", "a.csv", "empty")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.csv", "passwd.csv"),
        ("C:\\secret\\a.csv", "a.csv"),
        ("a\x00\r\n\u202egpj.csv", "agpj.csv"),
        (".htaccess", "htaccess"),
        ('a"b<c>.csv', "a_b_c_.csv"),
        ("", "file"),
        ("长" * 300 + ".csv", "长" * 116 + ".csv"),
    ],
)
def test_name_is_made_safe(given: str, kept: str) -> None:
    assert uploads.safe_name(given) == kept


def scrambled(data: bytes) -> Callable[[int], bytes]:
    return lambda at: data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


@pytest.mark.parametrize("kind", uploads.KINDS)
def test_spoilt_file_is_taken_or_refused_but_never_breaks(kind: str) -> None:
    data, name = good()[kind]
    spoil = scrambled(data)
    for at in range(0, len(data), max(1, len(data) // 200)):
        try:
            uploads.sniffed(spoil(at), name)
        except UploadRefused:
            continue


class Unread:
    """A file that says how large it is, and must not be read."""

    name, size = "huge.pdf", 10**9

    def read(self) -> bytes:
        raise AssertionError("it was read")


def test_file_that_says_it_is_too_large_is_not_even_read() -> None:
    with pytest.raises(UploadRefused, match="more than"):
        uploads.read(Unread())
