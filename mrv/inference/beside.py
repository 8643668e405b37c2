"""The estimate from plots alone beside the one with a map, and whether the two can both be right."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mrv.stock.estimators import Estimate

LARGEST_DIFFERENCE = 2.0
"""Standard errors by which the two estimates may differ before the run stops."""


@dataclass(frozen=True)
class Beside:
    """Two estimates of one mean.

    Attributes
    ----------
    with_map, plots_only : Estimate
    difference_standard_error : float
        Standard error of their difference; NaN where none is known.
    """

    with_map: Estimate
    plots_only: Estimate
    difference_standard_error: float

    @property
    def difference(self) -> float:
        """Estimate with the map less the one without."""
        return self.with_map.value - self.plots_only.value

    @property
    def standard_errors_apart(self) -> float:
        """Their difference in standard errors of the plots; where a design gives none, of the map."""
        alone = self.plots_only.standard_error
        error = alone if math.isfinite(alone) else self.with_map.standard_error
        if math.isclose(self.with_map.value, self.plots_only.value, rel_tol=1e-9):
            return 0.0
        return abs(self.difference) / error if error != 0 else math.inf

    @property
    def apart(self) -> bool:
        """Whether they differ by more than two standard errors."""
        return self.standard_errors_apart > LARGEST_DIFFERENCE


def beside(with_map: Estimate, plots_only: Estimate, predicted_mean: Estimate) -> Beside:
    """Both estimates with the standard error of their difference.

    Parameters
    ----------
    with_map, plots_only : Estimate
    predicted_mean : Estimate
        Mean of the predictions at the plots under the design. The difference estimator and the mean of
        the plots differ by the mean of the map less this one, so its error is that of the difference.
        Where the design gives none, that of the estimate with the map takes its place.
    """
    error = predicted_mean.standard_error
    return Beside(with_map, plots_only, error if math.isfinite(error) else with_map.standard_error)
