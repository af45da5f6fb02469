"""The counts of many baselines side by side, with what every fit needs of them, worked out once."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
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

    def take(self, rows: NDArray[np.int64], last: NDArray[np.int64], back: NDArray[np.int64]) -> "Responses":
        """Problems by rows of the baseline: of series `rows` the weeks `last - back`, `back` descending to 0."""
        width = int(back[0]) + 1
        kept = None if back.size == width else width - 1 - back

        def cut(values: Floats) -> Floats:
            # whole stretches are copied at once, several times faster than week by week
            found = sliding_window_view(values, width, axis=1)[rows, last - width + 1]
            return found if kept is None else found[:, kept]

        return self._each(cut)

    def some(self, chosen: NDArray[np.int64]) -> "Responses":
        """Some of the problems."""
        return self._each(lambda values: values[chosen])

    def _each(self, cut: Callable[[Floats], Floats]) -> "Responses":
        return Responses(
            cut(self.count),
            cut(self.start),
            cut(self.entropy),
            cut(self.first_deviance),
            cut(self.two_thirds),
            None if self.present is None else cut(self.present),
            None if self.exposure is None else cut(self.exposure),
        )
