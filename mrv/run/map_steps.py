"""Steps of the equation trail that lean on a map: of strata, of the project, of parcels."""

from __future__ import annotations

from collections.abc import Mapping

ESTIMATED_BY_MAP: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "biomass_density_with_map": (
        "Dry above-ground biomass per hectare by a map, corrected by the plots where a design stands behind "
        "them; reported, not credited",
        "mean(map) + mean(plots: observed - predicted)",
        (),
    ),
    "carbon_density_with_map": (
        "Carbon per hectare by a map and the plots' ratio of carbon to biomass; reported, not credited",
        "mean(map) * ratio + mean(plots: observed - predicted * ratio)",
        ("biomass_density_with_map",),
    ),
    "carbon_stock_change_with_map": (
        "Change of carbon per hectare by maps of both dates, corrected at plots measured twice; "
        "reported, not credited",
        "carbon_density_with_map(last) - carbon_density_with_map(first)",
        ("carbon_density_with_map",),
    ),
    "biomass_stock_with_map": (
        "Dry above-ground biomass of a whole stratum by a map",
        "biomass_density_with_map * area",
        ("biomass_density_with_map", "area"),
    ),
    "carbon_stock_with_map": (
        "Carbon of a whole stratum by a map",
        "carbon_density_with_map * area",
        ("carbon_density_with_map", "area"),
    ),
    "parcel_biomass_density": (
        "Dry above-ground biomass per hectare of a parcel by a map, and by its own plots as far as it has "
        "them; reported, not credited",
        "mean(map) + mean(plots: observed - predicted)",
        (),
    ),
    "parcel_biomass_stock": (
        "Dry above-ground biomass of a parcel",
        "parcel_biomass_density * area in strata",
        ("parcel_biomass_density",),
    ),
    "parcel_carbon_density": (
        "Carbon per hectare of a parcel by a map and the plots' ratio of carbon to biomass; reported, not "
        "credited",
        "mean(map) * ratio + mean(plots: observed - predicted * ratio)",
        ("parcel_biomass_density",),
    ),
    "parcel_carbon_stock": (
        "Carbon of a parcel",
        "parcel_carbon_density * area in strata",
        ("parcel_carbon_density",),
    ),
}
"""Description, formula and inputs by quantity."""

TABLES_OF_MAPS: Mapping[str, str] = {
    "biomass_density_with_map": "tables/map_plots.csv",
    "carbon_density_with_map": "tables/map_plots.csv",
    "carbon_stock_change_with_map": "tables/map_plots.csv",
    "parcel_biomass_density": "tables/parcels.csv",
    "parcel_biomass_stock": "tables/parcels.csv",
    "parcel_carbon_density": "tables/parcels.csv",
    "parcel_carbon_stock": "tables/parcels.csv",
}
"""Table of results that holds the rows behind a quantity."""
