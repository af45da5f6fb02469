"""The prepared file of a lake: what is asked of it is what is asked of tables made in memory, and it is made again when it must be."""

import shutil
import sys
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest

from zhiheng import daily, rules
from zhiheng.decision.tables import JUDGED
from zhiheng.engines import Engine
from zhiheng.evidence import delivery
from zhiheng.evidence.delivered import LAKE
from zhiheng.evidence.lake import Lake
from zhiheng.evidence.snapshot import Workspace, store_json
from zhiheng.reports.nation import Nations, figures, prepared
from zhiheng.reports.nation.memory import Memory

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))
import delivering  # noqa: E402

NAME = "little"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> daily.Place:
    """A small lake, judged once."""
    place = daily.Place(Workspace(tmp_path_factory.mktemp("prepared")), NAME)
    place.root.mkdir(parents=True)
    store_json(place.root / "card.json", delivering.CARD)
    for folder in delivering.deliveries(place.workspace.root / "sent", seed=4, days=2, batches=50):
        taken(place, folder)
    daily.judge(place, law=daily.law(), today=date(2026, 11, 22))
    return place


@pytest.fixture
def place(judged: daily.Place, tmp_path: Path) -> daily.Place:
    """A copy of its own."""
    copy = daily.Place(Workspace(tmp_path / "copy"), NAME)
    shutil.copytree(judged.root, copy.root)
    return copy


def taken(place: daily.Place, folder: Path) -> None:
    """Take a delivery in."""
    with Engine() as engine:
        delivery.append(engine, place.evidence, delivery.found(folder), analytes=rules.analytes())


def files(place: daily.Place) -> list[str]:
    """The prepared files of a lake."""
    return sorted(path.name for path in (place.workspace.root / "prepared" / NAME).glob("*.cells"))


def tables(engine: Engine) -> dict[str, list[Any]]:
    """Every row of every prepared table."""
    names = [
        row[0]
        for row in engine.connection.execute(
            "SELECT DISTINCT table_name FROM duckdb_tables() WHERE NOT temporary"
        ).fetchall()
    ]
    found = {name: engine.connection.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}  # noqa: S608
    return {name: sorted(rows, key=repr) for name, rows in found.items()}


def test_the_file_has_what_memory_has(place: daily.Place) -> None:
    key = str(place.current["key"])
    with Lake(place.book(key).root, JUDGED).reading() as book, Lake(place.root, LAKE).reading() as evidence:
        ours = prepared.opened(place.workspace.root / "prepared" / NAME, key, book, evidence)
        plain = prepared.in_memory(book, evidence)
    theirs = tables(plain)
    assert len(theirs) > 12 and theirs["index"] and theirs["kept_findings"]
    assert tables(ours) == theirs
    ours.close()
    plain.close()


def test_the_file_is_made_once_and_shared(place: daily.Place) -> None:
    first = Nations(place.workspace).open(NAME)
    (one,) = files(place)
    made = (place.workspace.root / "prepared" / NAME / one).stat()
    second = Nations(place.workspace).open(NAME)
    assert (place.workspace.root / "prepared" / NAME / one).stat().st_mtime_ns == made.st_mtime_ns
    assert figures.arms(first) == figures.arms(second)


def test_a_damaged_file_is_made_again(place: daily.Place) -> None:
    before = figures.arms(Nations(place.workspace).open(NAME))
    (one,) = files(place)
    path = place.workspace.root / "prepared" / NAME / one
    path.write_bytes(b"not a database" * 500)
    assert figures.arms(Nations(place.workspace).open(NAME)) == before
    assert path.read_bytes()[:14] != b"not a database"


def test_where_nothing_can_be_written_the_tables_are_in_memory(place: daily.Place) -> None:
    before = figures.arms(Nations(place.workspace).open(NAME))
    shutil.rmtree(place.workspace.root / "prepared")
    (place.workspace.root / "prepared").write_text("in the way")
    assert not Nations(place.workspace).prepare(NAME)
    assert figures.arms(Nations(place.workspace).open(NAME)) == before


def test_a_judgement_has_its_own_file_and_the_one_before_goes(place: daily.Place, tmp_path: Path) -> None:
    nations = Nations(place.workspace)
    before, (old,) = nations.open(NAME), files(place)
    report = delivering.report(Random(1), "new", date(2026, 3, 4))
    taken(place, delivering.write(tmp_path / "2026-03-05", report))
    daily.judge(place, law=daily.law(), today=date(2026, 11, 22))
    assert nations.prepare(NAME)
    (new,) = files(place)
    assert new > old
    after = nations.open(NAME)
    assert figures.arms(after)["all"]["batches"] == figures.arms(before)["all"]["batches"] + 1
    # who still holds the figures of before can go on asking for others
    assert figures.by_arm(before, "province") and before.made_from != after.made_from


def test_an_older_commit_does_not_take_away_the_file_of_a_newer_one(tmp_path: Path) -> None:
    names = [f"book-{number:010}-{form}.cells" for number, form in ((1, "a"), (2, "a"), (2, "b"), (3, "a"))]
    for name in (*names, ".book-0000000002-b.cells.17", "other-0000000001-a.cells"):
        (tmp_path / name).touch()
    gone = {path.name for path in prepared.earlier(tmp_path, tmp_path / names[2], "book")}
    assert gone == {names[0], names[1], ".book-0000000002-b.cells.17"}


def test_answers_make_room_for_newer_ones() -> None:
    memory = Memory(most=10)
    for question in range(50):
        memory.once(question, lambda: [0] * 3)
        memory.once("often", lambda: [1])
    assert memory.rows <= 10
    assert memory.rows == sum(rows for _, rows in memory.held.values())
    assert "often" in memory.held and 49 in memory.held and 0 not in memory.held
