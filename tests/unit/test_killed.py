"""Kill -9 at any moment leaves a workspace that opens, reads whole, and comes to the same findings.

`ZHIHENG_KILLS=200` kills more often than the few times of every day.
"""

import os
import random
import select
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from pathlib import Path

import mutations
import pytest

from zhiheng import loop
from zhiheng.engines import Engine
from zhiheng.evidence import intake
from zhiheng.evidence.snapshot import Workspace

KILLS = int(os.environ.get("ZHIHENG_KILLS", "6"))
TODAY = date(2026, 11, 22)
SCRIPT = Path(__file__).with_name("killed_loop.py")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two profiles of one data set that turn about, so that every turn has something to write."""
    for number in range(2):
        folder = tmp_path / "data" / str(number)
        folder.mkdir(parents=True)
        text = mutations.PROFILE.replace(
            "rules: []", f"rules: [us/drinking-water]\nfiles: [a.csv]\norigin: {{turn: '{number}'}}"
        )
        (folder / "profile.yaml").write_text(text.replace("name: mutated", "name: killed", 1), encoding="utf-8")
        rows = mutations.good_rows(random.Random(1), 300)
        (folder / "a.csv").write_text(mutations.as_csv([[*mutations.HEADER], *rows]), encoding="utf-8")
    return tmp_path / "data"


def killed(workspace: Path, data: Path, chance: random.Random) -> None:
    """Start the loop, wait until it has made a turn, then kill it within the next one."""
    with subprocess.Popen([sys.executable, str(SCRIPT), str(workspace), str(data)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        select.select([], [], [], chance.uniform(0, 1.2))
        process.kill()


def named_files(workspace: Workspace) -> Iterator[Path]:
    """Every file that a manifest names."""
    for dataset in workspace.datasets():
        for table in ("results", "units", "rejects", "hashes"):
            yield from workspace.paths(dataset, table)


def findings(workspace: Workspace, data: Path) -> str:
    """The checksum of the findings after one more turn."""
    key = loop.turn(data / "0", workspace=workspace, today=TODAY)["key"]
    return sha256((loop.run_folder(workspace, "killed") / key / "findings.parquet").read_bytes()).hexdigest()


@pytest.mark.slow
def test_a_killed_loop_leaves_a_whole_workspace_and_comes_to_the_same_findings(tmp_path: Path, data: Path) -> None:
    expected = findings(Workspace(tmp_path / "calm"), data)
    chance, workspace = random.Random(20261122), Workspace(tmp_path / "killed")
    for number in range(KILLS):
        killed(workspace.root, data, chance)
        with Engine() as engine:
            for path in named_files(workspace):
                engine.connection.execute(f"SELECT count(*) FROM read_parquet('{path}')").fetchall()
            intake.attach(engine, workspace, "killed")
        assert findings(workspace, data) == expected, f"after kill {number + 1}"
    workspace.sweep()
    assert not list((workspace.root / "scratch").iterdir()), "what a killed process left is gone"
    assert findings(workspace, data) == expected, "after the sweep"
