"""Detectors by name, so that which of them watches a series is data (zhiheng/law/int/signals.yaml)."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhiheng.errors import StatisticsError
from zhiheng.stats.aberration import Aberrations, ears, farrington

Floats = NDArray[np.float64]


def by_ears(method: str) -> Callable[[Floats, Floats, Mapping[str, Any]], Aberrations]:
    """EARS C1, C2 or C3 with the baseline and alpha of the terms."""

    def judged(counts: Floats, _: Floats, terms: Mapping[str, Any]) -> Aberrations:
        return ears(counts, method=method, baseline=int(terms["baseline"]), alpha=float(terms["alpha"]))

    return judged


def by_farrington(counts: Floats, _: Floats, terms: Mapping[str, Any]) -> Aberrations:
    """Farrington's flexible method with its own settings; for weekly counts of several years."""
    del terms
    return farrington(counts)


DETECTORS: dict[str, Callable[[Floats, Floats, Mapping[str, Any]], Aberrations]] = {
    "ears-c1": by_ears("C1"),
    "ears-c2": by_ears("C2"),
    "ears-c3": by_ears("C3"),
    "farrington": by_farrington,
}


def detect(counts: Floats, judged: Floats, terms: Mapping[str, Any]) -> Aberrations:
    """Series by time under the detector that the terms name. StatisticsError: an unknown one."""
    name = str(terms.get("detector", "ears-c1"))
    if name not in DETECTORS:
        raise StatisticsError(f"the detector '{name[:40]}' is not known: name one of {', '.join(DETECTORS)}")
    return DETECTORS[name](counts, judged, terms)
