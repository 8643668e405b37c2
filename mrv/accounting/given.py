"""Values that go into the equations, each with its unit and its source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import xarray as xr

from mrv.findings import Finding, Phrase
from mrv.parameters import Resolved
from mrv.units import CO2_PER_C

GivenKind = Literal["parameter", "measured", "stated", "constant"]


@dataclass(frozen=True)
class Given:
    """A value handed to the equations.

    Attributes
    ----------
    value : DataArray or float
        With the dimensions that the equations name, or a single number.
    unit : str
    source : str
        Where the value comes from, in words.
    kind : {"parameter", "measured", "stated", "constant"}
        ``parameter``: a number of the methodology; ``stated``: of the project; ``measured``: from its
        tables.
    clause : str
        Clause of the methodology, where there is one.
    description : str
    """

    value: xr.DataArray | float
    unit: str
    source: str
    kind: GivenKind
    clause: str = ""
    description: str = ""


CONSTANTS: Mapping[str, Given] = {
    "co2_per_carbon": Given(
        CO2_PER_C,
        "t_co2e/t_c",
        "integer molar masses of the guidelines, 44/12",
        "constant",
        description="Mass of CO₂ per mass of carbon",
    )
}
"""Givens that are the same everywhere."""


def from_parameters(
    resolved: Mapping[str, Resolved], strata: Sequence[str] = ()
) -> tuple[dict[str, Given], list[Finding]]:
    """Resolved numbers as givens; a standard error of ``x`` becomes ``x_standard_error``.

    Parameters
    ----------
    resolved : mapping of str to Resolved
    strata : sequence of str
        Strata of the project, in order; a number stated by stratum must name each of them.

    Returns
    -------
    dict of str to Given
        Words (choices) are left out: they were used when the numbers were resolved.
    list of Finding
        Rule ``parameter-strata`` where the strata of a number are not those of the project.
    """
    givens: dict[str, Given] = {}
    findings: list[Finding] = []
    for name, entry in resolved.items():
        for key, value in ((name, entry.value), (f"{name}_standard_error", entry.standard_error)):
            if value is None or isinstance(value, str):
                continue
            if isinstance(value, Mapping) and set(value) != set(strata):
                findings.append(_wrong_strata(name, value, strata))
                continue
            array = (
                xr.DataArray([float(value[s]) for s in strata], {"stratum": list(strata)}, ["stratum"])
                if isinstance(value, Mapping)
                else xr.DataArray(float(value))
            )
            kind: GivenKind = "stated" if entry.evidence == "stated" else "parameter"
            description = entry.description.en + (", standard error" if key != name else "")
            givens[key] = Given(array, entry.unit, entry.source, kind, entry.clause, description)
    return givens, findings


def _wrong_strata(name: str, value: Mapping[str, float], strata: Sequence[str]) -> Finding:
    return Finding(
        f"parameters.{name}",
        "parameter-strata",
        "{name} is stated for the strata {stated}; the project has {allowed}",
        {"name": name, "stated": ", ".join(value), "allowed": ", ".join(strata) or Phrase("none")},
    )
