"""The settings of the simulated country: figures, each with its source, from nation.yaml."""

from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

Figures = dict[str, Any]


@lru_cache(maxsize=1)
def sourced() -> Figures:
    """Section → name → {value, source}."""
    text = (files("zhiheng") / "simulation" / "nation.yaml").read_text(encoding="utf-8")
    body: Figures = yaml.safe_load(text)
    return body


def figures(section: str) -> Figures:
    """The values of one section.

    >>> figures("size")["batches"]
    4560000
    """
    return {name: entry["value"] for name, entry in sourced()[section].items()}
