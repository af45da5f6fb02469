"""The pages and endpoints of draws: stages, who may read what when, one question about one firm, verification, tampering."""

import csv
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import django
import pytest
from django.conf import settings
from django.test import Client

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))
import drawing  # noqa: E402

from zhiheng.cli import called as run  # noqa: E402
from zhiheng.evidence.snapshot import Workspace  # noqa: E402
from zhiheng.reports import verified  # noqa: E402
from zhiheng.selection import draw, inspection  # noqa: E402

django.setup()
EXAMPLE = Path(__file__).parents[2] / "examples" / "draws" / "example-2026"
SECRET_FILES = ("targets.csv", "list.csv", "inspectors.csv", "recusals.csv", "earlier.csv")
ENGLISH = re.compile(r"[A-Za-z]{2,}(?:[ ,;:]+[A-Za-z]{2,}){2,}")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with draws at every stage."""
    root = tmp_path_factory.mktemp("home")
    draws, now = root / "draws", time.time()
    draws.mkdir()
    shutil.copytree(EXAMPLE, draws / "example-2026")
    coming = int((now + 90_000 - drawing.QUICKNET["genesis_time"]) // 3)
    drawing.prepared(draws / "waiting", people=True, seed=drawing.DRAND | {"round": coming})
    drawing.committed(draws / "waiting", at=now)
    drawing.prepared(draws / "due", seed=drawing.LOTTERY | {"on": "2023-08-25T20:30:00+08:00"}, disclose="commitment")
    drawing.committed(draws / "due")
    drawing.prepared(draws / "revealing")
    drawing.committed(draws / "revealing")
    draw.reveal(draws / "revealing", {"secrets": {"bureau": drawing.SECRETS["bureau"].hex()}})
    drawing.prepared(draws / "revealed", seed=drawing.DRAND)
    drawing.committed(draws / "revealed")
    draw.reveal(draws / "revealed", drawing.GIVEN["drand"])
    drawing.drawn(draws / "drawn", people=True, design="pareto", seed=drawing.DRAND)
    drawing.prepared(draws / "private")
    return root


@pytest.fixture
def client(home: Path) -> Iterator[Client]:
    """The site over those draws."""
    before, settings.WORKSPACE = settings.WORKSPACE, home
    yield Client()
    settings.WORKSPACE = before


def text(client: Client, path: str) -> str:
    """A page that answers."""
    answer = client.get(path)
    assert answer.status_code == 200, path
    return str(answer.content.decode())


def table(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


STAGES = {
    "waiting": "committed",
    "due": "due",
    "revealing": "revealing",
    "revealed": "revealed",
    "drawn": "drawn",
    "example-2026": "drawn",
}


def test_the_list_has_every_committed_draw_and_no_other(client: Client) -> None:
    page, listed = text(client, "/en/draws/"), client.get("/api/draws").json()
    assert {entry["name"]: entry["stage"] for entry in listed} == STAGES
    assert all(f'href="/en/draws/{name}/"' in page for name in STAGES)
    assert "private" not in page
    assert client.get("/draws/private/").status_code == client.get("/api/draws/private").status_code == 404


@pytest.mark.parametrize("prefix", ["", "/en"])
@pytest.mark.parametrize("name", STAGES)
def test_pages_answer_in_both_languages(client: Client, name: str, prefix: str) -> None:
    for path in (f"/draws/{name}/", f"/draws/{name}/verify/"):
        page = text(client, prefix + path)
        assert page.count("<h1>") == 1
        assert "None" not in page
        # the checksum that was to be published stands on both pages
        assert client.get(f"/api/draws/{name}").json()["manifest_sha256"] in page


@pytest.mark.parametrize("name", ["waiting", "revealing", "revealed"])
def test_before_the_outcome_the_lists_are_checksums_alone(client: Client, home: Path, name: str) -> None:
    folder, page = home / "draws" / name, text(client, f"/en/draws/{name}/?id=91440101MA000005")
    for file in filter(lambda file: (folder / file).exists(), SECRET_FILES):
        assert client.get(f"/draws/{name}/files/{file}").status_code == 404
        assert hashlib.sha256((folder / file).read_bytes()).hexdigest() in page
    for file in ("manifest.json", "plan.json"):
        assert b"".join(client.get(f"/draws/{name}/files/{file}").streaming_content) == (folder / file).read_bytes()
    packed = zipfile.ZipFile(io.BytesIO(b"".join(client.get(f"/draws/{name}/folder.zip").streaming_content)))
    assert not {Path(entry).name for entry in packed.namelist()} & set(SECRET_FILES)
    assert "91440101MA" not in page.replace("/?id=91440101MA000005", "")
    assert client.get(f"/api/draws/{name}/target?id=91440101MA000005").status_code == 404
    assert client.get(f"/draws/{name}/drawn.csv").status_code == 404


def test_a_plan_may_make_the_lists_public_with_the_commitment(client: Client) -> None:
    assert b"".join(client.get("/draws/due/files/list.csv").streaming_content).startswith(b"stratum,id,size")
    answer = client.get("/api/draws/due/target?id=91440101MA000005").json()
    assert (answer["listed"], answer["drawn"]) == (True, None)
    top, bottom = (int(part) for part in answer["fraction"].split("/"))
    assert bottom == answer["units"]
    assert answer["probability"] == top / bottom


@pytest.mark.parametrize("file", ["..%2Fwaiting%2Flist.csv", "/etc/passwd", "nothing.csv", "."])
def test_no_address_leads_to_another_file(client: Client, file: str) -> None:
    assert client.get(f"/draws/drawn/files/{file}").status_code == 404


def test_a_link_in_the_folder_is_not_followed(client: Client, home: Path) -> None:
    copy = home / "draws" / "linked"
    shutil.copytree(home / "draws" / "drawn", copy)
    (copy / "recusals.csv").unlink()
    (copy / "recusals.csv").symlink_to(home / "draws" / "private" / "plan.json")
    try:
        assert client.get("/draws/linked/files/recusals.csv").status_code == 404
    finally:
        shutil.rmtree(copy)


def test_the_countdown_is_written_by_the_server_and_goes_on_in_the_browser(client: Client) -> None:
    page = text(client, "/en/draws/waiting/")
    assert re.search(r'data-until="[0-9T:+-]+" data-words="\{d\} days[^"]*"[^>]*>\d+ days \d+ h \d+ min', page)
    assert "countdown.js" in page
    assert "countdown.js" not in text(client, "/en/draws/drawn/")


def test_the_page_says_who_reveals_next(client: Client) -> None:
    assert "Who reveals next: 消委会" in text(client, "/en/draws/revealing/")
    assert client.get("/api/draws/revealing").json()["proof"]["awaited"] == ["消委会"]


@pytest.mark.parametrize("name", ["drawn", "example-2026"])
def test_every_target_gets_the_answer_that_list_and_outcome_give(client: Client, home: Path, name: str) -> None:
    folder = home / "draws" / name
    listed = table(folder / "list.csv")
    outcome = {row["id"]: row for row in table(folder / "outcome.csv")}
    sums: dict[str, float] = {}
    for row in listed:
        told = client.get(f"/api/draws/{name}/target", {"id": row["id"]}).json()
        assert (told["stratum"], told["size"]) == (row["stratum"], int(row["size"]))
        assert told["drawn"] == (row["id"] in outcome)
        if told["drawn"]:
            assert told["fraction"] == outcome[row["id"]]["probability"]
            assert (told["inspectors"] or "") == outcome[row["id"]]["inspectors"]
        sums[row["stratum"]] = sums.get(row["stratum"], 0) + told["probability"]
    # probabilities of a stratum, drawn or not, add up to the number that is drawn from it
    manifest = json.loads((folder / "manifest.json").read_bytes())
    assert sums == pytest.approx({entry["stratum"]: entry["draw"] for entry in manifest["strata"]})
    nobody = client.get(f"/api/draws/{name}/target", {"id": "nobody"}).json()
    assert (nobody["listed"], nobody["probability"]) == (False, None)


def test_the_question_about_a_firm_is_answered_on_the_page(client: Client) -> None:
    page = text(client, "/en/draws/example-2026/?id=示例企业-0015")
    assert "200/3953" in page
    assert "Not in the list" in text(client, "/en/draws/example-2026/?id=<b>")
    assert "<b>" not in text(client, "/en/draws/example-2026/?id=<b>").replace("<b>Zhiheng</b>", "")


def test_the_table_of_what_was_drawn_is_a_file(client: Client, home: Path) -> None:
    body = b"".join(client.get("/en/draws/example-2026/drawn.csv").streaming_content).decode("utf-8-sig")
    found = [row["Target"] for row in csv.DictReader(io.StringIO(body))]
    assert found == [row["id"] for row in table(home / "draws/example-2026/outcome.csv")]
    for form in ("xlsx", "parquet"):
        assert len(b"".join(client.get(f"/draws/example-2026/drawn.{form}").streaming_content)) > 500
    assert client.get("/draws/example-2026/drawn.doc").status_code == 400
    pages = [client.get(f"/api/draws/example-2026/targets?page={n}&size=9").json() for n in (1, 2, 3)]
    assert [row["id"] for page in pages for row in page["items"]] == found
    assert pages[0]["total"] == len(found)


def test_what_the_page_offers_is_enough_to_verify_at_home(client: Client, tmp_path: Path) -> None:
    with zipfile.ZipFile(
        io.BytesIO(b"".join(client.get("/draws/example-2026/folder.zip").streaming_content))
    ) as packed:
        packed.extractall(tmp_path)
    page = text(client, "/en/draws/example-2026/verify/")
    command = re.search(r"python -I (verify_draw.py example-2026 [0-9a-f]{64})", page)
    assert command
    done = subprocess.run(
        [sys.executable, "-I", *command[1].split()], cwd=tmp_path, capture_output=True, encoding="utf-8", check=False
    )
    assert (done.returncode, "Everything holds" in done.stdout) == (0, True), done.stdout


@pytest.mark.parametrize("name", ["plan.json", "list.csv", "targets.csv", "inspectors.csv", "recusals.csv", "earlier.csv",
                                  "manifest.json", "seed.json", "outcome.csv", "outcome.json"])  # fmt: skip
def test_a_changed_file_is_named_and_nothing_is_said_of_what_follows_from_it(
    client: Client, home: Path, name: str
) -> None:
    copy = home / "draws" / "changed"
    shutil.copytree(home / "draws" / "drawn", copy)
    try:
        assert client.get("/api/draws/changed/verification").json()["holds"] is True
        with (copy / name).open("ab") as stream:
            stream.write(b" ")
        told = client.get("/api/draws/changed/verification").json()
        assert told["holds"] is False
        assert name in {check["file"] for check in told["checks"] if check["holds"] is False}
        if name not in ("outcome.csv", "outcome.json"):
            assert {check["file"] for check in told["checks"] if check["holds"] is False} == {name}
        assert f"Not as committed, revealed or drawn: {name}" in text(client, "/en/draws/changed/verify/")
        assert client.get("/draws/changed/").status_code == 200
    finally:
        shutil.rmtree(copy)


@pytest.mark.parametrize("name", ["manifest.json", "plan.json", "seed.json", "outcome.csv", "outcome.json"])
def test_a_file_that_cannot_be_read_breaks_no_page(client: Client, home: Path, name: str) -> None:
    copy = home / "draws" / "broken"
    shutil.copytree(home / "draws" / "drawn", copy)
    (copy / name).write_bytes(b"\xff{")
    try:
        for path in ("/draws/", "/draws/broken/", "/draws/broken/?id=x", "/draws/broken/verify/"):
            assert client.get(path).status_code == 200
        assert client.get("/api/draws/broken/verification").json()["holds"] is False
        assert {client.get(f"/api/draws/broken{path}").status_code for path in ("", "/targets", "/target?id=x")} <= {
            200, 404, 409,
        }  # fmt: skip
    finally:
        shutil.rmtree(copy)


def test_the_published_checksum_tells_a_draw_that_was_made_again(client: Client) -> None:
    digest = client.get("/api/draws/drawn").json()["manifest_sha256"]
    assert client.get(f"/api/draws/drawn/verification?published={digest}").json()["holds"] is True
    told = client.get(f"/api/draws/drawn/verification?published={'0' * 64}").json()
    assert [check["file"] for check in told["checks"] if check["holds"] is False] == ["manifest.json"]
    assert client.get("/draws/drawn/verify/?published=abc").status_code == 400


def test_a_draw_that_is_too_large_is_verified_by_the_command(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    known = inspection.rules.settings

    def smaller(name: str, *, on: Any) -> dict[str, Any]:
        found = known(name, on=on)
        return found | {"pages": found["pages"] | {"units": 100, "zip_bytes": 100}}

    def never(*_: Any) -> None:
        raise AssertionError("it was verified")

    monkeypatch.setattr(inspection.rules, "settings", smaller)
    monkeypatch.setattr(verified, "inspect", never)
    page = text(client, "/en/draws/drawn/verify/")
    assert "zhiheng draw verify drawn" in page
    assert "folder.zip" not in page
    assert client.get("/api/draws/drawn/verification").json()["holds"] is None
    assert client.get("/draws/drawn/folder.zip").status_code == 400


def test_a_verification_writes_nothing_into_the_folder_and_is_made_once(
    client: Client, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = home / "draws" / "drawn"
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    text(client, "/draws/drawn/verify/")
    monkeypatch.setattr(verified, "inspect", None)
    text(client, "/draws/drawn/verify/")
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_a_command_finds_a_draw_of_the_workspace_by_its_name(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--home", str(home), "draw", "verify", "drawn"]) == 0
    assert "Everything holds" in capsys.readouterr().out
    assert run(["--home", str(home), "draw", "verify", "nowhere"]) == 2
    assert "none of that name in" in capsys.readouterr().err


def test_a_fresh_workspace_shows_the_bundled_draw(tmp_path: Path) -> None:
    exhibit = import_module("zhiheng.cli.run").exhibit
    exhibit(Workspace(tmp_path))
    exhibit(Workspace(tmp_path))
    assert verified.checked(verified.opened(tmp_path, "example-2026", now=0))[0].holds
    assert [path.name for path in (tmp_path / "draws").iterdir()] == ["example-2026"]


def test_without_a_draw_the_page_says_how_one_comes(tmp_path: Path) -> None:
    before, settings.WORKSPACE = settings.WORKSPACE, tmp_path
    try:
        assert "zhiheng draw commit NAME" in Client().get("/en/draws/").content.decode()
        assert Client().get("/api/draws").json() == []
    finally:
        settings.WORKSPACE = before
