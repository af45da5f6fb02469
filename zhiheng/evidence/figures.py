"""Printed figures: what a test found (Quantity) and what was asked for (Limit), read by a small grammar.

    quantity = [comparator] number [unit] [level] | not-detected [level] [unit] | detected [unit]
    limit    = word [unit] | n, c, m[, M] [unit] | [operator] number (± | ~) number unit | bound [bound]
    bound    = [operator] number [word] [unit] [word]

Units keep their normalised spelling and are never converted. Nothing here reads a file or a clock.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from zhiheng.errors import PrintedTextUnreadable as PrintedError
from zhiheng.evidence.spelling import FOUND, GROUPED_NUMBER, NOT_FOUND, NUMBER, UNIT, UNIT_END, decimal, normalise
from zhiheng.evidence.spelling import unit as spelled

__all__ = ["Limit", "PrintedError", "Quantity", "limit", "quantities", "quantity"]


@dataclass(frozen=True)
class Quantity:
    """One printed result: a figure with its comparator, or found / not found without one."""

    comparator: str
    value: Decimal | None
    unit: str
    level: Decimal | None
    level_unit: str


@dataclass(frozen=True)
class Limit:
    """One printed requirement; operator "" means it cannot be read, and the remark says why."""

    operator: str
    low: Decimal | None = None
    high: Decimal | None = None
    n: int | None = None
    c: int | None = None
    m: Decimal | None = None
    M: Decimal | None = None
    unit: str = ""
    remark: str = ""


_LONGEST = 2_000  # characters; a longer text is no figure, and long texts cost time

_LEVEL_NAME = r"(?:检出限|檢出限|检测限|定量限|检测低限|偵測極限|定量極限|검출한계|정량한계|(?i:lod|loq|mdl|rl))"
_LEVEL = re.compile(
    rf"(?:(?P<bracket>\()|[,;])?"
    rf"(?:(?:(?P<of>[^\W\d_]{{1,9}})的)?(?:方法|仪器)?{_LEVEL_NAME}[为為]?[:=<]?|(?(bracket)<|(?!)))"
    rf"(?P<level>{NUMBER})(?P<unit>{UNIT})?(?(bracket)\))(?![0-9])"
)
_HEAD = re.compile(rf"(?P<nd>{NOT_FOUND})|(?P<found>{FOUND})?(?P<sign>[<>=]|[小大低高][于於])?(?=[-0-9.])|{FOUND}")
_NUMBERS = {False: re.compile(rf"-?{NUMBER}"), True: re.compile(rf"-?{GROUPED_NUMBER}")}
_ITS_UNIT = re.compile(UNIT + UNIT_END)
_BETWEEN = re.compile(r"[,;、/ ]{0,4}")
_SIGNS = {"小": "<", "低": "<", "大": ">", "高": ">"}


def _level(text: str, position: int) -> tuple[Decimal | None, str, int]:
    """Read the level below which nothing is reported: its figure, its unit, where it ends."""
    found = _LEVEL.match(text, position)
    if not found:
        return None, "", position
    if found["of"]:  # 氮的检出限: the level of nitrogen is not the level of protein
        return None, "", found.end()
    return decimal(found["level"]), spelled(found["unit"] or ""), found.end()


def _its_unit(text: str, position: int) -> tuple[str, int]:
    found = _ITS_UNIT.match(text, position)
    return (spelled(found[0]), found.end()) if found else ("", position)


def _element(text: str, position: int, *, grouped: bool) -> tuple[Quantity, int] | None:
    """Read one quantity from this position on: what was read and where it ends."""
    head = _HEAD.match(text, position)
    if not head:
        return None
    position = head.end()
    if head["nd"]:
        level, level_unit, position = _level(text, position)
        unit, position = _its_unit(text, position)
        if level is None:
            level, level_unit, position = _level(text, position)
        return Quantity("nd", None, unit, level, level_unit), position
    number = _NUMBERS[grouped].match(text, position)
    if not number:
        unit, position = _its_unit(text, position)
        return (Quantity("detected", None, unit, None, ""), position) if head[0] and not head["sign"] else None
    unit, position = _its_unit(text, number.end())
    level, level_unit, position = _level(text, position)
    sign = head["sign"] or "="
    return Quantity(_SIGNS.get(sign[0], sign), decimal(number[0]), unit, level, level_unit), position


def _list(text: str, *, grouped: bool) -> tuple[Quantity, ...] | None:
    """Read the whole text as quantities with marks between them, or nothing."""
    found: list[Quantity] = []
    position = 0
    while position < len(text):
        element = _element(text, position, grouped=grouped)
        if not element:
            return None
        found.append(element[0])
        after = _BETWEEN.match(text, element[1])
        end = after.end() if after else element[1]
        if end == element[1] and end < len(text) and text[end] not in "<>未检檢阴阳":
            return None
        position = end
    units = {each.unit for each in found if each.unit}
    if len(units) == 1 and len(found) > 1:
        common = units.pop()
        found = [replace(each, unit=common) for each in found]
    return tuple(found)


def _trimmed(text: str) -> str:
    if len(text) > _LONGEST:
        raise PrintedError(f"{len(text)} characters are no printed figure ('{text[:20]}…'): look at the source")
    return normalise(text).strip(" ,;、.")


def quantity(text: str) -> Quantity:
    """Read one printed result.

    >>> quantity("＜10 CFU/g").comparator, quantity("11,675 μg/kg").value
    ('<', Decimal('11675'))
    """
    trimmed = _trimmed(text)
    element = _element(trimmed, 0, grouped=True)
    if not element or element[1] != len(trimmed):
        raise PrintedError(
            f"result '{text[:60]}': no single figure, 'not detected' or 'detected' is printed there; "
            "compare with the source and enter it by hand"
        )
    return element[0]


def quantities(text: str, *, units_tested: int | None = None) -> tuple[Quantity, ...]:
    """Read a printed result with one figure, or one for each tested unit when a sampling plan asks for them.

    >>> [str(each.value) for each in quantities("45,10,6.1×10⁵CFU/g", units_tested=3)]
    ['45', '10', '6.1E+5']
    """
    trimmed = _trimmed(text)
    alone = units_tested is None
    ways = [way for grouped in (alone, not alone) if (way := _list(trimmed, grouped=grouped))]
    ways.sort(key=lambda way: not alone and len(way) != units_tested)
    commas = len(re.findall(r"[0-9],[0-9]", trimmed))
    if alone and ways and ((commas == 1 and len(ways[0]) == 2) or (commas > 1 and ways[0] != ways[-1])):
        raise PrintedError(
            f"result '{text[:60]}': the commas may belong to one figure or stand between several; "
            "compare with the source"
        )
    if not ways:
        raise PrintedError(
            f"result '{text[:60]}': no figure, 'not detected' or 'detected' can be read there; "
            "compare with the source and enter it by hand"
        )
    return ways[0]


_OPERATOR_WORDS = {
    "不超过": "<=", "不大于": "<=", "不高于": "<=", "不多于": "<=", "不得超过": "<=", "至多": "<=", "≤": "<=",
    "不小于": ">=", "不低于": ">=", "不少于": ">=", "不得低于": ">=", "至少": ">=", "≥": ">=",
    "小于": "<", "低于": "<", "少于": "<", "<": "<", "大于": ">", "高于": ">", "超过": ">", ">": ">", "=": "=",
}  # fmt: skip
_SUFFIX_WORDS = {
    "이하": "<=", "이내": "<=", "以下": "<=", "以内": "<=", "以內": "<=",
    "미만": "<", "이상": ">=", "以上": ">=", "초과": ">",
}  # fmt: skip
_BEFORE = re.compile("|".join(sorted(_OPERATOR_WORDS, key=len, reverse=True)))
_AFTER = re.compile("|".join(_SUFFIX_WORDS))
_SIGNED = rf"-?{GROUPED_NUMBER}"
_LEAD = rf"(?P<before>(?:{_BEFORE.pattern}){{0,3}})"
_ITS = rf"{UNIT}{UNIT_END}"
_BOUND = re.compile(
    rf"{_LEAD}(?P<number>{_SIGNED})(?P<unit>{_ITS})? ?(?P<after>{_AFTER.pattern})?"
    rf" ?(?P<late>{_ITS})? ?(?P<last>{_AFTER.pattern})?"
)
_PAIR = re.compile(
    rf"{_LEAD}\(?(?P<one>{_SIGNED})(?P<unit>{UNIT})?(?P<mark>±|~{{1,2}}|-{{1,2}}|至|到)(?P<two>{_SIGNED})\)?(?P<late>{UNIT})?"
)
_MISSING = re.compile(rf"(?P<before>(?:{_BEFORE.pattern}){{1,3}})/?(?P<unit>{UNIT})?|(?P<alone>{UNIT})")
_MARK = r"[,;、/ ]{0,3}"
_PLAN = re.compile(
    rf"(?P<before>(?:{_BEFORE.pattern}){{0,2}})\(?[nN]=(?P<n>[0-9]{{1,4}}){_MARK}[cC]=(?P<c>[0-9]{{1,4}}){_MARK}"
    rf"m=(?P<m>{GROUPED_NUMBER}|{NOT_FOUND}|不得检出)(?P<unit>{UNIT}{UNIT_END})?"
    rf"(?:{_MARK}M=(?P<M>{GROUPED_NUMBER}|[-/])(?P<late>{UNIT}{UNIT_END})?)?\)?(?P<last>{UNIT})?"
)
_FORBIDDEN = r"(?:[应應]?(?:不得|不应|不可|不允许|禁止|严禁)|禁)"
_WORD = re.compile(
    rf"(?:(?P<permitted>{_FORBIDDEN}(?:使用|添加|加入|用|含有))"
    rf"|(?P<detected>{_FORBIDDEN}(?:检出|檢出)|{NOT_FOUND}|검출되어서는 ?아니 ?된다))(?P<unit>{UNIT})?"
)
_LOST_POWER = re.compile(r"10[2-9]")
_ENDING = re.compile(r"(?:이?어야 ?한다|임)$")


def _operator(printed: str, words: re.Pattern[str], meaning: dict[str, str]) -> tuple[str, str]:
    """Give the operator that stands in a run of signs or words, and what was odd about it."""
    signs = [meaning[word] for word in words.findall(printed)]
    if len(set(signs)) > 1:
        return "", "two operators"
    return (signs[0] if signs else ""), ("operator repeated" if len(signs) > 1 else "")


def _one_unit(*printed: str | None) -> str | None:
    """Give the unit all parts agree on; None when two differ."""
    units = {spelled(each) for each in printed if each}
    units.discard("")
    return None if len(units) > 1 else "".join(units)


def _word(text: str) -> Limit | None:
    found = _WORD.fullmatch(text)
    if not found:
        return None
    return Limit("not_permitted" if found["permitted"] else "not_detected", unit=spelled(found["unit"] or ""))


def _plan(text: str) -> Limit | None:
    found = _PLAN.fullmatch(text)
    if not found:
        return None
    unit = _one_unit(found["unit"], found["late"], found["last"])
    if unit is None:
        return Limit("", remark="two units")
    n, c = int(found["n"]), int(found["c"])
    if found["M"] and _LOST_POWER.fullmatch(found["m"]) and _LOST_POWER.fullmatch(found["M"]):
        return Limit("", n=n, c=c, unit=unit, remark=f"raised figure lost: m={found['m']}, M={found['M']}")
    m = decimal(found["m"]) if found["m"][0].isdigit() else Decimal(0)
    upper = decimal(found["M"]) if found["M"] and found["M"][0].isdigit() else None
    remark = "operator given with a sampling plan" if found["before"] else ""
    return Limit("plan", n=n, c=c, m=m, M=upper, unit=unit, remark=remark)


def _span(*, low: Decimal, high: Decimal, units: tuple[str | None, ...], remark: str) -> Limit:
    unit = _one_unit(*units)
    if unit is None:
        return Limit("", remark="two units")
    if high < low < 0:  # below zero the ends are often printed by size: -45~-51
        low, high = high, low
    if low > high:
        return Limit("", unit=unit, remark="the lower end is above the upper end")
    return Limit("range", low, high, unit=unit, remark=remark)


def _range(text: str) -> Limit | None:
    found = _PAIR.fullmatch(text)
    if not found:
        return None
    one, two = decimal(found["one"]), decimal(found["two"])
    low, high = (one - two, one + two) if found["mark"] == "±" else (one, two)
    remark = "operator given with a range" if found["before"] else ""
    return _span(low=low, high=high, units=(found["unit"], found["late"]), remark=remark)


def _bound(found: re.Match[str]) -> Limit:
    before, odd = _operator(found["before"], _BEFORE, _OPERATOR_WORDS)
    after, odd_after = _operator((found["after"] or "") + (found["last"] or ""), _AFTER, _SUFFIX_WORDS)
    unit = _one_unit(found["unit"], found["late"])
    remark = odd or odd_after
    if unit is None or "two operators" in (odd, odd_after) or (before and after and before != after) or before == "=":
        return Limit("", remark="two units" if unit is None else "two operators")
    operator = before or after or "<="
    remark = remark or ("operator repeated" if before and after else "" if before or after else "no operator")
    value = decimal(found["number"])
    if operator[0] == "<":
        return Limit(operator, high=value, unit=unit, remark=remark)
    return Limit(operator, low=value, unit=unit, remark=remark)


def _bounds(text: str) -> Limit | None:
    first = _BOUND.match(text)
    if not first:
        return None
    if first.end() == len(text):
        return _bound(first)
    joined = re.compile(r"[,;、~且 ]{0,2}").match(text, first.end())
    second = _BOUND.fullmatch(text, joined.end() if joined else first.end())
    if not second:
        return None
    ends = {each.operator[:1]: each for each in (_bound(first), _bound(second)) if not each.remark}
    low, high = ends.get(">", Limit("")).low, ends.get("<", Limit("")).high
    if low is None or high is None:
        return None
    if {each.operator for each in ends.values()} != {">=", "<="}:
        return Limit("", remark="an end of the range is itself excluded: no operator says that")
    return _span(low=low, high=high, units=(ends[">"].unit, ends["<"].unit), remark="")


def _missing(text: str) -> Limit | None:
    found = _MISSING.fullmatch(text)
    if not found or (found["alone"] and "/" not in text):
        return None
    unit = spelled(found["unit"] or found["alone"] or "")
    return Limit("", unit=unit, remark="figure missing" if found["before"] or unit else "no limit printed")


_FORMS: tuple[Callable[[str], Limit | None], ...] = (_word, _plan, _range, _bounds, _missing)


def _formed(text: str) -> Limit | None:
    return next((read for form in _FORMS if (read := form(text))), None)


def limit(text: str) -> Limit:
    """Read one printed requirement; what cannot be read has operator "" and a remark.

    >>> limit("≤18.0±1.0%vol").low, limit("≤18.0±1.0%vol").remark
    (Decimal('17.0'), 'operator given with a range')
    """
    try:
        trimmed = _ENDING.sub("", _trimmed(text))
        if not trimmed:
            return Limit("", remark="no limit printed")
        bare, mark, note = trimmed.partition("(")
        noted = _formed(bare.strip()) if mark and note.endswith(")") and bare else None
        noted = noted and replace(noted, remark=f"{noted.remark}; with the note ({note}".lstrip("; "))
        read = _formed(trimmed) or noted
    except PrintedError as error:
        return Limit("", remark=str(error))
    return read or Limit("", remark=f"not understood: {text.strip()[:60]}")
