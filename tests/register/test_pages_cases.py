"""The pages of casework through Django's client: what each role finds there, forms, errors, batches, files, draws."""

import re
import shutil
from datetime import timedelta
from pathlib import Path

import people
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from people import NOON, account, authority, enter, enterprise, laboratory

from zhiheng.errors import ActRefused
from zhiheng.register import history, queries, worklist
from zhiheng.register.acts import audit, cases, drawn, programmes, reports
from zhiheng.register.acts.cases import Doing
from zhiheng.register.models import Account, Case, Message, Organisation
from zhiheng.selection import ceremony
from zhiheng.web.pages.desk import forms

pytestmark = pytest.mark.slow
PDF = b"%PDF-1.4\n1 0 obj\n<< >>\nendobj\ntrailer\n<< >>\nstartxref\n0\n%%EOF\n"
DRAWS = Path(__file__).parents[2] / "examples" / "draws"
SECRET = "whyofnobody"


class House:
    """A county, a city above it, a laboratory, a firm, and their people; cases are opened some days ago."""

    def __init__(self) -> None:
        self.city = authority()
        self.county = authority("天河区市场监督管理局", region="440106", level="county")
        self.other = authority("深圳市市场监督管理局", region="440300")
        self.lab, self.second = laboratory("甲检测中心"), laboratory("乙检测中心")
        self.made = enterprise("某食品厂")
        self.chen, self.li = (account(name, "officer", self.county) for name in ("chen", "li"))
        self.head = account("head", "officer", self.city)
        self.stranger = account("stranger", "officer", self.other)
        self.sun = account("sun", "inspector", self.county)
        self.lab1, self.lab2 = (account(name, "laboratory", self.lab) for name in ("lab1", "lab2"))
        self.firm = account("firm", "firm", self.made)
        self.admin = account("admin", "administrator", self.city)

    def case(self, title: str = "儿童餐具", *, until: str = "", days: int = 40) -> Case:
        """A case that was opened so many days ago and went on day by day until an act."""
        now = timezone.now() - timedelta(days=days)
        opening = cases.Opening(
            "product-sampling", title, self.county, "440106", subject=self.made, laboratory=self.lab, responsible=self.chen,
            inspectors=[self.sun], evidence=people.EVIDENCE,
        )  # fmt: skip
        case = cases.open_case(self.chen, opening, at=now)
        steps: list[tuple[str, Account, dict[str, str]]] = [
            ("draw", self.sun, {"second_sampler": "zhou"}),
            ("receive", self.lab1, {}),
            ("test", self.lab1, {}),
            ("release_nonconforming", self.lab2, {}),
            ("determine", self.chen, {}),
            ("notify", self.chen, {}),
            ("accept_result", self.firm, {}),
            (
                "order",
                self.li,
                {"served_on": f"{timezone.localdate() - timedelta(days=days):%Y-%m-%d}", "measures": "停售"},
            ),
        ]
        for key, who, said in steps if until else []:
            now += timedelta(hours=1)
            if key == "notify":  # the firm has the result since today
                now = timezone.now() - timedelta(hours=4)
                said = {"received_on": f"{timezone.localdate(now):%Y-%m-%d}"}
            why = SECRET if key == "determine" else ""
            if key == "test":
                people.entered(case, people.LEAD_OVER, who, at=now)
            elif key == "release_nonconforming":
                reports.release(who, case.reports.get().number, at=now)
            else:
                cases.perform(who, case.number, Doing(key, said, why=why), at=now)
            case.refresh_from_db()
            if key == until:
                break
        return case


@pytest.fixture
def house(register: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """A house with its people."""
    monkeypatch.setattr(settings, "WORKSPACE", tmp_path)
    monkeypatch.setattr(settings, "ALLOWED_HOSTS", ["testserver"])
    return House()


def seen(who: Account) -> Client:
    """A browser in which somebody is signed in."""
    client = Client()
    enter(client, who)
    return client


def text(client: Client, path: str, *, status: int = 200) -> str:
    """A page."""
    answer = client.get(path)
    assert answer.status_code == status, path
    return answer.content.decode()


@pytest.mark.parametrize("path", ["/work/", "/cases/", "/work/late/", "/work/messages/", "/case/x/", "/work/list.csv"])
def test_nobody_sees_a_case_without_signing_in(house: House, path: str) -> None:
    assert Client().get(path).status_code in (302, 403)


def test_work_list_shows_what_waits_for_my_role_only(house: House) -> None:
    planned, sampled, found = (house.case(until=key) for key in ("", "draw", "release_nonconforming"))
    waits = {
        who.username: {
            number for number in (planned.number, sampled.number, found.number) if number in text(seen(who), "/work/")
        }
        for who in (house.chen, house.sun, house.lab1, house.firm, house.stranger)
    }
    assert waits == {
        "chen": {found.number},
        "sun": {planned.number},
        "lab1": {sampled.number},
        "firm": set(),
        "stranger": set(),
    }


@pytest.mark.parametrize(
    "until", ["", "draw", "receive", "test", "release_nonconforming", "determine", "notify", "accept_result", "order"]
)
def test_list_and_case_page_agree_on_what_may_be_done(house: House, until: str) -> None:
    """The list asks the database, the page the procedure: what the page allows besides a withdrawal, the list shows."""
    case = house.case(until=until)
    for who in Account.objects.exclude(role="administrator"):
        allowed = [one.act.key for one in history.open_acts(who, case) if one.allowed and one.act.key != "cancel"]
        waits = worklist.near(who).filter(worklist.waiting(who), pk=case.pk).exists()
        may = queries.cases(who).filter(pk=case.pk).exists() and worklist.near(who).filter(pk=case.pk).exists()
        assert waits == bool(allowed and may), (who.username, until, allowed)


def test_list_is_in_the_order_of_its_days_and_keeps_its_state_in_the_address(house: House) -> None:
    late, later = house.case("旧订单", until="order", days=90), house.case("新订单", until="order", days=5)
    page = text(seen(house.chen), "/work/")
    assert page.index(late.number) < page.index(later.number) and "逾期" in page
    only = text(seen(house.chen), "/work/?due=late")
    assert late.number in only and later.number not in only and "due=late" in only
    assert later.number in text(seen(house.chen), "/work/?q=新订单")
    assert late.number not in text(seen(house.chen), "/work/?q=新订单")
    assert late.number in text(seen(house.chen), "/en/work/?state=product-sampling%2Fordered&sort=-due")
    assert Client().get("/work/?sort=password").status_code in (302, 400, 403)


def test_list_as_a_file_has_every_column_and_runs_nothing(house: House) -> None:
    case = house.case("=1+1", until="release_nonconforming")
    client = seen(house.chen)
    answer = client.get("/work/list.csv")
    body = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert case.number in body and "'=1+1" in body and "某食品厂" in body
    assert answer["Cache-Control"] == "private, no-store"
    assert b"".join(client.get("/cases/list.xlsx").streaming_content)[:2] == b"PK"


def test_case_page_says_what_is_due_and_why_what_i_may_do_and_what_not(house: House) -> None:
    case = house.case(until="notify")
    page = text(seen(house.firm), f"/case/{case.number}/")
    assert "第15条" in page and "当日不计" in page  # the period, step by step
    assert f"/case/{case.number}/act/accept_result/" in page and "异议理由" in page
    officer = text(seen(house.chen), f"/case/{case.number}/")
    assert "act/accept_result/" not in officer and "尚未届满" in officer  # why the officer may not let it lapse yet
    assert "送达检验结果通知书" in officer and SECRET in officer


def test_firm_sees_neither_names_nor_reasons_of_the_authority(house: House) -> None:
    case = house.case(until="notify")
    page = text(seen(house.firm), f"/case/{case.number}/")
    assert SECRET not in page and "chen" not in page and "天河区市场监督管理局" in page


def test_case_is_counted_again_by_the_law_of_another_day_and_stays_as_it_is(house: House) -> None:
    case = house.case(until="notify")
    before = list(case.deadlines.values_list("key", "due_on"))
    page = text(seen(house.chen), f"/case/{case.number}/?law=2021-01-01")
    assert "按另一规定" in page and "同一日" in page
    assert list(case.deadlines.values_list("key", "due_on")) == before
    assert "不是日期" in text(seen(house.chen), f"/case/{case.number}/?law=yesterday")


def test_foreign_case_is_as_if_it_were_not_there(house: House) -> None:
    case = house.case(until="notify")
    for path in (f"/case/{case.number}/", f"/case/{case.number}/act/cancel/"):
        foreign, absent = (
            text(seen(house.stranger), path, status=404),
            text(seen(house.stranger), "/case/PS-1/", status=404),
        )
        assert foreign.replace(case.number, "N").count("N") == absent.replace("PS-1", "N").count("N")


def test_act_is_done_and_the_page_comes_back_with_it(house: House) -> None:
    case = house.case(until="release_nonconforming")
    answer = seen(house.chen).post(f"/case/{case.number}/act/determine/", {"version": case.version, "why": "清楚"})
    assert (answer.status_code, answer["Location"]) == (302, f"/case/{case.number}/")
    case.refresh_from_db()
    assert case.state == "determined"
    assert audit.verify()[0] == []


def test_form_with_a_fault_says_it_beside_the_field_and_on_top_and_loses_nothing(house: House) -> None:
    case = house.case(until="accept_result")
    client = seen(house.li)
    sent = {"version": case.version, "served_on": "soon", "measures": "立即停止销售", "why": "依法"}
    answer = client.post(f"/case/{case.number}/act/order/", sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "立即停止销售" in page and "依法" in page and "soon" in page
    assert 'href="#order-served_on"' in page and 'id="order-served_on-wrong"' in page and 'aria-invalid="true"' in page
    case.refresh_from_db()
    assert case.state == "settled"


def test_file_that_came_with_a_faulty_form_need_not_be_chosen_again(house: House) -> None:
    case = house.case(until="notify")
    client, path = seen(house.firm), f"/case/{case.number}/act/object/"
    upload = SimpleUploadedFile("异议书.pdf", PDF, "application/pdf")
    first = client.post(path, {"version": case.version, "ground": "", "items": "铅", "file-objection_letter": upload})
    assert first.status_code == 422 and "异议书.pdf" in first.content.decode()
    token = re.search(r'name="kept-objection_letter" value="([^"]+)"', first.content.decode())
    assert token
    stolen = seen(house.chen)
    assert forms.kept(token[1], house.chen, "objection_letter") is None and stolen  # it is of no use to another account
    sent = {"version": case.version, "ground": "方法有误", "items": "铅", "kept-objection_letter": token[1]}
    assert client.post(path, sent).status_code == 302
    case.refresh_from_db()
    assert case.state == "objected" and case.attachments.get().name == "异议书.pdf"


def test_file_that_is_not_what_it_says_is_refused_beside_its_field(house: House) -> None:
    case = house.case(until="notify")
    upload = SimpleUploadedFile("letter.pdf", b"<script>alert(1)</script>", "application/pdf")
    sent = {"version": case.version, "ground": "x", "items": "y", "file-objection_letter": upload}
    answer = seen(house.firm).post(f"/case/{case.number}/act/object/", sent)
    assert answer.status_code == 422 and 'id="object-file-objection_letter-wrong"' in answer.content.decode()
    assert not case.attachments.exists()


def test_act_on_an_overtaken_case_is_kindly_refused_and_then_may_be_done(house: House) -> None:
    case = house.case(until="accept_result")
    seen_version = case.version
    cases.perform(house.li, case.number, Doing("transfer", {"to_region": "440300"}))
    sent = {"version": seen_version, "served_on": "2026-11-01", "measures": "停售"}
    answer = seen(house.li).post(f"/case/{case.number}/act/order/", sent)
    page = answer.content.decode()
    assert answer.status_code == 409 and "移送生产者所在地" in page and "停售" in page and "现在不能办理" in page


def test_act_that_closes_a_case_asks_once_more(house: House) -> None:
    case = house.case()
    client, path = seen(house.chen), f"/case/{case.number}/act/cancel/"
    sent = {"version": case.version, "reason": "计划调整"}
    asked = client.post(path, sent)
    assert asked.status_code == 200 and 'name="confirmed" value="yes"' in asked.content.decode()
    case.refresh_from_db()
    assert case.state == "planned"
    back = client.post(path, sent | {"confirmed": "back"}).content.decode()
    assert "计划调整" in back and 'name="confirmed"' not in back
    assert client.post(path, sent | {"confirmed": "yes"}).status_code == 302
    case.refresh_from_db()
    assert case.is_final
    assert "现在可以办理" not in text(client, f"/case/{case.number}/")


def test_four_eyes_are_told_with_their_article(house: House) -> None:
    case = house.case(until="accept_result")
    assert "不得再办理" in text(seen(house.chen), f"/case/{case.number}/")
    sent = {"version": case.version, "served_on": f"{timezone.localdate():%Y-%m-%d}", "measures": "停售"}
    answer = seen(house.chen).post(f"/case/{case.number}/act/order/", sent)
    assert answer.status_code == 422 and "不得再办理" in answer.content.decode()


def test_attachment_is_a_download_for_who_may_see_it(house: House) -> None:
    case = house.case(until="notify")
    sent = {
        "version": case.version, "ground": "x", "items": "y",
        "file-objection_letter": SimpleUploadedFile("异议书.pdf", PDF, "application/pdf"),
    }  # fmt: skip
    assert seen(house.firm).post(f"/case/{case.number}/act/object/", sent).status_code == 302
    path = f"/case/{case.number}/file/{case.attachments.get().pk}/"
    answer = seen(house.chen).get(path)
    assert answer.content == PDF
    assert answer["Content-Disposition"].startswith("attachment") and answer["X-Content-Type-Options"] == "nosniff"
    assert seen(house.firm).get(path).status_code == 200
    assert [seen(who).get(path).status_code for who in (house.lab1, house.stranger)] == [404, 404]


def test_batch_does_what_it_can_and_says_why_not_for_the_rest(house: House) -> None:
    good, gone = (house.case(str(n), until="release_nonconforming") for n in range(2))
    client = seen(house.chen)
    asked = text(client, f"/work/batch/?case={good.number}&case={gone.number}&act=determine")
    assert "2 件" in asked
    sent = {"act": "determine", "case": [good.number, gone.number]}
    sent |= {f"version-{one.number}": one.version for one in (good, gone)}
    Case.objects.filter(pk=gone.pk).update(version=gone.version + 1)
    answer = client.post("/work/batch/", sent)
    assert answer.status_code == 302
    page = text(client, "/work/batch/done/")
    assert page.count("✓ 已办理") == 1 and page.count("✕ 未能办理") == 1 and "changed in between" in page
    assert [Case.objects.get(pk=one.pk).state for one in (good, gone)] == ["determined", "nonconforming"]


def test_batch_of_different_states_or_with_foreign_cases_offers_nothing(house: House) -> None:
    one, two = house.case(until="release_nonconforming"), house.case(until="determine")
    assert "状态不同" in text(seen(house.chen), f"/work/batch/?case={one.number}&case={two.number}")
    assert "没有选择案件" in text(seen(house.stranger), f"/work/batch/?case={one.number}")


def test_officer_opens_a_case_with_a_firm_found_by_part_of_its_name(house: House) -> None:
    enterprise("某食品二厂", code=None)
    client = seen(house.chen)
    sent = {
        "procedure": "product-sampling",
        "region": "440106",
        "title": "保温杯",
        "subject": "某食品",
        "laboratory": house.lab.pk,
    }
    several = client.post("/cases/new/", sent)
    assert (
        several.status_code == 422 and "某食品二厂" in several.content.decode() and "保温杯" in several.content.decode()
    )
    answer = client.post(
        "/cases/new/", sent | {"subject-chosen": house.made.pk, "subject": "某食品厂", "inspectors": [house.sun.pk]}
    )
    assert answer.status_code == 302
    case = Case.objects.get()
    assert (case.subject, case.laboratory, case.responsible) == (house.made, house.lab, house.chen)
    assert list(case.inspectors.all()) == [house.sun]


def test_form_that_is_sent_twice_opens_one_case(house: House) -> None:
    client = seen(house.chen)
    sent = {"procedure": "product-sampling", "region": "440106", "title": "保温杯", "subject": "某食品厂"}
    sent |= {"subject-chosen": house.made.pk, "nonce": 'name="nonce" value="'}
    assert sent.pop("nonce") in text(client, "/cases/new/")
    first, second = (client.post("/cases/new/", sent | {"nonce": "n" * 22}) for _ in range(2))
    assert first.status_code == 302 and first["Location"] == second["Location"] and Case.objects.count() == 1
    assert client.post("/cases/new/", sent | {"nonce": "m" * 22})["Location"] != first["Location"]


def test_case_outside_the_region_is_not_opened(house: House) -> None:
    sent = {"procedure": "product-sampling", "region": "440300", "title": "x"}
    assert seen(house.chen).post("/cases/new/", sent).status_code == 422
    assert seen(house.sun).get("/cases/new/").status_code == 403
    assert not Case.objects.exists()


def test_every_drawn_target_becomes_one_case_however_often_it_is_asked(house: House, tmp_path: Path) -> None:
    shutil.copytree(DRAWS / "example-2026", tmp_path / "draws" / "example-2026")
    client, path = seen(house.head), "/cases/drawn/example-2026/"
    count = len(drawn.targets(ceremony.opened(tmp_path, "example-2026", now=NOON.timestamp() * 2)))
    assert "示例抽签" in text(client, "/cases/drawn/") and count == 24
    for _ in range(2):
        assert client.post(path, {"procedure": "product-sampling", "laboratory": house.lab.pk}).status_code == 302
        assert Case.objects.count() == count
    assert f"已有 {count} 件" in text(client, path)
    assert Case.objects.filter(region="440115").exists() and audit.verify() == ([], count)


def test_drawn_targets_outside_the_reach_are_refused_and_the_others_opened(house: House, tmp_path: Path) -> None:
    shutil.copytree(DRAWS / "example-2026", tmp_path / "draws" / "example-2026")
    entry = drawn.draw(tmp_path, "example-2026")
    found = drawn.open_drawn(house.chen, entry, drawn.Terms("product-sampling"))
    assert found.made and found.refused and set(Case.objects.values_list("region", flat=True)) == {"440106"}
    assert len(found.made) + len(found.refused) == 24


def test_late_page_says_by_whom_by_how_much_and_since_which_rule(house: House) -> None:
    case = house.case(until="order", days=90)
    page = text(seen(house.chen), "/work/late/")
    assert "chen" in page and "某食品厂" in page and "改正" in page
    rows = text(seen(house.chen), "/work/late/?by=case")
    assert case.number in rows and "第46条" in rows
    assert case.number in text(seen(house.head), "/work/late/?by=case")  # the city sees its counties
    assert case.number not in text(seen(house.stranger), "/work/late/?by=case")
    body = b"".join(seen(house.head).get("/work/late/list.csv").streaming_content).decode()
    assert body.count(case.number) == 2


def test_message_is_read_by_its_receiver_alone(house: House) -> None:
    house.case(until="order")
    own = Message.objects.filter(to=house.chen, read_at=None)
    assert own.exists()
    first = own.first()
    assert first is not None
    seen(house.li).post("/work/messages/", {"message": first.pk})
    assert own.filter(pk=first.pk).exists()
    seen(house.chen).post("/work/messages/", {"message": first.pk})
    assert not own.filter(pk=first.pk).exists()
    seen(house.chen).post("/work/messages/", {})
    assert not own.exists()


def test_empty_lists_say_what_will_be_there(house: House) -> None:
    client = seen(house.li)
    assert "会列在这里" in text(client, "/work/")
    assert "没有逾期" in text(client, "/work/late/")
    assert "还没有消息" in text(client, "/work/messages/")
    assert "还没有邮件" in text(seen(house.admin), "/work/mails/")


def test_page_of_a_case_asks_the_database_as_often_for_many_events_as_for_few(house: House) -> None:
    client, counts = seen(house.chen), []
    for case in (house.case(until="draw"), house.case(until="order")):
        client.get(f"/case/{case.number}/")
        with CaptureQueriesContext(connection) as asked:
            client.get(f"/case/{case.number}/")
        counts.append(len(asked))
    assert abs(counts[1] - counts[0]) <= 6, counts


def test_merged_firm_is_not_offered(house: House) -> None:
    gone = enterprise("旧食品厂", code=None)
    Organisation.objects.filter(pk=gone.pk).update(merged_into=house.made)
    sent = {"procedure": "product-sampling", "region": "440106", "title": "x", "subject": "旧食品厂"}
    assert seen(house.chen).post("/cases/new/", sent).status_code == 422


def test_category_and_programme_of_a_draw_go_into_its_cases(house: House, tmp_path: Path) -> None:
    shutil.copytree(DRAWS / "example-2026", tmp_path / "draws" / "example-2026")
    client, path = seen(house.head), "/cases/drawn/example-2026/"
    assert 'name="programme"' in text(client, path)
    sent = {
        "procedure": "product-sampling",
        "laboratory": house.lab.pk,
        "programme": "2026年首饰抽查",
        "basis": "jewellery",
    }
    wrong = client.post(path, sent | {"category": "玩具"})
    assert wrong.status_code == 422 and "没有这一类别" in wrong.content.decode() and not Case.objects.exists()
    assert client.post(path, sent | {"category": "饰品 > 儿童首饰"}).status_code == 302
    one = Case.objects.order_by("pk")[0]
    assert one.plan is not None and one.plan.programme.title == "2026年首饰抽查"
    assert one.evidence["product_type"] == "饰品 > 儿童首饰" and one.evidence["draw"] == "example-2026"
    page = text(client, path)
    assert "2026年首饰抽查" in page and 'name="programme"' not in page
    again = programmes.planned(house.head, "example-2026", title="x", procedure="product-sampling", programme="另一个")
    assert again == one.plan
    with pytest.raises(ActRefused, match="belongs to a plan of"):
        programmes.planned(house.chen, "example-2026", title="x", procedure="product-sampling", programme="另一个")
    with pytest.raises(ActRefused, match="needs a title"):
        programmes.planned(house.head, "other", title="x", procedure="product-sampling", programme=" ")
    assert audit.verify()[0] == []
