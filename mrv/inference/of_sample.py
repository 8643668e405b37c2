"""Estimates with a layer that covers a sample of the area: two-phase regression, or hybrid inference.

Where the plots were drawn by chance they correct the layer, and both samples have an error. Where they were
not, the model of the layer has to be believed: its error stands beside that of the layer's sample.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mrv.inference.beside import Beside, beside
from mrv.inference.model_based import LinearModel, least_squares
from mrv.inference.rules import Rule
from mrv.inference.two_phase import two_phase_regression
from mrv.inference.with_map import WithMap, diagnosed
from mrv.stock.by_design import SampleDesign, stratum_estimator
from mrv.stock.clusters import cluster_mean
from mrv.stock.estimators import Array, Estimate, mean, purposive, satterthwaite
from mrv.stock.linear import Estimator, random_mean
from mrv.stock.stocks import project_mean

FEWEST_PLOTS = 4
"""Plots of a stratum that a regression with a slope can be fitted to, and judged."""

SEEN_WITHOUT_ERROR = (
    "no error: the plots were chosen on purpose, the layer was fitted to them, and model_error is not stated"
)


@dataclass(frozen=True)
class LayerSample:
    """A layer at the units that were seen, and at the plots.

    Attributes
    ----------
    units : DataFrame
        ``stratum_id``, ``predicted_t_ha``, ``cluster_id`` (what was drawn). [t_dm/ha]
    plots : DataFrame
        Plot table with ``observed`` and ``predicted`` (by a model that had not seen the plot). [per ha]
    """

    units: pd.DataFrame
    plots: pd.DataFrame

    def predicted(self, stratum: str) -> Array:
        """Predictions at the units of a stratum."""
        own = self.units[self.units["stratum_id"].astype("str") == stratum]
        return own["predicted_t_ha"].to_numpy(dtype=np.float64)

    def estimator(self, stratum: str) -> Estimator:
        """Mean over the units of a stratum by what was drawn: units, or clusters of them by their size."""
        own = self.units[self.units["stratum_id"].astype("str") == stratum]
        clusters = own["cluster_id"].astype("str")
        sizes = np.asarray(clusters.map(clusters.value_counts()), dtype=np.float64)
        return cluster_mean(list(clusters), sizes) if sizes.max() > 1 else random_mean(len(own))

    def plots_of(self, stratum: str) -> pd.DataFrame:
        """Plots of a stratum."""
        return self.plots[self.plots["stratum_id"].astype("str") == stratum]


@dataclass(frozen=True)
class _Parts:
    with_layer: Estimate
    plots_only: Estimate
    predicted: Estimate


def _two_phase_part(
    sample: LayerSample, name: str, design: SampleDesign, area_ha: float, rule: Rule
) -> _Parts:
    own = sample.plots_of(name)
    x, y = (own[column].to_numpy(dtype=np.float64) for column in ("predicted", "observed"))
    found = two_phase_regression(y, x, sample.predicted(name), sample.estimator(name)).g_weight
    alone = stratum_estimator(sample.plots, design, name, area_ha)
    plain = stratum_estimator(sample.plots, design.plain, name, area_ha)
    predicted = plain.estimator.estimate(plain.values("predicted"))
    slope = least_squares(np.column_stack([np.ones(len(x)), x]), y).coefficients[1]
    return _Parts(
        replace(found, method=rule.estimator),
        alone.estimator.estimate(alone.values("observed")),
        predicted.times(float(slope)),
    )


def two_phase(
    sample: LayerSample, design: SampleDesign, areas_ha: Mapping[str, float], rule: Rule
) -> list[WithMap]:
    """Two-phase regression estimates of every stratum, and of the project where areas are known.

    Parameters
    ----------
    sample : LayerSample
    design : SampleDesign
        Of the plots, each drawn singly.
    areas_ha : mapping
        Area of each stratum; NaN where not known. [ha]
    rule : Rule
    """
    names = sorted(areas_ha)
    areas = [areas_ha[name] for name in names]
    parts = [
        _two_phase_part(sample, name, design, area, rule) for name, area in zip(names, areas, strict=True)
    ]
    told = [
        diagnosed(name, rule, beside(p.with_layer, p.plots_only, p.predicted), sample.plots_of(name), 0.0)
        for name, p in zip(names, parts, strict=True)
    ]
    whole = [
        project_mean([getattr(part, key) for part in parts], areas)
        for key in ("with_layer", "plots_only", "predicted")
    ]
    with_layer, plots_only, predicted = whole
    if len(names) == 1 or with_layer is None or plots_only is None or predicted is None:
        return told
    both = beside(with_layer, plots_only, predicted)
    return [*told, diagnosed(None, rule, both, sample.plots, 0.0)]


@dataclass(frozen=True)
class LayerModel:
    """How predictions of a layer become biomass: as they are, or calibrated by the plots.

    Attributes
    ----------
    line : LinearModel
        Intercept and slope on the predictions, with their covariance.
    because : str or None
        Why the error of the coefficients is not known.
    """

    line: LinearModel
    because: str | None = None


def stated_model(standard_error_t_ha: float, degrees_of_freedom: float) -> LayerModel:
    """Predictions as they are, with the stated error of their mean, which every unit shares."""
    covariance = np.array([[standard_error_t_ha**2, 0.0], [0.0, 0.0]])
    return LayerModel(LinearModel(np.array([0.0, 1.0]), covariance, math.nan, degrees_of_freedom))


def calibrated_model(sample: LayerSample) -> LayerModel:
    """Line of the plots' values on the predictions of a layer that had not seen them."""
    x, y = (sample.plots[column].to_numpy(dtype=np.float64) for column in ("predicted", "observed"))
    return LayerModel(least_squares(np.column_stack([np.ones(len(x)), x]), y))


def unknown_model() -> LayerModel:
    """Predictions as they are, of whose error nothing is known."""
    return replace(stated_model(math.nan, math.nan), because=SEEN_WITHOUT_ERROR)


def hybrid(
    sample: LayerSample, model: LayerModel, areas_ha: Mapping[str, float], rule: Rule
) -> list[WithMap]:
    r"""Hybrid estimates of every stratum, and of the project where areas are known.

    Parameters
    ----------
    sample : LayerSample
    model : LayerModel
    areas_ha : mapping
        Area of each stratum; NaN where not known. [ha]
    rule : Rule

    Notes
    -----
    With :math:`\bar x` the mean of one and the predictions over what was drawn, and strata weighing by their
    area, :math:`V = \sum W_h^2 V(\bar{\hat y}_h) + \bar x' V_\alpha \bar x`: strata share the coefficients,
    so that the second part does not average out among them.

    References
    ----------
    .. [1] Ståhl et al. (2016), Forest Ecosystems 3:5, doi:10.1186/s40663-016-0064-9.
    """
    names = sorted(areas_ha)
    areas = np.array([areas_ha[name] for name in names])
    told = [_hybrid_part(sample, model, [name], np.ones(1), rule) for name in names]
    if len(names) == 1 or np.isnan(areas).any():
        return told
    whole = _hybrid_part(sample, model, names, areas / math.fsum(areas), rule)
    return [*told, replace(whole, stratum_id=None)]


def _hybrid_part(
    sample: LayerSample, model: LayerModel, names: list[str], weights: Array, rule: Rule
) -> WithMap:
    line = model.line
    means = [sample.estimator(name).estimate(sample.predicted(name)) for name in names]
    centre = np.array([1.0, math.fsum(w * m.value for w, m in zip(weights, means, strict=True))])
    slope = float(line.coefficients[1])
    sampling = np.array([(w * slope * m.standard_error) ** 2 for w, m in zip(weights, means, strict=True)])
    parameters = float(centre @ line.covariance @ centre)
    variances = np.array([*sampling, parameters])
    freedom = np.array([*(m.degrees_of_freedom for m in means), line.degrees_of_freedom])
    value = float(centre @ line.coefficients)
    error = math.sqrt(math.fsum(variances)) if math.isfinite(parameters) else math.nan
    df = satterthwaite(variances, freedom) if error > 0 else math.nan
    frame = pd.concat([sample.plots_of(name) for name in names], ignore_index=True)
    # A calibrated layer is judged by what the line makes of it.
    fitted = line.coefficients[0] + slope * frame["predicted"]
    alone = math.fsum(
        w * mean(sample.plots_of(n)["observed"].to_numpy(dtype=np.float64))
        for w, n in zip(weights, names, strict=True)
    )
    twin = replace(purposive(frame["observed"].to_numpy(dtype=np.float64)), value=alone)
    found = Estimate(value, error, df, len(frame), rule.estimator)
    both = Beside(found, twin, error)
    return replace(
        diagnosed(names[0], rule, both, frame.assign(predicted=fitted), 0.0), because=model.because
    )
