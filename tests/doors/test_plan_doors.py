"""Plans by the command line, the page and the API: one plan behind all three, and every refusal in words."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from html import unescape
from pathlib import Path

import pytest
from django.test import Client, override_settings

from zhiheng.cli import called as run
from zhiheng.simulation.targets import targets

ON = "2026-11-22"
SAME = {"strata": ["region", "channel"], "budget": 120, "on": ON, "random_share": 30}
Call = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with one list of its own, and nothing else."""
    root = tmp_path_factory.mktemp("home")
    (root / "targets").mkdir()
    targets(root / "targets" / "firms.csv", number=1500, on=date.fromisoformat(ON))
    return root


@pytest.fixture(scope="module")
def site(home: Path) -> Iterator[Client]:
    """The site over it."""
    with override_settings(WORKSPACE=home):
        yield Client()


@pytest.fixture
def call(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """The command line in an empty folder beside the list."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "firms.csv").write_bytes((home / "targets" / "firms.csv").read_bytes())

    def called(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(["plan", *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return called


MAKE = ("make", "firms.csv", "--programme", "food-2026", "--budget", "120", "--on", ON, "--strata", "region,channel")


def shown(page: bytes) -> str:
    """The words of a page."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.decode())))


@pytest.mark.slow
def test_all_three_doors_give_the_same_plan(site: Client, call: Call) -> None:
    code, out, _ = call(*MAKE, "--random-share", "0.3", "--json")
    api = site.get("/api/plan", SAME | {"list": "firms.csv"}).json()
    said = json.loads(out)
    assert code == 0 and said["plan"] == api["plan"]
    assert [row["stratum"] for row in said["strata"]] == [row["stratum"] for row in api["strata"]]
    assert said["against"]["other"] == api["against"]["other"] and api["against"]["ratio"] > 1
    page = shown(site.get("/en/plan/new/", SAME | {"list": "firms.csv"}).content)
    for words in (
        f"Expected findings {api['plan']['expected_findings']:.1f}",
        f"{api['plan']['random']} at random, {api['plan']['targeted']} targeted",
        f"Left out: {api['plan']['left_out']} targets",
    ):
        assert words in page


@pytest.mark.slow
def test_the_folder_of_the_page_is_drawn_from_and_computed_again(site: Client, tmp_path: Path, call: Call) -> None:
    body = b"".join(site.get("/plan/new/folder.zip", SAME | {"list": "firms.csv"}).streaming_content)
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        packed.extractall(tmp_path / "plan")
    code, out, _ = call("check", "plan")
    assert code == 0 and "Everything holds" in out
    assert run(["draw", "commit", "plan", "--at", "2026-11-22T08:00:00"]) == 0
    with (tmp_path / "plan" / "whole.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 1500
    assert sum(float(row["inclusion"]) for row in rows) == pytest.approx(120, abs=1e-6)


@pytest.mark.slow
def test_files_of_the_page_are_the_plans_tables(site: Client) -> None:
    asked = SAME | {"list": "firms.csv"}
    for name, form in (
        ("strata", "csv"),
        ("excluded", "csv"),
        ("targets", "csv"),
        ("strata", "xlsx"),
        ("strata", "parquet"),
    ):
        answer = site.get(f"/en/plan/new/{name}.{form}", asked)
        assert answer.status_code == 200 and answer["Content-Disposition"].endswith(f'.{form}"')
        body = b"".join(answer.streaming_content)
        if (name, form) == ("targets", "csv"):
            assert len(list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))) == 1500
    assert site.get("/plan/new/nothing.csv", asked).status_code == 400


def test_the_page_works_without_javascript_and_keeps_what_was_asked(site: Client) -> None:
    page = site.get(
        "/plan/new/", {"budget": 250, "random_share": 35, "allocation": "neyman", "on": ON, "strata": "channel"}
    ).content.decode()
    assert re.search(r'name="budget"[^>]*value="250"', page) and re.search(r'name="random_share"[^>]*value="35"', page)
    assert '<option value="neyman" selected>' in page
    assert re.search(r'value="channel" checked', page) and not re.search(r'value="region" checked', page)
    assert '<button class="button" data-renew>' in page


def test_a_part_of_the_page_is_the_right_side_alone(site: Client) -> None:
    part = site.get("/en/plan/new/", {"part": "effect", "budget": 300, "on": ON}).content.decode()
    assert "<form" not in part and "<html" not in part and "Smallest chance" in part
    assert "part=" not in part  # links lead to files, not to parts


REFUSED = [
    ({"budget": "5"}, 422, "is below the"),
    ({"budget": "x"}, 400, "budget and months whole numbers"),
    ({"budget": "-1"}, 400, "is not between 0"),
    ({"random_share": "0"}, 422, "the random arm is permanent"),
    ({"random_share": "nan"}, 400, "shares are percent"),
    ({"allocation": "gut"}, 422, "is not one of expected"),
    ({"list": "../../etc/passwd"}, 404, "there is no list"),
    ({"programme": "wine"}, 404, "there is no programme"),
    ({"strata": "province"}, 422, "none of the stratum columns"),
    ({"against": "../x"}, 404, "there is no plan"),
    ({"on": "yesterday"}, 400, "the day is written"),
    ({"on": "1999-01-01"}, 404, "the first begins on"),
]


@pytest.mark.parametrize(("asked", "status", "said"), REFUSED, ids=lambda value: str(value)[:40])
def test_what_cannot_be_planned_is_told_and_the_form_stays(
    site: Client, asked: dict[str, str], status: int, said: str
) -> None:
    answer = site.get("/en/plan/new/", {"on": ON} | asked)
    assert answer.status_code == status and said in shown(answer.content)
    if status == 422:
        assert b'name="budget"' in answer.content
    assert site.get("/api/plan", {"on": ON} | asked).status_code in (400, 404, 409, 422)


def test_the_api_pages_through_every_target(site: Client) -> None:
    asked = SAME | {"list": "firms.csv", "size": 700}
    ids = [
        row["id"] for page in (1, 2, 3) for row in site.get("/api/plan/targets", asked | {"page": page}).json()["items"]
    ]
    assert len(ids) == len(set(ids)) == 1500
    assert site.get("/api/plan/targets", asked | {"page": 4}).json()["items"] == []


def test_the_command_line_writes_tells_and_checks(call: Call, tmp_path: Path) -> None:
    code, out, _ = call(*MAKE, "--out", "winter")
    assert code == 0 and "winter is ready" in out and "Expected findings" in out and "proportional" in out
    assert call("check", "winter", "--json")[1] == '{\n "holds": true,\n "faults": []\n}\n'
    assert call(*MAKE, "--out", "winter")[0] == 8  # a folder of its own
    (tmp_path / "winter" / "whole.csv").write_text("id\n", encoding="utf-8")
    code, out, told = call("check", "winter")
    assert code == 8 and "whole.csv: it is not what the list and the terms give" in out
    code, out, _ = call(*MAKE, "--against", "winter/strata.csv")
    assert code == 8
    assert call("arms", "winter")[0] == 8


def test_the_command_line_compares_with_last_years_plan(call: Call) -> None:
    call(*MAKE, "--allocation", "proportional", "--out", "last")
    code, out, _ = call(*MAKE, "--against", "last/whole.csv")
    assert code == 0 and "whole.csv: " in out


def test_help_of_every_part_has_examples(call: Call) -> None:
    assert "zhiheng plan make" in call("--help")[1]
    for name in ("show", "make", "check", "arms", "example"):
        code, out, _ = call(name, "--help")
        assert code == 0 and "Examples:" in out


def test_a_fault_of_the_call_is_told(call: Call, tmp_path: Path) -> None:
    assert "say OURS=THEIRS" in call(*MAKE, "--column", "id")[2]
    (tmp_path / "seed.json").write_text("{", encoding="utf-8")
    assert call(*MAKE, "--seed", "seed.json", "--out", "x")[0] == 2 and not (tmp_path / "x").exists()
    (tmp_path / "seed.json").write_text('{"kind": "dice"}', encoding="utf-8")
    code, _, told = call(*MAKE, "--seed", "seed.json", "--out", "x")
    assert code == 8 and "seed.kind" in told and not (tmp_path / "x").exists()
    assert call(*MAKE[:4], "--budget", "2")[0] == 8


@pytest.mark.parametrize("path", ["/en/plan/new/", "/en/plan/new/targets.csv", "/api/plan", "/api/plan/targets"])
def test_a_site_that_is_open_to_others_plans_from_the_example_alone(site: Client, path: str) -> None:
    asked = {"list": "firms.csv", "on": ON, "budget": "120"}
    assert site.get(path, asked | {"strata": "region"}).status_code == 200
    with override_settings(OPENED=True):
        refused = site.get(path, asked | {"strata": "region"})
        assert refused.status_code == 404 and b"staff alone" in refused.content
        assert site.get(path, {"on": ON, "budget": "120", "strata": "region"}).status_code == 200
        assert b"firms.csv" not in site.get(path, {"on": ON, "budget": "120", "strata": "region"}).getvalue()
