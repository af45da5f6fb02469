"""Public randomness: RFC 3797 to the last digest, drand signatures, secrets that were promised."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from zhiheng.errors import DrawInvalid, SeedInvalid
from zhiheng.selection import beacon, rfc3797, seed
from zhiheng.selection.stream import Stream

REFERENCE = Path(__file__).parents[1] / "numbers" / "reference"
RFC = json.loads((REFERENCE / "rfc3797.json").read_text(encoding="utf-8"))
BEACONS = json.loads((REFERENCE / "drand_beacons.json").read_text(encoding="utf-8"))["beacons"]
QUICKNET = json.loads((REFERENCE / "drand_quicknet_info.json").read_text(encoding="utf-8"))


def chained(entry: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A chain and a beacon as drand gives them."""
    chain = {"scheme": entry["scheme"], "public_key": entry["pk"]}
    return chain, {"round": entry["round"], "signature": entry["sig"], "previous_signature": entry["prev"]}


def test_the_example_of_rfc_3797_comes_out_to_the_last_digest() -> None:
    key = rfc3797.key(RFC["inputs"])
    assert key == RFC["key"]
    assert [rfc3797.digest(key, place).hex().upper() for place in range(16)] == [draw["md5"] for draw in RFC["draws"]]
    assert rfc3797.select(key, pool=25, n=16) == [draw["selected"] for draw in RFC["draws"]]


@pytest.mark.parametrize("sources", [[], [[]], [[1, -2]], [["7"]], [[1.5]]])
def test_rfc_3797_takes_whole_numbers_only(sources: list[Any]) -> None:
    with pytest.raises(SeedInvalid, match="whole numbers|no source"):
        rfc3797.key(sources)


@pytest.mark.parametrize("entry", BEACONS, ids=lambda entry: str(entry["round"]))
def test_a_beacon_holds_under_its_chains_key(entry: dict[str, Any]) -> None:
    assert beacon.randomness(*chained(entry)).hex() == entry["randomness"]


def test_a_quicknet_round_holds_and_its_time_is_known() -> None:
    assert beacon.randomness(QUICKNET, QUICKNET["beacon"]).hex() == QUICKNET["beacon"]["randomness"]
    assert beacon.published(QUICKNET, 1) == QUICKNET["genesis_time"]
    assert beacon.published(QUICKNET, 657413) == 1692803367 + 657412 * 3


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("round", 657414, "does not hold under the chain's key"),
        ("signature", "b713" + "0" * 92, "does not hold under the chain's key"),
        ("signature", "not hexadecimal", "signature is not 96 or 192 small hexadecimal digits"),
        ("signature", "00" * 48, "does not hold under the chain's key"),
        ("signature", "ff" * 48, "does not hold under the chain's key"),
        ("signature", "c0" + "00" * 47, "does not hold under the chain's key"),
        ("previous_signature", "ab", "previous_signature is not"),
        ("randomness", "00" * 32, "not the SHA-256 of the signature"),
        ("round", "657413", "not a whole number"),
    ],
)
def test_a_beacon_whose_proof_fails_is_refused(key: str, value: Any, message: str) -> None:
    with pytest.raises(SeedInvalid, match=message):
        beacon.randomness(QUICKNET, QUICKNET["beacon"] | {key: value})


def test_a_beacon_of_another_chain_is_refused() -> None:
    chain, given = chained(BEACONS[0])
    with pytest.raises(SeedInvalid, match="does not hold"):
        beacon.randomness(chain | {"public_key": BEACONS[1]["pk"]}, given)


@pytest.mark.parametrize("public", ["", "zz" * 48])
def test_a_chain_whose_key_is_no_key_is_refused(public: str) -> None:
    with pytest.raises(SeedInvalid, match="does not hold"):
        beacon.randomness(QUICKNET | {"public_key": public}, QUICKNET["beacon"])


def test_the_stream_is_shake_256_in_counter_mode() -> None:
    text = b"zhiheng-draw/1 stream\n" + b"\5" * 32 + b"targets\n" + (3).to_bytes(8, "big")
    block = hashlib.shake_256(text).digest(65536)
    expected = [int.from_bytes(block[place : place + 8], "big") for place in range(0, 80, 8)]
    assert Stream(b"\5" * 32).keys("targets", 3 * 8192, 3 * 8192 + 10).tolist() == expected


def test_the_stream_of_the_specification_is_that_of_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    page = (Path(__file__).parents[2] / "docs" / "explanation" / "verifiable-draws.md").read_text(encoding="utf-8")
    block = page.split("```python\n")[1].split("```")[0]
    exec(compile(block, "verifiable-draws.md", "exec"), {})  # the reader's own lines
    said = capsys.readouterr().out.strip()
    assert int(said) == int(Stream(bytes(32)).keys("targets", 8191, 8192)[0])
    assert f"# {said}" in block


def test_any_stretch_of_a_stream_is_the_same_however_it_is_read() -> None:
    stream = Stream(b"\1" * 32)
    whole = stream.keys("targets", 0, 30_000)
    assert stream.keys("targets", 8_190, 20_005).tolist() == whole[8_190:20_005].tolist()
    assert stream.keys("targets", 5, 5).tolist() == []
    assert stream.keys("order", 0, 4).tolist() != whole[:4].tolist()


def test_every_party_decides_the_seed_and_none_can_change_its_mind() -> None:
    secrets = {"bureau": bytes(range(32)), "consumers": bytes(range(32, 64))}
    terms = {"kind": "reveal", "parties": {name: seed.promise(name, secret) for name, secret in secrets.items()}}
    given = {"secrets": {name: secret.hex() for name, secret in secrets.items()}}
    assert seed.entropy(terms, given) == secrets["bureau"] + secrets["consumers"]
    for name in secrets:
        with pytest.raises(SeedInvalid, match=f"{name} is not the one that was promised"):
            seed.entropy(terms, {"secrets": given["secrets"] | {name: "aa" * 32}})
        with pytest.raises(SeedInvalid, match=f"{name} has not revealed"):
            seed.entropy(terms, {"secrets": {other: text for other, text in given["secrets"].items() if other != name}})


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ({"kind": "dice"}, "'dice' is not one of drand, rfc3797, reveal"),
        ({"kind": "drand", "chain": "quicknet", "round": "soon"}, "'soon' is not the number of a drand round"),
        ({"kind": "rfc3797", "sources": []}, "name each source"),
        ({"kind": "reveal", "parties": {"bureau": "0" * 64}}, "at least two parties"),
        ({"kind": "reveal", "parties": {"bureau": "0" * 64, "me": "secret"}}, "me has no hash"),
    ],
)
def test_a_plan_whose_seed_cannot_be_used_is_refused(terms: dict[str, Any], message: str) -> None:
    with pytest.raises(DrawInvalid, match=message):
        seed.check_terms(terms)
