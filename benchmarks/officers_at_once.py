"""Two hundred officers at once against PostgreSQL, through the real acts, with a ratio to bare INSERTs committed by as many.

Each officer plays a course of sampling, one act a turn: opened, drawn, received, entered, released, determined, notified,
accepted, ordered, and a change of a firm that three others change as well. Their cases, reports and documents take numbers of
the same series, and every act takes the one end of the audit's chain. Then four officers at a time do the same act on the same
case. Checked at the end: every case where it has to be, its version the number of its acts, each series without a gap or a
double, no update lost, nobody waiting, and the whole audit. What the laboratory found is judged once beforehand: this measures
acts.

`--act module:function` plays something else: a function of (account, number of the officer, turn) that does one act.
"""

import argparse
import os
import statistics
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "register"))

import cluster  # noqa: E402

# what is committed is on the disk, as it must be where cases are kept
SAFE = ("fsync=on", "synchronous_commit=on", "shared_buffers=256MB")
OFFICERS, FIRMS, LABORATORIES = 200, 50, 4
NOON = datetime(2026, 9, 16, 4, tzinfo=UTC)
ACTS = (
    "open", "draw", "receive", "enter", "release", "determine", "notify", "accept_result", "order", "change",
)  # fmt: skip
LEAD = {"analyte": "lead", "comparator": "=", "value": "250", "unit": "ppm"}
EVIDENCE = {
    "scheme": "nyc-product-type",
    "rules": ["us/cpsia"],
    "product_type": "Toys/Children's Products",
    "product_name": "toy",
    "sampled_on": "2019-05-01",
}
PEOPLE: dict[str, list[Any]] = defaultdict(list)
CASES: dict[int, str] = {}
HELD: list[float] = []  # seconds from when an act has the end of the chain until it is committed


def mixed(account: Any, officer: int, turn: int) -> None:
    """One act of the officer's case, by whoever does it."""
    register = import_module("zhiheng.register.acts.cases")
    at, act = NOON + timedelta(hours=turn), ACTS[turn % len(ACTS)]
    if act == "change":
        change(account, officer, turn)
        return
    if act == "open":
        CASES[officer] = opened(account, officer, at)
        return
    number = CASES[officer]
    firm, inspector = PEOPLE["firm"][officer % FIRMS], PEOPLE["inspector"][officer]
    tester, releaser = PEOPLE["tester"][officer % LABORATORIES], PEOPLE["releaser"][officer % LABORATORIES]
    samples, reports = (import_module(f"zhiheng.register.acts.{name}") for name in ("samples", "reports"))
    day = NOON.date().isoformat()
    if act == "draw":
        sealed(inspector, number, at)
        register.perform(inspector, number, register.Doing("draw", {"second_sampler": "zhou"}), at=at)
    elif act == "receive":
        samples.hand_over(tester, f"{number}-T", "receive", {"seal": number[-6:], "look": "完好"}, at=at)
    elif act == "enter":
        reports.enter(tester, f"{number}-T", [LEAD], at=at)
    elif act == "release":
        models = import_module("zhiheng.register.models")
        reports.release(releaser, models.Report.objects.get(case__number=number).number, at=at)
    else:
        other = PEOPLE["officer"][(officer + 1) % len(PEOPLE["officer"])]  # who determined may not decide
        who = {"accept_result": firm, "order": other}.get(act, account)
        said = {"notify": {"received_on": day}, "order": {"served_on": day, "measures": "停止销售"}}.get(act, {})
        register.perform(who, number, register.Doing(act, said), at=at)


def opened(account: Any, officer: int, at: datetime) -> str:
    """The number of a new case."""
    register = import_module("zhiheng.register.acts.cases")
    laboratory = PEOPLE["tester"][officer % LABORATORIES].organisation
    opening = register.Opening(
        "product-sampling", "儿童餐具", account.organisation, "440106", subject=PEOPLE["firm"][officer % FIRMS].organisation,
        laboratory=laboratory, responsible=account, inspectors=[PEOPLE["inspector"][officer]], evidence=EVIDENCE,
    )  # fmt: skip
    return str(register.open_case(account, opening, at=at).number)


def sealed(inspector: Any, number: str, at: datetime) -> None:
    """The part of the sample that is tested."""
    samples, models = (import_module(f"zhiheng.register.{name}") for name in ("acts.samples", "models"))
    from django.db import transaction  # noqa: PLC0415

    with transaction.atomic():
        case = models.Case.objects.get(number=number)
        samples.sealed(inspector, case, f"{number}-T", part="T", seal=number[-6:], at=at)


SHARED: list[str] = []
WON: list[int] = []


def contend(account: Any, officer: int, turn: int) -> None:  # noqa: ARG001
    """Cancel a case that three others cancel as well: one of them does."""
    register, errors = import_module("zhiheng.register.acts.cases"), import_module("zhiheng.errors")
    try:
        register.perform(
            account, SHARED[officer % len(SHARED)], register.Doing("cancel", {"reason": "重复立项"}, version=0), at=NOON
        )
        WON.append(officer)
    except (errors.Overtaken, errors.ActRefused):
        return


def watched() -> None:
    """Note how long each act has the end of the chain, from when it gets it until it is committed."""
    audit = import_module("zhiheng.register.acts.audit")
    from django.db import transaction  # noqa: PLC0415

    real = audit.link

    def timed(event: Any, end: Any) -> None:
        start = time.perf_counter()
        transaction.on_commit(lambda: HELD.append(time.perf_counter() - start))
        real(event, end)

    audit.link = timed


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
    """An authority with its officers and inspectors, laboratories, and firms."""
    models = import_module("zhiheng.register.models")
    office = models.Organisation.objects.create(name="某市局", kind="authority", level="city", region="440100")
    firms = [models.Organisation(name=f"厂{number}", kind="enterprise", region="440106") for number in range(FIRMS)]
    firms = models.Organisation.objects.bulk_create(firms)
    FIRST.append(firms[0].pk)
    tested = [
        models.Organisation(name=f"所{number}", kind="laboratory", region="440100") for number in range(LABORATORIES)
    ]
    tested = models.Organisation.objects.bulk_create(tested)
    homes = {
        "officer": [office] * officers,
        "inspector": [office] * officers,
        "firm": firms,
        "tester": tested,
        "releaser": tested,
    }
    for word, places in homes.items():
        role = "laboratory" if word in ("tester", "releaser") else word
        made = [
            models.Account(username=f"{word}{number}", name=word, role=role, organisation=place, password="!")
            for number, place in enumerate(places)
        ]
        PEOPLE[word] = models.Account.objects.bulk_create(made)
    judging = import_module("zhiheng.register.judging")
    judging.findings([judging.Asked(EVIDENCE, [LEAD])])
    return PEOPLE["officer"]


def wrong(officers: int) -> list[str]:
    """What is not as it has to be: cases, their versions, the numbers of every series, and who still waits."""
    models = import_module("zhiheng.register.models")
    from django.db import connection  # noqa: PLC0415

    found = []
    for case in models.Case.objects.all():
        acts = models.Event.objects.filter(kind="case", key=case.number).count()
        if case.version != acts:
            found.append(f"{case.number} has version {case.version} after {acts} acts")
    unfinished = models.Case.objects.exclude(state__in=("ordered", "closed")).count()
    found += [f"{unfinished} cases are not where they have to be"] if unfinished else []
    numbers = {
        "case": models.Case.objects.values_list("number", flat=True),
        "document": models.Document.objects.values_list("number", flat=True),
        "report": models.Report.objects.values_list("number", flat=True),
    }
    for series in models.Series.objects.all():
        kind, _, head = series.key.partition("/")
        given = sorted(int(one[len(head) :].strip("-号")) for one in numbers[kind] if one.startswith(head))
        if given != list(range(1, series.last + 1)):
            found.append(f"the series {series.key} ends at {series.last} and has {len(given)} numbers")
    found += [f"{kind} has no numbers" for kind, every in numbers.items() if len(every) < officers]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND (wait_event_type = 'Lock' OR state LIKE 'idle in transaction%')"
        )
        waiting = cursor.fetchone()[0]
    return found + ([f"{waiting} sessions still wait or hold a transaction open"] if waiting else [])


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
    asked.add_argument("--turns", type=int, default=len(ACTS))
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
        act = getattr(import_module(module), name) if given.act else mixed
        from django.db import connection  # noqa: PLC0415

        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE floor (id bigserial PRIMARY KEY, officer int, turn int)")
        floor = told("bare INSERT", *at_once(bare, officers=given.officers, turns=given.turns))
        watched()
        rate = told(
            "acts", *at_once(lambda who, turn: act(people[who], who, turn), officers=given.officers, turns=given.turns)
        )
        if HELD:
            middle, most = statistics.median(HELD), statistics.quantiles(HELD, n=20)[18]
            print(f"end of the chain held: p50 {middle * 1000:.1f} ms, p95 {most * 1000:.1f} ms, {len(HELD)} events")
        faults = [] if given.act else [*contended(people), *wrong(given.officers)]
        found, events = import_module("zhiheng.register.acts.audit").verify()
        missing = lost()
        print(
            f"{floor / rate:.1f} times the floor; {events} events, {len(found)} faults of the audit, {missing} lost updates"
        )
        print("\n".join(faults[:20]))
        connection.close()
        if found or missing or faults:
            raise SystemExit("something was lost")


def contended(people: Sequence[Any]) -> list[str]:
    """Four officers at a time do the same act on the same case: exactly one of them does it."""
    SHARED[:] = [opened(people[0], 0, NOON) for _ in range(max(1, len(people) // 4))]
    told("the same act", *at_once(lambda who, turn: contend(people[who], who, turn), officers=len(people), turns=1))
    return [] if len(WON) == len(SHARED) else [f"{len(SHARED)} cases were cancelled {len(WON)} times"]


if __name__ == "__main__":
    main()
