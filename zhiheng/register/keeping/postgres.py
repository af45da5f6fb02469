"""PostgreSQL's own programs, which write and read its dumps."""

import os
import shutil
import subprocess
from pathlib import Path

from django.db import connection

from zhiheng.errors import StoreError

DEBIAN = Path("/usr/lib/postgresql")


def run(program: str, *words: str | Path) -> None:
    """Run one of PostgreSQL's programs on the register's database; StoreError tells what it said."""
    told = connection.settings_dict
    named = {"PGHOST": told["HOST"], "PGPORT": told["PORT"], "PGUSER": told["USER"], "PGPASSWORD": told["PASSWORD"]}
    surroundings = (
        os.environ | {name: str(value) for name, value in named.items() if value} | {"PGDATABASE": told["NAME"]}
    )
    order = [str(found(program)), *map(str, words)]
    ended = subprocess.run(
        order, env=surroundings, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    if ended.returncode:
        said = " ".join(ended.stderr.split())[-300:]
        raise StoreError(
            f"{program} failed: {said}. Nothing was changed; check that its version is not older than the server's"
        )


def found(program: str) -> Path:
    """Where a program is: the newest of Debian's, else the one on the path."""
    places = [one / program for one in DEBIAN.glob("*/bin") if (one / program).exists()]
    newest = max(places, key=lambda one: float(one.parts[-3]), default=None)
    here = newest or shutil.which(program)
    if here is None:
        raise StoreError(f"{program} is not installed: 'apt-get install postgresql-client' brings it")
    return Path(here)
