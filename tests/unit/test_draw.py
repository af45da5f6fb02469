"""The protocol of a draw: committed, revealed, run, verified; what cannot be drawn from is refused."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from drawing import AFTER, DRAND, GIVEN, LOTTERY, QUICKNET, checked, committed, drawn, prepared

from zhiheng.cli import called as run
from zhiheng.errors import DrawError, DrawInvalid, DrawTampered, SeedInvalid
from zhiheng.selection import choice, commitment, draw, verification
from zhiheng.selection.frozen import Stretch, scan
from zhiheng.selection.stream import Stream


@pytest.mark.parametrize("design", choice.DESIGNS)
def test_both_verifiers_compute_the_same_draw_of_every_design(tmp_path: Path, design: str) -> None:
    folder = drawn(tmp_path / design, design=design, people=design == "pareto")
    assert verification.verify(folder) == []
    code, said = checked(folder)
    assert (code, "Everything holds" in said) == (0, True), said
    body = json.loads((folder / "outcome.json").read_text(encoding="utf-8"))
    assert body["drawn"] == 15 == (folder / "outcome.csv").read_text(encoding="utf-8").count("\n") - 1


@pytest.mark.parametrize("terms", [DRAND, LOTTERY], ids=lambda terms: terms["kind"])
def test_both_verifiers_take_every_kind_of_seed(tmp_path: Path, terms: dict[str, Any]) -> None:
    folder = drawn(tmp_path / "one", seed=terms)
    assert verification.verify(folder) == []
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
    with duckdb.connect() as engine:
        engine.execute(f"COPY (FROM read_csv('{first}/targets.csv', all_varchar=true)) TO '{parquet}/targets.parquet'")
    committed(parquet)
    assert (parquet / "list.csv").read_bytes() == (first / "list.csv").read_bytes()


def test_a_list_changed_after_the_commitment_is_not_drawn_from(tmp_path: Path) -> None:
    folder = prepared(tmp_path / "one")
    committed(folder)
    draw.reveal(folder, GIVEN["reveal"])
    with (folder / "list.csv").open("a", encoding="utf-8") as stream:
        stream.write("越秀,91440101MA999999,1,food,440103\n")
    with pytest.raises(DrawTampered, match="list.csv: it is not the file that was committed.*nothing is drawn"):
        draw.run(folder)
    assert not (folder / "outcome.csv").exists()


def test_strata_of_the_manifest_that_are_not_those_of_the_list_stop_the_draw(tmp_path: Path) -> None:
    folder = prepared(tmp_path / "one")
    committed(folder)
    body = json.loads((folder / "manifest.json").read_bytes())
    one, other = body["strata"][:2]
    one["units"], other["first"], other["units"] = one["units"] + 1, other["first"] + 1, other["units"] - 1
    (folder / "manifest.json").write_bytes(commitment.rendered(body))
    draw.reveal(folder, GIVEN["reveal"])
    with pytest.raises(DrawTampered, match="its strata are not those of list.csv"):
        draw.run(folder)
    assert [entry.file for entry in verification.verify(folder)] == ["manifest.json"]


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
    for wrong in ({"signature": "a" * 96}, {"round": 657414}, {"randomness": "0" * 64}):
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
    "size 0": (edited(4, "A,天河,0,,"), "row 4, column 'size': the size 0 gives no chance.*leave the row out"),
    "comma in a cell": (edited(4, '"A,B",天河,1,,'), "row 4, column 'id': a comma, a quote"),
    "cells too many": (edited(4, "A,天河,1,food,440103,x"), "row 4: .*as many cells as the header"),
    "another header": (
        edited(1, "code,district,size,qualifications,region"),
        "no column 'district'|no column 'stratum'",
    ),
    "n below the strata": (planned(n=2), "2 is less than 1 for each of the 3 strata; raise n to 3"),
    "n above the list": (planned(n=1000), "1000 cannot be shared"),
    "a probability above 1": (planned(n={"天河": 9999, "越秀": 1, "海珠": 1}), "9999 cannot be drawn from the"),
    "no number at all": (planned(n=0), "0 is less than 1 for each of the 3 strata"),
    "a least number in words": (planned(least="two"), "least: 'two' is not a whole number"),
    "a least number below 0": (planned(least=-1), "least: -1 is not a whole number, 0 or more"),
    "a column that is no name": (planned(columns={"id": 3}), "columns.id: 3: say the name of a column"),
    "a column for nothing of ours": (planned(columns={"strata": "district"}), "columns.strata: 'district'"),
    "no stratum column": (planned(columns={"stratum": "county"}), "no column 'county' for the stratum; name one of"),
    "a moment without a zone": (planned(seed=LOTTERY | {"on": "2026-12-01T20:00:00"}), r"seed.on: .* add the zone"),
    "a moment that is none": (planned(seed=LOTTERY | {"on": "soon"}), "seed.on: 'soon' is no moment such as"),
    "a moment that is past": (planned(seed=LOTTERY | {"on": "2020-12-01T20:00:00Z"}), "is past.*name a later moment"),
    "a moment beside a round": (
        planned(seed=DRAND | {"on": "2030-01-01T00:00:00Z"}),
        "has its own moment; leave it out",
    ),
    "a disclosure of no kind": (planned(disclose="never"), "disclose: 'never' is not one of outcome, commitment"),
    "no column to balance on": (planned(design="cube"), "the design cube needs columns to balance on"),
    "balance in another design": (planned(balance=["region"]), "no other design has any"),
    "a balancing column that is not there": (
        planned(design="cube", balance=["workers"]),
        "no column 'workers' to balance on; name others in plan.json balance: qualifications, region",
    ),
    "a balancing column of words": (
        planned(design="cube", balance=["qualifications"]),
        "row [0-9]+, column 'qualifications': to be balanced on, it is not a whole number",
    ),
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


STAFF: dict[str, tuple[dict[str, Any], str]] = {
    "nobody for each": ({"each": 0}, "inspectors.each: 0 is not a whole number, 1 or more"),
    "a number in words": ({"each": "2"}, "inspectors.each: '2' is not a whole number"),
    "more for each than there are": ({"each": 50}, "50 inspectors for each target, and inspectors.csv has 14"),
    "partners in words": ({"partners_again": None}, "inspectors.partners_again: None is not a whole number"),
    "travel that ends nowhere": (
        {"travel": [{"digits": 6, "band": 0}]},
        "inspectors.travel: .*the last one with 0 digits",
    ),
    "a slip": ({"eech": 2}, "'eech' is not one of each, travel, partners_again"),
}


@pytest.mark.parametrize(("terms", "message"), STAFF.values(), ids=STAFF)
def test_terms_of_an_assignment_that_cannot_be_kept_are_refused_before_the_seed_is_known(
    tmp_path: Path, terms: dict[str, Any], message: str
) -> None:
    folder = prepared(tmp_path / "one", people=True, inspectors=terms)
    with pytest.raises(DrawInvalid, match=message):
        committed(folder)
    assert not (folder / "manifest.json").exists()


@pytest.mark.parametrize("name", ["recusals.csv", "earlier.csv"])
def test_a_recusal_that_is_misspelt_is_refused_before_the_seed_is_known(tmp_path: Path, name: str) -> None:
    folder = prepared(tmp_path / "one", people=True)
    body = {"recusals.csv": "inspector,target,reason\nG99,x,family\n", "earlier.csv": "inspector,target\nG01\n"}[name]
    (folder / name).write_text(body, encoding="utf-8")
    with pytest.raises(DrawInvalid, match=f"{name} row 2"):
        committed(folder)
    assert not (folder / "manifest.json").exists()


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
    (tmp_path / "list.json").write_text("[1]", encoding="utf-8")
    assert run(["draw", "reveal", folder, "--beacon", str(tmp_path / "list.json")]) == 2
    assert run(["draw", "reveal", folder, "--beacon", str(tmp_path / "round.json")]) == 0
    assert run(["draw", "run", folder]) == 0
    assert run(["draw", "verify", folder, "--published", published]) == 0
    assert "Everything holds" in capsys.readouterr().out
    assert run(["draw", "verify", folder, "--published", "0" * 64, "--json"]) == DrawError.exit_code
    assert json.loads(capsys.readouterr().out)["faults"][0]["file"] == "manifest.json"
