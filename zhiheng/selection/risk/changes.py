"""What changed between two daily lists of one model: who moved, who is new, who is gone, and which reason moved them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

LEAST = 1e-3


def changes(today: Sequence[Mapping[str, Any]], before: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One row a target of either list, in the order of today's; who is gone comes last.

    `change` is new, gone, up, down or same by rank. `moved` are the reasons whose weight differs, the most first; between
    two different models the weights are not comparable and it is empty.
    """
    old = {row["target"]: row for row in before}
    made = [changed(row, old.pop(row["target"], None)) for row in today]
    gone = sorted(old.values(), key=lambda row: row["rank"])
    return made + [
        {"target": row["target"], "change": "gone", "rank": None, "rank_before": row["rank"], "probability": None,
         "probability_before": row["probability"], "moved": []}
        for row in gone
    ]  # fmt: skip


def notable(made: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Changes worth reading first: those whose own probability moved, the most first, then new and gone by rank.

    Who only made room for others is left out.
    """
    fresh = [row for row in made if row["change"] in ("new", "gone")]
    moved = [row for row in made if row["moved"] and row["change"] != "same"]
    moved.sort(key=lambda row: (-abs(row["probability"] - row["probability_before"]), row["target"]))
    return moved + sorted(fresh, key=lambda row: row["rank"] or row["rank_before"])


def changed(row: Mapping[str, Any], old: Mapping[str, Any] | None) -> dict[str, Any]:
    """One target of today's list against its row before."""
    told: dict[str, Any] = {
        "target": row["target"],
        "rank": row["rank"],
        "probability": row["probability"],
        "moved": [],
    }
    if old is None:
        return told | {"change": "new", "rank_before": None, "probability_before": None}
    step = old["rank"] - row["rank"]
    word = "up" if step > 0 else "down" if step < 0 else "same"
    moved = shifted(row, old) if row["model"] == old["model"] else []
    return told | {
        "change": word,
        "rank_before": old["rank"],
        "probability_before": old["probability"],
        "moved": moved,
    }


def shifted(row: Mapping[str, Any], old: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The reasons whose weight differs, with the weight of each list."""
    now = {one["code"]: one for one in json.loads(row["reasons"])}
    then = {one["code"]: one for one in json.loads(old["reasons"])}
    steps = {
        code: now.get(code, {}).get("weight", 0.0) - then.get(code, {}).get("weight", 0.0) for code in {*now, *then}
    }
    codes = sorted((code for code in steps if abs(steps[code]) >= LEAST), key=lambda code: (-abs(steps[code]), code))
    return [
        {
            **{key: now.get(code, then.get(code, {})).get(key) for key in ("code", "side", "value")},
            "by": round(steps[code], 4),
        }
        for code in codes
    ]
