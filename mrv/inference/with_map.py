"""Estimates of a survey with a map: by stratum and for the project, the plots-only twin always beside.

A population is completed first: every plot and every hectare gets a prediction, if only the mean of the
stratum's plots where the map may not be used. Carbon follows by the plots' own ratio of carbon to
above-ground biomass, a change by the difference of two completed populations at the same plots.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mrv.inference.beside import Beside, beside
from mrv.inference.model_assisted import OutOfSample, completed_by_stratum_mean, difference_estimator
from mrv.inference.rules import Rule
from mrv.inference.skewed import SKEWED_ABOVE, bootstrap_t_interval, log_scale_interval, skewness
from mrv.stock.by_design import SampleDesign, stratum_estimator
from mrv.stock.estimators import Array, Estimate, Interval, mean
from mrv.stock.stocks import project_mean
from mrv.streams import Streams


@dataclass(frozen=True)
class MappedPlots:
    """Plots with a prediction each, and the mean of the predictions over each stratum.

    Attributes
    ----------
    plots : DataFrame
        Plot table with ``observed``, ``predicted`` and ``inside`` (whether the prediction is the map's);
        by stratum and plot. [per ha]
    map_means : mapping
        Mean of the predictions over each stratum, by stratum. [per ha]
    outside_shares : mapping
        Share of each stratum's area where the map may not be used. [1]
    """

    plots: pd.DataFrame
    map_means: Mapping[str, float]
    outside_shares: Mapping[str, float]

    def stratum(self, name: str) -> pd.DataFrame:
        """Plots of a stratum."""
        return self.plots[self.plots["stratum_id"].astype("str") == name]


DRAWN_SINGLY = ("simple_random", "stratified", "systematic")
"""Designs whose plots are the replicates, each with the same chance."""

DESIGN_COLUMNS = ["plot_id", "stratum_id", "cluster_id", "plots_in_cluster"]


def completed_population(
    plots: pd.DataFrame,
    observed: str,
    predicted: OutOfSample,
    strata: pd.DataFrame,
    inside_share: Array | None = None,
) -> MappedPlots:
    """Predictions for every plot and over the whole of every stratum.

    Parameters
    ----------
    plots : DataFrame
        Plot table of the survey; the order of the predictions.
    observed : str
        Column that was mapped. [per ha]
    predicted : OutOfSample
        NaN where the map may not be used.
    strata : DataFrame
        ``stratum_id``, ``map_mean_t_ha`` (NaN where the map has no value), ``outside_share``.
    inside_share : ndarray, shape (n,), optional
        Share of each plot where the map may be used; all of a plot with a prediction if left out. [1]
    """
    inside = np.isfinite(predicted.at_plots)
    share = inside.astype(np.float64) if inside_share is None else np.where(inside, inside_share, 0.0)
    frame = plots.assign(
        observed=plots[observed].to_numpy(dtype=np.float64),
        predicted=predicted.at_plots,
        inside=inside,
        inside_share=share,
    )
    frame = frame.sort_values(["stratum_id", "plot_id"], kind="stable", ignore_index=True)
    parts, means, outside = [], {}, {}
    for row in strata.itertuples():
        name = str(row.stratum_id)
        own = frame[frame["stratum_id"].astype("str") == name]
        outside_share = 1.0 if math.isnan(float(str(row.map_mean_t_ha))) else float(str(row.outside_share))
        whole = completed_by_stratum_mean(
            own["observed"].to_numpy(),
            replace(predicted, at_plots=own["predicted"].to_numpy()),
            own["inside_share"].to_numpy(dtype=np.float64),
            float(str(row.map_mean_t_ha)),
            outside_share,
        )
        parts.append(own.assign(predicted=whole.predicted.at_plots))
        means[name], outside[name] = whole.map_mean, outside_share
    return MappedPlots(pd.concat(parts, ignore_index=True), means, outside)


def _left_out_ratios(numerator: Array, denominator: Array) -> Array:
    """For each plot the ratio of the sums over all others."""
    return np.asarray((math.fsum(numerator) - numerator) / (math.fsum(denominator) - denominator))


def carried_over(mapped: MappedPlots, plots: pd.DataFrame, column: str) -> MappedPlots:
    """Predictions of another column by its ratio to the mapped one at the plots of the stratum.

    The ratio of each plot is that of the others, so that its residual stays one of an unseen plot. A
    stratum whose plots hold nothing of what was mapped has no ratio; its plots predict for themselves.

    Parameters
    ----------
    mapped : MappedPlots
        Such as of above-ground biomass. [t_dm/ha]
    plots : DataFrame
        Plot table of the survey.
    column : str
        Such as ``total_t_c_ha``.
    """
    values = plots.set_index(plots["plot_id"].astype("str"))[column]
    parts, means = [], {}
    for name in mapped.map_means:
        own = mapped.stratum(name)
        observed = values.loc[own["plot_id"].astype("str")].to_numpy(dtype=np.float64)
        base = own["observed"].to_numpy(dtype=np.float64)
        if np.count_nonzero(base) < 2:
            others = OutOfSample.foreign(own["predicted"].to_numpy())
            none = np.zeros(len(own))
            alone = completed_by_stratum_mean(observed, others, none, math.nan, 1.0)
            predicted, means[name] = alone.predicted.at_plots, alone.map_mean
        else:
            predicted = own["predicted"].to_numpy() * _left_out_ratios(observed, base)
            means[name] = mapped.map_means[name] * math.fsum(observed) / math.fsum(base)
        parts.append(own.assign(observed=observed, predicted=predicted))
    return MappedPlots(pd.concat(parts, ignore_index=True), means, mapped.outside_shares)


def change_between(first: MappedPlots, second: MappedPlots) -> MappedPlots | None:
    """Change of what was mapped, at plots measured at both dates; None unless these are the same plots.

    The change of the predictions is corrected at the plots, so that no map has to be right; without
    plots measured twice there is no correction, and two maps are not subtracted.
    """
    if not first.plots[DESIGN_COLUMNS].equals(second.plots[DESIGN_COLUMNS]):
        return None
    plots = second.plots.assign(
        observed=second.plots["observed"] - first.plots["observed"],
        predicted=second.plots["predicted"] - first.plots["predicted"],
        inside=first.plots["inside"] & second.plots["inside"],
    )
    means = {name: second.map_means[name] - first.map_means[name] for name in second.map_means}
    outside = {
        name: max(first.outside_shares[name], second.outside_shares[name]) for name in second.map_means
    }
    return MappedPlots(plots, means, outside)


@dataclass(frozen=True)
class WithMap:
    """An estimate with a map beside the one without, and what tells how good the map is.

    Attributes
    ----------
    stratum_id : str or None
        None for the project.
    rule : Rule
    both : Beside
    outside_share : float
        Share of the area where the map may not be used. [1]
    plots_inside : int
    mean_residual, rmse : float
        Of plots that the model had not seen, observed less predicted; in the unit of the estimate.
    slope : float
        Of observed on predicted values; below one where the map tells highs and lows too far apart,
        above one where it draws them together; NaN where predictions are all alike.
    skewness : float
        Of the plots' values; above one, the two other intervals are given.
    bootstrap_t, log_scale : Interval or None
    because : str or None
        Why there is no error.
    """

    stratum_id: str | None
    rule: Rule
    both: Beside
    outside_share: float
    plots_inside: int
    mean_residual: float
    rmse: float
    slope: float
    skewness: float
    bootstrap_t: Interval | None = None
    log_scale: Interval | None = None
    because: str | None = None


def slope_of(observed: Array, predicted: Array) -> float:
    """Slope of observed on predicted values."""
    centred = predicted - mean(predicted)
    spread = math.fsum(centred**2)
    return math.fsum(centred * observed) / spread if spread > 0 else math.nan


def diagnosed(
    stratum_id: str | None, rule: Rule, both: Beside, plots: pd.DataFrame, outside: float
) -> WithMap:
    """Estimate with what its residuals tell of the map."""
    observed = plots["observed"].to_numpy(dtype=np.float64)
    predicted = plots["predicted"].to_numpy(dtype=np.float64)
    residuals = observed - predicted
    return WithMap(
        stratum_id,
        rule,
        both,
        outside,
        int(plots["inside"].sum()),
        mean(residuals),
        math.sqrt(mean(residuals**2)),
        slope_of(observed, predicted),
        skewness(observed),
    )


@dataclass(frozen=True)
class _Means:
    """Three means of one area under the design."""

    with_map: Estimate
    plots_only: Estimate
    predicted: Estimate


def _means_of(mapped: MappedPlots, name: str, design: SampleDesign, area_ha: float) -> _Means:
    frame = mapped.plots.assign(residual=mapped.plots["observed"] - mapped.plots["predicted"])
    alone = stratum_estimator(frame, design, name, area_ha)
    # What is known beside the plots serves the plots; the map takes its place for the residuals.
    plain = stratum_estimator(frame, design.plain, name, area_ha)
    residual, predicted = (
        plain.estimator.estimate(plain.values(column)) for column in ("residual", "predicted")
    )
    return _Means(
        difference_estimator(mapped.map_means[name], residual),
        alone.estimator.estimate(alone.values("observed")),
        predicted,
    )


def _whole(parts: Sequence[_Means], areas: Sequence[float]) -> _Means | None:
    joined = [
        project_mean([getattr(part, name) for part in parts], areas)
        for name in ("with_map", "plots_only", "predicted")
    ]
    first, second, third = joined
    return None if first is None or second is None or third is None else _Means(first, second, third)


def model_assisted(
    mapped: MappedPlots,
    design: SampleDesign,
    areas_ha: Mapping[str, float],
    rule: Rule,
    level: float,
    streams: Streams,
    variable: str,
) -> list[WithMap]:
    """Difference estimates of every stratum, and of the project where areas are known.

    Parameters
    ----------
    mapped : MappedPlots
    design : SampleDesign
        How the plots were drawn; the residuals are estimated by it like any other value.
    areas_ha : mapping
        Area of each stratum; NaN where not known. [ha]
    rule : Rule
    level : float
        Confidence level of the intervals for skewed plots.
    streams : Streams
    variable : str
        Key of the random numbers of the bootstrap.
    """
    names = list(mapped.map_means)
    areas = [areas_ha[name] for name in names]
    means = [_means_of(mapped, name, design, area) for name, area in zip(names, areas, strict=True)]

    def judged(name: str | None, part: _Means, strata: Sequence[str]) -> WithMap:
        frames = [mapped.stratum(stratum) for stratum in strata]
        weights = np.array([areas_ha[stratum] for stratum in strata]) if name is None else np.ones(1)
        weights = weights / math.fsum(weights)
        outside = math.fsum(
            w * mapped.outside_shares[stratum] for w, stratum in zip(weights, strata, strict=True)
        )
        both = beside(part.with_map, part.plots_only, part.predicted)
        told = diagnosed(name, rule, both, pd.concat(frames), outside)
        if not told.skewness > SKEWED_ABOVE:
            return told
        residuals = [(frame["observed"] - frame["predicted"]).to_numpy() for frame in frames]
        key = f"{variable}|{name or 'project'}"
        return replace(
            told,
            log_scale=log_scale_interval(part.with_map, level),
            bootstrap_t=bootstrap_t_interval(part.with_map, residuals, weights, level, streams, key)
            if design.kind in DRAWN_SINGLY
            else None,
        )

    estimates = [judged(name, part, [name]) for name, part in zip(names, means, strict=True)]
    whole = _whole(means, areas) if len(names) > 1 else None
    return [*estimates, *([judged(None, whole, names)] if whole else [])]
