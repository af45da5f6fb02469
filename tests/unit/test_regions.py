"""Administrative divisions through time, and industries."""

from datetime import date, timedelta

import pytest

from zhiheng.errors import RuleUnknown
from zhiheng.rules import industries, regions

AFTER = date(2026, 1, 1)


# county-level divisions at the end of a year: Statistical Communiqué of the National Bureau of Statistics and the Ministry of Civil
# Affairs for that year; the code list does not stand behind these figures
@pytest.mark.parametrize(
    ("year", "counties"), [(2019, 2846), (2020, 2844), (2021, 2843), (2022, 2843), (2023, 2844), (2024, 2846)]
)
def test_counties_at_the_end_of_a_year_are_as_many_as_the_ministry_counted(year: int, counties: int) -> None:
    day = date(year + 1, 1, 1)
    begun_that_year = {code for one in regions.changes() if one.first == day for code in one.new}
    found = [
        code
        for code, spells in regions.regions().items()
        if spells[-1].level == "county" and code[:2] not in ("71", "81", "82") and regions.is_region(code, on=day)
    ]
    assert len(set(found) - begun_that_year) == counties


def test_hangzhou_of_2021() -> None:
    before, after = date(2021, 4, 8), date(2021, 4, 9)
    assert [code for code in ("330102", "330103", "330104", "330105") if regions.is_region(code, on=before)] == [
        "330102",
        "330103",
        "330104",
        "330105",
    ]
    assert not regions.is_region("330103", on=after)
    assert regions.region("330113", on=after).name == "临平区"
    assert regions.region("330113", on=after).predecessors == ("330110",)
    assert regions.region("330114", on=after).predecessors == ("330104", "330109")
    assert regions.region("330103", on=before).successors == ("330105",)
    assert regions.now("330104", on=after) == ("330102", "330114")
    assert regions.region("330110", on=before) == regions.region("330110", on=after)  # the code goes on ...
    assert regions.ceded("330110", since=before, until=AFTER) == ("330113",)  # ... with other borders


def test_division_that_is_gone_is_refused_with_what_has_its_land() -> None:
    with pytest.raises(RuleUnknown, match="330103 下城区 was gone on 2026-01-01: its land is now 330105 拱墅区"):
        regions.region("330103", on=AFTER)
    with pytest.raises(RuleUnknown, match="500157 两江新区 was not yet there on 2025-11-06"):
        regions.region("500157", on=date(2025, 11, 6))
    with pytest.raises(RuleUnknown, match="no code of a division"):
        regions.region("999999", on=AFTER)


def test_change_of_which_only_the_year_is_known_lets_both_codes_stand_in_that_year() -> None:
    inside = date(2021, 6, 1)
    assert regions.is_region("410306", on=inside) and regions.is_region("410308", on=inside)
    assert not regions.region("410308", on=inside).is_sharp
    assert not regions.is_region("410308", on=date(2020, 12, 31))
    assert not regions.is_region("410306", on=date(2022, 1, 1))


def test_renamed_division_has_the_name_of_the_day() -> None:
    assert regions.region("130502", on=date(2019, 12, 31)).name == "桥东区"
    assert regions.region("130502", on=date(2021, 1, 1)).name == "襄都区"


def test_what_replaced_a_division_that_was_replaced_again_is_found() -> None:
    assert regions.now("360105", on=AFTER) == ("360112",)
    assert regions.now("440106", on=AFTER) == ("440106",)
    assert regions.now("999999", on=AFTER) == ()


def test_every_successor_was_there_when_its_predecessor_ended() -> None:
    lost = [
        (code, to)
        for code, spells in regions.regions().items()
        for one in spells
        if one.until
        for to in one.successors
        if not regions.is_region(to, on=one.until + timedelta(days=0))
    ]
    assert lost == []


def test_nothing_of_it_is_called_checked() -> None:
    assert {one.checked for one in regions.changes()} == {None}


@pytest.mark.parametrize(("code", "section"), [("C", "C"), ("C14", "C"), ("C1432", "C"), ("A0111", "A"), ("T97", "T")])
def test_industry_is_known_by_its_section(code: str, section: str) -> None:
    assert industries.industry(code, on=AFTER).section == section


@pytest.mark.parametrize("code", ["", "U01", "C1", "C44", "C12", "1432", "C14321", "A00", "c14"])
def test_industry_that_cannot_be_is_refused(code: str) -> None:
    with pytest.raises(RuleUnknown):
        industries.industry(code, on=AFTER)
