"""Who inspects whom: the constraints hold, the work is even, the seed decides, and an impossible case says what to relax."""

import importlib.util
import itertools
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zhiheng.errors import AssignmentInfeasible, DrawInvalid
from zhiheng.selection import assignment, people
from zhiheng.selection.assignment import Assigned
from zhiheng.selection.people import Problem
from zhiheng.selection.stream import Stream

ROOT = Path(__file__).parents[2]
BANDS = [{"digits": 6, "band": 0}, {"digits": 4, "band": 1}, {"digits": 2, "band": 2}, {"digits": 0, "band": 3}]
TERMS = {"each": 2, "travel": BANDS, "partners_again": 1}
FIELDS = ["food", "drug", "special"]


def folder(path: Path, inspectors: list[str], recusals: tuple[str, ...] = (), earlier: tuple[str, ...] = ()) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    for name, lines in {
        "inspectors.csv": ["inspector,qualifications,region,most", *inspectors],
        "recusals.csv": ["inspector,target,reason", *recusals],
        "earlier.csv": ["inspector,target,day", *earlier],
    }.items():
        (path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def made(place: Path, targets: list[dict[str, str]], *, seed: int = 1, **terms: Any) -> tuple[Problem, Assigned]:
    given = people.problem(place, targets, TERMS | terms)
    return given, assignment.assign(given, Stream(bytes([seed]) * 32))


def town(path: Path, *, targets: int, staff: int, seed: int = 5) -> tuple[Path, list[dict[str, str]]]:
    """A town with counties, fields, recusals and earlier visits."""
    chance = random.Random(seed)
    regions = [f"4401{county:02d}" for county in range(3, 7)]
    inspectors = [
        f"G{n:03d},{';'.join(sorted(chance.sample(FIELDS, chance.choice([1, 2, 3]))))},{chance.choice(regions)},"
        for n in range(staff)
    ]
    wanted = [
        {
            "id": f"T{n:04d}",
            "qualifications": chance.choice([*FIELDS, ""]),
            "region": chance.choice(regions),
            "operator": f"F{n // 3}",
        }
        for n in range(targets)
    ]
    recusals = tuple(
        f"G{chance.randrange(staff):03d},F{chance.randrange(targets // 3)},family" for _ in range(targets // 6)
    )
    earlier = tuple(
        f"G{chance.randrange(staff):03d},T{chance.randrange(targets):04d},2026-05-0{chance.randrange(1, 4)}"
        for _ in range(targets // 2)
    )
    return folder(path, inspectors, recusals, earlier), wanted


def test_every_constraint_holds_and_the_work_is_even(tmp_path: Path) -> None:
    place, targets = town(tmp_path, targets=300, staff=40)
    given, found = made(place, targets)
    number = {entry.name: n for n, entry in enumerate(given.inspectors)}
    load = np.zeros(40, dtype=int)
    for row, team in enumerate(found.names):
        assert len(set(team)) == 2
        for name in team:
            person = number[name]
            load[person] += 1
            assert not given.unqualified[row, person]
            assert not given.recused[row, person]
            assert not given.visited[row, person]
    assert load.sum() == 600
    # 15 each would be even; fields and recusals allow one visit of difference
    assert load.max() - load.min() <= 2
    assert given.recused.any()
    assert given.visited.any()


def test_the_same_seed_gives_the_same_teams_and_another_gives_others(tmp_path: Path) -> None:
    place, targets = town(tmp_path, targets=60, staff=20)
    one, again, other = (made(place, targets, seed=seed)[1].names for seed in (1, 1, 2))
    assert one == again
    assert sum(mine != theirs for mine, theirs in zip(one, other, strict=True)) > 30


def test_the_first_round_is_the_cheapest_assignment_that_there_is(tmp_path: Path) -> None:
    place, targets = town(tmp_path, targets=6, staff=7)
    given = people.problem(place, targets, TERMS | {"each": 1})
    found = assignment.assign(given, Stream(b"\6" * 32))
    keys = (Stream(b"\6" * 32).keys("assignment", 0, 42) >> np.uint64(32)).astype(int).reshape(6, 7)
    cost = (given.travel << 32) + keys
    best = min(
        (order for order in itertools.permutations(range(7), 6) if given.admissible[range(6), list(order)].all()),
        key=lambda order: cost[range(6), list(order)].sum(),
    )
    assert [team[0] for team in found.names] == [given.inspectors[person].name for person in best]


def test_the_verifier_without_zhiheng_finds_the_same_teams(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("verify_draw", ROOT / "docs" / "verify_draw.py")
    assert spec is not None
    assert spec.loader is not None
    verifier = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(verifier)
    for seed in (1, 4, 5):
        place, targets = town(tmp_path / str(seed), targets=36, staff=12, seed=seed)
        # bounds that leave little room: some are served by moving others
        lines = (place / "inspectors.csv").read_text(encoding="utf-8").splitlines()
        (place / "inspectors.csv").write_text(
            "\n".join([lines[0], *(line + "6" for line in lines[1:])]) + "\n", encoding="utf-8"
        )
        given, found = made(place, targets, seed=seed)
        task = verifier.Assignment(place, targets, TERMS, verifier.Stream(bytes([seed]) * 32))
        task.solve()
        assert [tuple(task.names[person] for person in sorted(team)) for team in task.team] == found.names
        assert task.account(task.team, task.rounds) == found.account


def test_a_full_inspector_is_moved_to_make_room(tmp_path: Path) -> None:
    # A may go anywhere but once; B only to the second target: whatever the seed, A must go to the first
    place = folder(tmp_path, ["A,food;drug,,1", "B,drug,,1"])
    targets = [{"id": "one", "qualifications": "food"}, {"id": "two", "qualifications": "drug"}]
    for seed in range(8):
        assert made(place, targets, seed=seed, each=1)[1].names == [("A",), ("B",)]


def test_the_nearer_inspector_goes_unless_work_would_be_uneven(tmp_path: Path) -> None:
    place = folder(tmp_path, ["near,,440103,", "far,,450101,"])
    assert made(place, [{"id": "one", "region": "440103"}], each=1)[1].names == [("near",)]
    targets = [{"id": str(n), "region": "440103"} for n in range(4)]
    names = [team[0] for team in made(place, targets, each=1)[1].names]
    assert sorted(names) == ["far", "far", "near", "near"]


def test_partners_are_not_sent_together_again_where_others_are_free(tmp_path: Path) -> None:
    place = folder(tmp_path, [f"{name},,," for name in "ABCDEFGH"], (), ("A,old,1", "B,old,1"))
    for seed in range(10):
        given, found = made(place, [{"id": str(n)} for n in range(4)], seed=seed)
        assert ("A", "B") not in found.names
        assert found.account["partners_again"] == 0


INFEASIBLE = {
    "nobody qualified": (
        ["A,food,,", "B,food,,"],
        (),
        (),
        "drug",
        "0 of 2 inspectors are qualified.*the qualifications asked for",
    ),
    "recused": (["A,drug,,", "B,drug,,"], ("A,one,family",), (), "drug", "1 of them recused.*the recusals"),
    "there before": (["A,drug,,", "B,drug,,"], (), ("A,one,",), "drug", "1 were there before.*the earlier visits"),
    "bounds": (
        ["A,drug,,", "B,drug,,0"],
        (),
        (),
        "drug",
        "1 have as many visits as they may.*the bounds in inspectors.csv",
    ),
    "one inspector": (["A,drug,,"], (), (), "drug", "the number of inspectors each .2."),
    "two reasons": (["A,food,,0"], (), (), "drug", "No single constraint is enough"),
}


@pytest.mark.parametrize(("staff", "recusals", "earlier", "need", "message"), INFEASIBLE.values(), ids=INFEASIBLE)
def test_an_impossible_case_says_which_constraint_to_relax(
    tmp_path: Path, staff: list[str], recusals: tuple[str, ...], earlier: tuple[str, ...], need: str, message: str
) -> None:
    place = folder(tmp_path, staff, recusals, earlier)
    with pytest.raises(AssignmentInfeasible, match=f"target one cannot have 2 inspectors: .*{message}"):
        made(place, [{"id": "one", "qualifications": need}])


ROWS = {
    "twice": (["A,,,", "A,,,"], (), "row 3: 'A' stands there twice"),
    "a name with a blank": (["A B,,,"], (), "row 2: 'A B' holds a blank"),
    "most in words": (["A,,,few"], (), "row 2: most 'few' is not a whole number"),
    "nobody": ([], (), "it holds nobody"),
    "a recusal of somebody unknown": (["A,,,"], ("a,one,family",), "recusals.csv row 2: 'a' is not in inspectors.csv"),
    "a recusal without a reason": (["A,,,"], ("A,one,",), "recusals.csv row 2: a cell is missing"),
}


@pytest.mark.parametrize(("staff", "recusals", "message"), ROWS.values(), ids=ROWS)
def test_a_row_that_cannot_be_understood_is_named(
    tmp_path: Path, staff: list[str], recusals: tuple[str, ...], message: str
) -> None:
    with pytest.raises(DrawInvalid, match=message):
        made(folder(tmp_path, staff, recusals), [{"id": "one"}])


def test_inspectors_who_are_equal_are_drawn_equally_often(tmp_path: Path) -> None:
    place, draws = folder(tmp_path, [f"{name},,," for name in "ABCDEF"]), 1_000
    given = people.problem(place, [{"id": "one"}], TERMS)
    count = dict.fromkeys("ABCDEF", 0)
    for seed in range(draws):
        for name in assignment.assign(given, Stream(seed.to_bytes(32, "big"))).names[0]:
            count[name] += 1
    # a third each, within 5 standard errors
    assert max(abs(n / draws - 1 / 3) for n in count.values()) < 5 * np.sqrt(2 / 9 / draws)
