"""Whatever is sent, the answer is a word to whoever sent it and never an error of ours: odd letters, huge numbers, no body at all."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from people import EVIDENCE, account, authority, enter, enterprise, laboratory

from zhiheng.errors import ActRefused
from zhiheng.register.acts import accounts, cases, tokens
from zhiheng.register.models import Account

pytestmark = pytest.mark.slow
DATABASES = ("postgresql",)  # it is the one that refuses what does not fit a column; SQLite keeps anything
ROLES = ("administrator", "officer", "inspector", "laboratory", "firm")
NUMERALS = "9" * 5000
ODD = ("a\x00b", "9" * 30, NUMERALS, "٣", "../../<script>𠮷\u202e")
ODD_IN_ADDRESSES = ("a\x00b", "9" * 30, "../../<script>𠮷\u202e")
ASKING = ("officer", "laboratory")
ALONE = ("q", "page")
ASKED_WORDS = (
    "q page size sort tab due procedure state region mine law by person stage role number since until search "
    "product firm kind province section coded kept gone a b"
)
ASKED = ASKED_WORDS.split()
WRITTEN_WORDS = (
    "username name role organisation why answer text about product region phone email address category place reason "
    "title subject producer laboratory responsible inspectors step go act case version message label days plan undo "
    "kept gone seen_kept seen_gone report sure conclusion tested_on note analyte value unit comparator received_on "
    "served_on number code nonce measures ground items seal look second_sampler retest_laboratory sample to "
    "add_likely"
)
WRITTEN = WRITTEN_WORDS.split()


class World:
    """Somebody of every role, and a case that they can reach."""

    def __init__(self) -> None:
        city, own, firm = authority(), laboratory(), enterprise()
        homes = {"laboratory": own, "firm": firm}
        self.people = {role: account(f"{role}1", role, homes.get(role, city)) for role in ROLES}
        opening = cases.Opening(
            "product-sampling", "玩具", city, "440106", subject=firm, laboratory=own, evidence=EVIDENCE,
            inspectors=[self.people["inspector"]], responsible=self.people["officer"],
        )  # fmt: skip
        at = timezone.now() - timedelta(hours=2)
        self.case = cases.open_case(self.people["officer"], opening, at=at)
        cases.perform(self.people["inspector"], self.case.number, cases.Doing("draw", {"second_sampler": "周"}), at=at)

    def client(self, one: Account | None) -> Client:
        """A browser that shows what a visitor sees of an error, signed in or not."""
        found = Client(raise_request_exception=False)
        if one is not None:
            enter(found, one)
        return found


@pytest.fixture
def world(register: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """People and a case; nobody is asked to wait."""
    monkeypatch.setattr(settings, "WORKSPACE", tmp_path)
    monkeypatch.setattr("zhiheng.web.limits.waiting", lambda *_a, **_n: 0)
    monkeypatch.setattr("zhiheng.web.pages.public.complaint.waiting", lambda *_a, **_n: 0)
    monkeypatch.setattr("zhiheng.web.pages.public.nomination.waiting", lambda *_a, **_n: 0)
    return World()


OURS = ("case", "work", "cases", "late", "messages", "mails", "laboratory", "visits", "firm", "account_p", "account_t", "complain",
        "follow", "nominat", "announce", "audit", "organisation", "document", "verify", "clock")  # fmt: skip


def addresses(found: Any = None, before: str = "") -> Iterator[tuple[str, str]]:
    """The addresses of casework: name and pattern."""
    for one in (found or get_resolver()).url_patterns:
        text = before + str(one.pattern)
        if isinstance(one, URLResolver):
            if not text.startswith(("api", "en/")):
                yield from addresses(one, text)
        elif isinstance(one, URLPattern) and str(one.name).startswith(OURS):
            yield str(one.name), text


def filled(pattern: str, value: str, number: str) -> str:
    """An address with an odd value in each place."""
    parts = []
    for part in pattern.split("/"):
        if "<int:" in part:
            head, _, tail = part.partition("<")
            part = f"{head}{'9' * 30}{tail.partition('>')[2]}"
        elif "<str:number>" in part and number:
            part = number
        elif "<" in part:
            head, _, tail = part.partition("<")
            part = f"{head}{quote(value, safe='')}{tail.partition('>')[2].replace('<slug:form>', 'csv')}"
        parts.append(part)
    return "/" + "/".join(parts)


def test_no_address_and_no_question_breaks_a_page(world: World) -> None:
    broken = []
    for role in ASKING:
        client = world.client(world.people.get(role))
        for name, pattern in addresses():
            if name == "account_logout":
                continue
            odd = ODD_IN_ADDRESSES if "<str" in pattern or "<path" in pattern or "<int" in pattern else ("csv",)
            for value in odd:
                place = filled(pattern, value, "")
                if client.get(place).status_code >= 500:
                    broken.append((role, place[:80]))
            if "<str" not in pattern and "<int" not in pattern:
                place = filled(pattern, "csv", "")
                for value in ODD:
                    # all at once is often refused for the first of them; so the ones that reach the database also alone
                    for keys in (dict.fromkeys(ASKED, value), *({key: value} for key in ALONE)):
                        if client.get(place, keys).status_code >= 500:
                            broken.append((role, f"{place} {list(keys)[:2]} {value[:12]!r}"))
    assert broken == []


def test_no_form_breaks_a_page(world: World) -> None:
    broken = []
    acts = [f"case/{world.case.number}/act/{key}/" for key in ("receive", "cancel", "draw")]
    for role in (*ASKING, "administrator"):
        client = world.client(world.people.get(role))
        for pattern in [pattern for name, pattern in addresses() if name != "account_logout"] + acts:
            place = filled(pattern, "csv", world.case.number)
            for value in ("a\x00b", NUMERALS, "x" * 3000):
                if client.post(place, dict.fromkeys(WRITTEN, value)).status_code >= 500:
                    broken.append((role, place[:80], value[:12]))
    assert broken == []


def test_reason_that_is_too_long_or_holds_no_text_is_refused_in_words(world: World) -> None:
    client, number = world.client(world.people["officer"]), world.case.number
    for why in ("x" * 1001, "a\x00b"):
        answer = client.post("/work/batch/", {"case": [number], "act": "nothing", "why": why})
        assert answer.status_code in (400, 409)
    admin, home = world.people["administrator"], world.people["officer"].organisation
    for name in ("名" * 81, "a\x00b"):
        with pytest.raises(ActRefused, match="name"):
            accounts.make(by=admin, username="neu", name=name, role="inspector", organisation=home, at=timezone.now())
    assert not Account.objects.filter(username="neu").exists()


def test_no_call_breaks_the_api(world: World) -> None:
    one = world.people["laboratory"]
    key = {"Authorization": f"Bearer {tokens.issue(by=one, label='LIMS', at=timezone.now())[1]}"}
    client, broken = Client(raise_request_exception=False), []
    bodies: list[Any] = [b"", b"null", b"[]", b"{", b'"\\ud800"', b"[" * 3000, b'{"lines": null}']
    for value in (*ODD, "\ud800", None, 1e308, {}, [], 10**400):
        line = dict.fromkeys(
            ("analyte", "value", "unit", "comparator", "method", "reporting_level", "uncertainty"), value
        )
        body = {
            "lines": [line],
            "tested_on": value,
            "note": value,
            "seal": value,
            "look": value,
            "place": value,
            "why": value,
        }
        bodies.append(json.dumps(body).encode())
        bodies.append(
            json.dumps(
                {"lines": [{"analyte": "lead", "value": value, "unit": "ppm"}], "why": value, "note": value}
            ).encode()
        )
        bodies.append(json.dumps({"seal": value, "look": "x", "place": value}).encode())
    for path in ("samples/{}/receive", "samples/{}/results", "reports/{}/release", "reports/{}/amend"):
        for number in ("S-0-T", *ODD[:3]):
            for body in bodies if number == "S-0-T" else bodies[:2]:
                place = "/api/laboratory/" + path.format(quote(number[:300], safe=""))
                answer = client.post(place, body, content_type="application/json", headers=key)
                if answer.status_code >= 500:
                    broken.append((place[:60], body[:80], answer.content[:200]))
    assert broken == []
