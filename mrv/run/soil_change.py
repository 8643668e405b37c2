"""Change of soil carbon between two dates: at fixed depths, and on the same mass of soil."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mrv.accounting.vintages import period_years
from mrv.findings import Finding
from mrv.inputs import Survey
from mrv.run.soil_figure import POOL, SoilFigure, only_whole_project
from mrv.soil.cores import PlotProfiles, depth_label
from mrv.soil.equivalent_mass import (
    Profile,
    carbon_per_mass,
    deepest_common_cm,
    depth_of_mass,
    mean_carbon,
    mean_mass,
)
from mrv.stock.by_design import SampleDesign, stratum_estimator
from mrv.stock.stocks import StockEstimate, estimate_changes
from mrv.units import CO2_PER_C

FIXED_DEPTH, SAME_MASS = "fixed depth", "equivalent soil mass"

FIXED, ON_MASS, DIFFERENCE = "fixed", "on_mass", "difference"
"""Columns of the tables of plots that changes are estimated from. [t_c/ha]"""


@dataclass(frozen=True)
class SoilSample:
    """Plots with cores of a survey: what changes are computed from.

    Attributes
    ----------
    survey : Survey
    design : SampleDesign
    by_depth : mapping of float to PlotProfiles
        Cores that have a stock to a depth, by depth and plot. [cm]
    """

    survey: Survey
    design: SampleDesign
    by_depth: Mapping[float, PlotProfiles]

    def plots(self, depth_cm: float, stratum_id: str | None = None) -> pd.DataFrame:
        """Plots with cores to a depth."""
        plots = self.survey.plots
        cored = plots[plots["plot_id"].isin(list(self.by_depth[depth_cm]))]
        own = cored if stratum_id is None else cored[cored["stratum_id"].astype("str") == stratum_id]
        return own.reset_index(drop=True)


@dataclass(frozen=True)
class _Stratum:
    """Plots of a stratum at both dates, to one depth."""

    stratum_id: str
    depth_cm: float
    designs: tuple[SampleDesign, SampleDesign]
    plots: tuple[pd.DataFrame, pd.DataFrame]
    profiles: tuple[PlotProfiles, PlotProfiles]

    @property
    def paired(self) -> bool:
        """Whether the same plots have cores at both dates."""
        return set(self.plots[0]["plot_id"]) == set(self.plots[1]["plot_id"])

    def carbon(self, date: int, depth_cm: float) -> list[float]:
        """Carbon of each plot down to a depth. [t_c/ha]"""
        return [mean_carbon(self.profiles[date][plot], depth_cm) for plot in self.plots[date]["plot_id"]]

    def mass(self, date: int, depth_cm: float) -> list[float]:
        """Dry mass of the soil of each plot down to a depth. [t/ha]"""
        return [mean_mass(self.profiles[date][plot], depth_cm) for plot in self.plots[date]["plot_id"]]

    def mean(self, date: int, values: Sequence[float]) -> float:
        """Mean of the stratum under the design of a date."""
        own = stratum_estimator(self.plots[date], self.designs[date], self.stratum_id, math.nan)
        return own.estimator.value(np.array(values))

    def on_mass(self) -> tuple[list[float], list[float]]:
        """Carbon of each plot on the mass of soil of the first date. [t_c/ha]

        Each plot has its own mass where all plots were cored at both dates. Else the mass is the mean
        of the stratum; carbon of a plot is then put to that mass along the carbon per mass at its depth,
        so that the error of the mean mass of either sample is in the scatter of the plots. NaN where a
        core does not hold the mass.
        """
        return self._on_mass_of_each_plot() if self.paired else self._on_mean_mass()

    def _on_mass_of_each_plot(self) -> tuple[list[float], list[float]]:
        second = []
        for plot in self.plots[1]["plot_id"]:
            first, last = (profiles[plot] for profiles in self.profiles)
            reference = mean_mass(first, self.depth_cm)
            depth = _depth_holding(last, reference, self.depth_cm)
            second.append(math.nan if math.isnan(depth) else mean_carbon(last, depth))
        return self.carbon(0, self.depth_cm), second

    def _on_mean_mass(self) -> tuple[list[float], list[float]]:
        first_mass = self.mass(0, self.depth_cm)
        reference = self.mean(0, first_mass)
        every = [profile for plot in self.plots[1]["plot_id"] for profile in self.profiles[1][plot]]

        def mass_to(depth_cm: float) -> float:
            return self.mean(1, self.mass(1, depth_cm))

        def carbon_to(depth_cm: float) -> float:
            return self.mean(1, self.carbon(1, depth_cm))

        depth = depth_of_mass(mass_to, reference, self.depth_cm, deepest_common_cm(every))
        if math.isnan(depth):
            return [math.nan] * len(self.plots[0]), [math.nan] * len(self.plots[1])
        slope = carbon_per_mass(carbon_to, mass_to, depth)
        values = (
            (self.carbon(0, self.depth_cm), first_mass),
            (self.carbon(1, depth), self.mass(1, depth)),
        )
        first, second = (
            [carbon - slope * (mass - reference) for carbon, mass in zip(*pair, strict=True)]
            for pair in values
        )
        return first, second


def _depth_holding(profiles: Sequence[Profile], reference_t_ha: float, depth_cm: float) -> float:
    return depth_of_mass(
        lambda depth: mean_mass(profiles, depth), reference_t_ha, depth_cm, deepest_common_cm(profiles)
    )


def _strata(first: SoilSample, second: SoilSample, depth_cm: float) -> list[_Stratum]:
    """Strata with cores to a depth at both dates."""
    names = [set(sample.plots(depth_cm)["stratum_id"].astype("str")) for sample in (first, second)]
    return [
        _Stratum(
            name,
            depth_cm,
            (first.design, second.design),
            (first.plots(depth_cm, name), second.plots(depth_cm, name)),
            (first.by_depth[depth_cm], second.by_depth[depth_cm]),
        )
        for name in sorted(names[0] & names[1])
    ]


def _tables(strata: Sequence[_Stratum], depth_cm: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Plots of all strata at either date with the columns that changes are estimated from."""
    dates: tuple[list[pd.DataFrame], list[pd.DataFrame]] = ([], [])
    for stratum in strata:
        for date, on_mass in enumerate(stratum.on_mass()):
            fixed = stratum.carbon(date, depth_cm)
            table = stratum.plots[date].assign(**{FIXED: fixed, ON_MASS: on_mass})
            dates[date].append(table.assign(**{DIFFERENCE: table[ON_MASS] - table[FIXED]}))
    first, second = (pd.concat(tables, ignore_index=True) for tables in dates)
    return first, second


def change_figures(first: SoilSample, second: SoilSample, areas_ha: Mapping[str, float]) -> list[SoilFigure]:
    """Change of soil carbon by stratum and depth [t_c/ha], and the sink it means [t_co2e/ha/yr].

    At fixed depth, on the same mass of soil, and what the one has more than the other. On the same mass,
    a stratum one of whose cores does not hold the mass has no change: plots whose soil loosened most would be
    missing.

    Parameters
    ----------
    first, second : SoilSample
        Of the first and the last survey with cores.
    areas_ha : mapping
        Area of each stratum; NaN where not known. [ha]
    """
    figures: list[SoilFigure] = []
    dates = (first.survey.date, second.survey.date)
    for depth in sorted(set(first.by_depth) & set(second.by_depth)):
        strata = _strata(first, second, depth)
        if not strata:
            continue
        tables = _tables(strata, depth)
        for quantity, method, column in (
            ("soil_carbon_change", FIXED_DEPTH, FIXED),
            ("soil_carbon_change", SAME_MASS, ON_MASS),
            ("soil_carbon_change_difference", "", DIFFERENCE),
        ):
            known = [
                stratum.stratum_id
                for stratum in strata
                if not any(
                    table[table["stratum_id"].astype("str") == stratum.stratum_id][column].isna().any()
                    for table in tables
                )
            ]
            chosen = tuple(table[table["stratum_id"].astype("str").isin(known)] for table in tables)
            changes = (
                estimate_changes(
                    chosen[0],
                    chosen[1],
                    (first.design, second.design),
                    areas_ha,
                    dates,
                    {POOL: (column, "t_c/ha")},
                )
                if known
                else []
            )
            index = {"depth": depth_label(depth), "date": "/".join(dates)}
            if method:
                index["method"] = method
            figures += [
                SoilFigure(quantity, index, change, "cores")
                for change in only_whole_project(changes, areas_ha)
            ]
    return figures


def sink_of_change(change: SoilFigure) -> SoilFigure:
    """Sink of soil per hectare and year from a change of its carbon. [t_co2e/ha/yr]"""
    factor = CO2_PER_C / period_years(*change.index["date"].split("/"))
    stock = StockEstimate(
        change.stock.stratum_id, POOL, change.stock.date, "t_co2e/ha/yr", change.stock.estimate.times(factor)
    )
    effects = tuple(effect.times(factor) for effect in change.effects)
    return SoilFigure("soil_carbon_sink", change.index, stock, change.sample, effects)


def mass_short_findings(figures: Sequence[SoilFigure], where: str) -> list[Finding]:
    """Strata whose change at a fixed depth is known, but not that on the same mass of soil."""
    changes = [figure for figure in figures if figure.quantity == "soil_carbon_change"]
    known = {
        (figure.index["depth"], figure.stock.stratum_id)
        for figure in changes
        if figure.index["method"] == SAME_MASS
    }
    missing = [
        (figure.index["depth"], figure.stock.stratum_id)
        for figure in changes
        if figure.index["method"] == FIXED_DEPTH
        and figure.stock.stratum_id is not None
        and (figure.index["depth"], figure.stock.stratum_id) not in known
    ]
    return [
        Finding(
            where,
            "soil-mass-short",
            "{stratum}, {depth}: the cores of the last date hold less soil than that depth held at the first "
            "date, so that there is no change on the same mass; core deeper, or state a smaller depth",
            {"stratum": stratum, "depth": depth},
            severity="note",
        )
        for depth, stratum in missing
    ]


def method_findings(cores: pd.DataFrame, dates: tuple[str, str], where: str) -> list[Finding]:
    """Carbon determined in different ways at the two dates: the difference of methods looks like change.

    Parameters
    ----------
    cores : DataFrame
        Table of cores of all surveys.
    dates : pair of str
    where : str
        Place of the last survey in the project file.
    """
    first, last = (
        sorted(set(cores[(cores["date"] == date) & (cores["sections"] > 0)]["carbon_method"]))
        for date in dates
    )
    if first == last:
        return []
    return [
        Finding(
            where,
            "soil-methods-differ",
            "carbon is by {last} at the last date and was by {first} at the first; part of the change may be "
            "that of the method",
            {"first": "; ".join(first), "last": "; ".join(last)},
            severity="note",
        )
    ]
