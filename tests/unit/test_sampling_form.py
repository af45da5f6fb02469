"""Sampling forms: what they find, their numbers, their links, the store that keeps each once, and the custody of samples."""

import json
import os
import random
import select
import sqlite3
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sampling_forms import FIELDS, TODAY, filled, issued, token

from zhiheng import clock, dates, identifiers, rules
from zhiheng.cli import profiles
from zhiheng.engines import Engine
from zhiheng.errors import (
    ChainBroken,
    FormRefused,
    HandoverRefused,
    LinkRefused,
    RuleNotInForce,
    SourceError,
    StoreError,
)
from zhiheng.evidence import intake
from zhiheng.evidence.snapshot import Workspace
from zhiheng.reports import files, sampling_form
from zhiheng.selection import chain, custody
from zhiheng.selection import form as forms
from zhiheng.selection.form import Received, link, serial, worksheet
from zhiheng.selection.form.condition import holds

KILLS = int(os.environ.get("ZHIHENG_KILLS", "3"))
SCRIPT = Path(__file__).with_name("killed_forms.py")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["value", "unit", "name", "data", "type"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@pytest.fixture
def store(tmp_path: Path) -> Received:
    """A workspace that took nothing in yet."""
    return Received(tmp_path)


def take(store: Received, form: forms.Filled, task: forms.Task | None = None) -> forms.Outcome:
    return store.take(form, now=time.time(), today=TODAY, task=task)


# identifiers


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("A12425GABC1234002", "M"),  # GRid Standard 2.1, its own example
        ("000000018CFA0000", "I"),  # ISO 15706 as python-stdnum prints it: ISAN 0000-0001-8CFA-0000-I-0000-0000-K
    ],
)
def test_the_check_character_is_that_of_published_numbers(text: str, letter: str) -> None:
    assert identifiers.check_character(text) == letter


@given(st.text(identifiers.ALPHANUMERIC, min_size=3, max_size=16), st.data())
def test_one_wrong_character_is_always_seen(text: str, data: st.DataObject) -> None:
    """What ISO/IEC 7064 promises of MOD 37,36."""
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from([letter for letter in identifiers.ALPHANUMERIC if letter != text[place]]))
    assert identifiers.check_character(text[:place] + other + text[place + 1 :]) != identifiers.check_character(text)


def test_a_check_character_is_refused_for_what_the_standard_does_not_know() -> None:
    with pytest.raises(SourceError, match="neither a digit nor a capital letter"):
        identifiers.check_character("质1")


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("91350100M000100Y43", ""),  # GB 32100-2015, example of the standard
        ("91110000600037341L", ""),  # a published one: python-stdnum, cn/uscc
        ("A1110000600037342L", "check"),
        ("91110000600037342O", "shape"),
        ("", "shape"),
    ],
)
def test_credit_codes_are_checked(code: str, fault: str) -> None:
    assert identifiers.credit_code_fault(code) == fault


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("6291041500213", ""),
        ("4006381333931", ""),
        ("73513537", ""),
        ("10614141000415", ""),
        ("4006381333932", "check"),
        ("400638133393", "check"),
        ("40063", "shape"),
    ],
)
def test_trade_item_numbers_are_checked(code: str, fault: str) -> None:
    """GS1's own examples: GTIN-13 6291041500213, GTIN-14 10614141000415; the others are on products."""
    assert identifiers.trade_item_fault(code) == fault


# working days


@pytest.mark.parametrize(
    ("start", "days", "last"),
    [
        ("2026-09-18", 5, "2026-09-24"),
        ("2026-02-13", 7, "2026-03-02"),
        ("2026-09-30", 7, "2026-10-15"),
        ("2025-01-24", 5, "2025-02-07"),
        ("2024-09-30", 20, "2024-11-01"),
    ],
)
def test_working_days_skip_holidays_and_count_make_up_days(start: str, days: int, last: str) -> None:
    """Golden checks computed with chinesecalendar 1.11.0, independently of this table."""
    assert custody.last_day(date.fromisoformat(start), days, "wd") == date.fromisoformat(last)


def test_every_year_has_as_many_working_days_as_published() -> None:
    known = clock.calendar()
    counted = {
        year: sum(
            known.is_working(date.fromordinal(day))
            for day in range(date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal())
        )
        for year in range(2019, 2027)
    }
    assert counted == {2019: 250, 2020: 249, 2021: 250, 2022: 249, 2023: 249, 2024: 251, 2025: 248, 2026: 248}


def test_a_year_without_its_notice_is_refused_and_not_guessed() -> None:
    with pytest.raises(RuleNotInForce, match="the holidays of 2027 are not known"):
        custody.last_day(date(2026, 12, 30), 5, "wd")


def test_a_calendar_is_read_from_printed_tables() -> None:
    made = dates.calendar({2026: {"rest": "0101-0103 0405", "work": "0104"}})
    assert made.is_working(date(2026, 1, 4))
    assert not made.is_working(date(2026, 1, 2))


# conditions


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"==": [1, 1]}, True),
        ({">": [2, 1]}, True),
        ({"and": [{">": [3, 1]}, {"<": [1, 3]}]}, True),
        ({"if": [True, "yes", "no"]}, "yes"),
        ({"!": [True]}, False),
        ({"+": [4, 2]}, Decimal(6)),
        ({"<=": [{"var": "a"}, {"var": "gone"}]}, None),
        ({"or": [{"==": [{"var": "gone"}, 1]}, True]}, True),
        ({"and": [{"==": [{"var": "gone"}, 1]}, False]}, False),
        ({"!!": [{"var": "gone"}]}, False),
        ({"!=": [{"var": "gone"}, True]}, True),
        ({"<": [{"var": "a"}, "text"]}, None),
    ],
)
def test_conditions_are_those_of_jsonlogic_and_unknown_where_a_value_is_missing(condition: Any, expected: Any) -> None:
    """The first six stand on jsonlogic.com/operations.html."""
    assert holds(condition, {"a": Decimal(1)}) == expected


# numbers


def test_blocks_and_numbers_never_meet(store: Received) -> None:
    with ThreadPoolExecutor(4) as several:
        blocks = list(several.map(lambda _: issued(store).block, range(12)))
    assert len(set(blocks)) == 12
    numbers = {serial.serial(block, running) for block in blocks for running in range(1, 1000)}
    assert len(numbers) == 12 * 999
    assert all(serial.is_valid(number) for number in list(numbers)[:500])


def test_a_block_ends_at_its_last_number() -> None:
    with pytest.raises(FormRefused, match="numbers 1 to 999"):
        serial.serial("P440106-26-000", 1000)
    with pytest.raises(FormRefused, match="46,656 blocks"):
        serial.block("P", region="440106", year=2026, number=36**3)


# the store


def test_the_same_form_twice_is_one_form(store: Received) -> None:
    task = issued(store)
    form = filled(task)
    assert [take(store, form, task).state for _ in range(3)] == ["accepted", "again", "again"]
    assert len(store.forms()) == 1
    assert store.form(form.serial)["filled"] == form.body


def test_the_same_form_sent_by_many_at_once_is_one_form(store: Received) -> None:
    task = issued(store)
    form = filled(task)
    with ThreadPoolExecutor(8) as several:
        states = sorted(several.map(lambda _: take(store, form, task).state, range(16)))
    assert states == ["accepted", *["again"] * 15]
    assert store.verify()["events"] == 17


def test_a_number_with_another_content_is_refused_and_both_are_kept(store: Received) -> None:
    task = issued(store)
    first, second = filled(task), filled(task, brand="另一个")
    assert take(store, first, task).state == "accepted"
    assert take(store, second, task).state == "taken"
    assert [kept["filled"] for kept in store.forms()] == [first.body]
    assert [(kept["filled"], "another content" in kept["reason"]) for kept in store.refused()] == [(second.body, True)]


def test_a_faulty_form_is_kept_with_its_faults_and_its_correction_is_accepted(store: Received) -> None:
    task = issued(store)
    wrong = filled(task, base={"value": "14", "unit": "只"})
    assert take(store, wrong, task).state == "faulty"
    right = forms.filled(wrong.body | {"fields": FIELDS})
    assert take(store, right, task).state == "accepted"
    assert [fault["key"] for fault in store.refused()[0]["faults"]] == ["base-large-enough"]


def test_a_number_that_was_given_to_somebody_else_is_refused(store: Received) -> None:
    mine, theirs = issued(store), issued(store, officer="李二")
    assert take(store, filled(theirs), mine).state == "taken"
    renewed = issued(store)
    assert take(store, filled(mine), renewed).state == "accepted", (
        "a new link of the same officer and task sends what waits"
    )


def test_a_number_nobody_was_given_or_with_a_wrong_check_character_is_refused(store: Received) -> None:
    task = issued(store)
    stranger = forms.Task("王一", "T-1", "sampling-product", "440106", "P440106-26-ZZZ", 0, 0)
    assert take(store, filled(stranger), task).state == "taken"
    good = filled(task)
    wrong = forms.filled(good.body | {"serial": good.serial[:-1] + ("0" if good.serial[-1] != "0" else "1")})
    assert [one.key for one in forms.judged(wrong, today=TODAY)] == ["serial"]
    assert take(store, wrong, task).state == "faulty"


@pytest.mark.parametrize("table", ["forms", "events", "custody", "refused", "links"])
def test_nothing_in_the_store_can_be_changed_or_removed(store: Received, table: str) -> None:
    task = issued(store)
    take(store, filled(task), task)
    take(store, filled(task, brand="x"), task)
    with closing(sqlite3.connect(store.path)) as direct:
        for act in (f"DELETE FROM {table}", f"UPDATE {table} SET rowid = rowid + 1000"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                direct.execute(act)


@pytest.mark.parametrize(
    ("table", "change", "told"),
    [
        ("events", "body = replace(body, 'accepted', 'refused')", "audit event 2"),
        ("forms", "content = replace(content, '480', '481')", "is not what was received"),
        ("custody", "body = replace(body, 'GD-0001', 'GD-0003')", "hand-over 1"),
        ("forms", "sha256 = 'x' || sha256", "is not what was received"),
    ],
)
def test_an_alteration_behind_the_triggers_is_noticed(store: Received, table: str, change: str, told: str) -> None:
    task = issued(store)
    take(store, filled(task), task)
    with closing(sqlite3.connect(store.path)) as direct, direct:
        direct.execute(f"DROP TRIGGER {table}_UPDATE")
        direct.execute(f"UPDATE {table} SET {change}")
    with pytest.raises(ChainBroken, match=told):
        store.verify()


def test_a_form_that_was_taken_out_behind_the_triggers_is_missed(store: Received) -> None:
    task = issued(store)
    take(store, filled(task), task)
    with closing(sqlite3.connect(store.path)) as direct, direct:
        direct.execute("DROP TRIGGER forms_DELETE")
        direct.execute("DELETE FROM forms")
    with pytest.raises(ChainBroken, match="not in both"):
        store.verify()


@pytest.mark.slow
def test_kill_9_at_any_moment_leaves_every_form_whole_and_the_promised_ones_there(store: Received) -> None:
    chance = random.Random(20261122)
    for number in range(KILLS):
        block, told = issued(store).block, []
        command = [sys.executable, str(SCRIPT), str(store.folder.parent), block]
        environment = os.environ | {"PYTHONPATH": f"{Path(__file__).parents[2]}"}
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
            assert process.stdout is not None
            told.append(process.stdout.readline())
            select.select([], [], [], chance.uniform(0, 0.15))
            process.kill()
            told += process.stdout.readlines()
        promised = {line.split()[0] for line in told if line.endswith("accepted\n")}
        assert promised, "it was killed while it worked"
        assert store.verify()["forms"] == len(store.forms())
        kept = {form["filled"]["serial"]: form["filled"] for form in store.forms()}
        assert promised <= set(kept), f"after kill {number + 1}"
        mine = [form for name, form in kept.items() if serial.block_of(name) == block]
        assert len(mine) - len(promised) in (0, 1), "at most one was written and not yet said"
        assert all(len(store.custody(form["serial"])) == 2 for form in mine[-3:]), "its samples came with it"
        again = [take(store, forms.filled(form)).state for form in mine[-3:]]
        assert set(again) == {"again"}


# links


def test_the_secret_is_made_once_at_random_and_for_its_owner_alone(store: Received, tmp_path: Path) -> None:
    first = link.secret_made(store.secret)
    assert (len(first), stat.S_IMODE(store.secret.stat().st_mode)) == (32, 0o600)
    assert link.secret_made(store.secret) == first != link.secret_made(tmp_path / "other" / "secret")
    store.secret.chmod(0o644)
    with pytest.raises(StoreError, match="can be read by others"):
        link.secret_read(store.secret)
    store.secret.chmod(0o600)
    store.secret.write_bytes(b"")
    with pytest.raises(StoreError, match="damaged"):
        link.secret_read(store.secret)


def test_a_site_that_gave_out_no_link_takes_no_form(store: Received) -> None:
    with pytest.raises(LinkRefused, match="has given out no task links"):
        link.secret_read(store.secret)


def test_every_change_of_a_link_is_refused(store: Received) -> None:
    task = issued(store)
    text, secret = token(store, task), link.secret_made(store.secret)
    assert link.opened(text, secret, now=time.time()) == task
    for place in range(len(text)):
        changed = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
        with pytest.raises(LinkRefused):
            link.opened(changed, secret, now=time.time())
    with pytest.raises(LinkRefused, match="not genuine"):
        link.opened(text, b"another secret of thirty-two byte", now=time.time())
    with pytest.raises(LinkRefused, match="ended at"):
        link.opened(text, secret, now=task.until)


@given(st.text(max_size=60))
def test_no_text_makes_a_link_break(text: str) -> None:
    with pytest.raises(LinkRefused):
        link.opened(text, b"x" * 32, now=0)


# any content


@given(
    st.sampled_from(forms.FORMS),
    st.dictionaries(st.sampled_from([*FIELDS, "photos", "evidence", "other"]), JSON, max_size=6),
)
def test_whatever_is_entered_gives_faults_and_never_breaks(key: str, entered: dict[str, Any]) -> None:
    before = (
        chain.canonical(entered) if all(isinstance(one, (str, bool, type(None))) for one in entered.values()) else ""
    )
    found = forms.faults(forms.read(key, on=TODAY), FIELDS | entered, today=TODAY)
    assert all(fault.zh and fault.en and fault.remedy and fault.cite["act"] for fault in found)
    assert not before or chain.canonical(entered) == before, "nothing that was entered is changed"


@pytest.mark.parametrize(
    "change",
    [
        {"uuid": "1"},
        {"uuid": 1},
        {"fields": []},
        {"fields": {"a": 1}},
        {"fields": {"a": [[[["deep"]]]]}},
        {"form": "other"},
    ],
)
def test_what_is_no_form_is_refused(store: Received, change: dict[str, Any]) -> None:
    with pytest.raises(FormRefused):
        forms.filled(filled(issued(store)).body | change)


# custody


def hand(store: Received, number: str, part: str, move: str, **given: str) -> custody.Handover:
    moment = f"2026-11-{20 + len(store.custody(number)[part]):02d}T08:00:00.000Z"
    return store.hand_over(
        number, part, move, by=given.pop("by", "张三"), at=moment.replace("2026-11", "2027-03"), given=given
    )


def test_a_sample_goes_its_way_and_its_chain_holds(store: Received) -> None:
    task = issued(store)
    form = filled(task)
    take(store, form, task)
    hand(store, form.serial, "T", "carry")
    hand(store, form.serial, "T", "receive", seal="GD-0001", look="完好")
    assert hand(store, form.serial, "T", "open").state == "tested"
    assert hand(store, form.serial, "R", "store", seal="GD-0002", look="完好").state == "stored"
    past = store.custody(form.serial)
    assert [event.move for event in past["T"]] == ["take", "carry", "receive", "open"]
    assert custody.first_altered(past["T"], form_digest=form.sha256) is None
    moved = [*past["T"][:2], custody.Handover(**{**past["T"][2].__dict__, "by": "别人"}), *past["T"][3:]]
    assert custody.first_altered(moved, form_digest=form.sha256) == 3
    assert custody.first_altered([past["T"][0], *past["T"][2:]], form_digest=form.sha256) == 2, "one was left out"
    store.verify()


def test_a_seal_that_differs_makes_the_sample_disputed_until_it_is_explained(store: Received) -> None:
    task = issued(store)
    form = filled(task)
    take(store, form, task)
    assert hand(store, form.serial, "T", "receive", seal="GD-9999", look="封条破损").state == "disputed"
    with pytest.raises(HandoverRefused, match="only carry, settle, end"):
        hand(store, form.serial, "T", "open")
    assert hand(store, form.serial, "T", "settle", note="登记笔误，照片核对一致").state == "received"


@pytest.mark.parametrize(
    ("move", "given", "told"),
    [
        ("open", {}, "'open' is not possible now"),
        ("receive", {"seal": "GD-0001"}, "needs look"),
        ("carry", {"by": " "}, "needs by"),
        ("fly", {}, "'fly' is not possible now"),
        ("store", {"seal": "GD-0001", "look": "x"}, "'store' is not possible now"),
    ],
)
def test_a_step_that_custody_does_not_allow_is_refused(
    store: Received, move: str, given: dict[str, str], told: str
) -> None:
    task = issued(store)
    form = filled(task)
    take(store, form, task)
    with pytest.raises(HandoverRefused, match=told):
        hand(store, form.serial, "T", move, **given)
    assert len(store.custody(form.serial)["T"]) == 1


def test_a_form_without_a_reserve_has_no_reserve_to_hand_over(store: Received) -> None:
    task = issued(store)
    without = dict.fromkeys(("reserve", "reserve_seal", "reserve_holder"))
    form = filled(task, no_reserve=True, no_reserve_why="微生物", **without)
    outcome = take(store, form, task)
    assert (outcome.state, [one["key"] for one in outcome.faults]) == ("accepted", ["reserve-kept"])
    with pytest.raises(HandoverRefused, match="has no reserve sample"):
        store.hand_over(form.serial, "R", "carry", by="x", at="2027-01-01T00:00:00Z", given={})


@pytest.mark.parametrize(("received", "is_late"), [("2026-09-24", False), ("2026-09-28", True)])
def test_food_reaches_the_laboratory_within_five_working_days(received: str, is_late: bool) -> None:
    """Order 15 Art. 20(1); from Friday 2026-09-18 with a make-up Sunday the last day is 09-24."""
    past: list[custody.Handover] = []
    for move, day in (("take", "2026-09-18"), ("receive", received)):
        known = {"form": "0" * 64, "seal": "GD-0001", "look": "完好"}
        past.append(
            custody.moved(
                past,
                move,
                sample=("F440106-26-000-001-A", "T"),
                seal="GD-0001",
                by="x",
                at=f"{day}T08:00:00Z",
                given=known,
            )
        )
    (due,) = custody.deadlines("F", "T", past, sampled_on=date(2026, 9, 18))
    assert (due.last_day, due.met_on) == (date(2026, 9, 24), date.fromisoformat(received))
    assert due.is_late(TODAY) is is_late
    assert custody.deadlines("P", "T", past, sampled_on=date(2026, 9, 18)) == [], "no deadline for products was found"


# the data


@pytest.mark.parametrize("key", forms.FORMS)
def test_every_form_is_whole_and_says_that_nobody_compared_it(key: str) -> None:
    form = forms.read(key, on=TODAY)
    assert form.standing == "unverified"
    for check in form.checks:
        assert set(check["fields"]) <= set(form.fields) | {"reserve_seal", "reserve"}
        assert check["cite"]["checked"] is None, "an article that nobody read is not called read"
    json.dumps(form.published(), allow_nan=False)


def test_a_form_has_no_value_before_its_first_day() -> None:
    with pytest.raises(RuleNotInForce, match=r"cn/forms/sampling-product: no value on 2019-12-31"):
        forms.read("sampling-product", on=date(2019, 12, 31))


def test_every_state_of_custody_leads_somewhere_or_is_the_end() -> None:
    known = custody.terms(TODAY)
    reached = {move[name] for move in known["moves"].values() for name in ("to", "otherwise") if name in move}
    left = {state for move in known["moves"].values() for state in move["from"] if state}
    assert reached == set(known["states"])
    assert reached - left == {"tested", "ended"} - left | {"ended"}
    assert rules.settings("forms/custody", on=TODAY, place="cn")["deadlines"][0]["checked"] is None


# on paper, and to the laboratory


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("key", forms.FORMS)
def test_an_empty_form_prints_on_one_page(key: str, language: str) -> None:
    made = sampling_form.pdf(forms.read(key, on=TODAY), None, language)
    assert made.startswith(b"%PDF")
    assert b"/Type/Pages/Count 1/" in made
    assert made == sampling_form.pdf(forms.read(key, on=TODAY), None, language), "the same content gives the same bytes"


def test_the_sheet_shows_every_answer_once_and_its_code_names_form_and_digest(store: Received) -> None:
    form = filled(issued(store))
    told = sampling_form.sheet(forms.read(form.form, on=TODAY), form, "zh")
    answers = [field["text"] for section in told["sections"] for field in section["fields"]]
    marked = [
        option[0]
        for section in told["sections"]
        for field in section["fields"]
        for option in field["options"]
        if option[1]
    ]
    assert {"小型断路器", "480 只", "GD-0001", "王一 A001、李二 A002"} <= set(answers)
    assert {"随机抽查", "生产", "小型", "已签字盖章"} <= set(marked)
    assert sampling_form.form_code(form) == f"zhiheng:form/{form.serial}?sha256={form.sha256[:16]}"
    assert sampling_form.labels(forms.read(form.form, on=TODAY), form, "en").startswith(b"%PDF")


def test_a_form_goes_to_the_laboratory_and_comes_back_as_the_sample_of_a_result(
    store: Received, tmp_path: Path
) -> None:
    task = issued(store)
    form = filled(task)
    take(store, form, task)
    columns, rows = worksheet.rows(store.forms(), today=TODAY)
    tested = [rows[0] | {"analyte": "铅", "value": value, "unit": "mg/kg"} for value in ("0.1", "<0.02")]
    sheet = tmp_path / "laboratory.csv"
    files.write_rows(sheet, columns, tested)
    workspace = Workspace(tmp_path / "home")
    done = intake.intake(sheet, profile=profiles.chosen("plain", sheet), workspace=workspace, analytes=rules.analytes())
    assert (done.part.accepted, done.part.rejected) == (2, 0)
    with Engine() as engine:
        path = workspace.paths("plain", "results")[0]
        names = (
            "sample_id",
            "product_name",
            "product_type",
            "maker",
            "site",
            "region",
            "laboratory",
            "sampled_on",
            "made_on",
            "reference",
        )
        found = engine.connection.execute(f"SELECT DISTINCT {', '.join(names)} FROM read_parquet('{path}')").fetchall()
    expected = (
        form.serial,
        *(FIELDS[name] for name in ("product", "product_type", "maker", "party", "region", "laboratory")),
    )
    assert found == [(*expected, date(2026, 11, 20), date(2026, 9, 1), FIELDS["programme"])]
