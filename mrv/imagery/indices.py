"""Spectral indices of mangrove canopies from surface reflectance.

Each is a plain function of the bands it names. Where a denominator is not clearly positive the index says
nothing and is NaN: dark water under haze has reflectances around zero, and a ratio of them is noise.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
Index = Callable[..., Array]

SMALLEST_DENOMINATOR = 0.01
"""Sum of reflectances, or difference, below which a ratio of them is noise. [1]"""


def _ratio(numerator: Array, denominator: Array) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio: Array = np.where(denominator >= SMALLEST_DENOMINATOR, numerator / denominator, np.nan)
    return ratio


def _difference(first: Array, second: Array) -> Array:
    return _ratio(first - second, first + second)


def ndvi(nir: Array, red: Array) -> Array:
    """Normalised difference vegetation index.

    References
    ----------
    .. [1] Tucker (1979), doi:10.1016/0034-4257(79)90013-0.
    """
    return _difference(nir, red)


def evi(nir: Array, red: Array, blue: Array) -> Array:
    """Enhanced vegetation index.

    References
    ----------
    .. [1] Huete et al. (2002), doi:10.1016/S0034-4257(02)00096-2.
    """
    return _ratio(2.5 * (nir - red), nir + 6 * red - 7.5 * blue + 1)


def ndwi(green: Array, nir: Array) -> Array:
    """Normalised difference water index: water is above 0.

    References
    ----------
    .. [1] McFeeters (1996), doi:10.1080/01431169608948714.
    """
    return _difference(green, nir)


def mndwi(green: Array, swir1: Array) -> Array:
    """Modified normalised difference water index: water is above 0.

    References
    ----------
    .. [1] Xu (2006), doi:10.1080/01431160600589179.
    """
    return _difference(green, swir1)


def ndmi(nir_narrow: Array, swir1: Array) -> Array:
    """Normalised difference moisture index, from the narrow near-infrared band.

    References
    ----------
    .. [1] Gao (1996), doi:10.1016/S0034-4257(96)00067-3.
    """
    return _difference(nir_narrow, swir1)


def ci_red_edge(red_edge_1: Array, red_edge_3: Array) -> Array:
    """Red-edge chlorophyll index.

    References
    ----------
    .. [1] Gitelson, Gritz and Merzlyak (2003), doi:10.1078/0176-1617-00887.
    """
    return _ratio(red_edge_3, red_edge_1) - 1


def ireci(red: Array, red_edge_1: Array, red_edge_2: Array, red_edge_3: Array) -> Array:
    """Inverted red-edge chlorophyll index.

    References
    ----------
    .. [1] Frampton et al. (2013), doi:10.1016/j.isprsjprs.2013.04.007.
    """
    return _ratio((red_edge_3 - red) * red_edge_2, red_edge_1)


def mvi(nir: Array, green: Array, swir1: Array) -> Array:
    """Mangrove vegetation index; NaN on water, where its denominator passes through zero.

    References
    ----------
    .. [1] Baloloy et al. (2020), doi:10.1016/j.isprsjprs.2020.06.001.
    """
    with np.errstate(invalid="ignore"):
        land = mndwi(green, swir1) < 0
    return np.where(land, _ratio(nir - green, swir1 - green), np.nan)


def cmri(nir: Array, red: Array, green: Array) -> Array:
    """Combined mangrove recognition index: NDVI less NDWI.

    References
    ----------
    .. [1] Gupta et al. (2018), doi:10.1016/j.mex.2018.09.011.
    """
    return ndvi(nir, red) - ndwi(green, nir)


INDICES: Mapping[str, Index] = MappingProxyType(
    {
        function.__name__: function
        for function in (ndvi, evi, ndwi, mndwi, ndmi, ci_red_edge, ireci, mvi, cmri)
    }
)
"""Every index by its name; the parameters of a function are the bands that it needs."""


def bands_needed(index: str) -> tuple[str, ...]:
    """Bands that an index is made of."""
    return tuple(inspect.signature(INDICES[index]).parameters)


def index_values(index: str, bands: Mapping[str, Array]) -> Array:
    """Values of an index from bands by their role. [1]"""
    return INDICES[index](**{name: bands[name] for name in bands_needed(index)})
