"""A survey as values: its plots and its trees, in our columns, checked.

Tables are read, compared with each other by the lists of checks, and then put into the form that
the estimators take: species by accepted name, girth as diameter, every tree in its subplot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
from pyproj import CRS

from mrv.findings import Finding
from mrv.inputs.checks import CHECKS, SurveyTables
from mrv.inputs.columns import CLUSTER_COLUMNS, PLOT_COLUMNS, TREE_COLUMNS
from mrv.inputs.design_checks import DESIGN_CHECKS
from mrv.inputs.downed_tables import DownedLines, read_downed_wood
from mrv.inputs.estimator_checks import ESTIMATOR_CHECKS
from mrv.inputs.estimator_keys import EstimatorKeys
from mrv.inputs.locations import (
    coordinate_findings,
    plots_outside_strata,
    unused_note,
)
from mrv.inputs.plot_outlines import read_outlines, with_outlines
from mrv.inputs.quadrat_tables import QuadratPool, read_quadrat_pools
from mrv.inputs.quarantine import SetAside, emptied_plots, hold_names
from mrv.inputs.remeasurement import Remeasured, read_remeasurement
from mrv.inputs.rows_read import row_findings
from mrv.inputs.sampling import Design, FieldDays, Subplot, SurveyDeclaration
from mrv.inputs.soil_tables import Soil, read_soil, soil_of_plots
from mrv.inputs.stated_biomass import StatedPlots, read_stated_biomass
from mrv.inputs.survey_frames import plot_frame, set_aside, tree_frame, with_diameter
from mrv.inputs.tables import Exclusion, Where, combine, read_table


@dataclass(frozen=True)
class Survey:
    """One survey.

    Attributes
    ----------
    date : str
        Day it stands for, YYYY-MM-DD.
    design : Design
    subplots : tuple of Subplot
        Empty if the plots carry their own area.
    plots : DataFrame
        ``plot_id``, ``stratum_id``, ``cluster_id``, ``x_m``, ``y_m`` (in the reference system; those of
        the cluster where the plot has none), ``longitude``, ``latitude`` (as written), ``plot_area_m2``,
        ``plots_in_cluster``, ``auxiliary``, ``post_stratum``, ``draw_probability``, ``times_drawn``,
        ``unit_area_ha``, ``outline_area_m2`` (of its polygon), ``measured_on``, ``source``; by plot.
        Missing where not given.
    trees : DataFrame
        ``plot_id``, ``tree_id``, ``stem_id``, ``subplot_id``, ``species``, ``dbh_cm``, ``d0_cm``,
        ``height_m``, ``wood_density_g_cm3``, ``status``, ``decay_class``, ``pom``, ``pom_m``,
        ``measured_on``, ``source``; by plot, then in the order of the files. Missing where not given.
    treeless : frozenset of str
        Plots that were visited and have no trees.
    downed_wood : DownedLines or None
        Lines and the pieces that cross them; None where the survey walked none.
    soil : Soil or None
        Soil cores; None where the survey took none.
    aside : SetAside or None
        Plots and trees in quarantine; None if there are none.
    estimator : EstimatorKeys or None
        None: the mean that the design gives.
    stated : StatedPlots or None
        Biomass or carbon that a publication states; None where it was measured, or nothing is stated.
    has_trees : bool
        Whether trees were measured; if not, ``trees`` has no rows and no biomass is computed.
    quadrats : mapping of pool to QuadratPool
    field_days : FieldDays or None
        From when to when the survey was in the field, where it says so.
    remeasured : Remeasured or None
        Stems measured again by another crew; None where there are none.
    """

    date: str
    design: Design
    subplots: tuple[Subplot, ...]
    plots: pd.DataFrame
    trees: pd.DataFrame
    treeless: frozenset[str]
    soil: Soil | None = None
    downed_wood: DownedLines | None = None
    aside: SetAside | None = None
    estimator: EstimatorKeys | None = None
    stated: StatedPlots | None = None
    has_trees: bool = True
    quadrats: Mapping[str, QuadratPool] = field(default_factory=dict)
    field_days: FieldDays | None = None
    remeasured: Remeasured | None = None


def _treeless(declaration: SurveyDeclaration, plots: pd.DataFrame, trees: pd.DataFrame) -> frozenset[str]:
    declared = declaration.treeless_plots
    if declared is None:
        return frozenset()
    if declared.plots == "all":
        return frozenset(plots["plot_id"].dropna()) - frozenset(trees["plot_id"].dropna())
    return frozenset(declared.plots)


@dataclass(frozen=True)
class _Besides:
    """What a survey measured besides its trees; None where it did not."""

    downed_wood: DownedLines | None = None
    stated: StatedPlots | None = None
    remeasured: Remeasured | None = None
    soil: Soil | None = None


def _read_besides(
    declaration: SurveyDeclaration,
    folder: Path,
    where: Where,
    plots: frozenset[str],
    held: frozenset[str],
) -> tuple[_Besides, list[Finding], list[Exclusion]]:
    """Downed wood, stated biomass, second measurements and soil of a survey.

    Plots that are ``held`` in quarantine are known, but nothing of them counts.
    """

    def at(key: str) -> Where:
        return lambda *inner: where(key, *inner)

    found = _Besides()
    findings: list[Finding] = []
    exclusions: list[Exclusion] = []
    if declaration.downed_wood is not None:
        every = plots | held
        downed, more, left_out = read_downed_wood(declaration.downed_wood, folder, at("downed_wood"), every)
        found = replace(found, downed_wood=downed)
        findings += more
        exclusions += left_out
    if declaration.stated_biomass is not None:
        stated, more, left_out = read_stated_biomass(
            declaration.stated_biomass, folder, at("stated_biomass"), plots | held
        )
        found = replace(found, stated=stated)
        findings += more
        exclusions += left_out
    if declaration.remeasured is not None:
        remeasured, more, left_out = read_remeasurement(
            declaration.remeasured, folder, at("remeasured"), plots | held
        )
        found = replace(found, remeasured=remeasured)
        findings += more
        exclusions += left_out
    if declaration.soil is not None:
        soil, more, left_out = read_soil(
            declaration.soil, folder, at("soil"), plots | held, declaration.quarantine, where
        )
        found = replace(found, soil=soil_of_plots(soil, plots) if held else soil)
        findings += more
        exclusions += left_out
    return found, findings, exclusions


def read_survey(
    declaration: SurveyDeclaration,
    folder: Path,
    where: Where,
    strata: Sequence[str] | None,
    geometry: gpd.GeoDataFrame | None,
    system: CRS | None,
    own_species: frozenset[str],
    areas_ha: Mapping[str, float],
) -> tuple[Survey, list[Finding], list[Exclusion]]:
    """A survey, what is wrong with it, and the rows that were left out.

    Parameters
    ----------
    declaration : SurveyDeclaration
    folder : Path
        Folder that the file names are relative to.
    where : callable
        Place of a key of the survey in the project file.
    strata : sequence of str or None
        Ids of the declared strata; None if none are declared.
    geometry : GeoDataFrame or None
        Their polygons in the reference system.
    system : CRS or None
        The reference system.
    own_species : frozenset of str
        Species that the project file describes itself.
    areas_ha : mapping
        Area of each stratum, where known. [ha]
    """

    def at(*key: str | int) -> Where:
        return lambda *inner: where(*key, *inner)

    plots = read_table(folder / declaration.plots.file, declaration.plots, PLOT_COLUMNS, at("plots"))
    clusters = (
        read_table(folder / declaration.clusters.file, declaration.clusters, CLUSTER_COLUMNS, at("clusters"))
        if declaration.clusters
        else None
    )
    tree_tables = [
        with_diameter(read_table(folder / source.file, source, TREE_COLUMNS, at("trees", number)))
        for number, source in enumerate(declaration.trees)
    ]
    trees = combine(tree_tables, TREE_COLUMNS)
    plots, trees, held = hold_names(plots, trees, declaration.quarantine, where)
    read = [table for table in (plots, clusters, trees) if table is not None]
    findings = [finding for table in read for finding in table.findings]
    findings += held + emptied_plots(plots, trees) + row_findings(tree_tables, where)
    for table, key in ((plots, "plots"), (clusters, "clusters")):
        if table is not None:
            findings += coordinate_findings(table, system) + unused_note(table, system, at(key))
    plot_rows = plot_frame(plots, clusters, system)
    if declaration.plot_outlines is not None:
        known = frozenset(plot_rows["plot_id"].dropna())
        outlines, more = read_outlines(declaration.plot_outlines, folder, known, system)
        findings += more
        plot_rows = with_outlines(plot_rows, outlines)
    if all(table.whole for table in read):
        tables = SurveyTables(
            where,
            declaration.design,
            declaration.subplots,
            declaration.treeless_plots,
            plots,
            trees,
            clusters,
            tuple(strata) if strata is not None else None,
            own_species,
            declaration.estimator,
            areas_ha,
        )
        checks = CHECKS + DESIGN_CHECKS + ESTIMATOR_CHECKS
        findings += [finding for check in checks for finding in check(tables)]
        findings += plots_outside_strata(plots, plot_rows, geometry)
    plot_rows = plot_rows.sort_values("plot_id", kind="stable", ignore_index=True)
    tree_rows = tree_frame(trees, declaration.subplots)
    exclusions = [exclusion for table in read for exclusion in table.exclusions]
    known = frozenset(plot_rows["plot_id"].dropna())
    held_plots = frozenset(plots.aside["plot_id"].dropna()) if plots.aside is not None else frozenset()
    besides, more, left_out = _read_besides(declaration, folder, where, known, held_plots)
    findings += more
    exclusions += left_out
    quadrats, more, left_out = read_quadrat_pools(declaration.quadrat_pools, folder, at, known, held_plots)
    findings += more
    exclusions += left_out
    survey = Survey(
        declaration.date,
        declaration.design,
        declaration.subplots,
        plot_rows,
        tree_rows,
        _treeless(declaration, plot_rows, tree_rows),
        besides.soil,
        besides.downed_wood,
        set_aside(plots, clusters, trees, declaration.subplots, system),
        declaration.estimator,
        besides.stated,
        bool(declaration.trees),
        quadrats,
        declaration.field_days,
        besides.remeasured,
    )
    return survey, findings, exclusions
