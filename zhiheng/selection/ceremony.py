"""A draw as the public sees it: at what stage it is, what may be read of it, and when and by whom the seed becomes known.

    committed → (due: its moment has come) → revealing (some parties have) → revealed → drawn

The checksums, the manifest and the plan are public from the commitment on; the lists with the outcome, or from the commitment on
where the plan says so (`disclose`). A folder that was not committed is nobody's business yet. Draws stand in HOME/draws.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zhiheng.errors import DrawError, DrawInvalid, DrawTampered, DrawUnknown, SeedInvalid, UsageError
from zhiheng.selection import allotment, commitment, draw, seed
from zhiheng.selection.allotment import DISCLOSE, PLAN
from zhiheng.selection.commitment import LIST, MANIFEST, PEOPLE, SEED, SOURCES, Committed
from zhiheng.selection.draw import OUTCOME, TABLE

FOLDER = "draws"
STAGES = ("committed", "due", "revealing", "revealed", "drawn")
DAMAGED = "damaged"
MOST_BYTES = 1 << 20  # of a small file of the protocol: plan, seed, outcome.json; beyond it the file is damaged


@dataclass(frozen=True)
class PublicFile:
    """A file of a draw: its committed checksum, its length, and whether anybody may read it by now."""

    name: str
    sha256: str | None
    bytes: int
    is_public: bool


@dataclass(frozen=True)
class Proof:
    """What was revealed of the seed: by whom, who is awaited, and whether it holds. None: that cannot be said here, or not yet."""

    revealed: tuple[str, ...] = ()
    awaited: tuple[str, ...] = ()
    holds: bool | None = None
    fault: str = ""


@dataclass(frozen=True)
class Ceremony:
    """A committed draw; `found` and `plan` are empty where manifest.json or plan.json cannot be read, and `fault` says why."""

    name: str
    folder: Path
    stage: str
    found: Committed | None
    plan: Mapping[str, Any]
    fault: str = ""

    @property
    def title(self) -> str:
        """What the plan calls the draw."""
        return str(self.plan.get("title") or self.name)

    @property
    def moment(self) -> float | None:
        """When the seed becomes known, in seconds since 1970, where that was announced."""
        return seed.announced(self.found.body["seed"]) if self.found else None

    @property
    def is_disclosed(self) -> bool:
        """Whether the lists may be read by anybody."""
        return self.stage == "drawn" or (self.found is not None and self.plan.get("disclose") == DISCLOSE[1])

    def files(self) -> list[PublicFile]:
        """The files of the draw in the order in which they come to be."""
        committed: Mapping[str, Any] = self.found.body["files"] if self.found else {}
        order = dict.fromkeys((MANIFEST, PLAN, *SOURCES, LIST, *PEOPLE, SEED, TABLE, OUTCOME))
        found = []
        for name in order:
            path, always = self.folder / name, name in (MANIFEST, PLAN, SEED, TABLE, OUTCOME)
            if name in committed or (always and path.exists()):
                entry = committed.get(name, {"sha256": None, "bytes": path.stat().st_size if path.exists() else 0})
                readable = (always or self.is_disclosed) and path.is_file() and not path.is_symlink()
                digest = self.found.digest if self.found and name == MANIFEST else entry["sha256"]
                found.append(PublicFile(name, digest, entry["bytes"], readable))
        return found

    def public(self, name: str) -> Path:
        """The path of a file that anybody may read by now. DrawUnknown: there is none of that name, or not yet."""
        entry = next((entry for entry in self.files() if entry.name == name), None)
        if entry is None:
            raise DrawUnknown(f"the draw '{self.name}' has no file '{name[:60]}'")
        if not entry.is_public:
            raise DrawUnknown(
                f"{name} of the draw '{self.name}' is published with the outcome; until then its SHA-256 is {entry.sha256}"
            )
        return self.folder / name

    def outcome(self) -> dict[str, Any]:
        """The account of outcome.json. DrawTampered: it cannot be read."""
        found = _small(self.folder / OUTCOME)
        if not {"drawn", "seed", "design", "manifest_sha256"} <= set(found):
            raise DrawTampered(f"{OUTCOME} is damaged: an entry is missing")
        return found

    def revealed(self) -> dict[str, Any]:
        """The entries of seed.json. DrawTampered: it cannot be read."""
        return _small(self.folder / SEED)

    def proof(self) -> Proof:
        """The seed as far as it was revealed, proved anew."""
        if self.found is None or not (self.folder / SEED).exists():
            return Proof(awaited=_parties(self.found))
        try:
            given, terms = draw.read_seed(self.folder / SEED), draw.seed_terms(self.found)
            held = given.get("secrets")
            revealed = tuple(sorted(held)) if isinstance(held, dict) else ()
            awaited = tuple(name for name in _parties(self.found) if name not in revealed)
            if not awaited:
                seed.entropy(terms, given)
        except UsageError as error:  # the package that verifies a beacon is not installed: neither right nor wrong
            return Proof(fault=str(error))
        except DrawError as error:
            return Proof(holds=False, fault=str(error))
        return Proof(revealed, awaited, None if awaited else True)


def ceremonies(home: Path, *, now: float) -> list[Ceremony]:
    """Every committed draw of a workspace, the latest commitment first."""
    names = sorted(path.parent.name for path in (home / FOLDER).glob(f"*/{MANIFEST}"))
    return sorted((opened(home, name, now=now) for name in names), key=_latest, reverse=True)


def opened(home: Path, name: str, *, now: float) -> Ceremony:
    """A committed draw of a workspace by the name of its folder. DrawUnknown: no such draw was committed."""
    folder = home / FOLDER / name
    if Path(name).name != name or name.startswith(".") or not (folder / MANIFEST).is_file():
        raise DrawUnknown(f"no draw '{name[:60]}' was committed in {FOLDER}/ of the workspace")
    try:
        found = commitment.committed(folder)
        seed.announced(found.body["seed"])
    except DrawError as error:
        return Ceremony(name, folder, DAMAGED, None, {}, str(error))
    try:
        plan, fault = allotment.read_plan(folder / PLAN), ""
    except DrawInvalid as error:
        plan, fault = {}, str(error)
    return Ceremony(name, folder, _stage(folder, found, now), found, plan, fault)


def _stage(folder: Path, found: Committed, now: float) -> str:
    if (folder / OUTCOME).exists():
        return "drawn"
    if (folder / SEED).exists():
        try:
            held = draw.read_seed(folder / SEED).get("secrets", {})
        except SeedInvalid:
            return "revealed"  # the proof says what is wrong with it
        return "revealing" if set(_parties(found)) - set(held) else "revealed"
    moment = seed.announced(found.body["seed"])
    return "due" if moment is not None and moment <= now else "committed"


def _parties(found: Committed | None) -> tuple[str, ...]:
    """Who has to reveal, in the order in which the secrets are joined."""
    return tuple(sorted(found.body["seed"].get("parties", {}))) if found else ()


def _latest(entry: Ceremony) -> tuple[str, str]:
    return (str(entry.found.body["committed"]) if entry.found else "", entry.name)


def _small(path: Path) -> dict[str, Any]:
    """A JSON object of the protocol, if it is of a length that can be one."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise DrawTampered(f"{path.name} is damaged: it has {path.stat().st_size:,} bytes")
        found = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise DrawTampered(f"{path.name} is damaged: {error}") from error
    if not isinstance(found, dict):
        raise DrawTampered(f"{path.name} is damaged: it is not an object")
    return found


def strata(entry: Ceremony, *, most: int) -> Iterator[tuple[str, int, int]]:
    """Name, units and number to draw of the first strata."""
    if entry.found:
        for stretch, drawn in zip(entry.found.strata[:most], entry.found.n, strict=False):
            yield stretch.stratum, stretch.units, drawn
