"""A list of firms that do not exist, to plan inspections from: strata, risks, last inspections, nominations.

Codes begin with 91 and XN in the organisation's part, and every name has the word 模拟, as in firms.py.
"""

import csv
from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from zhiheng.simulation.draws import Array, normal, numbered, uniform
from zhiheng.simulation.firms import Firms, codes
from zhiheng.simulation.places import places

HEADER = (
    *("id", "name", "region", "channel", "product", "firm_size", "probability", "lower", "upper", "last_inspected"),
    *("last_inspected_above", "export", "trial", "follow_up", "nominated", "units"),
)


@lru_cache(maxsize=1)
def settings() -> dict[str, Any]:
    """The assumed figures."""
    body: dict[str, Any] = yaml.safe_load(
        (files("zhiheng") / "simulation" / "targets.yaml").read_text(encoding="utf-8")
    )
    return body


def targets(path: Path, *, number: int, on: date) -> Path:
    """Write a list of so many firms as it stands on a day; the same number and day give the same list."""
    terms = settings()
    seed, place = int(terms["seed"]), numbered(number)
    where = places(seed)
    counties = np.array([at for at, code in enumerate(where.codes) if code.startswith(terms["city"])])
    weight = np.cumsum(where.weight[counties]) / where.weight[counties].sum()
    county = counties[np.searchsorted(weight, uniform(seed, "target/county", place), side="right")]
    kinds = {
        name: _kind(terms[name], uniform(seed, f"target/{name}", place)) for name in ("channels", "products", "sizes")
    }
    risk = terms["rate"] * np.exp(terms["spread"] * normal(seed, "target/risk", place))
    for name, kind in kinds.items():
        risk = risk * np.array(terms[name]["risk"])[kind]
    risk = np.clip(risk, 0.0001, terms["largest"])
    # codes of firms hold their rank in county and channel: here simply the number in the list
    ids = codes(where, Firms(kinds["channels"].astype(np.int64), county.astype(np.int64), place.astype(np.int64)))
    low, high = terms["days"]
    last = low + np.floor(uniform(seed, "target/last", place) * (high - low))
    last = np.where(uniform(seed, "target/never", place) < terms["never"], np.nan, last)
    above = uniform(seed, "target/above", place)
    lately = np.where(above < terms["above"], low + np.floor(above / terms["above"] * terms["lately"]), np.nan)
    flags = [uniform(seed, f"target/{name}", place) < terms[name] for name in ("export", "trial", "follow_up")]
    named = uniform(seed, "target/nominated", place)
    votes = np.where(named < terms["nominated"], 1 + np.floor(named / terms["nominated"] * terms["votes"]), 0)
    shown = (
        ids,
        [
            f"{where.names[at]}模拟{terms['products']['names'][kind]}{row + 1}号"
            for at, kind, row in zip(county, kinds["products"], place, strict=True)
        ],
        np.array(where.codes, dtype=object)[county],
        *(np.array(terms[name]["names"], dtype=object)[kind] for name, kind in kinds.items()),
        *(
            np.char.mod("%.5f", figure)
            for figure in (risk, risk * terms["bounds"][0], np.minimum(risk * terms["bounds"][1], 1.0))
        ),
        _days(on, last),
        _days(on, lately),
        *(flag.astype(int) for flag in flags),
        votes.astype(int),
        np.ones(number, dtype=int),
    )
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(zip(*shown, strict=True))
    return path


def _kind(terms: dict[str, Any], draw: Array) -> Array:
    found: Array = np.searchsorted(np.cumsum(terms["share"])[:-1], draw, side="right")
    return found


def _days(on: date, before: Array) -> list[str]:
    return ["" if np.isnan(days) else (on - timedelta(days=int(days))).isoformat() for days in before]
