"""The second measurement of a tenth of the plots in the documents and tables of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from mrv.quality.remeasurement import MEASURES, bias, compared_stems
from mrv.run.figures import figure_of
from mrv.run.results import Figure
from mrv.units import identifier

if TYPE_CHECKING:
    from mrv.inputs import Inputs


def remeasurement_table(inputs: Inputs) -> pd.DataFrame:
    """Stems measured twice, of all surveys; without rows where nothing was measured again."""
    parts = [
        compared_stems(survey).assign(date=survey.date)
        for survey in inputs.surveys
        if survey.remeasured is not None
    ]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    return table[["date", *(name for name in table.columns if name != "date")]] if len(table) else table


def remeasurement_figures(inputs: Inputs, level: float) -> list[Figure]:
    """Bias of diameters and heights, and the share of stems within what is allowed, by date."""
    figures = []
    for survey in inputs.surveys:
        stems = compared_stems(survey)
        if stems.empty:
            continue
        for name, unit in MEASURES.items():
            stem = name.rsplit("_", 1)[0]
            mean = bias(stems, name)
            if mean is None:
                continue
            figures.append(figure_of(f"remeasurement_{stem}_bias", unit, {"date": survey.date}, mean, level))
            within = stems[f"{stem}_within"].dropna().astype(bool)
            quantity = f"remeasurement_{stem}_within"
            figures.append(
                Figure(
                    name=identifier(quantity, "1"),
                    quantity=quantity,
                    unit="1",
                    index={"date": survey.date},
                    value=float(within.mean()),
                    units=len(within),
                    method="share of stems measured again",
                )
            )
    return figures
