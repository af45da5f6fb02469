"""Whether a draw is what it says it is: everything computed anew, every byte compared, every fault named by its file."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zhiheng.engines import Engine
from zhiheng.errors import AssignmentInfeasible, DrawError, DrawInvalid, DrawTampered, SeedInvalid
from zhiheng.selection import allotment, commitment
from zhiheng.selection.allotment import PLAN
from zhiheng.selection.commitment import MANIFEST, MEMORY, SEED, SOURCES, Committed
from zhiheng.selection.draw import OUTCOME, TABLE, Outcome, changed, compute, read_seed, same_strata
from zhiheng.selection.freezing import freeze
from zhiheng.selection.frozen import Frozen, scan


@dataclass(frozen=True)
class Fault:
    """Something that is not as it was committed or drawn: where, and what."""

    file: str
    what: str


def verify(folder: Path, *, published: str = "", again: bool = True, scratch: Path | None = None) -> list[Fault]:
    """Everything that does not hold; an empty list says that the draw is what it says it is.

    `published`: the checksum of manifest.json that was made known before the draw. `again=False` leaves out freezing the list a
    second time from its source. `scratch`: where that is done, if nothing may be written beside the files.
    """
    try:
        found = commitment.committed(folder)
    except DrawError as error:
        return [Fault(MANIFEST, str(error))]
    faults = [Fault(*entry) for entry in changed(folder, found)]
    if published and found.digest != published.lower():
        faults.append(Fault(MANIFEST, f"its SHA-256 is {found.digest}, {published} was published before the draw"))
    if any(entry.file in (found.body["list"], PLAN) for entry in faults):
        return faults + _suspected(folder, found)
    try:
        return faults + _checked(folder, found, again=(scratch or folder) if again else None)
    except SeedInvalid as error:
        return [*faults, *(_suspected(folder, found) or [Fault(SEED, str(error))])]
    except DrawTampered as error:
        return [*faults, Fault(MANIFEST, str(error))]
    except (DrawInvalid, AssignmentInfeasible) as error:
        # what cannot be read comes of the file that was changed, where one was
        return faults + (_suspected(folder, found) or ([] if faults else [Fault(found.body["list"], str(error))]))


def _suspected(folder: Path, found: Committed) -> list[Fault]:
    """The manifest, where the outcome says that it was drawn under another."""
    try:
        said = json.loads((folder / OUTCOME).read_bytes())["manifest_sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [] if said == found.digest else [Fault(MANIFEST, "it is not the manifest that outcome.json was drawn under")]


def _checked(folder: Path, found: Committed, *, again: Path | None) -> list[Fault]:
    """List, plan and outcome, computed anew."""
    if not (folder / OUTCOME).exists():
        faults = [Fault(OUTCOME, "it is missing beside outcome.csv")] if (folder / TABLE).exists() else []
        frozen = scan(folder / found.body["list"], unique=True)
        return faults + list(_listed(folder, found, frozen, again=again))
    outcome = compute(folder, found)
    return [*_listed(folder, found, outcome.frozen, again=again), *_drawn(folder, outcome)]


def _listed(folder: Path, found: Committed, frozen: Frozen, *, again: Path | None) -> Iterator[Fault]:
    """The list against the manifest, the plan and the source that it was frozen from."""
    path, plan = folder / found.body["list"], allotment.read_plan(folder / PLAN)
    same_strata(found, frozen, path.name)
    named = isinstance(plan["n"], dict)
    asked = sum(plan["n"].values()) if named else plan["n"]
    if sum(found.n) != asked or (named and allotment.allocation(plan, frozen.strata, least=0) != list(found.n)):
        yield Fault(MANIFEST, "its numbers to draw are not those of plan.json")
    if {key: value for key, value in found.body["seed"].items() if key != "chain"} != {
        key: value for key, value in plan["seed"].items() if key != "chain"
    }:
        yield Fault(MANIFEST, "its seed is not that of plan.json")
    source = next((folder / name for name in SOURCES if name in found.body["files"]), path)
    if again and source != path:
        beside = again / ".frozen-again.csv"
        try:
            with Engine(memory=MEMORY, spill=again) as engine:
                freeze(source, plan["columns"], engine, beside)
            if commitment.checksum(beside)["sha256"] != frozen.sha256:
                yield Fault(path.name, f"it is not what freezing {source.name} gives")
        finally:
            beside.unlink(missing_ok=True)


def _drawn(folder: Path, outcome: Outcome) -> Iterator[Fault]:
    """The outcome against what was computed anew."""
    given = (folder / OUTCOME).read_bytes()
    if given != outcome.body:
        yield from _difference(folder, json.loads(outcome.body), given)
    table = (folder / TABLE).read_bytes() if (folder / TABLE).exists() else b""
    if table != outcome.table:
        yield Fault(TABLE, _first_line(outcome.table, table))


def _difference(folder: Path, expected: Mapping[str, Any], given: bytes) -> Iterator[Fault]:
    """Which entry of outcome.json is not as computed, and which file that speaks against."""
    try:
        body = json.loads(given)
    except (ValueError, UnicodeDecodeError) as error:
        yield Fault(OUTCOME, f"it is damaged: {error}")
        return
    wrong = [key for key, value in expected.items() if not isinstance(body, dict) or body.get(key) != value]
    if {"manifest_sha256", "seed"} <= set(wrong):
        yield Fault(MANIFEST, "it is not the manifest that outcome.json was drawn under")
    elif "seed_sha256" in wrong:
        yield Fault(SEED, "it is not the file that outcome.json was drawn with")
        if commitment.rendered(read_seed(folder / SEED)) == (folder / SEED).read_bytes() and "seed" not in wrong:
            yield Fault(OUTCOME, "or its entry 'seed_sha256' was changed: seed.json gives the seed of the outcome")
    elif wrong:
        yield Fault(OUTCOME, f"its entry '{wrong[0]}' is not as computed")
    else:
        yield Fault(OUTCOME, "its bytes are not as written by the draw")


def _first_line(expected: bytes, given: bytes) -> str:
    ours, theirs = expected.decode("utf-8").split("\n"), given.decode("utf-8", errors="replace").split("\n")
    for number, (our, their) in enumerate(zip(ours, theirs, strict=False), start=1):
        if our != their:
            return f"line {number} is '{their}', the draw gives '{our}'"
    return f"it has {len(theirs) - 1} lines, the draw gives {len(ours) - 1}"
