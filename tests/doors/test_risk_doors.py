"""Risk through its three doors: command line, pages, API; and who may look."""

import csv
import json
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.test import Client, override_settings

from zhiheng.cli import called as run

DAYS = [date(2026, 10, 1), date(2026, 10, 2)]
MODEL = """title: {zh: 小店, en: Small shops}
checked: null
values:
  2026-01-01:
    target: shop
    day: day
    outcome: {column: bad, above: 0}
    penalties: [1, 10]
    stretches: {days: 40, count: 2}
    level: 0.95
    bins: 5
    budgets: [0.1, 0.5]
    repetitions: 20
    seed: 1
    features:
      record:
        {kind: history, half_life_days: 200, prior: 2,
         words: {high: {zh: 以往不合格较多, en: failed more often before}, low: {zh: 以往不合格不多, en: failed no more often before}}}
      since: {kind: since, most: 2, words: {high: {zh: 久未检查, en: long not inspected}, low: {zh: 不久前检查过, en: inspected not long ago}}}
      kind: {kind: category, column: kind, least: 5, words: {zh: "类型：{value}", en: "kind: {value}"}}
    cite: {act: made up for a test}
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a fitted model and the lists of two days."""
    return made(tmp_path_factory.mktemp("risk"))


def made(folder: Path) -> Path:
    """Events of forty shops, and in `home` a model learned from them and the lists of two days."""
    (folder / "shops.yaml").write_text(MODEL, encoding="utf-8")
    with (folder / "events.csv").open("w", encoding="utf-8", newline="") as stream:
        out = csv.writer(stream)
        out.writerow(["shop", "day", "bad", "kind"])
        for at in range(600):
            shop = at * 7 % 40
            bad = int((at * 13 + at // 40 * 5) % 10 < (6 if shop % 4 == 0 else 1))
            out.writerow([f"S{shop:02}", date(2026, 1, 1) + timedelta(days=at // 2), bad, ["kiosk", "shop"][shop % 2]])
        out.writerow(["S99", "2026-10-01", 1, "shop"])
        out.writerow(["S01", "2026-10-01", 1, "shop"])
    assert call(folder, "fit", str(folder / "shops.yaml"), str(folder / "events.csv"), "--until", "2026-09-30") == 0
    for day in DAYS:
        assert call(folder, "score", "shops", str(folder / "events.csv"), "--on", day.isoformat()) == 0
    return folder


def call(folder: Path, *arguments: str) -> int:
    return run(["--home", str(folder / "home"), "risk", *arguments])


@pytest.fixture
def site(home: Path):
    with override_settings(WORKSPACE=home / "home", OPENED=False):
        yield Client(headers={"host": "localhost"})


def test_a_list_says_what_changed_and_which_reason_moved(home: Path, capsys: pytest.CaptureFixture) -> None:
    capsys.readouterr()
    arguments = ("score", "shops", str(home / "events.csv"), "--on", "2026-10-02", "--since", "2026-10-01")
    assert call(home, *arguments, "--json") == 0
    body = json.loads(capsys.readouterr().out)
    made = {one["target"]: one for one in body["changes"]}
    assert made["S99"]["change"] == "new"
    assert made["S01"]["change"] == "up" and made["S01"]["moved"][0]["code"] in ("record", "since")
    assert [row["rank"] for row in body["items"]] == list(range(1, 42))
    assert call(home, *arguments, "--most", "5") == 0
    assert "changed since 2026-10-01" in capsys.readouterr().out


def test_a_list_of_a_day_that_the_model_has_seen_is_refused(home: Path, capsys: pytest.CaptureFixture) -> None:
    assert call(home, "score", "shops", str(home / "events.csv"), "--on", "2026-09-30") == 2
    assert "would know its own future" in capsys.readouterr().err


def test_the_model_is_judged_on_later_events(home: Path, capsys: pytest.CaptureFixture) -> None:
    fitted = call(home, "fit", str(home / "shops.yaml"), str(home / "events.csv"), "--until", "2026-07-31", "--json")
    assert fitted == 0
    assert json.loads(capsys.readouterr().out)["until"] == "2026-07-31"
    judged = ("judge", "shops", str(home / "events.csv"), "--since", "2026-08-01", "--until", "2026-09-30")
    assert call(home, *judged) == 0
    assert "expected calibration error" in capsys.readouterr().out
    assert call(home, *judged, "--json") == 0
    assert 0.5 < json.loads(capsys.readouterr().out)["area"]["value"] <= 1
    assert call(home, "fit", str(home / "shops.yaml"), str(home / "events.csv"), "--until", "2026-09-30") == 0


def test_a_folder_without_a_plan_is_no_back_test(home: Path, capsys: pytest.CaptureFixture) -> None:
    assert call(home, "backtest", str(home)) == 2
    assert "no backtest.yaml here" in capsys.readouterr().err


def test_the_page_lists_targets_with_interval_reasons_and_change(site: Client) -> None:
    page = site.get("/en/risk/shops/").content.decode()
    assert "Where should we go first on Oct. 2, 2026, and why?" in page
    assert "failed more often before" in page and 'class="meter"' in page
    assert "new on the list" in page and "For the staff only" in page
    assert "以往不合格较多" in site.get("/risk/shops/").content.decode()
    first = site.get("/en/risk/shops/?on=2026-10-01").content.decode()
    assert "What changed" not in first and "S99" not in first


def test_the_list_is_searched_and_narrowed(site: Client) -> None:
    assert "S99" in site.get("/en/risk/shops/?change=new").content.decode()
    assert "No target of this list" in site.get("/en/risk/shops/?q=nothing-like-it").content.decode()
    assert site.get("/en/risk/shops/?change=sideways").status_code == 400
    assert site.get("/en/risk/shops/?page=0").status_code == 400


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
def test_the_list_is_exported_as_it_stands(site: Client, form: str) -> None:
    answer = site.get(f"/en/risk/shops/list.{form}?change=new")
    body = b"".join(answer.streaming_content)
    assert answer.status_code == 200 and "risk-shops-2026-10-02" in answer["Content-Disposition"]
    if form == "csv":
        lines = body.decode("utf-8-sig").splitlines()
        assert len(lines) == 2 and lines[1].startswith("S99,2026-10-02")
    assert site.get("/en/risk/shops/list.doc").status_code == 400


def test_the_api_answers_what_the_page_shows(site: Client) -> None:
    models = site.get("/api/risk").json()
    assert [one["model"] for one in models] == ["shops"] and models[0]["days"] == ["2026-10-01", "2026-10-02"]
    body = site.get("/api/risk/shops?size=3").json()
    assert (body["total"], body["before"], len(body["items"])) == (41, "2026-10-01", 3)
    assert body["items"][0]["reasons"][0]["words"]["en"]
    assert site.get("/api/risk/shops?on=2026-10-09").status_code == 404
    assert site.get("/api/risk/nobody").status_code == 404


def test_an_empty_workspace_says_what_to_run(site: Client, tmp_path: Path) -> None:
    with override_settings(WORKSPACE=tmp_path):
        assert "zhiheng risk fit MODEL FILE" in site.get("/en/risk/").content.decode()
        assert site.get("/en/risk/shops/").status_code == 404


@pytest.mark.parametrize(
    "path", ["/en/risk/", "/en/risk/shops/", "/en/risk/shops/list.csv", "/api/risk", "/api/risk/shops"]
)
def test_a_site_that_is_open_to_others_shows_no_list(site: Client, path: str) -> None:
    assert site.get(path).status_code == 200
    with override_settings(OPENED=True):
        answer = site.get(path)
        assert answer.status_code == 403
        assert b"S00" not in answer.content
        assert b"/risk/" not in site.get("/en/rules/").content


def test_a_site_beyond_this_machine_is_open_unless_it_says_otherwise() -> None:
    told = "from zhiheng.site import settings; print(settings.OPENED)"
    for more, said in (
        ({}, "False"),
        ({"ZHIHENG_HOSTS": "a.example"}, "True"),
        ({"ZHIHENG_HOSTS": "a.example", "ZHIHENG_INSIDE": "1"}, "False"),
    ):
        env = {"PATH": "/usr/bin:/bin", "ZHIHENG_SECRET": "0123456789" * 5, **more}
        out = subprocess.run(
            [sys.executable, "-c", told],
            env=env,
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(__file__).parents[2],
        )
        assert out.stdout.strip() == said
