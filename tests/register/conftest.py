"""A register of its own for every test, on both databases: a copy of one migrated file, and of one migrated template."""

import os
import shutil
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import cluster
import django
import pytest
from django.conf import settings

sys.path.append(
    str(Path(__file__).parents[1] / "doors")
)  # serving.py: the server and the browser of every test of pages
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhiheng.site.settings")
django.setup()

from django.core.cache import cache  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.utils import translation  # noqa: E402
from pointing import pointed  # noqa: E402

from zhiheng.site import database  # noqa: E402

# a password is hashed for half a second on purpose; not in tests
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
BOTH = ("sqlite", "postgresql")
TEMPLATE = "migrated"
TURN = count(1)


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


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test of the register runs on both databases, unless its module says that it is about something else (`DATABASES`)."""
    if "register" in metafunc.fixturenames:
        metafunc.parametrize("register", getattr(metafunc.module, "DATABASES", BOTH), indirect=True)


@pytest.fixture
def register(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """The register of this test: on SQLite this very file, on PostgreSQL a database; the folder is its workspace."""
    file, kept = tmp_path / "register.sqlite3", settings.DATABASES["default"]
    cache.clear()
    translation.deactivate()  # a page in English asked by the test before leaves its language
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
