"""Plots and trees in the form that the estimators take: our columns, accepted names, diameters for girths."""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd
from pyproj import CRS

from mrv.inputs.locations import planar_coordinates
from mrv.inputs.quarantine import SetAside, aside_table, with_reasons
from mrv.inputs.sampling import Subplot
from mrv.inputs.tables import Table
from mrv.reference import accepted_name

WHOLE_PLOT = "plot"
"""Subplot of every tree where the survey has no subplots."""

PLOTS = (
    "plot_id",
    "stratum_id",
    "cluster_id",
    "x_m",
    "y_m",
    "longitude",
    "latitude",
    "plot_area_m2",
    "plots_in_cluster",
    "auxiliary",
    "post_stratum",
    "draw_probability",
    "times_drawn",
    "unit_area_ha",
    "outline_area_m2",
    "measured_on",
    "source",
)
TREES = (
    "plot_id",
    "tree_id",
    "stem_id",
    "subplot_id",
    "species",
    "dbh_cm",
    "d0_cm",
    "height_m",
    "wood_density_g_cm3",
    "status",
    "decay_class",
    "pom",
    "pom_m",
    "measured_on",
    "source",
)


def with_diameter(table: Table) -> Table:
    """Trees with the diameter that their girth means."""

    def diameters(frame: pd.DataFrame) -> pd.DataFrame:
        dbh = frame["dbh_cm"].where(frame["dbh_cm"].notna(), frame["girth_cm"] / math.pi)
        return frame.assign(dbh_cm=dbh)

    aside = diameters(table.aside) if table.aside is not None else None
    return replace(table, frame=diameters(table.frame), aside=aside)


def _subplot_of(dbh_cm: pd.Series[float], subplots: tuple[Subplot, ...]) -> pd.Series[str]:
    """Subplot that the size rule gives each diameter; missing where it gives none."""
    if not subplots:
        return pd.Series(WHOLE_PLOT, index=dbh_cm.index, dtype="str")
    result = pd.Series(None, index=dbh_cm.index, dtype="str")
    for subplot in subplots:
        result = result.mask(dbh_cm.ge(subplot.dbh_min_cm) & dbh_cm.lt(subplot.dbh_limit_cm), subplot.id)
    return result


def _accepted(text: pd.Series[str]) -> pd.Series[str]:
    names = {word: accepted_name(word) or word for word in text.dropna().unique()}
    return text.map(names).astype("str")


def tree_frame(table: Table, subplots: tuple[Subplot, ...]) -> pd.DataFrame:
    """Trees in the form of :class:`Survey`."""
    frame = table.frame
    by_size = _subplot_of(frame["dbh_cm"], subplots)
    trees = frame.assign(
        species=_accepted(frame["species"]),
        subplot_id=frame["subplot_id"].where(frame["subplot_id"].notna(), by_size),
        source=pd.Series(table.sources(), index=frame.index, dtype="str"),
    )
    order = trees.sort_values(["plot_id", "origin", "row"], kind="stable", ignore_index=True)
    return order[list(TREES)]


def plot_frame(plots: Table, clusters: Table | None, system: CRS | None) -> pd.DataFrame:
    """Plots in the form of :class:`Survey`, in the order of the table."""
    frame = plots.frame
    own = planar_coordinates(frame, system)
    result = frame.assign(
        x_m=own["x_m"],
        y_m=own["y_m"],
        plots_in_cluster=math.nan,
        outline_area_m2=math.nan,
        source=pd.Series(plots.sources(), index=frame.index, dtype="str"),
    )
    if clusters is not None:
        listed = clusters.frame[clusters.frame["cluster_id"].notna()].drop_duplicates("cluster_id")
        by_cluster = (
            listed[["plots_in_cluster", "longitude", "latitude"]]
            .join(planar_coordinates(listed, system))
            .set_axis(pd.Index(listed["cluster_id"]), axis=0)
        )
        of_cluster = {name: frame["cluster_id"].map(by_cluster[name]) for name in by_cluster}
        without = result["x_m"].isna()
        result = result.assign(
            x_m=result["x_m"].mask(without, of_cluster["x_m"]),
            y_m=result["y_m"].mask(without, of_cluster["y_m"]),
            longitude=result["longitude"].mask(without, of_cluster["longitude"]),
            latitude=result["latitude"].mask(without, of_cluster["latitude"]),
            plots_in_cluster=of_cluster["plots_in_cluster"].astype("float64"),
        )
    return result[list(PLOTS)]


def set_aside(
    plots: Table, clusters: Table | None, trees: Table, subplots: tuple[Subplot, ...], system: CRS | None
) -> SetAside | None:
    """Rows of a survey in quarantine; None if there are none."""
    if plots.aside is None and trees.aside is None:
        return None
    held_plots, held_trees = aside_table(plots), aside_table(trees)
    return SetAside(
        with_reasons(tree_frame(held_trees, subplots), trees, held_trees.sources()),
        with_reasons(plot_frame(held_plots, clusters, system), plots, held_plots.sources()),
    )
