"""What providers say of their products: how stored numbers become reflectance, which mask classes are clear.

The numbers live in ``data/sensors.csv`` and ``data/mask_classes.csv``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mrv.sourced_tables import kept_by_tables, sourced_rows

REFLECTANCE_BANDS = (
    "blue",
    "green",
    "red",
    "red_edge_1",
    "red_edge_2",
    "red_edge_3",
    "nir",
    "nir_narrow",
    "swir1",
    "swir2",
)
BACKSCATTER_BANDS = ("vv", "vh", "hh", "hv")

Sensor = Literal["sentinel2_l2a", "landsat_c2_l2", "reflectance", "gamma0"]
Mask = Literal["scl", "qa_pixel"]

SENTINEL_2_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "B02": "blue",
        "B03": "green",
        "B04": "red",
        "B05": "red_edge_1",
        "B06": "red_edge_2",
        "B07": "red_edge_3",
        "B08": "nir",
        "B8A": "nir_narrow",
        "B11": "swir1",
        "B12": "swir2",
    }
)
"""Names that Sentinel-2 gives its bands, and what they are."""


@kept_by_tables
def _numbers() -> Mapping[tuple[str, str], float]:
    rows = sourced_rows("sensors")
    return MappingProxyType({(row["sensor"], row["name"]): float(row["value"]) for row in rows})


def sensor_number(sensor: str, name: str) -> float:
    """A number that the provider of a product states."""
    return _numbers()[sensor, name]


@kept_by_tables
def _unclear() -> Mapping[tuple[str, str], tuple[int, ...]]:
    kinds: dict[tuple[str, str], list[int]] = {}
    for row in sourced_rows("mask_classes"):
        values = kinds.setdefault((row["mask"], row["kind"]), [])
        if row["clear"] == "no":
            values.append(int(row["value"]))
    return MappingProxyType({key: tuple(values) for key, values in kinds.items()})


@kept_by_tables
def _known_classes(mask: str) -> tuple[int, ...]:
    rows = sourced_rows("mask_classes")
    return tuple(int(row["value"]) for row in rows if row["mask"] == mask)


def clear(mask: Mask, stored: NDArray[Any]) -> NDArray[np.bool_]:
    """Where the ground was seen: no cloud, shadow, snow or fault, as the provider's mask says.

    Parameters
    ----------
    mask : {"scl", "qa_pixel"}
        Scene classification of Sentinel-2, or the bits of Landsat Collection 2.
    stored : ndarray of whole numbers
    """
    whole = stored.astype(np.int64)
    if mask == "scl":
        known = np.isin(whole, _known_classes("scl"))
        return known & ~np.isin(whole, _unclear()["scl", "class"])
    bits = sum(1 << bit for bit in _unclear()["qa_pixel", "bit"])
    return np.asarray((whole & bits) == 0)


def role_of(sensor: Sensor, name: str) -> str | None:
    """What a band is, from the name that the file gives it; None if the name does not say."""
    plain = name.strip().casefold()
    if plain in REFLECTANCE_BANDS + BACKSCATTER_BANDS:
        return plain
    if sensor == "sentinel2_l2a":
        word = name.strip().upper().removesuffix("_10M").removesuffix("_20M")
        return SENTINEL_2_NAMES.get(word)
    return None
