"""From sections to cores to plots: the stock of every core to every depth, and of plots with cores."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from mrv.inputs.soil_tables import Soil
from mrv.soil.compaction import decompact
from mrv.soil.laboratory import with_organic_carbon
from mrv.soil.stocks import CoreStock, carbon_density, core_stock

CORE = ["plot_id", "core_id"]
DEEPEST = "deepest"


def depth_label(depth_cm: float) -> str:
    """Name of a depth in results: ``0-100 cm``."""
    return f"0-{depth_cm:g} cm"


def stock_column(depth_cm: float) -> str:
    """Column of the stock to a depth: ``soil_0_100_cm_t_c_ha``."""
    return f"soil_0_{depth_cm:g}_cm_t_c_ha"


def prepared_sections(soil: Soil) -> pd.DataFrame:
    """Sections as they lay in the ground, with the carbon that counts.

    Returns
    -------
    DataFrame
        Sections with ``top_cm``, ``bottom_cm`` and ``bulk_density_g_cm3`` corrected for the compaction of
        their core, ``carbon_fraction``, ``carbon_method`` and ``carbon_density_g_cm3``; by core and depth.
    """
    sections = with_organic_carbon(soil.sections, soil.declaration)
    share = sections.merge(soil.cores[[*CORE, "compaction_fraction"]], on=CORE, how="left")[
        "compaction_fraction"
    ]
    measured = share.where(share.notna(), 0.0).to_numpy(dtype=np.float64)  # not measured: as cut
    depths = decompact(
        sections["top_cm"].to_numpy(dtype=np.float64),
        sections["bottom_cm"].to_numpy(dtype=np.float64),
        sections["bulk_density_g_cm3"].to_numpy(dtype=np.float64),
        measured,
    )
    # Not given: the columns hold for the whole soil.
    given = sections["coarse_volume_fraction"].to_numpy(dtype=np.float64)
    coarse = np.where(np.isnan(given), 0.0, given)
    density = carbon_density(
        sections["carbon_fraction"].to_numpy(dtype=np.float64),
        depths.bulk_density_g_cm3,
        coarse,
    )
    return sections.assign(
        top_cm=depths.top_cm,
        bottom_cm=depths.bottom_cm,
        bulk_density_g_cm3=depths.bulk_density_g_cm3,
        carbon_density_g_cm3=density,
    )


def _core_rows(
    key: tuple[str, str], group: pd.DataFrame, core: Mapping[Hashable, Any], depths_cm: Sequence[float]
) -> Iterator[dict[str, object]]:
    """One row for each depth of a core, the deepest last."""
    analysed = group[group["carbon_density_g_cm3"].notna()]
    share = float(core["compaction_fraction"])
    kept = 1.0 if math.isnan(share) else 1 - share
    stated = float(core["core_depth_cm"])
    end = float(group["bottom_cm"].max()) if math.isnan(stated) else stated / kept
    columns = [
        analysed[name].to_numpy(dtype=np.float64) for name in ("carbon_density_g_cm3", "top_cm", "bottom_cm")
    ]
    for label, depth in [*((depth_label(depth), depth) for depth in depths_cm), (DEEPEST, end)]:
        stock = (
            core_stock(columns[0], columns[1], columns[2], depth, end, refusal=bool(core["refusal"]))
            if len(analysed)
            else CoreStock(depth, min(depth, end), math.nan, "sum of sections", 0.0, math.nan, None)
        )
        yield {
            "plot_id": key[0],
            "core_id": key[1],
            "depth": label,
            "depth_cm": depth,
            "core_depth_cm": end,
            "refusal": "yes" if core["refusal"] else "no",
            "compaction_fraction": share,
            "sections": len(analysed),
            "reached_cm": stock.reached_cm,
            "sampled_share": stock.sampled_share,
            "stock_t_c_ha": stock.stock_t_c_ha,
            "complete": "no" if math.isnan(stock.stock_t_c_ha) else "yes",
            "rule": stock.rule if len(analysed) else "",
            "rule_difference_t_c_ha": stock.rule_difference_t_c_ha,
            "extrapolated_t_c_ha": stock.extrapolated.stock_t_c_ha if stock.extrapolated else math.nan,
            "extrapolated_standard_error_t_c_ha": stock.extrapolated.standard_error_t_c_ha
            if stock.extrapolated
            else math.nan,
            "carbon_method": "; ".join(sorted(set(analysed["carbon_method"]))),
            "source": group["source"].iloc[0],
        }


def core_table(soil: Soil) -> pd.DataFrame:
    """Stock of every core to every depth, and down to its own end.

    Parameters
    ----------
    soil : Soil

    Returns
    -------
    DataFrame
        One row for a core and depth: ``plot_id``, ``core_id``, ``depth`` (a label), ``depth_cm`` (in the
        ground), ``core_depth_cm``, ``refusal``, ``compaction_fraction``, ``sections`` (with density and
        carbon), ``reached_cm``, ``sampled_share``, ``stock_t_c_ha`` (NaN where the core is too short),
        ``complete``, ``rule``, ``rule_difference_t_c_ha``, ``extrapolated_t_c_ha`` with its error,
        ``carbon_method``, ``source``.
    """
    sections = prepared_sections(soil)
    groups = {(str(plot), str(core)): group for (plot, core), group in sections.groupby(CORE, sort=True)}
    rows = [
        row
        for (plot, name), core in zip(
            soil.cores[CORE].itertuples(index=False, name=None),
            soil.cores.to_dict("records"),
            strict=True,
        )
        for row in _core_rows((plot, name), groups[plot, name], core, soil.depths_cm)
    ]
    return pd.DataFrame(rows)


def plot_soil(cores: pd.DataFrame, depth_cm: float) -> pd.DataFrame:
    """Mean stock of the cores of each plot that reach a depth; plots without such a core have no row.

    Parameters
    ----------
    cores : DataFrame
        Table of cores of a survey.
    depth_cm : float

    Returns
    -------
    DataFrame
        ``plot_id`` and the column of the depth. [t C ha⁻¹]
    """
    whole = cores[(cores["depth"] == depth_label(depth_cm)) & (cores["complete"] == "yes")]
    groups = whole.groupby("plot_id", sort=True)["stock_t_c_ha"]
    means = [(str(plot), math.fsum(values) / len(values)) for plot, values in groups]
    return pd.DataFrame(means, columns=["plot_id", stock_column(depth_cm)])
