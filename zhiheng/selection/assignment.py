"""Who inspects whom: inspectors assigned to drawn targets by rounds of exact matching, the seed deciding between equals.

Must hold: qualification, recusal, nobody to a target of an earlier visit, so many different inspectors each, nobody above the own
bound. Then, in this order: equal work, short ways (longer for those who went far before), other partners than before, the seed.
Each round solves one assignment problem (Crouse 2016, IEEE Trans. Aerosp. Electron. Syst. 52, 1679-1696, as in
scipy.optimize) in whole numbers below 2 ** 53, of which the last 32 bits come from the stream: so the optimum is one, whoever
computes it (two optima in less than one round of 2 ** 12).
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from zhiheng.errors import AssignmentInfeasible
from zhiheng.selection.people import Problem, Truth, problem
from zhiheng.selection.stream import BITS, Stream

__all__ = ["Assigned", "assign", "problem"]

KEY_BITS = 32
A_ROUND = 500  # targets served in one round; a part of the format, as the draw depends on it
LOAD, MOST_LOAD, MOST_WAY = 64, 63, 63  # a cost has 12 bits: work in steps of 64, at most 63, and ways of at most 63
FORBIDDEN = 1 << 46  # above all that a row of allowed costs can save

Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Assigned:
    """Names of inspectors for every target, in the order of inspectors.csv, and the account of the assignment."""

    names: list[tuple[str, ...]]
    account: dict[str, Any]


class State:
    """Teams so far, and what every inspector has been given."""

    def __init__(self, given: Problem, stream: Stream) -> None:
        targets, people = len(given.targets), len(given.inspectors)
        self.given, self.admissible, self.most = given, given.admissible, given.most
        self.team = np.zeros((targets, people), dtype=bool)
        self.load, self.far = np.zeros(people, dtype=np.int64), np.zeros(people, dtype=np.int64)
        self.partners = given.partners.copy()
        drawn = stream.keys("assignment", 0, targets * people)
        self.keys = (drawn >> np.uint64(BITS - KEY_BITS)).astype(np.int64).reshape(targets, people)
        self.order = np.argsort(stream.keys("order", 0, targets), kind="stable")
        self.rounds = 0

    def lacking(self) -> Whole:
        """The targets that still need somebody: those with the smallest teams first, between equals as the seed says."""
        held = self.team.sum(axis=1)[self.order]
        served = np.argsort(held, kind="stable")
        return np.asarray(self.order[served[held[served] < self.given.each]])

    def give(self, target: int, person: int) -> None:
        """Put an inspector into a team."""
        self.partners[person] |= self.team[target]
        self.partners[self.team[target], person] = True
        self.team[target, person] = True
        self.load[person] += 1
        self.far[person] += self.given.travel[target, person]

    def take(self, target: int, person: int) -> None:
        """Take an inspector out of a team."""
        self.team[target, person] = False
        self.load[person] -= 1
        self.far[person] -= self.given.travel[target, person]


def assign(given: Problem, stream: Stream) -> Assigned:
    """The assignment that a seed gives. AssignmentInfeasible: it says which constraint to relax."""
    state = State(given, stream)
    while _round(state):
        state.rounds += 1
    if not _augmented(state):
        raise AssignmentInfeasible(_why(state))
    names = [tuple(given.inspectors[person].name for person in np.flatnonzero(team)) for team in state.team]
    return Assigned(names, _account(state))


def _round(state: State) -> bool:
    """One inspector more for each of the next targets; whether anybody was assigned."""
    free = np.flatnonzero(state.load < state.most)
    rows, allowed = _served(state, free)
    if not rows.size:
        return False
    cost = np.where(allowed, _cost(state, rows, free), FORBIDDEN)
    placed, chosen = linear_sum_assignment(cost.astype(np.float64))
    for place, column in zip(placed, chosen, strict=True):
        if allowed[place, column]:
            state.give(int(rows[place]), int(free[column]))
    return True


def _served(state: State, free: Whole) -> tuple[Whole, Truth]:
    """The first targets in order that lack somebody and whom a free inspector may serve, with who may."""
    waiting, most = state.lacking(), min(A_ROUND, free.size)
    rows, allowed = np.zeros(0, dtype=np.int64), np.zeros((0, free.size), dtype=bool)
    for start in range(0, waiting.size, A_ROUND):
        part = waiting[start : start + A_ROUND]
        may = state.admissible[part][:, free] & ~state.team[part][:, free]
        able = may.any(axis=1)
        rows, allowed = np.concatenate([rows, part[able]]), np.concatenate([allowed, may[able]])
        if rows.size >= most:
            break
    return rows[:most], allowed[:most]


def _cost(state: State, rows: Whole, free: Whole) -> Whole:
    """Costs of rows x free inspectors: work, way, partners, and the seed's 32 bits."""
    way = state.given.travel[rows][:, free] * (1 + state.far[free])
    for place, mate in zip(*np.nonzero(state.team[rows]), strict=True):
        way[place] += state.given.partners_again * state.partners[mate, free]
    work = LOAD * np.minimum(state.load[free] - state.load[free].min(), MOST_LOAD)
    return np.asarray(((work + np.minimum(way, MOST_WAY)) << KEY_BITS) + state.keys[rows][:, free])


def _augmented(state: State) -> bool:
    """Serve what is left by moving others along shortest chains; whether everybody is served."""
    for target in state.lacking():
        while state.team[target].sum() < state.given.each:
            chain = _chain(state, int(target))
            if not chain:
                return False
            for place, person, leaves in chain:
                if leaves is not None:
                    state.take(leaves, person)
                state.give(place, person)
    return True


def _chain(state: State, target: int) -> list[tuple[int, int, int | None]]:
    """Moves (to a target, of an inspector, from a target or from nowhere) that serve a target, or none.

    Breadth first; inspectors and their targets in the order of their keys.
    """
    reached: dict[int, tuple[int, int | None]] = {}
    waiting: list[tuple[int, int | None]] = [(target, None)]
    for place, by in waiting:
        for person in _by_key(state, place, reached):
            reached[person] = (place, by)
            if state.load[person] < state.most[person]:
                return list(_moves(reached, person))
            held = np.flatnonzero(state.team[:, person])
            waiting += [(int(other), person) for other in held[np.argsort(state.keys[held, person], kind="stable")]]
    return []


def _by_key(state: State, target: int, reached: dict[int, tuple[int, int | None]]) -> list[int]:
    fit = state.admissible[target] & ~state.team[target]
    fit[list(reached)] = False
    people = np.flatnonzero(fit)
    return [int(person) for person in people[np.argsort(state.keys[target, people], kind="stable")]]


def _moves(reached: dict[int, tuple[int, int | None]], person: int) -> Iterator[tuple[int, int, int | None]]:
    """From the free inspector back to the target: each takes the place that the next leaves."""
    place, by = reached[person]
    yield place, person, None
    while by is not None:
        person, left = by, place
        place, by = reached[person]
        yield place, person, left


def _why(state: State) -> str:
    """Which target cannot be served, who could have gone, and which constraint would have to give way."""
    target = next(int(place) for place in state.lacking() if not _chain(state, int(place)))
    given = state.given
    fit = ~given.unqualified[target]
    counts = (
        f"{int(fit.sum())} of {len(given.inspectors)} inspectors are qualified, {int((fit & given.recused[target]).sum())} of them "
        f"recused, {int((fit & given.visited[target]).sum())} were there before, "
        f"{int((state.admissible[target] & (state.load >= state.most)).sum())} have as many visits as they may"
    )
    relaxed = {
        "the bounds in inspectors.csv ('most')": state.admissible | False,
        "the earlier visits (earlier.csv)": ~(given.unqualified | given.recused),
        "the recusals (recusals.csv; bring inspectors from elsewhere first)": ~(given.unqualified | given.visited),
        "the qualifications asked for": ~(given.recused | given.visited),
    }
    helps = [words for words, admissible in relaxed.items() if _would_do(state, admissible, bounds="most" not in words)]
    if given.each > 1 and _fewer(state):
        helps.append(f"the number of inspectors each ({given.each})")
    remedy = (
        f"relaxing one of these is enough: {'; '.join(helps)}"
        if helps
        else "no single constraint is enough: more inspectors are needed"
    )
    return f"target {given.targets[target]} cannot have {given.each} inspectors: {counts}. {remedy[0].upper()}{remedy[1:]}. Nothing was drawn"


def _would_do(state: State, admissible: Truth, *, bounds: bool) -> bool:
    """Whether everybody could be served under other rules."""
    trial = _copy(state)
    trial.admissible = admissible
    if not bounds:
        trial.most = np.full_like(state.most, np.iinfo(np.int64).max)
    return _augmented(trial)


def _fewer(state: State) -> bool:
    """Whether one inspector less for each target could be had."""
    return all(
        state.team[target].sum() >= state.given.each - 1 or bool(_chain(_copy(state), int(target)))
        for target in state.lacking()
    )


def _copy(state: State) -> State:
    twin = object.__new__(State)
    twin.__dict__ = state.__dict__ | {name: getattr(state, name).copy() for name in ("team", "load", "far", "partners")}
    return twin


def _account(state: State) -> dict[str, Any]:
    """Loads, ways and repeated partners: figures that a reader may hold against the table."""
    ways = Counter(int(band) for band in state.given.travel[state.team])
    together: Counter[tuple[int, int]] = Counter()
    for team in state.team:
        people = np.flatnonzero(team).tolist()
        together.update((one, other) for one in people for other in people if one < other)
    again = sum(count - 1 for count in together.values()) + sum(bool(state.given.partners[pair]) for pair in together)
    return {
        "each": state.given.each,
        "rounds": state.rounds,
        "visits": {str(load): count for load, count in sorted(Counter(state.load.tolist()).items())},
        "ways": {str(band): count for band, count in sorted(ways.items())},
        "partners_again": again,
    }
