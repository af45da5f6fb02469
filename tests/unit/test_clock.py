"""The clock: golden checks, properties, and explanations that say what they rest on."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from chinese_calendar import is_workday
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiheng import clock, dates, rules
from zhiheng.clock import counting
from zhiheng.errors import ActRefused, CalendarUnknown, UsageError
from zhiheng.rules import procedures
from zhiheng.rules.book import Citation
from zhiheng.rules.procedures import Counting, Period, PeriodAt, PeriodValue

CALENDAR = clock.calendar()
ARTICLE = {"zh": "第1条", "en": "Art. 1"}
DAYS = st.dates(date(2019, 1, 2), date(2025, 6, 30))  # so that a period of a year still ends in a year that is known


def rule(length: int, unit: str, *, opens: int | None = None, roll: bool = True, extension: int = 0) -> PeriodAt:
    """A period that nobody enacted."""
    counted = Counting(
        "made", ARTICLE, date(2000, 1, 1), Citation("甲法", "第1条"), ARTICLE, ARTICLE, ARTICLE, ARTICLE, "", {}
    )
    value = PeriodValue(
        date(2000, 1, 1),
        None,
        length,
        unit,
        "made",
        Citation("甲法", "第2条"),
        opens=opens,
        roll=roll,
        extension=extension,
    )
    period = Period("made/up", {"zh": "甲", "en": "a"}, ARTICLE, "firm", (), "", (value,), {"made": (counted,)})
    return period.at(date(2020, 1, 1))


def last(length: int, unit: str, start: date, **more: object) -> date:
    return clock.due(rule(length, unit), start=start, calendar=CALENDAR, **more).not_after


@pytest.mark.parametrize(
    ("start", "length", "unit", "end"),
    [
        ("2026-09-16", 15, "d", "2026-10-08"),
        ("2026-02-02", 15, "d", "2026-02-24"),
        ("2025-09-21", 15, "d", "2025-10-09"),
        ("2026-09-05", 15, "d", "2026-09-20"),
        ("2026-09-25", 15, "d", "2026-10-10"),
        ("2026-07-30", 60, "d", "2026-09-28"),
        ("2026-09-18", 5, "wd", "2026-09-24"),
        ("2026-02-13", 7, "wd", "2026-03-02"),
        ("2026-09-30", 7, "wd", "2026-10-15"),
        ("2025-01-24", 5, "wd", "2025-02-07"),
        ("2024-09-30", 20, "wd", "2024-11-01"),
        ("2025-11-30", 3, "month", "2026-02-28"),
        ("2024-02-29", 1, "year", "2025-02-28"),
        ("2025-01-31", 1, "month", "2025-02-28"),
    ],
)
def test_golden_checks(start: str, length: int, unit: str, end: str) -> None:
    assert last(length, unit, date.fromisoformat(start)) == date.fromisoformat(end)


def test_the_notices_by_hand_and_the_library_agree_on_every_day() -> None:
    told = rules.settings("holidays", on=date(2026, 11, 22), place="cn")
    entered = dates.calendar(told["years"])
    day, different = date(2019, 1, 1), []
    while day <= date(2026, 12, 31):
        if not entered.is_working(day) == is_workday(day) == CALENDAR.is_working(day):
            different.append(day)
        day += timedelta(days=1)
    assert different == []


def test_the_calendar_knows_the_years_of_the_library_and_refuses_the_next() -> None:
    assert sorted(CALENDAR.years) == list(range(2004, 2027))
    with pytest.raises(CalendarUnknown, match="the holidays of 2027 are not known") as caught:
        last(5, "wd", date(2026, 12, 30))
    assert "2027年的放假安排尚未公布" in caught.value.zh


def test_a_year_that_only_the_hand_has_is_joined_to_the_library() -> None:
    joined = dates.noticed().joined(dates.calendar({2027: {"rest": "0101", "work": "0102"}}))
    assert not joined.is_working(date(2027, 1, 1)) and joined.is_working(date(2027, 1, 2))
    assert joined.is_working(date(2026, 9, 20))


@given(DAYS, st.integers(1, 300), st.sampled_from(["d", "wd"]))
@settings(max_examples=150, deadline=None)
def test_a_later_start_never_ends_earlier(start: date, length: int, unit: str) -> None:
    length = min(length, 250) if unit == "wd" else length
    assert last(length, unit, start) <= last(length, unit, start + timedelta(days=1))


@given(DAYS, st.integers(1, 12))
@settings(max_examples=100, deadline=None)
def test_months_of_a_later_start_never_end_earlier(start: date, months: int) -> None:
    assert last(months, "month", start) <= last(months, "month", start + timedelta(days=1))


@given(DAYS, st.integers(1, 300))
@settings(max_examples=150, deadline=None)
def test_a_last_day_is_always_worked_and_only_days_off_lie_before_it(start: date, length: int) -> None:
    found = clock.due(rule(length, "d"), start=start, calendar=CALENDAR)
    assert is_workday(found.not_after)
    assert found.counted_to == start + timedelta(days=length)
    between = range((found.not_after - found.counted_to).days)
    assert not any(is_workday(found.counted_to + timedelta(days=step)) for step in between)


@given(DAYS, st.integers(1, 200))
@settings(max_examples=150, deadline=None)
def test_working_days_are_as_many_as_the_library_counts(start: date, length: int) -> None:
    end = last(length, "wd", start)
    counted = [start + timedelta(days=step) for step in range(1, (end - start).days + 1)]
    assert sum(is_workday(day) for day in counted) == length
    assert is_workday(end)


@given(DAYS, st.integers(5, 200), st.integers(1, 60), st.integers(1, 40), st.sampled_from(["d", "month"]))
@settings(max_examples=150, deadline=None)
def test_a_pause_lengthens_by_exactly_its_days(start: date, length: int, after: int, days: int, unit: str) -> None:
    length = length if unit == "d" else 1 + length % 6
    plain = clock.due(rule(length, unit, roll=False), start=start, calendar=CALENDAR).not_after
    since = start + timedelta(days=1 + after % (plain - start).days)
    pause = clock.Pause(since, since + timedelta(days=days - 1), "laboratory")
    found = clock.due(rule(length, unit, roll=False), start=start, calendar=CALENDAR, pauses=[pause])
    assert found.not_after - plain == timedelta(days=days)
    assert len([one for one in found.skipped if one.why == "paused"]) == days


@given(DAYS, st.integers(5, 60), st.integers(1, 20))
@settings(max_examples=100, deadline=None)
def test_a_pause_takes_away_only_working_days_from_working_days(start: date, length: int, days: int) -> None:
    pause = clock.Pause(start + timedelta(days=2), start + timedelta(days=1 + days))
    paused = sum(is_workday(day) for day in pause.days)
    assert last(length, "wd", start, pauses=[pause]) == last(length + paused, "wd", start)


@given(DAYS, st.integers(1, 50), st.integers(1, 50))
@settings(max_examples=100, deadline=None)
def test_working_days_add_up(start: date, first: int, second: int) -> None:
    assert last(second, "wd", last(first, "wd", start)) == last(first + second, "wd", start)


@given(DAYS, st.integers(-24, 24))
@settings(max_examples=150, deadline=None)
def test_a_matching_day_has_the_same_number_or_is_the_last_of_its_month(start: date, count: int) -> None:
    found = counting.matching(start, count=count)
    assert (found.year - start.year) * 12 + found.month - start.month == count
    assert found.day == start.day or (found.day < start.day and (found + timedelta(days=1)).day == 1)


def test_pauses_that_overlap_count_once() -> None:
    pauses = [clock.Pause(date(2026, 3, 3), date(2026, 3, 6)), clock.Pause(date(2026, 3, 5), date(2026, 3, 9))]
    assert last(10, "d", date(2026, 3, 1), pauses=pauses) == date(2026, 3, 18)


def test_a_pause_before_the_start_or_after_the_end_changes_nothing() -> None:
    pauses = [clock.Pause(date(2026, 2, 1), date(2026, 3, 1)), clock.Pause(date(2026, 3, 12), date(2026, 3, 20))]
    assert last(10, "d", date(2026, 3, 1), pauses=pauses) == last(10, "d", date(2026, 3, 1)) == date(2026, 3, 11)


def test_a_pause_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(UsageError, match="ends before it begins"):
        last(10, "d", date(2026, 3, 1), pauses=[clock.Pause(date(2026, 3, 5), date(2026, 3, 4))])


def test_an_extension_that_the_rule_does_not_know_is_refused() -> None:
    with pytest.raises(UsageError, match="knows no extension"):
        last(10, "d", date(2026, 3, 1), extensions=1)


def test_hours_run_from_the_moment_in_chinese_time() -> None:
    start = datetime(2026, 9, 30, 14, 30, tzinfo=UTC)  # 22:30 in China
    found = clock.due(rule(4, "hour"), start=start, calendar=CALENDAR)
    assert found.start == date(2026, 9, 30) and found.not_after == date(2026, 10, 1)
    assert found.moment is not None and found.moment.isoformat() == "2026-10-01T02:30:00+08:00"
    assert not found.is_late(datetime(2026, 10, 1, 2, 30)) and found.is_late(datetime(2026, 10, 1, 2, 31))


def test_a_day_that_a_server_writes_in_utc_is_the_chinese_day() -> None:
    start = datetime(2026, 9, 15, 18, tzinfo=UTC)
    assert clock.due(rule(15, "d"), start=start, calendar=CALENDAR).start == date(2026, 9, 16)


def test_a_last_day_is_not_late_before_midnight() -> None:
    found = clock.due(rule(60, "d"), start=date(2026, 7, 30), calendar=CALENDAR)
    assert not found.is_late(datetime(2026, 9, 28, 23, 59, 59)) and found.is_late(datetime(2026, 9, 29))
    assert found.days_left(date(2026, 9, 18)) == 10


def kinds(found: clock.Deadline) -> list[str]:
    return [step.kind for step in found.steps]


def test_an_explanation_names_the_holiday_the_article_and_the_day_it_moved_to() -> None:
    told = procedures.period("product-sampling/objection").at(date(2026, 9, 16))
    found = clock.due(told, start=date(2026, 9, 16), calendar=CALENDAR)
    for part in ("2026年9月16日", "产品质量法第15条", "国庆节", "顺延", "2026年10月8日", "民法典第203条", "未查"):
        assert part in found.explanation["zh"]
    for part in ("2026-09-16", "National Day", "it moves to the next working day, 2026-10-08", "Art. 203"):
        assert part in found.explanation["en"]
    assert kinds(found) == ["start", "law", "unit", "roll", "result", "standing"]


def test_an_explanation_of_working_days_names_what_was_skipped_and_what_was_made_up() -> None:
    told = procedures.period("food-sampling/retest").at(date(2026, 2, 13))
    zh = clock.due(told, start=date(2026, 2, 13), calendar=CALENDAR).explanation["zh"]
    assert "不计入：春节 2026年2月15日至23日；周末 2026年3月1日。" in zh
    assert "计入调休上班日：2026年2月14日、2026年2月28日。" in zh


def test_an_unverified_period_says_so_and_a_local_practice_too() -> None:
    told = procedures.period("product-sampling/objection_answer").at(date(2026, 9, 18))
    found = clock.due(told, start=date(2026, 9, 18), calendar=CALENDAR)
    assert "未经与官方文本核对" in found.explanation["zh"] and "一地的做法" in found.explanation["zh"]
    assert "not verified" in found.explanation["en"] and "local practice" in found.explanation["en"]


@pytest.mark.parametrize("one", procedures.periods(), ids=lambda one: one.key)
def test_every_period_explains_itself_with_its_article_and_whether_it_was_verified(one: Period) -> None:
    for value in one.values:
        if value.repealed:
            continue
        on = max(value.since, date(2022, 3, 15))
        if not value.holds(on):
            on = value.since
        start = datetime(on.year, on.month, on.day, 9)
        # a calendar of every year to come, so that no value fails for want of a notice
        known = dates.Calendar(CALENDAR.rest, CALENDAR.work, range(2004, 2041), CALENDAR.names)
        found = clock.due(one.at(on), start=start, calendar=known)
        assert value.cite.act in found.explanation["zh"] and value.cite.at in found.explanation["zh"]
        assert found.steps[-1].kind == "standing"
        assert ("未经" in found.steps[-1].zh) == (value.checked is None)


def test_a_year_without_notice_leaves_a_weekday_unsettled_and_refuses_a_weekend() -> None:
    found = clock.due(rule(3, "month"), start=date(2026, 12, 31), calendar=CALENDAR)
    assert (found.not_after, found.settled) == (date(2027, 3, 31), False)
    assert "放假安排尚未公布" in found.explanation["zh"]
    with pytest.raises(CalendarUnknown):
        last(2, "month", date(2026, 12, 31))
    with pytest.raises(CalendarUnknown):
        last(2, "month", date(2026, 11, 1))  # ends on 1 January


def test_a_case_whose_last_day_is_not_known_goes_on_and_says_so() -> None:
    procedure = procedures.procedure("recall", on=date(2026, 11, 1))
    events = [clock.Event("note", datetime(2026, 12, 30, 9), "甲", "firm", data={"known_on": date(2026, 12, 30)})]
    course = clock.follow(procedure, events, at=datetime(2027, 1, 20))
    only = course.open[0]
    assert (only.deadline, only.standing(course.at), only.earliest) == (None, "unknown", date(2027, 1, 1))
    assert "2027年的放假安排尚未公布" in only.unknown["zh"]


def test_an_act_that_lacks_something_is_refused_with_everything_it_lacks() -> None:
    procedure = procedures.procedure("product-sampling", on=date(2026, 9, 1))
    done = [
        clock.Event("draw", datetime(2026, 9, 1, 9), "甲", "inspector", data={"second_sampler": "乙"}),
        clock.Event("receive", datetime(2026, 9, 2, 9), "丙", "laboratory"),
    ]
    early = clock.Event("receive", datetime(2026, 8, 31, 9), "丙", "firm")
    assert [one.kind for one in clock.refusals(procedure, done[:1], early)] == ["role", "order"]
    bare = clock.Event("draw", datetime(2026, 9, 1, 9), "甲", "inspector")
    assert [(one.kind, one.what) for one in clock.refusals(procedure, [], bare)] == [("field", "second_sampler")]
    assert clock.refusals(procedure, done[:1], done[1]) == ()


def test_every_refusal_is_a_sentence_with_its_article() -> None:
    procedure = procedures.procedure("product-sampling", on=date(2026, 9, 1))
    for one in clock.open_acts(procedure, [], at=datetime(2026, 9, 1), role="firm", by="甲"):
        assert not one.allowed
        for why in one.refusals:
            assert why.cite.act in why.text["zh"] and why.cite.act in why.text["en"]


def test_hours_that_were_over_on_the_very_day_are_met_late() -> None:
    known = procedures.procedure("transfer", on=date(2026, 9, 16))
    done = [
        clock.Event("propose_police", datetime(2026, 9, 16, 9), "li", "officer"),
        clock.Event("approve_police", datetime(2026, 9, 16, 10), "wang", "decider"),
        clock.Event("hand_to_police", datetime(2026, 9, 17, 15), "li", "officer"),  # 24 hours were over at ten
    ]
    found = clock.follow(known, done, at=datetime(2026, 9, 18)).latest("hand_to_police")
    assert found is not None and found.standing(datetime(2026, 9, 18)) == "met_late"
    in_time = [*done[:2], clock.Event("hand_to_police", datetime(2026, 9, 17, 9), "li", "officer")]
    found = clock.follow(known, in_time, at=datetime(2026, 9, 18)).latest("hand_to_police")
    assert found is not None and found.standing(datetime(2026, 9, 18)) == "met"


def test_what_has_ended_is_not_made_longer() -> None:
    known = procedures.procedure("report", on=date(2026, 9, 16))
    begun = [clock.Event("register", datetime(2026, 9, 16, 9), "public", "public")]
    last = clock.follow(known, begun, at=datetime(2026, 9, 16)).open[0].deadline
    assert last is not None
    on_the_last_day = clock.Event(
        "extend", datetime(last.not_after.year, last.not_after.month, last.not_after.day, 23), "li", "decider"
    )
    assert clock.refusals(known, begun, on_the_last_day) == ()
    late = replace(on_the_last_day, at=on_the_last_day.at + timedelta(hours=2))
    assert [one.kind for one in clock.refusals(known, begun, late)] == ["too_late"]


@pytest.mark.parametrize("told", ["soon", "9999-12-31", date(1, 1, 1)])
def test_day_from_which_nothing_can_be_counted_is_refused_in_words(told: object) -> None:
    known = procedures.procedure("recall", on=date(2026, 9, 16))
    done = clock.Event("note", datetime(2026, 9, 16, 9), "企", "firm", data={"known_on": told})
    with pytest.raises(ActRefused, match="known_on"):
        clock.follow(known, [done], at=datetime(2026, 9, 16, 10))
    assert [one.what for one in clock.refusals(known, [], done)] == ["known_on"]


def test_nobody_is_late_by_a_day_that_may_still_move() -> None:
    known = procedures.procedure("product-sampling", on=date(2026, 12, 1))
    done = [
        clock.Event("draw", datetime(2026, 12, 1, 9), "甲", "inspector", data={"second_sampler": "乙"}),
        clock.Event("receive", datetime(2026, 12, 2, 9), "丙", "laboratory"),
        clock.Event("test", datetime(2026, 12, 3, 9), "丙", "laboratory"),
        clock.Event("release_nonconforming", datetime(2026, 12, 4, 9), "丁", "laboratory"),
        clock.Event("determine", datetime(2026, 12, 5, 9), "戊", "officer"),
        clock.Event("notify", datetime(2026, 12, 22, 9), "己", "officer", data={"received_on": date(2026, 12, 22)}),
    ]
    after = datetime(
        2027, 1, 7, 9
    )  # fifteen days end on Wednesday, 6 January 2027, and nobody knows that year's holidays
    course = clock.follow(known, done, at=after)
    assert course.open[0].deadline is not None and course.open[0].deadline.not_after == date(2027, 1, 6)
    assert course.open[0].standing(after) == "unknown" and course.expiring == () and course.late == ()
    said = {"ground": "x", "items": "y"}
    late = clock.Event("object", after, "企", "firm", data=said, documents=("objection_letter",))
    assert clock.refusals(known, done, late) == ()
    lapse = clock.Event("objection_lapses", after, "己", "officer")
    assert [one.kind for one in clock.refusals(known, done, lapse)] == ["not_over"]
