"""Every function of a stage that gives an expression takes part in one that both engines are held to."""

import ast
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "engines"))

from stages import STAGES, TABLES  # noqa: E402

PACKAGES = ("evidence", "selection", "determination", "decision", "surveillance")
# intake reads texts on the embedded engine alone (docs/adr/0005): nothing in these files is for a cluster
EMBEDDED = {
    "evidence/checking.py",
    "evidence/coding.py",
    "evidence/columns.py",
    "evidence/faults.py",
    "evidence/intake.py",
    "evidence/parts.py",
    "evidence/quantities.py",
    "evidence/steps.py",
}


def gives_an_expression(node: ast.AST) -> bool:
    """Whether a public function says that it gives a table or a value of Ibis, or several."""
    if not isinstance(node, ast.FunctionDef) or node.name.startswith("_") or node.returns is None:
        return False
    names = ast.unparse(node.returns)
    return "ir." in names or "ibis.Table" in names or "Branch" in names


def written() -> set[tuple[str, str]]:
    """File and name of every function of a stage that gives an expression."""
    found = set()
    for package in PACKAGES:
        for path in (ROOT / "zhiheng" / package).rglob("*.py"):
            name = str(path.relative_to(ROOT / "zhiheng"))
            if name not in EMBEDDED:
                body = ast.parse(path.read_text(encoding="utf-8")).body
                found |= {(name, node.name) for node in body if gives_an_expression(node)}
    return found


def called(build: Callable[[], object]) -> set[tuple[str, str]]:
    """File and name of every function of ours that runs while an expression is built."""
    seen = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            seen.add(frame.f_code)

    build()  # once before: what is read from files is then held, and only the building is followed
    before = sys.getprofile()
    sys.setprofile(note)
    try:
        build()
    finally:
        sys.setprofile(before)
    ours = f"{ROOT / 'zhiheng'}/"
    return {(code.co_filename.removeprefix(ours), code.co_name) for code in seen if code.co_filename.startswith(ours)}


def test_every_expression_of_a_stage_is_held_to_parity() -> None:
    taken = set().union(*(called(build) for build in STAGES.values()))
    assert sorted(written() - taken) == [], "enter an expression that uses them in tests/engines/stages.py"
    assert ("decision/verdict.py", "assess") in written() & taken


def test_every_table_of_those_expressions_can_be_drawn() -> None:
    names = {
        table.name
        for build in STAGES.values()
        for table in build().op().find(lambda node: type(node).__name__ == "UnboundTable")
    }
    assert names <= set(TABLES)
