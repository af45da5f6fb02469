"""The counts of many baselines side by side, with what every fit needs of them, worked out once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from zhiheng.stats.aberration.results import Floats


@dataclass(frozen=True)
class Responses:
    """Arrays of one shape: series by weeks when first made, problems by rows of the baseline once taken.

    `count` has 0 where it is missing; `present` is 1 or 0, None when nothing is missing; `exposure` is None for counts.
    `start` is the linear predictor that iteratively reweighted least squares regresses on first (R: mustart = y + 0.1).
    """

    count: Floats
    start: Floats
    entropy: Floats
    first_deviance: Floats
    two_thirds: Floats
    present: Floats | None
    exposure: Floats | None

    @classmethod
    def of(cls, observed: Floats, exposure: Floats | None) -> "Responses":
        """Everything that depends on the counts alone. A week in which nothing was judged is a missing week."""
        there = np.isfinite(observed) if exposure is None else np.isfinite(observed) & (exposure > 0)
        whole = bool(there.all())
        count = observed if whole else np.where(there, observed, 0.0)
        shifted = count + 0.1
        start = np.log(shifted) - 0.1 / shifted
        if exposure is not None:
            exposure = np.where(there, exposure, 1.0)
            start = start - np.log(exposure)
        entropy = special.xlogy(count, count)
        # 2 (y log(y / (y + 0.1)) + 0.1), without the cancellation in it
        first = 2 * (0.1 - count * np.log1p(np.divide(0.1, count, out=np.zeros_like(count), where=count > 0)))
        return cls(
            count, start, entropy, first, np.cbrt(count) ** 2, None if whole else there.astype(np.float64), exposure
        )

    def take(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> "Responses":
        """Problems by rows of the baseline: series `rows` at weeks `columns` (problems, baseline)."""
        at = (rows[:, None], columns)

        def cut(values: Floats | None) -> Floats | None:
            return None if values is None else values[at]

        return Responses(
            self.count[at],
            self.start[at],
            self.entropy[at],
            self.first_deviance[at],
            self.two_thirds[at],
            cut(self.present),
            cut(self.exposure),
        )

    def some(self, chosen: NDArray[np.int64]) -> "Responses":
        """Some of the problems."""

        def cut(values: Floats | None) -> Floats | None:
            return None if values is None else values[chosen]

        return Responses(
            self.count[chosen],
            self.start[chosen],
            self.entropy[chosen],
            self.first_deviance[chosen],
            self.two_thirds[chosen],
            cut(self.present),
            cut(self.exposure),
        )
