"""The clock of a served site: `zhiheng serve` itself tells of deadlines, once, and none twice after a restart, on both databases."""

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import cluster
import people
import pytest
from django.conf import settings
from django.db import connection
from people import NOON
from pointing import address
from test_reminding import Office

from zhiheng.register.acts import audit, cases
from zhiheng.register.models import Mail, Message, Reminder

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
# the server's own clock is moved, as the day decides who is told: nothing else of it is changed
MOVED = """
import os
from datetime import timedelta
from django.utils import timezone

real, by = timezone.now, timedelta(seconds=float(os.environ["TEST_CLOCK_MOVED"]))
timezone.now = lambda: real() + by
"""
PATIENCE = 90.0


@contextmanager
def served(home: Path, *, at: str) -> Iterator[subprocess.Popen[str]]:
    """A real `zhiheng serve` whose clock stands at a moment when it begins."""
    (home / "clock").mkdir(exist_ok=True)
    (home / "clock" / "sitecustomize.py").write_text(MOVED, encoding="utf-8")
    moved = datetime.fromisoformat(f"{at}+08:00") - datetime.now(UTC)
    own = {
        "ZHIHENG_DATABASE": address(),
        "ZHIHENG_TICK_SECONDS": "1",
        "TEST_CLOCK_MOVED": str(moved.total_seconds()),
        "PYTHONPATH": os.pathsep.join([str(home / "clock"), str(ROOT)]),
    }
    port = cluster.free_port()
    command = [sys.executable, "-m", "zhiheng", "--home", str(home), "serve", "--port", str(port)]
    connection.close()
    with subprocess.Popen(
        command, env=os.environ | own, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as server:
        try:
            answered(port)
            yield server
        finally:
            server.terminate()
            out, _ = server.communicate(timeout=30)
    assert "Traceback" not in out


def answered(port: int) -> None:
    """Wait until a server answers."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/version", timeout=PATIENCE):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"nobody answers on port {port}")


def told(case: str) -> list[tuple[str, str, str]]:
    """Who was told of the deadlines of a case: key, stage, username."""
    found = Reminder.objects.filter(deadline__startswith=f"{case}/").order_by("deadline", "to__username")
    return [(one.deadline.split("/")[-2], one.stage, one.to.username) for one in found]


def awaited(case: str, server: subprocess.Popen[str]) -> list[tuple[str, str, str]]:
    """The reminders of a case, as soon as there are any and a further round has passed."""
    end = time.monotonic() + PATIENCE
    while not told(case) and time.monotonic() < end and server.poll() is None:
        time.sleep(0.2)
    time.sleep(2.5)
    return told(case)


def ordered(office: Office) -> str:
    """One more case with the same order of 18 September."""
    opening = cases.Opening(
        "product-sampling", "儿童水杯", office.county, "440106", subject=office.firm.organisation,
        laboratory=office.lab1.organisation, responsible=office.chen, inspectors=[office.sun], evidence=people.EVIDENCE,
    )  # fmt: skip
    office.now, office.case = NOON, cases.open_case(office.chen, opening, at=NOON)
    office.until_ordered()
    return office.case.number


def test_served_site_tells_once_and_not_again_after_a_restart(
    register: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "WORKSPACE", tmp_path)
    office = Office()
    office.until_ordered()
    first = office.case.number
    late = [("rectify", "first_late", who) for who in ("chen", "firm", "head")]  # its last day was 17 November
    with served(register.parent, at="2026-11-20T10:00") as server:
        assert awaited(first, server) == late
    assert {one.at.astimezone(NOON.tzinfo).date().isoformat() for one in Reminder.objects.all()} == {"2026-11-20"}
    mails = Mail.objects.count()
    assert mails == 3
    second = ordered(office)
    with served(register.parent, at="2026-11-20T15:00") as server:
        assert awaited(second, server) == late  # so the clock goes on after the restart
    assert told(first) == late
    assert Mail.objects.count() == 2 * mails
    assert Message.objects.filter(kind="reminder").count() == Reminder.objects.count() == 2 * len(late)
    assert audit.verify()[0] == []
