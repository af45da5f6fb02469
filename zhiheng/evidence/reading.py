"""Each distinct printed text is read once: days, quantities, items of notices."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from zhiheng import dates, units
from zhiheng.errors import PrintedTextUnreadable, SourceError, UnitError
from zhiheng.evidence import printed
from zhiheng.rules import Analytes
from zhiheng.rules.categories import STEP

PLAIN = re.compile(r"[+-]?\d{1,25}(\.\d{1,25})?([eE][+-]?\d{1,2})?")
DAYS = {"text": "string", "day": "date", "why": "string"}
QUANTITIES = {
    "text": "string",
    "unit": "string",
    "comparator": "string",
    "value": "decimal(38, 15)",
    "kind": "string",
    "level": "decimal(38, 15)",
    "why": "string",
}
ITEMS = {
    "text": "string",
    "item": "int64",
    "analyte_printed": "string",
    "analyte": "string",
    "stage": "string",
    "printed": "string",
    "comparator": "string",
    "value": "decimal(38, 15)",
    "kind": "string",
    "printed_unit": "string",
    "units_tested": "int64",
    "reporting_level": "decimal(38, 15)",
    "printed_limit": "string",
    "limit_operator": "string",
    "limit_low": "decimal(38, 15)",
    "limit_high": "decimal(38, 15)",
    "limit_n": "int64",
    "limit_c": "int64",
    "limit_m": "decimal(38, 15)",
    "limit_m_max": "decimal(38, 15)",
    "limit_kind": "string",
    "limit_remark": "string",
    "why": "string",
}
TESTED = {"text": "string", "item": "int64", "number": "int64", "comparator": "string", "value": "decimal(38, 15)"}
LIMITS = {name: ITEMS[name] for name in ITEMS if name.startswith("limit_")}


@dataclass(frozen=True)
class Amount:
    """A quantity in its canonical unit; `kind` is empty when the unit is not known."""

    comparator: str
    value: Decimal | None
    kind: str
    level: Decimal | None


def days(texts: Iterable[str], forms: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
    """One line for each distinct printed day."""
    for text in texts:
        try:
            yield text, dates.day(text, formats=forms or ("%Y-%m-%d",)).isoformat(), None
        except SourceError as error:
            yield text, None, str(error)


def paths(texts: Iterable[str], separator: str) -> Iterator[tuple[str, str]]:
    """One line for each distinct printed category: half-width brackets, a step not said twice.

    >>> list(paths(["蔬菜-蔬菜-豇豆"], "-"))
    [('蔬菜-蔬菜-豇豆', '蔬菜 > 豇豆')]
    """
    for text in texts:
        steps = [unicodedata.normalize("NFKC", step).strip() for step in text.split(separator)]
        kept = [
            step
            for place, step in enumerate(steps)
            if step and (place == 0 or step != steps[place - 1] or len(steps) == 2)
        ]
        yield text, STEP.join(kept)


def quantity_line(text: str, unit: str, *, negative: bool) -> tuple[Any, ...]:
    """A line of QUANTITIES for one distinct (value text, unit text)."""
    try:
        found = amount(text, unit)
        if found.value is not None and found.value < 0 and not negative:
            raise SourceError(f"'{text}' is below zero: correct it, or declare what it stands for in the profile")
    except (SourceError, UnitError) as error:
        return text, unit, None, None, None, None, str(error)
    return text, unit, found.comparator, found.value, found.kind, found.level, None


def amount(text: str, unit_text: str) -> Amount:
    """A value cell with its unit cell; the value cell may carry a sign and a unit of its own."""
    if PLAIN.fullmatch(text.strip()):
        try:
            read = printed.Quantity("=", Decimal(text.strip()), "", None, "")
        except InvalidOperation as error:
            raise SourceError(f"'{text}' is not a number") from error
    else:
        read = printed.quantity(text)
    spelled = read.unit or unit_text
    if not spelled:
        raise UnitError(f"'{text}' has no unit: fill the unit column, or give unit_constant in the profile")
    return canonical(read, units.unit(spelled), read.level_unit)


def canonical(read: printed.Quantity, unit: units.Unit, level_unit: str) -> Amount:
    """A read quantity in its canonical unit."""
    value = None if read.value is None else units.exact(read.value, unit.factor)
    level = None
    if read.level is not None:
        of_level = units.unit(level_unit) if level_unit else unit
        level = units.exact(read.level, of_level.factor) if of_level.kind == unit.kind else None
    return Amount(read.comparator, value, unit.kind, level)


def notices(
    cells: Iterable[str], *, grammar: str, analytes: Analytes
) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """The items of each distinct cell, and the units tested of items with several results."""
    items: list[tuple[Any, ...]] = []
    tested: list[tuple[Any, ...]] = []
    for cell in cells:
        for number, found in enumerate(printed.GRAMMARS[grammar](cell), start=1):
            if isinstance(found, printed.Unread):
                items.append(unread_line(cell, number, found))
                continue
            line, several = item_line(cell, number, found, analytes)
            items.append(line)
            tested += several
    return items, tested


def unread_line(cell: str, number: int, found: printed.Unread) -> tuple[Any, ...]:
    """A line of ITEMS for a piece of text that nobody could read."""
    blank: dict[str, Any] = dict.fromkeys(ITEMS)
    return tuple((blank | {"text": cell, "item": number, "printed": found.text, "why": found.why}).values())


def item_line(
    cell: str, number: int, found: printed.Item, analytes: Analytes
) -> tuple[tuple[Any, ...], list[tuple[Any, ...]]]:
    """A line of ITEMS for one item, and its lines of TESTED."""
    amounts = [lenient(result, found.limit) for result in found.results]
    first = amounts[0]
    plain = analyte_code(found.analyte, analytes)
    several = len(amounts) > 1
    body: dict[str, Any] = dict.fromkeys(ITEMS) | {
        "text": cell,
        "item": number,
        "analyte_printed": found.analyte,
        "analyte": plain,
        "stage": found.stage,
        "printed": found.text,
        "comparator": None if several else first.comparator,
        "value": None if several else first.value,
        "kind": first.kind,
        "printed_unit": found.results[0].unit,
        "units_tested": len(amounts),
        "reporting_level": None if several else (first.value if first.comparator == "<" else first.level),
    }
    body |= limit_columns(found.limit)
    lines = [(cell, number, place, entry.comparator, entry.value) for place, entry in enumerate(amounts, start=1)]
    return tuple(body.values()), lines if several or (found.limit and found.limit.operator == "plan") else []


def analyte_code(name: str, analytes: Analytes) -> str | None:
    """The code of a printed test item."""
    return analytes.code(printed.analyte_key(name)) or analytes.code(name)


def lenient(result: printed.Quantity, limit: printed.Limit | None) -> Amount:
    """A printed quantity; where its unit is unknown the amount has no kind, and nothing will be compared with it.

    "Not detected" printed without a unit is meant in the unit of the limit beside it.
    """
    unsaid = not result.unit and result.comparator in ("nd", "detected") and limit is not None
    try:
        return canonical(
            result, units.unit((limit.unit if unsaid and limit else result.unit) or "1"), result.level_unit
        )
    except UnitError:
        return Amount(result.comparator, None, "", None)


def limit_columns(limit: printed.Limit | None) -> dict[str, Any]:
    """The printed limit in its canonical unit; one that cannot be converted keeps its remark only."""
    if limit is None:
        return {}
    plain: dict[str, Any] = {
        "limit_operator": limit.operator or None,
        "limit_remark": limit.remark or None,
        "limit_n": limit.n,
        "limit_c": limit.c,
    }
    try:
        unit = units.unit(limit.unit or "1")
        scaled = {
            f"limit_{name}": None if figure is None else units.exact(figure, unit.factor)
            for name, figure in (("low", limit.low), ("high", limit.high), ("m", limit.m), ("m_max", limit.M))
        }
    except UnitError:
        return plain | {"limit_remark": limit.remark or f"the unit '{limit.unit}' is unknown"}
    return plain | scaled | {"limit_kind": unit.kind}


def printed_limits(texts: Iterable[str]) -> Iterator[tuple[Any, ...]]:
    """One line of LIMITS, led by the text, for each distinct printed limit of a table of rows."""
    for text in texts:
        try:
            body: dict[str, Any] = dict.fromkeys(LIMITS) | limit_columns(printed.limit(text))
        except PrintedTextUnreadable as error:
            body = dict.fromkeys(LIMITS) | {"limit_remark": str(error)}
        yield text, *(body[name] for name in LIMITS)


def blank_line(text: str, unit: str) -> tuple[Any, ...]:
    """A line of QUANTITIES for an empty cell, or for a cell whose unit is declared to be none."""
    try:
        kind = units.unit(unit).kind if unit and unit != "?" else ""
    except UnitError as error:
        return text, unit, None, None, None, None, str(error)
    return text, unit, None, None, kind, None, None
