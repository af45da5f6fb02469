"""Source cells as our columns, and the tests that a row must pass to be taken in."""

from collections.abc import Callable
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from zhiheng.evidence.profile import Mapping
from zhiheng.evidence.source import raw_name


@dataclass(frozen=True)
class Fault:
    """A test that a row must pass, with what to say when it does not."""

    bad: Callable[[ir.Table], ir.BooleanValue]
    column: str
    code: str
    reason: Callable[[ir.Table], ir.StringValue]
    remedy: str


def cell(table: ir.Table, name: str) -> ir.StringValue:
    """A source cell without outer spaces; nothing when it is empty."""
    return table[raw_name(name)].strip().nullif("")


def mapped(table: ir.Table, mapping: Mapping) -> ir.StringValue:
    """One of our columns as text."""
    if mapping.constant is not None:
        return ibis.literal(mapping.constant)
    parts = [cell(table, source) for source in mapping.sources]
    text = parts[0]
    if len(parts) > 1:
        text = ibis.literal(mapping.join).join([part.fill_null("") for part in parts])
    for blank in mapping.empty:
        text = text.nullif(blank)
    if mapping.digest:
        return text.hexdigest("md5").left(16)
    if not mapping.codes:
        return text
    return ibis.cases(
        *[(text.fill_null("") == code, ibis.literal(value, type="string")) for code, value in mapping.codes.items()],
        else_=fallback(text, mapping.otherwise),
    )


def unknown_code(source: str, codes: list[str], what: str) -> Fault:
    """A code or flag that the profile does not list although it must."""
    return Fault(
        lambda table: is_unlisted(cell(table, source).fill_null(""), codes),
        source,
        "unknown_code",
        lambda table: ibis.literal(f"the {what} '") + cell(table, source).fill_null("") + "' is not in the profile",
        f"correct the cell, or add the {what} to the profile",
    )


def is_unlisted(text: ir.StringValue, codes: list[str]) -> ir.BooleanValue:
    """Whether a text is none of the codes; as a case, since the engine would join a table for every `IN`."""
    if not codes:
        return ibis.literal(True)
    return ibis.cases(*[(text == code, False) for code in codes], else_=True)


def fallback(text: ir.StringValue, otherwise: str) -> ir.StringValue:
    """What an unlisted code becomes."""
    if otherwise == "keep":
        return text
    return ibis.literal(otherwise[1:] if otherwise.startswith("=") else None, type="string")
