"""The meaning of the verdict, drawn: one table for each kind of requirement, every row a case that is run.

`python tests/spec/meaning.py` writes docs/reference/verdicts.md again.
"""

import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))

import judging

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "verdicts.md"
Case = tuple[str, dict[str, Any]]
D = Decimal


def printed(text: str, uncertainty: str = "") -> Case:
    """A result as printed: `0.2`, `<0.2`, `>0.2`, `nd`, `nd (0.2)`, `detected`, or nothing."""
    spread = {"uncertainty": D(uncertainty)} if uncertainty else {}
    shown = f"{text} ± {2 * D(uncertainty)}" if uncertainty else text or "(empty)"
    if text == "":
        return shown, {"comparator": None, "value": None}
    if text.startswith("nd"):
        return shown, {"comparator": "nd", "value": None, "reporting_level": D(text[4:-1]) if "(" in text else None}
    if text == "detected":
        return shown, {"comparator": "detected", "value": None}
    if text[0] in "<>":
        return shown, {
            "comparator": text[0],
            "value": D(text[1:]),
            "reporting_level": D(text[1:]) if text[0] == "<" else None,
        }
    return shown, {"comparator": "=", "value": D(text)} | spread


def tested(*texts: str) -> Case:
    """Several units of one sample."""
    units = [(printed(text)[1]["comparator"], printed(text)[1]["value"]) for text in texts]
    return " · ".join(text or "(empty)" for text in texts), {"comparator": None, "value": None, "units": units}


FIGURES = [
    printed(text)
    for text in (
        "0.19",
        "0.2",
        "0.200000000000001",
        "0.21",
        "<0.1",
        "<0.2",
        "<0.3",
        ">0.1",
        ">0.2",
        "nd (0.1)",
        "nd (0.2)",
        "nd (0.3)",
        "nd",
        "detected",
        "0",
        "",
    )
]
SPREAD = [
    printed(*pair)
    for pair in (
        ("0.18", "0.01"),
        ("0.19", "0.01"),
        ("0.2", "0.01"),
        ("0.21", "0.01"),
        ("0.22", "0.01"),
        ("0.220000000000001", "0.01"),
        ("0.2", "0"),
        ("0.19", ""),
        ("0.21", ""),
    )
]
RANGE = [
    printed(text)
    for text in (
        "0.09",
        "0.1",
        "0.15",
        "0.2",
        "0.21",
        "<0.05",
        "<0.1",
        "<0.2",
        ">0.2",
        ">0.1",
        "nd",
        "nd (0.1)",
        "detected",
        "",
    )
]
FOUND = [printed(text) for text in ("0", "0.0001", "<0.1", "nd", "nd (0.1)", "detected", ">5", "")]
UNITS = [
    tested("1", "1", "1", "1", "1"),
    tested("10", "10", "10", "10", "10"),
    tested("11", "11", "1", "1", "1"),
    tested("11", "11", "11", "1", "1"),
    tested("100", "1", "1", "1", "1"),
    tested("101", "1", "1", "1", "1"),
    tested("<10", "<10", "1", "1", "1"),
    tested("<50", "<50", "<50", "1", "1"),
    tested(">10", ">10", ">10", "1", "1"),
    tested(">5", ">5", ">5", "1", "1"),
    tested(">100", "1", "1", "1", "1"),
    tested("1", "1", "1"),
    tested("101", "1"),
    tested("1", "1", "1", "1", ""),
    tested("nd", "nd", "nd", "nd", "nd"),
    tested("detected", "nd", "nd", "nd", "nd"),
]
ABSENCE = [
    tested("nd", "nd", "nd", "nd", "nd"),
    tested("0", "0", "0", "0", "0"),
    tested("detected", "nd", "nd", "nd", "nd"),
    tested("1", "nd", "nd", "nd", "nd"),
    tested("nd", "nd"),
]
PLAN = {"n": 5, "c": 2, "m": D(10), "m_max": D(100)}

TABLES: list[tuple[str, dict[str, Any], list[Case]]] = [
    ("At most 0.2 (`<=`), simple acceptance", judging.rule("<=", high=D("0.2")), FIGURES),
    ("Less than 0.2 (`<`), simple acceptance", judging.rule("<", high=D("0.2")), FIGURES),
    ("At least 0.2 (`>=`), simple acceptance", judging.rule(">=", low=D("0.2")), FIGURES),
    ("More than 0.2 (`>`), simple acceptance", judging.rule(">", low=D("0.2")), FIGURES),
    ("From 0.1 to 0.2 (`range`), simple acceptance", judging.rule("range", low=D("0.1"), high=D("0.2")), RANGE),
    ("At most 0.2 with uncertainty, simple acceptance", judging.rule("<=", high=D("0.2")), SPREAD),
    ("At most 0.2 with uncertainty, guarded acceptance", judging.rule("<=", decided="guarded", high=D("0.2")), SPREAD),
    ("Less than 0.2 with uncertainty, guarded acceptance", judging.rule("<", decided="guarded", high=D("0.2")), SPREAD),
    ("At least 0.2 with uncertainty, guarded acceptance", judging.rule(">=", decided="guarded", low=D("0.2")), SPREAD),
    (
        "From 0.1 to 0.2 with uncertainty, guarded acceptance",
        judging.rule("range", decided="guarded", low=D("0.1"), high=D("0.2")),
        SPREAD,
    ),
    (
        "At most 0.2 under a condition that cannot be read",
        judging.rule("<=", high=D("0.2"), condition="tinplate only"),
        FIGURES,
    ),
    ("Not permitted", judging.rule("not_permitted"), FOUND),
    ("Not to be detected", judging.rule("not_detected"), FOUND),
    ("Sampling plan n = 5, c = 2, m = 10, M = 100", judging.rule("plan", **PLAN), UNITS),
    ("Sampling plan n = 5, c = 2, m = 10, without M", judging.rule("plan", **PLAN | {"m_max": None}), UNITS),
    (
        "Sampling plan n = 5, c = 0, m = 0 (not to be detected in any unit)",
        judging.rule("plan", n=5, c=0, m=D(0)),
        ABSENCE,
    ),
]
INTRODUCTION = """# What a verdict means

Every line below is a case that the tests run. A value at the limit meets it. An interval is the value ± 2 standard
uncertainties (JCGM 100:2008, 6.3); guarded acceptance holds the whole interval against the limit (JCGM 106:2012, 8.3.2),
simple acceptance the value alone (8.2). `nd (0.1)` is "not detected, reporting level 0.1". A missing value is never a
pass. The code of this page: `zhiheng/decision/verdict.py`.
"""


def page() -> str:
    """The page of the manual, from what the engine says of every case."""
    cases = [body | {"rule": rule} for _, rule, drawn in TABLES for _, body in drawn]
    answers = judging.judged(cases)
    parts = [INTRODUCTION]
    for title, _, drawn in TABLES:
        found, answers = answers[: len(drawn)], answers[len(drawn) :]
        lines = [
            f"| {shown.replace('|', '/')} | {row['verdict']} | {row['reason']} |"
            for (shown, _), row in zip(drawn, found, strict=True)
        ]
        parts.append(f"## {title}\n\n| result | verdict | reason |\n|---|---|---|\n" + "\n".join(lines) + "\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
