"""The pattern of a standard's master tables, read from the law, and the plan that it holds in each cell."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Literal

from zhiheng import rules
from zhiheng.errors import RuleUnknown, UsageError

Severity = Literal["normal", "tightened", "reduced"]
Numbers = tuple[int, ...]
Cell = Numbers | Literal["up", "down"] | None
SEVERITIES: tuple[Severity, ...] = ("normal", "tightened", "reduced")


@dataclass(frozen=True)
class Diagonal:
    """The entries of one letter along the diagonals of a table: the diagonal of the first one, then one after another."""

    first: int
    numbers: tuple[Numbers | Literal["up", "down"], ...]
    blank: bool = False

    def at(self, diagonal: int) -> Cell:
        """What stands on a diagonal: numbers, an arrow, or nothing."""
        place = diagonal - self.first
        if 0 <= place < len(self.numbers):
            return self.numbers[place]
        return None if self.blank else ("down" if place < 0 else "up")


@dataclass(frozen=True)
class Table:
    """One master table: sample size, single numbers and double numbers by letter."""

    sizes: Mapping[str, int]
    single: Mapping[str, Diagonal]
    double: Mapping[str, Diagonal]


@dataclass(frozen=True)
class Scheme:
    """A standard's sampling scheme by attributes as it stood on a day."""

    key: str
    edition: Mapping[str, str]
    aql: tuple[Decimal, ...]
    letters: str
    largest_percent: int
    tables: Mapping[str, Table]

    def diagonal(self, letter: str, aql: Decimal) -> int:
        """The diagonal of a cell: place of the letter and place of the AQL together."""
        return self.letters.index(letter) + self.place(aql)

    def preferred(self, text: str | Decimal) -> Decimal:
        """The preferred AQL that a text names. UsageError: it is none, or no number."""
        try:
            return self.aql[self.place(Decimal(text))]
        except InvalidOperation as error:
            raise UsageError(f"AQL '{text}' is no number: write 0.65, 1.0, 2.5 …") from error

    def place(self, aql: Decimal) -> int:
        """The place of an AQL among the preferred ones. UsageError: it is none of them."""
        if aql not in self.aql:
            near = min(self.aql, key=lambda value: abs(value - aql))
            told = ", ".join(str(value) for value in self.aql)
            raise UsageError(f"AQL {aql} is not a preferred value; the nearest is {near}. {self.key} has {told}")
        return self.aql.index(aql)

    def cell(self, letter: str, aql: Decimal, severity: Severity) -> Cell:
        """What is printed in a cell; an arrow with no plan on its side is turned round.

        UsageError: a letter or an AQL that the table does not have.
        """
        table = self.tables[severity]
        if letter not in table.single:
            raise UsageError(
                f"letter {letter} has no row in the {severity} table of {self.key}: {''.join(table.single)}"
            )
        found = table.single[letter].at(self.diagonal(letter, aql))
        if found in ("up", "down") and not self._plans(letter, aql, severity, found):
            return "up" if found == "down" else "down"
        return found

    def resolved(self, letter: str, aql: Decimal, severity: Severity) -> str:
        """The letter whose plan is used: that of the cell, or the first with a plan in the direction of its arrow.

        Sample size and numbers both come from that letter. UsageError: the cell is blank.
        """
        found = self.cell(letter, aql, severity)
        if found is None:
            raise UsageError(f"{self.key} has no {severity} plan for letter {letter} at AQL {aql}")
        if isinstance(found, tuple):
            return letter
        return self._plans(letter, aql, severity, found)[0]

    def _plans(self, letter: str, aql: Decimal, severity: Severity, arrow: object) -> list[str]:
        rows = self.tables[severity].single
        order = list(rows)
        at = order.index(letter)
        side = order[at + 1 :] if arrow == "down" else order[:at][::-1]
        return [other for other in side if isinstance(rows[other].at(self.diagonal(other, aql)), tuple)]


@dataclass(frozen=True)
class Lots:
    """Sample size code letters by lot size and inspection level."""

    smallest: int
    largest: tuple[int, ...]
    levels: Mapping[str, str]

    def letter(self, lot: int, level: str) -> str:
        """The code letter. UsageError: the lot is too small, or the level unknown."""
        if level not in self.levels:
            raise UsageError(f"inspection level {level} is unknown; choose one of {', '.join(self.levels)}")
        if lot < self.smallest:
            raise UsageError(f"a lot of {lot} is not sampled: the tables begin with {self.smallest} items")
        band = sum(lot > most for most in self.largest)
        return self.levels[level][band]


@lru_cache(maxsize=8)
def scheme(key: str, *, on: date) -> Scheme:
    """The scheme `iso-2859-1` (which GB/T 2828.1-2012 adopts) or `mil-std-105e` in force on the day.

    RuleUnknown: no such scheme; RuleNotInForce: it did not yet hold on the day.
    """
    if key not in ("iso-2859-1", "mil-std-105e"):
        raise RuleUnknown(f"no sampling scheme has the key '{key}': choose iso-2859-1 or mil-std-105e")
    body = rules.settings(f"sampling/{key}", on=on)
    letters = str(body["letters"])
    return Scheme(
        key=key,
        edition=body["edition"],
        aql=tuple(Decimal(str(value)) for value in body["aql"]),
        letters=letters,
        largest_percent=int(body["largest_percent"]),
        tables={severity: table(letters, body["severities"][severity]) for severity in SEVERITIES},
    )


def table(letters: str, body: Mapping[str, Any]) -> Table:
    """One master table from its body in the law."""
    return Table(
        sizes=dict(zip(letters, (int(size) for size in body["sizes"]), strict=False)),
        single=diagonals(body["rows"]),
        double=diagonals(body.get("double", [])),
    )


def diagonals(rows: list[Mapping[str, Any]]) -> dict[str, Diagonal]:
    """The diagonals of every letter; a single number is Ac with Re one above it."""
    return {
        letter: Diagonal(int(row["first"]), tuple(numbers(entry) for entry in row["numbers"]), bool(row.get("blank")))
        for row in rows
        for letter in row["letters"]
    }


def numbers(entry: Any) -> Numbers | Literal["up", "down"]:
    """An entry of a table.

    >>> numbers(2), numbers([1, 3]), numbers("up")
    ((2, 3), (1, 3), 'up')
    """
    if entry == "up":
        return "up"
    if entry == "down":
        return "down"
    return tuple(int(value) for value in entry) if isinstance(entry, list) else (int(entry), int(entry) + 1)


@lru_cache(maxsize=8)
def lots(*, on: date) -> Lots:
    """The code letters in force on the day."""
    body = rules.settings("sampling/code-letters", on=on)
    return Lots(int(body["smallest"]), tuple(int(value) for value in body["largest"]), body["levels"])
