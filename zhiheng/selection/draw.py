"""A draw that anyone can compute again: reveal the seed, draw, and verify every byte of a folder.

commit (commitment.py) → publish the checksum of manifest.json → reveal → run → verify, by anybody, at any time
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from zhiheng import rules
from zhiheng.engines import Engine
from zhiheng.errors import AssignmentInfeasible, DrawError, DrawInvalid, DrawTampered, SeedInvalid
from zhiheng.selection import assignment, choice, commitment, seed
from zhiheng.selection.choice import Drawn
from zhiheng.selection.commitment import LIST, MANIFEST, MEMORY, PEOPLE, PLAN, SEED, SOURCES, Committed
from zhiheng.selection.freezing import freeze
from zhiheng.selection.frozen import Frozen, Places, pick, scan
from zhiheng.selection.stream import FORMAT, Stream

OUTCOME, TABLE = "outcome.json", "outcome.csv"
COLUMNS = ("row", "stratum", "id", "probability", "inspectors")


@dataclass(frozen=True)
class Finding:
    """Something that is not as it was committed or drawn: where, and what."""

    file: str
    what: str


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
    path.write_bytes(commitment.rendered(given))
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
    wrong = list(changed(folder, found))
    if wrong:
        raise DrawTampered("; ".join(f"{entry.file}: {entry.what}" for entry in wrong) + "; nothing is drawn")
    outcome = compute(folder, found, again=False)
    (folder / TABLE).write_bytes(outcome.table)
    (folder / OUTCOME).write_bytes(outcome.body)
    return outcome


def verify(folder: Path, *, published: str = "", again: bool = True) -> list[Finding]:
    """Everything that does not hold; an empty list says that the draw is what it says it is.

    `published`: the checksum of manifest.json that was made known before the draw. `again=False` leaves out freezing the list a
    second time from its source.
    """
    try:
        found = commitment.committed(folder)
    except DrawError as error:
        return [Finding(MANIFEST, str(error))]
    findings = list(changed(folder, found))
    if published and found.digest != published.lower():
        findings.append(Finding(MANIFEST, f"its SHA-256 is {found.digest}, {published} was published before the draw"))
    if any(entry.file in (found.body["list"], PLAN) for entry in findings):
        return findings + _suspected(folder, found)
    try:
        return findings + _checked(folder, found, again=again)
    except SeedInvalid as error:
        return [*findings, *(_suspected(folder, found) or [Finding(SEED, str(error))])]
    except DrawTampered as error:
        return [*findings, Finding(MANIFEST, str(error))]
    except (DrawInvalid, AssignmentInfeasible) as error:
        return [*findings, *(_suspected(folder, found) or [Finding(found.body["list"], str(error))])]


def _suspected(folder: Path, found: Committed) -> list[Finding]:
    """The manifest, where the outcome says that it was drawn under another."""
    try:
        said = json.loads((folder / OUTCOME).read_bytes())["manifest_sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return (
        [] if said == found.digest else [Finding(MANIFEST, "it is not the manifest that outcome.json was drawn under")]
    )


def _checked(folder: Path, found: Committed, *, again: bool) -> list[Finding]:
    """List, plan and outcome, computed anew."""
    if not (folder / OUTCOME).exists():
        findings = [Finding(OUTCOME, "it is missing beside outcome.csv")] if (folder / TABLE).exists() else []
        frozen = scan(folder / found.body["list"], unique=True)
        return findings + list(_listed(folder, found, frozen, again=again))
    outcome = compute(folder, found)
    return [*_listed(folder, found, outcome.frozen, again=again), *_drawn(folder, outcome)]


def changed(folder: Path, found: Committed) -> Iterator[Finding]:
    """The committed files that are not as they were, and files that would count but were not committed."""
    for name, entry in found.body["files"].items():
        if not (folder / name).exists():
            yield Finding(name, "it was committed and is missing")
        elif commitment.checksum(folder / name) != {"sha256": entry["sha256"], "bytes": entry["bytes"]}:
            yield Finding(name, "it is not the file that was committed: its SHA-256 differs from manifest.json")
    for name in (*SOURCES, LIST, *PEOPLE):
        if (folder / name).exists() and name not in found.body["files"]:
            yield Finding(name, "it was added after the commitment")


def compute(folder: Path, found: Committed, *, again: bool = True) -> Outcome:
    """The outcome that the list, the plan and the seed give, without looking at any outcome.

    DrawTampered: the manifest's strata are not those of the list. `again`: look at form and order of the list again, and for an id
    that stands in two strata; without it, the list must be known to be the one that was looked at when it was committed.
    """
    raw = (folder / SEED).read_bytes() if (folder / SEED).exists() else b""
    digits = seed.seed(found.raw, seed.entropy(seed_terms(found), read_seed(folder / SEED)))
    stream, plan = Stream(digits), commitment.read_plan(folder / PLAN)
    path = folder / found.body["list"]
    sizes = np.concatenate(scan(path, sizes=True).sizes) if plan["design"] != "simple" else None
    drawn = choice.draw(plan["design"], found.strata, found.n, stream, sizes)
    frozen = scan(path, wanted=drawn.rows, unique=True) if again else pick(path, _edges(found, drawn.rows))
    _same_strata(found, frozen, path.name)
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


def _same_strata(found: Committed, frozen: Frozen, name: str) -> None:
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


def _listed(folder: Path, found: Committed, frozen: Frozen, *, again: bool) -> Iterator[Finding]:
    """The list against the manifest, the plan and the source that it was frozen from."""
    path, plan = folder / found.body["list"], commitment.read_plan(folder / PLAN)
    _same_strata(found, frozen, path.name)
    named = isinstance(plan["n"], dict)
    asked = sum(plan["n"].values()) if named else plan["n"]
    if sum(found.n) != asked or (named and commitment.allocation(plan, frozen.strata, least=0) != list(found.n)):
        yield Finding(MANIFEST, "its numbers to draw are not those of plan.json")
    if {key: value for key, value in found.body["seed"].items() if key != "chain"} != {
        key: value for key, value in plan["seed"].items() if key != "chain"
    }:
        yield Finding(MANIFEST, "its seed is not that of plan.json")
    source = next((folder / name for name in SOURCES if name in found.body["files"]), path)
    if again and source != path:
        beside = folder / ".frozen-again.csv"
        try:
            with Engine(memory=MEMORY, spill=folder) as engine:
                freeze(source, plan["columns"], engine, beside)
            if commitment.checksum(beside)["sha256"] != frozen.sha256:
                yield Finding(path.name, f"it is not what freezing {source.name} gives")
        finally:
            beside.unlink(missing_ok=True)


def _drawn(folder: Path, outcome: Outcome) -> Iterator[Finding]:
    """The outcome against what was computed anew."""
    given = (folder / OUTCOME).read_bytes()
    if given != outcome.body:
        yield from _difference(folder, json.loads(outcome.body), given)
    table = (folder / TABLE).read_bytes() if (folder / TABLE).exists() else b""
    if table != outcome.table:
        yield Finding(TABLE, _first_line(outcome.table, table))


def _difference(folder: Path, expected: Mapping[str, Any], given: bytes) -> Iterator[Finding]:
    """Which entry of outcome.json is not as computed, and which file that speaks against."""
    try:
        body = json.loads(given)
    except (ValueError, UnicodeDecodeError) as error:
        yield Finding(OUTCOME, f"it is damaged: {error}")
        return
    wrong = [key for key, value in expected.items() if not isinstance(body, dict) or body.get(key) != value]
    if {"manifest_sha256", "seed"} <= set(wrong):
        yield Finding(MANIFEST, "it is not the manifest that outcome.json was drawn under")
    elif "seed_sha256" in wrong:
        yield Finding(SEED, "it is not the file that outcome.json was drawn with")
        if commitment.rendered(read_seed(folder / SEED)) == (folder / SEED).read_bytes() and "seed" not in wrong:
            yield Finding(OUTCOME, "or its entry 'seed_sha256' was changed: seed.json gives the seed of the outcome")
    elif wrong:
        yield Finding(OUTCOME, f"its entry '{wrong[0]}' is not as computed")
    else:
        yield Finding(OUTCOME, "its bytes are not as written by the draw")


def _first_line(expected: bytes, given: bytes) -> str:
    ours, theirs = expected.decode("utf-8").split("\n"), given.decode("utf-8", errors="replace").split("\n")
    for number, (our, their) in enumerate(zip(ours, theirs, strict=False), start=1):
        if our != their:
            return f"line {number} is '{their}', the draw gives '{our}'"
    return f"it has {len(theirs) - 1} lines, the draw gives {len(ours) - 1}"
