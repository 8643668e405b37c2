"""The main job of ``mrv area``: areas free of the map's error, their covariance, and rates of change."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mrv.area.accuracy import Accuracy, Share, confusion_matrix, estimate_accuracy
from mrv.area.rates import ChangeRates, change_rates
from mrv.findings import Finding, raise_errors
from mrv.inputs.area_declaration import MangroveChange
from mrv.run.area_inputs import AreaInputs
from mrv.units import DAYS_PER_YEAR

Array = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Change:
    """Mangrove at two dates, and how fast it changed.

    Attributes
    ----------
    dates : tuple of str
    years : float
        [yr]
    area_ha : ndarray, shape (2,)
    covariance_ha2 : ndarray, shape (2, 2)
    degrees_of_freedom : float
        Of the net change, Satterthwaite's; NaN where it has no error.
    net : ChangeRates
    lost, gained : Share
        Shares of the whole area that left and that joined the mangrove.
    """

    dates: tuple[str, str]
    years: float
    area_ha: Array
    covariance_ha2: Array
    degrees_of_freedom: float
    net: ChangeRates
    lost: Share
    gained: Share


@dataclass(frozen=True)
class AreaEstimates:
    """What a reference sample says of a map and of the ground.

    Attributes
    ----------
    inputs : AreaInputs
    units : ndarray of int, shape (classes, classes)
        Reference units by map class (rows) and reference class (columns).
    accuracy : Accuracy or None
        None for a purposive sample, from which no area follows.
    mapped_ha : ndarray, shape (classes,), or None
        Mapped area of each class; None without a map. [ha]
    change : Change or None
    disagreement : float or None
        Share of the units labelled twice on which the two interpreters differ; None if there are none. [1]
    """

    inputs: AreaInputs
    units: Whole
    accuracy: Accuracy | None
    mapped_ha: Array | None
    change: Change | None
    disagreement: float | None

    @property
    def total_ha(self) -> float:
        """Whole mapped area. [ha]"""
        return math.fsum(self.mapped_ha) if self.mapped_ha is not None else math.nan

    @property
    def covariance_ha2(self) -> Array:
        """Covariance of the areas of the classes. [ha²]"""
        assert self.accuracy is not None
        return self.accuracy.covariance * self.total_ha**2

    def half_width(self, share: Share) -> float:
        """Half-width of the interval that the declaration asks for, in the unit of the share."""
        return share.half_width(self.inputs.declared.confidence_level, self.inputs.declared.interval)


def _positions(words: pd.Series[str], names: Sequence[str]) -> Whole:
    numbers = words.map({name: number for number, name in enumerate(names)})
    return np.asarray(numbers, dtype=np.int64)


def _disagreement(sample: pd.DataFrame) -> float | None:
    twice = sample[sample["second_reference_class"].notna()]
    if twice.empty:
        return None
    return float((twice["reference_class"] != twice["second_reference_class"]).mean())


def years_between(start: str, end: str) -> float:
    """Length of a period in years of 365.25 days. [yr]"""
    days = (datetime.date.fromisoformat(end) - datetime.date.fromisoformat(start)).days
    return days / DAYS_PER_YEAR


def _change(declared: MangroveChange, accuracy: Accuracy, inputs: AreaInputs, total_ha: float) -> Change:
    classes, shares = accuracy.classes, np.array([share.value for share in accuracy.shares])
    start = np.isin(classes, declared.mangrove_at_start).astype(np.float64)
    end = np.isin(classes, declared.mangrove_at_end).astype(np.float64)
    both = np.vstack([start, end])
    areas = both @ shares * total_ha
    raise_errors(
        Finding(
            inputs.where("change", "dates", number),
            "area-no-mangrove",
            "no mangrove at {date} in the reference sample: there is no rate of change",
            {"date": date},
        )
        for number, date in enumerate(declared.dates)
        if areas[number] <= 0
    )

    def together(member: Array) -> Share:
        return accuracy.combined(float(member @ shares), member)

    ratio = accuracy.combined(0.0, (end / areas[1] - start / areas[0]) * total_ha)
    level, kind = inputs.declared.confidence_level, inputs.declared.interval
    quantile = ratio.half_width(level, kind) / ratio.standard_error if ratio.standard_error else 0.0
    covariance = both @ accuracy.covariance @ both.T * total_ha**2
    years = years_between(*declared.dates)
    return Change(
        declared.dates,
        years,
        areas,
        covariance,
        ratio.degrees_of_freedom,
        change_rates(areas, covariance, years, quantile),
        together(start * (1 - end)),
        together(end * (1 - start)),
    )


def estimate_areas(inputs: AreaInputs) -> AreaEstimates:
    """Accuracy, areas and rates from a declaration with a labelled reference sample.

    Parameters
    ----------
    inputs : AreaInputs
        With a sample.
    """
    declared, sample = inputs.declared, inputs.sample
    assert sample is not None
    assert declared.reference is not None
    classes = declared.classes
    mapped = _positions(sample["map_class"], classes)
    reference = _positions(sample["reference_class"], classes)
    units = confusion_matrix(mapped, reference, len(classes))
    disagreement = _disagreement(sample)
    mapped_ha = None
    if inputs.strata is not None:
        by_class = inputs.strata.table.groupby("map_class")["area_ha"].sum()
        mapped_ha = np.array([float(by_class.get(name, 0.0)) for name in classes])
    if declared.reference.design == "purposive" or inputs.strata is None or mapped_ha is None:
        return AreaEstimates(inputs, units, None, mapped_ha, None, disagreement)
    table = inputs.strata.table
    total = math.fsum(table["area_ha"])
    accuracy = estimate_accuracy(
        classes,
        mapped,
        reference,
        _positions(sample["stratum_id"], list(table["stratum_id"])),
        table["area_ha"].to_numpy(dtype=np.float64) / total,
        table["pixels"].to_numpy(dtype=np.float64) if declared.reference.finite_population else None,
    )
    change = _change(declared.change, accuracy, inputs, total) if declared.change else None
    return AreaEstimates(inputs, units, accuracy, mapped_ha, change, disagreement)
