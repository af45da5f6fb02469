"""The commands that look after a lake."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from zhiheng.cli import called as run
from zhiheng.engines import Engine
from zhiheng.evidence.lake import Lake
from zhiheng.evidence.tables import Column, Table

ROWS = Table("rows", "", "", (Column("delivery", "int64", "", ""), Column("number", "int64", "", "")))


Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    """Call the command line: exit code, output, errors."""

    def called(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(list(arguments))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return called


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A workspace with a lake of three deliveries."""
    lake = Lake(tmp_path / "lake" / "small", {"rows": ROWS})
    for number in range(1, 4):
        with lake.change("append", about={"delivery": number}) as change, Engine() as engine:
            path = change.new_file("rows", "2025-04")
            engine.table("rows", [(number, row) for row in range(10)], ROWS.schema)
            engine.write(ROWS.unbound(), path)
            change.add("rows", path)
    return tmp_path


def asked(call: Call, home: Path, *arguments: str) -> tuple[int, dict[str, object] | list[dict[str, object]]]:
    code, out, _ = call("--home", str(home), "lake", *arguments, "--json")
    return code, json.loads(out)


def test_status_tells_the_last_commit_and_every_table(call: Call, home: Path) -> None:
    code, out, _ = call("--home", str(home), "lake", "status", "small")
    assert code == 0 and "commit 3 (append)" in out and "2025-04 to 2025-04" in out
    _, body = asked(call, home, "status", "small")
    assert isinstance(body, dict) and body["commit"] == 3
    _, body = asked(call, home, "status", "small", "--at", "2020-01-01")
    assert isinstance(body, dict) and (body["commit"], body["tables"]) == (0, [])


def test_history_is_told_from_the_newest(call: Call, home: Path) -> None:
    _, body = asked(call, home, "history", "small", "--last", "2")
    assert isinstance(body, list) and [commit["number"] for commit in body] == [3, 2]
    code, out, _ = call("--home", str(home), "lake", "history", "small")
    assert code == 0 and "delivery 1" in out


def test_the_book_of_judgements_is_looked_at_like_the_evidence(call: Call, home: Path) -> None:
    code, _, err = call("--home", str(home), "lake", "status", "small", "--judged")
    assert code != 0 and "zhiheng lake judge small" in err
    book = Lake(home / "lake" / "small" / "judged" / "one", {"rows": ROWS})
    with book.change("judge", about={"law": "each-day"}) as change, Engine() as engine:
        path = change.new_file("rows", "2025-04")
        engine.table("rows", [(1, 1)], ROWS.schema)
        engine.write(ROWS.unbound(), path)
        change.add("rows", path)
    (home / "lake" / "small" / "judged" / "current.json").write_text('{"key": "one"}', encoding="utf-8")
    _, found = asked(call, home, "history", "small", "--judged")
    assert isinstance(found, list) and [commit["kind"] for commit in found] == ["judge"]
    _, body = asked(call, home, "status", "small", "--judged", "--at", "2020-01-01")
    assert isinstance(body, dict) and body["commit"] == 0, "as judged on a day before anything was"
    _, body = asked(call, home, "verify", "small", "--judged")
    assert isinstance(body, dict) and body["faults"] == []


def test_verify_ends_with_five_and_names_what_is_damaged(call: Call, home: Path) -> None:
    assert asked(call, home, "verify", "small")[0] == 0
    path = next(home.rglob("0000000002-*.parquet"))
    path.unlink()
    code, out, err = call("--home", str(home), "lake", "verify", "small", "--quick")
    assert code == 5 and path.name in out and "delivery 2" in out and "damaged in 1 places" in err


def test_compact_and_vacuum_say_first_and_do_then(call: Call, home: Path) -> None:
    _, body = asked(call, home, "compact", "small", "--dry-run")
    assert isinstance(body, dict) and body["merges"] == [
        {"table": "rows", "month": "2025-04", "files": 3, "rows": 30, "mb": pytest.approx(0.0015, abs=0.01)}
    ]
    log = home / "log.jsonl"
    assert asked(call, home, "compact", "small", "--log", str(log))[0] == 0
    assert json.loads(log.read_text(encoding="utf-8").splitlines()[-1])["done"] == 1
    assert call("--home", str(home), "lake", "compact", "small")[1] == "Nothing to merge.\n"
    code, out, _ = call("--home", str(home), "lake", "vacuum", "small", "--keep-days", "0")
    assert (
        code == 0 and "3 files" in out and "would go; commits 1 to 3 could no longer be read; do it with --yes" in out
    )
    _, body = asked(call, home, "vacuum", "small", "--keep-days", "0", "--yes")
    assert isinstance(body, dict) and (body["files"], body["commits"]) == (3, [[1, 3]])
    assert len(list(home.rglob("month=2025-04/*.parquet"))) == 1
    assert asked(call, home, "verify", "small")[0] == 0


def test_a_lake_that_is_not_there_is_told(call: Call, tmp_path: Path) -> None:
    code, _, err = call("--home", str(tmp_path), "lake", "status", "none")
    assert code == 5 and "no lake for the data set 'none'" in err


def test_ctrl_c_during_a_merge_ends_with_130_and_says_how_to_go_on(home: Path) -> None:
    program = [sys.executable, "-m", "zhiheng", "--home", str(home), "lake", "compact", "small"]
    environment = os.environ | {"ZHIHENG_FAULT": "merged"}
    with subprocess.Popen(
        program, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stderr is not None
        while "fault merged" not in process.stderr.readline():
            pass
        process.send_signal(signal.SIGINT)
        assert "stopping after the part at hand" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
    assert Lake(home / "lake" / "small").snapshot().number == 3
    assert not [path for path in home.rglob("month=2025-04/*") if path.name not in named(home)]


def named(home: Path) -> set[str]:
    return {path.name for path in Lake(home / "lake" / "small").snapshot().files("rows")}
