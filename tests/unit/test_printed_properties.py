"""What holds for every printed text: it reads back, it keeps its order, and nothing makes the reader raise."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhiheng.evidence.printed import (
    Item,
    Limit,
    Quantity,
    Unread,
    analyte_key,
    cn_notice,
    kr_spec,
    limit,
    normalise,
    quantity,
    tw_border,
)

pytestmark = pytest.mark.slow


def items(read: list[Item | Unread]) -> list[Item]:
    return [each for each in read if isinstance(each, Item)]


UNITS = ["mg/kg", "ug/kg", "g/100g", "CFU/g", "CFU/250mL", "mg/100cm2", "%vol", "mg/d", "times", "MPN/g", "/25g", ""]
FIGURES = st.decimals(min_value=0, max_value=10**6, places=3)
PRINTED_UNITS = {
    "ug/kg": "μg/kg", "mg/100cm2": "mg / 100cm²", "mg/d": "mg/每日", "times": "倍", "CFU/250mL": "CFU / 250ml",
}  # fmt: skip


@st.composite
def printed_quantities(draw: st.DrawFn) -> tuple[str, Quantity]:
    comparator, unit = draw(st.sampled_from("=<>")), draw(st.sampled_from(UNITS))
    value = draw(FIGURES)
    sign = draw(st.sampled_from({"=": [""], "<": ["<", "＜", "小于"], ">": [">", "＞"]}[comparator]))
    power = draw(st.sampled_from(["", "×10⁴", "x10^4", "E4"]))
    number = f"{value:f}{power}"
    blank = draw(st.sampled_from(["", " ", "\u3000"])) if unit else ""
    value = value.scaleb(4) if power else value
    return f"{sign}{number}{blank}{PRINTED_UNITS.get(unit, unit)}", Quantity(comparator, value, unit, None, "")


@given(printed_quantities())
def test_a_quantity_printed_in_any_style_reads_back_equal(pair: tuple[str, Quantity]) -> None:
    printed, expected = pair
    assert quantity(printed) == expected


@given(FIGURES, st.sampled_from(UNITS), st.sampled_from([("≤", "<="), ("≥", ">="), ("＜", "<"), (">", ">")]))
def test_a_limit_printed_in_any_style_reads_back_equal(value: Decimal, unit: str, signs: tuple[str, str]) -> None:
    read = limit(f"{signs[0]}{value:f}{PRINTED_UNITS.get(unit, unit)}")
    assert (read.operator, read.unit) == (signs[1], unit)
    assert (read.low if ">" in signs[1] else read.high) == value


NAMES = st.sampled_from(
    [
        "铅(以Pb计)",
        "镉",
        "2,4-滴",
        "铝的残留量(干样品,以Al计)",
        "黄曲霉毒素B₁",
        "倍硫磷",
        "6-苄基腺嘌呤(6-BA)",
        "日落黄",
    ]
)
ASKED = st.sampled_from(["≤0.5mg/kg", "不得使用", "0.1~0.6mg/kg", "≤/g/100mL", "不得检出"])
ENTRIES = st.lists(st.tuples(NAMES, FIGURES.filter(bool), ASKED), min_size=1, max_size=6)


@given(ENTRIES, st.sampled_from(["；", ";", ",", "，", "\n", "；\n", " "]))
def test_the_order_of_items_is_kept_whatever_stands_between_them(
    entries: list[tuple[str, Decimal, str]], mark: str
) -> None:
    cell = mark.join(f"{name}║{value:f}mg/kg║{asked}" for name, value, asked in entries)
    read = items(cn_notice(cell))
    assert [(each.analyte, each.results[0].value) for each in read] == [(name, value) for name, value, _ in entries]
    assert [each.limit for each in read] == [limit(asked) for _, _, asked in entries]


CHARACTERS = (
    "║；;,，/≤≥<>±~-.0123456789×⁴^nmcM=gkLCFU%检未出不得初复结果：:（）() \n铅镉限倍日以下이하檢出ppm①e\ud800\x00"
)
ALPHABET = st.sampled_from(CHARACTERS)


@given(st.text(ALPHABET, max_size=80) | st.text(max_size=60))
def test_no_text_makes_the_reader_raise_and_every_slice_is_from_the_source(text: str) -> None:
    for read in (cn_notice(text), tw_border(text)):
        assert read
        assert all(each.text in text for each in read)
    assert kr_spec(text, text)
    assert isinstance(limit(text), Limit)
    assert isinstance(normalise(text) + analyte_key(text), str)


@given(st.text(ALPHABET, max_size=80))
def test_nothing_but_marks_is_lost_between_the_slices(text: str) -> None:
    left, position = "", 0
    for each in cn_notice(text):
        place = text.index(each.text, position)
        left, position = left + text[position:place], place + len(each.text)
    left += text[position:]
    assert re.sub(r"(?:初检|复检)(?:结果)?\s*[：:]+|[║;；,，、。\s]", "", left) == ""


@given(st.text(ALPHABET, max_size=60))
def test_every_figure_that_is_read_is_finite(text: str) -> None:
    figures = [each.value for item in items(cn_notice(f"铅║{text}║{text}")) for each in item.results]
    asked = limit(text)
    for figure in [*figures, asked.low, asked.high, asked.m, asked.M]:
        assert figure is None or (figure.is_finite() and abs(figure) <= Decimal("2e30"))
