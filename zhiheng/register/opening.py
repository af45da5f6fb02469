"""Opening the register of a workspace: Django set up, its database brought up to this version, its keys at hand."""

import os
from importlib import import_module
from pathlib import Path
from types import ModuleType

import django
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.apps import apps
from django.core.management import call_command
from django.db import DatabaseError, connection

from zhiheng.errors import StoreError
from zhiheng.register import keys, locks


def opened(workspace: Path) -> None:
    """Make the register of a workspace ready for this process; safe to call again, and by several processes at once."""
    os.environ["ZHIHENG_HOME"] = str(workspace)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhiheng.site.settings")
    workspace.mkdir(parents=True, exist_ok=True)
    if not apps.ready:
        django.setup()
    migrated()


def part(workspace: Path, name: str) -> ModuleType:
    """A module of the register, such as `acts.audit`, once the register of a workspace is ready: its models need that first."""
    opened(workspace)
    return import_module(f"zhiheng.register.{name}")


def migrated() -> None:
    """Bring the database up to this version; one process does it, the others wait."""
    try:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SELECT pg_advisory_lock(%s)", [locks.OPENING])
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)  # only where tries are counted in the database (settings.CACHES)
    except DatabaseError as fault:
        raise StoreError(
            f"the register cannot be opened: {str(fault).strip()}. Check that the database is up, and its address in ZHIHENG_DATABASE"
        ) from fault
    finally:
        if connection.vendor == "postgresql" and connection.connection is not None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [locks.OPENING])


def signing_key(workspace: Path) -> Ed25519PrivateKey:
    """The key that signs checkpoints; made on first use, kept in the workspace, readable by its owner only."""
    made = keys.kept(
        workspace / "keys" / "audit", lambda: Ed25519PrivateKey.generate().private_bytes_raw().hex().encode()
    )
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(made))
