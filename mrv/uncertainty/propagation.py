"""Errors carried through sums, products and logarithms, without any drawing.

The analytic layer: it is exact for sums and a first order for the rest, it stands beside every
simulation as its check, and it shows what a shared error does that an independent one does not.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy.special import ndtri

Array = NDArray[np.float64]


def relative_error_of_product(relative_errors: Array) -> float:
    """Relative error of a product of independent factors: the root of the sum of squares. [1]

    References
    ----------
    .. [1] IPCC (2006), Guidelines for National Greenhouse Gas Inventories, vol. 1, eq. 3.1.
    """
    return math.sqrt(math.fsum(np.asarray(relative_errors) ** 2))


def relative_error_of_sum(relative_errors: Array, amounts: Array) -> float:
    """Relative error of a sum of independent amounts, each with its relative error. [1]

    References
    ----------
    .. [1] IPCC (2006), Guidelines for National Greenhouse Gas Inventories, vol. 1, eq. 3.2.
    """
    absolute = np.asarray(relative_errors) * np.asarray(amounts)
    return math.sqrt(math.fsum(absolute**2)) / abs(math.fsum(amounts))


def first_order_variance(gradient: Array, covariance: Array) -> float:
    """Variance of a quantity from that of what it depends on, ``g'Σg``.

    Parameters
    ----------
    gradient : ndarray, shape (k,)
    covariance : ndarray, shape (k, k)

    References
    ----------
    .. [1] JCGM 100:2008, Guide to the expression of uncertainty in measurement, eq. 13.
    """
    slope = np.asarray(gradient, dtype=np.float64)
    return float(slope @ np.asarray(covariance, dtype=np.float64) @ slope)


def relative_error_of_total(relative_error: float, n: int, correlation: float) -> float:
    """Relative error of a total of n equal parts whose errors correlate. [1]

    Parameters
    ----------
    relative_error : float
        Of each part.
    n : int
    correlation : float
        1: one draw for all parts, and nothing averages out; 0: a draw for each, which shrinks with √n.
    """
    return relative_error * math.sqrt((1 + (n - 1) * correlation) / n)


class LogUniform(NamedTuple):
    """Choice between two defensible values, uniform on the log scale between them."""

    log_ratio: float
    standard_uncertainty: float
    centre_over_first: float


def log_uniform_between(first: float, second: float) -> LogUniform:
    """Uncertainty of not knowing which of two values holds, uniform on the log scale.

    Parameters
    ----------
    first, second : float
        Two results in one unit, such as the biomass of a tree by two equations.

    Returns
    -------
    LogUniform
        ``ln(first/second)``; its standard uncertainty ``|ln|/(2√3)``, relative; and the geometric
        mean of the two over the first.

    References
    ----------
    .. [1] JCGM 100:2008, 4.3.7 (rectangular distribution).
    """
    log_ratio = math.log(first / second)
    return LogUniform(log_ratio, abs(log_ratio) / (2 * math.sqrt(3)), math.exp(-log_ratio / 2))


def log_bias_factor(residual_standard_deviation: float) -> float:
    """Factor from the median to the mean of a log-normal variable, ``exp(s²/2)``. [1]

    References
    ----------
    .. [1] Baskerville (1972), Canadian Journal of Forest Research 2, 49–53, doi:10.1139/x72-009.
    """
    return math.exp(residual_standard_deviation**2 / 2)


class StandVariance(NamedTuple):
    """Relative variance of the biomass of a stand: of the equation's parameters, and of its residuals."""

    parameters: float
    residual: float

    @property
    def relative_standard_error(self) -> float:
        """Root of both together. [1]"""
        return math.sqrt(self.parameters + self.residual)

    @property
    def parameter_share(self) -> float:
        """Part of the variance that more trees do not reduce. [1]"""
        return self.parameters / (self.parameters + self.residual)


def stand_variance(
    dbh_cm: float, stems: int, covariance: Array, residual_standard_deviation: float
) -> StandVariance:
    """Relative variance of the biomass of equal trees by an equation ``ln y = a + b ln D``.

    Parameters
    ----------
    dbh_cm : float
        [cm]
    stems : int
    covariance : ndarray, shape (2, 2)
        Of a and b.
    residual_standard_deviation : float
        Of ln y.

    Returns
    -------
    StandVariance
        The parameters' part stays; the residual part, ``(exp(s²) − 1)/n``, shrinks with the stems.
    """
    parameters = first_order_variance(np.array([1.0, math.log(dbh_cm)]), covariance)
    return StandVariance(parameters, math.expm1(residual_standard_deviation**2) / stems)


def normal_half_width(standard_error: float, level: float) -> float:
    """Half-width of the two-sided interval of a normal quantity, in the unit of its error."""
    return float(ndtri(0.5 + level / 2)) * standard_error


def rectangular_sum_half_width(n: int, half_width: float, level: float) -> float:
    """Half-width of the two-sided interval of a sum of n equal, independent rectangular quantities.

    Parameters
    ----------
    n : int
    half_width : float
        Of each rectangle.
    level : float

    Notes
    -----
    Exact, by the distribution of Irwin and Hall; it checks a simulation where no normal one could.
    """

    def below(x: float) -> float:
        terms = ((-1) ** k * math.comb(n, k) * (x - k) ** n for k in range(math.floor(x) + 1))
        return math.fsum(terms) / math.factorial(n)

    lower = scipy.optimize.brentq(lambda x: below(x) - (0.5 - level / 2), 0.0, n / 2, xtol=1e-14)
    return float((n / 2 - lower) * 2 * half_width)
