"""Bulletins say what the figures say, in both languages, on the page, on paper and in the files behind the charts."""

import csv
import re
from collections.abc import Iterator
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import ibis
import pytest
import python_calamine

from zhiheng import loop
from zhiheng.engines import Engine
from zhiheng.evidence.snapshot import Workspace
from zhiheng.reports import Shelf, bulletin, explain, files, parse, wording

DATA = Path(__file__).parents[2] / "examples" / "data"
FAILURES, RATED = "cn_food_2026", "nyc_metals"
VOID = {"meta", "br", "link", "img", "hr", "input"}
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """Two data sets after one turn: failures alone, and a convenience sample with rates."""
    workspace = Workspace(tmp_path_factory.mktemp("home"))
    for folder in (FAILURES, "nyc_consumer_product_metals"):
        loop.turn(DATA / folder, workspace=workspace, today=date(2026, 11, 22))
    return Shelf(workspace)


@pytest.fixture(scope="module")
def told(shelf: Shelf) -> dict[tuple[str, str], dict[str, Any]]:
    """Every content, made once."""
    return {
        (name, language): bulletin.content(shelf, name, language)
        for name in (FAILURES, RATED)
        for language in ("zh", "en")
    }


def texts(part: Any) -> Iterator[str]:
    """Every text that a reader sees, without the drawings."""
    if isinstance(part, dict):
        for name, value in part.items():
            if name not in ("svg", "figures"):
                yield from texts(value)
    elif isinstance(part, list):
        for value in part:
            yield from texts(value)
    elif isinstance(part, str):
        yield part


class Balanced(HTMLParser):
    """Notices a tag that is not closed, or an id that stands twice."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]
        assert not [name for name, _ in attrs if name.startswith("on")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("dataset", [FAILURES, RATED])
def test_every_cited_figure_is_what_its_name_explains(
    shelf: Shelf, told: dict[tuple[str, str], dict[str, Any]], dataset: str
) -> None:
    for figure in told[dataset, "en"]["figures"]:
        explained = explain(shelf, parse(figure["name"]))
        assert explained["value"] == pytest.approx(figure["value"]), figure["name"]
        assert parse(figure["shown"]) == parse(figure["name"])


def test_a_number_in_a_table_is_what_its_name_explains(
    shelf: Shelf, told: dict[tuple[str, str], dict[str, Any]]
) -> None:
    shown = [
        cell
        for part in told[RATED, "en"]["sections"] + told[RATED, "en"]["annexes"]
        for entry in part["parts"]
        if entry["kind"] == "table"
        for row in entry["rows"]
        for cell in row
        if cell["figure"]
    ]
    assert len(shown) > 50
    for cell in shown[::7]:
        found = explain(shelf, parse(cell["figure"]))
        value = found["value"]
        assert cell["text"] == (wording.percent(value) if found["measure"] == "rate" else wording.count(value)), cell[
            "figure"
        ]


def test_the_headline_rate_has_its_interval_and_its_number(told: dict[tuple[str, str], dict[str, Any]]) -> None:
    first = told[RATED, "en"]["headline"][0]
    assert first["figure"] == "nyc_metals/rate"
    assert re.fullmatch(r"95% interval [\d.]+%–[\d.]+%; n\xa0=\xa0[\d,]+", first["note"])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_set_of_failures_has_no_rate_anywhere(
    shelf: Shelf, told: dict[tuple[str, str], dict[str, Any]], language: str
) -> None:
    content = told[FAILURES, language]
    assert not [name for name in bulletin.names(content) if parse(name).measure == "rate"]
    forbidden = ("rate", "lower", "upper", "least", "most")
    headers = {
        wording.words(language).translate(word)
        for word in ("Nonconformity rate", "Expected rate and interval", "Lower end of the interval")
    }
    for part in content["charts"]:
        assert not headers & set(part["columns"])
    for columns, _rows in bulletin.data(shelf, FAILURES, language).values():
        assert not set(forbidden) & set(columns)
    for text in texts(content):
        assert not re.search(r"(nonconformity rate|不合格率)[^。.;；]{0,20}\d", text, re.IGNORECASE), text
        assert "Wilson" not in text
    assert not headers & set(texts(content))


def test_a_set_of_failures_says_that_no_rate_can_be_computed(told: dict[tuple[str, str], dict[str, Any]]) -> None:
    assert any("nobody can compute a rate" in text for text in texts(told[FAILURES, "en"]))


@pytest.mark.parametrize("dataset", [FAILURES, RATED])
def test_what_became_of_the_results_adds_up(told: dict[tuple[str, str], dict[str, Any]], dataset: str) -> None:
    values = {figure["name"]: figure["value"] for figure in told[dataset, "en"]["figures"]}
    parts = [values[f"{dataset}/{name}"] for name in ("conforming", "nonconforming", "inconclusive", "not_judged")]
    assert sum(parts) == values[f"{dataset}/results"]
    outcomes = next(chart for chart in told[dataset, "en"]["charts"] if chart["name"] == "outcomes")
    assert sum(row["Results"] for row in outcomes["rows"]) == values[f"{dataset}/results"]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("dataset", [FAILURES, RATED])
def test_the_page_is_whole_and_carries_no_script(
    told: dict[tuple[str, str], dict[str, Any]], dataset: str, language: str
) -> None:
    page = bulletin.page(told[dataset, language])
    reader = Balanced()
    reader.feed(page)
    assert reader.open == []
    assert len(reader.ids) == len(set(reader.ids))
    assert not {"script", "iframe", "link", "img"} & reader.tags
    assert not re.search(r"(src=|@import|url\((?!#))", page)
    assert 1 <= len(told[dataset, language]["charts"]) <= 6
    assert "/figure/?name=" + dataset in page


def test_every_chart_is_a_drawing_of_its_own(told: dict[tuple[str, str], dict[str, Any]]) -> None:
    for chart in told[RATED, "zh"]["charts"]:
        ElementTree.fromstring(chart["svg"])
        assert chart["title"] and chart["unit"] and chart["source"]


def test_a_source_cannot_write_into_the_page(told: dict[tuple[str, str], dict[str, Any]]) -> None:
    content = {**told[RATED, "en"], "title": "<script>alert(1)</script>"}
    assert "<script" not in bulletin.page(content)


def test_the_sheet_has_pages_embeds_its_face_and_is_the_same_twice(told: dict[tuple[str, str], dict[str, Any]]) -> None:
    first, second = bulletin.sheet(told[FAILURES, "zh"]), bulletin.sheet(told[FAILURES, "zh"])
    assert first == second
    assert first.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", first)) >= 4
    assert b"NotoSansSC" in first and re.search(rb"/FontFile[23]", first)
    assert b"D:20261122" in first


def test_a_second_content_is_the_same_as_the_first(shelf: Shelf, told: dict[tuple[str, str], dict[str, Any]]) -> None:
    bulletin.composed.cache_clear()
    assert bulletin.html(shelf, RATED, "en") == bulletin.page(told[RATED, "en"])
    assert bulletin.pdf(shelf, RATED, "en") == bulletin.sheet(told[RATED, "en"])


def test_files_hold_what_the_charts_show(
    shelf: Shelf, told: dict[tuple[str, str], dict[str, Any]], tmp_path: Path
) -> None:
    made = bulletin.files(shelf, RATED, "zh", tmp_path)
    assert len(made) == 3 * len(told[RATED, "zh"]["charts"])
    for chart in told[RATED, "zh"]["charts"]:
        stem = tmp_path / f"{RATED}-{chart['name']}"
        rows = [[row[name] for name in chart["columns"]] for row in chart["rows"]]
        with stem.with_suffix(".csv").open(encoding="utf-8", newline="") as stream:
            lines = list(csv.reader(stream))
        assert lines[0] == chart["columns"] and [len(line) for line in lines[1:]] == [len(row) for row in rows]
        assert [line[0] for line in lines[1:]] == [row[0] for row in rows]
        sheet = (
            python_calamine.CalamineWorkbook.from_path(str(stem.with_suffix(".xlsx"))).get_sheet_by_index(0).to_python()
        )
        assert sheet[0] == chart["columns"]
        for read, row in zip(sheet[1:], rows, strict=True):
            assert [None if cell == "" else cell for cell in read] == [approximately(cell) for cell in row]
        assert parquet(stem.with_suffix(".parquet"), chart) == rows


def approximately(cell: Any) -> Any:
    """A cell as a workbook keeps it: sixteen digits of a number."""
    return pytest.approx(cell, rel=1e-12) if isinstance(cell, float) else cell


def parquet(path: Path, chart: dict[str, Any]) -> list[list[Any]]:
    """The rows of a Parquet file."""
    kinds = {name: files.kind([row[name] for row in chart["rows"]]) for name in chart["columns"]}
    with Engine() as engine:
        engine.attach("shown", [path], ibis.schema(kinds))
        return [list(row.values()) for row in engine.rows(ibis.table(kinds, name="shown"))]


def test_a_text_that_a_spreadsheet_would_run_is_quoted_in_csv(tmp_path: Path) -> None:
    path = tmp_path / "risky.csv"
    files.write_rows(path, ["label", "n"], [{"label": "=1+1", "n": -2}])
    assert path.read_text(encoding="utf-8").splitlines() == ["label,n", "'=1+1,-2"]


def test_a_sentence_that_nobody_translated_stays_english(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(wording, "CATALOGUE", tmp_path)
    assert wording.words("zh").translate("Overall") == "Overall"


@pytest.mark.parametrize(
    ("value", "text"), [(None, "–"), (0.0, "0.0%"), (0.0002, "<0.1%"), (0.05234, "5.2%"), (1.0, "100.0%")]
)
def test_a_share_keeps_one_decimal_and_never_hides_what_was_found(value: float | None, text: str) -> None:
    assert wording.percent(value) == text
