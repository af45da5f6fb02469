"""Names of regions in letters: every division has one, and those whose reading is not the usual one of their signs are right."""

import csv
import re
from io import StringIO

import pytest

from zhiheng.reports.nation.places import regions
from zhiheng.rules import library
from zhiheng.rules.regions import changes

# the spellings that the places use themselves, from general knowledge and no one list: signs with several readings, and names that
# are not Chinese
KNOWN = {
    "140000": "Shanxi", "610000": "Shaanxi", "150000": "Inner Mongolia", "140400": "Changzhi", "141100": "Lüliang",
    "150100": "Hohhot", "210100": "Shenyang", "211300": "Chaoyang", "331000": "Taizhou", "340300": "Bengbu",
    "341500": "Lu'an", "341600": "Bozhou", "350200": "Xiamen", "370800": "Jining", "411100": "Luohe",
    "430100": "Changsha", "441900": "Dongguan", "451000": "Baise", "510100": "Chengdu", "540100": "Lhasa",
    "650100": "Ürümqi", "110105": "Chaoyang District", "130133": "Zhaoxian County", "310115": "Pudong New District",
    "371722": "Shanxian County", "130224": "Luannan County", "440106": "Tianhe District", "440113": "Panyu District",
}  # fmt: skip


@pytest.mark.parametrize(("code", "name"), KNOWN.items())
def test_a_region_is_named_as_its_own_people_write_it(code: str, name: str) -> None:
    assert regions().said(code, "en") == name
    assert regions().said(code, "zh") == regions().name(code)


def test_every_region_has_a_name_in_letters() -> None:
    text = (library.law() / "cn" / "regions.csv").read_text(encoding="utf-8")
    codes = {row["code"] for row in csv.DictReader(StringIO(text))} | {code for one in changes() for code in one.new}
    named = regions().english
    assert codes <= set(named)
    assert not [name for name in named.values() if not re.fullmatch(r"[A-ZÜ][A-Za-zÜüêé' ]+", name)]


def test_a_municipality_has_no_two_districts_of_one_name() -> None:
    for city in ("1101", "3101", "5001", "4401", "4403"):
        names = [name for code, name in regions().english.items() if code.startswith(city)]
        assert len(names) == len(set(names)), city
