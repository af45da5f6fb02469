"""Whatever is changed in the folder of a draw is found, and the file is named."""

import json
import random
import shutil
from pathlib import Path

import pytest
from drawing import DRAND, checked, drawn

from zhiheng.selection import commitment, verification


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished draw of targets and inspectors."""
    return drawn(tmp_path_factory.mktemp("draws") / "whole", people=True)


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
        faults = verification.verify(folder)
        assert name in {entry.file for entry in faults}, (place, faults)
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
    assert name in {entry.file for entry in verification.verify(folder)}
    assert checked(folder)[0] == 1


def test_a_draw_made_again_with_another_manifest_is_found_by_the_published_checksum(
    whole: Path, tmp_path: Path
) -> None:
    published = commitment.committed(whole).digest
    assert verification.verify(whole, published=published) == []
    assert checked(whole, published)[0] == 0
    other = drawn(tmp_path / "other", people=True, title="a second try")
    assert verification.verify(other) == []
    assert [entry.file for entry in verification.verify(other, published=published)] == ["manifest.json"]
    assert checked(other, published)[0] == 1


def test_a_chain_of_ones_own_is_no_public_randomness(tmp_path: Path) -> None:
    folder = drawn(tmp_path / "one", seed=DRAND)
    body = json.loads((folder / "manifest.json").read_bytes())
    body["seed"]["chain"]["public_key"] = "ab" * 96
    (folder / "manifest.json").write_bytes(commitment.rendered(body))
    assert [entry.file for entry in verification.verify(folder)] == ["manifest.json"]


def test_a_manifest_from_elsewhere_leads_to_no_other_file(whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(whole, folder)
    body = json.loads((folder / "manifest.json").read_bytes())
    body["files"]["/dev/zero"] = {"sha256": "0" * 64, "bytes": 0}
    (folder / "manifest.json").write_bytes(commitment.rendered(body))
    assert [entry.file for entry in verification.verify(folder)] == ["manifest.json"]
    code, said = checked(folder)
    assert (code, said.startswith("manifest.json")) == (1, True)
