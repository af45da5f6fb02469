"""Printed test results: a cell of text in, the items printed in it out, in order, nothing lost.

    cn-notice   analyte ║ result ║ limit, several joined by a mark, a new line or nothing; first test and retest marked
    tw-border   檢出 [class of hazard] analyte number unit, several joined by 、
    kr_spec     a result and a specification in two fields

Every piece comes back as an Item or as Unread with the reason; no text makes these functions raise.
The grammar of one figure is in figures.py, that of its spelling in spelling.py.
"""

import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from zhiheng.evidence.figures import Limit, PrintedError, Quantity, limit, quantities, quantity
from zhiheng.evidence.spelling import analyte_key, normalise

__all__ = [
    "GRAMMARS", "Item", "Limit", "PrintedError", "Quantity", "Unread",
    "analyte_key", "cn_notice", "kr_spec", "limit", "normalise", "quantities", "quantity", "tw_border",
]  # fmt: skip


@dataclass(frozen=True)
class Item:
    """One analyte with what was found and what was asked for, and the slice of the source it was read from."""

    analyte: str
    stage: str
    results: tuple[Quantity, ...]
    limit: Limit | None
    text: str


@dataclass(frozen=True)
class Unread:
    """A piece of the source that could not be read, and why."""

    text: str
    why: str


_LONGEST_CELL = 20_000  # characters; guards time, no notice prints as much in one cell
_LONGEST_PART = 100  # characters; the longest printed limits have about 50
_SHOWN = 200

_FIELD_MARK = re.compile(r"\|\||[║‖∥┃│|¦]")
_STAGE_MARK = re.compile(r"(?:(?P<first>初检|初次检验|首次检验|首检)|复检|复验|复测)(?:结果)?\s{0,3}[：:]{1,3}")
_JOINTS = " \t\r\n\u3000；;，,、。"
_STRONG_JOINT = re.compile(r"[；;\r\n]")
_WEAK_JOINT = re.compile(r"[，,、]")


@dataclass(frozen=True)
class _Part:
    """A stretch of the source, without the joints at its ends."""

    source: str
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.source[self.start : self.end]

    def trimmed(self) -> "_Part":
        left = len(self.text) - len(self.text.lstrip(_JOINTS))
        right = len(self.text.rstrip(_JOINTS))
        return _Part(self.source, self.start + left, self.start + max(left, right))

    def cut(self, size: int) -> tuple["_Part", "_Part"]:
        middle = self.start + size
        return _Part(self.source, self.start, middle), _Part(self.source, middle, self.end).trimmed()


def _is_word(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff"


def _ends(text: str) -> Iterator[int]:
    """Give the places where one printed part may end and the next begin, the farthest first."""
    for size in range(min(len(text), _LONGEST_PART), 0, -1):
        after, last = text[size : size + 1], text[size - 1]
        if not after or after in _JOINTS or _is_word(after) or _is_word(last):
            yield size


def _is_limit(text: str) -> bool:
    read = limit(text)
    return bool(read.operator) or read.remark.startswith(("figure missing", "no limit", "raised figure lost"))


def _is_result(text: str) -> bool:
    try:
        return bool(quantities(text, units_tested=1))
    except PrintedError:
        return False


def _split(part: _Part, is_readable: Callable[[str], bool]) -> tuple[_Part, _Part] | None:
    """Cut a part that holds a figure and the next analyte where the longest readable figure ends."""
    for size in _ends(part.text):
        figure, analyte = part.cut(size)
        # A mark inside the rest shows that the figure goes on: ≤80%标示值；铅
        if not _STRONG_JOINT.search(analyte.text) and is_readable(figure.text.strip(_JOINTS)):
            return figure, analyte
    return None


def _limit_and_next(part: _Part) -> tuple[_Part, _Part]:
    found = _split(part, _is_limit)
    if found:
        return found
    joint = _STRONG_JOINT.search(part.text) or _WEAK_JOINT.search(part.text)
    return part.cut(joint.start() if joint else len(part.text))


def _cell_refused(text: str) -> Unread | None:
    if not text.strip(_JOINTS):
        return Unread(text[:_SHOWN], "the cell is empty: ask the publisher, or look at the bulletin")
    if len(text) > _LONGEST_CELL:
        why = f"the cell has {len(text)} characters, more than {_LONGEST_CELL}: the columns of the file may be shifted"
        return Unread(text[:_SHOWN] + "…", why + "; look at the file")
    return None


def _read(*, name: str, stage: str, result: str, asked: str | None, text: str) -> Item | Unread:
    """Read one analyte, its result and its limit."""
    if not name or _is_result(name):
        return Unread(text, "no analyte is printed before this result: compare with the bulletin and add it by hand")
    requirement = limit(asked) if asked is not None else None
    tested = requirement.n if requirement else None
    try:
        return Item(name, stage, quantities(result, units_tested=tested), requirement, text)
    except PrintedError as error:
        return Unread(text, f"{name}: {error}")


def _fields(part: _Part) -> list[_Part]:
    fields, start = [], part.start
    for mark in _FIELD_MARK.finditer(part.source, part.start, part.end):
        fields.append(_Part(part.source, start, mark.start()).trimmed())
        start = mark.end()
    return [*fields, _Part(part.source, start, part.end).trimmed()]


def _items(fields: list[_Part], *, stage: str, carried: str) -> Iterator[Item | Unread]:
    """Walk over the fields: analyte, result, limit and the next analyte, result, limit …"""
    rest = deque(fields)
    # A retest often leaves the analyte out: 复检结果：0.00430g/kg║不得使用
    nameless = bool(carried) and _is_result(fields[0].text)
    name = _Part(fields[0].source, fields[0].start, fields[0].start) if nameless else rest.popleft()
    while rest:
        result, asked, after = rest.popleft(), None, None
        # An even number left: somewhere a limit was left out, and the next analyte is in the field of the result.
        shifted = _split(result, _is_result) if rest and not len(rest) % 2 and not _is_result(result.text) else None
        if shifted and shifted[1].text:
            result, after = shifted
        elif rest:
            asked = rest.popleft()
            asked, after = _limit_and_next(asked) if rest else (asked, None)
        text = name.source[name.start : (asked or result).trimmed().end]
        printed = asked.text if asked else None
        yield _read(name=name.text or carried, stage=stage, result=result.text, asked=printed, text=text)
        carried, name = "", after or name


def _segments(text: str) -> Iterator[tuple[str, _Part]]:
    """Give the stretches between the marks of first test and retest, with their stage."""
    stage, start = "first", 0
    for mark in _STAGE_MARK.finditer(text):
        yield stage, _Part(text, start, mark.start()).trimmed()
        stage, start = ("first" if mark["first"] else "retest"), mark.end()
    yield stage, _Part(text, start, len(text)).trimmed()


def _with_limits_carried(found: list[Item | Unread]) -> list[Item | Unread]:
    """Give a result without a printed limit the limit of the other test of the same analyte."""
    read = list(found)
    for here, there in [*pairwise(range(len(read))), *((b, a) for a, b in pairwise(range(len(read))))]:
        one, other = read[here], read[there]
        if isinstance(one, Item) and isinstance(other, Item) and one.limit is None and one.stage != other.stage:
            same = analyte_key(one.analyte) == analyte_key(other.analyte)
            read[here] = replace(one, limit=other.limit) if same else one
    return read


def _segment(part: _Part, *, stage: str, carried: str) -> list[Item | Unread]:
    """Read one stretch of text that belongs to one test."""
    fields = _fields(part)
    while len(fields) > 2 and not fields[-1].text:
        fields.pop()
    if len(fields) > 1:
        return list(_items(fields, stage=stage, carried=carried))
    if carried and _is_result(part.text):
        return [_read(name=carried, stage=stage, result=part.text, asked=None, text=part.text)]
    why = "no analyte, result and limit with marks (║) between them: compare with the bulletin"
    return [Unread(part.text[:_SHOWN], why)]


def _stands_alone(part: _Part, following: _Part) -> bool:
    """Say whether this is an analyte before the mark of a stage: 铅║初检：0.5mg/kg；复检：0.6mg/kg║≤0.2mg/kg."""
    fields = _fields(part)
    is_name = len(fields) == 2 and not fields[1].text and not _is_result(fields[0].text)
    return is_name and _is_result(_fields(following)[0].text)


def cn_notice(text: str) -> list[Item | Unread]:
    """Read the failed items of one product in a notice of mainland China.

    >>> [(item.analyte, item.stage) for item in cn_notice("铅║0.6mg/kg║≤0.5mg/kg；镉║0.3mg/kg║≤0.1mg/kg")]
    [('铅', 'first'), ('镉', 'first')]
    """
    refused = _cell_refused(text)
    if refused:
        return [refused]
    found: list[Item | Unread] = []
    carried = ""
    segments = [(stage, part) for stage, part in _segments(text) if part.text]
    for place, (stage, part) in enumerate(segments, start=1):
        if place < len(segments) and _stands_alone(part, segments[place][1]):
            carried = _fields(part)[0].text
            continue
        read = _segment(part, stage=stage, carried=carried)
        found.extend(read)
        # Only a single analyte can be meant by a retest that names none.
        carried = read[0].analyte if len(read) == 1 and isinstance(read[0], Item) else ""
    if not found:
        found.append(Unread(text[:_SHOWN], "a mark of first test or retest and nothing else: look at the bulletin"))
    return _with_limits_carried(found)


# ------------------------------------------------------------------------------------- border inspection, Taiwan

_TW_JOINT = re.compile(r"[、，；;。\n]|,(?![0-9])")
_TW_VERB = re.compile(r"^(?:檢出|检出|驗出)?")
_TW_CLASS = re.compile(
    r"^(?:殘留農藥|農藥殘留|農藥|動物用藥殘留|動物用藥|殘留|重金屬|防腐劑|漂白劑|甜味劑|著色劑|抗氧化劑|真菌毒素|食品添加物)(?=.)"
)
_TW_DERIVED = re.compile(r"回推|換算")
_TW_FIGURE = re.compile(r"(?<![0-9０-９.,×^/])(?<![0-9][:：~～-])(?:[<>＜＞]|[小大低高]於)?[0-9０-９]")


def _tw_piece(piece: str) -> Item | Unread:
    plain = normalise(piece)
    if _TW_DERIVED.search(plain):
        why = "a figure worked out from the one before it, not measured: take it up by hand if the rule asks for it"
        return Unread(piece, why)
    found = _TW_VERB.sub("", piece).strip()
    found = _TW_CLASS.sub("", found).strip()
    for start in [match.start() for match in _TW_FIGURE.finditer(found)][:20]:
        try:
            result = quantity(found[start:])
        except PrintedError:
            continue
        analyte = found[:start].strip().rstrip("為为:：").strip()
        if analyte and result.unit:  # without a unit the figure belongs to the name: 維生素B12
            return Item(analyte, "first", (result,), None, piece)
    return _tw_without_figure(piece, found)


def _tw_without_figure(piece: str, found: str) -> Item | Unread:
    positive = found.removesuffix("陽性").strip()
    is_found = piece.startswith(("檢出", "检出", "驗出")) or positive != found
    if is_found and positive and not re.search(r"[0-9]", positive):
        return Item(positive, "first", (Quantity("detected", None, "", None, ""),), None, piece)
    return Unread(piece, f"'{piece[:60]}': no analyte followed by a figure and its unit; enter it by hand")


def tw_border(text: str) -> list[Item | Unread]:
    """Read what the border inspection of Taiwan found in one consignment.

    >>> [item.analyte for item in tw_border("檢出殘留農藥凡殺同0.02 ppm、百克敏0.15 ppm")]
    ['凡殺同', '百克敏']
    """
    refused = _cell_refused(text)
    if refused:
        return [refused]
    pieces = [piece.strip() for piece in _TW_JOINT.split(text) if piece.strip()]
    return [_tw_piece(piece) for piece in pieces] or [Unread(text[:_SHOWN], "there are no words in the cell")]


def kr_spec(result: str, spec: str) -> list[Item | Unread]:
    """Read a Korean result with its specification; the caller knows the analyte.

    >>> kr_spec("39.84 mg/kg", "10.0미만 mg/kg")[0].limit.operator
    '<'
    """
    text = f"{result}║{spec}"
    refused = _cell_refused(result) or (_cell_refused(spec) if len(spec) > _LONGEST_CELL else None)
    if refused:
        return [refused]
    requirement: Limit | None = limit(spec) if spec.strip() else None
    try:
        read = quantities(result, units_tested=requirement.n if requirement else None)
    except PrintedError as error:
        return [Unread(text, str(error))]
    return [Item("", "first", read, requirement, text)]


GRAMMARS: dict[str, Callable[[str], list[Item | Unread]]] = {"cn-notice": cn_notice, "tw-border": tw_border}
