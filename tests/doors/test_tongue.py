"""Names from the data are marked with their language, and what a lake reported stands with its unit."""

from decimal import Decimal

import django
import pytest
from django.utils.safestring import mark_safe
from django.utils.translation import override

django.setup()

from zhiheng.web.pages import words  # noqa: E402
from zhiheng.web.pages.nation.verdicts import result_text  # noqa: E402
from zhiheng.web.tongue import tongue  # noqa: E402

ROW = {"kind": "mg/kg", "printed": "1.86", "value": Decimal("0.00186"), "comparator": "=", "units": ()}


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("fruit > 芒果", 'fruit &gt; <span lang="zh-CN">芒果</span>'),
        ("复用餐饮具(餐馆自行消毒)", '<span lang="zh-CN">复用餐饮具(餐馆自行消毒)</span>'),
        ("GB 2762-2025, 表8", 'GB 2762-2025, <span lang="zh-CN">表</span>8'),
        ("Food-Spice", "Food-Spice"),
        (None, "None"),
    ],
)
def test_chinese_on_an_english_page_is_marked(text: object, marked: str) -> None:
    with override("en"):
        assert tongue(text) == marked


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("来源：New York City · 山东", '来源：<span lang="en">New York City</span> · 山东'),
        ("≤ 0.5 mg/kg", "≤ 0.5 mg/kg"),
        ("SHA-256", "SHA-256"),
        ("<b>铅</b>", "&lt;b&gt;铅&lt;/b&gt;"),
    ],
)
def test_english_on_a_chinese_page_is_marked(text: str, marked: str) -> None:
    with override("zh-hans"):
        assert tongue(text) == marked


def test_what_is_markup_already_stays() -> None:
    assert tongue(mark_safe("<em>铅 New York City</em>")) == "<em>铅 New York City</em>"


@pytest.mark.parametrize(
    ("changed", "shown"),
    [
        ({}, {"text": "0.00186 mg/kg", "note": "reported as 1.86"}),
        ({"printed": "0.001860"}, {"text": "0.001860", "note": "mg/kg"}),
        ({"printed": "未检出", "value": None, "comparator": "nd"}, {"text": "not found", "note": ""}),
        ({"kind": "1", "printed": "6.5", "value": Decimal("6.5")}, {"text": "6.5", "note": ""}),
    ],
)
def test_a_reported_figure_never_stands_without_its_unit(changed: dict[str, object], shown: dict[str, str]) -> None:
    with override("en"):
        assert {"note": ""} | result_text(ROW | changed) == shown


def test_equal_units_of_a_sampling_plan_are_counted() -> None:
    units = [{"comparator": "nd", "value": None}] * 4 + [{"comparator": "=", "value": Decimal(20)}]
    with override("en"):
        assert result_text(ROW | {"kind": "CFU/g", "value": None}, units) == {
            "text": "4 × not found, 20",
            "note": "CFU/g",
        }


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.0, "0.0%"), (0.0004, "0.04%"), (0.00001, "0.001%"), (0.0296, "3.0%"), (1.0, "100.0%")],
)
def test_a_share_that_is_not_nought_is_not_written_as_nought(share: float, said: str) -> None:
    assert words.percent(share) == said
