"""The laboratory's doors: by form, by file and over the API, each for the own laboratory only; and the inspector's way in."""

import io
import json
import re
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.utils import timezone
from people import EVIDENCE, account, authority, enterprise, laboratory

sys.path.append(str(Path(__file__).parents[1] / "unit"))

from zhiheng.errors import NothingThereYet  # noqa: E402
from zhiheng.register.acts import audit, cases, samples, tokens  # noqa: E402
from zhiheng.register.models import Account, Case, Event, Report, Sample  # noqa: E402
from zhiheng.register.results import entry  # noqa: E402
from zhiheng.selection.form import Received, link  # noqa: E402

pytestmark = pytest.mark.slow
FIELDS = entry.FIELDS


def browser(one: Account) -> Client:
    """A signed-in browser."""
    Authenticator.objects.get_or_create(user=one, type="totp", defaults={"data": {"secret": "x"}})
    found = Client()
    found.force_login(one)
    return found


class Bench:
    """A laboratory with two people, another laboratory, an inspector, and three samples on their way."""

    def __init__(self) -> None:
        city = authority()
        self.officer, self.inspector = account("chen", "officer", city), account("sun", "inspector", city)
        self.own, self.other = laboratory("甲检测中心"), laboratory("乙检测中心")
        self.one, self.two = account("lab1", "laboratory", self.own), account("lab2", "laboratory", self.own)
        self.stranger = account("lab9", "laboratory", self.other)
        firm, self.at = enterprise(), timezone.now() - timedelta(days=2)
        self.cases = []
        for name in "甲乙丙":
            opening = cases.Opening(
                "product-sampling", f"玩具{name}", city, "440106", subject=firm, laboratory=self.own,
                inspectors=[self.inspector], evidence=EVIDENCE, responsible=self.officer,
            )  # fmt: skip
            self.cases.append(cases.open_case(self.officer, opening, at=self.at))

    def sampled(self, place: int, *, is_received: bool = True) -> str:
        """The number of the test sample of a case that was visited, perhaps received already."""
        case, at = self.cases[place], self.at + timedelta(hours=1)
        number = f"S-{place}-T"
        with transaction.atomic():
            samples.sealed(self.inspector, case, number, part="T", seal=f"GD-{place}", at=at)
        cases.perform(self.inspector, case.number, cases.Doing("draw", {"second_sampler": "周"}), at=at)
        if is_received:
            given = {"seal": f"GD-{place}", "look": "完好"}
            samples.hand_over(self.one, number, "receive", given, at=at + timedelta(hours=1))
        return number

    def key(self, one: Account) -> dict[str, str]:
        """The header with which a program of the laboratory calls."""
        return {"Authorization": f"Bearer {tokens.issue(by=one, label='LIMS', at=timezone.now())[1]}"}


@pytest.fixture
def bench(register: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A laboratory with work."""
    monkeypatch.setattr(settings, "WORKSPACE", tmp_path)
    return Bench()


def form(*lines: dict[str, str], **said: str) -> dict[str, Any]:
    """Lines as the table of the page sends them."""
    blank = dict.fromkeys(FIELDS, "") | {"comparator": "="}
    rows = [blank | line for line in (*lines, {})]
    return {name: [row[name] for row in rows] for name in FIELDS} | {"tested_on": "2026-11-20", "note": ""} | said


def lead(value: str, **more: str) -> dict[str, str]:
    """A result of lead."""
    return {"analyte": "铅", "value": value, "unit": "ppm"} | more


def sent(client: Client, path: str, body: object, headers: dict[str, str]) -> Any:
    """A call of a program."""
    return client.post(f"/api/laboratory/{path}", json.dumps(body), content_type="application/json", headers=headers)


# by form


def test_sample_goes_from_its_seal_to_a_report_that_a_second_person_releases(bench: Bench) -> None:
    number, one, two = bench.sampled(0, is_received=False), browser(bench.one), browser(bench.two)
    assert number in one.get("/laboratory/").content.decode()
    assert one.get("/laboratory/?q=GD-0").headers["Location"] == f"/laboratory/sample/{number}/"
    one.post(f"/laboratory/sample/{number}/move/receive/", {"seal": "GD-0", "look": "完好"})
    assert Sample.objects.get(number=number).state == "received"
    checked = one.post(f"/laboratory/sample/{number}/results/", form(lead("250"), act="check"))
    assert checked.status_code == 200 and "15 U.S.C. 1278a" in checked.content.decode()
    assert not Report.objects.exists(), "checking keeps nothing"
    saved = one.post(f"/laboratory/sample/{number}/results/", form(lead("250"), act="save"))
    report = Report.objects.get()
    assert saved.headers["Location"] == f"/laboratory/report/{report.number}/"
    assert Case.objects.get(pk=report.case_id).state == "tested"
    for who, sure in ((one, "yes"), (two, "")):
        answer = who.post(f"/laboratory/report/{report.number}/release/", {"sure": sure})
        assert answer.status_code == 422 and Report.objects.get().released_at is None
    two.post(f"/laboratory/report/{report.number}/release/", {"sure": "yes"})
    report.refresh_from_db()
    assert (report.verdict, report.case.state, report.released_by) == ("nonconforming", "nonconforming", bench.two)
    assert report.digest in two.get(f"/laboratory/report/{report.number}/").content.decode()
    assert audit.verify()[0] == []


def test_wrong_cells_are_named_beside_them_and_nothing_typed_is_lost(bench: Bench) -> None:
    number, one = bench.sampled(0), browser(bench.one)
    typed = form(
        lead("abc"), lead("-5"), lead("7", unit="blah"), lead("7", unit=""), {"value": "9", "unit": "ppm"}, act="save"
    )
    answer = one.post(f"/laboratory/sample/{number}/results/", typed)
    page = answer.content.decode()
    assert answer.status_code == 422 and not Report.objects.exists()
    for text in ("读不出一个数值", "小于零", "单位不认识", "没有单位", "没有检验项目"):
        assert page.count(text) == 1, text
    assert [page.count(f'value="{text}"') for text in ("abc", "-5", "blah")] == [1, 1, 1]


def test_seal_that_differs_is_disputed_and_explained(bench: Bench) -> None:
    number, one = bench.sampled(0, is_received=False), browser(bench.one)
    page = one.post(f"/laboratory/sample/{number}/move/receive/", {"seal": "GD-9", "look": "封条破损"}, follow=True)
    assert Sample.objects.get(number=number).state == "disputed" and "GD-9" in page.content.decode()
    assert one.post(f"/laboratory/sample/{number}/move/settle/", {"note": ""}).status_code == 422
    one.post(f"/laboratory/sample/{number}/move/settle/", {"note": "司机另贴了一张封条"})
    assert Sample.objects.get(number=number).state == "received"


def test_amendment_is_the_next_version_with_its_differences_and_the_first_stays(bench: Bench) -> None:
    number, one, two = bench.sampled(0), browser(bench.one), browser(bench.two)
    one.post(f"/laboratory/sample/{number}/results/", form(lead("250"), act="save"))
    report = Report.objects.get()
    two.post(f"/laboratory/report/{report.number}/release/", {"sure": "yes"})
    digest = Report.objects.get().digest
    path = f"/laboratory/report/{report.number}/amend/"
    assert one.post(path, form(lead("25"), act="save")).status_code == 422, "without a reason"
    one.post(path, form(lead("25"), act="save", note="稀释倍数录错"))
    one.post(path, form(lead("26"), act="save", note="稀释倍数录错"))  # a draft is replaced, not added to
    assert [(each.version, each.digest != "") for each in Report.objects.order_by("version")] == [(1, True), (2, False)]
    two.post(f"/laboratory/report/{report.number}/release/", {"sure": "yes"})
    page = two.get(f"/laboratory/report/{report.number}/").content.decode()
    assert "<del>250</del> → <ins>26</ins>" in page and "稀释倍数录错" in page
    assert Report.objects.get(version=1).digest == digest and Report.objects.get(version=2).verdict == "conforming"
    assert Event.objects.filter(kind="file", act="amend_report").count() == 1


def test_where_the_rules_say_nothing_the_laboratory_concludes_with_a_reason(bench: Bench) -> None:
    number, one, two = bench.sampled(0), browser(bench.one), browser(bench.two)
    one.post(f"/laboratory/sample/{number}/results/", form(lead("3", analyte="无名项目"), act="save"))
    path = f"/laboratory/report/{Report.objects.get().number}/"
    assert 'name="conclusion"' in two.get(path).content.decode()
    assert two.post(f"{path}release/", {"sure": "yes"}).status_code == 422
    two.post(f"{path}release/", {"sure": "yes", "conclusion": "conforming", "why": "企业标准未作要求"})
    assert (Report.objects.get().verdict, Report.objects.get().conclusion) == ("not_judged", "conforming")


def test_another_laboratory_finds_nothing_of_it(bench: Bench) -> None:
    number, one, stranger = bench.sampled(0), browser(bench.one), browser(bench.stranger)
    one.post(f"/laboratory/sample/{number}/results/", form(lead("5"), act="save"))
    report = Report.objects.get().number
    for path in (f"sample/{number}/", f"sample/{number}/results/", f"report/{report}/", f"report/{report}/amend/"):
        assert stranger.get(f"/laboratory/{path}").status_code == 404, path
    assert stranger.post(f"/laboratory/report/{report}/release/", {"sure": "yes"}).status_code == 404
    header = bench.key(bench.stranger)
    assert Client().get("/api/laboratory/samples", headers=header).json()["total"] == 0
    assert Client().get(f"/api/laboratory/reports/{report}", headers=header).status_code == 404
    body = {"lines": [lead("5")]}
    assert sent(Client(), f"samples/{number}/results", body, header).status_code == 404
    assert sent(Client(), f"reports/{report}/amend", body | {"why": "x"}, header).status_code == 404


# by file


def workbook(rows: list[list[str]]) -> bytes:
    """Rows as an XLSX, written by a library that Zhiheng does not use for reading."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row)
    return out.getvalue()


HEADERS = (
    ["样品编号", "检验项目", "检验结果", "单位", "检出限"],
    ["sample_id", "analyte", "value", "unit", "reporting_level"],
)


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_file_is_looked_through_then_entered_exactly_so(bench: Bench, ending: str) -> None:
    first, second, third, one = bench.sampled(0), bench.sampled(1), bench.sampled(2), browser(bench.one)
    header = HEADERS[ending == "xlsx"]
    rows = [
        header,
        [first, "铅", "250", "ppm", ""],
        ["GD-1", "lead", "未检出", "ppm", "1"],
        [third, "铅", "abc", "ppm", ""],
        ["NOPE", "铅", "1", "ppm", ""],
    ]
    data = workbook(rows) if ending == "xlsx" else "\n".join(",".join(row) for row in rows).encode()
    sent_file = io.BytesIO(data)
    sent_file.name = f"results.{ending}"
    path = one.post("/laboratory/file/", {"file": sent_file}).headers["Location"]
    page = one.get(path).content.decode()
    assert not Report.objects.exists(), "looking through enters nothing"
    assert "读不出一个数值" in page and "本机构没有这件样品" in page and "保存" in page
    told = json.loads(next((settings.WORKSPACE / "results").glob("*.json")).read_text(encoding="utf-8"))
    assert [(turned["row"], turned["key"]) for turned in told["rejects"] if turned["stops"]] == [
        (4, "bad_value"),
        (5, "sample_unknown"),
    ]
    assert browser(bench.stranger).get(path).status_code == 404
    for _ in range(2):  # the second time changes nothing
        one.post(path)
    assert {
        (report.sample.number, line.comparator, line.value)
        for report in Report.objects.all()
        for line in report.lines.all()
    } == {
        (first, "=", "250"),
        (second, "nd", ""),
    }
    numbers = [report.number for report in Report.objects.all()]
    answer = browser(bench.two).post("/laboratory/release/", {"report": [*numbers, "R-0-0"], "sure": "yes"})
    assert answer.status_code == 200 and Report.objects.filter(released_at=None).count() == 0
    assert "R-0-0" in answer.content.decode() and audit.verify()[0] == []


def test_file_without_the_needed_columns_says_which(bench: Bench) -> None:
    lost = io.BytesIO("样品编号,结果\nS-0-T,5\n".encode("gb18030"))
    lost.name = "results.csv"
    answer = browser(bench.one).post("/laboratory/file/", {"file": lost})
    assert answer.status_code == 422 and "analyte" in answer.content.decode()


# over the API


def test_program_of_a_laboratory_does_the_whole_way_and_sends_twice_without_harm(bench: Bench) -> None:
    number, one, two = bench.sampled(0, is_received=False), bench.key(bench.one), bench.key(bench.two)
    client = Client()
    (told,) = client.get("/api/laboratory/samples", headers=one).json()["items"]
    assert (told["number"], told["stage"], told["seal"]) == (number, "on_way", "GD-0")
    assert (
        sent(client, f"samples/{number}/receive", {"seal": "GD-0", "look": "完好"}, one).json()["state"] == "received"
    )
    body = {"tested_on": "2026-11-20", "lines": [lead("250", uncertainty="10")]}
    keyed = one | {"Idempotency-Key": "batch-7"}
    answers = [sent(client, f"samples/{number}/results", body, keyed) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200] and answers[0].json() == answers[1].json()
    assert Report.objects.count() == 1 and Event.objects.filter(act="enter_results").count() == 1
    assert sent(client, f"samples/{number}/results", body | {"lines": [lead("1")]}, keyed).status_code == 409
    report = answers[0].json()["number"]
    assert sent(client, f"reports/{report}/release", {}, one).status_code == 409
    released = sent(client, f"reports/{report}/release", {}, two).json()
    assert released["verdict"] == "nonconforming" and released["lines"][0]["finding"]["requirement"]["citation"]
    amended = sent(client, f"reports/{report}/amend", {"why": "录错", "lines": [lead("25")]}, one).json()
    assert (amended["version"], amended["released_by"]) == (2, "")
    versions = client.get(f"/api/laboratory/reports/{report}", headers=one).json()["versions"]
    assert [version["version"] for version in versions] == [2, 1]


def test_program_is_told_which_cell_is_wrong(bench: Bench) -> None:
    number, header = bench.sampled(0), bench.key(bench.one)
    answer = sent(Client(), f"samples/{number}/results", {"lines": [lead("5"), lead("x")]}, header)
    assert answer.status_code == 400 and answer.json()["error"].startswith("lines[1].value: no single figure")
    assert Client().get("/api/laboratory/samples").status_code == 401
    assert Client().get("/api/laboratory/samples", headers={"Authorization": "Bearer zhk_x"}).status_code == 401


# the inspector's way in


def test_inspector_opens_the_form_of_an_own_visit_and_the_link_is_given_again(bench: Bench) -> None:
    inspector, number = browser(bench.inspector), bench.cases[0].number
    page = inspector.get("/visits/").content.decode()
    assert all(case.title in page for case in bench.cases)
    store = Received(settings.WORKSPACE)
    tasks = []
    for _ in range(2):
        address = inspector.post(f"/visits/{number}/form/").headers["Location"]
        assert address.startswith("/sampling/#task=")
        tasks.append(link.opened(address.split("=", 1)[1], link.secret_read(store.secret), now=time.time()))
    assert (tasks[0].officer, tasks[0].task, tasks[0].form) == ("sun", number, "sampling-product")
    assert tasks[0].block == tasks[1].block and len(store.links()) == 1
    store.revoke(tasks[0].block, now=time.time())
    again = inspector.post(f"/visits/{number}/form/").headers["Location"]
    assert link.opened(again.split("=", 1)[1], link.secret_read(store.secret), now=time.time()).block != tasks[0].block


def test_inspector_takes_no_link_of_another_nor_of_a_visit_that_was_made(bench: Bench) -> None:
    stranger = account("zhou", "inspector", bench.officer.organisation)
    with pytest.raises(NothingThereYet):
        samples.own_link(by=stranger, number=bench.cases[0].number)
    assert browser(stranger).post(f"/visits/{bench.cases[0].number}/form/").status_code == 404
    number, inspector = bench.sampled(0, is_received=False), browser(bench.inspector)
    answer = inspector.post(f"/visits/{bench.cases[0].number}/form/")
    assert answer.headers["Location"] == "/visits/"
    inspector.post(f"/visits/{number}/carry/", {"note": "冷链车"})
    assert Sample.objects.get(number=number).state == "carried"


# lines


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ({"value": "＜0.010"}, ("<", "0.010", "")),
        ({"value": "未检出"}, ("nd", "", "")),
        ({"value": "未检出（<0.02）"}, ("nd", "", "0.02")),
        ({"comparator": "ND"}, ("nd", "", "")),
        ({"value": "1.50"}, ("=", "1.50", "")),
    ],
)
def test_what_is_typed_goes_where_it_belongs_and_digits_stay(typed: dict[str, str], kept: tuple[str, str, str]) -> None:
    line = entry.tidied({"analyte": "铅", "unit": "mg/kg"} | typed)
    assert (line["comparator"], line["value"], line["reporting_level"]) == kept


def test_page_of_every_stage_answers_in_both_languages(bench: Bench) -> None:
    bench.sampled(0)
    one = browser(bench.one)
    for prefix in ("", "/en"):
        for stage in ("", "?stage=to_release", "?stage=released", "?stage=nonsense", "?page=7", "?q=nothing"):
            assert one.get(f"{prefix}/laboratory/{stage}").status_code == 200
    assert re.search(r"<h1>\s*\S", one.get("/en/laboratory/").content.decode())
    assert datetime.now().year >= 2026
