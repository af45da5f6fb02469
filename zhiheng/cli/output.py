"""What commands print: tables in which Chinese lines up, JSON, and progress with the time that has passed."""

import json
import time
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

from zhiheng.decision.tables import REASONS

WIDEST = 46
NUMBERS = (int, float)


def width(text: str) -> int:
    """How many columns of a terminal a text takes.

    >>> width("铅 Pb")
    5
    """
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def cut(text: str, most: int = WIDEST) -> str:
    """A text that takes no more than so many columns.

    >>> cut("蔬菜及其制品", 7)
    '蔬菜及…'
    """
    if width(text) <= most:
        return text
    kept = ""
    for letter in text:
        if width(kept + letter) > most - 1:
            break
        kept += letter
    return kept + "…"


def shown(value: object) -> str:
    """A value as a cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.4g}" if isinstance(value, float) else " ".join(str(value).split())


def percent(value: float | None) -> str:
    """A share as a reader writes it.

    >>> percent(0.0634)
    '6.3 %'
    """
    return "" if value is None else f"{value * 100:.1f} %"


def table(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> str:
    """Rows under headers; numbers stand to the right."""
    right = {name for name in columns if any(isinstance(row.get(name), NUMBERS) for row in rows)}
    lines = [list(columns.values()), *([cut(shown(row.get(name))) for name in columns] for row in rows)]
    widths = [max(width(line[place]) for line in lines) for place in range(len(columns))]
    return "\n".join(
        "  ".join(
            pad(text, size, right=name in right) for text, size, name in zip(line, widths, columns, strict=True)
        ).rstrip()
        for line in lines
    )


def pad(text: str, size: int, *, right: bool) -> str:
    """A text filled up to a width."""
    blank = " " * (size - width(text))
    return blank + text if right else text + blank


def echo_json(body: Any) -> None:
    """Print JSON: decimals as texts, days in ISO form."""
    click.echo(json.dumps(body, ensure_ascii=False, indent=1, default=str))


def reasoned(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Counts by verdict and reason with the reason in words, verdicts in the order of urgency."""
    order = ("nonconforming", "inconclusive", "conforming", "not_judged")
    counts = [dict(row) | {"means": REASONS.get(row["reason"], (row["reason"],))[0]} for row in rows]
    return sorted(counts, key=lambda row: (order.index(row["verdict"]), -row["n"], row["reason"]))


def received(taken: Mapping[str, int]) -> str:
    """The counts of an intake, which always add up."""
    return (
        f"{taken['received']:,} rows received = {taken['accepted']:,} accepted + {taken['rejected']:,} rejected + "
        f"{taken['duplicate']:,} duplicate; {taken['items']:,} results"
    )


VERDICTS = {"verdict": "verdict", "reason": "reason", "n": "results", "means": "meaning"}


def progress() -> Callable[[str], None]:
    """A way to say on standard error what is being done, with the seconds since the start."""
    start = time.monotonic()

    def say(text: str) -> None:
        click.echo(f"[{time.monotonic() - start:6.1f} s] {text}", err=True)

    return say
