"""Rates of single stations and dated cores, from their readings.

Each row of a result is one replicate: a station, or a dated core.
"""

from __future__ import annotations

import datetime
import math

import numpy as np
import pandas as pd

from mrv.inputs.soil_declaration import DatedCores
from mrv.soil.elevation import accretion_rate, elevation_change_rate, pin_changes
from mrv.soil.lead_210 import (
    T_HA_PER_G_M2,
    carbon_accumulation,
    constant_flux_constant_sedimentation,
    constant_rate_of_supply,
    decay_constant,
    excess,
    mass_depth,
    mean_rate_since,
)
from mrv.units import DAYS_PER_YEAR


def years_between(first: str, last: str) -> float:
    """Years of 365.25 days from one day to another. [yr]"""
    return (datetime.date.fromisoformat(last) - datetime.date.fromisoformat(first)).days / DAYS_PER_YEAR


def _mean(values: list[float]) -> float:
    return math.fsum(values) / len(values)


def accretion_of_stations(markers: pd.DataFrame) -> pd.DataFrame:
    """Accretion of each station above its marker horizons, at their last reading.

    Parameters
    ----------
    markers : DataFrame
        ``station_id``, ``stratum_id``, ``marker_id``, ``laid_on``, ``read_on``, ``thickness_mm``; several
        rows of one marker and day are subsamples of it.

    Returns
    -------
    DataFrame
        ``station_id``, ``stratum_id``, ``accretion_mm_yr``, ``years`` (of the longest marker), ``source``.
    """
    rows = []
    for station, group in markers.groupby("station_id", sort=True):
        rates, spans = [], []
        marker = group["marker_id"].where(group["marker_id"].notna(), "")
        for _, readings in group.groupby([marker, group["laid_on"]], sort=True):
            last = readings[readings["read_on"] == readings["read_on"].max()]
            span = years_between(str(last["laid_on"].iloc[0]), str(last["read_on"].iloc[0]))
            rates.append(accretion_rate(last["thickness_mm"].to_numpy(dtype=np.float64), span))
            spans.append(span)
        rows.append((station, group["stratum_id"].iloc[0], _mean(rates), max(spans), group["source"].iloc[0]))
    return pd.DataFrame(rows, columns=["station_id", "stratum_id", "accretion_mm_yr", "years", "source"])


def elevation_change_of_stations(readings: pd.DataFrame) -> pd.DataFrame:
    """Change of elevation of each station between its first and its last reading.

    Only pins that were read on both days count: pins over their arm, arms over their station.

    Parameters
    ----------
    readings : DataFrame
        ``station_id``, ``stratum_id``, ``arm_id``, ``pin_id``, ``read_on``, ``height_mm``.

    Returns
    -------
    DataFrame
        ``station_id``, ``stratum_id``, ``elevation_change_mm_yr``, ``years``, ``source``; a station
        without a pin that was read on both days has NaN.
    """
    rows = []
    for station, group in readings.groupby("station_id", sort=True):
        days = sorted(group["read_on"].unique())
        first, last = (group[group["read_on"] == day] for day in (days[0], days[-1]))
        both = first.merge(last, on=["arm_id", "pin_id"], suffixes=("_first", "_last"))
        span = years_between(str(days[0]), str(days[-1]))
        arms = [
            pin_changes(arm["height_mm_first"].to_numpy(), arm["height_mm_last"].to_numpy())
            for _, arm in both.groupby("arm_id", sort=True)
        ]
        rate = elevation_change_rate(arms, span) if arms else math.nan
        rows.append((station, group["stratum_id"].iloc[0], rate, span, group["source"].iloc[0]))
    return pd.DataFrame(
        rows, columns=["station_id", "stratum_id", "elevation_change_mm_yr", "years", "source"]
    )


def accumulation_of_dated_cores(profiles: pd.DataFrame, declared: DatedCores) -> pd.DataFrame:
    """Carbon accumulation of each core dated by lead-210.

    Parameters
    ----------
    profiles : DataFrame
        Sections of the cores, from the surface down, without gaps.
    declared : DatedCores

    Returns
    -------
    DataFrame
        ``core_id``, ``stratum_id``, ``accumulation_t_c_ha_yr`` with the error of the core's own line
        (``standard_error_t_c_ha_yr``, NaN for CRS), ``mass_accumulation_g_cm2_yr``,
        ``organic_carbon_fraction`` (mean by mass over the dated sections), ``source``.
    """
    decay = decay_constant(declared.half_life_yr.value)
    rows = []
    for core, group in profiles.groupby("core_id", sort=True):
        thickness = group["bottom_cm"] - group["top_cm"]
        mass = (thickness * group["bulk_density_g_cm3"]).to_numpy(dtype=np.float64)
        carbon = group["organic_carbon_fraction"].to_numpy(dtype=np.float64)
        unsupported = excess(
            group["total_lead_210_bq_kg"].to_numpy(dtype=np.float64),
            group["supported_lead_210_bq_kg"].to_numpy(dtype=np.float64),
        )
        if declared.model == "cf_cs":
            line = constant_flux_constant_sedimentation(mass_depth(mass), unsupported, decay)
            rate, error = line.mass_accumulation_g_cm2_yr, line.standard_error_g_cm2_yr
            dated = unsupported > 0
        else:
            dated = np.arange(len(mass)) <= int(np.flatnonzero(unsupported > 0)[-1])
            positive = np.clip(unsupported[dated], 0.0, None)
            ages = constant_rate_of_supply(mass[dated], positive, decay).age_at_base_yr
            years = declared.years if declared.years is not None else math.nan
            rate, error = mean_rate_since(mass[dated], ages, years), math.nan
        share = math.fsum((carbon * mass)[dated]) / math.fsum(mass[dated])
        per_rate = float(carbon_accumulation(1.0, share)) * T_HA_PER_G_M2
        rows.append(
            (
                core,
                group["stratum_id"].iloc[0],
                rate * per_rate,
                error * per_rate,
                rate,
                share,
                group["source"].iloc[0],
            )
        )
    columns = [
        "core_id",
        "stratum_id",
        "accumulation_t_c_ha_yr",
        "standard_error_t_c_ha_yr",
        "mass_accumulation_g_cm2_yr",
        "organic_carbon_fraction",
        "source",
    ]
    return pd.DataFrame(rows, columns=columns)
