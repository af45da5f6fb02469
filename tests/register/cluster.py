"""A PostgreSQL of our own for tests and benchmarks: Debian's binaries, a free loopback port, removed afterwards."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

BINARIES = Path("/usr/lib/postgresql")
MISSING = "PostgreSQL is not installed: 'apt-get install postgresql' brings initdb and pg_ctl"
# many writers at once; what is lost when the machine loses power does not matter to a test
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
CONNECTIONS = 260


@dataclass(frozen=True)
class Cluster:
    """A running PostgreSQL."""

    port: int
    folder: Path

    def settings(self, name: str) -> dict[str, object]:
        """Django's settings of one of its databases."""
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": name,
            "USER": "postgres",
            "PASSWORD": "",
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "OPTIONS": {},
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
        }

    def address(self, name: str) -> str:
        """The same as ZHIHENG_DATABASE says it."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def run(self, statement: str) -> None:
        """One statement outside any database of a test."""
        with psycopg.connect(self.address("postgres"), autocommit=True) as held:
            held.execute(statement)

    def copied(self, name: str, *, template: str) -> None:
        """A database that is a copy of another one; files are copied whole where the server can, which is three times as fast."""
        found = binaries()
        whole = " STRATEGY FILE_COPY" if found and float(found.parent.name) >= 15 else ""
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}{whole}")


def binaries() -> Path | None:
    """The folder of the newest PostgreSQL on this machine, or nothing."""
    found = [one for one in BINARIES.glob("*/bin") if (one / "initdb").exists() and (one / "pg_ctl").exists()]
    return max(found, key=lambda one: float(one.parent.name), default=None)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def told(*words: str | Path) -> None:
    """Run a program of PostgreSQL, which refuses to work as root."""
    order = [str(word) for word in words]
    if os.geteuid() == 0:
        order = ["runuser", "-u", "postgres", "--", *order]
    ended = subprocess.run(order, capture_output=True, text=True, cwd="/", check=False, stdin=subprocess.DEVNULL)
    if ended.returncode:
        raise RuntimeError(f"{' '.join(order)}: {ended.stdout}{ended.stderr}")


@contextmanager
def running(options: Sequence[str] = QUICK) -> Iterator[Cluster]:
    """A cluster for as long as it is needed."""
    found = binaries()
    if found is None:
        raise FileNotFoundError(MISSING)
    folder, port = Path(tempfile.mkdtemp(prefix="zhiheng-postgresql-")), free_port()
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    data = folder / "data"
    given = " ".join(f"-c {one}" for one in (*options, "listen_addresses=127.0.0.1", f"max_connections={CONNECTIONS}"))
    try:
        told(found / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        told(found / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", f"-p {port} -k {folder} {given}", "start")
        try:
            yield Cluster(port, folder)
        finally:
            told(found / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)
