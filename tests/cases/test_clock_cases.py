"""Worked cases of deadlines and procedures: one file for each file of law, written so that a lawyer can write the next."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from zhiheng import clock, rules
from zhiheng.errors import ZhihengError
from zhiheng.rules import procedures

FOLDER = Path(__file__).with_name("clock")
LAW = Path(rules.__file__).parents[1] / "law" / "cn"
CASES = [
    case | {"file": path.stem}
    for path in sorted(FOLDER.glob("*.yaml"))
    for case in yaml.safe_load(path.read_text(encoding="utf-8"))
]
PERIODS = [case for case in CASES if "period" in case]
COURSES = [case for case in CASES if "procedure" in case]


def named(case: dict[str, Any]) -> str:
    return f"{case['file']}: {case['why']}"


def moment(told: Any) -> datetime:
    return told if isinstance(told, datetime) else datetime.fromisoformat(str(told))


def counted(case: dict[str, Any]) -> clock.Deadline:
    start = case["from"] if isinstance(case["from"], date) else moment(case["from"])
    law = case.get("law_of") or (start.date() if isinstance(start, datetime) else start)
    rule = procedures.period(case["period"], region=case.get("region", "")).at(law)
    spans = [span.split("/") for span in case.get("paused", ())]
    pauses = [clock.Pause(date.fromisoformat(since), date.fromisoformat(until)) for since, until in spans]
    return clock.due(rule, start=start, calendar=clock.calendar(), pauses=pauses, extensions=case.get("extensions", 0))


@pytest.mark.parametrize("case", PERIODS, ids=[named(case) for case in PERIODS])
def test_a_period_ends_on_the_day_of_its_case(case: dict[str, Any]) -> None:
    if "refused" in case:
        with pytest.raises(ZhihengError, match=case["refused"]):
            counted(case)
        return
    found = counted(case)
    assert found.not_after == case["last"]
    assert found.counted_to == case.get("counted_to", case["last"])
    assert found.not_before == case.get("opens")
    assert found.settled == case.get("settled", True)
    assert case.get("cite", "") in found.rule.value.cite.act
    if "moment" in case:
        assert f"{found.moment:%H:%M}" == case["moment"]


@pytest.mark.parametrize("case", COURSES, ids=[named(case) for case in COURSES])
def test_a_case_stands_where_its_acts_lead(case: dict[str, Any]) -> None:
    procedure = procedures.procedure(case["procedure"], on=case["day"], region=case.get("region", ""))
    told = case["events"][: case.get("take")]
    events = [clock.Event(**(event | {"at": moment(event["at"])})) for event in told]
    law, at = case.get("law"), moment(case["at"])
    assert clock.state_after(procedure, events, law=law).key == case["state"]
    course = clock.follow(procedure, events, at=at, law=law)
    days = {one.key: one.deadline.not_after for one in course.open if one.deadline}
    assert case.get("open", {}).items() <= days.items()
    for standing in ("late", "early", "paused"):
        if standing in case:
            assert [one.key for one in course.open if one.standing(at) == standing] == case[standing]
    if "expiring" in case:
        assert [act.key for act in course.expiring] == case["expiring"]
    assert [one.period.key.split("/")[1] for one in course.silent] == case.get("silent", [])
    permitted(case, procedure, events, at)


def permitted(case: dict[str, Any], procedure: procedures.Procedure, events: list[clock.Event], at: datetime) -> None:
    who = case.get("who", {})
    for role, keys in case.get("allowed", {}).items():
        found = clock.open_acts(procedure, events, at=at, role=role, law=case.get("law"), **who)
        assert [one.act.key for one in found if one.allowed] == keys
    for role, refused in case.get("refused", {}).items():
        found = {one.act.key: one for one in clock.open_acts(procedure, events, at=at, role=role, **who)}
        for key, kind in refused.items():
            assert not found[key].allowed
            assert kind in [one.kind for one in found[key].refusals]


def test_every_file_of_procedures_and_periods_has_cases() -> None:
    written = {path.stem for folder in ("procedures", "deadlines") for path in (LAW / folder).glob("*.yaml")}
    assert {path.stem for path in FOLDER.glob("*.yaml")} == written
    worked = {case.get("procedure") for case in COURSES}
    assert {path.stem for path in (LAW / "procedures").glob("*.yaml")} <= worked


def test_every_case_of_a_period_says_what_it_rests_on() -> None:
    assert [named(case) for case in PERIODS if not case.get("source")] == []
