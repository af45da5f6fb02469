"""The command line: every command does its work, says what went wrong in one paragraph, and ends with its exit code."""

import importlib.util
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from zhiheng.cli import COMMANDS, program
from zhiheng.cli import called as run
from zhiheng.cli.serve import free

ROOT = Path(__file__).parents[2]
PLAIN = """sample_id,product_type,product_name,analyte,value,unit,day
1,蔬菜及其制品 > 新鲜蔬菜 > 叶菜蔬菜,菠菜,铅,0.5,mg/kg,2026-09-01
2,蔬菜及其制品 > 新鲜蔬菜 > 叶菜蔬菜,菠菜,铅,0.1,mg/kg,2026-09-01
3,蔬菜及其制品 > 新鲜蔬菜 > 叶菜蔬菜,菠菜,铅,much,mg/kg,2026-09-01
"""
Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(small_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Call the command line in an empty folder on the small workspace: exit code, output, errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ZHIHENG_HOME", str(small_home))

    def called(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(list(arguments))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return called


@pytest.fixture
def table(tmp_path: Path) -> str:
    """A small file with our own column names."""
    (tmp_path / "results.csv").write_text(PLAIN, encoding="utf-8")
    return "results.csv"


HAPPY = {
    "status": (["status"], "cn_food_2026"),
    "rates": (["rates", "nyc_metals", "--by", "product_type", "--force", "guidance"], "95 % interval"),
    "rates of failures": (["rates", "cn_food_2026", "--by", "province"], "never a rate"),
    "signals": (["signals", "nyc_metals"], "signals"),
    "plan": (["plan", "nyc_metals"], "targeted"),
    "explain": (["explain", "cn_food_2026/nonconforming"], "notices_2026.csv"),
    "rule": (["rule", "us/cpsia/toys-lead", "--on", "2010-01-01"], "≤ 300 ppm"),
    "families": (["rule", "--list"], "cn/gb2762"),
    "rules by words": (["rule", "--list", "--family", "cn/gb2762", "--search", "铅"], "cn/gb2762/铅"),
    "unplaced": (["unplaced", "cn_food_2026"], "no_rule"),
    "completion": (["completion", "bash"], "_ZHIHENG_COMPLETE"),
}


@pytest.mark.parametrize(("arguments", "shown"), HAPPY.values(), ids=HAPPY)
def test_a_command_prints_what_it_was_asked(call: Call, arguments: list[str], shown: str) -> None:
    code, out, _ = call(*arguments)
    assert code == 0
    assert shown in out.lower() or shown in out


JSON = [
    ["status"],
    ["rates", "nyc_metals"],
    ["signals"],
    ["plan"],
    ["explain", "nyc_metals/rate"],
    ["rule", "us/cpsia/toys-lead"],
    ["rule", "--list"],
    ["rule", "--list", "--family", "us"],
    ["unplaced"],
]


@pytest.mark.parametrize("arguments", JSON, ids=" ".join)
def test_every_command_that_prints_a_table_prints_json(call: Call, arguments: list[str]) -> None:
    code, out, _ = call(*arguments, "--json")
    assert code == 0
    assert json.loads(out)


WRONG = {
    "trend, nothing judged": (
        ["trend", "nyc_metals", "--from", "1999", "--to", "2000", "--by", "product_type"],
        6,
        "nothing was judged in 1999",
    ),
    "trend, no period": (["trend", "nyc_metals", "--from", "lately", "--to", "2000"], 2, "is no period"),
    "ranking of failures": (["ranking", "cn_food_2026", "--by", "province"], 2, "published failures alone"),
    "no such command": (["asess"], 2, "Did you mean one of: 'assess'"),
    "no such option": (["run", "--fast"], 2, "No such option"),
    "run, nothing to take in": (["run", "--folder", "nowhere"], 2, "no profile.yaml"),
    "run, damaged profile": (["run", "--folder", "damaged"], 3, "profile.yaml"),
    "intake, nobody to ask": (["intake", "results.csv", "--profile", "plain"], 2, "say --yes to write"),
    "intake, no such profile": (["intake", "results.csv", "--profile", "mine.yaml"], 2, "there is no such file"),
    "intake, no such file": (["intake", "none.csv", "--profile", "plain", "--yes"], 3, "there is no such file"),
    "assess, no such file": (["assess", "none.csv", "--on", "2026-09-28"], 3, "there is no such file"),
    "assess, no day": (["assess", "results.csv"], 2, "say by which day's rules to judge"),
    "assess, no such day": (["assess", "results.csv", "--on", "2026-13-01"], 2, "is not a day"),
    "assess, no such family": (
        ["assess", "results.csv", "--on", "each-day", "--rules", "xx/yy"],
        4,
        "no rules under xx/yy",
    ),
    "assess, no such scheme": (
        ["assess", "results.csv", "--on", "each-day", "--scheme", "xx"],
        2,
        "no such category scheme",
    ),
    "assess, no such form": (["assess", "results.csv", "--on", "each-day", "--out", "found.doc"], 2, "ends in none of"),
    "assess, no such folder": (
        ["assess", "results.csv", "--on", "each-day", "--out", "no/found.csv"],
        2,
        "folder does not exist",
    ),
    "status, a file in the way": (["status", "--home"], 2, "requires an argument"),
    "rates, no such data set": (["rates", "none"], 5, "there is no data set 'none'; there are cn_food_2026"),
    "rates, no such dimension": (["rates", "nyc_metals", "--by", "beauty"], 2, "can be shown by product_type"),
    "signals, no such data set": (["signals", "none"], 5, "there is no data set"),
    "plan, no such data set": (["plan", "none"], 5, "there is no data set"),
    "explain, no figure": (["explain", "nyc_metals/beauty"], 2, "with one of results, judged"),
    "explain, no such data set": (["explain", "none/rate"], 5, "there is no data set"),
    "rule, no such rule": (["rule", "us/cpsia/toys-gold"], 4, "no rule has the key"),
    "rule, before its first day": (
        ["rule", "us/cpsia/toys-lead", "--on", "1999-01-01"],
        4,
        "the first begins on 2009-02-10",
    ),
    "rule, neither key nor list": (["rule"], 2, "name a rule, or say --list"),
    "unplaced, no such data set": (["unplaced", "none"], 5, "there is no data set"),
    "unplaced, no such reason": (["unplaced", "--reason", "beauty"], 2, "is not one of"),
    "bulletin, no such data set": (["bulletin", "none"], 5, "there is no data set"),
    "bulletin, no such form": (["bulletin", "nyc_metals", "--out", "b.doc"], 2, "neither .html nor .pdf"),
    "export, no such column": (
        ["export", "nyc_metals", "findings", "--out", "x.csv", "--where", "beauty=1"],
        2,
        "cannot be filtered",
    ),
    "export, no such form": (["export", "nyc_metals", "findings", "--out", "x.doc"], 2, "ends in none of"),
    "export, half a filter": (
        ["export", "nyc_metals", "findings", "--out", "x.csv", "--where", "verdict"],
        2,
        "write it as column=value",
    ),
    "serve, beyond this machine": (["serve", "--host", "0.0.0.0"], 2, "ZHIHENG_HOSTS"),
    "serve, no such port": (["serve", "--port", "70000"], 2, "is not in the range"),
    "completion, no such shell": (["completion", "cmd"], 2, "is not one of"),
    "completion, no shell": (["completion"], 2, "Missing argument"),
}


@pytest.mark.parametrize(("arguments", "code", "told"), WRONG.values(), ids=WRONG)
def test_a_wrong_call_is_told_in_words_with_its_exit_code(
    call: Call, table: str, tmp_path: Path, arguments: list[str], code: int, told: str
) -> None:
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "profile.yaml").write_text("name: [", encoding="utf-8")
    found, _, errors = call(*arguments)
    assert (found, told in errors, "Traceback" in errors) == (code, True, False), (table, errors)


def test_assess_judges_a_plain_file_in_an_empty_folder(call: Call, table: str) -> None:
    code, out, _ = call("assess", table, "--on", "2026-09-28", "--rules", "cn/gb2762", "--json")
    found = json.loads(out)
    assert code == 0
    assert found["intake"] | {"items": 2} == found["intake"]
    assert found["rejected"] == {"unreadable_quantity": 1}
    assert {(row["verdict"], row["n"]) for row in found["results"]} == {("conforming", 1), ("nonconforming", 1)}


def test_assess_leaves_nothing_but_the_file_it_was_asked_for(call: Call, table: str, tmp_path: Path) -> None:
    assert call("assess", table, "--on", "each-day", "--rules", "cn/gb2762", "--out", "found.csv")[0] == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["found.csv", "results.csv"]
    lines = (tmp_path / "found.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 3
    assert "verdict" in lines[0]


@pytest.mark.parametrize("form", ["xlsx", "parquet"])
def test_assess_writes_other_forms(call: Call, table: str, tmp_path: Path, form: str) -> None:
    assert call("assess", table, "--on", "each-day", "--out", f"found.{form}")[0] == 0
    assert (tmp_path / f"found.{form}").stat().st_size > 1000


def test_assess_reads_columns_under_their_chinese_labels(call: Call, tmp_path: Path) -> None:
    text = PLAIN.replace(
        "sample_id,product_type,product_name,analyte,value,unit,day",
        "样品编号,产品类别,产品名称,检验项目,检验结果,单位,抽样日期",
    )
    (tmp_path / "结果.csv").write_text(text, encoding="gb18030")
    code, out, _ = call("assess", "结果.csv", "--on", "each-day", "--rules", "cn/gb2762", "--json")
    assert code == 0
    assert {row["verdict"] for row in json.loads(out)["results"]} == {"conforming", "nonconforming"}


def test_assess_takes_a_profile_and_the_rules_of_each_day(call: Call, small_examples: Path) -> None:
    folder = small_examples / "nyc_consumer_product_metals"
    table = next(folder.glob("*.csv"))
    code, out, _ = call(
        "assess", str(table), "--profile", str(folder), "--on", "each-day", "--decision", "simple", "--json"
    )
    assert code == 0
    assert sum(row["n"] for row in json.loads(out)["results"]) == 400


def test_a_file_without_the_needed_columns_is_refused_with_what_it_has(call: Call, tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    code, _, errors = call("assess", "other.csv", "--on", "each-day")
    assert code == 3
    assert "'analyte' is missing; it has a, b" in errors


def test_run_makes_a_workspace_and_a_second_run_changes_nothing(
    call: Call, small_examples: Path, tmp_path: Path
) -> None:
    arguments = ("--home", str(tmp_path / "home"), "run", "--folder", str(small_examples), "--json")
    first, second = call(*arguments), call(*arguments)
    assert first[:2] == (0, second[1])
    assert [summary["dataset"] for summary in json.loads(first[1])] == ["cn_food_2026", "nyc_metals"]
    assert second[2].count("nothing changed since the last turn") == 2


def test_run_prints_counts_by_verdict_and_reason(call: Call, small_examples: Path) -> None:
    code, out, errors = call("run", "--folder", str(small_examples / "cn_food_2026"))
    assert code == 0
    assert "120 rows received = 120 accepted + 0 rejected + 0 duplicate" in out
    assert "nonconforming  exceeds_limit" in out
    assert " s] cn_food_2026: " in errors


def test_intake_says_what_it_understood_and_a_dry_run_writes_nothing(call: Call, table: str, tmp_path: Path) -> None:
    code, out, _ = call("--home", "new", "intake", table, "--profile", "plain", "--dry-run")
    assert code == 0
    assert "sampled_on ← day" in out and "rejected, unreadable_quantity: 1" in out
    assert "Nothing was written." in out
    assert not list((tmp_path / "new").glob("evidence/*"))


def test_intake_with_yes_writes_and_judges(call: Call, table: str) -> None:
    code, out, _ = call("--home", "new", "intake", table, "--profile", "plain", "--yes", "--json")
    told = json.loads(out)
    assert (code, told["written"], told["summary"]["intake"]["accepted"]) == (0, True, 2)
    assert json.loads(call("--home", "new", "status", "--json")[1])["datasets"][0]["turn"] == "current"


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
def test_export_writes_a_list_with_its_filters(call: Call, tmp_path: Path, form: str) -> None:
    code, out, _ = call(
        "export",
        "cn_food_2026",
        "findings",
        "--where",
        "verdict=nonconforming",
        "--language",
        "zh",
        "--out",
        f"x.{form}",
        "--json",
    )
    assert code == 0
    assert json.loads(out)["rows"] > 10
    assert (tmp_path / f"x.{form}").stat().st_size > 1000


def test_bulletin_is_written_in_both_languages(call: Call, tmp_path: Path) -> None:
    assert call("bulletin", "cn_food_2026")[0] == 0
    assert call("bulletin", "cn_food_2026", "--language", "en", "--out", "b.html")[0] == 0
    assert "<html" in (tmp_path / "cn_food_2026.zh.html").read_text(encoding="utf-8")
    assert "<html" in (tmp_path / "b.html").read_text(encoding="utf-8")


def test_an_empty_workspace_says_what_to_do(call: Call) -> None:
    assert "zhiheng run" in call("--home", "empty", "status")[1]
    code, _, errors = call("--home", "empty", "rates", "nyc_metals")
    assert (code, "zhiheng run" in errors) == (5, True)


def test_a_port_in_use_gives_way_to_a_free_one() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free("127.0.0.1", port) != port


@pytest.mark.slow
def test_serve_answers_until_it_is_stopped(small_home: Path) -> None:
    port = free("127.0.0.1", 8765)
    command = [sys.executable, "-m", "zhiheng", "--home", str(small_home), "serve", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT, text=True) as server:
        try:
            assert answered(f"http://127.0.0.1:{port}/api/version")["datasets"] == ["cn_food_2026", "nyc_metals"]
        finally:
            server.send_signal(signal.SIGINT)
            out, _ = server.communicate(timeout=30)
    assert f"http://127.0.0.1:{port}/" in out
    assert "Traceback" not in out


def answered(address: str) -> dict[str, list[str]]:
    """What a server answers, as soon as it does."""
    for _ in range(120):
        try:
            with urllib.request.urlopen(address, timeout=30) as answer:
                return dict(json.load(answer))
        except OSError:
            time.sleep(0.25)
    raise AssertionError(f"{address} does not answer")


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["reading", "judging"])
def test_ctrl_c_ends_a_run_with_130_and_without_a_traceback(tmp_path: Path, moment: str) -> None:
    command = [sys.executable, "-m", "zhiheng", "--home", str(tmp_path / "home"), "run"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, text=True) as running:
        assert running.stderr is not None
        while moment not in running.stderr.readline():
            assert running.poll() is None
        time.sleep(0.2)
        running.send_signal(signal.SIGINT)
        _, errors = running.communicate(timeout=60)
    assert (running.returncode, "Traceback" in errors) == (130, False), errors


@pytest.mark.slow
def test_help_comes_at_once_and_imports_no_command() -> None:
    code = (
        "import sys; from zhiheng.cli import called; called(['--help']); "
        "assert not {'ibis', 'duckdb', 'django'} & set(sys.modules)"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    best = min(timed([sys.executable, "-c", code], environment) for _ in range(3))
    assert best < 0.3  # seconds of work, whatever else the machine does; a tenth on an idle laptop


def timed(command: list[str], environment: dict[str, str]) -> float:
    """How many seconds of a processor a command takes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_the_lines_of_the_help_are_those_of_the_commands() -> None:
    context = click.Context(program)
    said = {name: line for section in COMMANDS.values() for name, line in section.items()}
    own = {name: program.get_command(context, name).short_help for name in program.list_commands(context)}  # type: ignore[union-attr]
    assert said == own


def test_every_command_has_an_example_and_every_option_a_help() -> None:
    context = click.Context(program)
    for name in program.list_commands(context):
        command = program.get_command(context, name)
        assert command is not None and f"zhiheng {name}" in (command.help or "") or name in ("completion", "serve")
        assert [option.name for option in command.params if isinstance(option, click.Option) and not option.help] == []


def test_the_reference_pages_are_what_the_program_says() -> None:
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    assert spec is not None and spec.loader is not None
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    stale = [path.name for path, text in generate.pages() if path.read_text(encoding="utf-8") != text]
    assert stale == [], "run 'make docs'"


def test_the_data_behind_a_bulletin_can_be_had_in_three_forms(call: Call, small_home: Path, tmp_path: Path) -> None:
    target, folder = tmp_path / "b.html", tmp_path / "charts"
    code, out, _ = call(
        "--home", str(small_home), "bulletin", "cn_food_2026", "--out", str(target), "--data", str(folder)
    )
    assert code == 0 and f"files in {folder}" in out
    assert {path.suffix for path in folder.iterdir()} == {".csv", ".xlsx", ".parquet"}
    assert all(path.stat().st_size for path in folder.iterdir())
