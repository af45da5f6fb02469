"""Deadlines on the command line, on the page and through the API: the same day, with why."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client, override_settings

from zhiheng.cli import called

ROOT = Path(__file__).parents[2]
CASE = str(ROOT / "examples" / "cases" / "product-sampling.yaml")


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """The site without any data: the clock needs none."""
    with override_settings(WORKSPACE=tmp_path, OPENED=True):
        yield Client(headers={"host": "localhost"})


def test_the_page_tells_the_day_and_why_in_both_languages(client: Client) -> None:
    asked = "?rule=product-sampling/objection&from=2026-09-16"
    zh, en = (client.get(f"{start}/clock/{asked}").content.decode() for start in ("", "/en"))
    for part in ("2026-10-08", "自2026-10-01顺延", "国庆节", "民法典第203条", 'class="day-last"'):
        assert part in zh
    for part in ("2026-10-08", "moved from 2026-10-01", "National Day", "Why on that day"):
        assert part in en


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("rule=food-sampling/report&from=2026-12-10", "2027年的放假安排尚未公布"),
        ("rule=complaint/tell_end&from=2026-05-06", "不作猜测"),
        ("rule=farm-produce/rapid&from=2026-05-06", "请填写事件的时间"),
        ("rule=complaint/mediation&from=2026-05-06&extended=1", "没有延长此期限的情形"),
        ("rule=nothing/at-all&from=2026-05-06", "没有这个期限"),
        ("rule=complaint/mediation&from=yesterday", "日期写作2026-09-16"),
        ("rule=complaint/mediation&from=2026-05-06&paused=2026-06-02/2026-06-01", "先早后晚"),
        ("rule=complaint/mediation&from=2026-05-06&law_of=x", "日期写作2026-09-16"),
        ("rule=complaint/mediation&from=2026-05-06&region=../..", "地区代码有误"),
    ],
)
def test_what_cannot_be_told_is_said_on_the_page(client: Client, asked: str, said: str) -> None:
    answer = client.get(f"/clock/?{asked}")
    assert answer.status_code == 200
    assert said in answer.content.decode()


def test_the_empty_page_lists_every_period_and_the_unverified_ones_say_so(client: Client) -> None:
    page = client.get("/clock/").content.decode()
    assert "product-sampling/second_recheck" in page and "未核对" in page and "届满前12个月" in page


def test_the_page_warns_of_what_is_unverified_local_or_unsettled(client: Client) -> None:
    practice = client.get("/clock/?rule=product-sampling/objection_answer&from=2026-09-18").content.decode()
    assert "未经核对" in practice and "一地做法" in practice
    unsettled = client.get("/clock/?rule=trademark/opposition&from=2026-12-31").content.decode()
    assert "最后一日可能顺延" in unsettled and "2027-03-31" in unsettled and "2个月" in unsettled


def test_page_and_api_tell_the_same(client: Client) -> None:
    page = client.get("/clock/?rule=complaint/mediation&from=2026-07-30&paused=2026-08-03/2026-08-08").content.decode()
    address = page.split('class="how" href="')[1].split('"')[0].replace("&amp;", "&")
    told = client.get(address).json()
    assert (told["not_after"], told["counted_to"]) == ("2026-10-08", "2026-10-04")
    assert told["paused"] == [{"since": "2026-08-03", "until": "2026-08-08"}]
    assert [entry["not_after"] for entry in told["versions"]] == ["2026-10-14", "2026-10-08"]
    assert told["not_after"] in page


def test_the_api_refuses_what_it_cannot_tell(client: Client) -> None:
    assert client.get("/api/clock?rule=food-sampling/report&from=2026-12-10").status_code == 404
    assert client.get("/api/clock?rule=x&from=2026-12-10").status_code == 404
    assert client.get("/api/clock?rule=farm-produce/rapid&from=2026-05-06").status_code == 400
    assert client.get("/api/clock?rule=complaint/mediation&from=20260506").status_code == 422
    listed = client.get("/api/clock/periods?q=retest&on=2022-06-01").json()
    rows = {row["rule"]: row for row in listed["items"]}
    assert rows["food-sampling/retest"]["length"] == 7
    assert rows["farm-produce/retest"]["length"] is None and "begins on 2023" in rows["farm-produce/retest"]["why"]


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = called(["clock", *arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_the_command_explains_in_chinese_and_english(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "product-sampling/objection", "--from", "2026-09-16")
    assert code == 0 and "最后一日 2026-10-08" in out and "顺延" in out
    _, out, _ = call(capsys, "trademark/opposition", "--from", "2026-06-30", "--law-of", "2027-01-01", "--english")
    assert "last day 2026-08-31" in out and "by the law of 2027-01-01" in out and "2026-09-30" in out


def test_the_command_prints_json_and_lists(capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(call(capsys, "report/clue_check", "--from", "2026-03-02", "--extended", "--json")[1])
    assert told["not_after"] == "2026-04-14"
    _, out, _ = call(capsys, "--list", "--search", "复检")
    assert "farm-produce/retest" in out and "5个工作日" in out and "trademark" not in out
    rows = json.loads(call(capsys, "--list", "--region", "44", "--law-of", "2024-01-01", "--json")[1])
    assert next(row for row in rows if row["rule"] == "recall/report")["citation"].startswith("广东省")


def test_the_clock_of_a_case_says_what_is_late_and_what_comes_next(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = call(capsys, "--procedure", "product-sampling", "--events", CASE, "--at", "2026-10-09")
    for part in ("不合格结果已送达", "逾期", "2026-10-08", "到期应由系统办理: 逾期未提出异议"):
        assert part in out
    arguments = ("--procedure", "product-sampling", "--events", CASE, "--at", "2026-10-08", "--json")
    told = json.loads(call(capsys, *arguments)[1])
    assert told["state"]["key"] == "notified" and told["expiring"] == []
    assert [one["standing"] for one in told["periods"]] == ["today"]
    assert {key: value for key, value in told["next"][1].items() if key in ("act", "title")} == {
        "act": "object",
        "title": {"zh": "提出异议（申请复检）", "en": "Object and ask for a retest"},
    }
    _, out, _ = call(capsys, "--procedure", "transfer", "--english")
    assert "Hand to the police" in out


def test_an_act_against_the_law_is_shown_with_its_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "case.yaml"
    text = Path(CASE).read_text(encoding="utf-8").replace("by: 丁", "by: 丙")
    file.write_text(text, encoding="utf-8")
    _, out, _ = call(capsys, "--procedure", "product-sampling", "--events", str(file), "--at", "2026-09-20")
    assert "不合规定" in out and "办理“录入检验结果”的人不得再办理“签发不合格报告”" in out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), 2, "name a period and the day"),
        (("product-sampling/objection", "--from", "soon"), 2, "is not a day"),
        (("food-sampling/report", "--from", "2026-12-10"), 4, "the holidays of 2027 are not known"),
        (("nothing/x", "--from", "2026-12-10"), 4, "no procedure and no list of periods"),
        (("--procedure", "report", "--events", "EMPTY"), 3, "a list of events was expected"),
        (("--procedure", "report", "--events", "ODD"), 3, "event 1: unknown key 'when'"),
        (("--procedure", "report", "--events", "WRONG"), 11, "has no act 'fly'"),
    ],
)
def test_a_wrong_call_is_told_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int, said: str
) -> None:
    texts = {
        "EMPTY": "nothing",
        "ODD": "- {act: register, at: 2026-09-01, by: 甲, role: officer, when: now}",
        "WRONG": "- {act: fly, at: 2026-09-01, by: 甲, role: officer}",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    given = [str(tmp_path / one) if one in texts else one for one in arguments]
    found, _, error = call(capsys, *given)
    assert (found, said in error) == (code, True), error
