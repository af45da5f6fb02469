"""The workspace: received files kept as they came, immutable parts, and one manifest per data set, replaced whole.

A kill at any moment leaves the last manifest and every part that it names. Parts without a manifest are swept later.
"""

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from zhiheng.errors import NothingThereYet, StoreError

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Part:
    """What one source file gave to a data set."""

    name: str
    file: str
    sha256: str
    profile: str
    form: str
    encoding: str
    received: int
    accepted: int
    rejected: int
    duplicate: int
    items: int
    unread: int
    day: str = ""


@dataclass(frozen=True)
class Manifest:
    """A data set at one version."""

    dataset: str
    version: int = 0
    parts: tuple[Part, ...] = ()
    profile: dict[str, Any] = field(default_factory=dict)


class Workspace:
    """A folder that holds everything Zhiheng was given and everything it made of it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def received(self) -> Path:
        """Source files as received, by checksum."""
        return self.root / "received"

    def folder(self, dataset: str) -> Path:
        """The folder of a data set."""
        return self.root / "evidence" / dataset

    def datasets(self) -> list[str]:
        """The names of the data sets that hold something."""
        return sorted(path.parent.name for path in (self.root / "evidence").glob(f"*/{MANIFEST}"))

    def manifest(self, dataset: str) -> Manifest:
        """The manifest in force; an empty one when nothing was taken in yet."""
        path = self.folder(dataset) / MANIFEST
        if not path.exists():
            return Manifest(dataset)
        body = load_json(path)
        return Manifest(
            body["dataset"], body["version"], tuple(Part(**part) for part in body["parts"]), body["profile"]
        )

    def required(self, dataset: str) -> Manifest:
        """The manifest of a data set that must hold something."""
        found = self.manifest(dataset)
        if not found.parts:
            raise NothingThereYet(f"the data set '{dataset}' holds nothing yet: take a file in with 'zhiheng intake'")
        return found

    def paths(self, dataset: str, table: str) -> list[Path]:
        """The Parquet files of one table of a data set."""
        return [self.folder(dataset) / part.name / f"{table}.parquet" for part in self.manifest(dataset).parts]

    def keep(self, path: Path, sha256: str) -> Path:
        """Copy a source file into the workspace as received, once."""
        kept = self.received / sha256 / path.name
        if not kept.exists():
            with self.scratch() as scratch:
                copy = scratch / path.name
                shutil.copyfile(path, copy)
                settle(copy)
                kept.parent.mkdir(parents=True, exist_ok=True)
                os.replace(copy, kept)
        return kept

    @contextmanager
    def alone(self, dataset: str) -> Iterator[None]:
        """Nobody else changes the data set meanwhile; a second writer waits. The system frees the lock of a killed one."""
        lock = self.root / "locks" / dataset
        try:
            lock.parent.mkdir(parents=True, exist_ok=True)
            stream = lock.open("w")
        except OSError as error:
            raise StoreError(
                f"the workspace {self.root} cannot be written: {error}; choose another with ZHIHENG_HOME"
            ) from error
        with stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            yield

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder for unfinished work, on the same disk, removed afterwards."""
        base = self.root / "scratch"
        try:
            base.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"the workspace {self.root} cannot be written: {error}; choose another with ZHIHENG_HOME"
            ) from error
        folder = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=base))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def commit(self, manifest: Manifest, *, made: Path, part: str) -> None:
        """Put a finished part in place, then name it in the manifest: the last step decides."""
        target = self.folder(manifest.dataset) / part
        target.parent.mkdir(parents=True, exist_ok=True)
        for path in made.iterdir():
            settle(path)
        if target.exists():
            shutil.rmtree(target)
        os.replace(made, target)
        settle(target.parent)
        store_json(self.folder(manifest.dataset) / MANIFEST, asdict(manifest))

    def sweep(self) -> None:
        """Remove what an interrupted run left behind; the scratch of a process that still runs is left alone."""
        for folder in (self.root / "scratch").glob("*"):
            if not is_running(folder.name.partition("-")[0]):
                shutil.rmtree(folder, ignore_errors=True)
        for dataset in self.datasets():
            named = {part.name for part in self.manifest(dataset).parts}
            for folder in self.folder(dataset).iterdir():
                if folder.is_dir() and folder.name not in named:
                    shutil.rmtree(folder, ignore_errors=True)


def store_json(path: Path, body: Any) -> None:
    """Replace a JSON file whole: written beside it, settled on disk, then renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(json.dumps(body, ensure_ascii=False, indent=1, default=str), encoding="utf-8")
    settle(beside)
    os.replace(beside, path)
    settle(path.parent)


def load_json(path: Path) -> Any:
    """A JSON file of the workspace."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise StoreError(f"{path.name} in the workspace is damaged: {error}; remove it and run again") from error


def settle(path: Path) -> None:
    """Make sure that the bytes of a file, or the names in a folder, are on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def is_running(process: str) -> bool:
    """Whether a process of this machine is still there."""
    return process.isdigit() and Path("/proc", process).exists() if Path("/proc").is_dir() else True
