"""The files of a draw: one by one, all as one, and the table of what was drawn."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse

import zhiheng
from zhiheng.errors import DrawUnknown, NothingThereYet, UsageError
from zhiheng.reports import files
from zhiheng.selection import DRAWN
from zhiheng.selection.ceremony import Ceremony
from zhiheng.selection.inspection import zip_bytes
from zhiheng.selection.lookup import Row, rows
from zhiheng.web.access import access
from zhiheng.web.pages import words
from zhiheng.web.pages.ceremony.shown import one
from zhiheng.web.pages.exports import MOST, MOST_SHEET, pieces

VERIFIER = Path(zhiheng.__file__).resolve().parents[1] / "docs" / "verify_draw.py"
TEXT = "text/plain; charset=utf-8"
TYPES = {".json": "application/json", ".csv": "text/csv; charset=utf-8"}


@access("public")
def file(request: HttpRequest, name: str, file: str) -> FileResponse:  # noqa: ARG001
    """A file of a draw, byte by byte, if anybody may read it by now."""
    path = one(name).public(file)
    kind = TYPES.get(path.suffix, "application/octet-stream")
    return FileResponse(path.open("rb"), as_attachment=True, filename=path.name, content_type=kind)


@access("public")
def verifier(request: HttpRequest) -> FileResponse:  # noqa: ARG001
    """The verifier that needs nothing but Python."""
    if not VERIFIER.exists():
        raise NothingThereYet("verify_draw.py was not installed with the program: take it from docs/ of the source")
    return FileResponse(VERIFIER.open("rb"), as_attachment=True, filename=VERIFIER.name, content_type=TEXT)


@access("public")
def packed(request: HttpRequest, name: str) -> HttpResponse:  # noqa: ARG001
    """Every file that anybody may read by now, in one folder, with the verifier."""
    entry = one(name)
    chosen = packable(entry)
    if not chosen:
        raise UsageError(f"the folder of '{name}' is too large to be packed: take its files one by one")
    response = StreamingHttpResponse(
        pieces(lambda path: pack(path, entry.name, chosen), "zip"), content_type="application/zip"
    )
    response["Content-Disposition"] = f'attachment; filename="{entry.name}.zip"'
    return response


def packable(entry: Ceremony) -> list[Path]:
    """The files of the packed folder; none where they are too many bytes."""
    found = [entry.folder / file.name for file in entry.files() if file.is_public]
    total = sum(path.stat().st_size for path in found)
    return [*found, *([VERIFIER] if VERIFIER.exists() else [])] if total <= zip_bytes(entry) else []


def pack(path: Path, folder: str, chosen: list[Path]) -> None:
    """Write files into one archive, in a folder of the draw's name."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for entry in chosen:
            archive.write(entry, entry.name if entry == VERIFIER else f"{folder}/{entry.name}")


@access("public")
def drawn(request: HttpRequest, name: str, form: str) -> HttpResponse:  # noqa: ARG001
    """What was drawn, as a table."""
    entry = one(name)
    if form not in files.FORMS:
        raise UsageError(f"there is no form '{form[:20]}'; there are {', '.join(files.FORMS)}")
    if entry.stage != "drawn":
        raise DrawUnknown(f"'{name}' is not drawn yet: its table comes with the outcome")
    heads = {c: c if form == "parquet" else words.label(DRAWN, c) for c in DRAWN.schema.names}

    def write(path: Path) -> None:
        found = rows(entry, size=MOST_SHEET if form == "xlsx" else MOST)
        files.write_rows(path, list(heads.values()), list(told(found, heads)))

    response = StreamingHttpResponse(pieces(write, form), content_type=files.FORMS[form])
    response["Content-Disposition"] = f'attachment; filename="{entry.name}-drawn.{form}"'
    return response


def told(found: Iterator[Row], heads: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Rows under the headers of a file."""
    for row in found:
        top, bottom = row.probability
        body = (row.row, row.stratum, row.id, top / bottom, f"{top}/{bottom}", " ".join(row.inspectors))
        yield dict(zip(heads.values(), body, strict=True))
