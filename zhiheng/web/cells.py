"""The rows of a table as markup. A page of figures has hundreds of cells, most of which lack most of what a cell may have: Django's
own look-up of what is not there takes longer than everything else on the page, so that tables are written here and not in a template.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from django import template
from django.template.loader import get_template
from django.utils.formats import localize
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

from zhiheng.web.pages.words import MISSING
from zhiheng.web.shell import language
from zhiheng.web.tongue import tongue

SORTED = {"asc": ("ascending", "↑"), "desc": ("descending", "↓")}

register = template.Library()


@register.simple_tag
def grid(table: Mapping[str, Any] | None) -> SafeString:
    """The table of components/table.html, which says what it takes."""
    held = table or {}
    columns = held.get("columns") or ()
    known = {id(column): (kind(column), name(column)) for column in columns}
    rows = "".join(line(row, len(columns), known) for row in held.get("rows") or ())
    caption = f"<caption>{said(held['caption'])}</caption>" if held.get("caption") else ""
    label = said(held.get("label") or held.get("caption", ""))
    return mark_safe(  # noqa: S308  (every part is escaped)
        f'<div class="scroll{" tall" if held.get("tall") else ""}" tabindex="0" role="region" aria-label="{label}">'
        f'<table class="list{" cards" if held.get("cards") else ""}">\n{caption}\n'
        f"<thead><tr>{''.join(map(heading, columns))}</tr></thead>\n<tbody>{rows}</tbody></table></div>"
    )


def said(value: Any) -> str:
    """A value as a template prints it."""
    return conditional_escape(value if isinstance(value, str) else localize(value))


def kind(column: Mapping[str, Any]) -> str:
    """The class of a column's cells."""
    return next((word for key, word in (("numeric", "number"), ("wide", "text"), ("nowrap", "nowrap")) if column.get(key)), "")  # fmt: skip


def name(column: Mapping[str, Any]) -> str:
    """What stands beside a cell where the table is shown as cards."""
    return said(column.get("label", "")) + (f" {said(column['unit'])}" if column.get("unit") else "")


def heading(column: Mapping[str, Any]) -> str:
    """The heading of a column; one that can be sorted is a link."""
    order, sign = SORTED.get(column.get("sorted") or "", ("", ""))
    label = said(column.get("label", ""))
    if column.get("sort_url"):
        shown = f'<a href="{said(column["sort_url"])}" rel="nofollow">{label}<span aria-hidden="true">{sign}</span></a>'
    else:
        shown = f'<span class="hidden-visually">{label}</span>' if column.get("hidden") else label
    unit = f" <small>{said(column['unit'])}</small>" if column.get("unit") else ""
    sort = f' aria-sort="{order}"' if order else ""
    return f'<th scope="col" class="{kind(column)}"{sort}>{shown}{unit}</th>'


def line(row: Sequence[Mapping[str, Any]], width: int, known: Mapping[int, tuple[str, str]]) -> str:
    """One row, or a heading over the rows below it."""
    head = row[0] if row else {}
    if head.get("group"):
        urgent = " urgent" if head.get("urgent") else ""
        return (
            f'<tr class="group{urgent}"><th colspan="{width}" scope="rowgroup">{said(head["group"])} '
            f'<span class="n">{said(head.get("n", ""))}</span></th></tr>'
        )
    return f"<tr>{''.join([cell(one, known) for one in row])}</tr>"


def cell(one: Mapping[str, Any], known: Mapping[int, tuple[str, str]]) -> str:
    """One cell with everything in it."""
    if one.get("tick"):
        box = (
            f'<input type="checkbox" name="case" value="{said(one["tick"])}" aria-label="{said(one.get("label", ""))}">'
        )
        return f'<td class="tick">{box}</td>'
    column = one.get("column") or {}
    of, beside = known.get(id(column)) or (kind(column), name(column))
    text, note = one.get("text", ""), one.get("note")
    if one.get("main"):
        start, end = f'<th scope="row" data-name="{beside}">', "</th>"
    else:
        empty = " none" if text == MISSING and not note else ""
        start, end = f'<td class="{of}{empty}" data-name="{beside}">', "</td>"
    if one.get("verdict"):
        shown = verdict(one["verdict"], language())
    else:
        shown = f'<a href="{said(one["url"])}">{tongue(text)}</a>' if one.get("url") else tongue(text)
    if one.get("bar"):
        shown += bar(one["bar"])
    if one.get("tag"):
        shown += f' <span class="tag{" urgent" if one.get("urgent") else ""}">{said(one["tag"])}</span>'
    if note:
        shown += f' <span class="quiet">{tongue(note)}</span>'
    return f"{start}<span>{shown}</span>{end}"


def bar(held: Mapping[str, Any]) -> str:
    """A share drawn after its text, with the interval it lies in."""
    value, lower, width = (said(held.get(part, "")) for part in ("value", "lower", "width"))
    return (
        '<svg class="meter" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="all" width="100" height="10"/><rect class="value" width="{value}" height="10"/>'
        f'<rect class="reach" x="{lower}" y="4" width="{width}" height="2"/></svg>'
    )


@lru_cache(maxsize=64)
def verdict(word: str, spoken: str) -> str:
    """A verdict as components/verdict.html shows it in a language."""
    del spoken
    return str(get_template("components/verdict.html").render({"verdict": word, "large": False}))
