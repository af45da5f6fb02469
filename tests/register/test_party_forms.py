"""Parties entered and changed on the pages and over the API: one form for every kind, faults beside their fields, nothing written over."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from django.test import Client, override_settings
from people import account, authority, enter, enterprise, laboratory

from zhiheng.api.party import PartyKind
from zhiheng.register.models import Certificate, Event, Organisation, Product, Scope, Site
from zhiheng.register.parties import fields, forms

pytestmark = pytest.mark.slow
NEW = "/register/enter/{}/"
FIRM = {"name": "某玩具厂", "kind": "enterprise", "region": "广州市天河区", "credit_code": "91350100m000100y43"}


@pytest.fixture
def officer(register: Path) -> Iterator[Client]:
    """A browser of an officer of a city."""
    client = Client(headers={"host": "localhost"})
    enter(client, account("chen", "officer", authority()))
    with override_settings(WORKSPACE=register.parent):
        yield client


def seen(client: Client, address: str) -> str:
    """What the form says that its reader has seen."""
    found = re.search(r'name="seen" value="([0-9]+)"', client.get(address).content.decode())
    assert found is not None
    return found.group(1)


def test_form_of_every_kind_asks_every_field_that_is_needed() -> None:
    for name, form in forms.forms().items():
        asked = {one.name for one in form.entries}
        assert form.kind is fields.KINDS_OF_PARTIES[name]
        assert asked <= set(form.kind.fields)
        owner = {form.kind.owner} - {"account"}
        assert set(form.kind.needed) <= asked | owner
        assert all(one.input in forms.INPUTS for one in form.entries)
    assert set(forms.forms()) == set(fields.KINDS_OF_PARTIES) == set(get_args(PartyKind))


def test_firm_is_entered_by_hand_and_its_place_by_name(officer: Client) -> None:
    page = officer.get(NEW.format("organisation")).content.decode()
    assert 'name="credit_code"' in page and 'value="authority"' not in page and 'name="level"' not in page
    answer = officer.post(NEW.format("organisation"), FIRM | {"why": "现场检查新发现"})
    made = Organisation.objects.get(name="某玩具厂")
    assert answer["Location"] == f"/register/organisations/{made.credit_code}/"
    assert (made.region, made.credit_code) == ("440106", "91350100M000100Y43")
    event = Event.objects.get()
    assert (event.who, event.act, event.why) == ("chen", "add", "现场检查新发现")
    shown = officer.get(answer["Location"]).content.decode()
    assert "现场检查新发现" in shown and f"/register/enter/organisation/{made.pk}/" in shown


def test_faults_stand_beside_their_fields_and_nothing_is_lost(officer: Client) -> None:
    wrong = FIRM | {"credit_code": "91350100M000100Y44", "email": "nobody", "address": "某路1号"}
    answer = officer.post(NEW.format("organisation"), wrong)
    page = answer.content.decode()
    assert answer.status_code == 422 and not Event.objects.exists()
    assert 'id="new-credit_code-wrong"' in page and "校验位不符" in page and 'id="new-email-wrong"' in page
    assert 'href="#new-credit_code"' in page and "某路1号" in page
    english = officer.post("/en" + NEW.format("organisation"), wrong).content.decode()
    assert "has a wrong check character; compare it with the licence" in english


def test_change_asks_for_a_reason_and_the_history_shows_it(officer: Client) -> None:
    made = enterprise()
    address = f"{NEW.format('organisation')}{made.pk}/"
    told = {"name": made.name, "region": made.region, "credit_code": made.credit_code, "phone": "020-1"}
    answer = officer.post(address, told | {"seen": seen(officer, address), "email": "nobody"})
    page = answer.content.decode()
    assert answer.status_code == 422 and 'id="new-why-wrong"' in page and 'id="new-email-wrong"' in page
    assert officer.post(address, told | {"seen": "0", "why": "来电更正"}).status_code == 302
    event = Event.objects.get()
    assert (event.data, event.why) == ({"phone": ["", "020-1"]}, "来电更正")
    page = officer.get(f"/register/organisations/{made.credit_code}/").content.decode()
    assert "020-1" in page and "来电更正" in page
    assert officer.post(address, told | {"seen": str(event.number), "why": "无"}).status_code == 302
    assert Event.objects.count() == 1  # nothing differed


def test_overtaken_change_keeps_both_and_names_where_they_meet(officer: Client) -> None:
    made = enterprise()
    address = f"{NEW.format('organisation')}{made.pk}/"
    other = Client(headers={"host": "localhost"})
    enter(other, account("wang", "officer", Organisation.objects.get(kind="authority")))
    told = {"name": made.name, "region": made.region, "credit_code": made.credit_code, "why": "更正"}
    before = seen(officer, address)
    assert other.post(address, told | {"seen": before, "phone": "020-1", "address": "乙路2号"}).status_code == 302
    answer = officer.post(address, told | {"seen": before, "phone": "020-2", "contact": "李四"})
    page = answer.content.decode()
    assert answer.status_code == 409 and "wang" in page and 'id="new-phone-wrong"' in page
    assert 'value="020-2"' in page and 'value="乙路2号"' in page and 'value="李四"' in page
    again = re.search(r'name="seen" value="([0-9]+)"', page)
    assert again is not None
    told |= {"seen": again.group(1), "phone": "020-2", "contact": "李四", "address": "乙路2号"}
    assert officer.post(address, told).status_code == 302
    made.refresh_from_db()
    assert (made.phone, made.contact, made.address) == ("020-2", "李四", "乙路2号")


def test_sites_products_scopes_and_certificates_are_entered_on_the_same_form(officer: Client) -> None:
    firm, bench, office = enterprise(), laboratory(), Organisation.objects.get(kind="authority")
    inspector = account("li", "inspector", office)
    days = {"valid_from": "2026-01-01", "valid_to": "2031-01-01"}
    for kind, of, given in (
        ("site", firm, {"name": "一车间", "region": "440106"}),
        ("product", firm, {"name": "积木", "gtin": "6291041500213"}),  # GS1 General Specifications 7.9
        ("scope", bench, {"subject": "玩具", "certificate": "CMA-1", "is_retest_body": "yes", **days}),
        ("certificate", office, {"account": str(inspector.pk), "number": "粤A1", **days}),
    ):
        answer = officer.post(f"{NEW.format(kind)}?of={of.pk}", given)
        assert answer.status_code == 302, answer.content.decode()
    assert Site.objects.get().organisation == firm and Product.objects.get().gtin == "6291041500213"
    assert Scope.objects.get().is_retest_body and Certificate.objects.get().account == inspector
    assert [event.kind for event in Event.objects.order_by("number")] == ["site", "product", "scope", "certificate"]
    wrong = officer.post(f"{NEW.format('product')}?of={firm.pk}", {"name": "拼图", "gtin": "6291041500214"})
    assert "商品条码校验位不符" in wrong.content.decode()
    scope = f"{NEW.format('scope')}{Scope.objects.get().pk}/"
    told = {"subject": "玩具", "certificate": "CMA-1", "valid_from": "2026-01-01", "why": "暂停", "seen": "99"}
    assert "早于有效期起" in officer.post(scope, told | {"valid_to": "2025-01-01"}).content.decode()
    assert officer.post(scope, told | {"valid_to": "2027-01-01"}).status_code == 302
    assert Scope.objects.get().is_retest_body is False and "暂停" in officer.get(scope).content.decode()


def test_organisation_of_another_region_is_not_changed_and_its_page_offers_no_form(officer: Client) -> None:
    far = enterprise("异地厂", region="330106", code=None)
    address = f"{NEW.format('organisation')}{far.pk}/"
    assert officer.get(address).status_code == 409
    assert officer.post(address, {"name": "x", "why": "y", "seen": "0"}).status_code == 409
    assert address not in officer.get(f"/register/organisations/{far.pk}/").content.decode()
    assert officer.get(NEW.format("bank")).status_code == 400
    assert officer.get(f"{NEW.format('site')}999999/").status_code == 404


def test_api_enters_changes_and_refuses_as_the_form_does(officer: Client) -> None:
    post = {"content_type": "application/json"}
    told = {"name": "某厂", "kind": "enterprise", "region": "440106"}
    made = officer.post("/api/parties/organisation", {"fields": told, "why": "新设"}, **post)
    assert made.status_code == 201, made.content.decode()
    address = f"/api/parties/organisation/{made.json()['number']}"
    wrong = officer.post("/api/parties/organisation", {"fields": told | {"credit_code": "1"}}, **post)
    assert (wrong.status_code, wrong.json()["where"]) == (422, ["fields.credit_code"])
    change = {"fields": {"phone": "1"}, "why": "来电", "seen": made.json()["seen"]}
    assert officer.post(address, change | {"why": ""}, **post).status_code == 422
    assert officer.post(address, change, **post).json()["fields"]["phone"] == "1"
    assert officer.post(address, change | {"fields": {"phone": "2"}}, **post).status_code == 409
    assert officer.get(address).json()["seen"] == Event.objects.last().number
