"""The doors without an account: a complaint step by step, following it, announcements, checkpoints; and the firm's own door."""

import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.utils import timezone
from people import NOON, account, authority, enterprise

from zhiheng.register import following, opening
from zhiheng.register.acts import audit, cases, files, petitions
from zhiheng.register.acts.petitions import Complaint
from zhiheng.register.models import Attachment, Case, Deadline, Document, Event, Organisation, Product

pytestmark = pytest.mark.slow
SAID = Complaint("440106", "某超市", "买到过期牛奶", product="牛奶", name="张三", phone="13800000000")
WHAT = {"text": "买到过期牛奶", "about": "某超市", "product": "牛奶"}
WHERE = {"province": "440000", "region": "440106"}
YOU = {"name": "张三", "phone": "13800000000", "email": "", "address": ""}
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n"


@pytest.fixture(autouse=True)
def city(register: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A city's authority and its province's; no tries counted yet."""
    monkeypatch.setattr(settings, "WORKSPACE", tmp_path)
    monkeypatch.setattr(settings, "ALLOWED_HOSTS", ["testserver"])
    cache.clear()
    authority("广东省市场监督管理局", region="440000", level="province")
    authority()


def sent(client: Client, go: str = "send", step: str = "you", nonce: str = "n" * 16, **fields: object) -> object:
    """The form of the last step, or of another."""
    return client.post("/complain/", {"step": step, "go": go, "nonce": nonce, **WHAT, **WHERE, **YOU, **fields})


def receipt(body: bytes) -> tuple[str, str]:
    """Number and code on a receipt."""
    found = dict(re.findall(r'<code id="(number|code)">([^<]+)<', body.decode()))
    return found["number"], found["code"]


# a complaint


def test_complaint_goes_step_by_step_and_ends_with_number_code_and_day() -> None:
    client = Client()
    page = client.get("/complain/").content.decode()
    assert following.promised(at=timezone.now())[0]["due"] in page and "消费者权益保护法" in page
    second = client.post("/complain/", {"step": "what", "go": "on", "nonce": "x", **WHAT}).content.decode()
    assert 'name="region"' in second and 'value="440106"' in second and 'name="text" value="买到过期牛奶"' in second
    third = client.post("/complain/", {"step": "where", "go": "on", "nonce": "x", **WHAT, **WHERE}).content.decode()
    assert "广东省广州市天河区" in third and 'type="file"' in third
    answer = sent(client)
    number, code = receipt(answer.content)
    case = petitions.followed(number, code)
    assert answer.headers["Cache-Control"].find("no-store") >= 0
    assert case.deadlines.get().due_on.isoformat() in answer.content.decode()
    assert case.authority.name in answer.content.decode() and code not in str(Case.objects.values())


@pytest.mark.parametrize(
    ("fields", "step"),
    [
        ({"text": ""}, "what"),
        ({"text": "x" * 4001}, "what"),
        ({"about": ""}, "what"),
        ({"region": ""}, "where"),
        ({"region": "110101"}, "where"),
        ({"region": "440199"}, "where"),
        ({"phone": ""}, "you"),
        ({"phone": "no number"}, "you"),
        ({"email": "nobody"}, "you"),
        ({"name": "a\x00b"}, "you"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(fields: dict[str, str], step: str) -> None:
    answer = sent(Client(), **fields)
    page = answer.content.decode()
    assert answer.status_code == 422 and 'role="alert"' in page and f'name="step" value="{step}"' in page
    name = next(iter(fields))
    assert f'id="w-{name}"' in page or f'href="#f-{name}"' in page
    assert "买到过期牛奶" in page or name == "text"
    assert "13800000000" in page or name == "phone"
    assert not Case.objects.exists() and not Event.objects.exists()


def test_files_are_looked_into_and_kept_with_the_complaint() -> None:
    answer = sent(Client(), files=[SimpleUploadedFile("小票.pdf", PDF), SimpleUploadedFile("b.pdf", PDF)])
    case = petitions.followed(*receipt(answer.content))
    kept = Attachment.objects.filter(case=case, kind="complaint_evidence")
    assert [one.name for one in kept] == ["小票.pdf", "b.pdf"] and files.content(kept[0]) == PDF


@pytest.mark.parametrize(
    "given",
    [
        [SimpleUploadedFile("run.jpg", b"MZ\x90\x00 not a picture")],
        [SimpleUploadedFile("page.pdf", b"<html><script>alert(1)</script>")],
        [SimpleUploadedFile("x.pdf", PDF.replace(b"/Type/Catalog", b"/Type/Catalog/OpenAction 3 0 R"))],
        [SimpleUploadedFile("empty.pdf", b"")],
        [SimpleUploadedFile(f"{n}.pdf", PDF) for n in range(7)],
    ],
)
def test_file_that_cannot_be_taken_is_named_and_to_be_chosen_again(given: list[SimpleUploadedFile]) -> None:
    answer = sent(Client(), files=given)
    assert answer.status_code == 422 and 'href="#f-files"' in answer.content.decode()
    assert not Case.objects.exists() and not list(settings.WORKSPACE.glob("files/**/*"))


def test_sent_twice_it_is_one_complaint_with_one_receipt() -> None:
    client = Client()
    first, second = sent(client), sent(client)
    assert receipt(first.content) == receipt(second.content) and Case.objects.count() == 1
    assert receipt(sent(client, nonce="m" * 16).content)[0] != receipt(first.content)[0]


def test_form_of_another_site_and_of_a_program_is_refused() -> None:
    assert Client(enforce_csrf_checks=True).post("/complain/", {"step": "you", "go": "send"}).status_code == 403
    assert sent(Client(), website="http://spam").status_code == 422
    assert not Case.objects.exists()


def test_too_many_complaints_are_slowed_down() -> None:
    answers = [sent(Client(), nonce=f"nonce-{n}") for n in range(7)]
    assert [one.status_code for one in answers] == [200] * 5 + [429] * 2
    assert int(answers[-1]["Retry-After"]) > 0 and Case.objects.count() == 5


# following it


def followed(number: str, code: str, **more: str) -> object:
    return Client().post("/follow/", {"number": number, "code": code, **more})


def test_number_and_code_show_where_it_stands_and_nothing_of_anybody() -> None:
    case, code = petitions.complain(SAID)
    officer = account("chen-wei", "officer", case.authority)
    cases.perform(officer, case.number, cases.Doing("accept"))
    page = followed(case.number, code).content.decode()
    assert "已受理，调解中" in page and case.deadlines.get(key="mediation").due_on.isoformat() in page
    for secret in ("chen-wei", "13800000000", "张三"):
        assert secret not in page
    paper = Document.objects.get(case=case, kind="acceptance_notice")
    assert paper.number in page and f"/verify/{paper.token}/" in page


def test_wrong_code_and_missing_number_are_answered_alike() -> None:
    case, code = petitions.complain(SAID)
    made, _ = petitions.complain(SAID)
    pairs = [(case.number, "wrong"), ("C-440106-2026-009999", code), (made.number, code), (case.number, "")]
    answers = [followed(*pair) for pair in pairs]
    said = {re.sub(r'value="[^"]*"', "", one.content.decode()) for one in answers}
    assert len(said) == 1 and {one.status_code for one in answers} == {404}


def test_guessing_is_slowed_down() -> None:
    case, _ = petitions.complain(SAID)
    assert [followed(case.number, f"guess{n}").status_code for n in range(32)][-1] == 429


def test_case_without_a_code_cannot_be_followed() -> None:
    one = Organisation.objects.get(name="广州市市场监督管理局")
    case = cases.open_case(None, cases.Opening("product-sampling", "抽检", one, "440106"))
    assert followed(case.number, "").status_code == 404


def test_it_is_taken_back_after_a_question_and_only_once() -> None:
    case, code = petitions.complain(SAID)
    assert "要撤回投诉吗" in followed(case.number, code, go="withdraw").content.decode()
    assert not Case.objects.get().is_final
    assert followed(case.number, code, go="withdrawn", why="已解决").status_code == 200
    assert Case.objects.get().is_final
    assert followed(case.number, code, go="withdrawn").status_code == 409
    assert audit.verify()[0] == []


# announcements


def announced(firm: Organisation, *, product: str = "玩具", why: str = "") -> Document:
    """An announcement of a case, and beside it a notice that is nobody else's business."""
    office = Organisation.objects.get(name="广州市市场监督管理局")
    case = Case.objects.create(
        number=f"PS-{Case.objects.count()}", procedure="product-sampling", title=product, state="announced",
        opened_at=NOON, changed_at=NOON, authority=office, region="440106", subject=firm, is_shown_to_subject=True,
    )  # fmt: skip
    with transaction.atomic():
        event = audit.record(None, kind="file", key=case.number, act="announce", at=NOON)
    text = {"kind": "announcement", "title": "公告", "issuer": office.name, "addressee": {"role": "public", "name": ""},
            "day": "2026年9月16日", "blocks": [{"type": "text", "text": f"{firm.name}的{product}不合格。{why}"}], "cite": "",
            "layout_note": "", "number": ""}  # fmt: skip
    data = {
        "authority": office.name, "on": "2026-09-16", "product": {"name": product},
        "parties": {"subject": {"name": firm.name, "credit_code": firm.credit_code, "address": "某路1号"}},
        "findings": [{"item": {"zh": "铅", "en": "lead"}, "verdict": "nonconforming"}], "text": {"zh": text, "en": text},
    }  # fmt: skip
    for kind in ("rectification_order", "announcement"):
        made = Document.objects.create(
            number=f"{kind}-{case.pk}", kind=kind, case=case, event=event, issued_at=NOON, data=data, digest="0" * 64,
            token=f"{kind}-token-{case.pk}"[:43],
        )  # fmt: skip
    return made


def test_only_announcements_are_public_with_numbers_of_people_hidden() -> None:
    made = announced(enterprise(), why="联系人电话13812345678")
    page = Client().get("/announcements/").content.decode()
    assert made.number in page and "rectification_order" not in page
    one = Client().get(f"/announcements/{made.token}/").content.decode()
    assert (
        "138****5678" in one and "13812345678" not in one and f"/verify/{made.token}/" in one and "某路1号" not in one
    )
    order = Document.objects.get(kind="rectification_order")
    assert Client().get(f"/announcements/{order.token}/").status_code == 404
    api = Client().get("/api/announcements").json()
    assert [row["number"] for row in api["items"]] == [made.number] and "address" not in json.dumps(api)


def test_announcements_are_found_by_word_region_firm_and_day() -> None:
    announced(enterprise())
    other = announced(enterprise("另一家", code=None), product="灯具")
    for query, expected in (
        ("q=灯具", 1), ("firm=另一家", 1), ("region=440106", 2), ("region=440300", 0), ("until=2026-09-15", 0),
        ("since=2026-09-16&until=2026-09-16", 2), ("product=玩具&product=灯具", 2),
    ):  # fmt: skip
        assert Client().get(f"/api/announcements?{query}").json()["total"] == expected, query
        body = b"".join(Client().get(f"/announcements/list.csv?{query}").streaming_content).decode()
        assert body.count("\n") == expected + 1, query
    assert other.number in Client().get("/announcements/?q=灯具").content.decode()
    assert Client().get("/announcements/?since=yesterday").status_code == 400


def test_feed_is_atom_and_leads_to_each_announcement() -> None:
    made = announced(enterprise('某<厂>&"'))
    root = ElementTree.fromstring(Client().get("/announcements/feed.atom").content)  # noqa: S314
    space = "{http://www.w3.org/2005/Atom}"
    assert root.tag == f"{space}feed" and all(
        root.find(f"{space}{name}") is not None for name in ("id", "title", "updated")
    )
    (entry,) = root.findall(f"{space}entry")
    assert entry.find(f"{space}link").get("href").endswith(f"/announcements/{made.token}/")
    assert '某<厂>&"' in entry.find(f"{space}title").text


# checkpoints


def test_checkpoint_from_the_page_is_what_the_check_takes(tmp_path: Path) -> None:
    petitions.complain(SAID, at=NOON)
    point = audit.checkpoint(opening.signing_key(tmp_path), at=timezone.now())
    answer = Client().get(f"/audit/checkpoint-{point.number}.json")
    kept = answer.json()
    assert audit.verify(known={kept["number"]: kept["digest"]}, keys=(kept["key"],)) == ([], point.number)
    assert Client().get("/api/audit/checkpoints").json()["items"] == [kept]
    page = Client().get("/audit/").content.decode()
    assert kept["key"] in page and "--known" in page and "张三" not in page
    assert Client().get("/audit/checkpoint-99.json").status_code == 404
    # whoever kept it sees that the end was cut off
    assert audit.verify(known={kept["number"] + 1: "0" * 64})[0]


# the firm's own door


def test_firm_sees_its_own_deadlines_cases_and_products_only() -> None:
    own, other = enterprise(), enterprise("另一家", code=None)
    Product.objects.create(producer=own, name="我的玩具")
    Product.objects.create(producer=other, name="别家灯具")
    for firm, word in ((own, "本厂案件"), (other, "别家案件")):
        made = announced(firm, product=word)
        told = {
            "title": {"zh": "提出异议", "en": "objection"},
            "explanation": {"zh": f"{word}的理由", "en": "why"},
            "standing": "checked",
        }
        Deadline.objects.create(
            case=made.case, key="objection", binds="firm", due_on=NOON.date(), state="open", told=told
        )
    hidden = announced(own, product="未公开检查")
    Case.objects.filter(pk=hidden.case_id).update(is_shown_to_subject=False)
    client = Client()
    client.force_login(account("firm", "firm", own))
    page = client.get("/firm/").content.decode()
    assert "本厂案件" in page and "本厂案件的理由" in page and "我的玩具" in page and "逾期" in page
    assert "别家" not in page and "未公开检查" not in page
    for role in ("officer", "laboratory"):
        stranger = Client()
        stranger.force_login(account(role, role, Organisation.objects.filter(kind="authority").first()))
        assert stranger.get("/firm/").status_code in (302, 403)
    assert Client().get("/firm/")["Location"].startswith("/account/sign-in/")
