"""The commitment of a draw: a plan, frozen lists, and a manifest of their checksums, made before the seed can be known."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from zhiheng.engines import Engine
from zhiheng.errors import DrawInvalid, DrawTampered
from zhiheng.selection import seed
from zhiheng.selection.allotment import PLAN, allocation, read_plan
from zhiheng.selection.beacon import published
from zhiheng.selection.choice import check
from zhiheng.selection.freezing import freeze
from zhiheng.selection.frozen import Frozen, Stretch, scan
from zhiheng.selection.people import problem, read_inspectors
from zhiheng.selection.stream import FORMAT

LIST, MANIFEST, SEED = "list.csv", "manifest.json", "seed.json"
SOURCES = ("targets.csv", "targets.xlsx", "targets.parquet")
PEOPLE = ("inspectors.csv", "recusals.csv", "earlier.csv")
CHAIN_KEYS = ("chain_hash", "public_key", "scheme", "genesis_time", "period")
MEMORY = "2GB"


@dataclass(frozen=True)
class Committed:
    """A manifest as read: its bytes decide the seed."""

    body: Mapping[str, Any]
    raw: bytes
    strata: tuple[Stretch, ...]
    n: tuple[int, ...]

    @property
    def day(self) -> date:
        """The day of the commitment, as the manifest says: whose conventions hold."""
        return date.fromisoformat(str(self.body["committed"])[:10])

    @property
    def digest(self) -> str:
        """The checksum that is published before the draw."""
        return hashlib.sha256(self.raw).hexdigest()


def commit(folder: Path, *, at: float, terms: Mapping[str, Any]) -> Committed:
    """Freeze the folder: check plan and lists, write the canonical list and manifest.json. `at`: now, in seconds since 1970.

    `terms` are the conventions of law/int/draw.yaml. DrawInvalid: something cannot be drawn from, and nothing is written.
    """
    if (folder / MANIFEST).exists():
        raise DrawInvalid(
            f"{folder}: there is a manifest.json: this draw was committed; to commit anew, say so openly and use a new folder"
        )
    plan = read_plan(folder / PLAN)
    source = next((folder / name for name in SOURCES if (folder / name).exists()), None)
    if source is None:
        raise DrawInvalid(f"{folder}: no {' or '.join(SOURCES)}: put the list to draw from there")
    chain, people = _chain(plan["seed"], at=at, terms=terms), _inspectors(folder, plan, terms)
    listed, frozen = _frozen(folder, source, plan)
    try:
        n = allocation(plan, frozen.strata, least=int(terms["least_per_stratum"]))
        check(str(plan["design"]), frozen.strata, n, variables=len(plan.get("balance", [])))
    except DrawInvalid:
        _discard(listed, source)
        raise
    body = {
        "format": FORMAT,
        "committed": datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds"),
        "files": _files(folder, source, listed),
        "list": listed.name,
        "units": frozen.units,
        "seed": plan["seed"] | chain,
        "inspectors": people,
        "strata": [entry.__dict__ | {"draw": drawn} for entry, drawn in zip(frozen.strata, n, strict=True)],
    }
    raw = rendered(body)
    written(folder / MANIFEST, raw)
    return Committed(body, raw, tuple(frozen.strata), tuple(n))


def written(path: Path, body: bytes) -> None:
    """Put a file of the protocol in its place, whole or not at all, on disk before it counts."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("wb") as stream:
            stream.write(body)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def committed(folder: Path) -> Committed:
    """The manifest of a folder. DrawTampered: it cannot be read as one."""
    path = folder / MANIFEST
    if not path.exists():
        raise DrawInvalid(f"{folder}: no manifest.json: 'zhiheng draw commit {folder}' comes first")
    raw = path.read_bytes()
    try:
        body = json.loads(raw)
        strata = tuple(
            Stretch(*(entry[key] for key in ("stratum", "first", "units", "size"))) for entry in body["strata"]
        )
        found = Committed(body, raw, strata, tuple(entry["draw"] for entry in body["strata"]))
        _sane(found)
        known = body["format"] == FORMAT and all({"sha256", "bytes"} <= set(entry) for entry in body["files"].values())
        names = [body["list"], body["seed"]["kind"], body["units"], body["inspectors"], found.day]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DrawTampered(
            f"manifest.json is damaged ({error!r}): fetch it again from where it was published"
        ) from error
    ours = {PLAN, LIST, *SOURCES, *PEOPLE}  # a manifest from elsewhere leads to no other file of this machine
    if not known or names[0] not in body["files"] or not set(body["files"]) <= ours:
        raise DrawTampered(f"manifest.json is not of the form {FORMAT}: fetch it again from where it was published")
    return found


def _sane(found: Committed) -> None:
    """Strata that lie one behind the other, with numbers that can be drawn; ValueError otherwise."""
    row = 0
    for entry, drawn in zip(found.strata, found.n, strict=True):
        whole = all(type(number) is int for number in (entry.first, entry.units, entry.size, drawn))
        if not whole or entry.first != row or not 0 <= drawn <= entry.units:
            raise ValueError(f"stratum {entry.stratum}")
        row += entry.units


def _frozen(folder: Path, source: Path, plan: Mapping[str, Any]) -> tuple[Path, Frozen]:
    """The canonical list: the source itself where it already is one, else list.csv."""
    sizes, columns = plan["design"] != "simple", plan.get("balance", [])
    found = (
        _canonical(source, sizes=sizes, columns=columns) if source.suffix == ".csv" and not plan["columns"] else None
    )
    listed = source if found else folder / LIST
    try:
        if not found:
            with Engine(memory=MEMORY, spill=folder) as engine:
                freeze(source, plan["columns"], engine, listed, chance=sizes, numbers=columns)
            found = scan(listed, sizes=sizes, unique=True, columns=columns)
        if sizes:
            _no_chance(listed, np.concatenate(found.sizes))
    except DrawInvalid:
        _discard(listed, source)
        raise
    return listed, found


def _canonical(path: Path, *, sizes: bool, columns: Sequence[str]) -> Frozen | None:
    """The scan of a file that is a canonical list as it stands, or nothing."""
    try:
        return scan(path, sizes=sizes, unique=True, columns=columns)
    except DrawInvalid:
        return None  # freezing it will tell what is wrong, by the row of the source


def _no_chance(path: Path, sizes: np.ndarray) -> None:
    none = np.flatnonzero(sizes == 0)
    if none.size:
        line = next(iter(scan(path, wanted=none[:1]).lines.values()))
        raise DrawInvalid(
            f"{path.name} line {int(none[0]) + 2} ({line}): the size 0 gives no chance of being drawn; give it a size, or leave "
            "the row out and say so"
        )


def _discard(listed: Path, source: Path) -> None:
    if listed != source:
        listed.unlink(missing_ok=True)


def _chain(wanted: Mapping[str, Any], *, at: float, terms: Mapping[str, Any]) -> dict[str, Any]:
    """The drand chain that the plan names, with its key, and proof that its round is still to come."""
    if wanted["kind"] != "drand":
        moment = seed.announced(wanted)
        if moment is not None and moment <= at:
            raise DrawInvalid(
                f"plan.json seed.on: {wanted['on']} is past, so the seed may be known and the list could be made to fit it; name a "
                "later moment, with time for the manifest to be published"
            )
        return {}
    name, known = wanted.get("chain"), chains(terms)
    if name not in known:
        raise DrawInvalid(f"plan.json seed.chain: '{name}' is not one of {', '.join(known)}")
    chain = known[name]
    if published(chain, wanted["round"]) <= at:
        later = int((at - chain["genesis_time"]) // chain["period"]) + 2
        raise DrawInvalid(
            f"plan.json seed.round: round {wanted['round']} of {name} is already public, so the list could be made to fit it; "
            f"name a round from {later} on, with time for the manifest to be published"
        )
    return {"chain": chain}


def chains(terms: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The public drand chains by name."""
    return {
        name: {key: chain[key] for key in CHAIN_KEYS}
        for name, chain in terms["chains"].items()
        if set(CHAIN_KEYS) <= set(chain)
    }


def _inspectors(folder: Path, plan: Mapping[str, Any], terms: Mapping[str, Any]) -> dict[str, Any] | None:
    """The terms of the assignment, or nothing where only targets are drawn."""
    if not (folder / PEOPLE[0]).exists():
        if plan["inspectors"]:
            raise DrawInvalid(f"plan.json inspectors: there is no {PEOPLE[0]}; put it there, or leave the terms out")
        return None
    given, people = dict(plan["inspectors"]), read_inspectors(folder)
    travel = [{key: entry[key] for key in ("digits", "band")} for entry in terms["travel"]]
    found = {"each": terms["inspectors_each"], "travel": travel, "partners_again": terms["partners_again"]}
    strange = sorted(set(given) - set(found))
    if strange:
        raise DrawInvalid(f"plan.json inspectors: '{strange[0]}' is not one of {', '.join(found)}")
    found |= given
    for key, least in (("each", 1), ("partners_again", 0)):
        if not isinstance(found[key], int) or isinstance(found[key], bool) or found[key] < least:
            raise DrawInvalid(f"plan.json inspectors.{key}: {found[key]!r} is not a whole number, {least} or more")
    if found["each"] > len(people):
        raise DrawInvalid(
            f"plan.json inspectors.each: {found['each']} inspectors for each target, and {PEOPLE[0]} has {len(people)}; name more, "
            "or ask for fewer"
        )
    _travel(found["travel"])
    problem(folder, (), found)  # recusals and earlier visits are read before the seed is known, not after
    return found


def _travel(bands: Any) -> None:
    """Bands of distance that every pair of regions finds its place in."""
    fine = isinstance(bands, list) and all(
        isinstance(entry, dict)
        and set(entry) == {"digits", "band"}
        and all(isinstance(value, int) and not isinstance(value, bool) and value >= 0 for value in entry.values())
        for entry in bands
    )
    if not fine or not bands or bands[-1]["digits"] != 0:
        raise DrawInvalid(
            'plan.json inspectors.travel: a list of {"digits": …, "band": …} is expected, the nearest first, the last one with 0 digits '
            "for all that is farther"
        )


def _files(folder: Path, source: Path, listed: Path) -> dict[str, dict[str, Any]]:
    names = dict.fromkeys([PLAN, source.name, listed.name, *(name for name in PEOPLE if (folder / name).exists())])
    return {name: checksum(folder / name) for name in names}


def checksum(path: Path) -> dict[str, Any]:
    """SHA-256 and length of a file."""
    with path.open("rb") as stream:
        return {"sha256": hashlib.file_digest(stream, "sha256").hexdigest(), "bytes": path.stat().st_size}


def rendered(body: Mapping[str, Any]) -> bytes:
    """JSON with one meaning for one body."""
    return (json.dumps(body, ensure_ascii=False, indent=1) + "\n").encode("utf-8")
