"""A register of its own for every test, on both databases: a copy of one migrated file, and of one migrated template."""

import os
import shutil
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import cluster
import django
import pytest
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhiheng.site.settings")
django.setup()

from django.core.cache import cache  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402

from zhiheng.site import database  # noqa: E402

# a password is hashed for half a second on purpose; not in tests
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
NOON = datetime(2026, 9, 16, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
TEMPLATE = "migrated"
TURN = count(1)


def pointed(described: Mapping[str, object]) -> None:
    """Let the default connection be another one."""
    connections.close_all()
    settings.DATABASES["default"] = dict(described)
    connections.settings = connections.configure_settings({"default": dict(described)})
    if hasattr(connections._connections, "default"):
        del connections["default"]


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty register, migrated once."""
    file = tmp_path_factory.mktemp("migrated") / "register.sqlite3"
    kept = settings.DATABASES["default"]
    pointed(database.embedded(file))
    call_command("migrate", verbosity=0, interactive=False)
    pointed(kept)
    return file


@pytest.fixture(scope="session")
def postgres() -> Iterator[cluster.Cluster]:
    """A PostgreSQL with one empty register, migrated once."""
    if cluster.binaries() is None:
        pytest.skip(cluster.MISSING)
    with cluster.running() as found:
        found.run(f"CREATE DATABASE {TEMPLATE}")
        kept = settings.DATABASES["default"]
        pointed(found.settings(TEMPLATE))
        call_command("migrate", verbosity=0, interactive=False)
        pointed(kept)
        yield found


@pytest.fixture(params=["sqlite", "postgresql"])
def register(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """The register of this test: on SQLite this very file, on PostgreSQL a database; the folder is its workspace."""
    file, kept = tmp_path / "register.sqlite3", settings.DATABASES["default"]
    cache.clear()
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated"), file)
        pointed(database.embedded(file))
        yield file
        pointed(kept)
        return
    found, name = request.getfixturevalue("postgres"), f"test_{next(TURN)}"
    found.copied(name, template=TEMPLATE)
    pointed(found.settings(name))
    yield file
    pointed(kept)
    found.run(f"DROP DATABASE {name} WITH (FORCE)")
