"""A file with the results of many samples: read, looked at, and kept as it was looked at until it is applied exactly so."""

import json
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from zhiheng.errors import FileUnreadable, NothingThereYet
from zhiheng.evidence import plain
from zhiheng.register import uploads
from zhiheng.register.models import Account, Sample
from zhiheng.register.parties import sheet as tables
from zhiheng.register.results import bench, entry
from zhiheng.selection import chain

KINDS = (uploads.CSV, uploads.XLSX)
NEEDED = ("sample", "analyte", "value")
READ = ("sample", "tested_on", *entry.FIELDS)
MOST_ROWS = 20_000


@dataclass(frozen=True)
class Reject:
    """A cell of the file that keeps its sample from being entered, or that is only remarked on; rows as a spreadsheet numbers them."""

    row: int
    sample: str
    column: str
    header: str
    text: str
    key: str
    stops: bool


@dataclass(frozen=True)
class Entry:
    """What would be entered for one sample, and the verdict that it would come to."""

    sample: str
    product: str
    tested_on: str
    lines: list[dict[str, str]]
    found: list[dict[str, str]]
    verdict: str


@dataclass(frozen=True)
class Preview:
    """A file as it was looked at; `done` holds the reports by sample once it was applied."""

    token: str
    name: str
    laboratory: int
    by: str
    at: str
    rows: int
    entries: list[Entry] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    done: dict[str, str] = field(default_factory=dict)


def looked(account: Account, data: bytes, name: str, *, at: datetime | None = None) -> Preview:
    """Look a file through and keep what was seen; nothing is entered. UploadRefused and FileUnreadable say what is wrong with it."""
    upload = uploads.sniffed(data, name, allowed=KINDS)
    digest = uploads.keep(settings.WORKSPACE, data)
    header, rows = cells(uploads.place(settings.WORKSPACE, digest), upload)
    places = columns(upload.name, header)
    read = [{name: row[at] if at < len(row) else "" for name, at in places.items()} for _, row in rows]
    numbers = [number for number, _ in rows]
    rejects: list[Reject] = []

    def turned(row: int, column: str, key: str) -> None:
        shown = header[places[column]] if column in places else column
        stops = entry.Wrong(0, column, key).stops
        rejects.append(Reject(numbers[row], read[row]["sample"], column, shown, read[row].get(column, ""), key, stops))

    entries = seen(account, read, turned)
    now = timezone.localtime(at or timezone.now())
    token = chain.digest([digest, account.organisation_id, now.isoformat()])[:32]
    found = Preview(
        token, upload.name, account.organisation_id, account.username, now.isoformat(), len(rows), entries,
        sorted(rejects, key=lambda one: (not one.stops, one.row)),
    )  # fmt: skip
    kept(found)
    return found


def cells(path: Path, upload: uploads.Upload) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header, and the rows under it in which something stands, each with its number."""
    every = iter(tables.sheet(path) if upload.media_type == uploads.XLSX else tables.text(path))
    header = [cell.strip() for cell in next(every, [])]
    rows = [(number, row) for number, row in enumerate(every, start=2) if any(row)]
    if not 0 < len(rows) <= MOST_ROWS:
        raise FileUnreadable(
            f"{upload.name}: {len(rows):,} rows under the header; 1 to {MOST_ROWS:,} are read at once: divide the file, or fill it"
        )
    return header, rows


def columns(name: str, header: Sequence[str]) -> dict[str, int]:
    """The place of each column that is known, by our names, the labels of both languages, or common words."""
    by_key = {text.casefold(): place for place, text in reversed(list(enumerate(header)))}
    found = {}
    for column in READ:
        words = [column, *entry.known()["also"].get(column, ())]
        known = plain.header_of(column, tuple(header)) if column in entry.FIELDS else None
        if known is not None:
            found[column] = header.index(known)
        elif place := next((word for word in words if word.casefold() in by_key), ""):
            found[column] = by_key[place.casefold()]
    missing = [column for column in NEEDED if column not in found]
    if missing:
        said = ", ".join(
            f"{column} ({entry.known()['also'].get(column, [plain.ALSO.get(column, ('',))[-1]])[-1]})"
            for column in missing
        )
        raise FileUnreadable(f"{name}: no column {said} in row 1; it has {', '.join(header[:20])}: name one so")
    return found


def seen(account: Account, read: list[dict[str, str]], turned: Any) -> list[Entry]:
    """What would be entered for each sample of the file; whatever stands against it is told with row and column."""
    wanted = {row["sample"] for row in read if row["sample"]}
    held = {one.number: one for one in bench.samples(account).filter(number__in=wanted).select_related("case")}
    sealed = {one.seal: one for one in bench.samples(account).filter(seal__in=wanted).select_related("case")}
    groups: dict[str, list[int]] = {}
    samples: dict[str, Sample] = {}
    for place, row in enumerate(read):
        sample = held.get(row["sample"]) or sealed.get(row["sample"])
        if (key := refused(row["sample"], sample)) is not None:
            turned(place, "sample", key)
        elif sample is not None:
            groups.setdefault(sample.number, []).append(place)
            samples[sample.number] = sample
    looks = entry.looked(
        [(samples[number].case, [read[place] for place in places]) for number, places in groups.items()]
    )
    found = []
    for (number, places), look in zip(groups.items(), looks, strict=True):
        filled = [place for place in places if entry.rows([read[place]])]
        for one in look.wrong:
            turned(filled[min(one.row, len(filled) - 1)], one.column, one.key)
        try:
            day = next(
                (entry.day(read[place].get("tested_on", "")) for place in filled if read[place].get("tested_on")), None
            )
        except ValueError:
            turned(filled[0], "tested_on", "bad_day")
            continue
        if look.lines and not look.stops:
            told = [findings_told(row) for row in look.found]
            on = day.isoformat() if day else ""
            found.append(Entry(number, samples[number].case.title, on, look.lines, told, look.verdict))
    return found


TOLD = ("verdict", "reason", "rule_key", "rule_text", "operator", "citation", "force")


def findings_told(row: Mapping[str, Any]) -> dict[str, str]:
    """A finding as it is shown before anything is kept."""
    return {name: "" if row.get(name) is None else str(row[name]) for name in TOLD}


def refused(number: str, sample: Sample | None) -> str | None:
    """Why the results of a sample are not entered, if anything stands against it."""
    if not number:
        return "no_sample"
    if sample is None:
        return "sample_unknown"
    if sample.is_released:
        return "sample_released"
    if sample.stage in ("on_way", "elsewhere", "reserve"):
        return "sample_unknown"
    return "sample_waits" if sample.stage == "disputed" or sample.case.is_final else None


def place(token: str) -> Path:
    """Where a preview lies in the workspace."""
    name = "".join(letter for letter in token if letter in "0123456789abcdef")
    return Path(settings.WORKSPACE) / "results" / f"{name}.json"


def kept(found: Preview) -> None:
    """Write a preview, whole or not at all, for its owner's eyes only."""
    file = place(found.token)
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        json.dump(asdict(found), stream, ensure_ascii=False)
    draft.replace(file)


def opened(account: Account, token: str) -> Preview:
    """A preview of the own laboratory."""
    file = place(token)
    body = json.loads(file.read_text(encoding="utf-8")) if token and file.exists() else {}
    if body.get("laboratory") != account.organisation_id or account.role != "laboratory":
        raise NothingThereYet("there is no such file of results in your laboratory: send it again")
    entries = [Entry(**one) for one in body.pop("entries")]
    return Preview(entries=entries, rejects=[Reject(**one) for one in body.pop("rejects")], **body)
