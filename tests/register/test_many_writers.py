"""Many processes write to one register at once: nothing is lost, doubled, skipped or left waiting."""

import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest
from django.db import connection
from people import account, authority, enterprise
from pointing import address

from zhiheng.register.acts import audit, cases
from zhiheng.register.models import Account, Case, Document, Event, Organisation, Series
from zhiheng.register.parties import history

pytestmark = pytest.mark.slow
FIRMS, ACTS, SHARED = 3, 12, 4
ROOT = Path(__file__).parents[2]
WRITERS = {"sqlite": 3, "postgresql": 8}  # SQLite has one writer at a time, so that more of them only wait longer


def test_many_processes_lose_double_and_skip_nothing(register: Path) -> None:
    office, number = authority(), WRITERS[connection.vendor]
    for place in range(number):
        account(f"officer{place}", "officer", office)
    account("sampler", "inspector", office)
    firms = [enterprise(f"厂{place}", code=None) for place in range(FIRMS)]
    chief = Account.objects.get(username="officer0")
    opening = cases.Opening("product-sampling", "共有", office, "440106", subject=firms[0], responsible=chief)
    for _ in range(SHARED):
        cases.open_case(chief, opening)
    connection.close()
    own = {"ZHIHENG_DATABASE": address(), "ZHIHENG_HOME": str(register.parent), "PYTHONPATH": str(ROOT)}
    surroundings = os.environ | own
    program = str(Path(__file__).with_name("writers.py"))
    started = [
        subprocess.Popen(
            [sys.executable, program, str(register.parent), str(place), str(ACTS), str(firms[0].pk), str(FIRMS)],
            env=surroundings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for place in range(number)
    ]  # fmt: skip
    said = [process.communicate(timeout=240) for process in started]
    assert [(out, error) for out, error in said if out != "done\n"] == []
    assert audit.verify()[0] == []
    written = sum(int(firm.address) for firm in Organisation.objects.filter(kind="enterprise"))
    assert (
        written == number * ACTS // 4
    )  # every one that was added is there: nobody wrote over what another had written
    for firm in firms:
        steps = history.changes("organisation", firm.pk, field="address")
        assert [step.before for step in steps[1:]] == [step.after for step in steps[:-1]]
        assert [step.after for step in steps] == [str(place + 1) for place in range(len(steps))]
    given: defaultdict[str, list[int]] = defaultdict(list)
    for event in Event.objects.filter(kind="number").order_by("number"):
        given[event.key].append(event.data["given"])
    assert given and all(numbers == list(range(1, len(numbers) + 1)) for numbers in given.values())
    plain = Series.objects.exclude(key__contains="/")
    assert {series.key: series.last for series in plain} == {key: len(n) for key, n in given.items()}
    assert waiting() == 0
    drawn = number * ACTS // 4
    consecutive(Case.objects.values_list("number", flat=True), drawn + SHARED)
    consecutive([one.rstrip("号") for one in Document.objects.values_list("number", flat=True)], drawn)
    for case in Case.objects.all():
        acts = list(Event.objects.filter(kind="case", key=case.number).values_list("act", flat=True))
        assert acts == (["draw"] if case.title != "共有" else ["cancel"][: case.version])  # nobody cancels twice
        assert (case.version, case.state) == (
            len(acts),
            {"draw": "sampled", "cancel": "closed"}.get("".join(acts), "planned"),
        )


def consecutive(numbers: Iterable[str], count: int) -> None:
    """Numbers of one series, without a gap or a double."""
    assert sorted(int(one[-6:]) for one in numbers) == list(range(1, count + 1))


def waiting() -> int:
    """How many sessions wait for a lock or hold a transaction open after everybody went home."""
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND (wait_event_type = 'Lock' OR state LIKE 'idle in transaction%')"
        )
        return int(cursor.fetchone()[0])
