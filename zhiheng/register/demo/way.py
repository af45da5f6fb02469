"""Where a case of the demonstration is to end: the shortest way of acts from the first state to each of a procedure's states."""

from collections import deque

from zhiheng.rules.procedures import Act, Procedure


def ways(procedure: Procedure) -> dict[str, tuple[str, ...]]:
    """The acts that lead to each state, by state; the first state has none.

    An act that only the law's time brings about is taken where no person's act leads there.
    """
    found: dict[str, tuple[str, ...]] = {procedure.initial.key: ()}
    waiting = deque([procedure.initial.key])
    while waiting:
        here = waiting.popleft()
        for act in sorted(leaving(procedure, here), key=lambda one: "system" in one.by):
            if act.to not in found:
                found[act.to] = (*found[here], act.key)
                waiting.append(act.to)
    return found


def leaving(procedure: Procedure, state: str) -> list[Act]:
    """The acts that lead out of a state into another one."""
    return [act for act in procedure.acts.values() if state in act.sources and act.to and act.to != state]
