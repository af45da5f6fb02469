"""Backup and restore, tried: on both databases, killed half way, damaged, and into what is not empty."""

import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from people import NOON, account, authority, enterprise

from zhiheng.errors import FileUnreadable, StoreError
from zhiheng.register import keeping, uploads
from zhiheng.register.acts import audit, parties
from zhiheng.register.models import Event, Organisation

pytestmark = pytest.mark.slow
SLOW = """
import sys, time
from pathlib import Path
from datetime import UTC, datetime
from zhiheng.register import opening
opening.opened(Path(sys.argv[1]))
from zhiheng.register.keeping import saving
def lingering(copy):
    def told(*words, **named):
        print("half way", flush=True)
        time.sleep(60)
        return copy(*words, **named)
    return told
saving.described = lingering(saving.described)
saving.backup(Path(sys.argv[2]), workspace=Path(sys.argv[1]), at=datetime.now(UTC))
"""


@pytest.fixture
def filled(register: Path) -> Path:
    """A register with some organisations and events, and its backup."""
    officer = account("chen", "officer", authority())
    firm = enterprise()
    for number in range(5):
        parties.change(officer, "organisation", firm.pk, {"phone": str(number)}, at=NOON, why="更正")
    file = register.parent / "saved.zip"
    keeping.backup(file, workspace=register.parent, at=NOON)
    return file


def emptied() -> None:
    """An empty register in place of the one there was: as on a new machine."""
    if connection.vendor == "sqlite":
        connection.close()
        for end in ("", "-wal", "-shm"):
            Path(str(settings.DATABASES["default"]["NAME"]) + end).unlink(missing_ok=True)
    else:
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    call_command("migrate", verbosity=0, interactive=False)


def test_backup_restores_the_whole_register(filled: Path) -> None:
    digest = Event.objects.last().digest
    emptied()
    assert not Organisation.objects.exists()
    told, events = keeping.restore(filled, workspace=filled.parent)
    assert (told.vendor, told.last_event, events) == (connection.vendor, 5, 5)
    assert Event.objects.last().digest == digest and Organisation.objects.get(kind="enterprise").phone == "4"
    with pytest.raises(Exception, match="never changed"):  # the triggers are there again
        Event.objects.filter(number=1).update(why="other")
    parties.change(
        None, "organisation", Organisation.objects.get(kind="enterprise").pk, {"phone": "9"}, at=NOON, why=""
    )
    assert audit.verify() == ([], 6)


def test_register_that_holds_something_is_not_written_over(filled: Path) -> None:
    with pytest.raises(StoreError, match="not empty"):
        keeping.restore(filled, workspace=filled.parent)
    assert Event.objects.count() == 5


def test_backup_is_never_written_over(filled: Path) -> None:
    with pytest.raises(StoreError, match="is there already"):
        keeping.backup(filled, workspace=filled.parent, at=NOON)


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "exchanged", "no zip"])
def test_damaged_backup_is_refused_and_nothing_changes(filled: Path, damage: str) -> None:
    emptied()
    body = filled.read_bytes()
    middle = len(body) // 2
    if damage == "exchanged":
        with zipfile.ZipFile(filled) as packed:
            parts = {name: packed.read(name) for name in packed.namelist()}
        with zipfile.ZipFile(filled, "w") as packed:
            for name, part in parts.items():
                packed.writestr(name, part if name == "manifest.json" else part + b"x")
    else:
        flipped = body[:middle] + bytes([body[middle] ^ 255]) + body[middle + 1 :]
        filled.write_bytes({"cut": body[:middle], "flipped": flipped, "empty": b"", "no zip": b"hello" * 99}[damage])
    with pytest.raises(FileUnreadable, match="damaged|cut short|not what its manifest says"):
        keeping.restore(filled, workspace=filled.parent)
    assert not Organisation.objects.exists() and not Event.objects.exists()


def test_manifest_says_what_is_not_in_the_file(filled: Path, register: Path) -> None:
    uploads.keep(register.parent, b"1234")  # as every file of an act is kept
    keeping.backup(register.parent / "second.zip", workspace=register.parent, at=NOON)
    told = keeping.manifest(register.parent / "second.zip")
    assert told.attachments == {
        "in_this_file": False, "folder": str(register.parent / "files"), "files": 1, "bytes": 4,
    }  # fmt: skip
    assert told.keys["in_this_file"] is False and told.last_event == 5


def test_backup_that_is_killed_leaves_no_file_under_the_name(filled: Path, register: Path) -> None:
    target = register.parent / "killed.zip"
    named = settings.DATABASES["default"]
    address = (
        f"postgresql://postgres@127.0.0.1:{named['PORT']}/{named['NAME']}" if connection.vendor == "postgresql" else ""
    )
    surroundings = os.environ | {"ZHIHENG_DATABASE": address, "ZHIHENG_HOME": str(register.parent)}
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW, str(register.parent), str(target)],
        env=surroundings,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "half way\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert not target.exists()
    started = time.monotonic()
    keeping.backup(target, workspace=register.parent, at=NOON)
    assert keeping.manifest(target).last_event == 5 and time.monotonic() - started < 30
