"""Trend and ranking of small data sets through the command, the pages and the API: an answer where the data carry one, else why not."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from zhiheng.api import data
from zhiheng.cli import called as run
from zhiheng.web import shell

Call = Callable[..., tuple[int, str, str]]
OF_TESTED = "of the items tested"


@pytest.fixture
def call(small_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    monkeypatch.setenv("ZHIHENG_HOME", str(small_home))

    def called(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(list(arguments))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return called


@pytest.fixture
def client(small_home: Path) -> Iterator[Client]:
    before, settings.WORKSPACE = settings.WORKSPACE, small_home
    for shelf in (shell.shelf, data.shelf):
        shelf.cache_clear()
    yield Client()
    settings.WORKSPACE = before
    for shelf in (shell.shelf, data.shelf):
        shelf.cache_clear()


def test_trend_of_a_small_set_says_what_its_samples_are(call: Call) -> None:
    code, out, _ = call("trend", "nyc_metals", "--from", "2011", "--to", "2012")
    assert code == 0
    assert OF_TESTED in out and "not from a probability sample" in out and "nothing of a population" in out
    code, out, _ = call("trend", "nyc_metals", "--from", "2011", "--to", "2012", "--by", "origin", "--json")
    body = json.loads(out)
    assert sum(part["effect"] for part in body["parts"]) == pytest.approx(body["difference"])
    assert not body["weighted"] and body["of"] == OF_TESTED
    for span in body["periods"]:
        assert span["rate"] == pytest.approx(span["nonconforming"] / span["judged"])


def test_the_periods_of_a_small_set_go_by_the_day_of_sampling(call: Call) -> None:
    """The counts of the two years are those of the samples themselves, and no other year adds to them."""
    _, out, _ = call("trend", "nyc_metals", "--from", "2011", "--to", "2012", "--json")
    _, every, _ = call("rates", "nyc_metals", "--by", "period", "--step", "year", "--json")
    years = {row["value"][:4]: row for row in json.loads(every)["items"]}
    for span in json.loads(out)["periods"]:
        assert 0 < span["judged"] <= years[span["name"]]["judged"]


def test_ranking_of_a_small_set_has_ranks_with_intervals_and_no_interval_of_a_population(call: Call) -> None:
    code, out, _ = call("ranking", "nyc_metals", "--by", "origin")
    assert code == 0 and OF_TESTED in out and "nothing of a population" in out
    _, out, _ = call("ranking", "nyc_metals", "--by", "origin", "--json")
    body = json.loads(out)
    assert body["of"] == OF_TESTED and body["items"]
    for unit in body["items"]:
        assert unit["lower"] is None and unit["upper"] is None
        assert unit["rank_lower"] <= unit["rank_upper"] and unit["shrunk_lower"] < unit["shrunk_upper"]


REFUSED = {
    "a year without samples": (["trend", "nyc_metals", "--from", "1999", "--to", "2012"], 6, "years with judged samples: 2011 to 2012"),
    "one value alone": (["ranking", "nyc_metals"], 6, r"a ranking needs two; dimensions that have them: origin \(\d"),
    "not stated": (["ranking", "nyc_metals", "--by", "site"], 6, r"samples do not state it"),
    "failures, trend": (["trend", "cn_food_2026", "--from", "2026-01", "--to", "2026-02"], 2, "it has counts and no rate"),
    "failures, ranking": (["ranking", "cn_food_2026"], 2, "it has counts and no rate"),
    "no dimension of samples": (["ranking", "nyc_metals", "--by", "analyte"], 2, "is none of product_type"),
    "arms of a small set": (["ranking", "nyc_metals", "--by", "origin", "--arm", "targeted"], 2, "has no arms"),
}  # fmt: skip


@pytest.mark.parametrize(("arguments", "code", "told"), REFUSED.values(), ids=REFUSED)
def test_what_the_data_cannot_carry_is_refused_with_its_reason(
    call: Call, arguments: list[str], code: int, told: str
) -> None:
    found, out, err = call(*arguments)
    assert (found, out) == (code, "")
    assert re.search(told, err.replace("\n", " "))


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_the_pages_show_the_same_figures(client: Client, call: Call, prefix: str) -> None:
    text = client.get(f"{prefix}/moved/nyc_metals/?from=2011&to=2012&by=origin").content.decode()
    _, out, _ = call("trend", "nyc_metals", "--from", "2011", "--to", "2012", "--json")
    for span in json.loads(out)["periods"]:
        assert f"{span['rate']:.2%}" in text
    text = client.get(f"{prefix}/ranking/nyc_metals/?by=origin").content.decode()
    _, out, _ = call("ranking", "nyc_metals", "--by", "origin", "--json")
    for unit in json.loads(out)["items"]:
        assert f"{unit['rank_lower']}–{unit['rank_upper']}" in text
    assert "funnel" in text


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("moved/nyc_metals/?from=1999&to=2012", "years with judged samples"),
        ("ranking/nyc_metals/?by=site", "a ranking needs two"),
        ("ranking/cn_food_2026/", "lists failures alone"),
        ("moved/cn_food_2026/", "lists failures alone"),
    ],
)
def test_a_page_without_an_answer_says_why(client: Client, path: str, told: str) -> None:
    answer = client.get(f"/en/{path}")
    assert answer.status_code == 200 and told in answer.content.decode()


def test_pages_refuse_what_is_no_question(client: Client) -> None:
    assert client.get("/moved/nyc_metals/?from=lately").status_code == 400
    assert client.get("/ranking/nyc_metals/?by=analyte").status_code == 400
    assert client.get("/ranking/none/").status_code == 404


def test_the_api_gives_what_the_command_gives(client: Client, call: Call) -> None:
    body = client.get("/api/datasets/nyc_metals/ranking?by=origin").json()
    _, out, _ = call("ranking", "nyc_metals", "--by", "origin", "--json")
    assert [unit["rank"] for unit in body["items"]] == [unit["rank"] for unit in json.loads(out)["items"]]
    moved = client.get("/api/datasets/nyc_metals/moved?from=2011&to=2012&by=origin").json()
    assert sum(part["effect"] for part in moved["parts"]) == pytest.approx(moved["difference"])
    refused = client.get("/api/datasets/cn_food_2026/ranking")
    assert refused.status_code == 400 and "no rate" in refused.json()["error"]
    nothing = client.get("/api/datasets/nyc_metals/moved?from=1999&to=2012")
    assert nothing.status_code == 409 and "years with judged samples" in nothing.json()["error"]
