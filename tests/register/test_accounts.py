"""Accounts and signing in: who gets in, who does not, what is noted, and what needs a second administrator."""

import logging
import re
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.test import Client, override_settings
from django.utils import timezone
from people import NOON, authority, enterprise, laboratory
from signing_in import PASSWORD, code, confirmed, entered, equipped

from zhiheng.errors import ActRefused, Overtaken, SignInRefused
from zhiheng.register import queries
from zhiheng.register.acts import accounts, audit, tokens
from zhiheng.register.models import Account, Case, Event, Message, Organisation, Pending, Token
from zhiheng.web import sessions

pytestmark = pytest.mark.slow
DATABASES = ("sqlite",)  # what is tried here is above the database


def made(username: str, role: str, organisation: Organisation, **more: object) -> Account:
    """An account with a password of its own."""
    found = accounts.make(
        by=None,
        username=username,
        name=username,
        role=role,
        organisation=organisation,
        at=NOON,
        secret=PASSWORD,
        **more,
    )
    Account.objects.filter(pk=found.pk).update(has_given_password=False)
    found.refresh_from_db()
    return found


@pytest.fixture
def office(register: Path) -> Organisation:
    """An authority with two administrators and an officer, a laboratory and a firm with one account each."""
    office = authority()
    for username, role in (
        ("zhou", "administrator"),
        ("zhao", "administrator"),
        ("chen", "officer"),
        ("wu", "inspector"),
    ):
        made(username, role, office)
    made("lin", "laboratory", laboratory())
    made("huang", "firm", enterprise())
    return office


def who(username: str) -> Account:
    return Account.objects.get(username=username)


def acts(username: str) -> list[str]:
    return list(Event.objects.filter(kind="account", key=username).order_by("number").values_list("act", flat=True))


def inside(browser: Client) -> bool:
    """Whether somebody is signed in there."""
    return browser.get("/account/").status_code == 200


# signing in


def test_firm_signs_in_with_a_password_and_out_again_and_both_are_noted(office: Organisation) -> None:
    browser = entered("huang")
    assert inside(browser)
    assert "某食品厂" in browser.get("/account/").content.decode()
    browser.post("/account/sign-out/")
    assert not inside(browser)
    assert acts("huang") == ["make", "sign_in", "sign_out"]
    event = Event.objects.get(key="huang", act="sign_in")
    assert event.who == "huang" and event.data == {"address": "127.0.0.1", "methods": ["password"]}
    assert audit.verify()[0] == []


def test_session_gets_a_new_number_when_somebody_signs_in(office: Organisation) -> None:
    browser = Client()
    browser.get("/account/sign-in/")
    browser.cookies["session"] = "chosen-by-somebody-else"
    browser.post("/account/sign-in/", {"login": "huang", "password": PASSWORD})
    assert browser.cookies["session"].value != "chosen-by-somebody-else" and inside(browser)


@pytest.mark.parametrize("username", ["huang", "nobody"])
def test_wrong_password_and_unknown_name_have_one_answer_and_are_noted(office: Organisation, username: str) -> None:
    page = Client().post("/en/account/sign-in/", {"login": username, "password": "wrong"}).content.decode()
    assert "This user name and this password do not belong together." in page
    key = username if username == "huang" else "-"
    event = Event.objects.get(act="password_failed")
    assert (event.key, event.who, event.data) == (key, "system", {"address": "127.0.0.1"})


def test_wrong_name_takes_as_long_as_a_wrong_password(office: Organisation) -> None:
    slow = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    with override_settings(PASSWORD_HASHERS=slow):
        kept = who("huang")
        kept.set_password(PASSWORD)
        kept.save()
        taken = {}
        for username in ("huang", "nobody"):
            begun = time.perf_counter()
            Client().post("/account/sign-in/", {"login": username, "password": "wrong"})
            taken[username] = time.perf_counter() - begun
    # hashing takes most of the time in both; a tenth of it would show that one of them does not hash
    assert 0.4 < taken["huang"] / taken["nobody"] < 2.5, taken


def test_locked_account_and_empty_password_do_not_get_in(office: Organisation) -> None:
    browser = entered("huang")
    accounts.lock(by=who("zhou"), account=who("huang"), at=NOON, why="gone")
    assert not inside(browser)  # who was signed in is out
    assert not inside(entered("huang"))
    assert not inside(entered("chen", ""))


@pytest.mark.parametrize("username", ["huang", "nobody"])
def test_guessing_ends_after_five_tries_whatever_the_name(office: Organisation, username: str) -> None:
    for _ in range(5):
        assert Client().post("/account/sign-in/", {"login": username, "password": "no"}).status_code == 200
    answer = Client().post("/account/sign-in/", {"login": username, "password": PASSWORD})
    assert answer.status_code == 429 and answer["Retry-After"] == "300"
    assert not inside(entered(username))


def test_guessing_many_names_from_one_address_ends_too(office: Organisation) -> None:
    codes = [Client().post("/account/sign-in/", {"login": f"name{n}", "password": "no"}).status_code for n in range(12)]
    assert codes[:10] == [200] * 10 and codes[10:] == [429, 429]


def test_who_asks_to_sign_in_is_led_back_but_never_to_another_site(office: Organisation) -> None:
    for asked, led in (("/account/sessions/", "/account/sessions/"), ("https://evil.example/", "/account/")):
        answer = Client().post("/account/sign-in/", {"login": "huang", "password": PASSWORD, "next": asked})
        assert answer["Location"] == led


def test_nobody_makes_an_own_account_or_resets_a_password_by_mail(office: Organisation) -> None:
    for path in ("/account/signup/", "/account/sign-up/", "/account/password/reset/", "/account/email/", "/admin/"):
        assert Client().get(path).status_code == 404


def test_nothing_secret_is_logged(office: Organisation, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    entered("huang", "wrong-and-secret-1")
    equipped("chen")
    said = caplog.text + "".join(str(event.data) for event in Event.objects.all())
    assert "wrong-and-secret-1" not in said and PASSWORD not in said


# passwords


def test_given_password_is_changed_before_anything_else(office: Organisation) -> None:
    accounts.reset(by=who("zhou"), account=who("huang"), at=NOON, secret="given-by-zhou-42")
    browser = entered("huang", "given-by-zhou-42")
    for path in ("/account/", "/", "/account/factors/"):
        assert browser.get(path)["Location"] == "/account/password/"
    new = {"oldpassword": "given-by-zhou-42", "password1": PASSWORD + "!", "password2": PASSWORD + "!"}
    assert browser.post("/account/password/", new).status_code == 302
    assert inside(browser) and acts("huang")[-1] == "password_changed"


@pytest.mark.parametrize("weak", ["short-7", "password1234", "huangxiaoming", "qwertyuiop123"])
def test_weak_password_is_refused(office: Organisation, weak: str) -> None:
    Account.objects.filter(username="huang").update(name="huangxiaoming")
    with pytest.raises(ActRefused):
        accounts.reset(by=None, account=who("huang"), at=NOON, secret=weak)
    browser = entered("huang")
    answer = browser.post("/account/password/", {"oldpassword": PASSWORD, "password1": weak, "password2": weak})
    assert answer.status_code == 200 and 'class="wrong"' in answer.content.decode()


def test_long_password_with_spaces_and_chinese_is_taken_whole(office: Organisation) -> None:
    long = "一句 很长的话 " * 9 + "x" * 40
    accounts.reset(by=None, account=who("huang"), at=NOON, secret=long)
    assert not who("huang").check_password(long[:-1]) and who("huang").check_password(long)


def test_change_of_password_ends_every_other_session(office: Organisation) -> None:
    first, second = entered("huang"), entered("huang")
    new = {"oldpassword": PASSWORD, "password1": PASSWORD + "!", "password2": PASSWORD + "!"}
    assert first.post("/account/password/", new).status_code == 302
    assert inside(first) and not inside(second)


def test_password_is_kept_as_a_slow_salted_hash() -> None:
    default = __import__("django.conf.global_settings", fromlist=["x"]).PASSWORD_HASHERS
    assert default[0].endswith("PBKDF2PasswordHasher")
    assert "PASSWORD_HASHERS" not in (Path(accounts.__file__).parents[2] / "site" / "settings.py").read_text("utf-8")


def test_made_passwords_are_long_and_never_the_same() -> None:
    found = {accounts.password() for _ in range(200)}
    assert len(found) == 200 and all(re.fullmatch(r"(\w{5}-){3}\w{5}", one) for one in found)


# second factor


@pytest.mark.parametrize("username", ["zhou", "chen", "wu", "lin"])
def test_role_that_needs_a_second_factor_may_only_set_it_up(office: Organisation, username: str) -> None:
    browser = entered(username)
    for path in ("/", "/account/", "/watch/", "/account/people/", "/account/sessions/", "/account/tokens/"):
        assert browser.get(path)["Location"] == "/account/factors/", path
    answer = browser.get("/api/watch/signals")
    assert answer.status_code == 403 and "second factor" in answer.json()["error"]
    assert "Your role needs a second factor" in browser.get("/en/account/factors/").content.decode()
    assert inside(equipped(username)[0])


def test_firm_needs_no_second_factor(office: Organisation) -> None:
    assert inside(entered("huang"))


def test_second_factor_is_asked_at_each_sign_in(office: Organisation) -> None:
    _, secret = equipped("chen")
    browser = entered("chen")
    assert not inside(browser)
    assert browser.post("/account/sign-in/second/", {"code": "000000"}).status_code == 200
    assert not inside(browser) and acts("chen")[-1] == "factor_failed"
    browser.post("/account/sign-in/second/", {"code": code(secret, at=time.time() + 30)})
    assert inside(browser)
    assert Event.objects.filter(key="chen", act="sign_in").last().data["methods"] == ["password", "mfa totp"]  # type: ignore[union-attr]


def test_code_works_once(office: Organisation) -> None:
    _, secret = equipped("chen")
    now = code(secret, at=time.time() + 30)
    first, second = entered("chen"), entered("chen")
    first.post("/account/sign-in/second/", {"code": now})
    second.post("/account/sign-in/second/", {"code": now})
    assert inside(first) and not inside(second)


def test_old_code_does_not_work(office: Organisation) -> None:
    _, secret = equipped("chen")
    browser = entered("chen")
    browser.post("/account/sign-in/second/", {"code": code(secret, at=time.time() - 300)})
    assert not inside(browser)


def test_guessing_codes_ends(office: Organisation) -> None:
    _, secret = equipped("chen")
    browser = entered("chen")
    answers = [browser.post("/account/sign-in/second/", {"code": f"{n:06d}"}) for n in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert browser.post("/account/sign-in/second/", {"code": code(secret, at=time.time() + 30)}).status_code == 429


def test_recovery_code_opens_once(office: Organisation) -> None:
    browser, _ = equipped("chen")
    listed = browser.get("/account/factors/codes/").content.decode()
    found = re.findall(r"<code>(\w+)</code>", listed)
    assert len(found) == 10
    for inside_ in (True, False):
        again = entered("chen")
        again.post("/account/sign-in/second/", {"code": found[0]})
        assert inside(again) is inside_


def test_secret_of_the_app_is_kept_encrypted(office: Organisation) -> None:
    _, secret = equipped("chen")
    kept = [str(one.data) for one in who("chen").authenticator_set.all()]
    assert len(kept) == 2 and all(secret not in one for one in kept)


def test_last_factor_of_a_role_that_needs_one_stays(office: Organisation) -> None:
    browser, _ = equipped("chen")
    assert browser.post("/account/factors/app/remove/").status_code == 200
    assert who("chen").authenticator_set.filter(type="totp").exists()


def test_sensitive_pages_ask_for_the_password_again(office: Organisation) -> None:
    browser = entered("huang")
    for path in ("/account/factors/app/", "/account/factors/codes/new/", "/account/factors/passkeys/new/"):
        assert browser.get(path)["Location"].startswith("/account/again/")
    confirmed(browser)
    assert browser.get("/account/factors/app/").status_code == 200
    session = browser.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 11 * 60
    session.save()
    assert browser.get("/account/factors/app/")["Location"].startswith("/account/again/")


def test_factor_changes_are_events(office: Organisation) -> None:
    equipped("chen")
    assert acts("chen") == ["make", "sign_in", "factor_added", "factor_added"]
    kinds = [event.data["factor"] for event in Event.objects.filter(key="chen", act="factor_added")]
    assert kinds == ["totp", "recovery_codes"]


# sessions


def test_session_that_was_left_alone_or_is_old_ends(office: Organisation) -> None:
    for key, minutes in ((sessions.SEEN, 31), (sessions.BEGAN, 12 * 60 + 1)):
        browser = entered("huang")
        assert inside(browser)
        session = browser.session
        session[key] = time.time() - minutes * 60
        session.save()
        assert not inside(browser), key


def test_own_sessions_are_listed_and_the_others_ended(office: Organisation) -> None:
    first, second = entered("huang"), entered("huang")
    page = first.get("/en/account/sessions/").content.decode()
    assert page.count("signed in 20") == 2 and page.count("this one") == 1
    first.post("/account/sessions/")
    assert inside(first) and not inside(second)
    assert Event.objects.get(act="sessions_ended").data["count"] == 1


def test_signing_out_removes_the_session_for_good(office: Organisation) -> None:
    browser = entered("huang")
    key = browser.cookies["session"].value
    browser.post("/account/sign-out/")
    assert not Session.objects.filter(session_key=key).exists()
    browser.cookies["session"] = key
    assert not inside(browser)


def test_pages_of_who_is_signed_in_are_kept_nowhere(office: Organisation) -> None:
    assert "no-store" in entered("huang").get("/rules/")["Cache-Control"]
    assert "no-store" in entered("huang").get("/account/")["Cache-Control"]
    assert "Cache-Control" not in Client().get("/rules/").headers


# demonstration


def test_demonstration_accounts_are_open_only_in_demonstration_mode(office: Organisation) -> None:
    accounts.make(by=None, username="demo", name="演示", role="officer", organisation=office, at=NOON, is_demo=True)
    enter = {"username": "demo"}
    assert Client().post("/account/sign-in/demonstration/", enter).status_code == 404
    assert "demo" not in Client().get("/account/sign-in/").content.decode()
    with override_settings(DEMO=True):
        browser = Client()
        assert "演示" in browser.get("/account/sign-in/").content.decode()
        browser.post("/account/sign-in/demonstration/", enter)
        assert inside(browser)
        assert Client().post("/account/sign-in/demonstration/", {"username": "chen"}).status_code == 404
    assert not inside(browser)  # a session of the demonstration ends with it
    assert Event.objects.get(key="demo", act="sign_in").data["methods"] == ["demonstration"]


# the shell


def test_shell_shows_who_is_signed_in_and_what_is_unread(office: Organisation) -> None:
    case = Case.objects.create(
        number="C-1", procedure="p", title="t", state="s", opened_at=NOON, changed_at=NOON, authority=office
    )
    Message.objects.create(to=who("huang"), case=case, at=NOON, kind="reminder")
    page = entered("huang").get("/en/rules/").content.decode()
    assert (
        '<span lang="zh-CN">某食品厂</span> · Firm' in page
        and '1<span class="hidden-visually"> unread messages' in page
    )
    anonymous = Client().get("/en/rules/").content.decode()
    assert "Demonstration data · Public" in anonymous and "Sign in" in anonymous


@pytest.mark.parametrize("username", ["zhou", "chen", "wu", "lin", "huang"])
def test_bar_of_the_phone_has_four_tasks_for_each_role(office: Organisation, username: str) -> None:
    browser = entered(username) if username == "huang" else equipped(username)[0]
    bar = browser.get("/en/rules/").content.decode().split('class="bottom"')[1].split("<details")[0]
    assert bar.count("<a ") == 4


# acts under four eyes


def test_powerful_account_waits_for_a_second_administrator(office: Organisation) -> None:
    zhou, zhao = who("zhou"), who("zhao")
    new = accounts.make(
        by=zhou, username="qian", name="钱", role="officer", organisation=office, at=NOON, secret=PASSWORD
    )
    assert not new.is_active and not inside(entered("qian"))
    waits = new.pending.get()
    with pytest.raises(ActRefused, match="second administrator"):
        accounts.confirm(by=zhou, pending=waits, at=NOON)
    with pytest.raises(ActRefused, match="decided first"):
        accounts.unlock(by=zhou, account=new, at=NOON, why="no")
    accounts.confirm(by=zhao, pending=waits, at=NOON)
    assert who("qian").is_active and acts("qian") == ["make", "role_done", "change_role"]
    with pytest.raises(Overtaken):
        accounts.confirm(by=zhao, pending=waits, at=NOON)


def test_who_asks_for_a_powerful_account_does_not_open_it_by_a_way_round(office: Organisation) -> None:
    zhou, zhao = who("zhou"), who("zhao")
    new = accounts.make(
        by=zhou, username="qian", name="钱", role="administrator", organisation=office, at=NOON, secret=PASSWORD
    )
    accounts.refuse(by=zhou, pending=new.pending.get(), at=NOON, why="taken back")
    again = accounts.unlock(by=zhou, account=new, at=NOON, why="open it")
    assert again is not None and not who("qian").is_active
    with pytest.raises(ActRefused, match="second administrator"):
        accounts.confirm(by=zhou, pending=again, at=NOON)
    accounts.confirm(by=zhao, pending=again, at=NOON)
    assert who("qian").is_active
    accounts.lock(by=zhou, account=new, at=NOON, why="away")
    assert accounts.unlock(by=zhou, account=new, at=NOON, why="back") is None  # confirmed once, it is opened by one
    assert who("qian").is_active


def test_database_refuses_that_one_person_asks_and_decides(office: Organisation) -> None:
    waits = accounts.unbind(by=who("zhou"), account=who("chen"), at=NOON, why="lost")
    assert waits is not None
    with pytest.raises(IntegrityError), transaction.atomic():
        Pending.objects.filter(pk=waits.pk).update(state="done", decided_by=who("zhou"), decided_at=NOON)


def test_role_that_gives_no_power_is_changed_at_once_and_back_only_with_two(office: Organisation) -> None:
    zhou = who("zhou")
    assert accounts.change_role(by=zhou, account=who("chen"), role="inspector", at=NOON) is None
    assert who("chen").role == "inspector"
    waits = accounts.change_role(by=zhou, account=who("chen"), role="administrator", at=NOON)
    assert waits is not None and who("chen").role == "inspector"
    with pytest.raises(ActRefused, match="asked for already"):
        accounts.change_role(by=zhou, account=who("chen"), role="officer", at=NOON)
    accounts.refuse(by=zhou, pending=waits, at=NOON, why="taken back")
    assert Pending.objects.get(pk=waits.pk).state == "void" and who("chen").role == "inspector"


def test_second_factor_is_removed_by_two(office: Organisation) -> None:
    browser, _ = equipped("chen")
    waits = accounts.unbind(by=who("zhou"), account=who("chen"), at=NOON, why="lost the phone")
    assert waits is not None and who("chen").authenticator_set.exists()
    accounts.confirm(by=who("zhao"), pending=waits, at=NOON)
    assert not who("chen").authenticator_set.exists()
    assert browser.get("/account/")["Location"] == "/account/factors/"


def test_nobody_confirms_the_own_rise(office: Organisation) -> None:
    made("sun", "administrator", office)
    waits = accounts.unbind(by=who("zhou"), account=who("sun"), at=NOON, why="lost")
    with pytest.raises(ActRefused, match="whom it is for"):
        accounts.confirm(by=who("sun"), pending=waits, at=NOON)


def test_last_administrator_stays(office: Organisation) -> None:
    accounts.lock(by=who("zhao"), account=who("zhou"), at=NOON, why="left")
    with pytest.raises(ActRefused, match="your own"):
        accounts.lock(by=who("zhao"), account=who("zhao"), at=NOON, why="left")
    with pytest.raises(ActRefused, match="last administrator"):
        accounts.lock(by=None, account=who("zhao"), at=NOON, why="left")
    with pytest.raises(ActRefused, match="last administrator"):
        accounts.change_role(by=None, account=who("zhao"), role="officer", at=NOON)


@pytest.mark.parametrize(
    ("username", "role", "why"),
    [
        ("Qian", "inspector", "user name"),
        ("q", "inspector", "user name"),
        ("qi an", "inspector", "user name"),
        ("chen", "inspector", "taken"),
        ("qian", "laboratory", "belongs to"),
        ("qian", "king", "no role"),
    ],
)
def test_account_that_cannot_be_is_refused(office: Organisation, username: str, role: str, why: str) -> None:
    with pytest.raises(ActRefused, match=why):
        accounts.make(by=who("zhou"), username=username, name="", role=role, organisation=office, at=NOON)


def test_page_of_accounts_makes_one_and_shows_its_password_once(office: Organisation) -> None:
    browser, _ = equipped("zhou")
    form = {"username": "qian", "name": "钱一", "role": "inspector", "organisation": str(office.pk)}
    assert browser.post("/account/people/new/", form).status_code == 200
    page = browser.post("/account/people/new/", form | {"username": "qian2"}).content.decode()
    secret = re.search(r'class="secret">([\w-]+)<', page).group(1)  # type: ignore[union-attr]
    assert (
        not inside(entered("qian2", "wrong")) and entered("qian2", secret).get("/")["Location"] == "/account/password/"
    )
    assert secret not in browser.get("/account/people/one/qian2/").content.decode()
    for act in ("lock", "unlock"):
        browser.post(f"/account/people/one/qian2/{act}/", {"why": "because"})
    browser.post("/account/people/one/qian2/lock/", {"why": ""})
    assert acts("qian2") == ["make", "password_failed", "sign_in", "lock", "unlock"]
    assert browser.post("/account/people/one/qian2/explode/", {"why": "x"}).status_code == 404


# keys for the API


def test_key_opens_the_api_for_its_laboratory_until_it_is_revoked(office: Organisation) -> None:
    now = timezone.now()
    token, key = tokens.issue(by=who("lin"), label="LIMS", at=now)
    assert tokens.holder(key, at=now).username == "lin"
    assert key not in str(Token.objects.values()) and Token.objects.get().digest != key
    tokens.revoke(by=who("lin"), token=token, at=now)
    with pytest.raises(SignInRefused):
        tokens.holder(key, at=now)
    assert acts("lin") == ["make", "token_issued", "token_revoked"]


def test_key_ends_by_itself_with_the_account_and_with_the_role(office: Organisation) -> None:
    now = timezone.now()
    for spoil in (
        lambda: None,
        lambda: accounts.lock(by=None, account=who("lin"), at=now, why="x"),
    ):
        _, key = tokens.issue(by=who("lin"), label="LIMS", at=now, days=30)
        spoil()
        with pytest.raises(SignInRefused):
            tokens.holder(key, at=now + timedelta(days=30))
    with pytest.raises(SignInRefused):
        tokens.holder(key, at=now)
    with pytest.raises(SignInRefused):
        tokens.holder("zhk_guessed", at=now)


@pytest.mark.parametrize(("days", "label"), [(0, "x"), (366, "x"), (30, " ")])
def test_key_without_end_or_purpose_is_refused(office: Organisation, days: int, label: str) -> None:
    with pytest.raises(ActRefused):
        tokens.issue(by=who("lin"), label=label, at=NOON, days=days)


def test_key_of_another_laboratory_is_not_there(office: Organisation) -> None:
    token, _ = tokens.issue(by=who("lin"), label="LIMS", at=NOON)
    made("other", "laboratory", laboratory("另一家检测中心"))
    browser, _ = equipped("other")
    assert list(queries.tokens(who("other"))) == []
    confirmed(browser)
    assert browser.post(f"/account/tokens/{token.pk}/revoke/").status_code == 404
    with pytest.raises(ActRefused, match="no such key"):
        tokens.revoke(by=who("other"), token=token, at=NOON)


def test_page_shows_a_new_key_once(office: Organisation) -> None:
    browser, _ = equipped("lin")
    page = browser.post("/account/tokens/", {"label": "LIMS", "days": "30"}).content.decode()
    key = re.search(r"zhk_[\w-]+(?=<)", page).group()  # type: ignore[union-attr]
    assert tokens.holder(key, at=timezone.now()).username == "lin"
    assert key not in browser.get("/account/tokens/").content.decode()
    assert settings.AUTH_USER_MODEL == "register.Account"
