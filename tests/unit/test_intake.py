"""Taking files in: nothing is lost, nothing is counted twice, and the order of things does not matter."""

import csv
import hashlib
import random
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from zhiheng import loop, rules
from zhiheng.decision import FINDINGS
from zhiheng.errors import ProfileInvalid
from zhiheng.evidence import REJECTS, intake, profile
from zhiheng.evidence.snapshot import Workspace
from zhiheng.reports import Shelf

TODAY = date(2026, 11, 22)
HEADER = ["id", "type", "item", "value", "unit", "flag", "on"]
PROFILE = """
name: small
title: small
supports: convenience
scheme: nyc-product-type
rules: [us/cpsia]
key: [id]
day: sampled_on
files: [data.csv]
columns:
  sample_id: id
  product_type: type
  analyte: item
  sampled_on: {from: on, forms: ["%Y-%m-%d"]}
quantity:
  value: value
  unit: unit
  comparator: flag
  comparator_codes: {"": "=", "<": "<"}
"""
TOYS = "Toys/Children's Products"
ROWS = [[f"S{n}", TOYS, "lead", str(50 + 10 * n), "mg/kg", "<" if n % 5 == 0 else "", "2015-01-02"] for n in range(40)]


def written(folder: Path, rows: list[list[str]], name: str = "data.csv") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "profile.yaml").write_text(PROFILE, encoding="utf-8")
    with (folder / name).open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([HEADER, *rows])
    return folder / name


def taken(path: Path, home: Path) -> intake.Outcome:
    known = profile.load(path.parent / "profile.yaml")
    return intake.intake(path, profile=known, workspace=Workspace(home), analytes=rules.analytes())


def verdicts(folder: Path, home: Path) -> dict[str, tuple[str, str]]:
    loop.turn(folder, workspace=Workspace(home), today=TODAY)
    table = FINDINGS.unbound()
    rows = Shelf(Workspace(home)).rows("small", table.select("sample_id", "verdict", "reason"))
    return {row["sample_id"]: (row["verdict"], row["reason"]) for row in rows}


def test_counts_add_up_and_every_reject_says_row_column_reason_and_what_to_do(tmp_path: Path) -> None:
    bad = [
        ["X1", TOYS, "lead", "much", "mg/kg", "", "2015-01-02"],
        ["X2", TOYS, "lead", "1", "cubits", "", "2015-01-02"],
        ["X3", TOYS, "lead", "1", "mg/kg", "?", "2015-01-02"],
        ["X4", TOYS, "lead", "1", "mg/kg", "", "soon"],
        ["X5", TOYS, "lead", "-3", "mg/kg", "", "2015-01-02"],
    ]
    outcome = taken(written(tmp_path / "in", [*ROWS[:3], *bad, ROWS[0]]), tmp_path / "home")
    part = outcome.part
    assert (part.received, part.accepted, part.rejected, part.duplicate) == (9, 3, 5, 1)
    loop.conclude("small", workspace=Workspace(tmp_path / "home"), today=TODAY)
    shelf = Shelf(Workspace(tmp_path / "home"))
    from_engine = shelf.rows("small", REJECTS.unbound().order_by("row"))
    assert [(row["row"], row["column"], row["code"]) for row in from_engine] == [
        (5, "value", "unreadable_quantity"),
        (6, "value", "unreadable_quantity"),
        (7, "flag", "unknown_code"),
        (8, "on", "unreadable_date"),
        (9, "value", "unreadable_quantity"),
    ]
    assert all(row["reason"] and row["remedy"] and row["text"] for row in from_engine)


def test_taking_the_same_file_in_twice_changes_nothing(tmp_path: Path) -> None:
    path = written(tmp_path / "in", ROWS)
    first, again = taken(path, tmp_path / "home"), taken(path, tmp_path / "home")
    assert (first.changed, again.changed) == (True, False)
    assert again.part.duplicate == again.part.received == 40
    assert Workspace(tmp_path / "home").manifest("small").version == 1


def test_a_file_that_overlaps_an_earlier_one_adds_only_what_is_new(tmp_path: Path) -> None:
    taken(written(tmp_path / "in", ROWS[:30]), tmp_path / "home")
    part = taken(written(tmp_path / "in", ROWS[20:], "more.csv"), tmp_path / "home").part
    assert (part.received, part.accepted, part.duplicate) == (20, 10, 10)


def test_the_order_of_rows_and_of_files_never_changes_a_verdict(tmp_path: Path) -> None:
    shuffled = ROWS[:]
    random.Random(7).shuffle(shuffled)
    written(tmp_path / "a", ROWS)
    written(tmp_path / "b", shuffled)
    assert verdicts(tmp_path / "a", tmp_path / "home-a") == verdicts(tmp_path / "b", tmp_path / "home-b")


def test_making_a_turn_again_gives_the_same_bytes(tmp_path: Path) -> None:
    written(tmp_path / "in", ROWS)
    digests = []
    for name in ("one", "two"):
        home = tmp_path / name
        summary = loop.turn(tmp_path / "in", workspace=Workspace(home), today=TODAY)
        made = home / "runs" / "small" / summary["key"]
        digests.append({path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(made.iterdir())})
    assert digests[0] == digests[1]
    assert "findings.parquet" in digests[0]


def test_the_file_is_kept_as_received(tmp_path: Path) -> None:
    path = written(tmp_path / "in", ROWS)
    part = taken(path, tmp_path / "home").part
    assert (tmp_path / "home" / "received" / part.sha256 / "data.csv").read_bytes() == path.read_bytes()


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    path = written(tmp_path / "in", ROWS)
    known = profile.load(path.parent / "profile.yaml")
    outcome = intake.intake(
        path, profile=known, workspace=Workspace(tmp_path / "home"), analytes=rules.analytes(), dry=True
    )
    assert outcome.part.accepted == 40
    assert Workspace(tmp_path / "home").datasets() == []


@pytest.mark.parametrize(("name", "encoding"), [("a", "utf-8"), ("b", "utf-8-sig"), ("c", "gb18030")])
def test_chinese_text_is_read_in_the_encodings_that_laboratories_use(tmp_path: Path, name: str, encoding: str) -> None:
    path = written(tmp_path / name, [["样品一", TOYS, "铅", "120", "mg/kg", "", "2015-01-02"]])
    path.write_bytes(path.read_text(encoding="utf-8").encode(encoding))
    assert verdicts(tmp_path / name, tmp_path / f"home-{name}") == {"样品一": ("nonconforming", "exceeds_limit")}


def test_equal_rows_without_a_key_are_as_many_results(tmp_path: Path) -> None:
    path = written(tmp_path / "in", [ROWS[1]] * 10 + [ROWS[30]])
    (tmp_path / "in" / "profile.yaml").write_text(PROFILE.replace("key: [id]\n", ""), encoding="utf-8")
    part = taken(path, tmp_path / "home").part
    assert (part.received, part.accepted, part.duplicate) == (11, 11, 0)
    more = written(tmp_path / "in", [ROWS[1]] * 12, "more.csv")
    (tmp_path / "in" / "profile.yaml").write_text(PROFILE.replace("key: [id]\n", ""), encoding="utf-8")
    part = taken(more, tmp_path / "home").part
    assert (part.received, part.accepted, part.duplicate) == (12, 2, 10)


def test_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    paths = [written(tmp_path / "in", [ROWS[n]], f"{n}.csv") for n in range(4)]
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import test_intake as t; "
        "from pathlib import Path; t.taken(Path(sys.argv[2]), Path(sys.argv[3]))"
    )
    here = str(Path(__file__).parent)
    started = [
        subprocess.Popen([sys.executable, "-c", code, here, str(path), str(tmp_path / "home")]) for path in paths
    ]
    assert [process.wait(timeout=120) for process in started] == [0, 0, 0, 0]
    assert sorted(part.file for part in Workspace(tmp_path / "home").manifest("small").parts) == [
        "0.csv",
        "1.csv",
        "2.csv",
        "3.csv",
    ]


@pytest.mark.parametrize(
    ("was", "becomes", "message"),
    [
        ("name: small", "name: ../../escaped", "may hold letters"),
        ("name: small", "name: 县检验所", "may hold letters"),
        ("supports: convenience", "supports: convenience\ndecision: garded", "decision 'garded' is not one of"),
        ('"<": "<"', '"<": lt', "comparator 'lt' is not one of"),
        ("day: sampled_on", "day: someday", "day 'someday' is not one of"),
        ("day: sampled_on", "day: sampled_on\nstrata: nosuch", "strata 'nosuch' is not one of"),
        ("day: sampled_on", "day: sampled_on\nseries: {by: [nosuch], step: month}", "series.by 'nosuch' is not one of"),
        ("  product_type: type", "  result_id: type", "there is no column 'result_id'"),
        ("day: sampled_on", "day: sampled_on\norigin: {retrieved: yesterday}", "retrieved is a day"),
        ("day: sampled_on", "day: sampled_on\norigin: {url: 'javascript:alert(1)'}", "must begin with http"),
    ],
)
def test_a_slip_in_a_profile_is_refused_before_it_changes_a_verdict(
    tmp_path: Path, was: str, becomes: str, message: str
) -> None:
    path = tmp_path / "profile.yaml"
    path.write_text(PROFILE.replace(was, becomes), encoding="utf-8")
    with pytest.raises(ProfileInvalid) as caught:
        profile.load(path)
    assert message in str(caught.value)
