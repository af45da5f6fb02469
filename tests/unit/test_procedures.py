"""Procedure files: faults named with file and line, provinces laid over the nation, and new procedures without Python."""

from datetime import date, datetime
from pathlib import Path

import pytest

from zhiheng import clock
from zhiheng.errors import ActRefused, RuleFileInvalid, RuleNotInForce, RuleUnknown
from zhiheng.rules import procedures
from zhiheng.rules.procedures import source
from zhiheng.rules.procedures.library import countings

GOOD = """title: {zh: 甲, en: a}
checked: null
since: 2020-01-01
statute: orders
cite: {act: 甲令, at: 第1条}
states:
  open: {zh: 开, en: open, initial: true}
  asked: {zh: 问, en: asked}
  shut: {zh: 关, en: shut, final: true}
acts:
  ask:
    zh: 问
    en: ask
    from: [open]
    to: asked
    by: [officer]
    starts: {answer: asked_on}
    fields: {asked_on: {type: date, required: true, zh: 日, en: day}}
  reply: {zh: 答, en: answer, from: [asked], to: shut, by: [firm], not_same_as: [ask], within: answer, stops: [answer]}
  lapse: {zh: 逾期, en: lapse, from: [asked], to: shut, by: [system], after: answer, stops: [answer]}
deadlines:
  answer:
    zh: 答复
    en: answer
    begins: {zh: 问之日, en: the day of asking}
    binds: firm
    expires: lapse
    values:
      2020-01-01: {length: 10, unit: d, cite: {act: 甲令, at: 第2条}}
      2026-01-01: {length: 5, unit: wd, cite: {act: 乙令, at: 第3条}}
"""
OVER = """varies: made
deadlines:
  answer:
    values:
      2024-01-01: {length: 3, unit: d, cite: {act: 省令, at: 第1条}}
"""


def write(root: Path, text: str = GOOD, *, place: str = "cn") -> Path:
    folder = root / place / "procedures"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "made.yaml").write_text(text, encoding="utf-8")
    return root


def test_a_new_procedure_is_a_file_and_no_python(tmp_path: Path) -> None:
    root = write(tmp_path)
    made = procedures.procedure("made", on=date(2026, 3, 2), root=root)
    events = [clock.Event("ask", datetime(2026, 3, 2, 9), "甲", "officer", data={"asked_on": "2026-03-02"})]
    course = clock.follow(made, events, at=datetime(2026, 3, 9, 12))
    assert [(one.key, one.deadline and one.deadline.not_after) for one in course.open] == [("answer", date(2026, 3, 9))]
    found = {one.act.key: one for one in clock.open_acts(made, events, at=course.at, role="firm", by="甲")}
    assert [one.kind for one in found["reply"].refusals] == ["same_person"]
    late = clock.Event("reply", datetime(2026, 3, 10, 9), "乙", "firm")
    assert [one.kind for one in clock.refusals(made, events, late)] == ["too_late"]
    assert [act.key for act in clock.follow(made, events, at=datetime(2026, 3, 10)).expiring] == ["lapse"]
    lapsed = clock.Event("lapse", datetime(2026, 3, 10), "系统", "system")
    assert clock.state_after(made, [*events, lapsed]).key == "shut"


def test_a_province_overrides_single_values_from_its_day_on(tmp_path: Path) -> None:
    root = write(write(tmp_path), OVER, place="cn/44")
    nation = procedures.period("made/answer", root=root)
    province = procedures.period("made/answer", region="440300", root=root)
    assert [value.length for value in nation.values] == [10, 5]
    assert [(value.since.year, value.length, value.cite.act) for value in province.values] == [
        (2020, 10, "甲令"),
        (2024, 3, "省令"),
    ]
    assert province.at(date(2026, 6, 1)).value.length == 3
    other = procedures.procedure("made", on=date(2026, 6, 1), region="33", root=root)
    assert other.periods["answer"].at(date(2026, 6, 1)).value.length == 5
    assert procedures.read("made", region="44", root=root).fingerprint != procedures.read("made", root=root).fingerprint


def test_a_city_is_laid_over_its_province_and_null_removes(tmp_path: Path) -> None:
    root = write(write(tmp_path), OVER, place="cn/44")
    city = "varies: made\nacts:\n  lapse: null\ndeadlines:\n  answer: {expires: null}\n"
    write(root, city, place="cn/4403")
    whole = procedures.read("made", region="440305", root=root)
    assert "lapse" not in whole.acts and whole.periods["answer"].expires == ""
    assert whole.periods["answer"].values[-1].length == 3


def test_a_province_may_have_a_procedure_of_its_own(tmp_path: Path) -> None:
    root = write(write(tmp_path), GOOD, place="cn/44")
    (root / "cn/44/procedures/made.yaml").rename(root / "cn/44/procedures/own.yaml")
    assert procedures.procedures(root=root) == ("made",)
    assert procedures.procedures(region="44", root=root) == ("made", "own")


def test_a_repeal_ends_a_period(tmp_path: Path) -> None:
    text = GOOD + "      2027-01-01: {length: null, cite: {act: 丙令}}\n"
    period = procedures.period("made/answer", root=write(tmp_path, text))
    with pytest.raises(RuleNotInForce, match="repealed on 2027-01-01 by 丙令"):
        period.at(date(2027, 1, 1))


def test_acts_are_those_of_the_day(tmp_path: Path) -> None:
    more = "  hurry: {zh: 催, en: hurry, from: [asked], by: [officer], since: 2025-01-01, until: 2026-01-01}\n"
    root = write(tmp_path, GOOD.replace("deadlines:\n", more + "deadlines:\n"))
    assert "hurry" in procedures.procedure("made", on=date(2025, 6, 1), root=root).acts
    assert "hurry" not in procedures.procedure("made", on=date(2026, 1, 1), root=root).acts
    with pytest.raises(RuleNotInForce, match="no procedure on 2019-12-31; it begins on 2020-01-01"):
        procedures.procedure("made", on=date(2019, 12, 31), root=root)


@pytest.mark.parametrize(
    ("was", "becomes", "message"),
    [
        ("by: [officer]", "by: []", "line 11: the act 'ask' has no role"),
        ("by: [officer]", "by: [king]", "line 16: role 'king' is not one of officer"),
        ("to: asked", "to: nowhere", "line 15: state 'nowhere' of the act 'ask'"),
        ("    from: [open]\n    to: asked", "    from: [open]", "line 8: the state 'asked' is unreachable"),
        ("shut: {zh: 关, en: shut, final: true}", "shut: {zh: 关, en: shut}", "is a dead end"),
        ("initial: true", "final: true", "one state is initial, not 0"),
        (
            "{length: 10, unit: d, cite: {act: 甲令, at: 第2条}}",
            "{length: 10, unit: d}",
            "line 29: there is no citation",
        ),
        ("cite: {act: 甲令, at: 第2条}", "cite: {at: 第2条}", "the citation has no 'act'"),
        ("cite: {act: 甲令, at: 第2条}", "cite: {of: gone}", "'gone' is none of the file's sources"),
        ("unit: d", "unit: weeks", "line 29: unit 'weeks' is not one of d, wd, month, year, hour"),
        ("length: 10", "length: ten", "line 29: 'length' must be a whole number"),
        ("length: 10", "days: 10", "line 29: unknown key 'days'"),
        ("2020-01-01: {l", "soon: {l", "line 29: 'soon' is not a day"),
        ("statute: orders", "statute: custom", "statute 'custom' is not one of civil-code"),
        ("statute: orders", "statute: licensing", "10 d: 中华人民共和国行政许可法 第82条 makes these working days"),
        ("binds: firm", "binds: nobody", "line 26: role 'nobody'"),
        ("expires: lapse", "expires: vanish", "expires with 'vanish', which is no act"),
        ("by: [system]", "by: [officer]", "'system' must be among its roles"),
        ("starts: {answer: asked_on}", "starts: {question: asked_on}", "period 'question' of the act 'ask'"),
        ("starts: {answer: asked_on}", "stops: []", "line 22: no act starts the period 'answer'"),
        (
            "starts: {answer: asked_on}",
            "starts: {answer: never}",
            "runs from 'never', which is no date among the fields",
        ),
        ("type: date", "type: colour", "type 'colour' is not one of text"),
        ("type: date, required", "type: choice, required", "a choice, and only a choice, has options"),
        ("not_same_as: [ask]", "not_same_as: [tell]", "act 'tell' of the act 'reply'"),
        ("not_same_as: [ask]", "extends: [answer]", "but no value of it has an extension"),
        ("not_same_as: [ask]", "needs: [crown]", "document 'crown' is not one of sampling_form"),
        ("not_same_as: [ask]", "pauses: [lunch]", "kind of time 'lunch' is not one of laboratory"),
        ("    zh: 问\n", "", "'zh' is missing"),
        ("since: 2020-01-01\n", "", "'since' is missing"),
        ("since: 2020-01-01", "since: early", "line 3: 'early' is not a day"),
        ("checked: null\n", "checked: null\ncolour: red\n", "line 3: unknown key 'colour'"),
        ("title: {zh: 甲, en: a}", "varies: made\ntitle: {zh: 甲, en: a}", "there is no such file to vary"),
    ],
)
def test_a_fault_is_named_with_file_and_line(tmp_path: Path, was: str, becomes: str, message: str) -> None:
    assert was in GOOD
    root = write(tmp_path, GOOD.replace(was, becomes, 1))
    with pytest.raises(RuleFileInvalid) as caught:
        procedures.read("made", root=root)
    assert message in str(caught.value)
    assert "cn/procedures/made.yaml, line" in str(caught.value)


def test_a_fault_of_a_province_is_named_in_its_own_file(tmp_path: Path) -> None:
    root = write(write(tmp_path), OVER.replace("unit: d", "unit: weeks"), place="cn/44")
    with pytest.raises(RuleFileInvalid, match="cn/44/procedures/made.yaml, line 5: unit 'weeks'"):
        procedures.read("made", region="44", root=root)
    write(root, GOOD, place="cn/44")
    with pytest.raises(RuleFileInvalid, match="say 'varies: <its name>'"):
        procedures.read("made", region="44", root=root)


def test_what_is_not_there_is_told_with_what_is() -> None:
    with pytest.raises(RuleUnknown, match="there are complaint, "):
        procedures.procedure("nothing", on=date(2026, 1, 1))
    with pytest.raises(RuleUnknown, match="'trademark' has periods only"):
        procedures.procedure("trademark", on=date(2026, 1, 1))
    with pytest.raises(RuleUnknown, match="'trademark' has no period 'joy'; it has opposition"):
        procedures.period("trademark/joy")
    with pytest.raises(RuleUnknown, match="'../..' is no code of a region"):
        source.regions(Path(), "../..")


def test_an_act_that_cannot_follow_is_refused_in_a_history() -> None:
    made = procedures.procedure("transfer", on=date(2026, 9, 1))
    with pytest.raises(ActRefused, match="event 1: 'take' is not done in the state 'draft' but in sent"):
        clock.follow(made, [clock.Event("take", datetime(2026, 9, 1), "甲", "officer")], at=datetime(2026, 9, 1))
    with pytest.raises(ActRefused, match="has no act 'fly'"):
        clock.follow(made, [clock.Event("fly", datetime(2026, 9, 1), "甲", "officer")], at=datetime(2026, 9, 1))
    with pytest.raises(ActRefused, match="event 1, send: 'Receiving body' is not filled in"):
        clock.state_after(made, [clock.Event("send", datetime(2026, 9, 1), "甲", "officer")])


def test_every_unread_figure_is_unverified() -> None:
    for period in procedures.periods():
        for value in period.values:
            unread = any(
                word in value.cite.source for word in ("background", "weak", "third-party", "one city", "one retest")
            )
            assert not (unread and value.checked), period.key


@pytest.mark.parametrize(
    ("statute", "working", "calendar"),
    [
        ("compulsion", (3, 10), (15, 30)),
        ("penalty", (2, 3, 5, 7), (10, 90)),
        ("reconsideration", (3, 5, 7, 10), (15, 60)),
    ],
)
def test_a_statute_says_which_of_its_days_are_working_days(
    statute: str, working: tuple[int, ...], calendar: tuple[int, ...]
) -> None:
    """Compulsion Law Art. 69, Penalty Law Art. 85, Reconsideration Law Art. 88."""
    counts = countings()[statute][-1]
    assert all(counts.are_working(length) for length in working)
    assert not any(counts.are_working(length) for length in calendar)
    assert countings()["licensing"][-1].are_working(45) is True
    assert countings()["orders"][-1].are_working(5) is None


@pytest.mark.parametrize("key", procedures.procedures())
def test_every_act_says_who_and_by_which_article_in_both_languages(key: str) -> None:
    found = procedures.procedure(key, on=date(2026, 11, 22))
    for act in found.acts.values():
        assert act.by and act.cite.act and act.cite.at, act.key
        assert act.title["zh"] and act.title["en"]
    assert [state.key for state in found.states.values() if state.final]
