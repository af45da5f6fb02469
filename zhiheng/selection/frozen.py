"""The frozen list of a draw: one canonical text file, scanned in one pass in bounded memory.

    stratum,id,size[,more columns]      UTF-8, lines end in \\n, no quotes, no comma within a cell
    440103,91440101MA5A,1               ascending by the bytes of stratum, then of id; no id twice; size a whole number

Strata are therefore stretches of rows, and the n-th row has one meaning for everybody. Numbers of rows begin at 0 below the
header; messages name the line of the file, which begins at 1 with the header.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zhiheng.errors import DrawInvalid

HEADER = ("stratum", "id", "size")
CHUNK_BYTES = 1 << 20  # what a processor keeps near: eight times as much takes half as long again
LINE_END, COMMA, QUOTE, BLANK = b'\n," '
MOST_DIGITS = 15
WORD = 8

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]
Words = NDArray[np.uint64]


@dataclass(frozen=True)
class Stretch:
    """One stratum: its name, its first row and its number of rows, and the sum of its sizes."""

    stratum: str
    first: int
    units: int
    size: int


@dataclass
class Frozen:
    """What one pass over a canonical list gives."""

    header: tuple[str, ...] = HEADER
    units: int = 0
    sha256: str = ""
    strata: list[Stretch] = field(default_factory=list)
    sizes: list[Places] = field(default_factory=list)
    columns: list[Places] = field(default_factory=list)
    lines: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Chunk:
    """Whole lines of the file: their bytes with 8 spare ones at the end, where each line starts, and where its cells end."""

    body: Bytes
    starts: Places
    ends: Places
    first: int

    def text(self, line: int) -> str:
        """A line without its end."""
        return bytes(self.body[self.starts[line] : self.ends[line, -1]]).decode("utf-8")

    def words(self, cell: int) -> Words:
        """A cell of every line as numbers of 8 bytes, lines x words: they compare as the bytes do."""
        start = self.starts if cell == 0 else self.ends[:, cell - 1] + 1
        length = self.ends[:, cell] - start
        # a cell of n bytes is n bytes from its start on; what follows it is cut off by the shift
        view = np.lib.stride_tricks.sliding_window_view(self.body, WORD)
        words = np.zeros((start.size, max(1, -(-int(length.max(initial=0)) // WORD))), dtype=np.uint64)
        whole = int(length.min()) // WORD
        for place in range(words.shape[1]):
            if place < whole:
                words[:, place] = view[start + WORD * place].view(">u8")[:, 0]
                continue
            kept = np.clip(length - WORD * place, 0, WORD)
            at = np.minimum(start + WORD * place, view.shape[0] - 1)
            word = view[at].view(">u8")[:, 0].astype(np.uint64)
            shift = ((WORD - kept) * 8).astype(np.uint64)
            words[:, place] = np.where(kept > 0, word >> shift << shift, 0)
        return words


def scan(
    path: Path,
    *,
    wanted: Places | None = None,
    sizes: bool = False,
    unique: bool = False,
    twins: Words | None = None,
    columns: Sequence[str] = (),
) -> Frozen:
    """One pass: form, order, checksum, strata; the lines of the wanted rows, the sizes of all, no id twice, when asked.

    DrawInvalid: the file is not canonical; the message names the first line. Memory: a chunk, 8 bytes a row for
    `sizes`, 16 bytes a row for `unique`. `twins`: also the lines whose id has one of these digests.
    `columns`: the names of further columns of whole numbers, to be read as rows x columns.
    """
    found, digest = Frozen(), hashlib.sha256()
    marks: list[Words] = []
    before: tuple[Words, Words] | None = None
    with path.open("rb") as stream:
        header = stream.readline()
        digest.update(header)
        found.header = _header(path, header)
        places = [_place(path, found.header, name) for name in columns]
        for chunk in _chunks(path, stream, digest, cells=len(found.header)):
            stratum, unit = chunk.words(0), chunk.words(1)
            _ordered(path, chunk, stratum, unit, before)
            before = (stratum[-1:], unit[-1:])
            held = _numbers(path, chunk, 2, found.header)
            _stretches(found.strata, chunk, stratum, held)
            if sizes:
                found.sizes.append(held)
            if columns:
                found.columns.append(np.column_stack([_numbers(path, chunk, place, found.header) for place in places]))
            if unique:
                marks.append(_mark(unit))
            if twins is not None:
                at = np.flatnonzero(np.isin(_mark(unit), twins)).tolist()
                found.lines |= {chunk.first + line: chunk.text(line) for line in at}
            if wanted is not None:
                low, high = np.searchsorted(wanted, [chunk.first, chunk.first + held.size])
                found.lines |= {int(row): chunk.text(int(row) - chunk.first) for row in wanted[low:high]}
            found.units += held.size
    found.sha256 = digest.hexdigest()
    if not found.units:
        raise DrawInvalid(f"{path.name}: the list holds nobody; nothing can be drawn")
    if unique and len(found.strata) > 1:
        _no_id_twice(path, marks)
    return found


def pick(path: Path, wanted: Places) -> Frozen:
    """The lines of the wanted rows of a list that was scanned before, and how many rows there are: nothing is checked."""
    found = Frozen()
    with path.open("rb") as stream:
        found.header = _header(path, stream.readline())
        rest = b""
        while read := stream.read(CHUNK_BYTES):
            text = rest + read
            ends = np.flatnonzero(np.frombuffer(text, dtype=np.uint8) == LINE_END)
            low, high = np.searchsorted(wanted, [found.units, found.units + ends.size])
            for row in wanted[low:high].tolist():
                line = row - found.units
                start = int(ends[line - 1]) + 1 if line else 0
                found.lines[row] = text[start : int(ends[line])].decode("utf-8")
            found.units += ends.size
            rest = text[int(ends[-1]) + 1 :] if ends.size else text
    return found


def _header(path: Path, line: bytes) -> tuple[str, ...]:
    try:
        header = tuple(line.decode("utf-8").removesuffix("\n").split(","))
    except UnicodeDecodeError as error:
        raise DrawInvalid(f"{path.name} line 1: not UTF-8; freeze the list again with 'zhiheng draw commit'") from error
    if header[:3] != HEADER or not line.endswith(b"\n"):
        raise DrawInvalid(
            f"{path.name} line 1: the header is not {','.join(HEADER)} with more columns behind; "
            "freeze the list again with 'zhiheng draw commit'"
        )
    return header


def _chunks(path: Path, stream: "object", digest: "hashlib._Hash", *, cells: int) -> Iterator[Chunk]:
    """Whole lines at a time."""
    rest, row = b"", 0
    while True:
        read = stream.read(CHUNK_BYTES)  # type: ignore[attr-defined]
        digest.update(read)
        text = rest + read
        if not read:
            if rest:
                raise DrawInvalid(f"{path.name} line {row + 2}: the last line has no end: the file is cut off")
            return
        cut = text.rfind(b"\n") + 1
        rest, text = text[cut:], text[:cut]
        if not text:
            continue
        chunk = _lines(path, text, row, cells)
        yield chunk
        row += chunk.starts.size


def _lines(path: Path, text: bytes, row: int, cells: int) -> Chunk:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as error:
        line = row + text.count(b"\n", 0, error.start) + 2
        raise DrawInvalid(f"{path.name} line {line}: not UTF-8; save the list as UTF-8") from error
    body = np.frombuffer(text + bytes(WORD), dtype=np.uint8)
    ends = np.flatnonzero(body == LINE_END)
    starts = np.concatenate([[0], ends[:-1] + 1])
    commas = np.flatnonzero(body == COMMA)
    plain = body[:-WORD]
    if np.count_nonzero(plain < BLANK) != ends.size or np.count_nonzero(plain == QUOTE):
        strange = np.flatnonzero((plain < BLANK) & (plain != LINE_END) | (plain == QUOTE))
        line = row + int(np.searchsorted(ends, strange[0])) + 2
        raise DrawInvalid(f"{path.name} line {line}: a quote or a control character; cells hold plain text only")
    if commas.size == ends.size * (cells - 1):
        inner = commas.reshape(-1, cells - 1)
        if np.all(inner[:, 0] >= starts) and np.all(inner[:, -1] < ends):
            return Chunk(body, starts, np.column_stack([inner, ends]), row)
    counts = np.searchsorted(commas, ends) - np.searchsorted(commas, starts)
    line = int(np.flatnonzero(counts != cells - 1)[0])
    raise DrawInvalid(f"{path.name} line {row + line + 2}: {counts[line] + 1} cells, the header has {cells}")


def _ordered(path: Path, chunk: Chunk, stratum: Words, unit: Words, before: tuple[Words, Words] | None) -> None:
    """Strictly ascending by stratum and id, and neither of them empty."""
    empty = np.flatnonzero((stratum[:, 0] == 0) | (unit[:, 0] == 0))
    if empty.size:
        line = int(empty[0])
        what = "stratum" if stratum[line, 0] == 0 else "id"
        raise DrawInvalid(f"{path.name} line {chunk.first + line + 2}: no {what}; fill it in, or leave the row out")
    if before is not None:
        stratum, unit = _above(before[0], stratum), _above(before[1], unit)
    both = np.concatenate([stratum, unit], axis=1)
    state = np.zeros(both.shape[0] - 1, dtype=np.int8)  # 0 equal so far, 1 rises, -1 falls
    for word in range(both.shape[1]):
        rises, falls = both[1:, word] > both[:-1, word], both[1:, word] < both[:-1, word]
        state = np.where(state == 0, rises.astype(np.int8) - falls.astype(np.int8), state)
    wrong = np.flatnonzero(state <= 0)
    if wrong.size:
        line = int(wrong[0]) + (before is None)
        told = "the id stands there twice" if state[wrong[0]] == 0 else "the rows are not in order of stratum and id"
        raise DrawInvalid(f"{path.name} line {chunk.first + line + 2} ({chunk.text(line)}): {told}")


def _above(upper: Words, lower: Words) -> Words:
    width = max(upper.shape[1], lower.shape[1])
    return np.concatenate([np.pad(part, ((0, 0), (0, width - part.shape[1]))) for part in (upper, lower)])


def _place(path: Path, header: Sequence[str], name: str) -> int:
    """Where a further column stands."""
    if name not in header[len(HEADER) :]:
        told = ", ".join(header[len(HEADER) :]) or "none"
        raise DrawInvalid(f"{path.name} line 1: there is no column '{name}' to balance on; further columns are {told}")
    return header.index(name)


def _numbers(path: Path, chunk: Chunk, cell: int, header: Sequence[str]) -> Places:
    """A cell of every line as a whole number."""
    start, end = chunk.ends[:, cell - 1] + 1, chunk.ends[:, cell]
    length = end - start
    found, fine = np.zeros(start.size, dtype=np.int64), (length > 0) & (length <= MOST_DIGITS)
    for place in range(int(min(length.max(initial=0), MOST_DIGITS))):
        inside = place < length
        digit = chunk.body[np.where(inside, start + place, 0)].astype(np.int64) - ord("0")
        fine &= ~inside | ((digit >= 0) & (digit <= 9))
        found = np.where(inside, found * 10 + digit, found)
    if not fine.all():
        line = int(np.flatnonzero(~fine)[0])
        raise DrawInvalid(
            f"{path.name} line {chunk.first + line + 2} ({chunk.text(line)}): the {header[cell]} is not a whole number of at most "
            f"{MOST_DIGITS} digits; write {'1 where all units count alike' if cell == 2 else '0 where there is none'}"
        )
    return found


def _stretches(strata: list[Stretch], chunk: Chunk, stratum: Words, sizes: Places) -> None:
    """Add the chunk's rows to the stretches of equal stratum."""
    cuts = np.flatnonzero(np.any(stratum[1:] != stratum[:-1], axis=1)) + 1
    bounds = np.concatenate([[0], cuts, [stratum.shape[0]]])
    for low, high in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        name = bytes(chunk.body[chunk.starts[low] : chunk.ends[low, 0]]).decode("utf-8")
        total = int(sizes[low:high].sum())
        if strata and strata[-1].stratum == name:
            last = strata.pop()
            strata.append(Stretch(name, last.first, last.units + high - low, last.size + total))
        else:
            strata.append(Stretch(name, chunk.first + low, high - low, total))


def _mark(unit: Words) -> Words:
    """A 64-bit digest of each id, to find one that stands in two strata."""
    found = np.zeros(unit.shape[0], dtype=np.uint64)
    for word in range(unit.shape[1]):
        # words of trailing blanks add nothing, so that chunks of other width give the same digest
        held = unit[:, word]
        mixed = (held ^ (held >> np.uint64(31))) * np.uint64(0x9E3779B97F4A7C15 + 2 * word)
        found = np.where(held == 0, found, (found ^ (found >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9) + mixed)
    return found


def _no_id_twice(path: Path, marks: list[Words]) -> None:
    """Equal digests are looked at in the file itself: digests may meet by chance."""
    every = np.concatenate(marks)
    marks.clear()
    every.sort()
    twins = np.unique(every[1:][every[1:] == every[:-1]])
    if not twins.size:
        return
    seen: dict[str, int] = {}
    for row, line in sorted(scan(path, twins=twins).lines.items()):
        unit = line.split(",")[1]
        if unit in seen:
            raise DrawInvalid(
                f"{path.name} lines {seen[unit] + 2} and {row + 2}: the id {unit} stands in two strata and would have "
                "two chances; keep one of the rows"
            )
        seen[unit] = row
