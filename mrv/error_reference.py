"""Errors that others published: of tree equations, and of measuring a tree.

``data/equation_errors.csv`` holds, for the equations for which they are known, the covariance of the
coefficients of ``ln y = a + b ln D`` and the spread of single trees around it; what is not known is empty,
and nothing is invented for it. ``data/measurement_errors.csv`` holds single numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from mrv.provenance import Evidence
from mrv.sourced_tables import kept_by_tables, number_of, sourced_rows

Array = NDArray[np.float64]


@dataclass(frozen=True)
class EquationError:
    """What is known of the error of an equation.

    Attributes
    ----------
    equation_id : str
    variance_a, covariance_ab, variance_b : float
        Of the coefficients on the natural log scale; NaN where not published.
    residual_standard_deviation : float
        Of ln y of a tree around the equation.
    source_id : str
    evidence : str
    note : str
    """

    equation_id: str
    variance_a: float
    covariance_ab: float
    variance_b: float
    residual_standard_deviation: float
    source_id: str
    evidence: Evidence
    note: str

    @property
    def covariance(self) -> Array | None:
        """Covariance of the two coefficients, shape (2, 2); None where it is not known."""
        matrix = np.array([[self.variance_a, self.covariance_ab], [self.covariance_ab, self.variance_b]])
        return None if np.isnan(matrix).any() else matrix


@dataclass(frozen=True)
class MeasurementError:
    """A number that describes an error of measuring."""

    name: str
    value: float
    unit: str
    source_id: str
    evidence: Evidence
    note: str


@kept_by_tables
def equation_errors() -> Mapping[str, EquationError]:
    """Errors of equations by the equation's identifier."""
    return MappingProxyType(
        {
            row["equation_id"]: EquationError(
                row["equation_id"],
                number_of(row["variance_a"]),
                number_of(row["covariance_ab"]),
                number_of(row["variance_b"]),
                number_of(row["residual_standard_deviation"]),
                row["source_id"],
                row["evidence"],  # type: ignore[arg-type]
                row["note"],
            )
            for row in sourced_rows("equation_errors")
        }
    )


@kept_by_tables
def measurement_errors() -> Mapping[str, MeasurementError]:
    """Errors of measuring by name."""
    return MappingProxyType(
        {
            row["name"]: MeasurementError(
                row["name"],
                float(row["value"]),
                row["unit"],
                row["source_id"],
                row["evidence"],  # type: ignore[arg-type]
                row["note"],
            )
            for row in sourced_rows("measurement_errors")
        }
    )


def measurement_error(name: str) -> float:
    """Value of a number of the table, in its unit."""
    return measurement_errors()[name].value


def diameter_standard_error(dbh_cm: Array) -> Array:
    """Standard deviation of a careful measurement of a diameter. [cm]

    Parameters
    ----------
    dbh_cm : ndarray, shape (n,)
        [cm]

    References
    ----------
    .. [1] Chave et al. (2004), doi:10.1098/rstb.2003.1425.
    """
    slope, intercept = (measurement_error(f"diameter_error_{part}") for part in ("slope", "intercept"))
    return slope * np.asarray(dbh_cm, dtype=np.float64) + intercept
