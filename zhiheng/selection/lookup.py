"""Questions about one target or one page of a draw, answered without reading the list: it is sorted, so a place is found by halving.

A list of 50 million rows and a stratum for each county takes less than a second; an outcome is read as a stream.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import BinaryIO

from zhiheng.errors import DrawTampered
from zhiheng.selection.ceremony import Ceremony
from zhiheng.selection.commitment import Committed
from zhiheng.selection.draw import COLUMNS, TABLE
from zhiheng.selection.frozen import HEADER


@dataclass(frozen=True)
class Row:
    """A drawn target: its probability as the fraction that the protocol states."""

    row: int
    stratum: str
    id: str
    probability: tuple[int, int]
    inspectors: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """Whether a target is in the list, in which stratum, with what probability, and whether it was drawn.

    `probability` is None where it only follows with the outcome; `drawn` is None before it.
    """

    id: str
    stratum: str | None = None
    size: int | None = None
    units: int | None = None
    probability: tuple[int, int] | None = None
    drawn: Row | None = None
    is_drawn: bool | None = None


def rows(entry: Ceremony, *, first: int = 0, size: int | None = None) -> Iterator[Row]:
    """Drawn targets in the order of outcome.csv. DrawTampered: a line that is none of an outcome."""
    try:
        with (entry.folder / TABLE).open(encoding="utf-8", newline="\n") as stream:
            if next(stream, "").rstrip("\n").split(",") != list(COLUMNS):
                raise DrawTampered(f"{TABLE} line 1: the header is not {','.join(COLUMNS)}")
            last = None if size is None else first + size
            for line, text in enumerate(islice(stream, first, last), start=first + 2):
                yield _row(text, line)
    except (OSError, UnicodeDecodeError) as error:
        raise DrawTampered(f"{TABLE} cannot be read: {error}") from error


def _row(text: str, line: int) -> Row:
    try:
        row, stratum, unit, chance, inspectors = text.rstrip("\n").split(",")
        top, bottom = (int(part) for part in chance.split("/"))
        if not 0 < top <= bottom:
            raise ValueError(chance)
        return Row(int(row), stratum, unit, (top, bottom), tuple(inspectors.split()))
    except ValueError as error:
        raise DrawTampered(f"{TABLE} line {line}: it is none of an outcome ({error})") from error


def answer(entry: Ceremony, unit: str) -> Answer:
    """What a draw says of the target with this id. DrawTampered: list or outcome cannot be read."""
    assert entry.found is not None
    path = entry.folder / str(entry.found.body["list"])
    try:
        with path.open("rb") as stream:
            held = _held(stream, path, entry.found, unit)
    except OSError as error:
        raise DrawTampered(f"{path.name} cannot be read: {error}") from error
    if held is None:
        return Answer(unit)
    place, size = held
    stretch, drawn = entry.found.strata[place], entry.found.n[place]
    found = Answer(unit, stretch.stratum, size, stretch.units)
    simple = entry.plan.get("design") == "simple"
    if entry.stage != "drawn":
        return Answer(**found.__dict__ | {"probability": (drawn, stretch.units) if simple else None})
    own, total, left = None, 1, 0
    for row in rows(entry):
        if row.stratum == stretch.stratum:
            own = row if row.id == unit else own
            if row.probability[0] < row.probability[1] or simple:
                total, left = row.probability[1], left + 1
    # who was not drawn is not certain; the others drawn by size say of how many, and of which sum of sizes
    chance = own.probability if own else ((drawn, stretch.units) if simple else (left * size, total))
    return Answer(**found.__dict__ | {"probability": chance, "drawn": own, "is_drawn": own is not None})


def _held(stream: BinaryIO, path: Path, found: Committed, unit: str) -> tuple[int, int] | None:
    """The number of the stratum and the size of a target."""
    header = stream.readline()
    if header.decode("utf-8", errors="replace").rstrip("\n").split(",")[:3] != list(HEADER):
        raise DrawTampered(f"{path.name} line 1: the header is not {','.join(HEADER)}")
    with mmap(stream.fileno(), 0, access=ACCESS_READ) as body:
        for place, stretch in enumerate(found.strata):
            cells = _line(body, (stretch.stratum.encode(), unit.encode()), len(header))
            if cells is not None:
                return place, int(cells[2]) if cells[2:] and cells[2].isdigit() else 0
    return None


def _line(body: mmap, wanted: tuple[bytes, bytes], low: int) -> list[bytes] | None:
    """The cells of the line with this stratum and id; lines begin at `low`."""
    high = len(body)
    while low < high:
        middle = (low + high) // 2
        start = body.rfind(b"\n", low, middle) + 1 or low
        end = body.find(b"\n", middle)
        end = len(body) if end < 0 else end
        cells = body[start:end].split(b",", len(HEADER))
        key = (cells[0], cells[1] if cells[1:] else b"")
        if key == wanted:
            return cells
        if key < wanted:
            low = end + 1
        else:
            high = start
    return None
