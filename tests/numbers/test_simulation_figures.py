"""Figures of the simulated nation against what was written elsewhere, and against its own truth."""

import csv
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from zhiheng.simulation.batches import Batches, batches, joined
from zhiheng.simulation.cells import CAUSES
from zhiheng.simulation.design import TARGETED
from zhiheng.simulation.draws import GOLDEN, mixed, normal, numbered, uniform
from zhiheng.simulation.firms import ALPHABET, Firms, codes, credit_check, organisation_check
from zhiheng.simulation.settings import sourced
from zhiheng.simulation.truth import strata_of
from zhiheng.simulation.world import World, world

REFERENCE = Path(__file__).parent / "reference"
# a Monte-Carlo figure is held to four standard errors: one false alarm in 16,000
ERRORS = 4


@pytest.fixture(scope="module")
def country() -> World:
    return world(seed=7, size=0.01, start=date(2025, 4, 1), days=275)


@pytest.fixture(scope="module")
def drawn(country: World) -> Batches:
    return joined([batches(country, day, numbered(int(n))) for day, n in enumerate(country.calendar.batches)])


def test_the_counter_is_splitmix64() -> None:
    # first outputs for seed 1234567, as published with the reference implementation (Rosetta Code, "Pseudo-random numbers/Splitmix64")
    state = np.uint64(1234567) + np.arange(1, 6, dtype=np.uint64) * GOLDEN
    assert mixed(state).tolist() == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]


def test_draws_are_uniform_and_normal() -> None:
    count = numbered(200_000)
    flat, bell = uniform(3, "a", count), normal(3, "b", count)
    tally = np.bincount((flat * 20).astype(int), minlength=20)
    # chi-square with 19 degrees of freedom: 52.4 is passed once in 16,000
    assert ((tally - 10_000) ** 2 / 10_000).sum() < 52.4
    assert abs(bell.mean()) < ERRORS / np.sqrt(len(bell)) and abs(bell.std() - 1) < ERRORS / np.sqrt(2 * len(bell))
    assert abs(np.corrcoef(flat, uniform(3, "c", count))[0, 1]) < ERRORS / np.sqrt(len(flat))


def places(text: str) -> list[int]:
    return [ALPHABET.index(letter) for letter in text]


def test_check_characters_are_those_of_codes_that_exist() -> None:
    rows = list(csv.DictReader((REFERENCE / "uscc.csv").read_text(encoding="utf-8").splitlines()))
    body = np.array([places(row["code"][:17]) for row in rows])
    assert [ALPHABET[n] for n in credit_check(body)] == [row["code"][17] for row in rows]
    # the organisation code inside carries a check character of its own
    assert [ALPHABET[n] for n in organisation_check(body[:, 8:16])] == [row["code"][16] for row in rows]


def test_codes_of_firms_are_distinct_and_say_that_they_are_made_up(country: World) -> None:
    rank = np.arange(500)
    found = codes(country.places, Firms(rank % 4, rank % 300, rank)).tolist()
    assert len(set(found)) == 500
    assert all(len(code) == 18 and code[8:10] == "XN" for code in found)
    assert all(code[2:8] == country.places.codes[n % 300] for n, code in enumerate(found))


def test_every_province_of_the_mainland_is_drawn(country: World, drawn: Batches) -> None:
    assert len(country.places.provinces) == 31
    assert set(drawn.province.tolist()) == set(range(31))
    assert len(drawn.key) == 45_600


def test_drawn_batches_fail_as_often_as_the_bulletin_says(drawn: Batches) -> None:
    share = (drawn.planted >= 0).mean()
    assert abs(share - 0.0271) < ERRORS * np.sqrt(0.0271 * 0.9729 / len(drawn.key))


def test_causes_of_failures_are_those_of_the_bulletin(country: World, drawn: Batches) -> None:
    bad = drawn.take(drawn.planted >= 0)
    cause = country.cells.cause[country.cells.first[bad.panel] + bad.planted]
    for name, wanted in (("pesticide", 0.3766), ("microbe", 0.1881), ("additive", 0.1308)):
        share = (cause == CAUSES.index(name)).mean()
        assert abs(share - wanted) < ERRORS * np.sqrt(wanted * (1 - wanted) / len(cause)), name


@pytest.mark.parametrize("arm", [0, TARGETED])
def test_weighted_by_inclusion_each_arm_finds_the_truth_and_the_raw_share_of_the_targeted_one_does_not(
    country: World, drawn: Batches, arm: int
) -> None:
    truth = strata_of(country)
    true = float((truth["population"] * truth["failing"]).sum() / truth["population"].sum())
    own = drawn.take(drawn.arm == arm)
    bad, weight = (own.planted >= 0).astype(float), 1 / own.inclusion
    found = (weight * bad).sum() / weight.sum()
    error = np.sqrt((weight**2 * (bad - found) ** 2).sum()) / weight.sum()
    assert abs(found - true) < ERRORS * error
    raw = abs(bad.mean() - true) / (bad.std() / np.sqrt(len(bad)))
    assert (raw > 8) == (arm == TARGETED)
    # the weights of an arm add up to the market; the number drawn is itself a draw
    assert weight.sum() == pytest.approx(country.design.population, rel=0.02)


def test_the_strata_add_up_to_the_market(country: World) -> None:
    assert strata_of(country)["population"].sum() == pytest.approx(45_600 * 40)


def test_every_figure_of_the_settings_has_a_source() -> None:
    entries = [(section, name, entry) for section, body in sourced().items() for name, entry in body.items()]
    assert len(entries) > 50
    assert [name for _, name, entry in entries if not (set(entry) == {"value", "source"} and entry["source"])] == []
