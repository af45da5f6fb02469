"""Cases at their edges: days that cannot be, hours, who may test again, firms that are merged meanwhile, people who are not there."""

import threading
from datetime import timedelta
from pathlib import Path

import people
import pytest
from django.conf import settings
from django.db import connection, connections, transaction
from django.test import Client, RequestFactory
from django.utils import timezone
from people import EVIDENCE, LEAD_OVER, NOON, account, authority, enterprise, laboratory

from zhiheng.api import access
from zhiheng.errors import ActRefused, SignInRefused
from zhiheng.register import locks, queries, ticking
from zhiheng.register.acts import audit, cases, merging, parties, reports, tokens
from zhiheng.register.acts.cases import Doing, Opening
from zhiheng.register.acts.files import Given
from zhiheng.register.models import Account, Case, Checkpoint, Deadline, Message, Organisation, Sample

pytestmark = pytest.mark.slow


class Office:
    """A city's authority with an officer and an inspector, two laboratories, and a firm."""

    def __init__(self) -> None:
        self.city, self.firm = authority(), enterprise()
        self.chen, self.li = account("chen", "officer", self.city), account("li", "officer", self.city)
        self.sampler = account("sun", "inspector", self.city)
        self.first, self.second = laboratory("甲检测中心"), laboratory("乙检测中心")
        self.tester, self.releaser = (account(name, "laboratory", self.first) for name in ("lab1", "lab2"))
        self.owner = account("firm", "firm", self.firm)

    def opened(self, procedure: str = "product-sampling", *, responsible: Account | None = None) -> Case:
        """A case of the firm."""
        opening = Opening(
            procedure, "儿童餐具", self.city, "440106", subject=self.firm, laboratory=self.first,
            inspectors=[self.sampler], evidence=EVIDENCE, responsible=responsible,
        )  # fmt: skip
        return cases.open_case(self.chen, opening, at=NOON)

    def determined(self) -> Case:
        """A case whose nonconformity is determined, two days after it was opened."""
        case = self.opened(responsible=self.chen)
        cases.perform(self.sampler, case.number, Doing("draw", {"second_sampler": "周"}), at=NOON)
        cases.perform(self.tester, case.number, Doing("receive"), at=NOON + timedelta(days=1))
        people.tested(case, LEAD_OVER, self.tester, self.releaser, at=NOON + timedelta(days=1))
        return cases.perform(self.chen, case.number, Doing("determine"), at=NOON + timedelta(days=2))


@pytest.fixture
def office(register: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """An office."""
    monkeypatch.setattr(settings, "WORKSPACE", tmp_path)
    return Office()


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ("2026-09-18", ""),
        ("2026-09-15", "before 2026-09-16|早于"),  # nobody receives a result before the case began
        ("2026-09-20", "has not come yet|尚未到来"),
        ("9999-12-31", "not a day|不是日期"),
        ("0001-01-01", "not a day|不是日期"),
    ],
)
def test_day_from_which_a_period_runs_has_come_and_lies_within_the_case(office: Office, told: str, why: str) -> None:
    case, at = office.determined(), NOON + timedelta(days=3)
    if not why:
        assert (
            cases.perform(office.chen, case.number, Doing("notify", {"received_on": told}), at=at).state == "notified"
        )
        return
    with pytest.raises(ActRefused, match=why):
        cases.perform(office.chen, case.number, Doing("notify", {"received_on": told}), at=at)
    assert not Deadline.objects.filter(case=case, key="objection").exists()


def test_hours_lapse_when_they_are_over_and_not_a_day_later(office: Office) -> None:
    case = office.opened("farm-produce")
    cases.perform(office.sampler, case.number, Doing("draw"), at=NOON)
    cases.perform(office.chen, case.number, Doing("notify_rapid"), at=NOON)
    assert cases.expired(at=NOON + timedelta(hours=4)) == []
    assert [one.state for one in cases.expired(at=NOON + timedelta(hours=4, minutes=1))] == ["settled"]


def test_day_that_waited_for_a_notice_of_holidays_is_counted_anew_once_it_is_out(office: Office) -> None:
    case, at = office.determined(), NOON + timedelta(days=3)
    cases.perform(office.chen, case.number, Doing("notify", {"received_on": "2026-09-18"}), at=at)
    right = Deadline.objects.get(case=case, key="objection")
    assert cases.counted_anew(at) == []
    told = right.told | {"known": 2025}  # as it would have been written before the notice of 2026
    Deadline.objects.filter(pk=right.pk).update(is_settled=False, due_on="2026-09-20", told=told)
    assert cases.counted_anew(at) == [case.number]
    found = Deadline.objects.get(case=case, key="objection")
    assert (found.due_on, found.is_settled) == (right.due_on, True)
    assert cases.counted_anew(at) == []


@pytest.mark.parametrize("named", ["firm", "city", "nowhere", "9" * 5000])
def test_only_a_registered_laboratory_tests_again(office: Office, named: str) -> None:
    known = {"firm": str(office.firm.pk), "city": str(office.city.pk), "nowhere": "999999"}
    case = office.opened("food-sampling")
    with pytest.raises(ActRefused, match="no registered laboratory"):
        cases.linked(case, {"retest_laboratory": known.get(named, named)})
    found = cases.linked(case, {"retest_laboratory": str(office.second.pk)})
    assert found == {"retest_laboratory": office.second}


def test_case_of_a_firm_that_was_merged_since_it_was_chosen_goes_to_the_kept_one(office: Office) -> None:
    twin = enterprise("某食品厂（分）", code=None)
    chosen = Opening("product-sampling", "t", office.city, "440106", subject=Organisation.objects.get(pk=twin.pk))
    merging.merge(office.chen, office.firm.pk, twin.pk, why="一家", at=NOON)
    assert cases.open_case(office.chen, chosen, at=NOON).subject == office.firm


def test_merge_waits_for_a_case_that_is_being_opened(office: Office) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    twin = enterprise("某食品厂（分）", code=None)

    def merged() -> None:
        try:
            merging.merge(office.chen, office.firm.pk, twin.pk, why="一家", at=NOON)
        finally:
            connections.close_all()

    other = threading.Thread(target=merged)
    with transaction.atomic():
        opening = Opening("product-sampling", "t", office.city, "440106", subject=twin)
        case = cases.open_case(office.chen, opening, at=NOON)
        other.start()
        other.join(timeout=1)
        assert other.is_alive()
    other.join(timeout=20)
    case.refresh_from_db()
    assert not other.is_alive() and case.subject == office.firm


def test_reminders_and_changes_of_organisations_do_not_wait_for_one_another(office: Office) -> None:
    numbers = [locks.OPENING, locks.PARTIES, locks.TICKING, locks.MERGING]
    assert len(set(numbers)) == len(numbers)
    found: list[str] = []

    def changed() -> None:
        try:
            parties.change(office.chen, "organisation", office.firm.pk, {"address": "新址"}, at=NOON, why="迁址")
            found.append("changed")
        finally:
            connections.close_all()

    with ticking.alone() as mine:  # a slow mail server may keep a round for minutes
        assert mine
        other = threading.Thread(target=changed)
        other.start()
        other.join(timeout=10)
    assert found == ["changed"]


def test_amendment_is_told_to_the_officers_where_nobody_answers_for_the_case(office: Office) -> None:
    case = office.opened()
    cases.perform(office.sampler, case.number, Doing("draw", {"second_sampler": "周"}), at=NOON)
    cases.perform(office.tester, case.number, Doing("receive"), at=NOON)
    report = people.tested(case, LEAD_OVER, office.tester, office.releaser, at=NOON)
    later = NOON + timedelta(days=1)
    reports.amend(
        office.tester, report.number, [{"analyte": "lead", "value": "5", "unit": "ppm"}], why="录错", at=later
    )
    reports.release(office.releaser, report.number, at=later)
    assert set(Message.objects.filter(kind="amended").values_list("to__username", flat=True)) == {"chen", "li"}


def test_key_of_a_demonstration_opens_nothing_elsewhere(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    Account.objects.filter(pk=office.tester.pk).update(is_demo=True)
    office.tester.refresh_from_db()
    key, at = tokens.issue(by=office.tester, label="LIMS", at=timezone.now())[1], timezone.now()
    monkeypatch.setattr(settings, "DEMO", True)
    assert tokens.holder(key, at=at) == office.tester
    monkeypatch.setattr(settings, "DEMO", False)
    with pytest.raises(SignInRefused):
        tokens.holder(key, at=at)


def test_reserve_is_not_tested_by_the_first_laboratory(office: Office) -> None:
    case = office.determined()
    cases.perform(office.chen, case.number, Doing("notify", {"received_on": "2026-09-18"}), at=NOON + timedelta(days=3))
    Case.objects.filter(pk=case.pk).update(state="retesting")
    sample = Sample.objects.create(number="S-R", case=case, part="R", seal="s", state="released", holder=office.first)
    draft = reports.enter(
        office.tester, sample.number, [{"analyte": "lead", "value": "5", "unit": "ppm"}], at=NOON + timedelta(days=4)
    )
    with pytest.raises(ActRefused):
        reports.release(office.releaser, draft.number, at=NOON + timedelta(days=4))


@pytest.mark.parametrize(
    ("wide", "opened", "reads", "writes"), [(False, False, 200, 409), (True, False, 200, 302), (True, True, 403, 403)]
)
def test_who_changes_something_from_another_machine_signs_in(
    office: Office, monkeypatch: pytest.MonkeyPatch, wide: bool, opened: bool, reads: int, writes: int
) -> None:
    monkeypatch.setattr(settings, "WIDE", wide)
    monkeypatch.setattr(settings, "OPENED", opened)
    client = Client()
    pair = {"kept": office.firm.pk, "gone": office.firm.pk, "seen_kept": "0", "seen_gone": "0", "why": "x"}
    assert client.get("/register/organisations/").status_code == reads
    assert client.post("/register/merge/", pair).status_code == writes
    asked = RequestFactory()
    assert (access.nameless(asked.get("/")), access.nameless(asked.post("/"))) == (not opened, not wide)


def test_first_laboratory_stands_back_also_where_an_officer_told_its_result(office: Office) -> None:
    case, at = office.opened("farm-produce"), NOON
    cases.perform(office.sampler, case.number, Doing("draw"), at=at)
    cases.perform(office.chen, case.number, Doing("notify", {"received_on": "2026-09-16"}), at=at)
    paper = Given("retest_application", "复检申请.pdf", "application/pdf", b"%PDF-1.4 application")
    cases.perform(office.owner, case.number, Doing("apply_retest", given=(paper,)), at=at)
    named = Doing("name_retest_laboratory", {"retest_laboratory": str(office.second.pk)})
    cases.perform(office.chen, case.number, named, at=at)
    sample = Sample.objects.create(number="F-R", case=case, part="R", seal="s", state="released", holder=office.first)
    lines = [{"analyte": "lead", "value": "5", "unit": "ppm"}]
    draft = reports.enter(office.tester, sample.number, lines, at=at)
    with pytest.raises(ActRefused, match="first laboratory"):
        reports.release(office.releaser, draft.number, at=at)
    assert Case.objects.get(pk=case.pk).state == "retesting"


def test_case_that_is_sent_to_another_region_is_taken_over_there(office: Office) -> None:
    there = authority("深圳市市场监督管理局", region="440300")
    wu, case, at = account("wu", "officer", there), office.determined(), NOON + timedelta(days=3)
    cases.perform(office.chen, case.number, Doing("notify", {"received_on": "2026-09-18"}), at=at)
    cases.perform(office.owner, case.number, Doing("accept_result"), at=at)
    for wrong in ("999999", "440106", "310101"):  # no division, one of our own, one whose authority is not here
        with pytest.raises(ActRefused):
            cases.perform(office.chen, case.number, Doing("transfer", {"to_region": wrong}), at=at)
    assert not queries.cases(wu).exists()
    cases.perform(office.chen, case.number, Doing("transfer", {"to_region": "440306"}), at=at)
    assert queries.case(wu, case.number).authority == office.city and queries.case(office.chen, case.number)
    assert Message.objects.filter(to=wu, kind="act").exists()
    with pytest.raises(ActRefused, match="for itself"):
        cases.perform(wu, case.number, Doing("take_over", {"authority": str(office.city.pk)}), at=at)
    taken = cases.perform(wu, case.number, Doing("take_over", {"authority": str(there.pk)}), at=at)
    assert (taken.authority, taken.region, taken.responsible, taken.state) == (there, "440300", wu, "settled")


def test_end_of_the_audit_is_signed_by_itself_once_in_a_while(office: Office) -> None:
    office.opened()
    ticking.tick()
    ticking.tick()
    (point,) = Checkpoint.objects.all()
    assert audit.verify(keys=(point.key,)) == ([], point.number)
    office.opened()
    ticking.pointed(point.at + timedelta(hours=23))
    assert Checkpoint.objects.count() == 1
    ticking.pointed(point.at + timedelta(hours=24))
    assert Checkpoint.objects.count() == 2
