"""Faults of a procedure as a whole: dead ends, words that name nothing, periods that nobody starts or stops."""

from collections.abc import Mapping

from zhiheng.rules.procedures.period import Period
from zhiheng.rules.procedures.procedure import Act, State
from zhiheng.rules.procedures.source import Node


def check(node: Node, *, states: Mapping[str, State], acts: Mapping[str, Act], periods: Mapping[str, Period]) -> None:
    """Refuse a procedure that cannot be gone through as it is written."""
    for key, act in acts.items():
        names(node.node("acts").node(key), act, states=states, acts=acts, periods=periods)
    reachable(node, states, acts)
    for key, period in periods.items():
        place = node.node("deadlines").at(key)
        if not any(key in dict(act.starts) for act in acts.values()):
            raise place.fault(f"no act starts the period '{key}'")
        if period.expires and period.expires not in acts:
            raise place.fault(f"the period '{key}' expires with '{period.expires}', which is no act")
        if period.expires and "system" not in acts[period.expires].by:
            raise place.fault(
                f"'{period.expires}' is done when '{key}' has passed, so 'system' must be among its roles"
            )
        if not period.expires and not any(key in act.stops for act in acts.values()):
            raise place.fault(f"no act stops the period '{key}': it would run for ever")


def names(
    node: Node, act: Act, *, states: Mapping[str, State], acts: Mapping[str, Act], periods: Mapping[str, Period]
) -> None:
    """Refuse an act that names a state, act or period which is not there."""
    for key, told, known, what in (
        ("from", act.sources, states, "state"),
        ("to", (act.to,) if act.to else (), states, "state"),
        ("not_same_as", act.not_same_as, acts, "act"),
        ("not_same_laboratory_as", act.not_same_laboratory_as, acts, "act"),
        ("starts", tuple(dict(act.starts)), periods, "period"),
        ("stops", act.stops, periods, "period"),
        ("extends", act.extends, periods, "period"),
        *(
            (name, (getattr(act, name),) if getattr(act, name) else (), periods, "period")
            for name in ("within", "opens", "after")
        ),
    ):
        for one in told:
            if one not in known:
                raise node.at(key).fault(f"{what} '{one}' of the act '{act.key}' is not one of {', '.join(known)}")
    for key, field in act.starts:
        types = {one.key: one.type for one in act.fields}
        if field and types.get(field) != "date":
            raise node.at("starts").fault(
                f"'{key}' runs from '{field}', which is no date among the fields of '{act.key}'"
            )
    for key in act.extends:
        if not any(value.extension for value in periods[key].values):
            raise node.at("extends").fault(f"'{act.key}' extends '{key}', but no value of it has an extension")


def reachable(node: Node, states: Mapping[str, State], acts: Mapping[str, Act]) -> None:
    """Refuse a state that no act leads to, and one that is not final but has no way to an end."""
    first = next(key for key, state in states.items() if state.initial)
    steps = {(source, act.to or source) for act in acts.values() for source in act.sources}
    forward = spread({first}, steps)
    ends = {key for key, state in states.items() if state.final}
    backward = spread(ends, {(target, source) for source, target in steps})
    place = node.node("states")
    for key in states:
        if key not in forward:
            raise place.at(key).fault(f"the state '{key}' is unreachable: no act leads to it from '{first}'")
    for key in states:
        if key not in backward:
            raise place.at(key).fault(f"the state '{key}' is a dead end: no act leads from it to a final state")


def spread(found: set[str], steps: set[tuple[str, str]]) -> set[str]:
    """All states that steps lead to."""
    while True:
        further = found | {target for source, target in steps if source in found}
        if further == found:
            return found
        found = further
