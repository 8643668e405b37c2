"""Carbon in the soil that came from elsewhere, and so is no work of the stand.

Sediment carries organic matter bound to its minerals. What it brings is taken from the carbon of
the soil; the rest is the stand's own. Both terms take the same conversion from organic matter to
carbon: with two conversions the share can turn negative, which is refused and never set to zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from mrv.errors import MrvError

Conversion = Callable[[float], float]
"""Organic carbon of an organic matter, both as shares of dry mass."""


class IncoherentInputError(MrvError):
    """Inputs that cannot all be true: more carbon of the stand than there is carbon, or less than none."""


def autochthonous_organic_matter(organic_matter: float, deposited_organic_matter: float) -> float:
    """Organic matter of the soil that the stand itself has made. [1]

    Parameters
    ----------
    organic_matter : float
        Of the soil, as a share of its dry mass. [1]
    deposited_organic_matter : float
        Of the sediment that is laid down, as a share of its dry mass. [1]

    References
    ----------
    .. [1] VM0033 v2.1, eq. 40.
    """
    return (organic_matter - deposited_organic_matter) / (1 - deposited_organic_matter)


def allochthonous_share(carbon: float, autochthonous_carbon: float) -> float:
    """Share of the soil's carbon that came from elsewhere, without judgement of the inputs. [1]

    See :func:`coherent_allochthonous_share`.

    References
    ----------
    .. [1] VM0033 v2.1, eq. 39.
    """
    return (carbon - autochthonous_carbon) / carbon


def coherent_allochthonous_share(carbon: float, autochthonous_carbon: float) -> float:
    """Share of the soil's carbon that came from elsewhere. [1]

    Parameters
    ----------
    carbon, autochthonous_carbon : float
        Organic carbon of the soil, and the part of it that the stand made. [1]

    Raises
    ------
    IncoherentInputError
        If the share lies outside 0–1: the two terms were not converted alike, or the deposited
        organic matter exceeds that of the soil.
    """
    share = allochthonous_share(carbon, autochthonous_carbon)
    if not 0 <= share <= 1:
        raise IncoherentInputError(
            "an allochthonous share of {share} is impossible: soil carbon {carbon}, of the stand {own}; "
            "both must come from organic matter by the same conversion",
            share=f"{share:.1%}",
            carbon=f"{carbon:.4g}",
            own=f"{autochthonous_carbon:.4g}",
        )
    return share


def allochthonous_share_by_organic_matter(
    organic_matter: float, deposited_organic_matter: float, conversion: Conversion
) -> float:
    """Share of the soil's carbon that came from elsewhere, with one conversion for both terms. [1]

    Parameters
    ----------
    organic_matter, deposited_organic_matter : float
        [1]
    conversion : callable
        Organic carbon from organic matter, such as a line of the site.

    Raises
    ------
    IncoherentInputError
        If the share lies outside 0–1.
    """
    own = autochthonous_organic_matter(organic_matter, deposited_organic_matter)
    return coherent_allochthonous_share(conversion(organic_matter), conversion(own))


def sensitivity_to_deposition(
    organic_matter: float, deposited: Sequence[float], conversion: Conversion
) -> tuple[tuple[float, float], ...]:
    """Share for each assumed organic matter of the deposited sediment; NaN where it is impossible.

    In a turbid delta this assumption decides the result, so that it is always shown.

    Parameters
    ----------
    organic_matter : float
        [1]
    deposited : sequence of float
        [1]
    conversion : callable

    Returns
    -------
    tuple of (deposited organic matter, allochthonous share)
    """
    pairs = []
    for value in deposited:
        try:
            share = allochthonous_share_by_organic_matter(organic_matter, value, conversion)
        except IncoherentInputError:
            share = math.nan
        pairs.append((value, share))
    return tuple(pairs)


def allochthonous_deduction(removal_t_co2e_ha_yr: float, share: float) -> float:
    """Deduction from carbon that is buried on the spot; nothing where the soil loses carbon.

    Parameters
    ----------
    removal_t_co2e_ha_yr : float
        Gain of the soil, positive. [t CO₂e ha⁻¹ yr⁻¹]
    share : float
        [1]

    References
    ----------
    .. [1] VM0033 v2.1, eq. 38.
    """
    return removal_t_co2e_ha_yr * share if removal_t_co2e_ha_yr > 0 else 0.0
