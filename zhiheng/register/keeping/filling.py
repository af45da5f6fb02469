"""An empty register filled from a backup: whole or not at all, and looked through afterwards."""

import sqlite3
import zipfile
import zlib
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import connection
from django.db.migrations.loader import MigrationLoader

from zhiheng.errors import AuditBroken, FileUnreadable, StoreError
from zhiheng.register import opening
from zhiheng.register.acts import audit
from zhiheng.register.keeping import postgres
from zhiheng.register.keeping.saving import MEMBERS, Manifest, manifest, summed
from zhiheng.register.models import Account, Chain, Event, Organisation

FRESH = "DROP SCHEMA public CASCADE;\nCREATE SCHEMA public;\n"


def restore(file: Path, *, workspace: Path) -> tuple[Manifest, int]:
    """Fill the register, which must be empty, from a backup; gives the manifest and how many events were verified.

    Everything is checked before the first row is written; a damaged file changes nothing.
    """
    told = manifest(file)
    refused(file, told)
    with TemporaryDirectory(prefix=".zhiheng-", dir=workspace) as folder:
        copy = unpacked(file, told, Path(folder))
        FILLED[connection.vendor](copy)
    connection.close()
    opening.migrated()
    return told, verified(told)


def refused(file: Path, told: Manifest) -> None:
    """Refuse to fill a register that holds something, or from what does not fit it."""
    if Event.objects.exists() or Organisation.objects.exists() or Account.objects.exists():
        raise StoreError(
            "this register is not empty: restore into an empty workspace or database, nothing is ever written over"
        )
    if MEMBERS[connection.vendor] != told.member:
        raise StoreError(
            f"{file.name} is a backup of {told.vendor}, this register lies on {connection.vendor}: "
            f"{'unset' if told.vendor == 'sqlite' else 'set'} ZHIHENG_DATABASE and restore there"
        )
    known = {f"{app}.{name}" for app, name in MigrationLoader(connection).disk_migrations}
    if later := sorted(set(told.migrations) - known):
        raise StoreError(
            f"{file.name} was made by Zhiheng {told.version}, which is newer ({later[0]}): install that version first"
        )


def unpacked(file: Path, told: Manifest, folder: Path) -> Path:
    """The database in a backup, its digest checked."""
    copy = folder / told.member
    try:
        with zipfile.ZipFile(file) as packed, packed.open(told.member) as source, copy.open("wb") as target:
            while piece := source.read(2**20):
                target.write(piece)
    except (OSError, zipfile.BadZipFile, zlib.error, KeyError, EOFError) as fault:
        raise FileUnreadable(
            f"{file.name}: damaged or cut short ({fault}); nothing was changed, take another backup"
        ) from fault
    if summed(copy) != told.sha256:
        raise FileUnreadable(
            f"{file.name}: what is in it is not what its manifest says; nothing was changed, take another backup"
        )
    return copy


def lite(copy: Path) -> None:
    """Fill the register on SQLite, in one transaction of its own."""
    connection.ensure_connection()
    with closing(sqlite3.connect(copy)) as source:
        if source.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
            raise FileUnreadable(f"{copy.name} in the backup is damaged; nothing was changed, take another backup")
        source.backup(connection.connection)


def dump(copy: Path) -> None:
    """Fill the register on PostgreSQL, in one transaction."""
    script = copy.with_suffix(".sql")
    postgres.run("pg_restore", "--no-owner", "--no-privileges", "-f", script, copy)
    text = script.read_text(encoding="utf-8").replace("CREATE SCHEMA public;", "")
    script.write_text(FRESH + text, encoding="utf-8")
    connection.close()
    postgres.run("psql", "-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-f", script)


FILLED = {"sqlite": lite, "postgresql": dump}


def verified(told: Manifest) -> int:
    """How many events the restored audit has; AuditBroken where it is not whole, or not the one of the manifest."""
    end = Chain.objects.get(id=1)
    if (end.number, end.digest) != (told.last_event, told.last_digest):
        raise AuditBroken(
            f"the restored audit ends at event {end.number}, the manifest says {told.last_event}: do not work with it"
        )
    faults, number = audit.verify()
    if faults:
        raise AuditBroken(
            f"the register is restored, and its audit was not whole already when it was saved: event {faults[0].number} {faults[0].what}"
        )
    return number
