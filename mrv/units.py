"""The few conversions that are allowed, each stated once.

Internally every column has one unit, which its name carries. A foreign table declares the unit of
its own column; :func:`conversion_factor` turns it into ours or refuses.
"""

from __future__ import annotations

from mrv.errors import MrvError

CO2_PER_C = 44 / 12
"""Mass of CO₂ per mass of carbon, from the integer molar masses that the guidelines use. [t_co2e/t_c]"""

KG_PER_T = 1000.0
M2_PER_HA = 10_000.0
DAYS_PER_YEAR = 365.25

COLUMN_UNITS: dict[str, dict[str, float]] = {
    "cm": {"mm": 0.1, "cm": 1.0, "dm": 10.0, "m": 100.0, "in": 2.54},
    "m": {"mm": 0.001, "cm": 0.01, "dm": 0.1, "m": 1.0, "ft": 0.3048},
    "g/cm3": {"g/cm3": 1.0, "kg/m3": 0.001, "t/m3": 1.0},
    "g": {"mg": 0.001, "g": 1.0, "kg": 1000.0, "t": 1_000_000.0},
    "kg": {"g": 0.001, "kg": 1.0, "t": 1000.0},
    "m3": {"m3": 1.0, "dm3": 0.001, "cm3": 0.000001},
    "cm2": {"mm2": 0.01, "cm2": 1.0, "m2": 10_000.0},
    "m2": {"m2": 1.0, "ha": 10_000.0, "cm2": 0.0001},
    "ha": {"ha": 1.0, "m2": 0.0001, "km2": 100.0, "mu": 1 / 15},
    "degree": {"degree": 1.0},
    "mm": {"mm": 1.0, "cm": 10.0, "m": 1000.0, "in": 25.4},
    "t/ha": {"t/ha": 1.0, "Mg/ha": 1.0, "kg/ha": 0.001, "kg/m2": 10.0, "g/m2": 0.01},
    "Bq/kg": {"Bq/kg": 1.0, "mBq/g": 1.0, "Bq/g": 1000.0, "dpm/g": 1000 / 60},
    "1": {"1": 1.0, "%": 0.01, "g/kg": 0.001, "mg/g": 0.001},
}
"""Factor from a unit a table may declare to the unit we keep; 15 mu (市亩) make a hectare."""


class UnknownUnitError(MrvError):
    """A unit that is not known for a column."""

    def __init__(self, declared: str, internal: str) -> None:
        self.declared = declared
        self.allowed = tuple(COLUMN_UNITS[internal])
        super().__init__(f"unit {declared!r} is not one of {', '.join(self.allowed)}")


def conversion_factor(declared: str, internal: str) -> float:
    """Factor that turns a value in the declared unit into our unit.

    Raises
    ------
    UnknownUnitError
        If the declared unit is not a unit of this kind.
    """
    try:
        return COLUMN_UNITS[internal][declared]
    except KeyError:
        raise UnknownUnitError(declared, internal) from None


def unit_slug(unit: str) -> str:
    """Unit as the tail of an identifier: ``t_co2e/ha/yr`` → ``t_co2e_ha_yr``; dimensionless → ``""``."""
    return "" if unit == "1" else unit.replace("/", "_")


def identifier(quantity: str, unit: str) -> str:
    """Name of a figure: the quantity followed by its unit, ``net_removals`` → ``net_removals_t_co2e``."""
    slug = unit_slug(unit)
    return f"{quantity}_{slug}" if slug else quantity
