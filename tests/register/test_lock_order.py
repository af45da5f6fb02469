"""The end of the chain of events is the last thing that an act waits for, so that no two acts wait for one another in a ring."""

import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, connections
from django.utils import timezone
from people import EVIDENCE, LEAD_OVER, NOON, account, authority, enterprise, laboratory

sys.path.append(str(Path(__file__).parents[1] / "unit"))

from sampling_forms import filled  # noqa: E402

from zhiheng.errors import ActRefused, NothingThereYet  # noqa: E402
from zhiheng.register.acts import accounts, audit, batches, cases, reports, samples  # noqa: E402
from zhiheng.register.acts.cases import Doing  # noqa: E402
from zhiheng.register.models import Account, Pending, Report, Sample  # noqa: E402
from zhiheng.register.results import sheet  # noqa: E402
from zhiheng.selection.form import Received, link  # noqa: E402

pytestmark = pytest.mark.slow
DATABASES = ("postgresql",)  # SQLite has one writer at a time, and no ring
LOCKED = re.compile(r'FROM "(\w+)".* FOR (?:NO KEY )?UPDATE', re.DOTALL)


class Watch:
    """What each transaction waits for, in order; `wrong` names what it waits for while it holds the end of the chain."""

    def __init__(self) -> None:
        self.wrong: list[str] = []
        self.inside: Any = None
        self.has_chain = False
        self.held: set[tuple[str, str]] = set()

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        """One statement."""
        outermost = connection.atomic_blocks[0] if connection.atomic_blocks else None
        if outermost is not self.inside:
            self.inside, self.has_chain, self.held = outermost, False, set()
        done = execute(sql, params, many, context)
        found = LOCKED.search(sql)
        if "INSERT INTO register_series" in sql:
            self.waited("series", str(params[0]))
        elif found and found[1] == "register_chain":
            self.has_chain = True
        elif found:
            self.waited(found[1], str(params))
        return done

    def waited(self, what: str, which: str) -> None:
        """Something that others may hold; to wait again for what is held already costs nothing."""
        if self.has_chain and (what, which) not in self.held:
            self.wrong.append(f"{what} {which}")
        self.held.add((what, which))


@contextmanager
def watched() -> Iterator[list[str]]:
    """What is waited for in the wrong order from here on."""
    watch = Watch()
    with connection.execute_wrapper(watch):
        yield watch.wrong


class Work:
    """A case of an authority, its laboratories, and somebody for every role."""

    def __init__(self, home: Path) -> None:
        city = authority()
        self.officer, self.inspector = account("chen", "officer", city), account("sun", "inspector", city)
        self.first, self.second = account("admin1", "administrator", city), account("admin2", "administrator", city)
        self.house = laboratory("甲检测中心")
        self.tester, self.releaser = (account(name, "laboratory", self.house) for name in ("lab1", "lab2"))
        self.home, self.firm, self.now = home, enterprise(), NOON
        self.case = self.opened()

    def opened(self) -> Any:
        """A further case."""
        opening = cases.Opening(
            "product-sampling", "儿童餐具", self.officer.organisation, "440106", subject=self.firm,
            laboratory=self.house, inspectors=[self.inspector], evidence=EVIDENCE, responsible=self.officer,
        )  # fmt: skip
        return cases.open_case(self.officer, opening, at=self.now)

    def drawn(self) -> str:
        """The form of the visit comes in; the number of the test sample."""
        text = samples.task_link(self.officer, self.case.number, self.inspector, form="sampling-product", at=self.now)
        task = link.opened(text, link.secret_read(Received(self.home).secret), now=self.now.timestamp())
        form = filled(task)
        samples.drawn(task, form, at=self.now + timedelta(hours=1))
        return f"{form.serial}-T"

    def received(self) -> str:
        """The sample in the laboratory."""
        number = self.drawn()
        seal = Sample.objects.get(number=number).seal
        samples.hand_over(
            self.tester, number, "receive", {"seal": seal, "look": "完好"}, at=self.now + timedelta(hours=2)
        )
        return number

    def entered(self) -> Report:
        """A draft of its report."""
        lines = [{"analyte": "lead", "value": LEAD_OVER, "unit": "ppm"}]
        return reports.enter(self.tester, self.received(), lines, at=self.now + timedelta(hours=3))


@pytest.fixture
def work(register: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Work:
    """An authority with work."""
    monkeypatch.setattr(settings, "WORKSPACE", tmp_path)
    return Work(tmp_path)


def test_form_sample_results_and_release_wait_for_the_chain_last(work: Work) -> None:
    with watched() as wrong:
        report = work.entered()
        reports.release(work.releaser, report.number, at=work.now + timedelta(hours=4))
    assert wrong == []


def test_lapse_waits_for_the_chain_last(work: Work) -> None:
    report = work.entered()
    reports.release(work.releaser, report.number, at=work.now + timedelta(hours=4))
    at = work.now + timedelta(hours=5)
    cases.perform(work.officer, work.case.number, Doing("determine"), at=at)
    cases.perform(work.officer, work.case.number, Doing("notify", {"received_on": f"{at:%Y-%m-%d}"}), at=at)
    with watched() as wrong:
        assert cases.expired(at=at + timedelta(days=40))
    assert wrong == []


def test_file_of_many_samples_waits_for_the_chain_last(work: Work) -> None:
    numbers = [work.received()]
    work.case = work.opened()
    numbers.append(work.received())
    rows = "\n".join(f"{number},lead,5,ppm" for number in numbers)
    found = sheet.looked(work.tester, f"sample,analyte,value,unit\n{rows}\n".encode(), "results.csv")
    with watched() as wrong:
        assert len(batches.apply(by=work.tester, token=found.token, at=work.now + timedelta(hours=4)).done) == 2
    assert wrong == []


def test_change_of_an_account_waits_for_the_chain_last(work: Work) -> None:
    at = timezone.now()
    with watched() as wrong:
        accounts.change_role(by=work.first, account=work.inspector, role="officer", at=at)
        accounts.confirm(by=work.second, pending=Pending.objects.get(), at=at)
        accounts.unbind(by=work.first, account=work.inspector, at=at, why="lost")
        accounts.confirm(by=work.second, pending=Pending.objects.get(state="open"), at=at)
        accounts.lock(by=work.first, account=work.inspector, at=at, why="left")
    assert wrong == []


# two at once


def together(*acts: Callable[[], object]) -> list[BaseException]:
    """Acts at the same time, each with a connection of its own; what went wrong in them."""
    faults: list[BaseException] = []

    def done(act: Callable[[], object]) -> None:
        try:
            act()
        except Exception as error:  # noqa: BLE001  (whatever it is, the test shows it)
            faults.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=done, args=(act,)) for act in acts]
    for one in threads:
        one.start()
    for one in threads:
        one.join(timeout=30)
    return faults


@pytest.fixture
def after(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Two people meet: the second writes its first event once the first is about to, and the first rests a moment before it does."""
    there, plain, named = threading.Event(), audit.record, dict[str, int]()

    def recorded(by: Account | None, **said: Any) -> Any:
        place = named.pop(by.username, None) if by is not None else None
        if place == 0:
            there.set()
            time.sleep(0.5)
        elif place == 1:
            there.wait(timeout=1)
        return plain(by, **said)

    monkeypatch.setattr(audit, "record", recorded)
    return lambda first, second: named.update({first: 0, second: 1})


def test_password_is_made_anew_while_its_owner_does_an_act(work: Work, after: Callable[[str, str], None]) -> None:
    after("admin1", "chen")
    at = timezone.now()
    assert together(
        lambda: accounts.reset(by=work.first, account=work.officer, at=at, secret="a-long-enough-secret-7"),
        lambda: cases.perform(work.officer, work.case.number, Doing("cancel", {"reason": "停产"}), at=at),
    ) == []  # fmt: skip
    assert audit.verify()[0] == []


def test_draft_that_was_replaced_meanwhile_is_not_released_empty(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    old, plain, at = work.entered(), cases.held, work.now + timedelta(hours=4)
    sample = old.sample.number

    def late(by: Account, number: str) -> Any:
        monkeypatch.setattr(cases, "held", plain)  # a colleague enters anew between the reading and the lock
        together(lambda: reports.enter(work.tester, sample, [{"analyte": "lead", "value": "5", "unit": "ppm"}], at=at))
        return plain(by, number)

    monkeypatch.setattr(cases, "held", late)
    with pytest.raises(NothingThereYet, match="replaced"):
        reports.release(work.releaser, old.number, conclusion="conforming", why="?", at=at)
    assert not Report.objects.filter(released_at__isnull=False).exists()
    assert all(one.lines.exists() for one in Report.objects.all())


def test_hand_over_and_act_on_its_case_meet_without_a_ring(work: Work, after: Callable[[str, str], None]) -> None:
    number, at = work.drawn(), work.now + timedelta(hours=2)
    given = {"seal": Sample.objects.get(number=number).seal, "look": "完好"}
    after("lab2", "lab1")
    faults = together(
        lambda: cases.perform(work.releaser, work.case.number, Doing("receive"), at=at),
        lambda: samples.hand_over(work.tester, number, "receive", given, at=at),
    )
    assert [
        one for one in faults if not isinstance(one, ActRefused)
    ] == []  # the act of whoever was late may be done already
    work.case.refresh_from_db()
    assert (work.case.state, Sample.objects.get(number=number).state) == ("received", "received")
