"""Control charts of own data through the command and the page: figures of qcc, words for every signal, refusals with a reason."""

import csv
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pytest
from django.test import Client

from zhiheng import stats
from zhiheng.cli import called as run
from zhiheng.errors import FileUnreadable, SourceError
from zhiheng.evidence import grid
from zhiheng.reports import files, process

REFERENCE = json.loads(
    (Path(__file__).parents[1] / "numbers" / "reference" / "spc_reference.json").read_text(encoding="utf-8")
)
ON = date(2026, 11, 22)
Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    monkeypatch.chdir(tmp_path)

    def called(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(["chart", *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return called


def written(
    name: str, header: list[str], rows: list[list[object]], *, delimiter: str = ",", encoding: str = "utf-8"
) -> str:
    with Path(name).open("w", newline="", encoding=encoding) as file:
        csv.writer(file, delimiter=delimiter).writerows([header, *rows])
    return name


def juice() -> list[list[object]]:
    own = REFERENCE["orangejuice"]
    return [[f"S{at + 1}", *pair] for at, pair in enumerate(zip(own["D"], own["size"], strict=True))]


def rings() -> list[list[object]]:
    return [[f"S{at + 1}", *group] for at, group in enumerate(REFERENCE["pistonrings"])]


def test_a_p_chart_of_a_file_has_the_limits_and_signals_of_qcc(call: Call) -> None:
    """Montgomery's orange juice, limits from the thirty trial samples: qcc 2.7 gives them, and the points beyond."""
    code, out, _ = call(
        written("juice.csv", ["sample", "D", "size"], juice()), "--kind", "p", "--baseline", "30", "--json"
    )
    chart = json.loads(out)["charts"][0]
    assert code == 0
    own = REFERENCE["orangejuice"]["p"] if "p" in REFERENCE["orangejuice"] else REFERENCE["p"]
    np.testing.assert_allclose(
        [[point["lower"], point["upper"]] for point in chart["points"]][: len(own["limits"])], own["limits"], atol=1e-12
    )
    beyond = [at for at, point in enumerate(chart["points"], start=1) if {"above", "below"} & set(point["signals"])]
    assert beyond == own["beyond"]
    assert all(len(point["words"]) == len(point["signals"]) for point in chart["points"])


@pytest.mark.parametrize("shape", ["wide", "long", "semicolons", "chinese", "sheet"])
def test_subgroups_are_read_however_they_stand(call: Call, shape: str) -> None:
    """The same means and limits (qcc 2.7, standard deviations) from five shapes of file."""
    names = ["sample", *"abcde"]
    if shape == "sheet":
        files.workbook(Path("rings.xlsx"), names, [dict(zip(names, row, strict=True)) for row in rings()])
        file = "rings.xlsx"
    elif shape == "long":
        file = written("rings.csv", ["sample", "mm"], [[row[0], value] for row in rings() for value in row[1:]])
    elif shape == "chinese":
        file = written("rings.csv", ["组", "一", "二", "三", "四", "五"], rings(), encoding="gb18030")
    else:
        file = written("rings.csv", names, rings(), delimiter=";" if shape == "semicolons" else ",")
    code, out, _ = call(file, "--kind", "xbar-s", "--baseline", "25", "--json")
    means, spreads = json.loads(out)["charts"]
    assert code == 0
    for chart, own in ((means, REFERENCE["xbar_sd"]), (spreads, REFERENCE["S"])):
        assert [chart["points"][0][end] for end in ("lower", "upper")] == pytest.approx(own["limits"], abs=1e-12)


def test_the_command_says_each_signal_in_words(call: Call) -> None:
    file = written("juice.csv", ["sample", "D", "size"], juice())
    _, out, _ = call(file, "--kind", "p", "--baseline", "30", "--signals")
    assert "S15: above the upper limit" in out and "about every 92 points" in out
    _, out, _ = call(file, "--kind", "p-laney", "--baseline", "30")
    assert "p' chart" in out


@pytest.mark.parametrize("kind", ["ewma", "cusum"])
def test_charts_with_a_memory_tell_how_long_they_run(call: Call, kind: str) -> None:
    values = [*(10 + np.sin(np.arange(30) * 2.4)).tolist(), *(12.5 + np.sin(np.arange(12) * 2.4)).tolist()]
    file = written("blanks.csv", ["day", "value"], [[f"d{at}", round(value, 4)] for at, value in enumerate(values)])
    code, out, _ = call(file, "--kind", kind, "--baseline", "30", "--json")
    chart = json.loads(out)["charts"][0]
    assert code == 0 and chart["run_length_in_control"] == pytest.approx(370)
    assert 2 < chart["run_length_shifted"] < 15
    at = [place for place, point in enumerate(chart["points"]) if point["signals"]]
    assert at and min(at) >= 30
    if kind == "cusum":
        decision = chart["points"][0]["upper"]
        assert stats.cusum_arl(0, reference=0.5, decision=decision, sides=2) == pytest.approx(370)


def test_points_that_cannot_be_judged_say_why_and_the_others_stay() -> None:
    table = grid.of_text("w\tk\tn\n1\t2\t50\n2\t\t50\n3\t-1\t50\n4\t4\t0\n5\t60\t50\n6\t3\t50\n", "t")
    points = process.drawn(table, "p", on=ON)[0].points
    assert [point.reason.split(":")[0] for point in points] == ["", *["not judged"] * 4, ""]
    told = " ".join(point.reason for point in points[1:5])
    assert "missing" in told and "impossible" in told and "no item was judged" in told
    assert all(point.lower is None and point.statistic is None for point in points[1:5])


@pytest.mark.parametrize(("counts", "told"), [([0] * 9, "zeros alone"), ([50] * 9, "every item of the baseline")])
def test_a_baseline_of_zeros_or_of_failures_alone_is_remarked(counts: list[int], told: str) -> None:
    table = grid.of_text("w\tk\tn\n" + "".join(f"{at}\t{k}\t50\n" for at, k in enumerate(counts)), "t")
    chart = process.drawn(table, "p", on=ON)[0]
    assert all(told in point.reason for point in chart.points) and not chart.signals


REFUSED = {
    "no file": (["none.csv", "--kind", "p"], 3, "there is no such file"),
    "baseline longer than the series": (["juice.csv", "--kind", "p", "--baseline", "80"], 6, "asks for 80 points and the series has 54"),
    "one column": (["one.csv", "--kind", "p"], 3, "needs a count and a size"),
    "text for a number": (["text.csv", "--kind", "single"], 3, "row 3, column 'value': 'much' is not a number"),
    "no such column": (["juice.csv", "--kind", "single", "--value", "lead"], 3, "there is no column 'lead'; there are sample, D, size"),
    "one value a subgroup": (["one.csv", "--kind", "xbar-r"], 6, "two or more"),
    "a subgroup that is short": (["odd.csv", "--kind", "xbar-r"], 3, "subgroup 'b' has 1 values"),
    "one point": (["point.csv", "--kind", "p"], 6, "a chart needs two and more"),
    "no spread": (["flat.csv", "--kind", "cusum"], 6, "no spread"),
    "nothing": (["empty.csv", "--kind", "p"], 3, "no filled row"),
}  # fmt: skip


@pytest.mark.parametrize(("arguments", "code", "told"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_drawn_is_refused_in_words(call: Call, arguments: list[str], code: int, told: str) -> None:
    written("juice.csv", ["sample", "D", "size"], juice())
    written("one.csv", ["day", "value"], [[f"d{at}", at] for at in range(9)])
    written("text.csv", ["day", "value"], [["a", 1], ["b", "much"], ["c", 2]])
    written("odd.csv", ["group", "value"], [["a", 1], ["a", 2], ["b", 2], ["c", 2], ["c", 3]])
    written("point.csv", ["w", "k", "n"], [["a", 1, 5]])
    written("flat.csv", ["w", "value"], [[f"d{at}", 7] for at in range(12)])
    Path("empty.csv").write_text("\n\n", encoding="utf-8")
    found, out, err = call(*arguments)
    assert (found, out) == (code, "")
    assert told in err.replace("\n", " ") and "Traceback" not in err


def test_tables_are_taken_as_they_are() -> None:
    bare = grid.of_text("1,2\n3,4\n", "t")
    assert (bare.names, bare.rows, bare.places) == (("1", "2"), (("1", "2"), ("3", "4")), (1, 2))
    named = grid.of_text("a;a;\n\n1;2\n", "t")
    assert named.names == ("a", "a (2)", "column 3") and named.rows == (("1", "2", ""),) and named.places == (3,)
    assert grid.of_text('a,b\nx,"1,204.5"\n', "t").numbers("b") == [1204.5]
    with pytest.raises(FileUnreadable, match="no row below"):
        grid.of_text("a,b\n", "t")
    with pytest.raises(SourceError, match="no column"):
        bare.column("x")


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_the_page_draws_what_is_pasted_and_keeps_it_in_its_address(prefix: str) -> None:
    text = "sample\tD\tsize\n" + "".join("\t".join(map(str, row)) + "\n" for row in juice())
    client = Client()
    answer = client.get(f"{prefix}/chart/?" + urlencode({"kind": "p", "baseline": "30", "data": text}))
    page = answer.content.decode()
    assert answer.status_code == 200 and "S15" in page and "0.23133" in page
    words = "above the upper limit" if prefix else "高于"
    assert words in page or prefix == ""
    assert f'placeholder="{"week" if prefix else "周"}' in client.get(f"{prefix}/chart/").content.decode()


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"kind": "p", "data": "a\tb\n1\t2\n"}, "points"),
        ({"kind": "p", "data": "w\tk\tn\n1\t2\t9\n2\t2\t9\n", "baseline": "many"}, "many"),
        ({"kind": "pie", "data": "w\tk\tn\n1\t2\t9\n"}, "pie"),
        ({"kind": "p", "data": "9" * 7000}, "6,000"),
    ],
)
def test_the_page_says_why_nothing_was_drawn(asked: dict[str, str], told: str) -> None:
    answer = Client().get("/en/chart/?" + urlencode(asked))
    assert answer.status_code == 400 and told in answer.content.decode()
