"""Notices of one source as arrays: product, hazard and origin as numbers, weeks from the first Monday."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
PARTS = ("product", "hazard", "origin")
DAYS = 7


@dataclass(frozen=True)
class Weeks:
    """Lines of notices: the week of each from 0, and for each part its number, -1 where the source says nothing we can use."""

    lines: Sequence[Mapping[str, Any]]
    week: Ints
    first: date
    length: int
    codes: dict[str, Ints]
    names: dict[str, list[str]]
    serious: NDArray[np.bool_]

    def groups(self, parts: Sequence[str]) -> tuple[Ints, list[tuple[str, ...]]]:
        """For each line the number of its combination of parts, -1 where one is missing; and the combinations."""
        columns = np.stack([self.codes[part] for part in parts])
        whole = (columns >= 0).all(axis=0)
        found = np.full(len(self.week), -1, dtype=np.int64)
        if not whole.any():
            return found, []
        unique, at = np.unique(columns[:, whole], axis=1, return_inverse=True)
        found[whole] = at.ravel()
        return found, [
            tuple(self.names[part][number] for part, number in zip(parts, column, strict=True)) for column in unique.T
        ]

    def monday(self, week: int) -> date:
        """The first day of a week."""
        return self.first + timedelta(days=DAYS * int(week))

    def counts(self, group: Ints, groups: int) -> Ints:
        """Lines by group and week."""
        found = np.zeros((groups, self.length), dtype=np.int64)
        inside = group >= 0
        np.add.at(found, (group[inside], self.week[inside]), 1)
        return found


def weeks(lines: Sequence[Mapping[str, Any]], *, serious: Sequence[str]) -> Weeks:
    """Arrays of the notices of one source, in the order of their days. A product without our category stands as the source's own."""
    ordered = sorted(lines, key=lambda line: (line["day"], line["notice"], line["item"]))
    day = np.array([line["day"].toordinal() for line in ordered], dtype=np.int64)
    # ordinal 1 is a Monday
    monday = (day[0] - 1) // DAYS * DAYS + 1 if len(day) else 1
    week = (day - monday) // DAYS
    texts = {
        "product": [product(line) for line in ordered],
        "hazard": [line["hazard_code"] or "" for line in ordered],
        "origin": [line["origin"] or "" for line in ordered],
    }
    codes, names = {}, {}
    for part, found in texts.items():
        names[part] = sorted(set(found) - {""})
        place = {name: number for number, name in enumerate(names[part])} | {"": -1}
        codes[part] = np.array([place[name] for name in found], dtype=np.int64)
    length = int(week.max()) + 1 if len(week) else 0
    grave = np.array([line["seriousness"] in serious for line in ordered], dtype=bool)
    return Weeks(ordered, week, date.fromordinal(int(monday)), length, codes, names, grave)


def product(line: Mapping[str, Any]) -> str:
    """Our category, or the source's own words for it in brackets: never dropped."""
    return line["product_code"] or (f"[{line['category']}]" if line["category"] else "")
