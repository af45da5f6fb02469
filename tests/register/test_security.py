"""What keeps the site safe beside the roles: its start, its headers and cookies, forgery, limits, personal data, retention."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from people import NOON, account, authority, enterprise, laboratory
from signing_in import PASSWORD

from zhiheng.errors import ActRefused, UsageError
from zhiheng.register import masking, uploads
from zhiheng.register.acts import audit, retention
from zhiheng.register.models import Account, Attachment, Case, Event, Mail, Petitioner
from zhiheng.site import opening
from zhiheng.web import limits

pytestmark = pytest.mark.slow
DATABASES = ("sqlite",)  # what is tried here is above the database
ROOT = Path(__file__).resolve().parents[2]
SECRET = "Xk3-9dkfJ2mcnQwe81_sjdfKw0pzLmvT7yUi4oPaSd5Fg6Hh"  # no secret of anybody
WIDE = {"ZHIHENG_HOSTS": "zhiheng.example", "ZHIHENG_SECRET": SECRET + "xyz"}


def ran(code: str, home: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """A piece of Python in a process of its own, with this environment and no other."""
    env = {"PATH": os.environ["PATH"], "ZHIHENG_HOME": str(home), "DJANGO_SETTINGS_MODULE": "zhiheng.site.settings"}
    return subprocess.run(
        [sys.executable, "-c", code], env=env | more, capture_output=True, text=True, cwd=ROOT, timeout=120
    )


# the start


@pytest.mark.parametrize(
    ("environment", "why"),
    [
        ({"ZHIHENG_HOSTS": "a.example"}, "set ZHIHENG_SECRET"),
        ({"ZHIHENG_HOSTS": "a.example", "ZHIHENG_SECRET": "short"}, "too weak"),
        ({"ZHIHENG_HOSTS": "a.example", "ZHIHENG_SECRET": "a" * 60}, "too weak"),
        (WIDE | {"ZHIHENG_HOSTS": "*"}, "names, not patterns"),
        (WIDE | {"ZHIHENG_DEMO": "1"}, "one click"),
        (WIDE | {"ZHIHENG_ORIGIN": "http://zhiheng.example"}, "https"),
        (WIDE | {"ZHIHENG_ORIGIN": "https://other.example"}, "one of the names"),
        (WIDE | {"ZHIHENG_PROXIES": "yes"}, "number of proxies"),
    ],
)
def test_site_that_would_be_open_and_not_safe_does_not_start(environment: dict[str, str], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        opening.checked(environment)


def test_opened_site_passes_the_checks_of_django_for_deployment(tmp_path: Path) -> None:
    code = "from django.core.management import execute_from_command_line as run; run(['x','check','--deploy','--fail-level','WARNING'])"
    done = ran(code, tmp_path, **WIDE)
    assert done.returncode == 0 and "no issues" in done.stdout, done.stderr
    refused = ran(code, tmp_path, ZHIHENG_HOSTS="zhiheng.example")
    assert refused.returncode != 0 and "set ZHIHENG_SECRET" in refused.stderr


def test_opened_site_has_safe_cookies_and_speaks_https_only(tmp_path: Path) -> None:
    code = """
import django; django.setup()
from django.test import Client
from zhiheng.register import opening; opening.migrated()
plain = Client().get('/account/sign-in/', headers={'host': 'zhiheng.example'})
print(plain.status_code, plain['Location'])
safe = Client().get('/account/sign-in/', headers={'host': 'zhiheng.example'}, secure=True)
print(safe.status_code, safe['Strict-Transport-Security'])
print(safe.cookies.output(header='').strip())
print(Client().get('/', headers={'host': 'evil.example'}, secure=True).status_code)
from django.conf import settings as s
print(s.SESSION_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.SESSION_COOKIE_HTTPONLY, s.SESSION_COOKIE_SAMESITE, s.SESSION_COOKIE_DOMAIN, s.DEBUG)
"""
    done = ran(code, tmp_path, **WIDE)
    lines = done.stdout.splitlines()
    assert lines[0] == "301 https://zhiheng.example/account/sign-in/", done.stderr[-500:]
    assert lines[1] == f"200 max-age={365 * 86400}; includeSubDomains; preload"
    assert (
        re.match(r"__Host-csrf=\w+; .*HttpOnly;.* Path=/; SameSite=Lax; Secure", lines[2]) and "Domain" not in lines[2]
    )
    assert lines[3:] == ["400", "__Host-session True True Lax None False"]


def test_secret_of_a_machine_is_made_once_and_read_by_its_owner_only(tmp_path: Path) -> None:
    told = "from zhiheng.site import settings; print(settings.SECRET_KEY)"
    first, second = ran(told, tmp_path).stdout, ran(told, tmp_path).stdout
    assert first == second and len(first.strip()) >= 50
    assert (tmp_path / "keys" / "secret").stat().st_mode & 0o077 == 0


# headers and forgery


@pytest.mark.parametrize(
    "path", ["/", "/account/sign-in/", "/account/factors/", "/api/docs", "/api/version", "/nowhere/"]
)
def test_every_answer_has_the_headers_that_keep_browsers_from_harm(register: Path, path: str) -> None:
    answer = Client().get(path)
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy and "default-src 'self'" in policy and "object-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy and "form-action 'self'" in policy and "base-uri 'self'" in policy
    assert answer["X-Content-Type-Options"] == "nosniff" and answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin" and answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Permissions-Policy"]
    assert "Server" not in answer.headers and "X-Powered-By" not in answer.headers


def test_templates_have_no_inline_script_or_style() -> None:
    wrong = []
    for file in (ROOT / "zhiheng" / "web" / "templates").rglob("*.html"):
        text = file.read_text("utf-8")
        if re.search(r"<script(?![^>]*\ssrc=)[^>]*>|\son\w+=\"|javascript:", text) or re.search(
            r"<style|\sstyle=\"", text
        ):
            wrong.append(file.name)
        if re.search(r"(?<!')\|safe", text) or "autoescape off" in text:  # what the template itself says is markup is
            wrong.append(file.name)
    assert wrong == []


def test_form_without_its_token_is_refused(register: Path) -> None:
    account("huang", "firm", enterprise()).set_password(PASSWORD)
    browser = Client(enforce_csrf_checks=True)
    for path in (
        "/account/sign-in/",
        "/account/sign-out/",
        "/account/sign-in/passkey/",
        "/account/sign-in/demonstration/",
    ):
        answer = browser.post(path, {"login": "huang", "password": PASSWORD})
        assert answer.status_code == 403, path
    assert "form" in browser.post("/en/account/sign-in/").content.decode()


@pytest.fixture
def staff(register: Path) -> Iterator[Client]:
    """A browser with an officer that checks for forgery."""
    officer = account("chen", "officer", authority(), is_demo=True)
    with override_settings(DEMO=True, OPENED=True):
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(officer)
        yield browser


def test_session_calls_the_api_only_with_the_token_of_a_page(staff: Client) -> None:
    path, body = "/api/watch/signals/S1/steps", {"act": "triage", "to": "watched", "by": "x", "reason": "x"}
    assert staff.get("/api/watch/signals").status_code != 403
    refused = staff.post(path, body, content_type="application/json")
    assert refused.status_code == 403 and "CSRF" in refused.json()["error"]
    page = staff.get("/account/").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page).group(1)  # type: ignore[union-attr]
    answer = staff.post(path, body, content_type="application/json", headers={"X-CSRFToken": token})
    assert answer.status_code not in (401, 403)


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}]
)
def test_call_from_the_page_of_another_site_is_refused(register: Path, headers: dict[str, str]) -> None:
    body = b'{"act": "triage", "to": "watched", "by": "x", "reason": "x"}'
    with override_settings(OPENED=False):
        for kind in ("text/plain", "application/json"):  # a form of another site can send the first without being asked
            answer = Client().post("/api/watch/signals/S1/steps", body, content_type=kind, headers=headers)
            assert answer.status_code == 403 and "another site" in answer.json()["error"]
        assert Client().post("/api/watch/signals/S1/steps", body, content_type="application/json").status_code != 403


@pytest.mark.parametrize("path", ["//evil.example/", "/\\evil.example", "javascript:alert(1)", "https://evil.example"])
def test_no_address_leads_on_to_another_site(register: Path, path: str) -> None:
    account("huang", "firm", enterprise())
    kept = Account.objects.get()
    kept.set_password(PASSWORD)
    kept.save()
    answer = Client().post("/account/sign-in/", {"login": "huang", "password": PASSWORD, "next": path})
    assert answer["Location"] == "/account/"


def test_error_page_tells_nothing_of_the_inside(register: Path) -> None:
    with override_settings(DEBUG=False):
        page = Client().get("/account/people/one/x/", headers={"host": "testserver"})
    assert b"Traceback" not in page.content and settings.DEBUG is False


# limits


def answered(request: HttpRequest) -> HttpResponse:
    """A page that always answers."""
    return HttpResponse(request.method)


def test_what_is_tried_too_often_is_answered_with_when_to_try_again(register: Path) -> None:
    view = limits.limited("complain")(answered)
    factory = RequestFactory()

    def asked(address: str) -> HttpResponse:
        request = factory.post("/", REMOTE_ADDR=address)
        request.session = {}  # type: ignore[assignment]
        return view(request)

    assert [asked("198.51.100.1").status_code for _ in range(6)] == [200] * 5 + [429]
    assert asked("198.51.100.1")["Retry-After"] == "60"
    assert asked("198.51.100.2").status_code == 200


def test_reading_by_number_is_limited_where_the_view_asks_for_it(register: Path) -> None:
    view = limits.limited("follow", reads=True)(answered)
    codes = []
    for _ in range(31):
        request = RequestFactory().get("/")
        request.session = {}  # type: ignore[assignment]
        codes.append(view(request).status_code)
    assert codes == [200] * 30 + [429]


def test_many_names_do_not_make_the_count_of_one_forgotten() -> None:
    cache.clear()
    cache.set("the-one", [1], 300)
    for number in range(2000):
        cache.set(f"name-{number}", [1], 300)
    assert cache.get("the-one") == [1]
    cache.clear()


def test_programs_that_guess_keys_or_codes_are_asked_to_wait(register: Path) -> None:
    headers = {"Authorization": "Bearer zhk_" + "x" * 43}
    codes = [Client().get("/api/laboratory/samples", headers=headers).status_code for _ in range(31)]
    assert codes == [401] * 30 + [429]
    codes = [Client().get("/api/documents/" + "x" * 22).status_code for _ in range(61)]
    assert codes == [404] * 60 + [429]


def test_address_cannot_be_pretended_without_a_proxy_of_ours(register: Path) -> None:
    for n in range(6):
        Client().post(
            "/account/sign-in/", {"login": "a", "password": "b"}, headers={"X-Forwarded-For": f"198.51.100.{n}"}
        )
    assert {event.data["address"] for event in Event.objects.filter(act="password_failed")} == {"127.0.0.1"}


def test_body_that_is_too_large_is_refused(register: Path) -> None:
    body = {"login": "x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1), "password": "x"}
    assert Client().post("/account/sign-in/", body, content_type="application/x-www-form-urlencoded").status_code == 400


# personal data


@pytest.fixture
def complaint(register: Path) -> Case:
    """A closed complaint with somebody who complained, a photograph, and events that tell of them."""
    office = authority()
    officer = account("chen", "officer", office)
    inspector = account("wu", "inspector", office)
    for username, role, place in (("lin", "laboratory", laboratory()), ("huang", "firm", enterprise())):
        account(username, role, place)
    account("other", "officer", office_above := authority("广东省局", region="440000", level="province"))
    account("admin", "administrator", office_above)
    case = Case.objects.create(
        number="TS-1",
        procedure="food-sampling",
        title="t",
        state="closed",
        is_final=True,
        opened_at=NOON,
        changed_at=NOON,
        closed_at=NOON,
        authority=office,
        region="440100",
        responsible=officer,
        is_shown_to_subject=True,
    )
    case.inspectors.add(inspector)
    Petitioner.objects.create(
        case=case,
        name="张三丰",
        phone="13812345678",
        email="zhang@example.cn",
        address="广东省广州市天河区体育西路 1 号",
    )
    return case


MASKED = {"name": "张**", "phone": "138****5678", "email": "z***@example.cn", "address": "广东省广州市天河区****"}


@pytest.mark.parametrize(
    ("username", "sees"),
    [
        ("chen", "whole"),
        ("wu", "whole"),
        ("other", "masked"),
        ("admin", "masked"),
        ("lin", "nothing"),
        ("huang", "nothing"),
    ],
)
def test_who_complained_is_whole_masked_or_not_there_by_role(complaint: Case, username: str, sees: str) -> None:
    one = Account.objects.get(username=username)
    seen = masking.petitioner(one, complaint)
    if sees == "whole":
        assert seen["phone"] == "13812345678" and seen["name"] == "张三丰"
    else:
        assert seen == (MASKED if sees == "masked" else {})
    assert masking.petitioner(one, complaint, export=True) == ({} if sees == "nothing" else MASKED)
    assert masking.petitioner(None, complaint) == {}


def test_record_is_masked_field_by_field_and_in_its_free_text() -> None:
    found = masking.record(
        {"name": "李四", "phone": "020-87654321", "note": "电话 13812345678，证 11010519491231002X", "n": 3}
    )
    assert found == {"name": "李*", "phone": "*******4321", "note": "电话 138****5678，证 110105********002X", "n": 3}


# retention


def kept(case: Case, folder: Path) -> Path:
    """A photograph of the case, kept with its event; and an event that tells who complained."""
    digest = uploads.keep(folder, b"a photograph")
    with transaction.atomic():
        event = audit.record(None, kind="case", key=case.number, act="attach", at=NOON, data={"file": digest})
        audit.record(None, kind="case", key=case.number, act="take", at=NOON, data={"petitioner": {"name": "张三丰"}})
        audit.record(None, kind="account", key="chen", act="sign_in", at=NOON, data={"address": "198.51.100.1"})
    Attachment.objects.create(
        case=case, event=event, kind="photo", name="张三丰.jpg", media_type="image/jpeg", size=12, digest=digest
    )
    Mail.objects.create(to="zhang@example.cn", subject="s", text="t", made_at=NOON, sent_at=NOON)
    return uploads.place(folder, digest)


def swept(day: date, folder: Path, *, dry_run: bool = False) -> dict[str, int]:
    at = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
    return {
        one.rule: one.records for one in retention.retain(by=None, on=day, at=at, workspace=folder, dry_run=dry_run)
    }


def test_nothing_is_removed_a_day_too_early_and_all_a_day_later(complaint: Case, tmp_path: Path) -> None:
    file = kept(complaint, tmp_path)
    closed = NOON.date()
    two_years, three_years = closed.replace(year=closed.year + 2), closed.replace(year=closed.year + 3)
    early = swept(two_years - timedelta(days=1), tmp_path)
    assert early["food-sampling-records"] == early["petitioner"] == 0 and file.exists()
    late = swept(two_years, tmp_path)
    assert late["food-sampling-records"] == 1 and late["petitioner"] == 0 and not file.exists()
    assert swept(three_years, tmp_path)["petitioner"] == 1
    left = Petitioner.objects.get()
    assert (left.name, left.phone, left.email, left.address) == ("", "", "", "") and left.removed_at
    assert Attachment.objects.get().name == "" and Attachment.objects.get().removed_at
    assert not Event.objects.filter(act__in=("attach", "take", "sign_in"), data__isnull=False).exists()
    assert audit.verify()[0] == []
    removed = Event.objects.filter(kind="retention")
    assert {event.key for event in removed} == {"food-sampling-records", "petitioner", "mails", "sign-in"}
    assert "张三丰" not in str(list(Event.objects.values())) and "zhang@" not in str(list(Mail.objects.values()))


def test_dry_run_counts_and_removes_nothing(complaint: Case, tmp_path: Path) -> None:
    file = kept(complaint, tmp_path)
    before = Event.objects.count()
    found = swept(NOON.date().replace(year=2030), tmp_path, dry_run=True)
    assert found.pop("complaint-files") == 0 and set(found.values()) == {1}  # the case is one of food sampling
    assert file.exists() and Event.objects.count() == before and Petitioner.objects.get().name


def test_letters_and_files_of_a_complaint_go_with_who_complained(complaint: Case, tmp_path: Path) -> None:
    file = kept(complaint, tmp_path)
    Case.objects.update(procedure="complaint")
    Mail.objects.update(sent_at=None)  # a mail that never could be sent holds an address as well
    day = NOON.date().replace(year=NOON.year + 3)
    assert swept(day - timedelta(days=1), tmp_path)["complaint-files"] == 0 and file.exists()
    assert swept(day, tmp_path)["complaint-files"] == 1 and not file.exists()
    assert Mail.objects.get().to == "" and audit.verify()[0] == []


def test_open_case_and_another_procedure_keep_everything(complaint: Case, tmp_path: Path) -> None:
    file = kept(complaint, tmp_path)
    Case.objects.update(procedure="product-sampling")
    assert swept(NOON.date().replace(year=2030), tmp_path, dry_run=True)["food-sampling-records"] == 0
    Case.objects.update(procedure="food-sampling", is_final=False, closed_at=None)
    found = swept(NOON.date().replace(year=2030), tmp_path)
    assert found["food-sampling-records"] == found["petitioner"] == 0 and file.exists()


def test_file_that_another_case_needs_stays(complaint: Case, tmp_path: Path) -> None:
    file = kept(complaint, tmp_path)
    other = Case.objects.create(
        number="TS-2",
        procedure="food-sampling",
        title="t",
        state="s",
        opened_at=NOON,
        changed_at=NOON,
        authority=complaint.authority,
    )
    found = Attachment.objects.get()
    Attachment.objects.create(
        case=other, event=found.event, kind="photo", name="b", media_type="image/jpeg", size=12, digest=found.digest
    )
    swept(NOON.date().replace(year=2030), tmp_path)
    assert file.exists()


def test_day_that_has_not_come_is_refused(complaint: Case, tmp_path: Path) -> None:
    with pytest.raises(ActRefused, match="not here yet"):
        retention.retain(by=None, on=NOON.date() + timedelta(days=1), at=NOON, workspace=tmp_path)


# the list of points


def test_every_test_that_the_list_of_points_names_is_there() -> None:
    text = (ROOT / "docs" / "explanation" / "security.md").read_text("utf-8")
    named = set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text))
    assert len(named) > 40
    lost = [f"{file}::{name}" for file, name in named if f"def {name}(" not in (ROOT / file).read_text("utf-8")]
    assert lost == []


def test_files_are_taken_as_what_they_are_and_handed_out_by_digest(tmp_path: Path) -> None:
    first, second = uploads.keep(tmp_path, b"x"), uploads.keep(tmp_path, b"x")
    assert first == second and uploads.place(tmp_path, first).read_bytes() == b"x"
    assert uploads.place(tmp_path, first).stat().st_mode & 0o077 == 0
