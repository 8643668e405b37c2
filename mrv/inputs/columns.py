"""The columns we read from tables: what each is, its unit and the values it may have."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, get_args

from mrv.findings import Phrase
from mrv.reference import PointOfMeasurement

Kind = Literal["id", "text", "choice", "number", "day"]

DIAMETER_LIMIT_CM = 150.0
HEIGHT_LIMIT_M = 65.0
WOOD_DENSITY_RANGE_G_CM3 = (0.1, 1.5)


@dataclass(frozen=True)
class Column:
    """One of our columns.

    Attributes
    ----------
    kind : {"id", "text", "choice", "number", "day"}
        ``id`` and ``text`` keep what the cell says; ``choice`` is one of ``choices``; ``day`` is a day of the
        calendar.
    required : bool
        Whether the table must have it, as a column or as a constant, and every row a value.
    unit : str
        Our unit, a key of :data:`mrv.units.COLUMN_UNITS`; empty if not a number.
    low, high : float
        Range of a number in our unit; the upper end is allowed.
    low_allowed : bool
        Whether the lower end is allowed as well.
    whole : bool
        Whether a number must be whole.
    instead_of : str
        Column that this one stands for where a table has it: a girth for a diameter.
    """

    kind: Kind
    required: bool = False
    unit: str = ""
    low: float = -math.inf
    high: float = math.inf
    low_allowed: bool = False
    whole: bool = False
    choices: tuple[str, ...] = ()
    instead_of: str = ""

    def range_text(self) -> str:
        """Range in words, with its unit."""
        unit = "" if self.unit in {"", "1"} else f" {self.unit}"
        if math.isinf(self.high):
            return (
                Phrase("{low:g}{unit} or more", low=self.low, unit=unit)
                if self.low_allowed
                else Phrase("above {low:g}{unit}", low=self.low, unit=unit)
            )
        ends = {"low": self.low, "high": self.high, "unit": unit}
        return (
            Phrase("{low:g}–{high:g}{unit}", **ends)
            if self.low_allowed
            else Phrase("{low:g}–{high:g}{unit}, {low:g} excluded", **ends)
        )


Columns = Mapping[str, Column]


DIAMETER = Column("number", unit="cm", low=0.0, high=DIAMETER_LIMIT_CM)


_COORDINATES: dict[str, Column] = {
    "x": Column("number", unit="m", low_allowed=True),
    "y": Column("number", unit="m", low_allowed=True),
    "longitude": Column("number", unit="degree", low=-180.0, high=180.0, low_allowed=True),
    "latitude": Column("number", unit="degree", low=-90.0, high=90.0, low_allowed=True),
}

TREE_COLUMNS: Columns = {
    "plot_id": Column("id", required=True),
    "tree_id": Column("id"),
    "stem_id": Column("id"),
    "subplot_id": Column("id"),
    "species": Column("text", required=True),
    "dbh_cm": replace(DIAMETER, required=True),
    "girth_cm": replace(DIAMETER, high=math.pi * DIAMETER_LIMIT_CM, instead_of="dbh_cm"),
    "d0_cm": DIAMETER,
    "height_m": Column("number", unit="m", low=0.0, high=HEIGHT_LIMIT_M),
    "wood_density_g_cm3": Column(
        "number",
        unit="g/cm3",
        low=WOOD_DENSITY_RANGE_G_CM3[0],
        high=WOOD_DENSITY_RANGE_G_CM3[1],
        low_allowed=True,
    ),
    "status": Column("choice", required=True, choices=("live", "dead")),
    "decay_class": Column("text"),
    "pom": Column("choice", required=True, choices=get_args(PointOfMeasurement)),
    "pom_m": Column("number", unit="m", low=0.0, high=HEIGHT_LIMIT_M, low_allowed=True),
    "measured_on": Column("day"),
}

PLOT_COLUMNS: Columns = {
    "plot_id": Column("id", required=True),
    "stratum_id": Column("id", required=True),
    "cluster_id": Column("id"),
    **_COORDINATES,
    "plot_area_m2": Column("number", unit="m2", low=0.0),
    "auxiliary": Column("number", unit="1", low_allowed=True),
    "post_stratum": Column("id"),
    "draw_probability": Column("number", unit="1", low=0.0, high=1.0),
    "times_drawn": Column("number", unit="1", low=1.0, low_allowed=True, whole=True),
    "unit_area_ha": Column("number", unit="ha", low=0.0),
    "measured_on": Column("day"),
}

CLUSTER_COLUMNS: Columns = {
    "cluster_id": Column("id", required=True),
    **_COORDINATES,
    "plots_in_cluster": Column("number", unit="1", low=1.0, low_allowed=True, whole=True),
}

STRATUM_COLUMNS: Columns = {
    "stratum_id": Column("id", required=True),
    "area_ha": Column("number", required=True, unit="ha", low=0.0),
}

AGB_LIMIT_T_HA = 2000.0
"""Twice the biomass of the tallest stands known: beyond it lies a wrong unit or a value for no data."""

MAP_MEAN_COLUMNS: Columns = {
    "stratum_id": Column("id", required=True),
    "map_mean_t_ha": Column(
        "number", required=True, unit="t/ha", low=0.0, high=AGB_LIMIT_T_HA, low_allowed=True
    ),
    "outside_share": Column("number", unit="1", low=0.0, high=1.0, low_allowed=True),
}

MAP_PREDICTION_COLUMNS: Columns = {
    "plot_id": Column("id", required=True),
    "predicted_t_ha": Column("number", unit="t/ha", low=-AGB_LIMIT_T_HA, high=AGB_LIMIT_T_HA),
    "fold": Column("id"),
}

SAMPLED_UNIT_COLUMNS: Columns = {
    "unit_id": Column("id", required=True),
    "stratum_id": Column("id", required=True),
    "predicted_t_ha": Column(
        "number", required=True, unit="t/ha", low=-AGB_LIMIT_T_HA, high=AGB_LIMIT_T_HA, low_allowed=True
    ),
    "cluster_id": Column("id"),
}

DEPTH_LIMIT_CM = 1000.0
MINERAL_DENSITY_G_CM3 = 2.65
"""Density of quartz: no soil has less pore space than none."""

_SECTION: dict[str, Column] = {
    "top_cm": Column("number", required=True, unit="cm", low=0.0, high=DEPTH_LIMIT_CM, low_allowed=True),
    "bottom_cm": Column("number", required=True, unit="cm", low=0.0, high=DEPTH_LIMIT_CM),
    "bulk_density_g_cm3": Column("number", unit="g/cm3", low=0.0, high=MINERAL_DENSITY_G_CM3),
    "organic_carbon_fraction": Column("number", unit="1", low=0.0, high=1.0, low_allowed=True),
}

SOIL_SECTION_COLUMNS: Columns = {
    "plot_id": Column("id", required=True),
    "core_id": Column("id", required=True),
    **_SECTION,
    "inorganic_carbon_fraction": Column("number", unit="1", low=0.0, high=0.12, low_allowed=True),
    "loi_fraction": Column("number", unit="1", low=0.0, high=1.0, low_allowed=True),
    "coarse_volume_fraction": Column("number", unit="1", low=0.0, high=1.0, low_allowed=True),
    "batch_id": Column("id"),
}

YES_NO = Column("choice", choices=("yes", "no"))
LENGTH = Column("number", unit="cm", low=0.0, high=DEPTH_LIMIT_CM, low_allowed=True)

SOIL_CORE_COLUMNS: Columns = {
    "plot_id": Column("id", required=True),
    "core_id": Column("id", required=True),
    "core_depth_cm": replace(LENGTH, low_allowed=False),
    "refusal": YES_NO,
    "tube_length_cm": replace(LENGTH, low_allowed=False),
    "inside_cm": LENGTH,
    "outside_cm": LENGTH,
    "compaction_fraction": Column("number", unit="1", low=-0.5, high=0.95, low_allowed=True),
    "split_core_evidence": YES_NO,
    "tube_inner_diameter_cm": replace(LENGTH, low_allowed=False),
    "measured_on": Column("day"),
}

MARKER_HORIZON_COLUMNS: Columns = {
    "station_id": Column("id", required=True),
    "stratum_id": Column("id", required=True),
    "marker_id": Column("id"),
    "laid_on": Column("id", required=True),
    "read_on": Column("id", required=True),
    "thickness_mm": Column("number", required=True, unit="mm", low=0.0, high=5000.0, low_allowed=True),
}

ELEVATION_TABLE_COLUMNS: Columns = {
    "station_id": Column("id", required=True),
    "stratum_id": Column("id", required=True),
    "arm_id": Column("id", required=True),
    "pin_id": Column("id", required=True),
    "read_on": Column("id", required=True),
    "height_mm": Column("number", required=True, unit="mm", low=-5000.0, high=5000.0, low_allowed=True),
}

LEAD_210_COLUMNS: Columns = {
    "core_id": Column("id", required=True),
    "stratum_id": Column("id", required=True),
    **{name: replace(column, required=True) for name, column in _SECTION.items()},
    "total_lead_210_bq_kg": Column("number", required=True, unit="Bq/kg", low=0.0, low_allowed=True),
    "supported_lead_210_bq_kg": Column("number", required=True, unit="Bq/kg", low=0.0, low_allowed=True),
}
