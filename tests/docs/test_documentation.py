"""Every code block in the documents runs, and every link leads somewhere."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(path for path in (ROOT / "docs").rglob("*.md"))])
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")
COUNTY = """样品编号,食品细类,样品名称,标称生产企业,抽样日期,检验项目,检验结果,单位,标准值
A1,蔬菜-韭菜,韭菜,甲,2026-01-05,腐霉利,6.71,mg/kg,≤5mg/kg
A2,蔬菜-韭菜,韭菜,甲,2026-01-05,腐霉利,<0.01,mg/kg,≤5mg/kg
A3,蔬菜-韭菜,韭菜,甲,2026-01-05,腐霉利,about 5,mg/kg,≤5mg/kg
"""


def blocks(path: Path, kind: str) -> list[str]:
    return [body for word, body in FENCED.findall(path.read_text(encoding="utf-8")) if word == kind]


def commands(block: str) -> list[tuple[str, list[str]]]:
    found: list[tuple[str, list[str]]] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif found:
            found[-1][1].append(line)
    return found


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("desk")
    (folder / "examples").symlink_to(ROOT / "examples")
    howto = ROOT / "docs" / "how-to" / "own-spreadsheet.md"
    listing = next(expected for command, expected in commands(blocks(howto, "console")[0]) if command.startswith("cat"))
    (folder / "results.csv").write_text("\n".join(listing) + "\n", encoding="utf-8")
    (folder / "county.csv").write_text(COUNTY, encoding="utf-8")
    (folder / "profile.yaml").write_text(blocks(howto, "yaml")[0], encoding="utf-8")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("path", [path for path in PAGES if blocks(path, "console")], ids=lambda path: path.name)
def test_every_command_in_a_document_runs_and_prints_what_it_says(path: Path, desk: Path) -> None:
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "ZHIHENG_HOME": str(desk / "var"),
        "PYTHONUTF8": "1",
    }
    for block in blocks(path, "console"):
        for command, expected in commands(block):
            done = subprocess.run(
                ["bash", "-c", command], cwd=desk, env=environment, capture_output=True, text=True, timeout=300
            )
            said = done.stdout + done.stderr
            refused = any("no value on" in line for line in expected)
            assert (done.returncode == 0) != refused, f"{command}\n{said}"
            place = 0
            for wanted in (part.strip() for line in expected for part in line.split("…") if part.strip()):
                at = said.find(wanted, place)
                assert at >= 0, f"{command}: '{wanted}' is not in\n{said}"
                place = at


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_in_a_document_leads_somewhere(path: Path) -> None:
    lost = [
        link
        for link in LINK.findall(path.read_text(encoding="utf-8"))
        if "://" not in link and not (path.parent / link).exists()
    ]
    assert lost == []


@pytest.mark.parametrize("path", [path for path in PAGES if blocks(path, "yaml")], ids=lambda path: path.name)
def test_every_yaml_block_in_a_document_is_yaml(path: Path) -> None:
    assert all(isinstance(yaml.safe_load(block), dict) for block in blocks(path, "yaml"))


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed on this machine")
def test_every_make_target_that_a_document_names_exists() -> None:
    named = {
        target for path in PAGES for target in re.findall(r"^ {4}make (\w+)", path.read_text(encoding="utf-8"), re.M)
    }
    assert named
    for target in named:
        assert subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True).returncode == 0, target


def test_the_two_readmes_have_the_same_parts() -> None:
    parts = [
        len(re.findall(r"^## ", (ROOT / name).read_text(encoding="utf-8"), re.M))
        for name in ("README.md", "README.zh-CN.md")
    ]
    assert parts[0] == parts[1]


@pytest.mark.slow
def test_the_page_of_printed_limits_is_current() -> None:
    done = subprocess.run(
        [sys.executable, "docs/printed_limits.py", "--check"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, f"run python docs/printed_limits.py\n{done.stderr}"
