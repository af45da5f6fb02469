"""One file with the whole register: the database as it was at one moment, and a manifest of what it is."""

import hashlib
import json
import os
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from zhiheng import __version__
from zhiheng.errors import FileUnreadable, StoreError
from zhiheng.register import uploads
from zhiheng.register.keeping import postgres
from zhiheng.register.models import Chain

MANIFEST = "manifest.json"
MEMBERS = {"sqlite": "register.sqlite3", "postgresql": "register.dump"}
FORMAT = 1


@dataclass(frozen=True)
class Manifest:
    """What a backup is: made by which version when, of which database, its digest, the last event, and what is not in it."""

    format: int
    version: str
    made_at: str
    vendor: str
    member: str
    size: int
    sha256: str
    last_event: int
    last_digest: str
    migrations: list[str]
    attachments: dict[str, Any]
    forms: dict[str, Any]
    keys: dict[str, Any]


def backup(file: Path, *, workspace: Path, at: datetime) -> Manifest:
    """Write the register to a file while others go on writing; the file is there whole or not at all."""
    if file.exists():
        raise StoreError(f"{file} is there already: name another file, a backup is never written over")
    if not file.resolve().parent.is_dir():
        raise StoreError(f"{file}: the folder does not exist; make it first")
    with draft(file) as part, TemporaryDirectory(prefix=".zhiheng-", dir=file.resolve().parent) as folder:
        copy = Path(folder) / MEMBERS[connection.vendor]
        number, digest = COPIES[connection.vendor](copy)
        told = described(copy, number, digest, workspace=workspace, at=at)
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
            packed.writestr(MANIFEST, json.dumps(asdict(told), ensure_ascii=False, indent=1))
            packed.write(copy, copy.name)
    return told


@contextmanager
def draft(file: Path) -> Iterator[Path]:
    """A file beside the one that is meant, which takes its name only when it is whole and on the disk."""
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        yield part
        with part.open("rb+") as written:
            os.fsync(written.fileno())
        os.link(part, file)  # unlike a renaming, this writes over nothing
    finally:
        part.unlink(missing_ok=True)


def lite(copy: Path) -> tuple[int, str]:
    """The register on SQLite by its online backup; writers wait for a page at most."""
    connection.ensure_connection()
    with closing(sqlite3.connect(copy)) as target:
        connection.connection.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")
        number, digest = target.execute("SELECT number, digest FROM register_chain").fetchone()
    return int(number), str(digest)


def dump(copy: Path) -> tuple[int, str]:
    """The register on PostgreSQL by pg_dump, at the very moment at which the end of the chain is read."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        moment = cursor.fetchone()[0]
        end = Chain.objects.get(id=1)
        postgres.run("pg_dump", "-Fc", "--no-owner", "--no-privileges", f"--snapshot={moment}", "-f", copy)
    return end.number, end.digest


COPIES = {"sqlite": lite, "postgresql": dump}


def described(copy: Path, number: int, digest: str, *, workspace: Path, at: datetime) -> Manifest:
    """The manifest of a copy."""
    kept = uploads.folder(workspace)
    files = [one for one in kept.rglob("*") if one.is_file()]
    return Manifest(
        format=FORMAT,
        version=__version__,
        made_at=at.isoformat(timespec="seconds"),
        vendor=connection.vendor,
        member=copy.name,
        size=copy.stat().st_size,
        sha256=summed(copy),
        last_event=number,
        last_digest=digest,
        migrations=sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations()),
        attachments={
            "in_this_file": False,
            "folder": str(kept),
            "files": len(files),
            "bytes": sum(one.stat().st_size for one in files),
        },
        forms={"in_this_file": False, "folder": str(workspace / "forms")},
        keys={"in_this_file": False, "folder": str(workspace / "keys")},
    )


def summed(file: Path) -> str:
    """SHA-256 of a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def manifest(file: Path) -> Manifest:
    """The manifest of a backup; FileUnreadable where it is none."""
    try:
        with zipfile.ZipFile(file) as packed:
            told = json.loads(packed.read(MANIFEST))
        found = Manifest(**told)
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, TypeError) as fault:
        raise FileUnreadable(
            f"{file.name}: damaged, cut short or no backup of a register ({fault}); take another one"
        ) from fault
    if found.format != FORMAT or found.member not in MEMBERS.values():
        raise FileUnreadable(
            f"{file.name}: a backup of another form ({found.format}); restore it with Zhiheng {found.version}"
        )
    return found
