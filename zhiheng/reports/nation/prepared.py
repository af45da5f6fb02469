"""Cells and index of a commit as one file: made once, opened in a moment, and in memory no more of it than is looked at.

The file is a copy of what the lake says and is made again whenever it is not there or not readable. Its name says of which
book and commit it is, and in which form the tables are.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zhiheng.decision import ledger
from zhiheng.decision.tables import CELLS, KEPT_FINDINGS
from zhiheng.engines import Engine
from zhiheng.errors import StoreError
from zhiheng.evidence.lake import Snapshot
from zhiheng.evidence.lake.commits import locked
from zhiheng.evidence.snapshot import settle
from zhiheng.reports.nation import loading
from zhiheng.reports.nation.loading import ASIDE, BESIDE, FAULTS, INDEX, STANDING

MEMORY = "3GB"
THREADS = 2


def opened(folder: Path, key: str, book: Snapshot, evidence: Snapshot) -> Engine:
    """An engine over the prepared tables of a commit, which are made first where they are not there yet.

    Where the folder cannot be written, they are made in memory.
    """
    try:
        return adopted(made(folder, key, book, evidence))
    except (StoreError, OSError):
        return in_memory(book, evidence)


def made(folder: Path, key: str, book: Snapshot, evidence: Snapshot) -> Path:
    """The file of a commit; those of earlier commits of the book go. StoreError, OSError: it cannot be written."""
    path = folder / f"{key}-{book.number:010}-{form(book)}.cells"
    with locked(folder / f"{key}.lock"):
        if not readable(path):
            with beginning(folder / f".{path.name}.{os.getpid()}") as begun:
                with Engine(memory=MEMORY, threads=THREADS, file=begun) as engine:
                    load(engine, book, evidence)
                    engine.drop_views()
                settle(begun)
                begun.replace(path)
            settle(folder)
            for other in earlier(folder, path, key):
                other.unlink(missing_ok=True)
    return path


def earlier(folder: Path, path: Path, key: str) -> list[Path]:
    """The files of a book that nobody will open again, and what a killed process left; a later commit's file stays."""
    last = f"{path.stem.rpartition('-')[0]}~"
    held = [other for other in folder.glob(f"{key}-*.cells") if other.name < last and other != path]
    return [*held, *folder.glob(f".{key}-*")]


@contextmanager
def beginning(path: Path) -> Iterator[Path]:
    """A file that is not whole yet, and what the engine lays beside it; what is left of it goes."""
    try:
        yield path
    finally:
        for one in path.parent.glob(f"{path.name}*"):
            if one.is_file():
                one.unlink()


def readable(path: Path) -> bool:
    """Whether there is a file of prepared tables, whole; one that is damaged is as good as none."""
    if not path.exists():
        return False
    try:
        adopted(path).close()
    except StoreError:
        return False
    return True


def adopted(path: Path) -> Engine:
    """An engine over the tables of a file."""
    engine = Engine(memory=MEMORY, threads=THREADS)
    try:
        engine.adopt(path)
    except StoreError:
        engine.close()
        raise
    return engine


def in_memory(book: Snapshot, evidence: Snapshot) -> Engine:
    """An engine that holds the tables itself."""
    engine = Engine(memory=MEMORY, threads=THREADS)
    load(engine, book, evidence)
    return engine


def load(engine: Engine, book: Snapshot, evidence: Snapshot) -> None:
    """Make every table that the pages ask."""
    loading.cells(engine, book)
    loading.standing(engine, book, evidence)
    loading.index(engine, book)


def form(book: Snapshot) -> str:
    """Names what the tables were made from and how: other evidence, another way to make them, another file."""
    code = b"".join(Path(module.__file__ or "").read_bytes() for module in (loading, ledger))
    said = f"{Engine.version()} {book.about['through']} {CELLS} {KEPT_FINDINGS} {STANDING} {INDEX} {BESIDE} {FAULTS} {ASIDE}".encode()
    return hashlib.sha256(said + code).hexdigest()[:12]
