"""The notices of a workspace: what each file gave is one part, named by file, profile and mapping; a manifest names the parts.

notices/<source>/<part>/notices.parquet, rejects.parquet      notices/<source>/manifest.json
"""

import hashlib
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import ibis

from zhiheng import rules
from zhiheng.engines import Engine
from zhiheng.errors import FileUnreadable, NothingThereYet
from zhiheng.evidence import source
from zhiheng.evidence.cells import raw_name
from zhiheng.evidence.snapshot import Workspace, load_json, settle, store_json
from zhiheng.evidence.tables import REJECTS, fingerprint
from zhiheng.surveillance.notices.feed import Feed
from zhiheng.surveillance.notices.reading import Read, notices
from zhiheng.surveillance.tables import NOTICES

MEMORY = "500MB"
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Taken:
    """What a file gave: received = notices + rejects + duplicates; lines are notices by hazard."""

    part: str
    file: str
    sha256: str
    received: int
    notices: int
    lines: int
    rejects: int
    duplicates: int


@dataclass(frozen=True)
class Kept:
    """The notices that a workspace holds."""

    workspace: Workspace

    @property
    def root(self) -> Path:
        """The folder of all sources."""
        return self.workspace.root / "notices"

    def sources(self) -> list[dict[str, Any]]:
        """The manifest of every source that gave something: feed and parts, by name."""
        return [load_json(path) for path in sorted(self.root.glob(f"*/{MANIFEST}"))]

    def manifest(self, name: str) -> dict[str, Any]:
        """The manifest of a source that must be there."""
        path = self.root / name / MANIFEST
        if not name or not path.is_file() or path.parent.parent != self.root:
            there = ", ".join(one["feed"]["name"] for one in self.sources()) or "none yet"
            raise NothingThereYet(
                f"no notices of a source '{name[:60]}'; there are {there}: 'zhiheng signal take FOLDER' brings in others"
            )
        return dict(load_json(path))

    def version(self) -> str:
        """A name for everything held, that changes with any part."""
        parts = [part["part"] for one in self.sources() for part in one["parts"]]
        return hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]

    def take(self, path: Path, feed: Feed) -> Taken:
        """Take a file in by its feed, once; under a changed profile or mapping it is read again from the file."""
        with self.workspace.alone(f"notices-{feed.name}"):
            digest = source.admitted(path)
            part = made_from(digest, feed)
            place = self.root / feed.name / MANIFEST
            body = load_json(place) if place.is_file() else {"parts": []}
            for one in body["parts"]:
                if one["part"] == part:
                    return Taken(**one)
            others = [one for one in body["parts"] if one["sha256"] != digest]
            self.workspace.keep(path, digest)
            made = self.made(path, feed, part=part, known=self.keys(feed.name, others))
            taken = Taken(
                part,
                path.name,
                digest,
                made.received,
                made.notices,
                len(made.lines),
                len(made.rejects),
                made.duplicates,
            )
            told = {name: getattr(feed, name) for name in ("name", "title", "kind", "scheme", "origin", "fingerprint")}
            store_json(place, {"feed": told, "parts": [*others, asdict(taken)]})
            return taken

    def made(self, path: Path, feed: Feed, *, part: str, known: list[str]) -> Read:
        """Read a file and put its part in place."""
        with self.workspace.scratch() as scratch, Engine(memory=MEMORY, spill=scratch) as engine:
            read = notices(texts(path, feed, engine=engine, scratch=scratch), feed, known=known)
            folder = scratch / part
            folder.mkdir()
            lines = [tuple(line[name] for name in NOTICES.schema.names) for line in read.lines]
            engine.table(NOTICES.name, lines, NOTICES.schema)
            engine.write(NOTICES.unbound().order_by("day", "notice", "item"), folder / "notices.parquet")
            rejects = [
                (feed.name, source.checksum(path), row, 1, column, code, reason, remedy, text)
                for row, column, code, reason, remedy, text in read.rejects
            ]
            engine.table(REJECTS.name, rejects, REJECTS.schema)
            engine.write(REJECTS.unbound().order_by("row"), folder / "rejects.parquet")
            for made in folder.iterdir():
                settle(made)
            target = self.root / feed.name / part
            shutil.rmtree(target, ignore_errors=True)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(folder, target)
        return read

    def keys(self, name: str, parts: list[dict[str, Any]]) -> list[str]:
        """The notices of some parts."""
        table = NOTICES.unbound()
        files = [self.root / name / one["part"] / "notices.parquet" for one in parts]
        if not files:
            return []
        with Engine(memory=MEMORY) as engine:
            engine.attach(NOTICES.name, files, NOTICES.schema)
            return [row["notice"] for row in engine.rows(table.select("notice").distinct().order_by("notice"))]

    def lines(self, name: str = "") -> list[dict[str, Any]]:
        """Lines of NOTICES of a source, or of all, by day, notice and item."""
        return self.rows("notices.parquet", NOTICES, ("day", "notice", "item"), name)

    def rejects(self, name: str = "") -> list[dict[str, Any]]:
        """Rows that were turned away."""
        return self.rows("rejects.parquet", REJECTS, ("dataset", "row"), name)

    def rows(self, file: str, table: Any, order: tuple[str, ...], name: str) -> list[dict[str, Any]]:
        """Rows of one table of the parts that manifests name."""
        chosen = [self.manifest(name)] if name else self.sources()
        files = [self.root / one["feed"]["name"] / part["part"] / file for one in chosen for part in one["parts"]]
        if not files:
            return []
        with Engine(memory=MEMORY) as engine:
            engine.attach(table.name, files, table.schema)
            return engine.rows(table.unbound().order_by(*order))


def made_from(digest: str, feed: Feed) -> str:
    """A name for what a part is made from: the file, the profile, the mappings and the shape of the table."""
    body = (
        digest,
        feed.fingerprint,
        rules.fingerprint("categories"),
        rules.fingerprint("vocabulary"),
        fingerprint(NOTICES),
    )
    return hashlib.sha256("|".join(body).encode()).hexdigest()[:16]


def texts(path: Path, feed: Feed, *, engine: Engine, scratch: Path) -> list[tuple[int, dict[str, str | None]]]:
    """The rows of a file as texts with their numbers. FileUnreadable: a column of the profile that the file lacks, a broken line."""
    found = source.read(path, engine=engine, scratch=scratch, options=feed.read)
    absent = [name for name in feed.needed if name not in found.columns]
    if absent:
        raise FileUnreadable(
            f"{path.name}: no column '{absent[0]}', which the profile of '{feed.name}' reads; there are {', '.join(found.columns[:40])}"
        )
    if found.malformed:
        bad = found.malformed[0]
        raise FileUnreadable(f"{path.name}, line {bad.line}: {bad.reason}; correct the line")
    held = {name: raw_name(name) for name in feed.needed}
    table = ibis.table({"row": "int64", **dict.fromkeys(held.values(), "string")}, name="raw")
    asked = table.select("row", **{f"c{at}": table[name] for at, name in enumerate(held.values())}).order_by("row")
    return [(row["row"], {name: row[f"c{at}"] for at, name in enumerate(held)}) for row in engine.rows(asked)]
