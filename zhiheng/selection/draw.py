"""A draw that anyone can compute again: reveal the seed, draw targets and inspectors, write the outcome.

commit (commitment.py) → publish the checksum of manifest.json → reveal → run → verify (verification.py), by anybody
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from zhiheng import rules
from zhiheng.errors import DrawInvalid, DrawTampered, SeedInvalid
from zhiheng.selection import allotment, assignment, choice, commitment, seed
from zhiheng.selection.allotment import PLAN
from zhiheng.selection.choice import Drawn
from zhiheng.selection.commitment import LIST, PEOPLE, SEED, SOURCES, Committed
from zhiheng.selection.frozen import Frozen, Places, pick, scan
from zhiheng.selection.stream import FORMAT, Stream

OUTCOME, TABLE = "outcome.json", "outcome.csv"
COLUMNS = ("row", "stratum", "id", "probability", "inspectors")


@dataclass(frozen=True)
class Outcome:
    """What a run gives: the bytes of outcome.csv and outcome.json, and what the list was found to be."""

    table: bytes
    body: bytes
    frozen: Frozen
    drawn: Drawn


def reveal(folder: Path, given: Mapping[str, Any]) -> Path:
    """Write seed.json: a drand beacon, {"values": …}, or {"secrets": {party: …}} one party after the other.

    SeedInvalid: it is not what the plan asked for, its signature fails, or a seed was revealed before; nothing is written.
    """
    found = commitment.committed(folder)
    terms, path = seed_terms(found), folder / SEED
    if terms["kind"] == "reveal":
        held = read_seed(path)["secrets"] if path.exists() else {}
        for name, digits in dict(given.get("secrets", {})).items():
            seed.check_secret(terms, name, str(digits))
            held[name] = digits
        given = {"secrets": held}
    elif path.exists():
        raise SeedInvalid(f"{folder}: seed.json is there already: a draw has one seed, and no second try")
    else:
        seed.entropy(terms, given)
    commitment.written(path, commitment.rendered(given))
    return path


def run(folder: Path) -> Outcome:
    """Draw, assign, and write outcome.csv and outcome.json.

    DrawTampered: a file is not the one that was committed; SeedInvalid: no seed, or its proof fails. Nothing is written.
    """
    found = commitment.committed(folder)
    if (folder / OUTCOME).exists():
        raise DrawInvalid(
            f"{folder}: outcome.json is there already: a draw is made once; 'zhiheng draw verify' checks it"
        )
    wrong = [f"{name}: {what}" for name, what in changed(folder, found)]
    if wrong:
        raise DrawTampered("; ".join(wrong) + "; nothing is drawn")
    outcome = compute(folder, found, again=False)
    commitment.written(folder / TABLE, outcome.table)
    commitment.written(folder / OUTCOME, outcome.body)
    return outcome


def changed(folder: Path, found: Committed) -> Iterator[tuple[str, str]]:
    """The committed files that are not as they were, and files that would count but were not committed."""
    for name, entry in found.body["files"].items():
        if not (folder / name).exists():
            yield (name, "it was committed and is missing")
        elif commitment.checksum(folder / name) != {"sha256": entry["sha256"], "bytes": entry["bytes"]}:
            yield (name, "it is not the file that was committed: its SHA-256 differs from manifest.json")
    for name in (*SOURCES, LIST, *PEOPLE):
        if (folder / name).exists() and name not in found.body["files"]:
            yield (name, "it was added after the commitment")


def compute(folder: Path, found: Committed, *, again: bool = True) -> Outcome:
    """The outcome that the list, the plan and the seed give, without looking at any outcome.

    DrawTampered: the manifest's strata are not those of the list. `again`: look at form and order of the list again, and for an id
    that stands in two strata; without it, the list must be known to be the one that was looked at when it was committed.
    """
    raw = (folder / SEED).read_bytes() if (folder / SEED).exists() else b""
    digits = seed.seed(found.raw, seed.entropy(seed_terms(found), read_seed(folder / SEED)))
    stream, plan = Stream(digits), allotment.read_plan(folder / PLAN)
    path = folder / found.body["list"]
    sizes = columns = None
    if plan["design"] != "simple":
        held = scan(path, sizes=True, columns=plan.get("balance", []))
        sizes, columns = np.concatenate(held.sizes), np.concatenate(held.columns) if held.columns else None
    drawn = choice.draw(plan["design"], found.strata, found.n, stream, sizes, columns=columns)
    frozen = scan(path, wanted=drawn.rows, unique=True) if again else pick(path, _edges(found, drawn.rows))
    same_strata(found, frozen, path.name)
    frozen.lines = {row: frozen.lines[row] for row in drawn.rows.tolist()}
    assigned, account = _assigned(folder, found, frozen, stream)
    table = _table(frozen, drawn, assigned)
    body = {
        "format": FORMAT,
        "manifest_sha256": found.digest,
        "seed_sha256": hashlib.sha256(raw).hexdigest(),
        "seed": digits.hex(),
        "design": plan["design"],
        "drawn": int(drawn.rows.size),
        "outcome_sha256": hashlib.sha256(table).hexdigest(),
        "assignment": account,
    }
    return Outcome(table, commitment.rendered(body), frozen, drawn)


def _edges(found: Committed, rows: Places) -> Places:
    """The rows, and the first and last of every stratum."""
    first = np.array([entry.first for entry in found.strata], dtype=np.int64)
    last = first + np.array([entry.units for entry in found.strata], dtype=np.int64) - 1
    return np.unique(np.concatenate([rows, first, last]))


def same_strata(found: Committed, frozen: Frozen, name: str) -> None:
    """DrawTampered: the strata of the manifest are not those of the list; of an ordered list, their edges suffice."""
    same = frozen.units == found.body["units"]
    if frozen.strata:
        same = same and tuple(frozen.strata) == found.strata
    else:
        ends = ((entry, row) for entry in found.strata for row in (entry.first, entry.first + entry.units - 1))
        same = same and all(frozen.lines.get(row, "").split(",")[0] == entry.stratum for entry, row in ends)
    if not same:
        raise DrawTampered(f"its strata are not those of {name}")


def seed_terms(found: Committed) -> Mapping[str, Any]:
    """What the manifest says of the seed. DrawTampered: its drand chain is not a public one, so it could be anybody's own."""
    terms: Mapping[str, Any] = found.body["seed"]
    try:
        seed.check_terms(terms)
    except DrawInvalid as error:
        raise DrawTampered(f"its seed cannot be used: {error}") from error
    if terms["kind"] == "drand":
        known = commitment.chains(rules.settings("draw", on=found.day))
        if terms.get("chain") not in known.values():
            raise DrawTampered("its drand chain is none of those that zhiheng/law/int/draw.yaml names with their keys")
    return terms


def read_seed(path: Path) -> dict[str, Any]:
    """What was revealed."""
    if not path.exists():
        raise SeedInvalid(f"{path.parent}: no seed.json: 'zhiheng draw reveal {path.parent} …' comes first")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError) as error:
        raise SeedInvalid(f"seed.json is damaged ({error}): reveal again") from error
    if not isinstance(found, dict):
        raise SeedInvalid("seed.json is not an object: reveal again")
    return found


def _assigned(
    folder: Path, found: Committed, frozen: Frozen, stream: Stream
) -> tuple[dict[int, tuple[str, ...]], dict[str, Any] | None]:
    """The inspectors of every drawn row, where inspectors are drawn too."""
    terms = found.body["inspectors"]
    if terms is None:
        return {}, None
    rows = sorted(frozen.lines)
    targets = [dict(zip(frozen.header, frozen.lines[row].split(","), strict=True)) for row in rows]
    made = assignment.assign(assignment.problem(folder, targets, terms), stream)
    return dict(zip(rows, made.names, strict=True)), made.account


def _table(frozen: Frozen, drawn: Drawn, assigned: Mapping[int, tuple[str, ...]]) -> bytes:
    lines = [",".join(COLUMNS)]
    for row, top, bottom in zip(drawn.rows.tolist(), drawn.top.tolist(), drawn.bottom.tolist(), strict=True):
        stratum, unit = frozen.lines[row].split(",")[:2]
        lines.append(f"{row},{stratum},{unit},{top}/{bottom},{' '.join(assigned.get(row, ()))}")
    return ("\n".join(lines) + "\n").encode("utf-8")
