"""Who may inspect whom: inspectors, recusals and earlier visits of a draw, read with nothing overlooked."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhiheng.errors import DrawInvalid

INSPECTORS, RECUSALS, EARLIER = "inspectors.csv", "recusals.csv", "earlier.csv"
COLUMNS = {
    INSPECTORS: ({"inspector"}, {"qualifications", "region", "most", "name", "unit"}),
    RECUSALS: ({"inspector", "target", "reason"}, set[str]()),
    EARLIER: ({"inspector", "target"}, {"day"}),
}
NO_BOUND = 10**6  # visits that nobody makes: an inspector without a bound of the own

Truth = NDArray[np.bool_]


@dataclass(frozen=True)
class Inspector:
    """One inspector: what the certificate covers, where, and at most how many visits."""

    name: str
    qualifications: frozenset[str]
    region: str
    most: int


@dataclass(frozen=True)
class Problem:
    """Drawn targets by inspectors: T x M matrices of what each rule forbids, and of how far it is."""

    targets: tuple[str, ...]
    inspectors: tuple[Inspector, ...]
    unqualified: Truth
    recused: Truth
    visited: Truth
    travel: NDArray[np.int64]
    partners: Truth  # M x M: have been together before
    each: int
    partners_again: int

    @property
    def admissible(self) -> Truth:
        """Who may go where."""
        return ~(self.unqualified | self.recused | self.visited)

    @property
    def most(self) -> NDArray[np.int64]:
        """At most so many visits of each inspector."""
        return np.array([entry.most for entry in self.inspectors], dtype=np.int64)


def problem(folder: Path, targets: Sequence[Mapping[str, str]], terms: Mapping[str, Any]) -> Problem:
    """The assignment to be made for drawn targets; they may name qualifications, a region and an operator.

    DrawInvalid: a row of inspectors.csv, recusals.csv or earlier.csv that cannot be understood.
    """
    inspectors = read_inspectors(folder)
    number = {entry.name: place for place, entry in enumerate(inspectors)}
    shape = (len(targets), len(inspectors))
    unqualified = np.zeros(shape, dtype=bool)
    held: dict[str, Truth] = {}
    for place, target in enumerate(targets):
        need = target.get("qualifications", "")
        if need not in held:
            held[need] = np.array([not listed(need) <= entry.qualifications for entry in inspectors], dtype=bool)
        unqualified[place] = held[need]
    recused, visited, partners = (np.zeros(size, dtype=bool) for size in (shape, shape, (shape[1], shape[1])))
    rows: dict[str, list[int]] = {}
    for place, target in enumerate(targets):
        for name in {target["id"], target.get("operator") or target["id"]}:
            rows.setdefault(name, []).append(place)
    for line, row in _rows(folder, RECUSALS):
        if row["inspector"] not in number:
            raise DrawInvalid(
                f"{RECUSALS} row {line}: '{row['inspector']}' is not in {INSPECTORS}: a recusal that is misspelt would be overlooked"
            )
        recused[rows.get(row["target"], []), number[row["inspector"]]] = True
    for together in _visits(folder, number, rows, visited).values():
        for one in together:
            partners[one, [other for other in together if other != one]] = True
    travel = _travel([target.get("region", "") for target in targets], inspectors, terms["travel"])
    return Problem(
        tuple(target["id"] for target in targets),
        inspectors,
        unqualified,
        recused,
        visited,
        travel,
        partners,
        int(terms["each"]),
        int(terms["partners_again"]),
    )


def read_inspectors(folder: Path) -> tuple[Inspector, ...]:
    """Every inspector, in the order of the file."""
    found: dict[str, Inspector] = {}
    for line, row in _rows(folder, INSPECTORS):
        name, most = row["inspector"], row.get("most", "")
        if name in found:
            raise DrawInvalid(
                f"{INSPECTORS} row {line}: '{name}' stands there twice and would have two chances; keep one row"
            )
        if set(name) & set(' ,"'):
            raise DrawInvalid(f"{INSPECTORS} row {line}: '{name}' holds a blank, comma or quote; use a staff number")
        if most and not most.isdecimal():
            raise DrawInvalid(
                f"{INSPECTORS} row {line}: most '{most}' is not a whole number; leave it empty for no bound"
            )
        found[name] = Inspector(
            name, listed(row.get("qualifications", "")), row.get("region", ""), int(most) if most else NO_BOUND
        )
    if not found:
        raise DrawInvalid(f"{INSPECTORS}: it holds nobody; nobody can be assigned")
    return tuple(found.values())


def listed(text: str) -> frozenset[str]:
    """Names between semicolons.

    >>> sorted(listed("food; drugs"))
    ['drugs', 'food']
    """
    return frozenset(part.strip() for part in text.replace("；", ";").split(";") if part.strip())


def _rows(folder: Path, name: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows of a file with their numbers as a spreadsheet shows them; a file that is not there has none."""
    path = folder / name
    if not path.exists():
        return
    required, further = COLUMNS[name]
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, restkey="", strict=True)
            columns = set(reader.fieldnames or ())
            if not required <= columns or columns - required - further:
                raise DrawInvalid(
                    f"{name} line 1: the columns are {', '.join(sorted(required))}, and may be {', '.join(sorted(further)) or 'no other'}"
                )
            for line, row in enumerate(reader, start=2):
                if "" in row or None in row.values() or not all(row[key].strip() for key in required):
                    raise DrawInvalid(
                        f"{name} row {line}: a cell is missing or too many; {', '.join(sorted(required))} are needed"
                    )
                yield line, {key: cell.strip() for key, cell in row.items()}
    except (UnicodeDecodeError, csv.Error) as error:
        raise DrawInvalid(f"{name}: not a table of UTF-8 text: {error}") from error


def _visits(
    folder: Path, number: Mapping[str, int], rows: Mapping[str, list[int]], visited: Truth
) -> dict[tuple[str, str], list[int]]:
    """Mark who was where; who was there together is given back. Inspectors who have left are of no account."""
    together: dict[tuple[str, str], list[int]] = {}
    for _, row in _rows(folder, EARLIER):
        if row["inspector"] in number:
            visited[rows.get(row["target"], []), number[row["inspector"]]] = True
            together.setdefault((row["target"], row.get("day", "")), []).append(number[row["inspector"]])
    return together


def _travel(
    regions: Sequence[str], inspectors: Sequence[Inspector], bands: Sequence[Mapping[str, Any]]
) -> NDArray[np.int64]:
    """Bands of distance: the first whose digits are equal in both region codes; a region that is not known is farthest."""
    theirs = [entry.region for entry in inspectors]
    ours, place = np.unique(np.array(regions, dtype=object).astype(str), return_inverse=True)
    others, other_place = np.unique(np.array(theirs, dtype=object).astype(str), return_inverse=True)
    table = np.array([[_band(one, other, bands) for other in others] for one in ours], dtype=np.int64)
    return np.asarray(table.reshape(ours.size, others.size)[place][:, other_place])


def _band(one: str, other: str, bands: Sequence[Mapping[str, Any]]) -> int:
    known = bool(one) and bool(other)
    return int(
        next(
            entry["band"]
            for entry in bands
            if not entry["digits"] or (known and one[: entry["digits"]] == other[: entry["digits"]])
        )
    )
