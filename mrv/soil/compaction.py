"""Compaction of a core by the corer, and its correction.

A tube that is pushed in shortens the soil. The loss of length is measured in the field, from the
surface inside and outside of the tube. Correcting it stretches depths and thins bulk density by the
same factor, so that no mass is made: a correction of depths alone adds soil that was never there.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Decompacted(NamedTuple):
    """Sections as they lay in the ground."""

    top_cm: Array
    bottom_cm: Array
    bulk_density_g_cm3: Array


def compaction(
    tube_length_cm: Array | float, inside_cm: Array | float, outside_cm: Array | float
) -> Array | float:
    """Share of its length that the soil in a tube has lost. [1]

    Parameters
    ----------
    tube_length_cm : ndarray or float
        Length of the tube. [cm]
    inside_cm, outside_cm : ndarray or float
        From the top of the tube down to the soil inside it, and to the soil outside. [cm]

    Notes
    -----
    ``1 − (L − inside)/(L − outside)``; less than 0 if the soil swelled.

    References
    ----------
    .. [1] Howard and others (2014), Coastal Blue Carbon, chapter 3.
    """
    return 1 - (tube_length_cm - inside_cm) / (tube_length_cm - outside_cm)


def decompact(
    top_cm: Array, bottom_cm: Array, bulk_density_g_cm3: Array, compaction_share: Array | float
) -> Decompacted:
    """Depths and bulk density of sections as they lay in the ground.

    The compaction is taken to be the same along the core. Mass per area of every section is kept.

    Parameters
    ----------
    top_cm, bottom_cm : ndarray, shape (n,)
        As cut from the core. [cm]
    bulk_density_g_cm3 : ndarray, shape (n,)
        As measured on the core. [g cm⁻³]
    compaction_share : ndarray or float
        Share of the length that was lost. [1]
    """
    kept = 1 - np.asarray(compaction_share, dtype=np.float64)
    return Decompacted(top_cm / kept, bottom_cm / kept, bulk_density_g_cm3 * kept)
