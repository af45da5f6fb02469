"""What the public nominates: counted, shown without anybody's words, taken up by officers, and read by plans."""

import csv
from datetime import date
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from people import NOON, account, authority

from zhiheng import rules
from zhiheng.engines import Engine
from zhiheng.errors import ActRefused, PlanInvalid
from zhiheng.register import nominating
from zhiheng.register.acts import audit, nominations, petitions
from zhiheng.register.models import Nomination, Plan, Programme
from zhiheng.reports.planner import REGISTER, Planner, Question
from zhiheng.selection.plan.nominations import Named, counted

pytestmark = pytest.mark.slow
ON = date(2026, 11, 22)
N, BUDGET, SHARE, NAMED_N = 400, 100, 0.1, 20


@pytest.fixture(autouse=True)
def city(register: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A city's authority, and no tries counted yet."""
    monkeypatch.setattr(settings, "WORKSPACE", tmp_path)
    monkeypatch.setattr(settings, "ALLOWED_HOSTS", ["testserver"])
    cache.clear()
    authority()


def listed(path: Path) -> Path:
    """A list of N targets of one risk, of which NAMED_N in one county sell the product that will be named."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "region", "product", "probability"])
        for place in range(N):
            chosen = place < NAMED_N
            region = "440106" if chosen or place % 2 else "440103"
            writer.writerow([f"t{place:03d}", region, "乳制品" if chosen else "糕点", "0.05"])
    return path


def question(nominations_from: str) -> Question:
    """The plan that is asked for: a share for the nominated that is known here."""
    changed = (("allocation", "proportional"), ("coverage_months", 0), ("nominations_share", SHARE))
    return Question(
        list="t.csv", budget=BUDGET, on=ON, strata=("region",), changed=changed, nominations=nominations_from
    )


def test_nomination_changes_the_chance_of_a_target_as_the_terms_say(tmp_path: Path) -> None:
    (tmp_path / "targets").mkdir()
    listed(tmp_path / "targets" / "t.csv")
    planner = Planner(tmp_path, lambda *_: None, nominating.named)
    before = planner.plan(question(REGISTER))
    assert "+nominated" not in before.arms.names

    petitions.nominate("乳制品", region="440106")
    after = planner.plan(question(REGISTER))
    ids = after.frame.ids.tolist()
    named = np.array([int(one[1:]) < NAMED_N for one in ids])
    # the terms: a stratum of its own, the share of the budget on top of its part in the random arm, all of it at equal votes
    at = after.arms.names.index("+nominated")
    assert after.arms.units[at] == NAMED_N and after.arms.targeted[at] == round(SHARE * BUDGET)
    chance = (after.arms.random[at] + SHARE * BUDGET) / NAMED_N
    assert after.chances.inclusion[named] == pytest.approx(chance)
    assert after.chances.inclusion[named].min() > before.chances.inclusion[named].max()
    assert after.chances.inclusion.sum() == pytest.approx(BUDGET)


def test_more_votes_make_the_chance_larger_among_the_named(tmp_path: Path) -> None:
    (tmp_path / "targets").mkdir()
    listed(tmp_path / "targets" / "t.csv")
    planner = Planner(tmp_path, lambda *_: None, nominating.named)
    petitions.nominate("乳制品")
    petitions.nominate("糕点", region="440103")
    petitions.nominate("糕点", region="440103")
    plan = planner.plan(question(REGISTER))
    votes = plan.arms.nominated_size
    assert set(votes.tolist()) == {0, 1, 2}
    assert plan.chances.inclusion[votes == 2].min() > plan.chances.inclusion[votes == 1].max()


def test_votes_are_capped_as_the_programme_says(tmp_path: Path) -> None:
    most = rules.programme("food-2026", on=ON)["nominations"]["most"]
    (tmp_path / "targets").mkdir()
    listed(tmp_path / "targets" / "t.csv")
    planner = Planner(tmp_path, lambda *_: None, lambda: [Named("乳制品", "", 10 * most)])
    assert planner.plan(question(REGISTER)).arms.nominated_size.max() == most


def test_a_list_without_products_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("id,region\na,440106\n", encoding="utf-8")
    with Engine() as engine, pytest.raises(PlanInvalid, match="product"):
        counted(tmp_path / "x.csv", [Named("糕点", "", 1)], tmp_path / "out.csv", engine)


def test_what_is_counted_into_a_list_leaves_the_rest_of_it_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(
        "id,product,region,nominated,比例\nb,糕点,440106,7,0.10\na,鱼,440103,9,\n", encoding="utf-8"
    )
    with Engine() as engine:
        counted(tmp_path / "x.csv", [Named("糕点", "440100", 2)], tmp_path / "out.csv", engine)
    rows = list(csv.DictReader(StringIO((tmp_path / "out.csv").read_text(encoding="utf-8"))))
    assert [(row["id"], row["nominated"], row["比例"]) for row in rows] == [("b", "2", "0.10"), ("a", "0", "")]


# the page


def sent(client: Client, **fields: str) -> int:
    return client.post("/nominate/", fields).status_code


def test_nomination_is_taken_without_an_account_and_without_a_person() -> None:
    assert sent(Client(), product="儿童餐具", region="440106", place="某超市", reason="孩子在用") == 302
    one = Nomination.objects.get()
    assert (one.product, one.region, one.place) == ("儿童餐具", "440106", "某超市")
    assert audit.verify() == ([], 1)


@pytest.mark.parametrize(
    "fields",
    [
        {"product": ""},
        {"product": "x" * 121},
        {"product": "奶", "region": "110101"},  # nobody answers there
        {"product": "奶", "region": "999999"},
        {"product": "奶", "category": "没有这个类别"},
        {"product": "奶", "website": "http://spam"},
        {"product": "奶", "reason": "x" * 501},
    ],
)
def test_nomination_that_cannot_be_counted_is_refused_beside_the_field(fields: dict[str, str]) -> None:
    answer = Client().post("/nominate/", fields)
    assert answer.status_code == 422 and b'role="alert"' in answer.content
    assert not Nomination.objects.exists()


def test_own_words_of_one_person_are_counted_and_not_shown() -> None:
    petitions.nominate("张三家的店 13800000000")
    page = Client().get("/nominate/").content.decode()
    assert "张三" not in page and "138" not in page
    for _ in range(2):
        petitions.nominate("儿童餐具 打 13800000001")
    page = Client().get("/nominate/").content.decode()
    assert "儿童餐具" in page and "13800000001" not in page
    assert "13800000001" not in Client().get("/api/nominations").content.decode()


def test_reasons_and_places_are_on_no_public_page() -> None:
    for _ in range(3):
        petitions.nominate("牛奶", place="某某小店", reason="我姓王")
    for path in ("/nominate/", "/api/nominations", "/en/nominate/"):
        page = Client().get(path).content.decode()
        assert "某某小店" not in page and "我姓王" not in page


def test_too_many_nominations_are_slowed_down() -> None:
    answers = [sent(Client(), product="牛奶") for _ in range(8)]
    assert answers[:5] == [302] * 5 and answers[-1] == 429


def test_form_that_is_sent_twice_counts_once() -> None:
    assert 'name="nonce" value="' in Client().get("/nominate/").content.decode()
    assert [sent(Client(), product="儿童鞋", nonce="n" * 22) for _ in range(2)] == [302, 302]
    assert Nomination.objects.count() == 1
    assert sent(Client(), product="儿童鞋", nonce="m" * 22) == 302 and Nomination.objects.count() == 2


def test_searching_a_category_counts_nothing() -> None:
    name = min(nominating.products(), key=len)
    answer = Client().post("/nominate/", {"product": name, "go": "search"})
    assert name in answer.content.decode() and not Nomination.objects.exists()


def test_officer_takes_up_what_waits_in_the_own_region_once() -> None:
    here = authority("深圳市市场监督管理局", region="440300")
    officer = account("chen", "officer", here)
    made = Plan.objects.create(
        programme=Programme.objects.create(key="p", title="年度计划", authority=here, year=2026),
        key="plan-1",
        title="秋季抽检",
        procedure="product-sampling",
    )
    petitions.nominate("牛奶", region="440304", at=NOON)
    petitions.nominate("牛奶", region="440106", at=NOON)
    petitions.nominate("牛奶", at=NOON)
    assert nominations.take(by=officer, plan=made, at=NOON) == 2
    assert sorted(Nomination.objects.filter(plan=made).values_list("region", flat=True)) == ["", "440304"]
    assert [one.region for one in nominating.named()] == ["440106"]
    with pytest.raises(ActRefused, match="no nomination waits"):
        nominations.take(by=officer, plan=made, at=NOON)
    other = account("li", "officer", authority("某局", region="440600"))
    with pytest.raises(ActRefused, match="no plan of"):
        nominations.take(by=other, plan=made, at=NOON)
    assert audit.verify()[0] == []
    assert "秋季抽检" in Client().get("/nominate/").content.decode()


def test_export_is_for_officers_and_holds_their_region_only() -> None:
    officer = account("chen", "officer", authority("深圳市市场监督管理局", region="440300"))
    Authenticator.objects.create(user=officer, type="totp", data={"secret": "x"})
    petitions.nominate("牛奶", region="440304")
    petitions.nominate("糕点", region="440106")
    assert Client().get("/nominate/list.csv").status_code == 302
    client = Client()
    client.force_login(officer)
    answer = client.get("/nominate/list.csv")
    body = b"".join(answer.streaming_content).decode()
    assert "牛奶" in body and "糕点" not in body and "nominated" in body
