"""Triage: what people did with a signal, as events linked by their digests. A state is never stored: it is what the events say.

new → watched → acted, dismissed with a reason; a region hands a signal over, and the other one acknowledges or returns it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from zhiheng.errors import TriageRefused
from zhiheng.selection import chain

NEW = "new"
ACTS = ("triage", "hand", "acknowledge", "return")
LONGEST = 500


@dataclass(frozen=True)
class Event:
    """One step: who, when (UTC), which act, from which state to which, the reason, a note, and the other region."""

    number: int
    signal_id: str
    act: str
    before_state: str
    state: str
    by: str
    at: str
    reason: str = ""
    note: str = ""
    region: str = ""
    before: str = ""
    digest: str = ""

    @property
    def body(self) -> dict[str, Any]:
        """What the digest covers."""
        return {name: value for name, value in asdict(self).items() if name not in ("before", "digest")}


@dataclass(frozen=True)
class State:
    """Where a signal stands: its state, with which region it is, and to which it was handed without an answer yet."""

    state: str = NEW
    region: str = ""
    handed_to: str = ""
    reason: str = ""
    steps: int = 0


def state(events: Iterable[Event]) -> State:
    """The state that the events of one signal lead to.

    >>> state([]).state
    'new'
    """
    found = State()
    for event in events:
        found = replace(found, state=event.state, steps=found.steps + 1)
        if event.act == "triage":
            found = replace(found, reason=event.reason)
        elif event.act == "hand":
            found = replace(found, handed_to=event.region)
        elif event.act == "acknowledge":
            found = replace(found, region=found.handed_to, handed_to="")
        else:
            found = replace(found, handed_to="")
    return found


@dataclass(frozen=True)
class Step:
    """What somebody wants to do."""

    act: str
    by: str
    to: str = ""
    reason: str = ""
    note: str = ""
    region: str = ""


def stepped(
    signal_id: str, past: Sequence[Event], step: Step, *, at: str, last: tuple[int, str], terms: Mapping[str, Any]
) -> Event:
    """The event of a step. TriageRefused: the state does not allow it, or something it needs is missing.

    `last` is number and digest of the last event of all signals, (0, chain.START) when there is none.
    """
    now = state(past)
    refuse_blank(step)
    if step.act == "triage":
        allowed = terms["moves"].get(now.state, [])
        if now.handed_to:
            raise TriageRefused(f"{signal_id} was handed to {now.handed_to}: it must acknowledge or return it first")
        if step.to not in allowed:
            raise TriageRefused(
                f"{signal_id} is '{now.state}': '{step.to}' is not possible now, only {', '.join(allowed)}"
            )
        if step.to == "dismissed" and step.reason not in terms["reasons"]:
            raise TriageRefused(f"{signal_id}: to dismiss it give a reason, one of {', '.join(terms['reasons'])}")
        if step.to == "acted" and not step.note.strip():
            raise TriageRefused(f"{signal_id}: 'acted' needs a note that says what was done")
    else:
        refuse_exchange(signal_id, now, step)
    made = Event(
        last[0] + 1,
        signal_id,
        step.act,
        now.state,
        step.to if step.act == "triage" else now.state,
        step.by,
        at,
        step.reason if step.act == "triage" and step.to == "dismissed" else "",
        step.note,
        step.region if step.act == "hand" else now.handed_to,
        last[1],
    )
    return replace(made, digest=chain.linked(made.before, made.body))


def refuse_blank(step: Step) -> None:
    """Refuse an unknown act, a step without a name, a text that is too long."""
    if step.act not in ACTS:
        raise TriageRefused(f"'{step.act[:40]}' is no step; there are {', '.join(ACTS)}")
    if not step.by.strip():
        raise TriageRefused("a step needs the name of whoever takes it: give --by")
    if max(map(len, (step.by, step.note, step.region, step.reason))) > LONGEST:
        raise TriageRefused(
            f"a text is longer than {LONGEST} letters: shorten it and point to the file that has the rest"
        )


def refuse_exchange(signal_id: str, now: State, step: Step) -> None:
    """Refuse a handover, an acknowledgement or a return that the state does not allow."""
    if step.act == "hand":
        if now.handed_to:
            raise TriageRefused(f"{signal_id} was handed to {now.handed_to} already, which has not answered yet")
        if not step.region.strip() or step.region == now.region:
            raise TriageRefused(f"{signal_id}: name another region to hand it to with --region")
    elif not now.handed_to:
        raise TriageRefused(f"{signal_id} was not handed to anybody: there is nothing to {step.act}")


def first_altered(events: Iterable[Event]) -> int | None:
    """The number of the first event that is not what was written, or None."""
    return chain.first_broken((event.before, event.body, event.digest) for event in events)
