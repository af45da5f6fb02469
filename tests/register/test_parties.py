"""Organisations and what belongs to them: what cannot be is refused, what changes is kept, what was known on a day is found again."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from people import NOON, account, authority, enterprise, laboratory

from zhiheng.errors import ActRefused, NothingThereYet, Overtaken, PartyInvalid
from zhiheng.register.acts import audit, parties
from zhiheng.register.models import Account, Event, Organisation
from zhiheng.register.parties import history

pytestmark = pytest.mark.slow
FIRM = {"name": "某食品厂", "kind": "enterprise", "region": "440106", "credit_code": "91350100M000100Y43"}


@pytest.fixture
def officer(register: Path) -> Account:
    """An officer of a city."""
    return account("chen", "officer", authority())


def firm(by: Account, **more: Any) -> Organisation:
    return parties.add(by, "organisation", FIRM | more, at=NOON)


def test_registered_organisation_has_one_event_with_its_fields(officer: Account) -> None:
    made = firm(officer, industry="C1432", phone="020-8888")
    event = Event.objects.get()
    assert (event.kind, event.key, event.act, event.who) == ("organisation", str(made.pk), "add", "chen")
    assert event.data["name"] == [None, "某食品厂"] and event.data["industry"] == [None, "C1432"]
    assert "email" not in event.data
    assert audit.verify() == ([], 1)


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("credit_code", "91350100M000100Y44", "code_check"),  # GB 32100-2015 example with its last character changed
        ("credit_code", "9135", "code_shape"),
        ("region", "330103", "region_unknown"),  # 下城区 of Hangzhou, merged in 2021
        ("region", "999999", "region_unknown"),
        ("industry", "C47", "industry_unknown"),
        ("kind", "bank", "kind_unknown"),
        ("level", "city", "level_unknown"),
        ("email", "nobody", "email_wrong"),
        ("name", "  ", "missing"),
        ("name", "x" * 201, "long"),
        ("name", "a\x07b", "unprintable"),
        ("superior", 1, "superior_wrong"),
        ("owner", "me", "field_unknown"),
    ],
)
def test_field_that_cannot_be_is_refused_with_its_remedy(
    officer: Account, field: str, value: object, reason: str
) -> None:
    with pytest.raises(PartyInvalid) as refused:
        firm(officer, **{field: value})
    assert [(one.field, one.reason) for one in refused.value.faults] == [(field, reason)]
    assert Event.objects.count() == 0 and Organisation.objects.filter(kind="enterprise").count() == 0


def test_every_fault_is_told_at_once(officer: Account) -> None:
    with pytest.raises(
        PartyInvalid, match="credit_code '9135' is no unified social credit code.*region '1'.*is no division"
    ):
        firm(officer, credit_code="9135", region="1")


def test_credit_code_belongs_to_one_organisation(officer: Account) -> None:
    firm(officer)
    with pytest.raises(PartyInvalid, match="belongs to another organisation already"):
        firm(officer, name="另一厂")
    without = firm(officer, name="另一厂", credit_code="")
    assert without.credit_code is None


def test_change_keeps_before_and_after_with_who_and_why(officer: Account) -> None:
    made = firm(officer, phone="1")
    parties.change(officer, "organisation", made.pk, {"phone": "2", "name": "某食品厂"}, at=NOON, why="来电更正")
    found = history.changes("organisation", made.pk, field="phone")
    assert [(one.before, one.after, one.who, one.why) for one in found] == [
        (None, "1", "chen", ""),
        ("1", "2", "chen", "来电更正"),
    ]
    assert list(Event.objects.last().data) == ["phone"]


def test_change_of_nothing_writes_no_event(officer: Account) -> None:
    made = firm(officer)
    parties.change(officer, "organisation", made.pk, {"name": " 某食品厂 "}, at=NOON, why="")
    assert Event.objects.count() == 1


def test_organisation_as_known_on_a_day(officer: Account) -> None:
    made = firm(officer, address="甲路1号")
    for days, address in ((10, "乙路2号"), (20, "丙路3号")):
        parties.change(
            officer, "organisation", made.pk, {"address": address}, at=NOON + timedelta(days=days), why="搬迁"
        )
    known = {
        day: history.known("organisation", made.pk, on=date(2026, 9, 16) + timedelta(days=day)).values["address"]
        for day in (0, 9, 10, 19, 20, 400)
    }
    assert known == {0: "甲路1号", 9: "甲路1号", 10: "乙路2号", 19: "乙路2号", 20: "丙路3号", 400: "丙路3号"}
    with pytest.raises(NothingThereYet, match="was not known on 2026-09-15"):
        history.known("organisation", made.pk, on=date(2026, 9, 15))


def test_day_of_the_past_ends_at_midnight_in_china(officer: Account) -> None:
    made = firm(officer, address="甲")
    parties.change(officer, "organisation", made.pk, {"address": "乙"}, at=NOON.replace(hour=23, minute=59), why="")
    parties.change(officer, "organisation", made.pk, {"address": "丙"}, at=NOON + timedelta(hours=12), why="")
    assert history.known("organisation", made.pk, on=date(2026, 9, 16)).values["address"] == "乙"


def test_past_that_was_removed_is_said_to_be_lost(officer: Account) -> None:
    made = firm(officer, phone="1")
    parties.change(officer, "organisation", made.pk, {"phone": "2"}, at=NOON + timedelta(days=1), why="")
    audit.forgotten(Event.objects.last())
    assert "phone" in history.known("organisation", made.pk, on=date(2026, 9, 16)).lost


def test_change_of_the_table_beside_the_acts_is_found(officer: Account) -> None:
    made = firm(officer, phone="1")
    assert history.drifted("organisation", made.pk) == {}
    Organisation.objects.filter(pk=made.pk).update(phone="9")
    assert history.drifted("organisation", made.pk) == {"phone": ("1", "9")}


def test_who_did_not_see_the_last_change_is_overtaken(officer: Account) -> None:
    made = firm(officer)
    seen = Event.objects.last().number
    parties.change(officer, "organisation", made.pk, {"phone": "1"}, at=NOON, why="", seen=seen)
    with pytest.raises(Overtaken, match="chen changed this organisation"):
        parties.change(officer, "organisation", made.pk, {"phone": "2"}, at=NOON, why="", seen=seen)


def test_kind_and_owner_never_change(officer: Account) -> None:
    made = firm(officer)
    site = parties.add(officer, "site", {"organisation": made, "name": "一车间"}, at=NOON)
    with pytest.raises(ActRefused, match="never changed"):
        parties.change(officer, "organisation", made.pk, {"kind": "laboratory"}, at=NOON, why="")
    with pytest.raises(ActRefused, match="never changed"):
        parties.change(officer, "site", site.pk, {"organisation": officer.organisation.pk}, at=NOON, why="")


def test_products_are_registered_once_and_their_gtin_is_checked(officer: Account) -> None:
    made = firm(officer)
    bread = {"producer": made, "name": "面包", "gtin": "6291041500213"}  # GS1 General Specifications 7.9
    parties.add(officer, "product", bread, at=NOON)
    for gtin, reason in (("6291041500214", "gtin_check"), ("629", "gtin_shape"), ("6291041500213", "gtin_taken")):
        with pytest.raises(PartyInvalid) as refused:
            parties.add(officer, "product", bread | {"name": "饼干", "gtin": gtin}, at=NOON)
        assert [one.reason for one in refused.value.faults] == [reason]
    with pytest.raises(PartyInvalid, match="registered here already"):
        parties.add(officer, "product", bread | {"gtin": ""}, at=NOON)


def test_scope_is_of_a_laboratory_and_its_days_are_in_order(officer: Account) -> None:
    scope = {"certificate": "CMA-1", "subject": "糕点", "valid_from": "2026-01-01", "valid_to": "2031-12-31"}
    made = parties.add(officer, "scope", scope | {"laboratory": laboratory()}, at=NOON)
    assert made.valid_to == date(2031, 12, 31)
    for field, value, reason in (
        ("valid_to", "2025-01-01", "days_crossed"),
        ("valid_from", "soon", "day_wrong"),
        ("laboratory", enterprise(), "not_laboratory"),
    ):
        with pytest.raises(PartyInvalid) as refused:
            parties.add(
                officer, "scope", scope | {"laboratory": laboratory(), "certificate": "X"} | {field: value}, at=NOON
            )
        assert reason in [one.reason for one in refused.value.faults]
    parties.change(officer, "scope", made.pk, {"valid_to": "2027-01-01"}, at=NOON, why="撤销")
    assert history.changes("scope", made.pk, field="valid_to")[-1].before == "2031-12-31"


def test_certificate_of_an_inspector(officer: Account) -> None:
    inspector = account("li", "inspector", officer.organisation)
    fields = {"account": inspector, "number": "粤A1", "valid_from": "2026-01-01", "valid_to": "2027-01-01"}
    parties.add(officer, "certificate", fields, at=NOON)
    with pytest.raises(PartyInvalid, match="registered here already"):
        parties.add(officer, "certificate", fields, at=NOON)


def test_officer_changes_firms_of_the_own_region_only(officer: Account) -> None:
    far = firm(officer, region="330106", credit_code="")  # a producer elsewhere may be registered ...
    with pytest.raises(ActRefused, match="outside the region"):
        parties.change(officer, "organisation", far.pk, {"phone": "1"}, at=NOON, why="")  # ... but not be changed
    with pytest.raises(ActRefused, match="kept by the administrator"):
        parties.add(officer, "organisation", {"name": "某局", "kind": "authority", "region": "440106"}, at=NOON)


@pytest.mark.parametrize("role", ["inspector", "laboratory", "firm"])
def test_others_do_not_change_the_register(officer: Account, role: str) -> None:
    somebody = account("zhou", role, officer.organisation)
    with pytest.raises(ActRefused, match="is not for the role"):
        firm(somebody)
    with pytest.raises(ActRefused):
        parties.change(somebody, "organisation", firm(officer).pk, {"phone": "1"}, at=NOON, why="")


def test_no_authority_stands_above_itself(officer: Account) -> None:
    boss = account("root", "administrator", officer.organisation)
    city = officer.organisation
    county = {"name": "某区局", "kind": "authority", "level": "county", "region": "440106", "superior": city}
    made = parties.add(boss, "organisation", county, at=NOON)
    with pytest.raises(PartyInvalid, match="no authority above"):
        parties.change(boss, "organisation", city.pk, {"superior": made.pk}, at=NOON, why="")


def test_region_that_ended_is_kept_where_it_stands_but_not_written_anew(officer: Account) -> None:
    boss = account("root", "administrator", officer.organisation)
    old = enterprise(region="330103", code=None)
    parties.change(boss, "organisation", old.pk, {"phone": "1"}, at=NOON, why="")
    with pytest.raises(PartyInvalid, match="no division that holds"):
        parties.change(boss, "organisation", old.pk, {"region": "330104"}, at=NOON, why="")
