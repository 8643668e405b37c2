"""Files of a folder of results: documents, tables, and a GeoPackage where there is geometry."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from mrv.charts.qgis_style import STYLE_TABLE
from mrv.mapping.model_store import write_model
from mrv.methodologies import FILES, Methodology
from mrv.provenance import distributions, environment, sha256_of_bytes, sha256_of_file
from mrv.run.gis_styles import layer_styles, write_map_styles
from mrv.run.ground_pools import GROUND_POOLS
from mrv.run.map_figures import map_table
from mrv.run.map_files import write_maps
from mrv.run.model_records import predictors_table, validation_table
from mrv.run.outputs import RUN_FILE, RUN_SCHEMA, write_csv, write_geopackage, write_json
from mrv.run.parcel_figures import parcel_table
from mrv.run.picture_files import draw_pictures
from mrv.run.remeasured_figures import remeasurement_table
from mrv.run.results import Figure, Results
from mrv.run.soil_documents import soil_tables
from mrv.run.stac_item import ITEM_FILE, has_item, stac_item
from mrv.run.stated_estimates import stated_table
from mrv.run.survey_estimates import SurveyTables
from mrv.run.total_figures import budget_table
from mrv.run.trace import trace_of
from mrv.sourced_tables import REFERENCE_TABLES, data_table

if TYPE_CHECKING:
    from mrv.run.estimate import Estimated
    from mrv.run.prepare import Prepared

TREE_COLUMNS = [
    "date",
    "plot_id",
    "tree_id",
    "stem_id",
    "subplot_id",
    "species",
    "status",
    "decay_class",
    "dbh_cm",
    "height_m",
    "height_source",
    "height_error_m",
    "wood_density_g_cm3",
    "wood_density_source",
    "agb_declared_equation",
    "agb_equation",
    "quarantined_equation",
    "agb_outside_range",
    "agb_extrapolated",
    "extrapolation_log_sd",
    "dead_factor",
    "agb_kg",
    "agb_alternative_kg",
    "bgb_equation",
    "bgb_outside_range",
    "bgb_kg",
    "expansion_factor_per_ha",
    "source",
]
PLOT_COLUMNS = [
    "date",
    "stratum_id",
    "cluster_id",
    "plot_id",
    "x_m",
    "y_m",
    "trees",
    "stems_per_ha",
    "basal_area_m2_ha",
    "agb_t_ha",
    "bgb_t_ha",
    "dead_wood_t_ha",
    *(f"{pool}_t_ha" for pool in GROUND_POOLS),
    "agb_t_c_ha",
    "bgb_t_c_ha",
    "total_t_c_ha",
    "agb_alternative_t_ha",
    "outside_range_share",
    "extrapolation_marked",
    "quarantined_equation",
    "source",
]
GROWTH_COLUMNS = [
    "first",
    "second",
    "years",
    "stratum_id",
    "cluster_id",
    "plot_id",
    "pool",
    "survivors",
    "recruits",
    "deaths",
    *(
        f"{component}_{unit}"
        for unit in ("t_dm_ha", "t_c_ha", "t_c_ha_yr")
        for component in ("survivor_growth", "ingrowth", "mortality", "net_growth")
    ),
]
STATED_COLUMNS = [
    "date",
    "stratum_id",
    "cluster_id",
    "plot_id",
    "agb_t_ha",
    "bgb_t_ha",
    "agb_t_c_ha",
    "bgb_t_c_ha",
    "source",
]
TREELESS_LAYER = ["stratum_id", "cluster_id", "plot_id", "source"]


def strata_table(figures: list[Figure], document: Methodology | None) -> pd.DataFrame:
    """Figures of single strata, one a row; those of a methodology with how it stands to its text."""
    rows = [
        {
            "stratum_id": figure.index["stratum"],
            "quantity": figure.quantity,
            "pool": figure.index.get("pool"),
            "date": figure.index.get("date"),
            "depth": figure.index.get("depth"),
            "soil_method": figure.index.get("method"),
            "value": figure.value,
            "unit": figure.unit,
            "standard_error": figure.standard_error,
            "interval_low": figure.interval.low if figure.interval else None,
            "interval_high": figure.interval.high if figure.interval else None,
            "confidence_level": figure.interval.level if figure.interval else None,
            "total_standard_error": figure.total_standard_error,
            "total_interval_low": figure.total_interval.low if figure.total_interval else None,
            "total_interval_high": figure.total_interval.high if figure.total_interval else None,
            "degrees_of_freedom": figure.degrees_of_freedom,
            "units": figure.units,
            "method": figure.method,
            "clause": figure.clause,
            "methodology": document.id if document and figure.clause else None,
            "conformance": document.conformance if document and figure.clause else None,
        }
        for figure in figures
        if "stratum" in figure.index
    ]
    table = pd.DataFrame(rows)
    return table.astype({"units": "Int64"}) if rows else table


def vintages_table(estimated: Estimated, document: Methodology) -> pd.DataFrame | None:
    """Days and credits of each vintage; None where the methodology issues none."""
    if "issuance" not in estimated.quantities:
        return None
    days = estimated.quantities["vintage_days"].value
    issued = estimated.quantities["issuance"].value
    return pd.DataFrame(
        {
            "vintage": days["vintage"].to_numpy().astype(str),
            "days": days.to_numpy().astype("int64"),
            "issuance_t_co2e": issued.sel(vintage=days["vintage"]).to_numpy(),
            "methodology": document.id,
            "conformance": document.conformance,
        }
    )


def geometry_layers(
    prepared: Prepared, estimated: Estimated, results: Results
) -> dict[str, gpd.GeoDataFrame]:
    """Boundary, strata with their figures, parcels, and plots where they have coordinates."""
    strata = prepared.inputs.strata
    layers: dict[str, gpd.GeoDataFrame] = {}
    if strata.boundary is not None:
        layers["boundary"] = strata.boundary[["geometry"]]
    if strata.geometry is not None:
        layers["strata"] = strata.geometry.merge(_stratum_fields(results), on="stratum_id", how="left")
    if prepared.inputs.parcels is not None:
        shapes = prepared.inputs.parcels.geometry
        table = parcel_table(estimated.parcels, prepared.inputs.project.confidence_level)
        for date in dict.fromkeys(own.date for own in estimated.parcels):
            own = table[(table["date"] == date) & (table["pool"] == "agb")]
            layers[f"parcels_{date}"] = shapes.merge(own.drop(columns="date"), on="parcel_id", how="left")
    for survey in estimated.surveys:
        plots = plots_table(survey, prepared)
        located = plots[plots["x_m"].notna()]
        if len(located):
            points = gpd.points_from_xy(located["x_m"], located["y_m"], crs=strata.system)
            columns = [name for name in PLOT_COLUMNS if name not in ("x_m", "y_m")]
            layers[f"plots_{survey.date}"] = gpd.GeoDataFrame(located[columns], geometry=points)
    for bare in prepared.inputs.surveys:
        located = bare.plots[bare.plots["x_m"].notna()]
        if len(located) and not bare.has_trees:
            points = gpd.points_from_xy(located["x_m"], located["y_m"], crs=strata.system)
            layers[f"plots_{bare.date}"] = gpd.GeoDataFrame(located[TREELESS_LAYER], geometry=points)
    return layers


def _stratum_fields(results: Results) -> pd.DataFrame:
    """One row per stratum: area, and the totals over pools that a map shows."""
    rows: dict[str, dict[str, object]] = {
        stratum.stratum_id: {"stratum_id": stratum.stratum_id, "area_ha": stratum.area_ha}
        for stratum in results.strata
    }
    if results.methodology is not None:
        stated = {"methodology": results.methodology.id, "conformance": results.methodology.conformance}
        rows = {name: {**row, **stated} for name, row in rows.items()}
    for figure in results.figures:
        stratum = figure.index.get("stratum")
        if stratum is None or figure.index.get("pool", "total") != "total":
            continue
        if figure.quantity == "carbon_density":
            rows[stratum][f"carbon_t_c_ha_{figure.index['date']}"] = figure.value
        elif figure.quantity == "carbon_sink":
            rows[stratum][figure.name] = figure.value
            rows[stratum][f"{figure.name}_se"] = figure.standard_error
        elif figure.quantity == "stratum_removals":
            rows[stratum][figure.name] = figure.value
    return pd.DataFrame(list(rows.values()))


def _run_document(prepared: Prepared, folder: Path) -> dict[str, object]:
    methodology = prepared.methodology
    written = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        "schema": RUN_SCHEMA,
        "project_file": prepared.inputs.project_file.name,
        "seed": prepared.inputs.project.seed,
        "environment": {**environment(), **distributions()},
        "inputs": dict(sorted(prepared.inputs.files.items())),
        "methodology": {
            "id": methodology.document.id,
            "conformance": methodology.document.conformance,
            "files": {name: sha256_of_file(methodology.document.folder / name) for name in FILES},
        }
        if methodology
        else None,
        "quarantined_equations": prepared.quarantined_equations,
        "reference_tables": {
            f"{name}.csv": sha256_of_bytes(data_table(name).read_bytes()) for name in REFERENCE_TABLES
        },
        "outputs": {path.relative_to(folder).as_posix(): sha256_of_file(path) for path in written},
    }


def _told(trees: pd.DataFrame, prepared: Prepared) -> pd.DataFrame:
    """Trees with whether a quarantined equation gave their biomass."""
    doubtful = list(prepared.quarantined_equations)
    either = trees["agb_equation"].isin(doubtful) | trees["bgb_equation"].isin(doubtful)
    return trees.assign(quarantined_equation=either)


def plots_table(survey: SurveyTables, prepared: Prepared) -> pd.DataFrame:
    """Plots of a survey, with whether a quarantined equation gave the biomass of any of their trees."""
    trees = _told(survey.trees, prepared)
    doubtful = trees.loc[trees["quarantined_equation"], "plot_id"]
    plots = survey.plots.assign(quarantined_equation=survey.plots["plot_id"].isin(doubtful))
    return plots[PLOT_COLUMNS]


def _tables(prepared: Prepared, estimated: Estimated, results: Results) -> Mapping[str, pd.DataFrame]:
    tables: dict[str, pd.DataFrame] = {}
    document = prepared.methodology.document if prepared.methodology else None
    if estimated.surveys:
        trees = pd.concat([_told(survey.trees, prepared) for survey in estimated.surveys], ignore_index=True)
        tables["trees"] = trees[TREE_COLUMNS]
        tables["plots"] = pd.concat(
            [plots_table(survey, prepared) for survey in estimated.surveys], ignore_index=True
        )
    if estimated.growth is not None:
        tables["growth"] = estimated.growth.table[GROWTH_COLUMNS]
    stated = stated_table(prepared.inputs)
    if len(stated):
        tables["stated_biomass"] = stated[STATED_COLUMNS]
    remeasured = remeasurement_table(prepared.inputs)
    if len(remeasured):
        tables["remeasurement"] = remeasured
    tables |= soil_tables(estimated.soil)
    mapped = map_table(estimated.maps)
    if mapped is not None:
        tables["map_plots"] = mapped
    if estimated.parcels:
        tables["parcels"] = parcel_table(estimated.parcels, prepared.inputs.project.confidence_level)
    tables["strata"] = strata_table(results.figures, document)
    if results.error_budget is not None:
        tables["error_budget"] = budget_table(results.error_budget, document)
    if estimated.biomass_map is not None:
        tables["validation"] = validation_table(estimated.biomass_map)
        tables["predictors"] = predictors_table(estimated.biomass_map)
    if document is not None:
        vintages = vintages_table(estimated, document)
        if vintages is not None:
            tables["vintages"] = vintages
    return tables


def write_results(folder: Path, prepared: Prepared, estimated: Estimated, results: Results) -> None:
    """Write every file of a run into an existing folder; ``run.json`` last, with the hashes of all others."""
    write_json(folder / "results.json", results.model_dump(mode="json", by_alias=True))
    document = prepared.methodology.document if prepared.methodology else None
    trace = trace_of(estimated.quantities, results.figures, prepared.carbon_fraction, document)
    write_json(folder / "trace.json", trace.model_dump(mode="json", by_alias=True))
    (folder / "tables").mkdir()
    for name, table in _tables(prepared, estimated, results).items():
        write_csv(folder / "tables" / f"{name}.csv", table)
    if estimated.biomass_map is not None:
        (folder / "model").mkdir()
        write_model(folder / "model", estimated.biomass_map.fitting.model)
        if estimated.biomass_map.grid is not None:
            (folder / "maps").mkdir()
            write_maps(
                folder / "maps",
                estimated.biomass_map,
                estimated.sink_map,
                notices=prepared.notices,
            )
            write_map_styles(folder / "maps")
    (folder / "figures").mkdir()
    draw_pictures(folder / "figures", prepared, estimated, results.error_budget)
    layers = geometry_layers(prepared, estimated, results)
    if layers:
        tables = {STYLE_TABLE: layer_styles(layers)}
        write_geopackage(folder / "project.gpkg", layers, tables, description=" · ".join(prepared.notices))
    strata = prepared.inputs.strata.geometry
    if strata is not None and has_item(results):
        write_json(folder / ITEM_FILE, stac_item(folder, results, strata, prepared.notices))
    write_json(folder / RUN_FILE, _run_document(prepared, folder))
