"""The sampling commands: each says what it found, in figures that JSON repeats, and refuses what it cannot do."""

import json
import struct
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from zhiheng.cli import called as run
from zhiheng.cli.sampling import COMMANDS, command

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Call a sampling command in an empty folder: exit code, output, errors."""
    monkeypatch.chdir(tmp_path)

    def called(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(["sampling", *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return called


LOT = ("--lot", "2000", "--aql", "1.0")
SAID = {
    "a plan in Chinese": (["plan", *LOT], "字码 K，从批中随机抽取 125 件，不合格品不超过 3 则接收，达到 4 则不接收"),
    "a plan in English": (
        ["plan", *LOT, "--language", "en"],
        "letter K, draw 125 items at random; accept with at most 3",
    ),
    "an arrow": (["plan", "--lot", "50", "--aql", "1.0"], "字码 D 处为箭头，样本量与判定数都改用字码 E"),
    "every item": (["plan", "--lot", "8", "--aql", "0.65"], "样本量 20 不小于批量，应全数检验 8 件"),
    "nonconformities": (["plan", *LOT[:3], "15", "--language", "en"], "nonconformities per 100 items"),
    "a double plan": (
        ["plan", *LOT, "--double", "--edition", "mil-std-105e", "--language", "en"],
        "draw 80 items at random, accept with at most 1 nonconforming, refuse with 4 or more; in between draw 80 more",
    ),
    "a gap": (
        ["plan", *LOT, "--severity", "reduced", "--edition", "mil-std-105e"],
        "之间时接收该批，下一批恢复正常检验",
    ),
    "nobody read it": (["plan", *LOT], "not read in the printed standard"),
    "by variables": (["plan", *LOT, "--variables"], "MIL-STD-414, table B-1, letter L"),
    "a plan from risks": (["find", "--good", "1", "--bad", "10"], "Draw 52 items; accept with at most 2"),
    "zero acceptance": (["find", "--bad", "5", "--kind", "zero"], "Draw 45 items; accept with at most 0"),
    "measuring": (["find", "--good", "1", "--bad", "10", "--kind", "sigma"], "k = 1.7448 times the known sigma"),
    "a curve": (["oc", *LOT], "50 % |"),
    "several samples": (["oc", "--n", "50", "--ac", "0", "--re", "3", "--n", "50", "--ac", "3", "--re", "4"], "Ac = 3"),
    "a finite lot": (["oc", "--n", "8", "--ac", "0", "--lot", "40", "--model", "hypergeometric"], "hypergeometric"),
    "a curve of k": (["oc", "--n", "20", "--k", "1.72"], "s-method"),
    "switching": (["switch", *LOT, "4", "0", "4"], "too many of the last lots were not accepted"),
    "discontinued": (["switch", *LOT, "--severity", "tightened", *["3"] * 7], "The last 2 lots were not inspected"),
    "microbes": (["micro", "--n", "5", "--c", "2", "--m", "100", "--M", "1000"], "34.9 %"),
    "two classes": (["micro", "--n", "5", "--c", "0", "--m", "10", "--points", "3"], "an assumption"),
    "a declaration": (["declared", "--level", "1", "--n", "80"], "more than 2 nonconforming contradict"),
    "a ratio": (["declared", "--level", "1", "--ratio", "10"], "Draw 52 items"),
}


@pytest.mark.parametrize(("arguments", "said"), SAID.values(), ids=SAID)
def test_a_command_says_what_it_found(call: Call, arguments: list[str], said: str) -> None:
    code, out, err = call(*arguments)
    assert code == 0, err
    assert said in out


REFUSED = {
    "no such AQL": (["plan", "--lot", "2000", "--aql", "1.1"], 2, "the nearest is 1.0"),
    "no number": (["plan", "--lot", "2000", "--aql", "one"], 2, "is no number"),
    "no such level": (["plan", *LOT, "--level", "IV"], 2, "level IV is unknown"),
    "double by ISO": (["plan", *LOT, "--double"], 2, "double plans of ISO 2859-1:1999 are not held"),
    "reduced by variables": (["plan", *LOT, "--variables", "--severity", "reduced"], 2, "normal and tightened"),
    "only one quality": (["find", "--bad", "10"], 2, "'--good 1'"),
    "qualities in no order": (["find", "--good", "10", "--bad", "1"], 6, "is not below the bad one"),
    "numbers missing": (["oc", "--n", "50", "--n", "50", "--ac", "0", "--ac", "3"], 2, "needs --re for each"),
    "no plan at all": (["oc"], 2, "name a lot and an AQL"),
    "another picture": (["oc", *LOT, "--out", "curve.gif"], 2, ".svg or .png"),
    "limits the wrong way": (["micro", "--n", "5", "--c", "2", "--m", "100", "--M", "10"], 2, "M above m"),
    "both or neither": (["declared", "--level", "1"], 2, "give either --n, or --ratio"),
}


@pytest.mark.parametrize(("arguments", "code", "said"), REFUSED.values(), ids=REFUSED)
def test_a_call_that_makes_no_plan_is_refused_with_its_reason(
    call: Call, arguments: list[str], code: int, said: str
) -> None:
    ended, out, err = call(*arguments)
    assert (ended, out) == (code, "") and said in err


def test_json_holds_the_plan_its_figures_and_its_source(call: Call) -> None:
    told = json.loads(call("plan", *LOT, "--json")[1])
    assert (told["letter"], told["items"], told["everything"]) == ("K", 125, False)
    assert told["stages"] == [{"stage": 1, "n": 125, "cumulative": 125, "Ac": 3, "Re": 4}]
    assert told["accepted_at_aql"] == pytest.approx(0.963, abs=1e-3)
    assert told["source"]["checked"] is None


def test_every_json_is_json(call: Call) -> None:
    for arguments, _ in SAID.values():
        code, out, _ = call(*arguments, "--json")
        assert code == 0 and json.loads(out)


def test_figures_of_sampling_are_left_out_where_every_item_is_inspected(call: Call) -> None:
    told = json.loads(call("plan", "--lot", "8", "--aql", "0.65", "--json")[1])
    assert told["everything"] and told["items"] == 8 and "accepted_at_aql" not in told


@pytest.mark.slow
def test_the_curve_is_drawn_as_svg_and_png(call: Call, tmp_path: Path) -> None:
    for name in ("curve.svg", "curve.png"):
        code, out, _ = call("oc", *LOT, "--out", name, "--language", "en")
        assert code == 0 and name in out
    drawn = (tmp_path / "curve.svg").read_text(encoding="utf-8")
    assert "AQL 1 : 96.3 %" in drawn and "Operating characteristic" in drawn
    header = (tmp_path / "curve.png").read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n" and struct.unpack(">I", header[16:20])[0] > 1000


def test_every_sampling_command_has_the_line_of_the_group_an_example_and_help_for_its_options() -> None:
    context = click.Context(command)
    for name, line in COMMANDS.items():
        found = command.get_command(context, name)
        assert found is not None and found.short_help == line
        assert f"zhiheng sampling {name}" in (found.help or "")
        assert [option.name for option in found.params if isinstance(option, click.Option) and not option.help] == []
    assert command.get_command(context, "nothing") is None
