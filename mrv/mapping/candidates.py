"""Candidate models from the simplest to the most flexible.

A candidate judges the settings it may take on plots that were left out, fits itself with one of them, and
hands back a :mod:`form <mrv.mapping.forms>`. Fits are scikit-learn's; what they found is taken out as
numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from mrv.mapping.candidate import Candidate
from mrv.mapping.gaussian_models import PredictorProcess, ResidualKriging
from mrv.mapping.linear_models import LinearModel
from mrv.mapping.simple_models import HeightPower, StratumMean
from mrv.mapping.tree_models import GradientBoosting, RandomForest

STRENGTHS = tuple({"alpha": alpha} for alpha in (100.0, 10.0, 1.0, 0.1))

ALL: Mapping[str, Candidate] = MappingProxyType(
    {
        candidate.name: candidate
        for candidate in (
            StratumMean(),
            HeightPower(),
            LinearModel("ridge", STRENGTHS, weights=True),
            LinearModel(
                "partial_least_squares", tuple({"components": k} for k in (1, 2, 3, 4)), weights=False
            ),
            LinearModel("stratum_ridge", STRENGTHS, weights=True, by_stratum=True),
            ResidualKriging("stratum_kriging", StratumMean()),
            PredictorProcess(),
            RandomForest(),
            GradientBoosting(),
            ResidualKriging("forest_kriging", RandomForest()),
        )
    }
)
"""Candidates by name, the simplest first."""

LINEAR_ON_BIOMASS: Mapping[str, Candidate] = MappingProxyType(
    {
        name: replace(candidate, scales=("identity",))
        for name, candidate in ALL.items()
        if isinstance(candidate, LinearModel)
    }
)
"""Candidates of which the mean over an area is the value at the means of the predictors."""

BASELINES = ("stratum_mean", "height_power")
"""Always reported beside whatever is chosen."""
