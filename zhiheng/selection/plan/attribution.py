"""In which arm each drawn target was drawn: a function of the draw's own seed, so that anybody can compute it again.

Value i of the stream's label `arm` belongs to row i of the list, like `targets`. Whoever was drawn with probability π is of the
random arm where value x π < 2^64 x (the stratum's chance in the random arm); the others are of the targeted arm. Both are
compared as whole numbers. So the random arm is an equal chance for the whole stratum, whoever else was drawn.
"""

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from zhiheng.errors import DrawInvalid, PlanInvalid
from zhiheng.selection import commitment
from zhiheng.selection.draw import OUTCOME, TABLE
from zhiheng.selection.frozen import scan
from zhiheng.selection.plan.chances import base
from zhiheng.selection.stream import BITS, Stream

LABEL, ARMS = "arm", "arms.csv"
HEADER = "row,stratum,id,arm,probability,random,weight,inspectors"


def attributed(folder: Path) -> list[dict[str, Any]]:
    """The drawn targets of a folder with their arm, their probability, that of the random arm, and the weight 1 / probability.

    DrawInvalid: nothing was drawn yet. PlanInvalid: the list was not written by a plan: it has no floor.
    """
    found = commitment.committed(folder)
    if not (folder / OUTCOME).exists():
        raise DrawInvalid(f"{folder}: nothing is drawn yet; 'zhiheng draw run {folder}' comes first")
    stream = Stream(bytes.fromhex(json.loads((folder / OUTCOME).read_bytes())["seed"]))
    drawn = list(_drawn(folder / TABLE))
    path = folder / found.body["list"]
    frozen = scan(path, wanted=np.array([int(entry[0]) for entry in drawn], dtype=np.int64), sizes=True)
    if "floor" not in frozen.header:
        raise PlanInvalid(
            f"{path.name} line 1: there is no column 'floor'; arms are known of plans by 'zhiheng plan make' only"
        )
    at, sizes = frozen.header.index("floor"), np.concatenate(frozen.sizes)
    strata = {entry.stratum: (entry, n) for entry, n in zip(found.strata, found.n, strict=True)}
    chance: dict[str, Fraction] = {}
    rows = []
    for row, stratum, unit, probability, inspectors in drawn:
        place = int(row)
        if stratum not in chance:
            entry, n = strata[stratum]
            floor = int(frozen.lines[place].split(",")[at])
            chance[stratum] = Fraction(*base(sizes[entry.first : entry.first + entry.units], floor, n))
        value, pi = int(stream.keys(LABEL, place, place + 1)[0]), Fraction(probability)
        rows.append(
            {
                "row": place,
                "stratum": stratum,
                "id": unit,
                "arm": "random" if value * pi < chance[stratum] * (1 << BITS) else "targeted",
                "probability": probability,
                "random": f"{chance[stratum].numerator}/{chance[stratum].denominator}",
                "weight": float(1 / pi),
                "inspectors": inspectors,
            }
        )
    return rows


def write(folder: Path) -> list[dict[str, Any]]:
    """Write arms.csv beside the outcome and give its rows."""
    rows = attributed(folder)
    lines = [HEADER, *(",".join(str(cell) for cell in row.values()) for row in rows)]
    commitment.written(folder / ARMS, ("\n".join(lines) + "\n").encode())
    return rows


def _drawn(path: Path) -> Iterator[list[str]]:
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        yield line.split(",")
