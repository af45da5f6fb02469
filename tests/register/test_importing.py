"""Organisations from a file: previewed, done exactly so, once."""

import csv
from pathlib import Path

import pytest
import xlsxwriter
from people import NOON, account, authority, enterprise

from zhiheng.errors import ActRefused, FileUnreadable, NothingThereYet, Overtaken
from zhiheng.register.acts import audit, importing, merging, parties
from zhiheng.register.models import Account, Event, Organisation
from zhiheng.register.parties import history, imports, listing, names
from zhiheng.register.parties.preview import Preview

pytestmark = pytest.mark.slow
TODAY = NOON.date()
HEAD = "统一社会信用代码,单位名称,行政区划代码,地址,联系电话"


@pytest.fixture
def officer(register: Path) -> Account:
    """An officer of a city."""
    return account("chen", "officer", authority())


def previewed(
    folder: Path, *lines: str, head: str = HEAD, add_likely: bool = False, encoding: str = "utf-8"
) -> Preview:
    file = folder / "firms.csv"
    file.write_text("\n".join((head, *lines)), encoding=encoding)
    return imports.kept(folder, file, name=file.name, on=TODAY, add_likely=add_likely)[0]


def outcomes(found: Preview) -> list[str]:
    return [line.outcome for line in found.lines]


def test_preview_writes_nothing_and_import_does_exactly_it(officer: Account, register: Path) -> None:
    there = enterprise(code="91350100M000100Y43")
    lines = (
        "91350100M000100Y43,某食品厂,440106,甲路1号,",
        ",新玩具厂,440105,乙路,020",
        "91350100M000100Y44,坏码厂,440106,,",
    )
    found = previewed(register.parent, *lines)
    assert outcomes(found) == ["changed", "new", "rejected"]
    assert Event.objects.count() == 0 and Organisation.objects.count() == 2
    done = importing.apply(register.parent, found.digest, by=officer, at=NOON)
    assert (done.new, done.changed, done.before) == (1, 1, False)
    there.refresh_from_db()
    assert there.address == "甲路1号"
    steps = history.changes("organisation", there.pk, field="address")
    assert [(one.before, one.after, one.who) for one in steps] == [("", "甲路1号", "chen")]
    assert audit.verify() == ([], 3)


def test_second_time_does_nothing(officer: Account, register: Path) -> None:
    found = previewed(register.parent, ",新玩具厂,440105,乙路,")
    importing.apply(register.parent, found.digest, by=officer, at=NOON)
    assert importing.apply(register.parent, found.digest, by=officer, at=NOON).before
    assert Organisation.objects.filter(kind="enterprise").count() == 1 and Event.objects.count() == 2
    assert outcomes(previewed(register.parent, ",新玩具厂,440105,乙路,")) == ["same"]


def test_register_that_changed_since_the_preview_is_told(officer: Account, register: Path) -> None:
    there = enterprise()
    found = previewed(register.parent, "91350100M000100Y43,某食品厂,440106,甲路1号,")
    parties.change(officer, "organisation", there.pk, {"address": "丙路"}, at=NOON, why="")
    with pytest.raises(Overtaken, match="preview the file again"):
        importing.apply(register.parent, found.digest, by=officer, at=NOON)
    there.refresh_from_db()
    assert there.address == "丙路" and Event.objects.count() == 1


def test_names_match_over_widths_brackets_and_forms(officer: Account, register: Path) -> None:
    enterprise("广州（天河）佳美食品有限公司", code=None)
    found = previewed(register.parent, "91350100M000100Y43,广州(天河)佳美食品有限责任公司,440106,,")
    assert outcomes(found) == ["changed"]
    assert set(found.lines[0].changes) == {"name", "credit_code"}
    assert names.key("Ａ Ｂ（中国）有限公司", on=TODAY) == names.key("ab中国有限责任公司", on=TODAY)


def test_likely_duplicate_is_held_back_and_told_why(officer: Account, register: Path) -> None:
    there = enterprise("广州市天河区佳美德食品有限公司", code=None)
    Organisation.objects.filter(pk=there.pk).update(address="天河路12号之三", phone="020-88881234")
    line = ",佳美得食品有限公司,440106,天河路12号之三,02088881234"
    found = previewed(register.parent, line)
    assert outcomes(found) == ["likely"]
    told = found.lines[0].likely[0]
    assert told.other == there.pk and set(told.why) == {"near_name", "same_county", "same_address", "same_phone"}
    assert outcomes(previewed(register.parent, line, add_likely=True)) == ["new"]


def test_branch_is_not_its_firm(officer: Account, register: Path) -> None:
    enterprise("佳美德食品有限公司", code=None)
    assert outcomes(previewed(register.parent, ",佳美德食品有限公司分公司,440106,,")) == ["new"]


def test_code_of_a_merged_firm_leads_to_the_kept_one(officer: Account, register: Path) -> None:
    kept, gone = enterprise("甲厂", code=None), enterprise("乙厂")
    merging.merge(officer, kept.pk, gone.pk, why="重复", at=NOON)
    found = previewed(register.parent, "91350100M000100Y43,甲厂,440106,新路,")
    assert (found.lines[0].target, set(found.lines[0].changes)) == (kept.pk, {"address"})
    assert listing.one(officer, "91350100M000100Y43") == kept == listing.one(officer, str(gone.pk))
    assert gone not in listing.found(officer, listing.Asked())


def test_rejected_rows_say_row_column_reason_and_remedy(officer: Account, register: Path) -> None:
    found = previewed(
        register.parent, "91350100M000100Y44,坏码厂,330103,,", ",,440106,,", ",双厂,440106,,", ",双厂,440106,,"
    )
    assert outcomes(found) == ["rejected"] * 4
    place = imports.folder(register.parent) / found.digest / "rejected.csv"
    with place.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))[1:]
    assert [(row[0], row[1]) for row in rows] == [
        ("2", "统一社会信用代码"), ("2", "行政区划代码"), ("3", "单位名称"), ("4", "单位名称"), ("5", "单位名称"),
    ]  # fmt: skip
    assert "330105 拱墅区" in rows[1][4] and rows[0][6].startswith("compare it with the licence")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_chinese_encodings_and_english_headers(officer: Account, register: Path, encoding: str) -> None:
    found = previewed(register.parent, "新厂,440106", head="Name,Region Code", encoding=encoding)
    assert found.lines[0].fields == {"kind": "enterprise", "name": "新厂", "region": "440106"}


def test_spreadsheet_is_read_like_a_csv(officer: Account, register: Path) -> None:
    file = register.parent / "firms.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEAD.split(","))
        sheet.write_row(1, 0, ["91350100M000100Y43", "新厂", "440106", "路", "1"])
    assert outcomes(imports.kept(register.parent, file, name="x", on=TODAY)[0]) == ["new"]


@pytest.mark.parametrize("body", ["", "地址\n甲", "名称,单位名称\n甲,乙", "单位名称\n", "单位名称\n\x00"])
def test_file_that_is_no_list_is_refused(officer: Account, register: Path, body: str) -> None:
    file = register.parent / "firms.csv"
    file.write_text(body, encoding="utf-8")
    with pytest.raises(FileUnreadable):
        imports.kept(register.parent, file, name="x", on=TODAY)


def test_import_asks_who_may_do_it(officer: Account, register: Path) -> None:
    enterprise(region="330106")
    found = previewed(register.parent, "91350100M000100Y43,某食品厂,330106,新路,")
    for who in (officer, account("li", "inspector", officer.organisation)):
        with pytest.raises(ActRefused):
            importing.apply(register.parent, found.digest, by=who, at=NOON)
    assert Event.objects.count() == 0
    with pytest.raises(NothingThereYet):
        importing.apply(register.parent, "../etc", by=officer, at=NOON)
