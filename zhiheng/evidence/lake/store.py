"""The lake as its users see it: a snapshot to read from, a change to write with, pins and readers."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import ibis

from zhiheng.engines import Engine
from zhiheng.errors import StoreError
from zhiheng.evidence.lake import delta
from zhiheng.evidence.lake.change import Change
from zhiheng.evidence.lake.commits import Chain, Commit, locked
from zhiheng.evidence.lake.snapshot import Snapshot
from zhiheng.evidence.snapshot import Workspace, store_json
from zhiheng.evidence.tables import Table

MEMORY = "700MB"
# locks: held while somebody begins to read, and while somebody checks everything
GATE, VERIFYING = "gate", "verifying"


class Lake:
    """Tables that change together under one folder; without `tables`, what is there can be read, checked and tidied."""

    def __init__(self, root: Path, tables: Mapping[str, Table] | None = None, *, memory: str = MEMORY) -> None:
        self.root = root
        self.schemas: dict[str, ibis.Schema] = {name: table.schema for name, table in (tables or {}).items()}
        self.memory = memory
        self.chain = Chain(root / "commits")
        self.writer = 0

    def snapshot(self, commit: int | None = None) -> Snapshot:
        """All tables as they stood at a commit, the last one if none is named."""
        return Snapshot(self.root, self.schemas, self.chain.last() if commit is None else self.chain.load(commit))

    def at(self, day: date) -> Snapshot:
        """All tables as they stood at the end of a day in China."""
        return self.snapshot(self.chain.at(day))

    @contextmanager
    def reading(self, commit: int | None = None) -> Iterator[Snapshot]:
        """A snapshot whose files nobody removes meanwhile."""
        with locked(self.readers / GATE, shared=True):
            found = self.snapshot(commit)
            lease = locked(self.readers / f"{found.number:010}", shared=True)
            lease.__enter__()
        try:
            yield found
        finally:
            lease.__exit__(None, None, None)

    @property
    def readers(self) -> Path:
        """Locks of those who read."""
        return self.root / "readers"

    @property
    def pins(self) -> Path:
        """Names of commits that must stay readable, one file each."""
        return self.root / "pins"

    def pin(self, name: str, commit: int) -> None:
        """Keep a commit readable for as long as the pin of this name is there."""
        with locked(self.readers / GATE, shared=True), delta.told(self.pins):
            found = self.snapshot(commit)
            for table in found.commit.versions:
                found.files(table)  # told when they are gone already
            store_json(self.pins / name, found.number)

    @contextmanager
    def change(self, kind: str, about: Mapping[str, Any] | None = None) -> Iterator[Change]:
        """One change of any of the tables: whole after the block, absent after an exception; other writers wait."""
        if self.writer == threading.get_ident():
            raise RuntimeError(f"a change of {self.root} is open in this thread: it would wait for itself")
        with locked(self.root / "lock"), Workspace(self.root).scratch() as scratch:
            self.writer = threading.get_ident()
            try:
                base = self.snapshot()
                self.chain.folder.mkdir(parents=True, exist_ok=True)
                self.recover(base.commit)
                with Engine(memory=self.memory, spill=scratch) as engine:
                    yield from self.changing(Change(self.chain, base, engine, kind=kind, about=dict(about or {})))
            finally:
                self.writer = 0

    def changing(self, change: Change) -> Iterator[Change]:
        """Hand a change out, then finish it, or discard it if that did not come about."""
        done = False
        try:
            yield change
            change.finish()
            done = True
        finally:
            if not done:
                change.discard()

    def recover(self, last: Commit) -> None:
        """Bring tables that a killed writer left ahead of the last commit back to it."""
        for folder in self.folders():
            named, newest = last.versions.get(folder.name), delta.version_of(folder)
            if named is not None and newest < named:
                raise StoreError(
                    f"table {folder.name} in {self.root}: its log ends at version {newest}, and commit {last.number} names "
                    f"version {named}; bring {delta.LOG} back from a copy of the lake"
                )
            if newest > (named or 0) and set(delta.paths(folder)) != set(delta.paths(folder, named or 0)):
                delta.restore(folder, named)

    def folders(self) -> list[Path]:
        """The folders of the tables that are there."""
        return sorted(path for path in self.root.iterdir() if delta.is_there(path)) if self.root.exists() else []
