"""Random numbers by counter: the same key gives the same draw, whatever was drawn before and by whatever thread.

The mixing function is the finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014, figure 17, variant 13 of Stafford).
A stream is named by a word; its draws are numbered by whole numbers such as the day, the batch and the item.
"""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Array = NDArray[Any]
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FIRST, SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
WHOLE = 2.0**-53
PARTS = 1 << 16


def mixed(state: Array) -> Array:
    """Sixty-four well-mixed bits for each state.

    >>> [hex(x) for x in mixed(np.array([0x9E3779B97F4A7C15], dtype=np.uint64))]
    ['0xe220a8397b1dcdaf']
    """
    bits: Array = state ^ (state >> np.uint64(30))
    bits *= FIRST
    bits ^= bits >> np.uint64(27)
    bits *= SECOND
    bits ^= bits >> np.uint64(31)
    return bits


@lru_cache(maxsize=512)
def stream(seed: int, name: str) -> int:
    """The start of a named stream."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{name}".encode()).digest()[:8], "big")


def bits(seed: int, name: str, *counters: Array) -> Array:
    """Sixty-four bits a counter; several counters are mixed in one after the other."""
    state: Array = np.array([stream(seed, name)], dtype=np.uint64)
    for counter in counters:
        state = mixed(state + (counter.astype(np.uint64) + np.uint64(1)) * GOLDEN)
    return state


def uniform(seed: int, name: str, *counters: Array) -> Array:
    """Numbers between 0 and 1, 1 excluded."""
    found: Array = (bits(seed, name, *counters) >> np.uint64(11)).astype(np.float64) * WHOLE
    return found


def normal(seed: int, name: str, *counters: Array) -> Array:
    """Standard normal numbers."""
    found: Array = ndtri((bits(seed, name, *counters) >> np.uint64(12)).astype(np.float64) * 2 * WHOLE + WHOLE)
    return found


def numbered(size: int) -> Array:
    """Counters from 0."""
    return np.arange(size, dtype=np.uint64)


def chosen(shares: Array, draw: Array) -> Array:
    """For each draw the place in the shares, which need not add up to one."""
    total = np.cumsum(shares, dtype=np.float64)
    found: Array = np.minimum(np.searchsorted(total, draw * total[-1], side="right"), len(total) - 1)
    return found.astype(np.int32)


def whole(ends: Sequence[int], draw: Array) -> Array:
    """Whole numbers from the least to the most, both included."""
    least, most = ends
    found: Array = (least + np.floor(draw * (most - least + 1))).astype(np.int32)
    return found


@lru_cache(maxsize=1)
def quantiles() -> Array:
    """The standard normal number for each of 65,536 equal parts of probability."""
    table: Array = ndtri((np.arange(PARTS) + 0.5) / PARTS).astype(np.float32)
    return table
