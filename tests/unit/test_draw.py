"""The protocol of a draw: committed, revealed, run, verified; whatever is changed on the way is found and named."""

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zhiheng import rules
from zhiheng.cli import run
from zhiheng.errors import DrawError, DrawInvalid, DrawTampered, SeedInvalid
from zhiheng.selection import choice, commitment, draw, seed
from zhiheng.selection.frozen import Stretch, scan
from zhiheng.selection.stream import Stream

ROOT = Path(__file__).parents[2]
QUICKNET = json.loads((ROOT / "tests/numbers/reference/drand_quicknet_info.json").read_text(encoding="utf-8"))
BEFORE, AFTER = QUICKNET["genesis_time"] + 100, QUICKNET["genesis_time"] + 3_000_000
SECRETS = {"bureau": bytes(range(32)), "消委会": bytes(range(9, 41))}
PROMISED = {"kind": "reveal", "parties": {name: seed.promise(name, secret) for name, secret in SECRETS.items()}}
DRAND = {"kind": "drand", "chain": "quicknet", "round": 657413}
LOTTERY = {"kind": "rfc3797", "sources": ["lottery of 1 October", "index of 2 October"]}
GIVEN: dict[str, dict[str, Any]] = {
    "reveal": {"secrets": {name: secret.hex() for name, secret in SECRETS.items()}},
    "drand": QUICKNET["beacon"],
    "rfc3797": {"values": [[9, 41, 26, 34, 18, 45], [9319]]},
}


def prepared(folder: Path, *, people: bool = False, units: int = 120, **plan: Any) -> Path:
    """A folder to be committed: targets in no order, a plan, and inspectors if wanted."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(3)
    rows = [
        f"91440101MA{number:06d},{chance.choice(['天河', '越秀', '海珠'])},{chance.randrange(1, 400)},"
        f"{chance.choice(['food', 'drug', ''])},4401{chance.randrange(3, 6):02d}"
        for number in range(units)
    ]
    chance.shuffle(rows)
    text = "\n".join(["id,stratum,size,qualifications,region", *rows]) + "\n"
    (folder / "targets.csv").write_text(text, encoding="utf-8")
    body = {"title": "autumn", "design": "simple", "n": 15, "seed": PROMISED} | plan
    (folder / "plan.json").write_text(json.dumps(body, ensure_ascii=False), encoding="utf-8")
    if people:
        staff = [
            f"G{n:02d},{chance.choice(['food', 'drug', 'food;drug'])},4401{chance.randrange(3, 6):02d},{chance.choice(['', '6'])}"
            for n in range(14)
        ]
        (folder / "inspectors.csv").write_text(
            "\n".join(["inspector,qualifications,region,most", *staff]) + "\n", encoding="utf-8"
        )
        (folder / "recusals.csv").write_text("inspector,target,reason\nG01,91440101MA000003,family\n", encoding="utf-8")
        (folder / "earlier.csv").write_text("inspector,target\nG02,91440101MA000005\n", encoding="utf-8")
    return folder


def committed(folder: Path, at: float = BEFORE) -> commitment.Committed:
    return commitment.commit(folder, at=at, terms=rules.settings("draw", on=datetime.fromtimestamp(at, UTC).date()))


def drawn(folder: Path, **plan: Any) -> Path:
    """A folder with its outcome."""
    prepared(folder, **plan)
    committed(folder)
    draw.reveal(folder, GIVEN[plan.get("seed", PROMISED)["kind"]])
    draw.run(folder)
    return folder


def checked(folder: Path, *more: str) -> tuple[int, str]:
    """What the verifier without Zhiheng says."""
    found = subprocess.run(
        [sys.executable, "-I", str(ROOT / "docs" / "verify_draw.py"), str(folder), *more],
        capture_output=True,
        encoding="utf-8",
        env={"PYTHONIOENCODING": "utf-8"},
        check=False,
    )
    assert not found.stderr
    return found.returncode, found.stdout


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished draw of targets and inspectors."""
    return drawn(tmp_path_factory.mktemp("draws") / "whole", people=True)


@pytest.mark.parametrize("design", choice.DESIGNS)
def test_both_verifiers_compute_the_same_draw_of_every_design(tmp_path: Path, design: str) -> None:
    folder = drawn(tmp_path / design, design=design, people=design == "pareto")
    assert draw.verify(folder) == []
    code, said = checked(folder)
    assert (code, "Everything holds" in said) == (0, True), said
    body = json.loads((folder / "outcome.json").read_text(encoding="utf-8"))
    assert body["drawn"] == 15 == (folder / "outcome.csv").read_text(encoding="utf-8").count("\n") - 1


@pytest.mark.parametrize("terms", [DRAND, LOTTERY], ids=lambda terms: terms["kind"])
def test_both_verifiers_take_every_kind_of_seed(tmp_path: Path, terms: dict[str, Any]) -> None:
    folder = drawn(tmp_path / "one", seed=terms)
    assert draw.verify(folder) == []
    code, said = checked(folder)
    assert code == 0
    assert ("BLS signature" in said) == (terms["kind"] == "drand")


def test_the_order_of_the_source_does_not_change_the_draw(tmp_path: Path) -> None:
    one, other = prepared(tmp_path / "one"), prepared(tmp_path / "other")
    header, *rows = (other / "targets.csv").read_text(encoding="utf-8").splitlines()
    (other / "targets.csv").write_text("\r\n".join([header, *sorted(rows)]) + "\r\n", encoding="utf-8-sig")
    committed(one), committed(other)
    assert (one / "list.csv").read_bytes() == (other / "list.csv").read_bytes()


def test_a_canonical_list_needs_no_copy_and_a_parquet_list_gives_the_same(tmp_path: Path) -> None:
    first = prepared(tmp_path / "first")
    committed(first)
    again, parquet = prepared(tmp_path / "again"), prepared(tmp_path / "parquet")
    shutil.copyfile(first / "list.csv", again / "targets.csv")
    assert committed(again).body["list"] == "targets.csv"
    (parquet / "targets.csv").unlink()
    import duckdb  # noqa: PLC0415

    with duckdb.connect() as engine:
        engine.execute(f"COPY (FROM read_csv('{first}/targets.csv', all_varchar=true)) TO '{parquet}/targets.parquet'")
    committed(parquet)
    assert (parquet / "list.csv").read_bytes() == (first / "list.csv").read_bytes()


FILES = (
    "plan.json", "targets.csv", "list.csv", "inspectors.csv", "recusals.csv", "earlier.csv", "manifest.json", "seed.json",
    "outcome.json", "outcome.csv",
)  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_any_byte_changed_anywhere_is_found_and_the_file_is_named(whole: Path, tmp_path: Path, name: str) -> None:
    folder, chance = tmp_path / "copy", random.Random(name)
    size = (whole / name).stat().st_size
    for place in [0, size - 1, *(chance.randrange(size) for _ in range(3))]:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(whole, folder)
        body = bytearray((whole / name).read_bytes())
        body[place] ^= 1 << chance.randrange(7)
        (folder / name).write_bytes(body)
        findings = draw.verify(folder)
        assert name in {entry.file for entry in findings}, (place, findings)
        code, said = checked(folder)
        assert code == 1, (place, said)


@pytest.mark.parametrize("name", FILES)
def test_the_verifier_without_zhiheng_names_the_file(whole: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(whole, folder)
    with (folder / name).open("ab") as stream:
        stream.write(b"\n")
    code, said = checked(folder)
    assert code == 1
    assert said.startswith(name), said


@pytest.mark.parametrize("name", ["plan.json", "list.csv", "earlier.csv", "outcome.csv"])
def test_a_missing_file_is_named(whole: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(whole, folder)
    (folder / name).unlink()
    assert name in {entry.file for entry in draw.verify(folder)}
    assert checked(folder)[0] == 1


def test_a_draw_made_again_with_another_manifest_is_found_by_the_published_checksum(
    whole: Path, tmp_path: Path
) -> None:
    published = commitment.committed(whole).digest
    assert draw.verify(whole, published=published) == []
    assert checked(whole, published)[0] == 0
    other = drawn(tmp_path / "other", people=True, title="a second try")
    assert draw.verify(other) == []
    assert [entry.file for entry in draw.verify(other, published=published)] == ["manifest.json"]
    assert checked(other, published)[0] == 1


def test_a_chain_of_ones_own_is_no_public_randomness(tmp_path: Path) -> None:
    folder = drawn(tmp_path / "one", seed=DRAND)
    body = json.loads((folder / "manifest.json").read_bytes())
    body["seed"]["chain"]["public_key"] = "ab" * 96
    (folder / "manifest.json").write_bytes(commitment.rendered(body))
    assert [entry.file for entry in draw.verify(folder)] == ["manifest.json"]


def test_a_list_changed_after_the_commitment_is_not_drawn_from(tmp_path: Path) -> None:
    folder = prepared(tmp_path / "one")
    committed(folder)
    draw.reveal(folder, GIVEN["reveal"])
    with (folder / "list.csv").open("a", encoding="utf-8") as stream:
        stream.write("越秀,91440101MA999999,1,food,440103\n")
    with pytest.raises(DrawTampered, match="list.csv: it is not the file that was committed.*nothing is drawn"):
        draw.run(folder)
    assert not (folder / "outcome.csv").exists()


def test_a_recusal_added_after_the_commitment_stops_the_draw(tmp_path: Path) -> None:
    folder = prepared(tmp_path / "one", people=True)
    (folder / "recusals.csv").unlink()
    committed(folder)
    draw.reveal(folder, GIVEN["reveal"])
    (folder / "recusals.csv").write_text("inspector,target,reason\nG01,x,family\n", encoding="utf-8")
    with pytest.raises(DrawTampered, match="recusals.csv: it was added after the commitment"):
        draw.run(folder)


def test_there_is_one_commitment_one_seed_and_one_outcome(tmp_path: Path) -> None:
    folder = drawn(tmp_path / "one", seed=DRAND)
    with pytest.raises(DrawInvalid, match="this draw was committed"):
        committed(folder)
    with pytest.raises(SeedInvalid, match="no second try"):
        draw.reveal(folder, GIVEN["drand"])
    with pytest.raises(DrawInvalid, match="a draw is made once"):
        draw.run(folder)


def test_a_round_that_is_already_public_cannot_be_committed_to(tmp_path: Path) -> None:
    folder = prepared(tmp_path / "one", seed=DRAND)
    with pytest.raises(DrawInvalid, match="round 657413 of quicknet is already public.*a round from 1000002 on"):
        committed(folder, at=AFTER)
    assert not (folder / "manifest.json").exists()


def test_a_beacon_whose_signature_fails_reveals_nothing(tmp_path: Path) -> None:
    folder = prepared(tmp_path / "one", seed=DRAND)
    committed(folder)
    for wrong in ({"signature": "a" * 96}, {"round": 657414}):
        with pytest.raises(SeedInvalid):
            draw.reveal(folder, GIVEN["drand"] | wrong)
    assert not (folder / "seed.json").exists()
    with pytest.raises(SeedInvalid, match="no seed.json"):
        draw.run(folder)


def edited(line: int, text: str) -> Callable[[Path], None]:
    """Replace a line of the targets, or add one."""

    def change(folder: Path) -> None:
        lines = (folder / "targets.csv").read_text(encoding="utf-8").splitlines()
        lines[line - 1 : line] = [text]
        (folder / "targets.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")

    return change


def planned(**plan: Any) -> Callable[[Path], None]:
    """Change the plan."""

    def change(folder: Path) -> None:
        body = json.loads((folder / "plan.json").read_text(encoding="utf-8")) | plan
        (folder / "plan.json").write_text(json.dumps(body), encoding="utf-8")

    return change


BAD: dict[str, tuple[Callable[[Path], None], str]] = {
    "an id twice": (edited(5, "A,天河,1,,\nA,越秀,2,,"), "rows 5 and 6: the id A stands 2 times.*keep one row"),
    "no stratum": (edited(5, "A, ,1,,"), "row 5, column 'stratum': no stratum; fill it in"),
    "no id": (edited(9, ",天河,1,,"), "row 9, column 'id': no id"),
    "size in words": (edited(4, "A,天河,many,,"), "row 4, column 'size': the size is not a whole number"),
    "negative size": (edited(4, "A,天河,-1,,"), "row 4, column 'size'"),
    "size 0": (edited(4, "A,天河,0,,"), "the size 0 gives no chance"),
    "comma in a cell": (edited(4, '"A,B",天河,1,,'), "row 4, column 'id': a comma, a quote"),
    "cells too many": (edited(4, "A,天河,1,food,440103,x"), "row 4: .*as many cells as the header"),
    "another header": (
        edited(1, "code,district,size,qualifications,region"),
        "no column 'district'|no column 'stratum'",
    ),
    "n below the strata": (planned(n=2), "2 is less than 1 for each of the 3 strata; raise n to 3"),
    "n above the list": (planned(n=1000), "1000 cannot be shared"),
    "a probability above 1": (planned(n={"天河": 9999, "越秀": 1, "海珠": 1}), "9999 cannot be drawn from the"),
    "a stratum without a number": (planned(n={"天河": 1, "越秀": 1}), "the stratum '海珠' has no number"),
    "a number without a stratum": (
        planned(n={"天河": 1, "越秀": 1, "海珠": 1, "白云": 1}),
        "no target is in the stratum '白云'",
    ),
    "no such design": (planned(design="random"), "'random' is not one of simple"),
    "a slip in the plan": (planned(sead={}), "'sead' is not one of"),
    "sizes too large": (edited(4, "A,天河,999999999999999,,"), "sizes times .* pass .*divide all sizes"),
    "no such chain": (planned(seed=DRAND | {"chain": "mine"}), "'mine' is not one of quicknet"),
    "an unknown term of assignment": (planned(inspectors={"each": 2}), "there is no inspectors.csv"),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD)
def test_what_cannot_be_drawn_from_is_refused_with_row_and_remedy(
    tmp_path: Path, change: Callable[[Path], None], message: str
) -> None:
    folder = prepared(tmp_path / "one", design="sampford")
    change(folder)
    with pytest.raises(DrawInvalid, match=message):
        committed(folder)
    assert not (folder / "manifest.json").exists()
    assert not (folder / "list.csv").exists()


LISTS = {
    "an id in two strata": ("a,1,1\nb,1,1\n", "lines 2 and 3: the id 1 stands in two strata"),
    "an id twice": ("a,1,1\na,1,2\n", "line 3 .*the id stands there twice"),
    "out of order": ("a,2,1\na,1,2\n", "line 3 .*not in order"),
    "a cell missing": ("a,2,1\na,3\n", "line 3: 2 cells, the header has 3"),
    "a quote": ('a,"2",1\n', "line 2: a quote"),
    "cut off": ("a,2,1\na,3,1", "line 3: the last line has no end"),
    "no size": ("a,2,\n", "line 2 .*not a whole number"),
    "empty": ("", "the list holds nobody"),
}


@pytest.mark.parametrize(("text", "message"), LISTS.values(), ids=LISTS)
def test_a_list_that_is_not_canonical_is_refused_by_its_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "list.csv").write_text("stratum,id,size\n" + text, encoding="utf-8")
    with pytest.raises(DrawInvalid, match=message):
        scan(tmp_path / "list.csv", unique=True)


def test_a_list_that_is_not_utf_8_is_refused_by_its_line_and_frozen_from_its_source(tmp_path: Path) -> None:
    folder = prepared(tmp_path / "one")
    plain = prepared(tmp_path / "plain")
    committed(plain)
    path = folder / "targets.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("gb18030"))
    committed(folder)
    assert (folder / "list.csv").read_bytes() == (plain / "list.csv").read_bytes()
    path.write_bytes(b"stratum,id,size\na,1,1\nb,\xff,1\n")
    with pytest.raises(DrawInvalid, match="line 3: not UTF-8"):
        scan(path)


def test_a_list_is_scanned_the_same_in_chunks_of_any_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = prepared(tmp_path / "one")
    committed(path)
    wanted = np.array([0, 7, 63, 119])
    whole = scan(path / "list.csv", wanted=wanted, sizes=True, unique=True)
    for size in (40, 64, 1000):
        monkeypatch.setattr("zhiheng.selection.frozen.CHUNK_BYTES", size)
        part = scan(path / "list.csv", wanted=wanted, sizes=True, unique=True)
        assert (part.strata, part.lines, part.sha256) == (whole.strata, whole.lines, whole.sha256)
        assert np.concatenate(part.sizes).tolist() == np.concatenate(whole.sizes).tolist()


def test_a_large_stratum_is_drawn_in_pieces_as_it_would_be_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    strata, stream = [Stretch("a", 0, 50_000, 0), Stretch("b", 50_000, 10, 0)], Stream(b"\3" * 32)
    whole = choice.draw("simple", strata, [300, 4], stream, None)
    monkeypatch.setattr(choice, "PIECE", 8192)
    assert choice.draw("simple", strata, [300, 4], stream, None).rows.tolist() == whole.rows.tolist()


def test_realised_shares_of_the_protocol_meet_the_stated_probabilities() -> None:
    # 3,000 strata of the same five sizes, two drawn from each: one seed gives 3,000 independent draws of every design
    sizes, draws = np.array([1, 2, 3, 4, 30]), 3_000
    strata = [Stretch(f"{number:04d}", 5 * number, 5, 40) for number in range(draws)]
    # 30 x 2 / 40 passes 1: it is certain, and one of the others is drawn by size
    stated = np.array([0.1, 0.2, 0.3, 0.4, 1.0])
    for design in choice.DESIGNS[1:]:
        found = choice.draw(design, strata, [2] * draws, Stream(b"\4" * 32), np.tile(sizes, draws))
        share = np.bincount(found.rows % 5, minlength=5) / draws
        assert share[4] == 1
        # one drawn by size: Pareto too is then near its target, but for 2 in 100
        slack = 0.02 if design == "pareto" else 0.0
        assert np.abs(share - stated)[:4].max() < slack + 5 * np.sqrt(0.25 / draws), design
        assert np.allclose((found.top / found.bottom)[:2][-1], 1.0)


def test_the_commands_go_through_a_whole_draw(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = str(prepared(tmp_path / "one", seed=DRAND, people=True))
    (tmp_path / "round.json").write_text(json.dumps(QUICKNET["beacon"]), encoding="utf-8")
    assert run(["draw", "commit", folder, "--at", "2023-08-24T00:00:00", "--json"]) == 0
    published = json.loads(capsys.readouterr().out)["manifest_sha256"]
    assert run(["draw", "verify", folder]) == 0
    assert run(["draw", "reveal", folder]) == 2
    assert run(["draw", "reveal", folder, "--beacon", str(tmp_path / "round.json")]) == 0
    assert run(["draw", "run", folder]) == 0
    assert run(["draw", "verify", folder, "--published", published]) == 0
    assert "Everything holds" in capsys.readouterr().out
    assert run(["draw", "verify", folder, "--published", "0" * 64, "--json"]) == DrawError.exit_code
    assert json.loads(capsys.readouterr().out)["findings"][0]["file"] == "manifest.json"
