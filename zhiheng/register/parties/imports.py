"""Previews of imports as the workspace keeps them: the file as it came, what would be done with each row, and the rejected rows."""

import csv
import hashlib
import json
import os
import re
import shutil
from collections.abc import Sequence
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

from zhiheng.errors import NothingThereYet
from zhiheng.register.parties import preview, sheet
from zhiheng.register.parties.preview import OUTCOMES, Line, Preview
from zhiheng.reports import files

SHOWN = 200  # so many rows of each outcome are told in the summary; all are in the files
NAME = re.compile(r"[0-9a-f]{64}")
REJECTED = (
    ("row", "行 row"), ("column", "列 column"), ("value", "内容 value"), ("what", "问题"), ("remedy", "处理办法"),
    ("what_en", "what"), ("remedy_en", "what to do"),
)  # fmt: skip


def folder(workspace: Path) -> Path:
    """Where previews are kept."""
    return workspace / "imports"


def kept(workspace: Path, file: Path, *, name: str, on: date, add_likely: bool = False) -> tuple[Preview, Path]:
    """Preview a file and keep the preview with the file itself; nothing is written to the register."""
    rows = sheet.read(file)
    found = preview.preview(rows, name=name, source=digest(file), on=on, add_likely=add_likely)
    place = folder(workspace) / found.digest
    if (place / "summary.json").exists():
        return found, place
    draft = place.with_name(f".{place.name}.{os.getpid()}")
    draft.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, draft / f"source{file.suffix.casefold()}")
    (draft / "rejected.csv").write_text(rejected(found.lines), encoding="utf-8-sig")
    (draft / "held.csv").write_text(held(found.lines), encoding="utf-8-sig")
    body = json.dumps(summary(found), ensure_ascii=False, indent=1)
    (draft / "summary.json").write_text(body, encoding="utf-8")
    shutil.rmtree(place, ignore_errors=True)
    draft.rename(place)
    return found, place


def digest(file: Path) -> str:
    """SHA-256 of a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def summary(found: Preview) -> dict[str, Any]:
    """What a page shows of a preview: the counts, and the first rows of each outcome."""
    first: dict[str, list[Line]] = {outcome: [] for outcome in OUTCOMES}
    for line in found.lines:
        if len(first[line.outcome]) < SHOWN:
            first[line.outcome].append(line)
    return {
        "digest": found.digest,
        "name": found.name,
        "source": found.source,
        "on": found.on.isoformat(),
        "add_likely": found.add_likely,
        "rows": len(found.lines),
        "counts": found.counts,
        "first": {outcome: [line.told() for line in lines] for outcome, lines in first.items()},
    }


def read(workspace: Path, key: str) -> dict[str, Any]:
    """The summary of a kept preview."""
    file = folder(workspace) / key / "summary.json"
    if not NAME.fullmatch(key) or not file.is_file():
        raise NothingThereYet(f"there is no preview {key[:16]} here: preview the file again")
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def again(workspace: Path, key: str) -> Preview:
    """The preview of the kept file against the register as it is now."""
    told = read(workspace, key)
    file = next((folder(workspace) / key).glob("source.*"))
    return preview.preview(
        sheet.read(file),
        name=told["name"],
        source=digest(file),
        on=date.fromisoformat(told["on"]),
        add_likely=told["add_likely"],
    )


def rejected(lines: Sequence[Line]) -> str:
    """The rejected rows: row, column, what is wrong and what to do, in both languages."""
    rows = []
    for line in lines:
        for fault in line.faults:
            (what, remedy), (what_en, remedy_en) = fault.said("zh"), fault.said("en")
            shown = sheet.columns().shown.get(fault.field, fault.field)
            rows.append([line.row, shown, fault.value, what, remedy, what_en, remedy_en])
    return table([title for _, title in REJECTED], rows)


def held(lines: Sequence[Line]) -> str:
    """The rows that were held back because they may be there already, under the headers that an import understands."""
    names = list(sheet.columns().shown)
    rows = [[line.fields.get(name, "") for name in names] for line in lines if line.outcome == "likely"]
    return table([sheet.columns().shown[name] for name in names], rows)


def table(titles: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A CSV; a text that a spreadsheet would run as a formula is made harmless."""
    told = StringIO()
    writer = csv.writer(told, lineterminator="\n")
    writer.writerow(titles)
    writer.writerows([[files.quieted(cell) for cell in row] for row in rows])
    return told.getvalue()
