"""A register of its own for every test: a copy of one migrated SQLite file."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import django
import pytest
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhiheng.site.settings")
django.setup()

from django.core.cache import cache  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402

# a password is hashed for half a second on purpose; not in tests
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]


def pointed(file: Path) -> None:
    """Let the default connection use another file."""
    connections.close_all()
    for described in (settings.DATABASES["default"], connections["default"].settings_dict):
        described["NAME"] = str(file)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty register, migrated once."""
    file = tmp_path_factory.mktemp("migrated") / "register.sqlite3"
    pointed(file)
    call_command("migrate", verbosity=0, interactive=False)
    connections.close_all()
    return file


@pytest.fixture
def register(migrated: Path, tmp_path: Path) -> Iterator[Path]:
    """The register of this test."""
    file = tmp_path / "register.sqlite3"
    shutil.copy(migrated, file)
    cache.clear()
    kept = settings.DATABASES["default"]["NAME"]
    pointed(file)
    yield file
    pointed(Path(kept))
