"""Cases: whatever the procedure allows and nothing else, each act whole with its event, deadlines and documents."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import people
import pytest
from django.conf import settings
from people import EVIDENCE, LEAD_OVER, LEAD_UNDER, NOON, account, authority, enterprise, laboratory

from zhiheng.errors import ActRefused, NothingThereYet, Overtaken
from zhiheng.register import history
from zhiheng.register.acts import audit, cases
from zhiheng.register.acts.cases import Doing
from zhiheng.register.acts.files import Given
from zhiheng.register.models import Account, Case, Document, Event, Message, Report

pytestmark = pytest.mark.slow
LETTER = Given("objection_letter", "异议书.pdf", "application/pdf", b"%PDF-1.4 letter")


class Office:
    """A city's authority, two laboratories and a firm, with a case that goes on day by day."""

    def __init__(self) -> None:
        city, firm = authority(), enterprise()
        self.first, self.second = laboratory("甲检测中心"), laboratory("乙检测中心")
        names = ("chen", "li", "wang")
        self.chen, self.li, self.wang = (account(name, "officer", city) for name in names)
        self.sampler = account("sun", "inspector", city)
        self.tester, self.releaser = (account(name, "laboratory", self.first) for name in ("lab1", "lab2"))
        self.other, self.another = (account(name, "laboratory", self.second) for name in ("lab3", "lab4"))
        self.firm = account("firm", "firm", firm)
        self.stranger = account("stranger", "officer", authority("深圳市市场监督管理局", region="440300"))
        self.now = NOON
        opening = cases.Opening(
            "product-sampling", "儿童餐具", city, "440106", subject=firm, laboratory=self.first, responsible=self.chen,
            inspectors=[self.sampler], evidence=EVIDENCE,
        )  # fmt: skip
        self.case = cases.open_case(self.chen, opening, at=self.now)

    def does(
        self, who: Account | None, act: str, *, days: int = 1, given: tuple[Given, ...] = (), **said: object
    ) -> Case:
        """The next act, so many days after the last."""
        self.now += timedelta(days=days)
        self.case = cases.perform(who, self.case.number, Doing(act, said, given), at=self.now)
        return self.case

    def tested(self, value: str, tester: Account | None = None, releaser: Account | None = None) -> Report:
        """The laboratory that holds the sample enters one result, and a second person releases it."""
        self.now += timedelta(days=1)
        found = people.tested(self.case, value, tester or self.tester, releaser or self.releaser, at=self.now)
        self.now += timedelta(hours=1)
        self.case.refresh_from_db()
        return found

    def until_notified(self) -> None:
        """From the task to the notice that the firm received."""
        self.does(self.sampler, "draw", second_sampler="zhou")
        self.does(self.tester, "receive")
        self.tested(LEAD_OVER)
        self.does(self.chen, "determine")
        self.does(self.chen, "notify", received_on=f"{self.now + timedelta(days=1):%Y-%m-%d}")


@pytest.fixture
def office(register: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """An office with one case."""
    monkeypatch.setattr(settings, "WORKSPACE", tmp_path)
    return Office()


def test_case_goes_from_task_to_closure_with_objection_and_retest_elsewhere(office: Office) -> None:
    office.until_notified()
    office.does(office.firm, "object", given=(LETTER,), ground="方法有误", items="铅")
    office.does(office.li, "accept_objection")
    office.does(office.firm, "take_retest_steps")
    office.does(office.li, "name_retest_body", retest_laboratory=str(office.second.pk))
    office.tested(LEAD_OVER, office.other, office.another)
    office.does(office.li, "order", served_on=f"{office.now:%Y-%m-%d}", measures="停止销售")
    report = Given("rectification_report", "整改.pdf", "application/pdf", b"%PDF-1.4 done")
    office.does(office.firm, "report_correction", given=(report,))
    office.does(office.sampler, "draw_recheck")
    office.does(office.chen, "pass_recheck")
    case = office.does(office.wang, "close")
    assert case.is_final and case.closed_at == office.now and case.retest_laboratory == office.second
    assert audit.verify()[0] == []
    assert {one.kind for one in case.documents.all()} >= {
        "sampling_form", "test_report", "result_notice", "objection_receipt", "retest_notice", "rectification_order",
        "recheck_report", "case_closure",
    }  # fmt: skip
    assert not case.deadlines.filter(state="open").exists()


def test_deadline_is_the_laws_and_explains_itself(office: Office) -> None:
    office.until_notified()
    found = office.case.deadlines.get(key="objection")
    received = datetime.fromisoformat(history.events(office.case)[-1].data["received_on"]).date()
    assert received.isoformat() == "2026-09-21"
    assert found.due_on.isoformat() == "2026-10-08"  # the 15th day, 6 October, is a holiday
    assert found.binds == "firm" and "第15条" in found.told["explanation"]["zh"]


def test_who_determined_may_not_decide(office: Office) -> None:
    office.until_notified()
    office.does(office.firm, "accept_result")
    with pytest.raises(ActRefused, match="不得再办理"):
        office.does(office.chen, "order", served_on="2026-09-23", measures="x")
    assert office.does(office.li, "order", served_on="2026-09-23", measures="x").state == "ordered"


def test_second_person_releases_a_report_and_its_act_comes_with_it(office: Office) -> None:
    office.does(office.sampler, "draw", second_sampler="zhou")
    office.does(office.tester, "receive")
    with pytest.raises(ActRefused, match="comes with a report"):
        office.does(office.tester, "test")
    with pytest.raises(ActRefused, match="second person"):
        office.tested(LEAD_OVER, office.tester, office.tester)


@pytest.mark.parametrize(
    ("value", "verdict", "state"),
    [(LEAD_OVER, "nonconforming", "nonconforming"), (LEAD_UNDER, "conforming", "conforming")],
)
def test_case_goes_on_by_what_the_rules_say_of_the_results(
    office: Office, value: str, verdict: str, state: str
) -> None:
    office.does(office.sampler, "draw", second_sampler="zhou")
    office.does(office.tester, "receive")
    report = office.tested(value)
    assert (report.verdict, office.case.state) == (verdict, state)
    found = report.lines.get().finding
    assert found.rule and found.fingerprint and found.requirement["citation"]


def test_first_laboratory_is_not_the_retest_laboratory(office: Office) -> None:
    office.until_notified()
    office.does(office.firm, "object", given=(LETTER,), ground="x", items="y")
    office.does(office.li, "accept_objection")
    office.does(office.firm, "take_retest_steps")
    with pytest.raises(ActRefused, match="first laboratory|初检"):
        office.does(office.li, "name_retest_body", retest_laboratory=str(office.first.pk))


def test_objection_after_its_day_is_refused_and_lapses_by_itself_once(office: Office) -> None:
    office.until_notified()
    office.now = datetime.fromisoformat("2026-10-09T09:00:00+08:00")
    with pytest.raises(ActRefused):
        office.does(office.firm, "object", days=0, given=(LETTER,), ground="x", items="y")
    assert [case.state for case in cases.expired(at=office.now)] == ["settled"]
    assert cases.expired(at=office.now) == []


def test_nothing_expires_on_the_last_day(office: Office) -> None:
    office.until_notified()
    assert cases.expired(at=datetime.fromisoformat("2026-10-08T23:59:00+08:00")) == []


def test_refused_act_leaves_no_trace(office: Office) -> None:
    events, before = Event.objects.count(), Case.objects.get().version
    with pytest.raises(ActRefused):
        office.does(office.chen, "close")
    assert (Event.objects.count(), Case.objects.get().version) == (events, before)
    assert not Document.objects.exists()


def test_firm_hears_nothing_before_the_visit(office: Office) -> None:
    with pytest.raises(NothingThereYet):
        office.does(office.firm, "accept_result")
    assert not Message.objects.filter(to=office.firm).exists()
    office.does(office.sampler, "draw", second_sampler="zhou")
    assert Case.objects.get().is_shown_to_subject


def test_case_of_another_region_is_as_if_it_were_not_there(office: Office) -> None:
    with pytest.raises(NothingThereYet) as foreign:
        office.does(office.stranger, "cancel", reason="x")
    with pytest.raises(NothingThereYet) as absent:
        cases.perform(office.stranger, "PS-440106-2026-999999", Doing("cancel", {"reason": "x"}))
    assert str(foreign.value).replace(office.case.number, "N") == str(absent.value).replace(
        "PS-440106-2026-999999", "N"
    )


def test_act_on_an_overtaken_version_is_refused(office: Office) -> None:
    seen = office.case.version
    office.does(office.sampler, "draw", second_sampler="zhou")
    with pytest.raises(Overtaken, match="sun"):
        cases.perform(office.chen, office.case.number, Doing("cancel", {"reason": "x"}, version=seen), at=office.now)


def test_act_before_the_last_one_is_refused(office: Office) -> None:
    office.does(office.sampler, "draw", second_sampler="zhou")
    with pytest.raises(ActRefused, match="clock"):
        cases.perform(office.tester, office.case.number, Doing("receive"), at=office.now - timedelta(hours=1))


def test_officer_opens_cases_of_the_own_region_only(office: Office) -> None:
    opening = cases.Opening("product-sampling", "x", office.chen.organisation, "440106")
    with pytest.raises(ActRefused, match="may not open"):
        cases.open_case(office.stranger, opening)
    with pytest.raises(ActRefused, match="not for the role"):
        cases.open_case(office.firm, replace(opening, region="440106"))


def test_case_is_the_same_when_followed_again(office: Office) -> None:
    office.until_notified()
    course = history.course(office.case, at=office.now)
    assert course.state.key == office.case.state
    assert [(one.key, one.deadline.not_after) for one in course.open if one.deadline] == [
        (one.key, one.due_on) for one in office.case.deadlines.filter(state="open")
    ]
