"""Notices: every document that a procedure makes has its text, nothing in it is unknown, and its PDF says all of it."""

import re
import shutil
import subprocess
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from noticing import DATA, DAY, data, number

from zhiheng import rules
from zhiheng.errors import RuleFileInvalid, RuleNotInForce, RuleUnknown
from zhiheng.reports import notice
from zhiheng.rules import documents

KINDS = documents.keys()
LAW = Path(rules.__file__).parents[1] / "law" / "cn" / "documents"
needs_poppler = pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="poppler-utils is not installed on this machine"
)


def read_back(pdf: bytes, *options: str) -> str:
    """The text of a PDF as another program reads it."""
    done = subprocess.run(["pdftotext", *options, "-", "-"], input=pdf, capture_output=True, check=True)
    return done.stdout.decode()


def bare(text: str) -> str:
    """A text without blanks and without the signs that only allow a line to break."""
    return re.sub(r"[\s\u200b]", "", text)


def procedures() -> list[Any]:
    """Every procedure with each of its variants."""
    return [
        rules.procedures.procedure(key, on=DAY, region=region)
        for key in rules.procedures.procedures()
        for region in ("", "440106")
    ]


def test_every_document_that_a_procedure_makes_has_a_file_and_no_file_is_idle() -> None:
    made = {kind for procedure in procedures() for act in procedure.acts.values() for kind in act.produces}
    assert made == set(KINDS)


def test_every_field_period_act_and_procedure_that_a_document_names_is_there() -> None:
    lost = []
    for key in KINDS:
        kind = documents.kind(key, on=DAY)
        makers = [one for one in procedures() if any(key in act.produces for act in one.acts.values())]
        fields = {field.key for one in makers for act in one.acts.values() for field in act.fields}
        own = {field.key for one in makers for act in one.acts.values() if key in act.produces for field in act.fields}
        periods = {period for one in makers for period in one.periods}
        acts = {name for one in makers for name, act in one.acts.items() if key in act.produces}
        known = {"said": own, "told": fields, "due": periods, "number_of": set(KINDS), "day_of": set(KINDS)}
        for hole, place in kind.holes():
            prefix, dot, rest = hole.partition(".")
            if dot and rest not in known[prefix]:
                lost.append(f"{place.file}, line {place.line}: {hole}")
        for block in kind.body:
            named = block.names if block.sort == "periods" else ()
            strange = {
                *(set(named) - periods),
                *(set(block.acts) - acts),
                *(set(block.procedures) - {one.key for one in makers}),
            }
            lost += [f"{block.place.file}, line {block.place.line}: {one}" for one in sorted(strange)]
            for one in block.names if block.sort == "remedies" else ():
                documents.remedy(one, on=DAY)
    assert lost == []


def test_no_two_documents_share_their_word_and_so_a_series() -> None:
    words = [documents.kind(key, on=DAY).word for key in KINDS]
    assert len(set(words)) == len(words)


@pytest.mark.parametrize(
    ("region", "head"),
    [
        ("440000", "（粤）市监抽通〔2026〕"),
        ("440106", "（粤440106）市监抽通〔2026〕"),
        ("", "（机构7）市监抽通〔2026〕"),
        ("999999", "（999999）市监抽通〔2026〕"),
    ],
)
def test_authorities_have_series_of_their_own(region: str, head: str) -> None:
    assert documents.number_of("result_notice", region=region, organisation="7", on=DAY) == (head, "号")


@pytest.mark.parametrize(
    ("was", "becomes", "message"),
    [
        ("{case}", "{cases}", r"line 1[0-9]: the placeholder '{cases}' is not known"),
        ("{case}", "{said.}", r"the placeholder '{said\.}' is not known"),
        ("{case}", "{__class__}", "is not known"),
        ("table: samples", "table: sample", "table 'sample' is not one of"),
        ("layout: record", "layout: poster", "layout 'poster' is not one of"),
        ("addressee: [file]", "addressee: [nobody]", "addressee 'nobody' is not one of"),
        ("    word: 样交", "    words: 样交", "unknown key 'words'"),
    ],
)
def test_a_fault_in_a_documents_file_is_named_with_file_and_line(
    tmp_path: Path, was: str, becomes: str, message: str
) -> None:
    text = (LAW / "custody_record.yaml").read_text(encoding="utf-8")
    assert was in text
    file = tmp_path / "custody_record.yaml"
    file.write_text(text.replace(was, becomes, 1), encoding="utf-8")
    with pytest.raises(RuleFileInvalid, match=r"^cn/documents/custody_record\.yaml, line \d+: ") as caught:
        documents.read(file, key="custody_record", on=DAY)
    assert re.search(message, str(caught.value))


def test_a_document_is_not_guessed_before_its_first_day() -> None:
    with pytest.raises(RuleNotInForce):
        documents.kind("result_notice", on=date(2019, 9, 30))
    with pytest.raises(RuleUnknown, match="there is no document 'permit'"):
        documents.kind("permit", on=DAY)


@pytest.mark.parametrize("key", KINDS)
def test_whoever_did_not_read_the_official_form_says_so(key: str) -> None:
    assert documents.kind(key, on=DAY).checked is None
    assert "未与官方文书格式核对" in notice.content(key, data(key), language="zh")["layout_note"]


@needs_poppler
@pytest.mark.slow
@pytest.mark.parametrize("language", notice.LANGUAGES)
@pytest.mark.parametrize("key", KINDS)
def test_the_paper_says_everything_and_leaves_no_place_open(key: str, language: str) -> None:
    told = notice.content(key, data(key), language=language)
    text = bare(
        read_back(notice.notice(key, data(key), language=language, addressee="张三丰", digest="a" * 64), "-layout")
    )
    plain = bare(read_back(notice.notice(key, data(key), language=language, addressee="张三丰"), "-raw"))
    assert "{" not in text and "}" not in text and "＿" not in text and "None" not in text
    for said in (told["title"], told["number"], told["issuer"], told["day"], DATA["verify"]):
        assert bare(said) in text, said
    for block in told["blocks"]:
        if block["type"] != "table":
            assert bare(block["text"]) in plain, block["text"]
        else:
            # a cell that takes two lines is read line by line: its signs are all there
            assert all(set(bare(cell)) <= set(plain) for row in block["rows"] for cell in row)
    to = "张三丰" if told["addressee"]["role"] == "petitioner" else told["addressee"]["name"]
    assert bare(to) in text


def test_result_notice_tells_the_right_of_objection_with_its_last_day_and_article() -> None:
    blocks = notice.content("result_notice", data("result_notice"), language="zh")["blocks"]
    periods = next(block for block in blocks if block.get("title") == "期限")
    assert periods["rows"] == [["提出异议", "企业", "2026年10月8日", "《中华人民共和国产品质量法》第15条"]]
    assert any("十五日内" in block.get("text", "") and "第15条" in block["text"] for block in blocks)
    passed = notice.content("result_notice", data("result_notice", act="tell_conforming", findings=[]), language="zh")
    assert not any("异议" in block.get("text", "") for block in passed["blocks"])


def test_each_procedure_tells_its_own_right_of_retest() -> None:
    def said(procedure: str) -> str:
        told = notice.content("result_notice", data("result_notice", procedure=procedure), language="zh")
        return " ".join(block.get("text", "") for block in told["blocks"])

    assert "七个工作日" in said("food-sampling") and "第88条" in said("food-sampling")
    assert "五个工作日" in said("farm-produce") and "十五日" not in said("farm-produce")


def test_order_tells_reconsideration_by_the_law_of_its_day() -> None:
    def said(on: str) -> str:
        told = notice.content("rectification_order", data("rectification_order", on=on), language="zh")
        return " ".join(block.get("text", "") for block in told["blocks"])

    assert "《中华人民共和国行政复议法》（2023）第20条" in said("2026-09-21") and "六个月" in said("2026-09-21")
    assert "（2023）" not in said("2023-12-31") and "未经核对原文" in said("2023-12-31")


def test_period_that_nobody_has_read_says_so() -> None:
    blocks = notice.content("objection_receipt", data("objection_receipt"), language="zh")["blocks"]
    periods = next(block for block in blocks if block.get("title") == "期限")
    assert periods["rows"][0][-1].endswith("；未经核对原文")


def test_period_whose_last_day_is_not_settled_is_not_told_as_settled() -> None:
    period = DATA["periods"][0] | {"is_settled": False}
    told = notice.content("result_notice", data("result_notice", periods=[period]), language="zh")
    row = next(block for block in told["blocks"] if block.get("title") == "期限")["rows"][0]
    assert row[2] == "不早于2026年10月8日（该年节假日安排公布后确定）"


def test_place_that_the_case_leaves_open_is_a_line_to_write_on() -> None:
    told = notice.content("transfer_receipt", data("transfer_receipt", papers=[]), language="zh")
    assert "＿＿＿" in told["blocks"][0]["text"]


@needs_poppler
@pytest.mark.slow
def test_forty_findings_break_over_pages_and_no_row_is_cut() -> None:
    finding = DATA["findings"][0]
    rows = [
        finding
        | {
            "item": {"zh": f"第{place}项指标的名称相当长以至于要换行显示", "en": f"item {place}"},
            "value": f"{place}.{place:02d}",
            "cite": {},
        }
        for place in range(1, 41)
    ]
    firm = "内蒙古自治区呼和浩特市新城区" + "某某" * 30 + "食品有限责任公司"
    parties = DATA["parties"] | {"subject": {"name": firm, "credit_code": "", "address": ""}}
    pdf = notice.notice("result_notice", data("result_notice", findings=rows, parties=parties), language="zh")
    pages = read_back(pdf, "-layout").split("\f")[:-1]
    assert len(pages) > 1
    whole = [bare(page) for page in pages]
    assert firm in "".join(whole)
    for place in range(1, 41):
        assert [f"{place}.{place:02d}mg/kg" in page for page in whole].count(True) >= 1, place
    for place, page in enumerate(whole, start=1):
        assert f"第{place}页共{len(pages)}页" in page
        assert ("检验项目" in page) == ("mg/kg" in page), "the head of the table stands on each of its pages"


@needs_poppler
@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>公司",
        '#import "@preview/x:0.1.0": y; #y[*厂*]',
        "$x^2$ _甲_ `code` \\ @ref #pagebreak()",
        "{subject_code} {0.__class__} %(n)s",
        "A" * 90,
    ],
)
def test_name_that_looks_like_markup_is_shown_as_text(name: str) -> None:
    parties = DATA["parties"] | {"subject": {"name": name, "credit_code": "", "address": ""}}
    product = DATA["product"] | {"name": name}
    pdf = notice.notice(
        "rectification_order", data("rectification_order", parties=parties, product=product), language="zh"
    )
    assert bare(read_back(pdf, "-raw")).count(bare(name)) >= 2
    assert read_back(pdf).count("\f") <= 2


def test_same_data_gives_the_same_bytes_and_in_time() -> None:
    began = time.perf_counter()
    first = notice.notice("case_closure", data("case_closure"), language="zh")
    assert time.perf_counter() - began < 5  # a page takes 0.1 s here; the bound is for a machine under load
    assert first == notice.notice("case_closure", data("case_closure"), language="zh")
    assert first != notice.notice(
        "case_closure", data("case_closure", number=number("case_closure", 13)), language="zh"
    )


def test_what_was_issued_is_set_from_its_own_text_and_not_from_todays_law() -> None:
    issued = data("announcement")
    text = {language: notice.composed("announcement", issued, language=language) for language in notice.LANGUAGES}
    text["zh"]["title"] = "当时的标题"
    assert notice.content("announcement", issued | {"text": text}, language="zh")["title"] == "当时的标题"


def test_petitioners_name_is_not_in_the_data_and_its_removal_is_said() -> None:
    told = notice.content("acceptance_notice", data("acceptance_notice"), language="zh")
    assert told["addressee"] == {"role": "petitioner", "name": ""}
    assert notice.notice("acceptance_notice", data("acceptance_notice"), language="zh") != notice.notice(
        "acceptance_notice", data("acceptance_notice"), language="zh", addressee="张三丰"
    )
