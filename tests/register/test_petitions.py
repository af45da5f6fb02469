"""The public: complaints with a number and a code, nominations, and nothing told to whoever has neither."""

from datetime import datetime
from pathlib import Path

import pytest
from django.conf import settings
from people import NOON, account, authority

from zhiheng.errors import ActRefused, NothingThereYet, UsageError
from zhiheng.register import queries
from zhiheng.register.acts import audit, cases, petitions
from zhiheng.register.acts.petitions import Complaint
from zhiheng.register.models import Event, Nomination

pytestmark = pytest.mark.slow
SAID = Complaint("440106", "某超市", "买到过期牛奶", product="牛奶", name="张三", phone="13800000000")


@pytest.fixture(autouse=True)
def city(register: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A city's authority and its province's."""
    monkeypatch.setattr(settings, "WORKSPACE", tmp_path)
    authority("广东省市场监督管理局", region="440000", level="province")
    authority()


def test_complaint_reaches_the_lowest_authority_and_is_due_by_statute() -> None:
    case, _ = petitions.complain(SAID, at=NOON)
    assert (case.authority.name, case.state) == ("广州市市场监督管理局", "registered")
    assert (
        case.deadlines.get(key="acceptance").due_on.isoformat() == "2026-09-27"
        or case.deadlines.get().due_on.isoformat() == "2026-09-24"
    )


@pytest.mark.parametrize(("on", "length"), [("2026-04-14", "45个工作日"), ("2026-04-15", "60日")])
def test_complaint_follows_the_order_of_the_day_it_came(on: str, length: str) -> None:
    at = datetime.fromisoformat(f"{on}T10:00:00+08:00")
    case, _ = petitions.complain(SAID, at=at)
    officer = account("chen", "officer", case.authority)
    case = cases.perform(officer, case.number, cases.Doing("accept"), at=at)
    told = case.deadlines.get(key="mediation").told["explanation"]["zh"]
    assert f"期限为{length}" in told


def test_number_and_code_together_open_it_and_neither_alone() -> None:
    case, code = petitions.complain(SAID, at=NOON)
    assert petitions.followed(case.number, code) == case
    for number, given in ((case.number, "x"), (case.number, ""), ("C-440106-2026-000009", code), ("", "")):
        with pytest.raises(NothingThereYet, match="do not belong together"):
            petitions.followed(number, given)


def test_who_complained_stands_in_no_event() -> None:
    petitions.complain(SAID, at=NOON)
    assert not any("张三" in str(event.data) or "138" in str(event.data) for event in Event.objects.all())
    assert audit.verify()[0] == []


def test_complaint_is_taken_back_once() -> None:
    case, code = petitions.complain(SAID, at=NOON)
    assert petitions.withdraw(case.number, code, at=NOON).is_final
    with pytest.raises(ActRefused):
        petitions.withdraw(case.number, code, at=NOON)


UNUSABLE = (
    Complaint("440106", "", "x", phone="1"),
    Complaint("440106", "a", "b"),
    Complaint("440106", "a", "b" * 4001, phone="1"),
)


@pytest.mark.parametrize("said", UNUSABLE)
def test_complaint_that_cannot_be_looked_into_is_refused_whole(said: Complaint) -> None:
    with pytest.raises(UsageError):
        petitions.complain(said)
    assert not Event.objects.exists()


def test_division_without_an_authority_here_is_said() -> None:
    with pytest.raises(NothingThereYet, match="no authority"):
        petitions.complain(Complaint("110101", "a", "b", phone="1"))


def test_nomination_is_kept_with_its_event() -> None:
    petitions.nominate("儿童餐具", region="440106", reason="孩子在用")
    assert Nomination.objects.get().product == "儿童餐具"
    assert audit.verify() == ([], 1)


def test_complaint_is_seen_by_its_officers_only() -> None:
    case, _ = petitions.complain(SAID, at=NOON)
    here = account("chen", "officer", case.authority)
    elsewhere = account("li", "officer", authority("深圳市市场监督管理局", region="440300"))
    assert queries.cases(here).filter(pk=case.pk).exists()
    assert not queries.cases(elsewhere).filter(pk=case.pk).exists()
