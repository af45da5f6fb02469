"""Signals as work: notices in our codes, signals that know no future, triage that cannot be rewritten, product risk."""

import sqlite3
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from zhiheng import rules
from zhiheng.errors import ChainBroken, ProfileInvalid, TriageRefused, UsageError
from zhiheng.evidence.snapshot import Workspace
from zhiheng.surveillance import inbox, notices, product_risk
from zhiheng.surveillance.inbox.evaluation import evaluate_planted
from zhiheng.surveillance.inbox.similarity import likeness
from zhiheng.surveillance.inbox.terms import plain
from zhiheng.surveillance.inbox.triage import Step
from zhiheng.surveillance.notices import kept

TODAY = date(2026, 11, 22)
TERMS = inbox.terms(TODAY)
MONDAY = date(2024, 1, 1)
FEED = """name: complaints
title: {zh: 投诉, en: Complaints}
kind: complaints
scheme: rasff
key: [no]
columns:
  day: {from: day, forms: ["%Y-%m-%d", "%d.%m.%Y"]}
  product: goods
  category: group
  hazard: {from: what, split: ";", otherwise_from: goods}
  origin: from
  seriousness: {from: grade, codes: {A: serious, B: not_serious}}
"""
TABLE = """no,day,goods,group,what,from,grade
1,2026-01-05,frozen chicken fillet,poultry meat and poultry meat products,Salmonella Enteritidis;Listeria,Poland,A
2,6.1.2026,socks,clothes,holes,China,C
3,soon,rice,cereals and bakery products,cadmium,India,A
1,2026-01-07,frozen chicken fillet,poultry meat and poultry meat products,Salmonella,Poland,A
"""


@pytest.fixture
def taken(tmp_path: Path) -> tuple[notices.Kept, notices.Taken]:
    """A little file of complaints, taken in."""
    (tmp_path / "feed.yaml").write_text(FEED, encoding="utf-8")
    (tmp_path / "table.csv").write_text(TABLE, encoding="utf-8")
    kept = notices.Kept(Workspace(tmp_path / "home"))
    return kept, kept.take(tmp_path / "table.csv", notices.load(tmp_path / "feed.yaml"))


def test_rows_are_notices_rejects_and_duplicates_and_nothing_is_lost(taken: Any) -> None:
    kept, told = taken
    assert (told.received, told.notices, told.rejects, told.duplicates, told.lines) == (4, 2, 1, 1, 3)
    (reject,) = kept.rejects()
    assert reject["row"] == 4 and "'soon' is not a day" in reject["reason"] and "rice" in reject["text"]


def test_each_hazard_of_a_notice_has_our_code_and_what_that_rests_on(taken: Any) -> None:
    lines = [line for line in taken[0].lines() if line["day"] == date(2026, 1, 5)]
    assert [line["hazard_code"] for line in lines] == [
        "microbe > salmonella > salmonella-enteritidis",
        "microbe > listeria",
    ]
    assert {line["product_code"] for line in lines} == {"畜禽肉及副产品 > 鸡肉"}
    assert all(line["hazard_basis"] and line["product_basis"] for line in lines)


def test_what_has_no_code_is_kept_with_the_reason_and_counted(taken: Any) -> None:
    lines = taken[0].lines()
    (socks,) = [line for line in lines if line["product"] == "socks"]
    assert socks["product_code"] == "" and "nobody has decided" in socks["product_basis"]
    assert socks["seriousness"] == "unknown"
    assert [row["text"] for row in notices.unmapped(lines, what="hazard")] == ["holes"]


def test_a_file_that_is_known_is_not_read_again(taken: Any, tmp_path: Path) -> None:
    kept, told = taken
    assert kept.take(tmp_path / "table.csv", notices.load(tmp_path / "feed.yaml")) == told


@pytest.mark.parametrize("part", ["categories", "vocabulary"])
def test_a_part_is_made_anew_when_the_words_change_by_which_it_was_read(
    monkeypatch: pytest.MonkeyPatch, part: str, tmp_path: Path
) -> None:
    (tmp_path / "feed.yaml").write_text(FEED, encoding="utf-8")
    feed, before = notices.load(tmp_path / "feed.yaml"), rules.fingerprint
    known = kept.made_from("0" * 64, feed)
    monkeypatch.setattr(rules, "fingerprint", lambda name="": "changed" if name == part else before(name))
    assert kept.made_from("0" * 64, feed) != known


def test_a_profile_with_a_slip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "feed.yaml").write_text(FEED.replace("split:", "spilt:"), encoding="utf-8")
    with pytest.raises(ProfileInvalid, match="spilt"):
        notices.load(tmp_path / "feed.yaml")


def test_every_hazard_of_the_tree_that_names_a_test_item_names_a_known_one() -> None:
    known = rules.analytes().by_code
    assert [one.code for one in rules.hazards().by_code.values() if one.analyte and one.analyte not in known] == []


def test_looking_for_letters_first_changes_no_reading() -> None:
    tree = rules.hazards()
    words = [
        "aflatoxin b1",
        "chlorpyriphos-ethyl",
        "undeclared milk",
        "gluten presence",
        "sulfur dioxide",
        "metal wire",
        "e 171",
    ]
    for text in words:
        slow = next(one.code for one in tree.tried if one.pattern and one.pattern.search(text))
        assert next(one.code for one in tree.tried if one.is_named(text)) == slow


def line(
    week: int, n: int, *, product: str = "A > a", hazard: str = "x > y", origin: str = "P", grave: bool = True
) -> dict[str, Any]:
    """A notice of a week."""
    return {
        "notice": f"s-{week}-{n}-{hazard}",
        "item": 1,
        "source": "s",
        "day": MONDAY + timedelta(days=7 * week + n % 7),
        "product_code": product,
        "category": "",
        "hazard_code": hazard,
        "origin": origin,
        "seriousness": "serious" if grave else "not_serious",
    }


def history(surge: int, *, weeks: int = 80) -> list[dict[str, Any]]:
    """Other hazards every week, one of ours every fourth, and six a week from `surge` for three weeks."""
    found = [line(week, n, hazard=f"x > z{n}", product=f"A > p{n}") for week in range(weeks) for n in range(4)]
    found += [line(week, 0) for week in range(0, weeks, 4)]
    return found + [line(week, n) for week in range(surge, surge + 3) for n in range(1, 7)]


def test_a_surge_is_raised_in_its_week_with_its_notices_as_evidence() -> None:
    signals = inbox.raised(history(60), TERMS, market=frozenset({"A"}))
    first = next(one for one in signals if one.subject.get("hazard") == "x > y" and one.grounds[0]["ground"] == "trend")
    assert first.day == MONDAY + timedelta(days=7 * 61)
    assert first.count == len(first.evidence) == 7
    assert first.q is not None and first.q < 0.01 and first.expected < 2
    assert 0 <= first.score <= 1 and first.continued


def test_no_signal_knows_what_comes_after_it() -> None:
    whole = inbox.raised(history(60), TERMS, market=frozenset({"A"}))
    until = MONDAY + timedelta(days=7 * 62)
    part = inbox.raised([one for one in history(60) if one["day"] < until], TERMS, market=frozenset({"A"}))
    strip = [(one.signal_id, one.score, one.count) for one in whole if one.day <= until]
    assert strip == [(one.signal_id, one.score, one.count) for one in part] and strip


def test_the_order_of_notices_does_not_change_signals() -> None:
    lines = history(60)
    assert inbox.raised(lines[::-1], TERMS, market=frozenset()) == inbox.raised(lines, TERMS, market=frozenset())


def test_quiet_weeks_raise_nothing() -> None:
    calm = [line(week, n, hazard=f"x > z{n}", grave=False) for week in range(80) for n in range(4)]
    assert inbox.raised(calm, TERMS, market=frozenset({"A"})) == []


def test_a_single_serious_notice_is_a_signal_only_on_our_market() -> None:
    lines = [line(week, n, hazard=f"x > z{n}") for week in range(80) for n in range(4)] + [
        line(70, 0, hazard="x > new")
    ]
    on = inbox.raised(lines, TERMS, market=frozenset({"A > a"}))
    assert [one.subject["hazard"] for one in on if one.grounds[0]["ground"] == "single"] == ["x > new"]
    assert inbox.raised(lines, TERMS, market=frozenset({"B"})) == []


def test_an_evaluation_counts_confirmed_and_false_signals_by_hand() -> None:
    lines = history(50)
    signals = inbox.raised(lines, TERMS, market=frozenset({"A"}))
    found = inbox.evaluate(lines, signals, TERMS)
    ours = next(row for row in found.rows if row["subject"].get("hazard") == "x > y" and row["ground"] == "trend")
    # raised after week 50: twelve more in weeks 51 and 52, then one every fourth week to week 62
    assert ours["after"] == 12 + len([52, 56, 60]) and ours["confirmed"] and ours["lead"] == 1
    assert found.confirmed + found.false == found.judged == len(found.rows)
    assert (found.surges, found.surges_signalled) == (1, 1)


def test_planted_outbreaks_are_found_or_missed_and_other_signals_are_false() -> None:
    signals = [
        one for one in inbox.raised(history(60), TERMS, market=frozenset()) if one.grounds[0]["ground"] == "trend"
    ]
    hit = {
        "number": 1,
        "product": "A > a",
        "hazard": "x > y",
        "origins": ["P"],
        "first": MONDAY + timedelta(days=420),
        "last": MONDAY + timedelta(days=440),
    }
    missed = hit | {"number": 2, "hazard": "x > nothing"}
    found = evaluate_planted(signals, [hit, missed], after_days=28)
    assert (found.outbreaks, found.found, found.median_days, found.false) == (2, 1, 7.0, 0)


def test_likeness_is_that_of_wu_and_palmer() -> None:
    terms = {"product": 1.0, "hazard": 1.0, "origin": 1.0}
    assert likeness({"hazard": "a > b > c"}, {"hazard": "a > b"}, terms) == pytest.approx(0.8)
    assert likeness({"hazard": "a"}, {"product": "a"}, terms) == 0.0
    assert likeness({"hazard": "a", "origin": "P"}, {"hazard": "a", "origin": "P"}, terms) == 1.0


@pytest.fixture
def box(tmp_path: Path) -> Iterator[inbox.Inbox]:
    """An inbox with the signals of a surge."""
    found = inbox.Inbox(Workspace(tmp_path))
    found.keep(inbox.raised(history(60), TERMS, market=frozenset()), {}, key="k")
    return found


def stepped(box: inbox.Inbox, **given: str) -> inbox.Event:
    return box.step(box.signals()[0].signal_id, Step(**{"act": "triage", "by": "王一"} | given), now=0, terms=TERMS)


def test_a_state_is_what_the_steps_say(box: inbox.Inbox) -> None:
    stepped(box, to="watched")
    stepped(box, act="hand", region="浙江")
    with pytest.raises(TriageRefused, match="handed to 浙江: it must acknowledge"):
        stepped(box, to="acted", note="recalled")
    stepped(box, act="acknowledge", by="李二")
    stepped(box, to="dismissed", reason="known")
    (state,) = box.states().values()
    assert (state.state, state.region, state.handed_to, state.reason, state.steps) == (
        "dismissed",
        "浙江",
        "",
        "known",
        4,
    )
    assert box.verify()["events"] == 4


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"to": "dismissed"}, "give a reason"),
        ({"to": "dismissed", "reason": "bored"}, "one of chance, known"),
        ({"to": "acted"}, "needs a note"),
        ({"to": "gone"}, "not possible now"),
        ({"to": "watched", "by": " "}, "name of whoever"),
        ({"act": "acknowledge"}, "not handed to anybody"),
        ({"act": "hand"}, "name another region"),
    ],
)
def test_a_step_that_lacks_something_is_refused_and_nothing_is_kept(
    box: inbox.Inbox, given: dict[str, str], words: str
) -> None:
    with pytest.raises(TriageRefused, match=words):
        stepped(box, **given)
    assert box.events() == []


def test_steps_cannot_be_changed_and_a_change_past_the_guard_is_seen(box: inbox.Inbox) -> None:
    stepped(box, to="watched")
    stepped(box, to="acted", note="asked the importer")
    store = sqlite3.connect(box.path)
    with pytest.raises(sqlite3.DatabaseError, match="append-only"):
        store.execute("UPDATE events SET body = '{}'")
    store.execute("DROP TRIGGER events_UPDATE")
    store.execute("UPDATE events SET body = replace(body, 'watched', 'acted') WHERE number = 1")
    store.commit()
    store.close()
    with pytest.raises(ChainBroken, match="event 1"):
        box.verify()


RISK = plain(rules.settings("product-risk", on=TODAY))


@pytest.mark.parametrize(
    ("probability", "severity", "items", "level", "alone"),
    [
        (0.6, 1, 0, "high", "high"),
        (0.1, 1, 0, "medium", "medium"),  # a bound belongs to the band below
        (0.001, 3, 100_000, "high", "high"),
        (0.001, 3, 100_001, "serious", "high"),
        (0.00002, 2, 1_000_001, "serious", "low"),
        (0.0, 4, 10**9, "serious", "low"),
    ],
)
def test_a_product_risk_is_read_from_band_severity_and_items(
    probability: float, severity: int, items: int, level: str, alone: str
) -> None:
    found = product_risk.assess(
        [product_risk.Step("x", probability, "seen")], severity=severity, items=items, terms=RISK
    )
    assert (found.level, found.level_alone) == (level, alone)


def test_steps_of_a_scenario_multiply_and_those_without_evidence_are_named() -> None:
    steps = [product_risk.step("breaks | 0.01 | 3 of 300"), product_risk.step("is touched | 0.1")]
    found = product_risk.assess(steps, severity=3, items=0, terms=RISK)
    assert found.probability == pytest.approx(0.001) and found.doubtful == (2,)
    with pytest.raises(UsageError, match="from 0 to 1"):
        product_risk.assess([product_risk.Step("x", 1.5, "")], severity=3, items=0, terms=RISK)


def test_a_risk_never_falls_when_severity_or_items_rise() -> None:
    order = ["low", "medium", "high", "serious"]
    for probability in (0.9, 0.2, 0.02, 0.002, 0.0002, 0.00002, 0.000002, 0.0):
        step = [product_risk.Step("x", probability, "seen")]
        table = [
            [order.index(product_risk.assess(step, severity=s, items=i, terms=RISK).level) for s in (1, 2, 3, 4)]
            for i in (0, 100_001, 500_001, 1_000_001)
        ]
        assert all(row == sorted(row) for row in table)
        assert all(list(column) == sorted(column) for column in zip(*table, strict=True))
