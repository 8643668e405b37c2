"""What a laboratory's control shows, as figures of a run."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mrv.run.results import Figure
from mrv.soil.control import duplicate_deviation, recovery
from mrv.soil.shared_errors import batches
from mrv.units import identifier

if TYPE_CHECKING:
    from mrv.inputs import Inputs


def _figure(
    quantity: str, index: dict[str, str], value: float, units: int, error: float | None = None
) -> Figure:
    return Figure(
        name=identifier(quantity, "1"),
        quantity=quantity,
        unit="1",
        index=index,
        value=value,
        units=units,
        standard_error=error,
        method="control of the laboratory",
    )


def laboratory_figures(inputs: Inputs) -> list[Figure]:
    """Scatter of samples analysed twice, and recovery of reference materials by batch, of each survey. [1]"""
    figures = []
    for survey in inputs.surveys:
        soil = survey.soil
        if soil is None or soil.control is None:
            continue
        duplicates, materials = soil.control.duplicates, soil.control.reference_materials
        if len(duplicates):
            scatter = duplicate_deviation(duplicates)
            figures.append(
                _figure("laboratory_duplicate_deviation", {"date": survey.date}, scatter, len(duplicates))
            )
        names = batches(materials, soil.declaration, survey.date)
        for name, own in materials.groupby(names, sort=True):
            found = recovery(own)
            error = None if math.isnan(found.relative_standard_error) else found.relative_standard_error
            index = {"date": survey.date, "batch": str(name)}
            figures.append(_figure("laboratory_recovery", index, found.mean, found.measurements, error))
    return figures
