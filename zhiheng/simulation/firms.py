"""Firms that do not exist: found by arithmetic, so that sixteen million of them take no memory.

A firm is its channel, its county and its rank there; large firms come first and have most batches. Its code is a unified
social credit code (GB 32100-2015: 17 characters and a check character modulo 31, weights 3^i) around an organisation code
(GB 11714-1997: 8 characters and a check character modulo 11). Every organisation code begins with XN and every name has
the word 模拟, so nobody can take one for a firm that exists.
"""

from dataclasses import dataclass

import numpy as np

from zhiheng.simulation.draws import Array, bits, mixed
from zhiheng.simulation.places import Places
from zhiheng.simulation.settings import figures
from zhiheng.simulation.world import World

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
PREFIX, AUTHORITY = "XN", "91"
RANK = 6
MODULUS = 31
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
ORGANISATION_CHECK = "0123456789X"


@dataclass(frozen=True)
class Firms:
    """Firms as parallel arrays: channel, county (place among the counties) and rank in the county from 0."""

    channel: Array
    county: Array
    rank: Array


def firm(world: World, *, channel: Array, county: Array, size: Array, draw: Array) -> Firms:
    """A firm of the size in the county; the first ranks of a size are drawn most often."""
    terms = figures("firms")
    ends = np.concatenate([[0.0], np.cumsum(terms["share"])])
    count = world.firms[county]
    low, high = np.floor(count * ends[size]), np.floor(count * ends[size + 1])
    width = np.maximum(high - low, 1)
    rank = np.minimum(low + np.floor(width * draw ** terms["tail"]), count - 1)
    return Firms(channel.astype(np.int64), county.astype(np.int64), rank.astype(np.int64))


def codes(places: Places, firms: Firms) -> Array:
    """The unified social credit code of each firm."""
    region = np.array([[int(digit) for digit in code] for code in places.codes], dtype=np.int64)[firms.county]
    body = np.concatenate([indices(AUTHORITY, len(firms.rank)), region, organisation(firms)], axis=1)
    return spelled(np.concatenate([body, credit_check(body)[:, None]], axis=1))


def credit_check(body: Array) -> Array:
    """The place in the alphabet of the check character of seventeen characters (GB 32100-2015)."""
    weight = np.array([pow(3, place, MODULUS) for place in range(body.shape[1])])
    found: Array = (MODULUS - body @ weight % MODULUS) % MODULUS
    return found


def organisation_check(body: Array) -> Array:
    """The place in the alphabet of the check character of eight characters (GB 11714-1997)."""
    worth = np.array([LETTERS.index(letter) for letter in ALPHABET])[body]
    check = (11 - worth @ np.array(ORGANISATION_WEIGHTS) % 11) % 11
    found: Array = np.array([ALPHABET.index(letter) for letter in ORGANISATION_CHECK])[check]
    return found


def indices(text: str, size: int) -> Array:
    """The places of a fixed text in the alphabet, repeated."""
    return np.tile(np.array([ALPHABET.index(letter) for letter in text], dtype=np.int64), (size, 1))


def organisation(firms: Firms) -> Array:
    """Nine characters: XN, the firm's channel and rank, and the check character of GB 11714."""
    number = firms.rank * 4 + firms.channel
    digits = np.stack([number // MODULUS**power % MODULUS for power in range(RANK - 1, -1, -1)], axis=1)
    body = np.concatenate([indices(PREFIX, len(number)), digits], axis=1)
    found: Array = np.concatenate([body, organisation_check(body)[:, None]], axis=1)
    return found


def spelled(places: Array) -> Array:
    """Rows of places in the alphabet as texts."""
    letters = np.frombuffer(ALPHABET.encode("ascii"), dtype=np.uint8)[places]
    joined = np.ascontiguousarray(letters).view(f"S{places.shape[1]}").ravel()
    found: Array = joined.astype(f"U{places.shape[1]}").astype(object)
    return found


def names(world: World, firms: Firms) -> Array:
    """What a firm is called: county, two words, 模拟, and the form that goes with its channel."""
    terms = figures("words")
    key = (firms.county * 4 + firms.channel) * (1 << 32) + firms.rank
    draw = bits(world.seed, "firm/name", key)
    county = np.array(world.places.names, dtype=object)[firms.county]
    first = np.array(terms["first"], dtype=object)[draw % np.uint64(len(terms["first"]))]
    second = np.array(terms["second"], dtype=object)[mixed(draw) % np.uint64(len(terms["second"]))]
    form = np.array(terms["forms"], dtype=object)[firms.channel]
    found: Array = county + first + second + "模拟" + form
    return found
