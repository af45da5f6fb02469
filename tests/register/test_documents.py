"""Documents: numbered without gaps and doubles, fixed when they are issued, and verified by anybody who holds one."""

import copy
import json
import shutil
import statistics
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections, transaction
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from people import account, enter, enterprise, laboratory
from pointing import pointed
from test_cases import LETTER, Office

from zhiheng.errors import ActRefused
from zhiheng.register import verifying
from zhiheng.register.acts import cases, numbering, reports
from zhiheng.register.acts import documents as acts
from zhiheng.register.models import Case, Document, Event, Petitioner, Series
from zhiheng.reports import notice
from zhiheng.site import database

pytestmark = pytest.mark.slow
DATABASES = ("sqlite",)  # copied from one file
ABSENT = "A" * 22


@pytest.fixture(scope="module")
def noted(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Office]:
    """A register whose firm has its notice, made once: the laboratory's results are judged by the whole loop."""
    folder = tmp_path_factory.mktemp("noted")
    kept, file = settings.DATABASES["default"], folder / "register.sqlite3"
    shutil.copy(migrated, file)
    pointed(database.embedded(file))
    with override_settings(WORKSPACE=folder):
        made = Office()
        made.until_notified()
    pointed(kept)
    return file, made


@pytest.fixture
def office(noted: tuple[Path, Office], register: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """That office, in a register of its own."""
    file, made = noted
    connections.close_all()
    shutil.copy(file, register)
    monkeypatch.setattr(settings, "WORKSPACE", tmp_path)
    found = copy.copy(made)
    found.case = Case.objects.get()
    return found


@pytest.fixture
def client() -> Iterator[Client]:
    """Somebody at this machine."""
    with override_settings(OPENED=False):
        yield Client(headers={"host": "localhost"})


def issued(kind: str) -> Document:
    return Document.objects.filter(kind=kind).latest("pk")


def by_force(document: Document, **fields: object) -> None:
    """What somebody with the database's own password can do to a document."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'register_document'")
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {name}")
    Document.objects.filter(pk=document.pk).update(**fields)


def another(office: Office, title: str) -> Case:
    """A second case of the same authority, drawn."""
    opening = cases.Opening(
        "product-sampling", title, office.chen.organisation, "440106", subject=enterprise(f"{title}厂", code=None),
        laboratory=office.first, inspectors=[office.sampler],
    )  # fmt: skip
    case = cases.open_case(office.chen, opening, at=office.now)
    return cases.perform(office.sampler, case.number, cases.Doing("draw", {"second_sampler": "zhou"}), at=office.now)


def test_numbers_are_of_the_customary_form_and_follow_one_another(office: Office) -> None:
    assert issued("result_notice").number == "（粤440100）市监抽通〔2026〕000001号"
    another(office, "玩具")
    assert [one.number for one in Document.objects.filter(kind="sampling_form")] == [
        "（粤440100）市监抽单〔2026〕000001号",
        "（粤440100）市监抽单〔2026〕000002号",
    ]


def test_series_begins_anew_with_the_year(office: Office) -> None:
    office.now += timedelta(days=120)
    another(office, "玩具")
    assert issued("sampling_form").number == "（粤440100）市监抽单〔2027〕000001号"


def test_act_that_fails_gives_its_numbers_back(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    before = dict(Series.objects.values_list("key", "last"))

    def broken(*_: object, **__: object) -> None:
        raise ArithmeticError("afterwards")

    with monkeypatch.context() as patched:
        patched.setattr("zhiheng.register.acts.settling.settled", broken)
        with pytest.raises(ArithmeticError):
            office.does(office.firm, "accept_result")
    assert dict(Series.objects.values_list("key", "last")) == before
    office.does(office.firm, "accept_result")
    with monkeypatch.context() as patched:
        patched.setattr("zhiheng.register.acts.settling.settled", broken)
        with pytest.raises(ArithmeticError):
            office.does(office.li, "order", served_on="2026-09-23", measures="x")
    assert not Document.objects.filter(kind="rectification_order").exists()
    office.does(office.li, "order", served_on="2026-09-23", measures="x")
    assert issued("rectification_order").number.endswith("000001号"), "no gap"


def test_many_acts_leave_no_gap_and_no_double(office: Office) -> None:
    for place in range(6):
        if place % 2:
            with pytest.raises(ActRefused):
                cases.perform(office.chen, office.case.number, cases.Doing("close"), at=office.now)
        another(office, f"玩具{place}")
    running = [one.number[-7:-1] for one in Document.objects.filter(kind="sampling_form")]
    assert running == [f"{place:06d}" for place in range(1, 8)]


def given_back() -> int:
    """A number in a transaction that is not kept."""
    with transaction.atomic():
        found = numbering.following("document/x")
        transaction.set_rollback(True)
    return found


def test_number_is_given_back_with_the_transaction(register: Path) -> None:
    for wanted in (1, 1):
        assert given_back() == wanted
    with transaction.atomic():
        assert [numbering.following("document/x") for _ in range(3)] == [1, 2, 3]


def test_notice_tells_the_case_its_result_its_period_and_its_law(office: Office) -> None:
    told = notice.content("result_notice", issued("result_notice").data, language="zh")
    tables = {block["title"]: block["rows"] for block in told["blocks"] if block["type"] == "table"}
    assert told["addressee"] == {"role": "subject", "name": "某食品厂"}
    assert tables["期限"] == [["提出异议", "企业", "2026年10月8日", "《中华人民共和国产品质量法》第15条"]]
    ((item, required, value, verdict, source),) = tables["检验结果"]
    assert (item, value, verdict) == ("铅", "250 ppm", "不合格") and "100" in required and "U.S.C." in source
    assert any("经检验，铅不符合要求" in block.get("text", "") for block in told["blocks"])
    assert notice.notice("result_notice", issued("result_notice").data, language="en").startswith(b"%PDF")


def test_retest_notice_names_the_laboratory_that_the_same_act_chose(office: Office) -> None:
    office.does(office.firm, "object", given=(LETTER,), ground="方法有误", items="铅")
    office.does(office.li, "accept_objection")
    receipt = json.dumps(issued("objection_receipt").data["text"], ensure_ascii=False)
    assert "方法有误" in receipt and issued("result_notice").number in receipt
    office.does(office.firm, "take_retest_steps")
    office.does(office.li, "name_retest_body", retest_laboratory=str(office.second.pk))
    assert issued("retest_notice").data["text"]["zh"]["addressee"]["name"] == "乙检测中心"
    office.tested("5", office.other, office.another)
    assert issued("retest_report").data["text"]["zh"]["issuer"] == "乙检测中心"
    assert verifying.verified(issued("result_notice").token).standing == "in_force"


def test_digest_covers_all_that_a_document_says(office: Office) -> None:
    one = issued("result_notice")
    assert verifying.intact(one)
    one.data["text"]["zh"]["title"] = "另一标题"
    assert not verifying.intact(one)
    by_force(one, data=one.data)
    assert verifying.verified(one.token).standing == "altered"


def test_number_that_its_event_does_not_know_is_told_as_altered(office: Office) -> None:
    one = issued("result_notice")
    by_force(one, number="（粤440100）市监抽通〔2026〕000099号")
    assert verifying.verified(one.token).standing == "altered"


def test_later_document_of_the_same_case_and_kind_replaces_the_earlier(office: Office) -> None:
    first = issued("result_notice")
    copy = Document.objects.get(pk=first.pk)
    copy.pk, copy.number, copy.token = None, "later", "B" * 22
    copy.save()
    found = verifying.verified(first.token)
    assert (found.standing, found.later) == ("replaced", "later")


def test_notice_of_an_amended_report_says_so(office: Office) -> None:
    report = office.case.reports.get()
    line = {"analyte": "lead", "value": "240", "unit": "ppm"}
    draft = reports.amend(office.tester, report.number, [line], why="抄写有误", at=office.now)
    assert verifying.verified(issued("result_notice").token).standing == "in_force", "a draft amends nothing"
    reports.release(office.releaser, draft.number, at=office.now)
    found = verifying.verified(issued("result_notice").token)
    assert (found.standing, found.later) == ("amended", f"{report.number}/2")


@pytest.mark.parametrize(
    ("role", "name", "shown"),
    [
        ("subject", "广州市天河区宝贝之家母婴用品有限公司", "广州**有限公司"),
        ("subject", "张三丰", "张**"),
        ("producer", "John Smith Toys", "J** S** T**"),
        ("subject", "某食品厂", "某食**厂"),
        ("retest_laboratory", "乙检测中心", "乙检测中心"),
        ("subject", "", ""),
    ],
)
def test_names_are_masked(role: str, name: str, shown: str) -> None:
    assert verifying.masked(role, name) == shown


@pytest.mark.parametrize("language", ["zh", "en"])
def test_file_is_known_as_the_document_and_no_other_is(office: Office, language: str) -> None:
    one = issued("result_notice")
    pdf = verifying.pdf(one, language=language)
    data = json.dumps(verifying.as_data(one, language=language), ensure_ascii=False).encode()
    assert verifying.is_same(one.token, pdf) and verifying.is_same(one.token, data)
    assert verifying.is_same(one.token, pdf[:-1] + b" ") is False
    assert (
        verifying.is_same(one.token, data.replace("不合格".encode(), "合格".encode()).replace(b"nonconforming", b"x"))
        is False
    )
    assert verifying.is_same(issued("test_report").token, pdf) is False
    assert verifying.is_same(one.token, b"GIF89a") is None
    assert verifying.is_same(one.token, b"[" * 100_000) is None


def test_paper_that_was_given_out_is_known_after_the_typesetter_changed(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = issued("result_notice")
    pdf = verifying.pdf(one, language="zh")
    monkeypatch.setattr(verifying, "rendered", lambda *_: b"%PDF- set otherwise")
    assert verifying.is_same(one.token, pdf)


def test_petitioners_name_is_on_the_paper_only(office: Office) -> None:
    opening = cases.Opening("complaint", "手机壳", office.chen.organisation, "440106", petitioner={"name": "张三丰"})
    case = cases.open_case(office.chen, opening, at=office.now)
    Document.objects.create(
        number="诉1", kind="acceptance_notice", case=case, event=Event.objects.last(), issued_at=office.now, digest="0" * 64,
        token="C" * 22, data=issued("result_notice").data | {"text": {
            language: {"addressee": {"role": "petitioner", "name": ""}, "issuer": "x"} for language in notice.LANGUAGES
        }},
    )  # fmt: skip
    one = issued("acceptance_notice")
    assert "张三丰" not in json.dumps(one.data, ensure_ascii=False) and verifying.addressee(one) == "张三丰"
    Petitioner.objects.filter(case=case).update(name="")
    one.refresh_from_db()
    assert verifying.addressee(Document.objects.get(pk=one.pk)) == ""


def test_page_of_verification_tells_anybody_and_masks(office: Office, client: Client) -> None:
    one = issued("result_notice")
    with override_settings(OPENED=True):
        for address, word in (
            (f"/verify/{one.token}/", "由本机关出具"),
            (f"/en/verify/{one.token}/", "Issued here and in force"),
        ):
            answer = client.get(address)
            body = answer.content.decode()
            assert answer.status_code == 200 and answer["Cache-Control"] == "no-store"
            assert one.number in body and one.digest in body and "某食**厂" in body and "某食品厂" not in body
            assert word in body or address.startswith("/verify")
        told = client.get(f"/api/documents/{one.token}").json()
        assert (told["standing"], told["number"], told["addressee"]) == ("in_force", one.number, "某食**厂")
        for closed in (f"/documents/{one.token}/", f"/documents/{one.token}.pdf"):
            assert client.get(closed).status_code == 302, closed  # to sign in
        assert client.get(f"/api/documents/{one.token}/content").status_code == 401


def test_unknown_code_is_answered_clearly_and_in_the_same_time(office: Office, client: Client) -> None:
    answer = client.get(f"/en/verify/{ABSENT}/")
    assert answer.status_code == 404 and "No document has this code" in answer.content.decode()
    assert client.get(f"/api/documents/{ABSENT}").status_code == 404
    token = issued("result_notice").token

    def taken(code: str) -> float:
        found = []
        for _ in range(25):
            began = time.perf_counter()
            verifying.verified(code)
            found.append(time.perf_counter() - began)
        return statistics.median(found)

    # the same three questions go to the database either way; a code has 128 random bits
    assert taken(token) < 5 * taken(ABSENT) + 0.005


def test_both_answers_ask_the_database_the_same(office: Office) -> None:
    asked = []
    for code in (issued("result_notice").token, ABSENT):
        with CaptureQueriesContext(connection) as questions:
            verifying.verified(code)
        asked.append(len(questions))
    assert asked[0] == asked[1]


def test_file_is_compared_on_the_page_and_a_large_one_is_not_read(office: Office, client: Client) -> None:
    one = issued("result_notice")
    address = f"/en/verify/{one.token}/"
    enter(client, office.li)
    pdf = client.get(f"/documents/{one.token}.pdf")
    assert pdf["Content-Type"] == "application/pdf" and pdf["Cache-Control"] == "private, no-store"

    def said(content: bytes) -> str:
        return client.post(address, {"file": SimpleUploadedFile("x.pdf", content)}).content.decode()

    assert "unchanged" in said(pdf.content)
    assert "Not the same" in said(pdf.content + b" ")
    assert "Neither PDF nor data" in said(b"hello")
    assert "too large" in said(b"%PDF-" + b"0" * verifying.LARGEST_FILE)
    assert "No file was chosen" in client.post(address, {}).content.decode()
    data = client.get(f"/en/documents/{one.token}.json")
    assert "unchanged" in said(data.content)
    assert "unchanged" in said(client.get(f"/api/documents/{one.token}/content?language=en").content)


def test_document_is_shown_to_who_may_see_its_case_and_to_nobody_else(office: Office, client: Client) -> None:
    one = issued("result_notice")
    assert client.get(f"/documents/{one.token}/").status_code == 302  # to sign in
    enter(client, office.li)
    assert "某食品厂" in client.get(f"/documents/{one.token}/").content.decode()
    assert client.get(f"/documents/{ABSENT}/").status_code == 404
    enter(client, office.chen)
    assert client.get(f"/documents/{one.token}.pdf").status_code == 200
    enter(client, office.stranger)
    for address in (f"/documents/{one.token}/", f"/documents/{one.token}.pdf", f"/api/documents/{one.token}/content"):
        assert client.get(address).status_code == 404, address
    tester = account("lab9", "laboratory", laboratory("丙"))
    enter(client, tester)
    assert client.get(f"/documents/{one.token}.json").status_code == 404


def test_code_says_the_whole_address_where_the_site_has_a_public_name(office: Office) -> None:
    assert issued("result_notice").data["verify"] == f"/verify/{issued('result_notice').token}/"
    with override_settings(PUBLIC_HOST="q.example.gov.cn"):
        assert acts.address("T") == "https://q.example.gov.cn/verify/T/"
