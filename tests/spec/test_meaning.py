"""The manual page of verdicts is what the engine says."""

from decimal import Decimal

import meaning
import pytest


@pytest.mark.slow
def test_the_manual_shows_what_the_engine_says_of_every_drawn_case() -> None:
    assert meaning.PAGE.read_text(encoding="utf-8") == meaning.page(), "write it again: python tests/spec/meaning.py"


def test_every_operator_is_drawn() -> None:
    assert {rule["operator"] for _, rule, _ in meaning.TABLES} == {
        "<=",
        "<",
        ">=",
        ">",
        "range",
        "not_permitted",
        "not_detected",
        "plan",
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("value", "decided", "verdict"),
    [
        ("5.47", "simple", "conforming"),
        ("5.47", "guarded", "inconclusive"),
        ("5.50", "guarded", "conforming"),
        ("5.30", "guarded", "inconclusive"),
        ("5.29", "guarded", "nonconforming"),
    ],
)
def test_a_guard_band_as_wide_as_the_expanded_uncertainty(value: str, decided: str, verdict: str) -> None:
    """JCGM 106:2012, 7.3, the Zener diode: lower limit 5.40 V, measured 5.47 V, u = 0.05 V; guard band 2u (8.3.2)."""
    case = {"comparator": "=", "value": Decimal(value), "uncertainty": Decimal("0.05")}
    rule = meaning.judging.rule(">=", decided=decided, low=Decimal("5.40"))
    assert meaning.judging.verdicts([case | {"rule": rule}]) == [verdict]
