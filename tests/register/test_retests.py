"""The retest laboratory drawn by lot: who is in the list, that the draw can be computed again, and its page and endpoint."""

import json
from datetime import date

import pytest
from django.test import Client
from people import account, laboratory
from test_pages_cases import House, house, seen, text

from zhiheng.errors import ActRefused, Overtaken
from zhiheng.register import history, retesting
from zhiheng.register.acts import audit, cases, retests
from zhiheng.register.acts.cases import Doing
from zhiheng.register.acts.files import Given
from zhiheng.register.models import Case, Event, Organisation, Scope

__all__ = ["house"]
pytestmark = pytest.mark.slow
PDF = b"%PDF-1.4\n%%EOF\n"


def certified(
    one: Organisation, subject: str = "儿童餐具", *, until: date = date(2099, 1, 1), retests: bool = True
) -> Scope:
    """A certificate of a laboratory."""
    return Scope.objects.create(
        laboratory=one, certificate=f"CMA-{one.pk}-{subject}", subject=subject, is_retest_body=retests,
        valid_from=date(2020, 1, 1), valid_to=until,
    )  # fmt: skip


@pytest.fixture
def waiting(house: House) -> Case:
    """A case that waits for its retest laboratory."""
    case = house.case(until="notify", days=4)
    letter = Given("objection_letter", "异议书.pdf", "application/pdf", PDF)
    cases.perform(house.firm, case.number, Doing("object", {"ground": "方法有误", "items": "铅"}, [letter]))
    cases.perform(house.chen, case.number, Doing("accept_objection"))
    return cases.perform(house.firm, case.number, Doing("take_retest_steps"))


def test_only_others_with_a_certificate_that_is_valid_and_for_retests_are_in_the_list(
    house: House, waiting: Case
) -> None:
    branch, above = laboratory("甲检测中心分部"), laboratory("甲检测集团")
    branch.superior, house.lab.superior = house.lab, above
    branch.save(), house.lab.save()
    merged = laboratory("并入乙的中心")
    merged.merged_into = house.second
    merged.save()
    for one in (house.lab, branch, above, house.second, merged):
        certified(one)
    certified(laboratory("过期中心"), until=date(2020, 2, 1))
    certified(laboratory("不办复检的中心"), retests=False)
    certified(other := laboratory("玩具中心"), "玩具")
    found = retesting.scopes(waiting, on=date.today())
    assert {one.laboratory for one in found} == {house.second, other}
    assert retesting.suggested(waiting, retesting.subjects(found)) == "儿童餐具"
    assert [one.laboratory for one in retesting.qualified(found, "儿童餐具")] == [house.second]
    assert retesting.qualified(found, "别的") == []


def test_the_draw_names_whom_seed_and_list_name_and_the_event_keeps_both(house: House, waiting: Case) -> None:
    for name in ("乙检测中心", "丙检测中心", "丁检测中心"):
        certified(Organisation.objects.filter(name=name).first() or laboratory(name))
    done = retests.draw_laboratory(house.chen, waiting.number, "儿童餐具", version=waiting.version, why="随机")
    (told,) = retesting.drawn(done)
    assert (done.state, str(done.retest_laboratory_id)) == ("retesting", told["laboratory"])
    assert [one["name"] for one in told["among"]] == ["乙检测中心", "丙检测中心", "丁检测中心"]
    assert retesting.holds(told) and len(bytes.fromhex(told["seed"])) == retesting.SEED_BYTES
    other = {"laboratory": next(one["laboratory"] for one in told["among"] if one["laboratory"] != told["laboratory"])}
    assert not retesting.holds(told | other)
    assert audit.verify()[0] == []
    with pytest.raises(ActRefused, match="复检机构"):
        retests.draw_laboratory(house.chen, waiting.number, "儿童餐具")
    page = text(seen(house.chen), f"/case/{waiting.number}/")
    assert told["seed"] in page and "丙检测中心、" in page
    assert told["seed"] in text(seen(house.firm), f"/case/{waiting.number}/"), "the firm can compute it again"


def test_every_place_of_a_list_is_drawn_about_as_often() -> None:
    """600 seeds in 3 places: each 200 with a standard deviation of 11.5; 5 of them is 58."""
    counts = [0, 0, 0]
    for number in range(600):
        counts[retesting.place(f"{number:064x}", 3)] += 1
    assert all(abs(count - 200) < 58 for count in counts)


def test_without_a_qualified_laboratory_or_with_an_old_page_nothing_is_drawn(house: House, waiting: Case) -> None:
    certified(house.lab)
    with pytest.raises(ActRefused, match="no other laboratory is certified"):
        retests.draw_laboratory(house.chen, waiting.number, "儿童餐具")
    certified(house.second)
    with pytest.raises(Overtaken):
        retests.draw_laboratory(house.chen, waiting.number, "儿童餐具", version=waiting.version - 1)
    with pytest.raises(ActRefused, match="retests.draw_laboratory"):
        retests.draw_laboratory(house.firm, waiting.number, "儿童餐具")
    assert Case.objects.get(pk=waiting.pk).retest_laboratory is None
    assert not [row for row in Event.objects.filter(key=waiting.number) if row.data and "drawn" in row.data]


def test_page_shows_the_list_and_draws(house: House, waiting: Case) -> None:
    certified(house.second), certified(third := laboratory("丙检测中心"))
    chen, path = seen(house.chen), f"/case/{waiting.number}/retest/"
    assert path in text(chen, f"/case/{waiting.number}/")
    page = text(chen, path)
    assert "乙检测中心" in page and "丙检测中心" in page and "从2家中抽取一家" in page
    assert seen(house.stranger).get(path).status_code == 404 and seen(house.firm).get(path).status_code == 403
    refused = chen.post(path, {"subject": "别的", "version": waiting.version})
    assert refused.status_code == 409 and "没有抽取" in refused.content.decode()
    assert chen.post(path, {"subject": "儿童餐具", "version": waiting.version}).status_code == 302
    waiting.refresh_from_db()
    assert waiting.retest_laboratory in (house.second, third)
    assert "由种子和名单重新计算，结果一致" in text(chen, path)


def test_endpoint_gives_the_list_draws_once_and_tells_seed_and_list(house: House, waiting: Case) -> None:
    certified(house.second)
    chen, path = seen(house.chen), f"/api/cases/{waiting.number}/retest"
    before = chen.get(path).json()
    assert (before["subject"], before["subjects"], before["drawn"]) == ("儿童餐具", ["儿童餐具"], [])
    assert [one["name"] for one in before["among"]] == ["乙检测中心"]
    body = json.dumps({"subject": "儿童餐具", "version": waiting.version})
    after = chen.post(path, body, content_type="application/json")
    assert after.status_code == 200 and [one["holds"] for one in after.json()["drawn"]] == [True]
    assert chen.post(path, body, content_type="application/json").status_code == 409
    assert [Client().get(path).status_code, seen(house.firm).get(path).status_code] == [401, 403]
    assert seen(house.stranger).get(path).status_code == 404


def test_the_first_laboratory_may_not_test_again(house: House, waiting: Case) -> None:
    certified(house.second)
    done = retests.draw_laboratory(house.chen, waiting.number, "儿童餐具")
    for who in (house.lab1, house.lab2):
        for one in history.open_acts(who, done):
            if one.act.key in ("uphold", "reverse"):
                assert "same_laboratory" in {reason.kind for reason in one.refusals}
    other = account("lab8", "laboratory", house.second)
    allowed = {one.act.key for one in history.open_acts(other, done) if one.allowed}
    assert allowed == {"uphold", "reverse"}
