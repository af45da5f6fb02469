"""A back-test: learn before a window, be judged inside it on the same inspections as somebody else's published scores."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhiheng.errors import RuleFileInvalid, UsageError
from zhiheng.rules import reader
from zhiheng.selection.risk import files, fitting, judging
from zhiheng.selection.risk.events import Events, Floats
from zhiheng.selection.risk.fitted import Fitted
from zhiheng.stats.ordering import moved_within

FILE = "backtest.yaml"


@dataclass(frozen=True)
class Plan:
    """What a folder's backtest.yaml says."""

    folder: Path
    model: str
    events: str
    since: date
    until: date
    rival: Mapping[str, str]
    rival_learned_until: date
    without: str


def plan(folder: Path) -> Plan:
    """The plan of a folder."""
    path = folder / FILE
    if not path.is_file():
        raise UsageError(f"{folder}: no {FILE} here; examples/data/chicago_food_inspections shows one")
    body = reader.load(path, name=FILE)
    try:
        window = body["window"]
        return Plan(
            folder, body["model"], body["events"], window["since"], window["until"],
            {key: str(body["rival"][key]) for key in ("file", "key", "score")}, body["rival_learned_until"], body["without"],
        )  # fmt: skip
    except KeyError as error:
        raise RuleFileInvalid(
            f"{path}: {error} is missing; examples/data/chicago_food_inspections shows what it needs"
        ) from error


def backtest(wanted: Plan) -> dict[str, Any]:
    """Figures of the published scores and of our models on the same rows; every model learned before the window only.

    `ours`: all that was known before the window. `no_later`: learned no later than the rival. `eve`: features frozen on
    the eve of the window, as if the whole order were made that day. `without`: blind to the column named.
    """
    eve = date.fromordinal(wanted.since.toordinal() - 1)
    recipe = files.known(wanted.model, on=eve)
    key, name = wanted.rival["key"], wanted.rival["score"]
    events = files.read(wanted.folder / wanted.events, recipe, also=[key])
    theirs = {row[key]: row[name] for row in files.rows(wanted.folder / wanted.rival["file"], [key, name])}
    full = fitting.fit(events, until=eve)
    asked = same(judging.window(full, events, since=wanted.since, until=wanted.until), theirs, key)
    rival = np.array([float(theirs[one]) for one in asked.columns[key]])
    blind = events.for_recipe(recipe.without([wanted.without]))
    short = fitting.fit(events, until=wanted.rival_learned_until)
    unseeing = fitting.fit(blind, until=eve)
    made = {
        "ours": (full, judging.probabilities(full, events, asked)),
        "eve": (full, judging.probabilities(full, events, asked, frozen=wanted.since)),
        "no_later": (short, judging.probabilities(short, events, asked)),
        "without": (unseeing, judging.probabilities(unseeing, blind, asked.for_recipe(blind.recipe))),
    }
    return {
        "window": [wanted.since, wanted.until],
        "inspections": len(asked),
        "published": published(asked, rival, wanted, full),
        **{word: told(asked, scores, rival, wanted, one) for word, (one, scores) in made.items()},
    }


def same(asked: Events, theirs: Mapping[str, Any], key: str) -> Events:
    """The rows that the rival scored; every one of its rows must be there, or the comparison is not on the same inspections."""
    place = np.array([one in theirs for one in asked.columns[key]])
    if int(place.sum()) != len(theirs):
        raise UsageError(
            f"{len(theirs)} rows were scored by the rival, {int(place.sum())} of them stand in the window: not the same inspections"
        )
    return asked.take(place)


def published(asked: Events, rival: Floats, wanted: Plan, fitted: Fitted) -> dict[str, Any]:
    """The rival's figures."""
    found = judging.judge(asked.outcome, rival, asked.days, fitted=fitted)
    return found | {"within": within(asked, rival, wanted.without)}


def told(asked: Events, scores: Floats, rival: Floats, wanted: Plan, fitted: Fitted) -> dict[str, Any]:
    """A model's figures, and by how much it beats the rival."""
    found = judging.judge(asked.outcome, scores, asked.days, fitted=fitted)
    inside = {"within": within(asked, scores, wanted.without)}
    against = judging.compare(asked.outcome, scores, rival, asked.days, fitted=fitted)
    groups = numbered(asked, wanted.without)
    against["within_bootstrap"] = asdict(judging.again(gain_within(asked, scores, rival, groups), len(asked), fitted))
    learned = {"model": fitted.fingerprint, "until": fitted.until, "rows": fitted.rows, "penalty": fitted.penalty,
               "recalibration": fitted.recalibration}  # fmt: skip
    return {"learned": learned, **found, **inside, "against_published": against}


def within(asked: Events, scores: Floats, column: str) -> float:
    """Mean days earlier when each group of a column keeps its own number of inspections a day."""
    gained = moved_within(asked.days.astype(float), scores, numbered(asked, column))
    return float(gained[asked.outcome == 1].mean())


def numbered(asked: Events, column: str) -> NDArray[np.int64]:
    """The groups of a column by number."""
    return np.unique([text or "" for text in asked.columns[column]], return_inverse=True)[1].astype(np.int64)


def gain_within(asked: Events, scores: Floats, rival: Floats, groups: NDArray[np.int64]) -> Any:
    """The difference of two orders inside groups, as a figure of rows."""

    def figure(at: NDArray[np.intp]) -> float:
        days, found = asked.days[at].astype(float), asked.outcome[at] == 1
        ours = moved_within(days, scores[at], groups[at])
        return float((ours - moved_within(days, rival[at], groups[at]))[found].mean())

    return figure
