"""What the results of a case are judged by: asked when it is opened, kept, said on its pages, and what the judgement then goes by."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.test import Client, override_settings
from people import EVIDENCE, account, authority, enter, laboratory

from zhiheng import rules
from zhiheng.register import judging
from zhiheng.register.models import Case, Event, Organisation, Sample

pytestmark = pytest.mark.slow
DAY = date(2026, 11, 22)
CASE = {"procedure": "product-sampling", "region": "440106", "title": "积木"}


@pytest.fixture
def officer(register: Path) -> Iterator[Client]:
    """A browser of an officer of a city."""
    client = Client(headers={"host": "localhost"})
    enter(client, account("chen", "officer", authority()))
    with override_settings(WORKSPACE=register.parent):
        yield client


def test_every_standard_that_is_offered_has_its_categories_and_rules() -> None:
    keys = [rule.key for rule in rules.book().rules.values()]
    for basis in judging.bases(on=DAY).values():
        assert basis.categories and set(basis.names) == {"zh", "en"}
        for family in basis.rules:
            assert any(key == family or key.startswith(f"{family}/") for key in keys), family


def test_standard_category_and_rule_are_offered_asked_and_kept(officer: Client) -> None:
    page = officer.get("/cases/new/").content.decode()
    assert 'name="basis"' in page and "玩具安全（GB 6675）" in page and 'name="edition_on"' in page
    told = CASE | {"basis": "toys", "decision": "guarded", "edition_on": "2025-01-01"}
    missing = officer.post("/cases/new/", told)
    assert missing.status_code == 422 and 'id="new-category-wrong"' in missing.content.decode()
    path = next(iter(judging.bases(on=DAY)["toys"].categories))
    found = officer.post("/cases/new/", told | {"category": path[:2], "step": "search"}).content.decode()
    assert f'value="{path}"' in found
    assert officer.post("/cases/new/", told | {"category": path, "category-chosen": path}).status_code == 302
    case = Case.objects.get()
    expected = {
        "scheme": "gb6675", "rules": ["cn/gb6675"], "product_type": path, "decision": "guarded", "edition_on": "2025-01-01",
    }  # fmt: skip
    assert case.evidence == expected
    said = Event.objects.get(act="open").data
    assert (said["rules"], said["decision"], said["product_type"]) == ("cn/gb6675", "guarded", path)
    page = officer.get(f"/case/{case.number}/").content.decode()
    assert "玩具安全（GB 6675）" in page and path in page and "2025-01-01" in page


def test_case_of_which_nothing_was_stated_says_so_to_officer_and_laboratory(officer: Client) -> None:
    bench = laboratory()
    answer = officer.post("/en/cases/new/", CASE | {"laboratory": bench.pk}, follow=True)
    assert "Nothing was stated of what its results are judged by" in answer.content.decode()
    case = Case.objects.get()
    assert case.evidence == {}
    assert "Nobody stated it when the case was opened" in officer.get(f"/en/case/{case.number}/").content.decode()
    Sample.objects.create(number="S1", case=case, part="T", seal="s", state="received", holder=bench)
    tester = Client(headers={"host": "localhost"})
    enter(tester, account("lab", "laboratory", Organisation.objects.get(kind="laboratory")))
    assert "Nobody stated it when" in tester.get("/en/laboratory/sample/S1/").content.decode()


def test_category_without_a_standard_and_a_category_of_another_are_refused(officer: Client) -> None:
    for more, field in (
        ({"category": "积木"}, "basis"),
        ({"basis": "toys", "category": "蔬菜"}, "category"),
        ({"basis": "toys", "category": "", "edition_on": "soon"}, "edition_on"),
    ):
        answer = officer.post("/cases/new/", CASE | more)
        assert answer.status_code == 422 and f'id="new-{field}-wrong"' in answer.content.decode(), field
    assert not Case.objects.exists()


def judged(value: str, uncertainty: str = "", **terms: object) -> str:
    """The verdict of one result of lead."""
    line = {"analyte": "lead", "comparator": "=", "value": value, "unit": "ppm", "uncertainty": uncertainty}
    (found,) = judging.findings([judging.Asked(EVIDENCE | terms, [line])])
    return str(found[0]["verdict"])


def test_judgement_goes_by_the_edition_and_the_rule_that_were_stated() -> None:
    # 15 U.S.C. 1278a(a)(2): 600 ppm until 2009-08-13, 300 until 2011-08-13, 100 from 2011-08-14
    assert judged("250") == "nonconforming"
    assert judged("250", edition_on="2010-01-01") == "conforming"
    assert judged("90", "20", decision="simple") == "conforming"
    assert judged("90", "20", decision="guarded") == "inconclusive"


def test_case_tells_what_it_is_judged_by_even_where_it_is_of_no_list() -> None:
    assert judging.basis({}, on=DAY)[1] is False
    basis, stated = judging.basis({"scheme": "wa-utensil", "rules": ["us/53"]}, on=DAY)
    assert stated and basis.names["zh"] == "us/53"
