"""Two hundred officers at once against PostgreSQL, through the real acts, with a ratio to bare INSERTs committed by as many.

The act is an argument: `--act module:function` names a function of (account, number of the officer, turn) that does one act and
returns nothing; the default changes an organisation. Nothing may be lost: the last recorded value of every field must stand.
"""

import argparse
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "register"))

import cluster  # noqa: E402

# what is committed is on the disk, as it must be where cases are kept
SAFE = ("fsync=on", "synchronous_commit=on", "shared_buffers=256MB")
OFFICERS, TURNS, FIRMS = 200, 5, 50


def change(account: Any, officer: int, turn: int) -> None:
    """Change a field of a firm that others change as well: four officers to a firm."""
    parties = import_module("zhiheng.register.acts.parties")
    firm = FIRST[0] + officer % FIRMS
    given = {"contact": f"{officer}/{turn}"}
    parties.change(account, "organisation", firm, given, at=datetime.now(UTC), why="核对")


FIRST: list[int] = []


def at_once(work: Callable[[int, int], None], *, officers: int, turns: int) -> tuple[float, list[float]]:
    """Seconds for all, and for each piece of work; every officer begins when all are there."""
    gate, took = threading.Barrier(officers + 1), [[0.0] * turns for _ in range(officers)]
    faults: list[BaseException] = []

    def officer(number: int) -> None:
        from django.db import connection  # noqa: PLC0415

        try:
            connection.ensure_connection()
            gate.wait()
            for turn in range(turns):
                start = time.perf_counter()
                work(number, turn)
                took[number][turn] = time.perf_counter() - start
        except BaseException as fault:  # noqa: BLE001
            faults.append(fault)
            gate.abort()
            raise
        finally:
            connection.close()

    crowd = [threading.Thread(target=officer, args=(number,)) for number in range(officers)]
    for one in crowd:
        one.start()
    gate.wait()
    start = time.perf_counter()
    for one in crowd:
        one.join()
    if faults:
        raise SystemExit(f"an officer failed: {faults[0]!r}")
    return time.perf_counter() - start, [second for row in took for second in row]


def bare(number: int, turn: int) -> None:
    """One committed INSERT: the least that any act must do."""
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO floor (officer, turn) VALUES (%s, %s)", [number, turn])


def told(name: str, seconds: float, each: Sequence[float]) -> float:
    """Print a line; give acts a second."""
    cuts = statistics.quantiles(each, n=20)
    rate = len(each) / seconds
    print(f"{name:12} {rate:8.0f} /s   p50 {cuts[9] * 1000:7.0f} ms   p95 {cuts[18] * 1000:7.0f} ms   n {len(each)}")
    return rate


def prepared(officers: int) -> list[Any]:
    """An authority with its officers, and firms."""
    models = import_module("zhiheng.register.models")
    office = models.Organisation.objects.create(name="某市局", kind="authority", level="city", region="440100")
    people = [
        models.Account(username=f"officer{number}", name="某", role="officer", organisation=office, password="!")
        for number in range(officers)
    ]
    models.Account.objects.bulk_create(people)
    firms = [models.Organisation(name=f"厂{number}", kind="enterprise", region="440106") for number in range(FIRMS)]
    FIRST.append(models.Organisation.objects.bulk_create(firms)[0].pk)
    return list(models.Account.objects.select_related("organisation").order_by("pk"))


def lost() -> int:
    """Updates that are not where the audit says they are, and breaks between one's after and the next one's before."""
    history, models = (import_module(f"zhiheng.register.{name}") for name in ("parties.history", "models"))
    missing = 0
    for firm in models.Organisation.objects.filter(kind="enterprise"):
        steps = history.changes("organisation", firm.pk, field="contact")
        missing += sum(before.after != after.before for before, after in zip(steps, steps[1:], strict=False))
        missing += len(history.drifted("organisation", firm.pk))
    return missing


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--officers", type=int, default=OFFICERS)
    asked.add_argument("--turns", type=int, default=TURNS)
    asked.add_argument("--act", default="")
    given = asked.parse_args()
    if cluster.binaries() is None:
        raise SystemExit(cluster.MISSING)
    with tempfile.TemporaryDirectory() as home, cluster.running(SAFE) as server:
        server.run("CREATE DATABASE officers")
        os.environ["ZHIHENG_DATABASE"] = server.address("officers")
        opening = import_module("zhiheng.register.opening")
        opening.opened(Path(home))
        people = prepared(given.officers)
        module, _, name = given.act.partition(":")
        act = getattr(import_module(module), name) if given.act else change
        from django.db import connection  # noqa: PLC0415

        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE floor (id bigserial PRIMARY KEY, officer int, turn int)")
        floor = told("bare INSERT", *at_once(bare, officers=given.officers, turns=given.turns))
        rate = told(
            "acts", *at_once(lambda who, turn: act(people[who], who, turn), officers=given.officers, turns=given.turns)
        )
        faults, events = import_module("zhiheng.register.acts.audit").verify()
        missing = lost()
        print(
            f"{floor / rate:.1f} times the floor; {events} events, {len(faults)} faults of the audit, {missing} lost updates"
        )
        connection.close()
        if faults or missing or (not given.act and events != given.officers * given.turns):
            raise SystemExit("something was lost")


if __name__ == "__main__":
    main()
