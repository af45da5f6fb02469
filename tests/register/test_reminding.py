"""Reminders: every stage of a deadline once, to whom it goes, whatever is started again; and their mails."""

import smtplib
import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import people
import pytest
from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connections
from people import NOON, account, authority, enterprise, laboratory

from zhiheng.errors import ActRefused
from zhiheng.register import ticking
from zhiheng.register.acts import audit, cases, mailing, reminding
from zhiheng.register.acts.cases import Doing
from zhiheng.register.models import Account, Case, Mail, Message, Reminder
from zhiheng.site import post

pytestmark = pytest.mark.slow


class Office:
    """A county's officer with a superior there and one in the city, and a case served on the firm."""

    def __init__(self) -> None:
        self.city = authority()
        self.county = authority("天河区市场监督管理局", region="440106", level="county")
        self.county.superior = self.city
        self.county.save()
        self.director = account("director", "officer", self.city)
        self.head = account("head", "officer", self.county, superior=self.director, email="head@example.cn")
        self.chen = account("chen", "officer", self.county, superior=self.head, email="chen@example.cn")
        self.li = account("li", "officer", self.county)
        firm, tested = enterprise(), laboratory()
        self.firm = account("firm", "firm", firm, email="firm@example.cn")
        self.sun = account("sun", "inspector", self.county)
        self.lab1, self.lab2 = (account(name, "laboratory", tested) for name in ("lab1", "lab2"))
        opening = cases.Opening(
            "product-sampling", "儿童餐具", self.county, "440106", subject=firm, laboratory=tested, responsible=self.chen,
            inspectors=[self.sun], evidence=people.EVIDENCE,
        )  # fmt: skip
        self.case = cases.open_case(self.chen, opening, at=NOON)
        self.now = NOON

    def does(self, who: Account | None, act: str, *, hours: int = 1, **said: object) -> Case:
        """The next act."""
        self.now += timedelta(hours=hours)
        self.case = cases.perform(who, self.case.number, Doing(act, said), at=self.now)
        return self.case

    def until_determined(self) -> None:
        """Until the firm is to be told, on the first day."""
        self.does(self.sun, "draw", second_sampler="zhou")
        self.does(self.lab1, "receive")
        self.now += timedelta(hours=1)
        people.tested(self.case, people.LEAD_OVER, self.lab1, self.lab2, at=self.now)
        self.now += timedelta(hours=1)
        self.does(self.chen, "determine")

    def until_ordered(self) -> None:
        """Until the order of 18 September, which gives 60 days to correct and 75 to check again."""
        self.until_determined()
        self.does(self.chen, "notify", received_on="2026-09-16")
        self.does(self.firm, "accept_result")
        self.now = datetime.fromisoformat("2026-09-18T12:00:00+08:00")
        self.does(self.li, "order", served_on="2026-09-18", measures="停止销售")


@pytest.fixture
def office(register: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """An office with one case."""
    monkeypatch.setattr(settings, "WORKSPACE", tmp_path)
    return Office()


def morning(day: date | str, hour: int = 9) -> datetime:
    """The morning of a day."""
    found = date.fromisoformat(day) if isinstance(day, str) else day
    return NOON.replace(year=found.year, month=found.month, day=found.day, hour=hour, minute=0)


def told(key: str) -> dict[str, list[tuple[str, str]]]:
    """Who was told of a deadline, by day: (stage, username)."""
    found: dict[str, list[tuple[str, str]]] = {}
    for one in Reminder.objects.filter(deadline__contains=f"/{key}/").order_by("at", "to__username"):
        found.setdefault(one.at.astimezone(NOON.tzinfo).date().isoformat(), []).append((one.stage, one.to.username))
    return found


def test_every_stage_is_told_on_its_day_to_whom_the_terms_name_and_once(office: Office) -> None:
    office.until_ordered()
    rectify = office.case.deadlines.get(key="rectify")
    assert rectify.due_on.isoformat() == "2026-11-17"  # 60 days after 18 September, a Tuesday
    day = date(2026, 11, 1)
    while day < date(2026, 12, 31):
        for hour in (7, 9, 15, 23):  # before the office opens nobody is told; three rounds a day are like restarts
            reminding.remind(at=morning(day, hour))
        day += timedelta(days=1)
    assert told("rectify") == {
        "2026-11-10": [("week_before", "firm")],
        "2026-11-14": [("three_before", "chen"), ("three_before", "firm")],
        "2026-11-17": [("on_the_day", "chen"), ("on_the_day", "firm")],
        "2026-11-18": [("first_late", "chen"), ("first_late", "firm"), ("first_late", "head")],
        "2026-11-24": [("week_late", one) for one in ("chen", "director", "firm", "head")],
        "2026-12-17": [("month_late", one) for one in ("chen", "director", "head")],
    }
    assert told("recheck")["2026-11-25"] == [("week_before", "chen")]  # 75 days end on 2 December; it binds the officer
    assert Message.objects.filter(kind="reminder").count() == Reminder.objects.count()
    assert all(one.at.astimezone(NOON.tzinfo).hour >= 9 for one in Reminder.objects.all())


def test_after_a_long_sleep_only_the_last_stage_is_told(office: Office) -> None:
    office.until_ordered()
    reminding.remind(at=morning("2026-11-20"))
    assert told("rectify") == {"2026-11-20": [("first_late", one) for one in ("chen", "firm", "head")]}


def test_what_was_done_in_time_is_not_reminded_of(office: Office) -> None:
    office.until_ordered()
    office.now = morning("2026-11-09")
    office.does(office.sun, "draw_recheck")
    reminding.remind(at=morning("2026-12-20"))
    assert not Reminder.objects.exists()


def test_deadline_that_moved_is_told_anew_for_its_new_day_only(office: Office) -> None:
    office.until_ordered()
    reminding.remind(at=morning("2026-11-14"))
    assert list(told("rectify")) == ["2026-11-14"]
    later = date(2026, 11, 25)  # as an act that ends a pause would leave it
    office.case.deadlines.filter(key="rectify").update(due_on=later)
    for step in range(20):
        reminding.remind(at=morning(date(2026, 11, 15) + timedelta(days=step)))
    assert told("rectify") == {
        "2026-11-14": [("three_before", "chen"), ("three_before", "firm")],
        "2026-11-18": [("week_before", "firm")],
        "2026-11-22": [("three_before", "chen"), ("three_before", "firm")],
        "2026-11-25": [("on_the_day", "chen"), ("on_the_day", "firm")],
        "2026-11-26": [("first_late", "chen"), ("first_late", "firm"), ("first_late", "head")],
        "2026-12-02": [("week_late", one) for one in ("chen", "director", "firm", "head")],
    }


def test_paused_deadline_is_not_told_of(office: Office) -> None:
    office.until_ordered()
    office.case.deadlines.all().update(state="paused")
    reminding.remind(at=morning("2026-11-20"))
    assert not Reminder.objects.exists()


def test_where_an_account_names_no_superior_the_authority_above_is_told(office: Office) -> None:
    office.until_ordered()
    Account.objects.filter(pk=office.chen.pk).update(superior=None)
    reminding.remind(at=morning("2026-11-18"))
    assert ("first_late", "director") in told("rectify")["2026-11-18"]


def test_superior_who_left_is_passed_over_and_a_ring_ends(office: Office) -> None:
    Account.objects.filter(pk=office.head.pk).update(is_active=False)
    assert reminding.superiors(Account.objects.get(pk=office.chen.pk)) == [office.director]
    Account.objects.filter(pk=office.director.pk).update(superior=office.chen)
    assert reminding.superiors(Account.objects.get(pk=office.chen.pk)) == [office.director]


def test_two_rounds_at_once_tell_everybody_once(office: Office) -> None:
    office.until_ordered()
    at, rounds = morning("2026-11-24"), []

    def run() -> None:
        try:
            rounds.append(reminding.remind(at=at).told)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sum(rounds) == Reminder.objects.count() == Message.objects.filter(kind="reminder").count()
    assert told("rectify")["2026-11-24"] == [("week_late", one) for one in ("chen", "director", "firm", "head")]


def elsewhere(ask: Callable[[], object]) -> object:
    """What is answered through a connection of its own, as another process has one."""
    found: list[object] = []

    def asked() -> None:
        found.append(ask())
        connections.close_all()

    thread = threading.Thread(target=asked)
    thread.start()
    thread.join()
    return found[0]


def test_second_process_does_not_tick_while_the_first_does(office: Office) -> None:
    with ticking.alone() as first:
        assert first
        assert elsewhere(lambda: ticking.tick(at=NOON)) is None
    assert ticking.tick(at=NOON) is not None


def test_round_lets_lapse_what_is_over_and_writes_it_into_the_audit(office: Office) -> None:
    office.until_determined()
    office.does(office.chen, "notify", hours=6 * 24, received_on="2026-09-22")
    found = reminding.remind(at=morning("2026-10-08"))
    assert (found.lapsed, Case.objects.get().state) == (0, "notified")
    found = reminding.remind(at=morning("2026-10-09"))
    assert (found.lapsed, Case.objects.get().state) == (1, "settled")
    assert reminding.remind(at=morning("2026-10-09", 10)).lapsed == 0
    assert audit.verify()[0] == []


def test_case_that_cannot_lapse_holds_up_no_other(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.until_determined()
    office.does(office.chen, "notify", hours=6 * 24, received_on="2026-09-22")
    whole = cases.lapsed
    other = "PS-440106-2026-999999"

    def fails(number: str, **given: Any) -> list[Case]:
        if number == other:
            raise ActRefused("out of order")
        return whole(number, **given)

    monkeypatch.setattr(cases, "over", lambda _: [other, office.case.number])
    monkeypatch.setattr(cases, "lapsed", fails)
    found = reminding.remind(at=morning("2026-10-09"))
    assert (found.lapsed, dict(found.faults)) == (1, {other: "out of order"})


class Post(BaseEmailBackend):
    """A mail server that keeps what it gets, or is down."""

    def __init__(self) -> None:
        super().__init__()
        self.got: list[Any] = []
        self.fault: Exception | None = None

    def send_messages(self, email_messages: Any) -> int:
        """Take mails."""
        if self.fault:
            raise self.fault
        self.got += email_messages
        return len(email_messages)


@pytest.fixture
def sender(monkeypatch: pytest.MonkeyPatch) -> Post:
    """A mail server."""
    monkeypatch.setattr(settings, "MAIL_FROM", "zhiheng@example.cn")
    return Post()


def test_mails_go_to_who_has_an_address_once_and_say_why(office: Office, sender: Post) -> None:
    office.until_ordered()
    reminding.remind(at=morning("2026-11-18"))
    assert mailing.deliver(at=morning("2026-11-18"), through=sender) == mailing.Delivery(sent=3)
    assert mailing.deliver(at=morning("2026-11-18"), through=sender) == mailing.Delivery()
    assert sorted(one.to[0] for one in sender.got) == ["chen@example.cn", "firm@example.cn", "head@example.cn"]
    one = sender.got[0]
    assert one.subject.startswith("已逾期1日：改正 2026-11-17 PS-440106-2026-000001")
    assert "第46条" in one.body and "1 day late · correction" in one.body


def test_without_a_mail_server_mails_wait_in_the_register(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SMTP", None)
    office.until_ordered()
    reminding.remind(at=morning("2026-11-18"))
    assert mailing.deliver(at=morning("2026-11-18")) == mailing.Delivery(waiting=3)
    assert set(Mail.objects.values_list("tries", "sent_at")) == {(0, None)}


def test_mail_server_that_is_down_is_tried_again_ever_later_and_its_fault_is_kept(office: Office, sender: Post) -> None:
    office.until_ordered()
    start = morning("2026-11-18")
    reminding.remind(at=start)
    sender.fault = smtplib.SMTPServerDisconnected("gone")
    tried = []
    for minute in range(20):
        if mailing.deliver(at=start + timedelta(minutes=minute), through=sender).failed:
            tried.append(minute)
    assert tried == [0, 1, 3, 7, 15]
    assert set(Mail.objects.values_list("fault", flat=True)) == {"SMTPServerDisconnected: gone"}
    sender.fault = None
    assert mailing.deliver(at=start + timedelta(minutes=31), through=sender).sent == 3
    assert set(Mail.objects.values_list("fault", "tries")) == {("", 6)}


def test_death_between_sending_and_keeping_sends_once_more_under_the_same_name(office: Office, sender: Post) -> None:
    office.until_ordered()
    start = morning("2026-11-18")
    reminding.remind(at=start)
    mailing.deliver(at=start, through=sender)
    first = Mail.objects.order_by("pk")[0]
    Mail.objects.filter(pk=first.pk).update(sent_at=None)  # as the process left it that died before it could keep that
    mailing.deliver(at=start + timedelta(minutes=5), through=sender)
    names = [one.extra_headers["Message-ID"] for one in sender.got if one.to == [first.to]]
    assert len(names) == 2 and len(set(names)) == 1


def test_mail_too_old_is_not_sent(office: Office, sender: Post) -> None:
    office.until_ordered()
    reminding.remind(at=morning("2026-11-18"))
    assert mailing.deliver(at=morning("2026-11-30"), through=sender) == mailing.Delivery()
    assert sender.got == [] and set(Mail.objects.values_list("fault", flat=True)) == {mailing.STALE}


@pytest.mark.parametrize(
    "address", ["mail.example.cn", "smtp://mail.example.cn", "http://a?from=a@b", "smtp://h:x?from=a@b"]
)
def test_address_of_a_mail_server_without_its_parts_is_refused(address: str) -> None:
    with pytest.raises(Exception, match="ZHIHENG_SMTP"):
        post.settings(address)
