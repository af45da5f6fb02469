"""Signals at work through the pages and the API: what is shown, what a step needs, and who may take one."""

import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.test import Client, override_settings

from zhiheng.evidence.snapshot import Workspace
from zhiheng.reports import inbox as mornings
from zhiheng.surveillance import inbox, tree
from zhiheng.surveillance.inbox.triage import Step
from zhiheng.web.pages.watch import shown as watching

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))
import test_inbox
import test_tree

TODAY = date(2026, 11, 22)
NOTICES = Path(__file__).parents[2] / "examples" / "data" / "usda_fsis_recalls"
STEP = {"act": "triage", "by": "王一", "to": "watched"}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Client, inbox.Inbox]]:
    """The site over an inbox with the signals of a surge."""
    box = inbox.Inbox(Workspace(tmp_path))
    box.keep(inbox.raised(test_inbox.history(60), test_inbox.TERMS, market=frozenset()), {}, key="k")
    with override_settings(WORKSPACE=tmp_path, OPENED=False):
        yield Client(headers={"host": "localhost"}), box


def surge(dataset: str = "cn_food_2026") -> tuple[list[inbox.Signal], dict[str, object]]:
    """A signal of results: a product with a Chinese name alone, a test item that has both; and what the look saw."""
    values = test_tree.counts(60)
    values[-1] = 40
    leaves = {("蔬菜 > 豇豆", "acetamiprid"): values, ("乳制品", "lead"): test_tree.counts(60, seed=3)}
    cells = test_tree.grown(leaves)
    look = tree.look(cells, 59, test_tree.TERMS)
    source = inbox.Source(dataset)
    return inbox.from_looks(cells, [look], source, terms=test_inbox.TERMS, tree=test_tree.TERMS), look.told()


def made(home: Path) -> None:
    """A workspace's morning with real notices and a signal of results that somebody worked on."""
    workspace = Workspace(home)
    mornings.take(NOTICES, workspace=workspace)
    box = mornings.morning(workspace, today=TODAY)
    raised, told = surge()
    box.keep([*raised, *box.signals()], {}, key=box.key(), looks=box.body()["looks"] | {"cn_food_2026": told})
    for step in (Step("triage", "王一", to="watched", note="调取同批次样品"), Step("hand", "王一", region="浙江")):
        box.step(raised[0].signal_id, step, now=time.time(), terms=test_inbox.TERMS)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[tuple[Client, str]]:
    """The site over an inbox with one signal of results, and its number."""
    box = inbox.Inbox(Workspace(tmp_path))
    raised, told = surge()
    box.keep(raised, {}, key="k", looks={"cn_food_2026": told})
    with override_settings(WORKSPACE=tmp_path, OPENED=False):
        yield Client(headers={"host": "localhost"}), raised[0].signal_id


def page(client: Client, number: str, before: str = "") -> str:
    answer = client.get(f"{before}/watch/signal/{number}/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_signal_of_results_says_its_tests_its_detector_and_how_many_were_controlled(own: tuple[Client, str]) -> None:
    client, number = own
    told = client.get(f"/api/watch/signals/{number}").json()
    ground = told["grounds"][0]
    look = client.get("/api/watch/looks").json()["cn_food_2026"]
    assert (ground["tests"], ground["series"], ground["rate"]) == (look["tests"], look["series"], 0.05)
    said = " ".join(told["explained"]["en"])
    assert f"{ground['series']} series were tested, {ground['tests']} tests" in said and "held at 5%" in said
    assert "EARS C2, 13 weeks" in said and "shorter than the baseline of Farrington" in said
    english, chinese = page(client, number, "/en"), page(client, number)
    assert f"{ground['tests']} tests in all" in english and f"{ground['tests']} 次" in chinese
    assert "as a rate" in english and "verdict=nonconforming" in english
    assert all(key in look["words"] for key in look["reasons"])


def test_every_step_with_a_signal_shows_on_its_page(own: tuple[Client, str]) -> None:
    client, number = own
    address = f"/api/watch/signals/{number}/steps"
    watched = {"act": "triage", "by": "王一", "to": "watched"}
    steps = [
        (watched, 201, "watched"),
        ({"act": "hand", "by": "王一", "region": "浙江"}, 201, "handed over"),
        (watched | {"to": "acted", "note": "x"}, 409, ""),
        ({"act": "return", "by": "李二", "note": "不在我省"}, 201, "returned"),
        ({"act": "hand", "by": "王一", "region": "江苏"}, 201, "江苏"),
        ({"act": "acknowledge", "by": "赵三"}, 201, "acknowledged"),
        (watched | {"to": "acted"}, 409, ""),
        (watched | {"to": "acted", "note": "已抽检 30 批"}, 201, "已抽检 30 批"),
        (watched | {"to": "watched"}, 201, "watched"),
        (watched | {"to": "dismissed"}, 409, ""),
        (watched | {"to": "dismissed", "reason": "known"}, 201, "known and dealt with"),
    ]
    for body, status, shown in steps:
        assert post(client, address, body) == status, body
        assert shown in page(client, number, "/en"), body
    assert "已知情况，已有措施" in page(client, number)
    assert len(client.get(f"/api/watch/signals/{number}").json()["steps"]) == sum(
        status == 201 for _, status, _ in steps
    )


def test_names_stand_in_the_language_of_the_page_or_are_marked(own: tuple[Client, str]) -> None:
    client, number = own
    english, chinese = page(client, number, "/en"), page(client, number)
    assert '<span lang="zh-CN">豇豆</span> (vegetables)' in english and '">豇豆</span>' not in chinese
    assert "acetamiprid" in english and "啶虫脒" in chinese
    assert mornings.named({"product": "乳制品"}, "en") == "dairy products"
    assert mornings.named({"product": "乳制品", "origin": "Kenya"}, "zh") == "乳制品 · Kenya"
    assert '<span lang="zh-CN">豇豆</span>' in client.get("/en/watch/").content.decode()


def post(client: Client, address: str, body: object, kind: str = "application/json") -> int:
    return client.post(address, data=body, content_type=kind).status_code


def test_the_inbox_shows_its_signals_in_both_languages(site: tuple[Client, inbox.Inbox]) -> None:
    client, box = site
    number = box.signals()[0].signal_id
    for address, word in (("/watch/", "新信号"), ("/en/watch/", "new signal")):
        answer = client.get(address)
        assert answer.status_code == 200 and word in answer.content.decode() and number in answer.content.decode()
    assert client.get("/watch/signal/0123456789ab/").status_code == 404


def test_a_step_is_kept_once_it_is_whole_and_shown_afterwards(site: tuple[Client, inbox.Inbox]) -> None:
    client, box = site
    number = box.signals()[0].signal_id
    address = f"/api/watch/signals/{number}/steps"
    assert post(client, address, STEP | {"to": "dismissed"}) == 409, "a dismissal needs a reason"
    assert post(client, address, STEP, kind="text/plain") == 400, "a form of another site cannot send it"
    assert box.events() == []
    assert post(client, address, STEP) == 201
    assert [step["by"] for step in client.get(f"/api/watch/signals/{number}").json()["steps"]] == ["王一"]
    assert box.verify()["events"] == 1


def test_a_site_that_is_open_to_others_shows_no_signal_and_takes_no_step(site: tuple[Client, inbox.Inbox]) -> None:
    client, box = site
    number = box.signals()[0].signal_id
    with override_settings(OPENED=True):
        for address in ("/watch/", f"/watch/signal/{number}/", "/api/watch/signals", f"/api/watch/signals/{number}"):
            assert client.get(address).status_code == 403, address
        assert post(client, f"/api/watch/signals/{number}/steps", STEP) == 403
        assert client.get("/watch/notices/").status_code == 200
    assert box.events() == []


def test_a_signal_that_an_older_inbox_keeps_leads_to_the_page_of_its_series() -> None:
    assert watching.rows_url("cn_food_2026/0123456789ab").endswith("/signals/cn_food_2026/0123456789ab/")


@pytest.mark.parametrize(
    ("title", "brief"),
    [("EU rapid alert system (RASFF)", "RASFF"), ("欧盟快速预警（RASFF）", "RASFF"), ("Well water", "Well water")],
)
def test_a_source_with_a_known_short_name_is_called_by_it(title: str, brief: str) -> None:
    assert watching.brief(title) == brief
