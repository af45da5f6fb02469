"""What an import of organisations would do, row by row, before it does anything."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from zhiheng.register.models import Organisation
from zhiheng.register.parties import fields, likeness, names
from zhiheng.register.parties.faults import Fault
from zhiheng.register.parties.likeness import Likely
from zhiheng.register.parties.sheet import Row
from zhiheng.selection import chain

OUTCOMES = ("new", "changed", "same", "likely", "rejected")
COMPARED = (
    "id",
    "credit_code",
    "name",
    "kind",
    "level",
    "region",
    "industry",
    "size",
    "address",
    "contact",
    "phone",
    "email",
)
READ_AT_ONCE = 5000


@dataclass(frozen=True)
class Line:
    """What would be done with one row: `new`, `changed`, `same` (nothing), `likely` (held back, may be there already), `rejected`."""

    row: int
    outcome: str
    fields: Mapping[str, str]
    target: int | None = None
    changes: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    likely: tuple[Likely, ...] = ()
    faults: tuple[Fault, ...] = ()

    def told(self) -> dict[str, Any]:
        """The line as JSON tells it."""
        return {
            "row": self.row,
            "outcome": self.outcome,
            "fields": dict(self.fields),
            "target": self.target,
            "changes": {name: list(pair) for name, pair in self.changes.items()},
            "likely": [[one.other, f"{one.score:.3f}", list(one.why)] for one in self.likely],
            "faults": [list(astuple(one)) for one in self.faults],
        }


@dataclass(frozen=True)
class Preview:
    """What an import would do; `digest` covers every line, so that only exactly this is done later."""

    name: str
    source: str
    on: date
    add_likely: bool
    lines: tuple[Line, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many rows of each outcome."""
        found = Counter(line.outcome for line in self.lines)
        return {outcome: found[outcome] for outcome in OUTCOMES}

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything that was previewed."""
        whole = hashlib.sha256(f"{self.source} {self.on} {self.add_likely}".encode())
        for line in self.lines:
            whole.update(chain.canonical(line.told()).encode())
        return whole.hexdigest()


class Register:
    """The organisations that are there, ready to be matched."""

    def __init__(self, on: date) -> None:
        self.on = on
        self.rows: dict[int, dict[str, Any]] = {}
        self.codes: dict[str, int] = {}
        self.named: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        self.index = likeness.Index((), on=on)
        for row in (
            Organisation.objects.filter(merged_into=None).order_by("id").values(*COMPARED).iterator(READ_AT_ONCE)
        ):
            self.rows[row["id"]] = row
            if row["credit_code"]:
                self.codes[row["credit_code"]] = row["id"]
            self.named[names.key(row["name"], on=on), row["region"]].append(row["id"])
            self.index.put(likeness.firm(row["id"], row, on=on))
        merged = Organisation.objects.exclude(merged_into=None).exclude(credit_code=None)
        self.merged = dict(merged.values_list("credit_code", "merged_into"))
        self.codes |= self.merged

    def matches(self, given: Mapping[str, str]) -> list[int]:
        """The organisations that a row means: by its credit code, else by name and place."""
        code = given.get("credit_code", "")
        if code in self.codes:
            return [self.codes[code]]
        same = self.named.get((names.key(given["name"], on=self.on), given.get("region", "")), [])
        return [number for number in same if not (code and self.rows[number]["credit_code"])]


def preview(rows: Sequence[Row], *, name: str, source: str, on: date, add_likely: bool = False) -> Preview:
    """What an import of rows would do to the register as it is; `source` is the digest of the file."""
    register = Register(on)
    codes = Counter(row.fields["credit_code"] for row in rows if row.fields.get("credit_code"))
    twins = Counter(twin(row, on) for row in rows if row.fields.get("name") and not row.fields.get("credit_code"))
    seen: set[int] = set()
    lines = []
    for row in rows:
        faults = within(row, on, codes, twins)
        line = (
            Line(row.number, "rejected", row.fields, faults=tuple(faults))
            if faults
            else judged(row, register, add_likely)
        )
        if (
            line.target in seen and line.target is not None
        ):  # two rows that mean one organisation: neither is guessed at
            line = Line(row.number, "rejected", row.fields, faults=(Fault("name", "name_twice", row.fields["name"]),))
        if line.target is not None:
            seen.add(line.target)
        lines.append(line)
    return Preview(name, source, on, add_likely, tuple(lines))


def twin(row: Row, on: date) -> tuple[str, str]:
    """By what a row without a credit code is one with another."""
    return names.key(row.fields["name"], on=on), row.fields.get("region", "")


def within(row: Row, on: date, codes: Counter[str], twins: Counter[tuple[str, str]]) -> list[Fault]:
    """What is wrong with a row by itself and among the others of the file."""
    given = row.fields
    values = {"level": "", **given}
    found = fields.faults(fields.ORGANISATION, values, on=on, changed=frozenset(given))
    told = {one.field for one in found}
    if codes.get(given.get("credit_code", ""), 0) > 1 and "credit_code" not in told:
        found.append(Fault("credit_code", "code_twice", given["credit_code"]))
    if given.get("name") and not given.get("credit_code") and twins[twin(row, on)] > 1:
        found.append(Fault("name", "name_twice", given["name"]))
    return found


def judged(row: Row, register: Register, add_likely: bool) -> Line:
    """What would be done with a row that has no fault of its own."""
    given, found = row.fields, register.matches(row.fields)
    if len(found) > 1:
        return Line(row.number, "rejected", given, faults=(Fault("name", "two_matches", given["name"]),))
    if found:
        return matched(row, found[0], register)
    firm = likeness.firm(-row.number, given, on=register.on)
    likely = tuple(register.index.likely(firm))
    outcome = "likely" if likely and not add_likely else "new"
    if outcome == "new":
        register.index.put(firm)  # later rows are compared with this one too
    return Line(row.number, outcome, given, likely=likely)


def matched(row: Row, number: int, register: Register) -> Line:
    """What would be changed of an organisation that is there; an empty cell changes nothing."""
    there, given = register.rows[number], row.fields
    if given.get("kind", there["kind"]) != there["kind"]:
        return Line(
            row.number, "rejected", given, target=number, faults=(Fault("kind", "kind_differs", given["kind"]),)
        )
    changes = {name: (there[name], value) for name, value in given.items() if value != (there[name] or "")}
    if given.get("credit_code") in register.merged:
        changes.pop("credit_code", None)  # it stays with the firm that was merged into this one
    return Line(row.number, "changed" if changes else "same", given, target=number, changes=changes)
