"""Category trees, and the dated decisions that lead from one tree to another."""

import csv
import re
from dataclasses import dataclass
from datetime import date
from io import StringIO

from zhiheng.errors import RuleFileInvalid

STEP = " > "


@dataclass(frozen=True)
class Decision:
    """One person's dated decision that a category of one scheme is a category of another."""

    category: str
    name: str
    to: str
    since: date
    decided_by: str
    why: str


@dataclass(frozen=True, eq=False)
class Categories:
    """Trees by scheme, and decisions by (from, to). One is itself alone: what is made of it can be kept by it."""

    trees: dict[str, dict[str, str]]
    decisions: dict[tuple[str, str], tuple[Decision, ...]]

    def place(self, category: str, name: str, *, origin: str, scheme: str) -> Decision | None:
        """The decision that places an object of one scheme in another; nothing when nobody has decided.

        In its own scheme an object stands where it stands, unless a decision places it more closely by its name.
        """
        candidates = [
            decision for decision in self.decisions.get((origin, scheme), ()) if decision.category == category
        ]
        named = [decision for decision in candidates if decision.name and re.search(decision.name, name)]
        plain = [decision for decision in candidates if not decision.name]
        found = next(iter(named or plain), None)
        if found is None and origin == scheme:
            return Decision(category, "", category, date.min, "", "the same scheme")
        return found


def within(category: str, path: str) -> bool:
    """Whether a category lies in or under a path; `*` covers everything.

    >>> within("蔬菜及其制品 > 新鲜蔬菜 > 叶菜蔬菜", "蔬菜及其制品 > 新鲜蔬菜")
    True
    """
    return path == "*" or category == path or category.startswith(path + STEP)


def tree(text: str, *, name: str) -> dict[str, str]:
    """A scheme's paths and their English names."""
    paths: dict[str, str] = {}
    for line, row in enumerate(csv.DictReader(StringIO(text)), start=2):
        if row["path"] in paths:
            raise RuleFileInvalid(f"{name}, line {line}: the path '{row['path']}' stands twice")
        paths[row["path"]] = row["name_en"]
    return paths


def decisions(text: str, *, name: str) -> tuple[Decision, ...]:
    """The decisions of one mapping file."""
    found = []
    for line, row in enumerate(csv.DictReader(StringIO(text)), start=2):
        if not row["why"] or not row["decided_by"]:
            raise RuleFileInvalid(f"{name}, line {line}: a decision needs a reason and somebody who made it")
        try:
            re.compile(row["name"])
            since = date.fromisoformat(row["since"])
        except (re.error, ValueError) as error:
            raise RuleFileInvalid(f"{name}, line {line}: {error}") from error
        found.append(Decision(row["from"], row["name"], row["to"], since, row["decided_by"], row["why"]))
    return tuple(found)
