"""The house as LAYOUT describes it, checked."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "zhiheng"
# migrations are written by Django
SOURCES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent.name != "migrations")
VAGUE = {"utils", "helpers", "common", "core", "misc", "util", "helper"}
ALLOWED_VAGUE = {PACKAGE / "web" / "pages" / "common.py"}


def functions() -> list[tuple[Path, ast.FunctionDef]]:
    found = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                found.append((path, node))
    return found


def test_no_file_is_longer_than_five_hundred_lines() -> None:
    assert [(str(path), n) for path in SOURCES if (n := path.read_text(encoding="utf-8").count("\n")) > 500] == []


def test_no_function_is_longer_than_sixty_lines() -> None:
    long = [
        (str(path.relative_to(ROOT)), node.name) for path, node in functions() if node.end_lineno - node.lineno + 1 > 60
    ]
    assert long == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [path for path in SOURCES if path.stem in VAGUE and path not in ALLOWED_VAGUE] == []


def test_no_function_catches_everything() -> None:
    caught = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ExceptHandler):
                names = ast.unparse(node.type) if node.type else ""
                if names in ("", "Exception", "BaseException"):
                    caught.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert caught == []


def test_no_two_files_of_tests_share_a_name() -> None:
    # without packages pytest can hold only one module of a name
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_nothing_is_left_to_do_later() -> None:
    words = re.compile(r"\b(TODO|FIXME|XXX)\b|raise NotImplementedError")
    assert [str(path) for path in SOURCES if words.search(path.read_text(encoding="utf-8"))] == []


def test_depth_under_the_package_is_three_folders_and_four_under_law() -> None:
    deep = [
        path
        for path in PACKAGE.rglob("*")
        if path.is_dir()
        and "__pycache__" not in path.parts
        and len(path.relative_to(PACKAGE).parts) > (4 if path.relative_to(PACKAGE).parts[0] == "law" else 4)
    ]
    assert deep == []


def texts(path: Path) -> list[str]:
    """The text constants of a module that are not docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    said = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.FunctionDef, ast.ClassDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said
    ]


def test_no_limit_of_the_law_stands_in_python() -> None:
    limit = re.compile(r"[<≤>≥]=?\s*\d+(\.\d+)?\s*(mg|ug|g|CFU)/")
    told = [path for path in SOURCES if path.parts[-2] != "api"]  # an API schema shows answers as examples
    assert [(str(path), text) for path in told for text in texts(path) if limit.search(text)] == []


def test_nothing_is_fetched_at_run_time() -> None:
    address = re.compile(r"(?:src|href)=[\"']https?://|@import\s+url\(|url\([\"']?https?://")
    files = [
        path
        for kind in ("*.html", "*.css", "*.js", "*.jinja", "*.typ")
        for path in PACKAGE.rglob(kind)
        if "vendor" not in path.parts
    ]
    assert [
        str(path)
        for path in files
        if address.search(path.read_text(encoding="utf-8")) and "data-outside" not in path.read_text(encoding="utf-8")
    ] == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-check.lock"])
def test_lock_files_pin_hashes_and_record_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "--hash=sha256:" in text
    assert not re.search(r"https?://|index-url", text)


def test_every_data_folder_says_where_it_comes_from() -> None:
    folders = [path for path in (ROOT / "examples" / "data").iterdir() if path.is_dir()]
    assert folders
    assert [path.name for path in folders if not (path / "PROVENANCE.txt").is_file()] == []


def test_every_dependency_says_why_it_is_there() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    named = [
        *project["dependencies"],
        *(entry for extra in project["optional-dependencies"].values() for entry in extra),
    ]
    assert [entry for entry in named if not re.search(re.escape(f'"{entry}",') + r"\s+# \S", text)] == []


def test_no_two_models_of_the_api_share_a_name() -> None:
    """The schema of the API knows a model by its name alone: the second of a name would take the place of the first."""
    named = [
        node.name
        for path in sorted((ROOT / "zhiheng" / "api").glob("*.py"))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
    ]
    made = re.compile(r'(?:create_model\(|\bname=)"(\w+)"')
    named += [
        name
        for path in sorted((ROOT / "zhiheng" / "api").glob("*.py"))
        for name in made.findall(path.read_text(encoding="utf-8"))
    ]
    assert sorted({name for name in named if named.count(name) > 1}) == []
