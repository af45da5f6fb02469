"""The stream of random numbers of a draw: SHAKE-256 in counter mode, so that anybody can compute it again.

    block j of a label = SHAKE-256("zhiheng-draw/1 stream\\n" + seed + label + "\\n" + j as 8 bytes), 65,536 bytes
    value i            = the i-th 8 bytes, most significant first, of all blocks one after the other

SHAKE-256 (FIPS 202) is in Python's standard library; any stretch of a stream is reached without what lies before it.
docs/explanation/verifiable-draws.md is the specification.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FORMAT = "zhiheng-draw/1"
VALUES_A_BLOCK = 8192
BITS = 64

Keys = NDArray[np.uint64]


@dataclass(frozen=True)
class Stream:
    """Independent streams of 64-bit numbers under one seed of 32 bytes, one for each label."""

    seed: bytes

    def block(self, label: str, number: int) -> bytes:
        """One block of a label's stream, 65,536 bytes."""
        text = f"{FORMAT} stream\n".encode() + self.seed + f"{label}\n".encode() + number.to_bytes(8, "big")
        return hashlib.shake_256(text).digest(VALUES_A_BLOCK * BITS // 8)

    def keys(self, label: str, start: int, stop: int) -> Keys:
        """The values `start` to `stop` (not included) of a label's stream.

        >>> Stream(bytes(32)).keys("targets", 8191, 8193).tolist()
        [3589846811994456529, 3858482394856660135]
        """
        first, last = start // VALUES_A_BLOCK, -(-stop // VALUES_A_BLOCK)
        drawn = b"".join(self.block(label, number) for number in range(first, last))
        offset = start - first * VALUES_A_BLOCK
        return np.frombuffer(drawn, dtype=">u8")[offset : offset + stop - start].astype(np.uint64)

    def below(self, label: str, bound: int) -> int:
        """A whole number from 0 to bound - 1, from the first two values of a label: bias less than bound / 2 ** 128.

        >>> Stream(bytes(32)).below("start", 6)
        1
        """
        high, low = (int(value) for value in self.keys(label, 0, 2))
        return ((high << BITS | low) * bound) >> (2 * BITS)


def uniforms(keys: Keys) -> NDArray[np.float64]:
    """Numbers on [0, 1) with 53 bits: the same doubles on every machine."""
    return (keys >> np.uint64(11)).astype(np.float64) * 2.0**-53
