"""One deadline with its steps, and the list of all periods."""

from datetime import date
from typing import Any

import click

from zhiheng.cli import output
from zhiheng.cli.clock.words import WORDS
from zhiheng.reports import deadlines
from zhiheng.reports.deadlines import Asked


def explained(asked: Asked, said: str, *, as_json: bool) -> None:
    """A deadline, step by step, and the same under each version of its rule."""
    found = deadlines.answer(asked)
    if as_json:
        output.echo_json(found)
        return
    words = WORDS[said]
    end = found["moment"] or found["not_after"]
    opens = f"{words['opens']} {found['not_before']}\n" if found["not_before"] else ""
    click.echo(f"{found['rule']}  {found['title'][said]}\n{opens}{words['last']} {end}\n")
    for number, step in enumerate(found["steps"], start=1):
        click.echo(f"{number:>2}. {step[said]}")
    if len(found["versions"]) > 1:
        columns = {name: words[name] for name in ("since", "length", "last", "source", "why")}
        rows = [versioned(entry, said) for entry in found["versions"]]
        click.echo(f"\n{words['versions']}\n{output.table(rows, columns)}")


def versioned(entry: dict[str, Any], said: str) -> dict[str, Any]:
    """One version of the rule as a row."""
    return {
        "since": str(entry["since"]),
        "length": deadlines.length(entry, said),
        "last": str(entry["not_after"] or ""),
        "source": entry["citation"],
        "why": entry["why"] or "",
    }


def listed(region: str, search: str, *, on: date, said: str, as_json: bool) -> None:
    """The periods with their values on a day."""
    rows = deadlines.listing(on=on, region=region, search=search)
    if as_json:
        output.echo_json(rows)
        return
    words = WORDS[said]
    columns = {name: words[name] for name in ("rule", "name", "length", "begins", "source", "unread")}
    told = [
        {
            "rule": row["rule"],
            "name": row["title"][said],
            "length": deadlines.length(row, said),
            "begins": row["begins"][said],
            "source": row["citation"],
            "unread": words["unread"] if row["standing"] == "unverified" else "",
        }
        for row in rows
    ]
    click.echo(
        output.table(told, columns) if told else {"zh": "没有这样的期限。", "en": "No period has these words."}[said]
    )
