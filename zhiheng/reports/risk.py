"""The list of a day as a reader wants it: every target with reasons in both languages, and what changed since the list before."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from zhiheng.errors import NothingThereYet
from zhiheng.evidence.snapshot import Workspace
from zhiheng.selection.risk.changes import changes, notable
from zhiheng.selection.risk.files import Kept
from zhiheng.selection.risk.fitted import Fitted
from zhiheng.selection.risk.recipe import Recipe
from zhiheng.selection.risk.words import spoken

Row = dict[str, Any]
LANGUAGES = ("zh", "en")
SHOWN = 3
REMEMBERED = 8
# a row where there is no list before
UNCHANGED: Row = {"change": None, "rank_before": None, "probability_before": None, "moved": []}


@dataclass(frozen=True)
class DayList:
    """The list of a day: its rows with their changes, and the changes worth reading first."""

    on: date
    before: date | None
    fitted: Fitted
    rows: Sequence[Row]
    notable: Sequence[Mapping[str, Any]]
    gone: int

    @property
    def mark(self) -> str:
        """The fingerprint of the model that made it."""
        return str(self.rows[0]["model"]) if self.rows else self.fitted.fingerprint


def models(workspace: Workspace) -> list[Row]:
    """Every fitted model: what it is, what it learned from, and the days that have a list."""
    kept, found = Kept(workspace), []
    for name in kept.models():
        made, days = kept.model(name), kept.days(name)
        found.append(
            {"model": name, "title": made.recipe.title, "fingerprint": made.fingerprint, "rows": made.rows, "found": made.found,
             "since": made.since, "until": made.until, "days": days, "last": days[-1] if days else None}
        )  # fmt: skip
    return found


def day_list(workspace: Workspace, name: str, on: date | None, since: date | None = None) -> DayList:
    """The list of a day (of the last one that has a list), against the day before that has one or the day asked for."""
    kept = Kept(workspace)
    days = kept.days(name)
    if on is None and not days:
        raise NothingThereYet(f"{name}: there is no list yet: 'zhiheng risk score {name} FILE --on DAY' makes one")
    day = on or days[-1]
    before = since or kept.before(name, day)
    if not kept.editions(name, day):
        kept.scores(name, day)  # says which days there are
    old = kept.editions(name, before)[-1:] if before else []
    return opened(workspace.root, name, day, kept.editions(name, day)[-1], before, old[0] if old else None)


@lru_cache(maxsize=REMEMBERED)
def opened(root: Path, name: str, on: date, path: Path, before: date | None, old: Path | None) -> DayList:
    """A list with its changes; lists never change, so that it is read once."""
    kept = Kept(Workspace(root))
    rows = kept.read_scores(path)
    made = kept.model(name, rows[0]["model"]) if rows else kept.model(name)
    moved = changes(rows, kept.read_scores(old)) if old else []
    by_target = {one["target"]: one for one in moved}
    found = [{**UNCHANGED, **row, **by_target.get(row["target"], {})} for row in rows]
    return DayList(
        on, before if old else None, made, found, notable(moved), sum(one["change"] == "gone" for one in moved)
    )


def worded(row: Mapping[str, Any], recipe: Recipe) -> Row:
    """A row with its reasons, and the reasons that moved, in words; a list has too many for all of them at once."""
    known = {"reasons": told(recipe, json.loads(row["reasons"]))} if "reasons" in row else {}
    return {**row, **known, "moved": told(recipe, row["moved"])}


def told(recipe: Recipe, reasons: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Reasons with their words in both languages."""
    return [{**one, "words": {language: spoken(recipe, one, language) for language in LANGUAGES}} for one in reasons]


def chosen(found: DayList, *, search: str = "", change: str = "") -> list[Row]:
    """The rows whose target, or a reason that raises its risk, holds a text, and whose change is as asked."""
    wanted = search.strip().lower()
    return [
        row
        for row in found.rows
        if (not change or row["change"] == change) and (not wanted or holds(row, wanted, found.fitted.recipe))
    ]


def holds(row: Mapping[str, Any], wanted: str, recipe: Recipe) -> bool:
    """Whether a row speaks of something."""
    if wanted in row["target"].lower():
        return True
    raising = [one for one in json.loads(row["reasons"]) if one["weight"] > 0][:SHOWN]
    return any(wanted in spoken(recipe, one, language).lower() for one in raising for language in LANGUAGES)
