"""From sections to cores to plots: the stock of every core to every depth, and of plots with cores."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mrv.inputs.soil_tables import Soil
from mrv.soil.compaction import decompact
from mrv.soil.equivalent_mass import Profile, mean_carbon
from mrv.soil.laboratory import with_organic_carbon
from mrv.soil.shared_errors import NO_STEP, Step, added, batches, factor, of_survey
from mrv.soil.stocks import CoreStock, carbon_density, core_stock

CORE = ["plot_id", "core_id"]
DEEPEST = "deepest"


def depth_label(depth_cm: float) -> str:
    """Name of a depth in results: ``0-100 cm``."""
    return f"0-{depth_cm:g} cm"


def stock_column(depth_cm: float) -> str:
    """Column of the stock to a depth: ``soil_0_100_cm_t_c_ha``."""
    return f"soil_0_{depth_cm:g}_cm_t_c_ha"


def _compaction(soil: Soil, steps: tuple[Step, ...]) -> pd.Series[float]:
    """Compaction of each row of the table of cores; NaN where it was not measured. [1]"""
    return soil.cores["compaction_fraction"] + added(steps, "compaction")


def prepared_sections(soil: Soil, date: str, steps: tuple[Step, ...] = NO_STEP) -> pd.DataFrame:
    """Sections as they lay in the ground, with the carbon that counts.

    Parameters
    ----------
    soil : Soil
    date : str
        Of the survey.
    steps : tuple of Step, optional
        Shared errors to compute with.

    Returns
    -------
    DataFrame
        Sections with ``top_cm``, ``bottom_cm`` and ``bulk_density_g_cm3`` corrected for the compaction of
        their core, ``carbon_fraction``, ``carbon_method``, ``carbon_density_g_cm3`` and
        ``mass_density_g_cm3`` (dry mass of what carbon was measured in, per volume of soil); by core and
        depth.
    """
    steps = of_survey(steps, date)
    sections = with_organic_carbon(soil.sections, soil.declaration, steps)
    compacted = soil.cores[CORE].assign(compaction_fraction=_compaction(soil, steps))
    share = sections.merge(compacted, on=CORE, how="left")["compaction_fraction"]
    measured = share.where(share.notna(), 0.0).to_numpy(dtype=np.float64)  # not measured: as cut
    batch = batches(sections, soil.declaration, date)
    depths = decompact(
        sections["top_cm"].to_numpy(dtype=np.float64),
        sections["bottom_cm"].to_numpy(dtype=np.float64),
        sections["bulk_density_g_cm3"].to_numpy(dtype=np.float64) * factor(steps, "bulk_density", batch),
        measured,
    )
    fraction = sections["carbon_fraction"].to_numpy(dtype=np.float64)
    biased = np.where(sections["by_line"], fraction, fraction * factor(steps, "carbon", batch))
    # Not given: the columns hold for the whole soil.
    given = sections["coarse_volume_fraction"].to_numpy(dtype=np.float64)
    coarse = np.where(np.isnan(given), 0.0, given)
    return sections.assign(
        top_cm=depths.top_cm,
        bottom_cm=depths.bottom_cm,
        bulk_density_g_cm3=depths.bulk_density_g_cm3,
        carbon_fraction=biased,
        carbon_density_g_cm3=carbon_density(biased, depths.bulk_density_g_cm3, coarse),
        mass_density_g_cm3=depths.bulk_density_g_cm3 * (1 - coarse),
    )


@dataclass(frozen=True)
class Core:
    """A core: what was analysed of it, and what the field sheet says."""

    plot_id: str
    core_id: str
    profile: Profile
    compaction_fraction: float
    carbon_method: str
    source: str


def cores_of(soil: Soil, date: str, steps: tuple[Step, ...] = NO_STEP) -> list[Core]:
    """Every core with sections, by plot and core.

    Parameters
    ----------
    soil : Soil
    date : str
        Of the survey.
    steps : tuple of Step, optional
        Shared errors to compute with.
    """
    steps = of_survey(steps, date)
    sections = prepared_sections(soil, date, steps)
    columns = {name: sections[name].to_numpy(dtype=np.float64) for name in MEASURED}
    columns |= {name: sections[name].to_numpy(dtype=object) for name in ("carbon_method", "source")}
    rows_of: dict[tuple[str, str], list[int]] = {}
    for row, core in enumerate(sections[CORE].astype("str").itertuples(index=False, name=None)):
        rows_of.setdefault(core, []).append(row)
    half_gaps = any(step.kind == "gap_rule" for step in steps)
    described = soil.cores.assign(compaction_fraction=_compaction(soil, steps)).to_dict("records")
    return [
        _core(
            core,
            {name: values[rows_of[core["plot_id"], core["core_id"]]] for name, values in columns.items()},
            half_gaps,
        )
        for core in described
    ]


MEASURED = ("carbon_density_g_cm3", "mass_density_g_cm3", "top_cm", "bottom_cm")
"""Columns of a section that a profile is made of."""


def _core(row: Mapping[Hashable, Any], sections: Mapping[str, NDArray[Any]], half_gaps: bool) -> Core:
    analysed = ~np.isnan(sections["carbon_density_g_cm3"])
    carbon, mass, top, bottom = (sections[name][analysed] for name in MEASURED)
    share, stated = float(row["compaction_fraction"]), float(row["core_depth_cm"])
    kept = 1.0 if math.isnan(share) else 1 - share
    end = float(np.nanmax(sections["bottom_cm"])) if math.isnan(stated) else stated / kept
    return Core(
        str(row["plot_id"]),
        str(row["core_id"]),
        Profile(carbon, mass, top, bottom, end, bool(row["refusal"]), half_gaps),
        share,
        "; ".join(sorted(set(sections["carbon_method"][analysed]))),
        sections["source"][0],
    )


def _core_rows(core: Core, depths_cm: Sequence[float]) -> Iterator[dict[str, object]]:
    """One row for each depth of a core, the deepest last."""
    profile = core.profile
    sections, end = len(profile.top_cm), profile.end_cm
    for label, depth in [*((depth_label(depth), depth) for depth in depths_cm), (DEEPEST, end)]:
        stock = (
            core_stock(
                profile.carbon_density_g_cm3,
                profile.top_cm,
                profile.bottom_cm,
                depth,
                end,
                refusal=profile.refusal,
                half_gaps=profile.half_gaps,
            )
            if sections
            else CoreStock(depth, min(depth, end), math.nan, "sum of sections", 0.0, math.nan, None)
        )
        yield {
            "plot_id": core.plot_id,
            "core_id": core.core_id,
            "depth": label,
            "depth_cm": depth,
            "core_depth_cm": end,
            "refusal": "yes" if profile.refusal else "no",
            "compaction_fraction": core.compaction_fraction,
            "sections": sections,
            "reached_cm": stock.reached_cm,
            "sampled_share": stock.sampled_share,
            "stock_t_c_ha": stock.stock_t_c_ha,
            "complete": "no" if math.isnan(stock.stock_t_c_ha) else "yes",
            "rule": stock.rule if sections else "",
            "rule_difference_t_c_ha": stock.rule_difference_t_c_ha,
            "extrapolated_t_c_ha": stock.extrapolated.stock_t_c_ha if stock.extrapolated else math.nan,
            "extrapolated_standard_error_t_c_ha": stock.extrapolated.standard_error_t_c_ha
            if stock.extrapolated
            else math.nan,
            "carbon_method": core.carbon_method,
            "source": core.source,
        }


def core_table(cores: Sequence[Core], depths_cm: Sequence[float]) -> pd.DataFrame:
    """Stock of every core to every depth, and down to its own end.

    Parameters
    ----------
    cores : sequence of Core
    depths_cm : sequence of float
        [cm]

    Returns
    -------
    DataFrame
        One row for a core and depth: ``plot_id``, ``core_id``, ``depth`` (a label), ``depth_cm`` (in the
        ground), ``core_depth_cm``, ``refusal``, ``compaction_fraction``, ``sections`` (with density and
        carbon), ``reached_cm``, ``sampled_share``, ``stock_t_c_ha`` (NaN where the core is too short),
        ``complete``, ``rule``, ``rule_difference_t_c_ha``, ``extrapolated_t_c_ha`` with its error,
        ``carbon_method``, ``source``.
    """
    return pd.DataFrame([row for core in cores for row in _core_rows(core, depths_cm)])


PlotProfiles = Mapping[str, tuple[Profile, ...]]
"""Profiles of the cores of each plot."""


def profiles_to_depth(cores: Sequence[Core], complete: Set[tuple[str, str]]) -> PlotProfiles:
    """Profiles of the cores that have a stock to a depth, by plot.

    Parameters
    ----------
    cores : sequence of Core
    complete : set of (str, str)
        Plot and core of those that have one.
    """
    by_plot: dict[str, list[Profile]] = {}
    for core in cores:
        if (core.plot_id, core.core_id) in complete:
            by_plot.setdefault(core.plot_id, []).append(core.profile)
    return {plot: tuple(found) for plot, found in by_plot.items()}


def plot_means(profiles: PlotProfiles, depth_cm: float) -> pd.DataFrame:
    """Mean stock of the cores of each plot down to a depth.

    Parameters
    ----------
    profiles : mapping
        Of the cores that have a stock to the depth, by plot.
    depth_cm : float

    Returns
    -------
    DataFrame
        ``plot_id`` and the column of the depth. [t C ha⁻¹]
    """
    means = [(plot, mean_carbon(found, depth_cm)) for plot, found in sorted(profiles.items())]
    return pd.DataFrame(means, columns=["plot_id", stock_column(depth_cm)])
