"""Custody of a sample: from its seal on the spot to its end, hand-over by hand-over, each linked to the one before.

States, moves and deadlines are data (zhiheng/law/cn/forms/custody.yaml). The first link holds the digest of the sampling form.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from zhiheng import rules
from zhiheng.clock import calendar
from zhiheng.errors import HandoverRefused
from zhiheng.selection import chain

PARTS = {"T": {"zh": "检验样品", "en": "test sample"}, "R": {"zh": "备用样品", "en": "reserve sample"}}
GIVEN = ("seal", "look", "place", "note")
Terms = Mapping[str, Any]


@dataclass(frozen=True)
class Handover:
    """One event: who had the sample at what time, what was read on it, and the state that followed."""

    serial: str
    part: str
    number: int
    move: str
    state: str
    at: str
    by: str
    given: dict[str, str] = field(default_factory=dict)
    before: str = ""
    digest: str = ""

    @property
    def body(self) -> dict[str, Any]:
        """What the digest covers."""
        return {
            name: getattr(self, name) for name in ("serial", "part", "number", "move", "state", "at", "by", "given")
        }


@dataclass(frozen=True)
class Due:
    """A deadline of a sample: its last day, when it was met, and its source."""

    part: str
    what: dict[str, str]
    last_day: date
    met_on: date | None
    cite: dict[str, Any]

    def is_late(self, on: date) -> bool:
        """Whether the last day has passed without it."""
        return (self.met_on or on) > self.last_day


def terms(on: date) -> Terms:
    """States, moves and deadlines on a day."""
    return rules.settings("forms/custody", on=on, place="cn")


def moved(
    past: Sequence[Handover],
    move: str,
    *,
    sample: tuple[str, str],
    seal: str,
    by: str,
    at: str,
    given: Mapping[str, str],
) -> Handover:
    """The event that follows; refused when the state does not allow it, or something that it needs is not given.

    `sample` is serial and part, `seal` what the form says. For the first event `given` holds the form's digest under `form`.
    """
    serial, part = sample
    known = terms(date.fromisoformat(at[:10]))["moves"]
    state = past[-1].state if past else ""
    allowed = [name for name, one in known.items() if state in one["from"] and part in one["parts"]]
    if move not in allowed:
        raise HandoverRefused(
            f"{serial}-{part} is '{state or 'not sealed yet'}': '{move}' is not possible now, only {', '.join(allowed) or 'nothing'}"
        )
    rule = known[move]
    lacking = [name for name in rule.get("needs", ()) if not given.get(name)]
    if lacking or not by.strip():
        raise HandoverRefused(
            f"{serial}-{part}: '{move}' needs {', '.join([*lacking, *([] if by.strip() else ['by'])])}"
        )
    if past and at < past[-1].at:
        raise HandoverRefused(f"{serial}-{part}: {at} lies before the last hand-over at {past[-1].at}")
    agrees = "compares" not in rule or given[rule["compares"]] == seal
    before = past[-1].digest if past else given["form"]
    told = {name: given[name] for name in GIVEN if given.get(name)}
    made = Handover(
        serial, part, len(past) + 1, move, rule["to"] if agrees else rule["otherwise"], at, by, told, before
    )
    return Handover(**{**made.__dict__, "digest": chain.linked(before, made.body)})


def first_altered(past: Sequence[Handover], *, form_digest: str) -> int | None:
    """The number of the first event that was altered, or None."""
    return chain.first_broken(((one.before, one.body, one.digest) for one in past), start=form_digest)


def deadlines(letter: str, part: str, past: Sequence[Handover], *, sampled_on: date) -> list[Due]:
    """The deadlines that the law sets for a sample of this form."""
    found = []
    for one in terms(sampled_on)["deadlines"]:
        if (one["form"], one["part"]) == (letter, part):
            met = [date.fromisoformat(event.at[:10]) for event in past if event.state in one["until"]]
            cite = dict(one["cite"]) | {"checked": one["checked"]}
            what = {"zh": one["zh"], "en": one["en"]}
            found.append(Due(part, what, last_day(sampled_on, one["days"], one["unit"]), min(met, default=None), cite))
    return found


def last_day(start: date, days: int, unit: str) -> date:
    """The last day of a period of working days (`wd`) or calendar days (`d`)."""
    return calendar().after(start, working_days=days) if unit == "wd" else start + timedelta(days=days)
