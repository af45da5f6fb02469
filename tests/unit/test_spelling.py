"""One spelling for figures, units and names; nothing is converted."""

from decimal import Decimal

import pytest

from zhiheng.errors import PrintedTextUnreadable
from zhiheng.evidence.spelling import analyte_key, decimal, normalise, unit

NORMALISED = [
    ("10⁴CFU/g", "10^4CFU/g"), ("3 × 10 ⁴", "3×10^4"), ("1.04x10³mg/kg", "1.04×10^3mg/kg"), ("5*10^4", "5×10^4"),
    ("µg／kg", "ug/kg"), ("mg/100cm²", "mg/100cm2"), ("CFU / 250mL", "CFU/250mL"), ("5 — 7", "5-7"), ("5～7", "5~7"),
    ("B₁", "B1"), ("NO₂⁻", "NO2-"), ("<=5", "≤5"), ("10⁻³", "10^-3"), ("12 15", "12 15"), ("１０⁴", "10^4"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), NORMALISED)
def test_text_is_normalised_without_losing_a_power(text: str, expected: str) -> None:
    assert normalise(text) == expected
    assert normalise(expected) == expected


def test_an_analyte_is_looked_up_under_one_spelling() -> None:
    assert analyte_key("黄曲霉毒素B₁") == "黄曲霉毒素B1"
    assert analyte_key("镉（以Cd计)") == analyte_key(" 镉 (以Cd计)") == "镉(以Cd计)"
    assert analyte_key("亚硝酸盐(以NO₂⁻计)") == "亚硝酸盐(以NO2-计)"


UNITS = [
    ("µg/kg", "ug/kg"), ("CFU / 250ml", "CFU/250mL"), ("cfu/g", "CFU/g"), ("mg/Kg", "mg/kg"), ("mg/每日", "mg/d"),
    ("mg/天", "mg/d"), ("每日", "d"), ("倍", "times"), ("毫克/千克", "mg/kg"), ("（CFU/g）", "CFU/g"),
    ("% Vol", "%vol"), ("%（vol）", "%vol"), ("mg/每100g", "mg/100g"), ("/25g", "/25g"), ("/", ""), ("ppm", "ppm"),
    ("g/100g（以脂肪计）", "g/100g(以脂肪计)"), ("mS/cm", "mS/cm"), ("pg / g wet weight", "pg/gwetweight"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), UNITS)
def test_a_unit_has_one_spelling(text: str, expected: str) -> None:
    assert unit(text) == expected
    assert unit(expected) == expected


def test_a_number_keeps_its_value_and_its_digits() -> None:
    assert str(decimal("0.030")) == "0.030"
    assert decimal("3×10^4") == decimal("30,000") == decimal("3E4") == Decimal(30000)


def test_a_number_beyond_any_test_is_refused() -> None:
    with pytest.raises(PrintedTextUnreadable, match="beyond"):
        decimal("10^31")
