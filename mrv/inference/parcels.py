"""Estimates of parcels from a map and the plots of a survey: what the map says, and what plots say of it.

Every part of a parcel in a stratum gets the mean of the map over it; where the map may not be used, the
mean of the stratum's plots. What departs from that is judged by the residuals of plots: the parcel's own
where it has enough of them, else those of the stratum.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mrv.inference.domains import SMALLEST_DIRECT, Domain
from mrv.inference.with_map import MappedPlots
from mrv.stock.by_design import SampleDesign, stratum_estimator
from mrv.stock.estimators import Array, Estimate, mean, variance

DIRECT = "difference estimator within the parcel"


@dataclass(frozen=True)
class MappedParts:
    """Parts of parcels in strata, with the map.

    Attributes
    ----------
    parcels : tuple of str
        All parcels that have a part, by name.
    strata : tuple of str
    parcel, stratum : ndarray of int, shape (parts,)
        Position of each part's parcel and stratum.
    area_ha : ndarray, shape (parts,)
        [ha]
    map_mean : ndarray, shape (parts,)
        Mean of the map where it may be used; NaN where that is nowhere. [per ha]
    outside_share : ndarray, shape (parts,)
        Share of the part where the map may not be used. [1]
    """

    parcels: tuple[str, ...]
    strata: tuple[str, ...]
    parcel: NDArray[np.intp]
    stratum: NDArray[np.intp]
    area_ha: Array
    map_mean: Array
    outside_share: Array

    def summed(self, values: Array) -> Array:
        """Sum over the parts of each parcel, shape (parcels,)."""
        return np.asarray(
            np.bincount(self.parcel, weights=values, minlength=len(self.parcels)), dtype=np.float64
        )

    @property
    def parcel_area_ha(self) -> Array:
        """Area of each parcel in strata. [ha]"""
        return self.summed(self.area_ha)

    @property
    def parcel_outside_share(self) -> Array:
        """Share of each parcel where the map may not be used. [1]"""
        return self.summed(self.area_ha * self.outside_share) / self.parcel_area_ha

    @property
    def share(self) -> Array:
        """Share of each part in its parcel. [1]"""
        return self.area_ha / self.parcel_area_ha[self.parcel]

    def completed(self, plot_means: Array) -> Array:
        """Mean of each part: of the map where it may be used, of the stratum's plots where it may not."""
        outside = np.where(np.isnan(self.map_mean), 1.0, self.outside_share)
        of_map = np.where(outside < 1, np.nan_to_num(self.map_mean), 0.0)
        return (1 - outside) * of_map + outside * plot_means[self.stratum]


def _by_stratum(parts: MappedParts, values: Mapping[str, float]) -> Array:
    return np.array([values[name] for name in parts.strata])


def map_means(parts: MappedParts, mapped: MappedPlots) -> Array:
    """Mean of the completed map over each parcel, shape (parcels,). [per ha]"""
    observed = {name: mean(mapped.stratum(name)["observed"].to_numpy()) for name in parts.strata}
    return parts.summed(parts.share * parts.completed(_by_stratum(parts, observed)))


def plot_weights(plots: pd.DataFrame, design: SampleDesign, areas_ha: Mapping[str, float]) -> Array:
    """Area that each plot stands for, up to a factor that all share, shape (plots,). [ha]"""
    if design.kind == "unequal_probability":
        times = plots["times_drawn"].fillna(1).to_numpy(dtype=np.float64)
        area = plots["unit_area_ha"].to_numpy(dtype=np.float64)
        return np.asarray(times * area / plots["draw_probability"].to_numpy(dtype=np.float64))
    strata = plots["stratum_id"].astype("str")
    counts = strata.map(strata.value_counts()).to_numpy(dtype=np.float64)
    return np.asarray(strata.map(dict(areas_ha)).to_numpy(dtype=np.float64) / counts)


def _units(frame: pd.DataFrame) -> tuple[Array, Array, list[str]]:
    """Weight, mean residual and stratum of each sampling unit among some plots."""
    weights, means, strata = [], [], []
    for _, own in frame.groupby("unit", sort=True):
        weight = own["weight"].to_numpy(dtype=np.float64)
        total = math.fsum(weight)
        weights.append(total)
        means.append(math.fsum(weight * own["residual"].to_numpy(dtype=np.float64)) / total)
        strata.append(str(own["stratum_id"].iloc[0]))
    return np.array(weights), np.array(means), strata


def direct_residual(own: pd.DataFrame, spread: Mapping[str, float]) -> Estimate | None:
    r"""Mean residual of a parcel from its own plots; None where they have no error.

    Parameters
    ----------
    own : DataFrame
        Plots of the parcel: ``unit``, ``stratum_id``, ``weight``, ``residual``.
    spread : mapping
        Variance of the units' residuals in each stratum, from all plots of it.

    Notes
    -----
    With weights :math:`W_u` and mean residuals :math:`r_u` of the k units, :math:`\bar r = \sum W_u r_u /
    \sum W_u`. With ten units and more

    .. math:: V = \frac{k}{k - 1} \frac{\sum W_u^2 (r_u - \bar r)^2}{(\sum W_u)^2},

    which for equal weights is s²/k. Fewer do not know their variance; then it is that of the stratum,
    :math:`V = \sum W_u^2 s_h^2 / (\sum W_u)^2`.
    """
    weights, residuals, strata = _units(own)
    total, k = math.fsum(weights), len(weights)
    value = math.fsum(weights * residuals) / total
    if k >= SMALLEST_DIRECT:
        squares = math.fsum((weights * (residuals - value)) ** 2) * k / (k - 1)
        return Estimate(value, math.sqrt(squares) / total, k - 1, k, DIRECT)
    squares = math.fsum(weights**2 * np.array([spread[name] for name in strata]))
    if math.isnan(squares):
        return None
    return Estimate(value, math.sqrt(squares) / total, math.nan, k, DIRECT)


def parcel_domains(
    parts: MappedParts,
    mapped: MappedPlots,
    design: SampleDesign,
    areas_ha: Mapping[str, float],
    plots_in: Mapping[str, list[str]],
) -> list[Domain]:
    """Parcels before anything is borrowed, in the order of ``parts.parcels``.

    Parameters
    ----------
    parts : MappedParts
    mapped : MappedPlots
        Plots of the survey with predictions of models that had not seen them.
    design : SampleDesign
        Under which the plots were drawn by chance.
    areas_ha : mapping
        Area of each stratum. [ha]
    plots_in : mapping
        Plots in each parcel.
    """
    frame = mapped.plots.assign(residual=mapped.plots["observed"] - mapped.plots["predicted"])
    frame = frame.assign(
        weight=plot_weights(frame, design, areas_ha),
        unit=frame["cluster_id" if design.kind == "cluster" else "plot_id"].astype("str"),
    )
    corrections, spread = {}, {}
    for name in parts.strata:
        plain = stratum_estimator(frame, design.plain, name, areas_ha[name])
        corrections[name] = plain.estimator.estimate(plain.values("residual"))
        _, residuals, _ = _units(frame[frame["stratum_id"].astype("str") == name])
        spread[name] = variance(residuals)
    values = _by_stratum(parts, {name: estimate.value for name, estimate in corrections.items()})
    errors = _by_stratum(parts, {name: estimate.standard_error for name, estimate in corrections.items()})
    predicted = map_means(parts, mapped)
    synthetic = predicted + parts.summed(parts.share * values[parts.stratum])
    error = np.sqrt(parts.summed((parts.share * errors[parts.stratum]) ** 2))
    by_plot = frame.set_index(frame["plot_id"].astype("str"))
    domains = []
    for number, name in enumerate(parts.parcels):
        names = [plot for plot in plots_in.get(name, []) if plot in by_plot.index]
        residual = direct_residual(by_plot.loc[names], spread) if names else None
        direct = None
        if residual is not None:
            direct = Estimate(
                float(predicted[number]) + residual.value,
                residual.standard_error,
                residual.degrees_of_freedom,
                residual.units,
                residual.method,
            )
        domains.append(Domain(name, float(synthetic[number]), float(error[number]), direct))
    return domains
