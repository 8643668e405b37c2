"""Pictures of a run: plates of the maps, observed against predicted biomass, the error budget."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mrv.charts.agreement_plot import LeftOutPlots, draw_agreement
from mrv.charts.budget_bars import draw_budget
from mrv.charts.map_plate import Plate, draw_plate

if TYPE_CHECKING:
    import geopandas as gpd

    from mrv.run.biomass_map import BiomassMap
    from mrv.run.estimate import Estimated
    from mrv.run.prepare import Prepared
    from mrv.run.results import ErrorBudgetRecord
    from mrv.run.sink_map import SinkMap

PANELS = {
    "share_of_stock_variance": "carbon stock",
    "share_of_sink_variance": "sink",
    "share_of_net_removals_variance": "net removals",
    "share_of_soil_stock_variance": "soil carbon",
    "share_of_soil_sink_variance": "sink of soil",
}
"""Shares of the error budget: their figure."""

LONGEST_SIDE = 4096
"""Pixels of the longer side of a plate; of a larger map every so many rows and columns are drawn."""

DESIGNS = {"random": "random folds", "block": "spatial blocks", "knndm": "kNNDM"}


def draw_pictures(
    folder: Path, prepared: Prepared, estimated: Estimated, budget: ErrorBudgetRecord | None
) -> None:
    """Write every picture that the run has the figures for into an existing folder."""
    notices = prepared.notices
    if budget is not None:
        _draw_budget(folder, budget, notices=(*notices, *_standing(prepared, budget)))
    mapped, strata = estimated.biomass_map, prepared.inputs.strata.geometry
    if mapped is None:
        return
    _draw_agreement(folder, mapped, notices=notices)
    if mapped.grid is not None and mapped.prediction is not None and strata is not None:
        _draw_plates(folder, mapped, estimated.sink_map, strata, notices=notices)


def _standing(prepared: Prepared, budget: ErrorBudgetRecord) -> tuple[str, ...]:
    """How the methodology stands to its text, where net removals are among the figures."""
    shown = any(own.share_of_net_removals_variance is not None for own in budget.components)
    if prepared.methodology is None or not shown:
        return ()
    document = prepared.methodology.document
    return (f"{document.id.upper()}: {document.conformance.upper().replace('_', ' ')}",)


def _draw_budget(folder: Path, budget: ErrorBudgetRecord, *, notices: Sequence[str]) -> None:
    records = [component.model_dump() for component in budget.components]
    panels = {key: label for key, label in PANELS.items() if any(own[key] is not None for own in records)}
    drawn = [own for own in records if any(own[key] is not None for key in panels)]
    if not drawn:
        return
    shares = {
        label: {
            str(own["component"]).replace("_", " "): math.nan if own[key] is None else own[key]
            for own in drawn
        }
        for key, label in panels.items()
    }
    draw_budget(shares, "Error budget", folder, "error_budget", notices=notices)


def _signed(value: float) -> str:
    text = f"{abs(value):.1f}"
    return text if not float(text) else ("−" if value < 0 else "+") + text


def _draw_agreement(folder: Path, mapped: BiomassMap, *, notices: Sequence[str]) -> None:
    fitting = mapped.fitting
    training, name, design = fitting.training, fitting.model.candidate, fitting.headline
    own = next(j for j in fitting.judgements if (j.design, j.candidate) == (design, name))
    notes = (
        f"{name.replace('_', ' ')}, left out by {DESIGNS[design]}",
        f"{len(set(training.plot_id))} plots of {' and '.join(mapped.predictors)}",
        f"RMSE {own.agreement.rmse_t_ha:.1f} t/ha, R² {own.agreement.r2:.2f}",
        f"bias {_signed(own.agreement.bias_t_ha)} t/ha",
    )
    draw_agreement(
        LeftOutPlots(
            "Above-ground biomass, observed and predicted",
            "t/ha",
            tuple(training.strata[number] for number in training.rows.stratum),
            training.agb_t_ha,
            fitting.left_out[design][name].predicted_t_ha,
            notes,
        ),
        folder,
        "observed_predicted",
        notices=notices,
    )


def _draw_plates(
    folder: Path,
    mapped: BiomassMap,
    sink: SinkMap | None,
    strata: gpd.GeoDataFrame,
    *,
    notices: Sequence[str],
) -> None:
    prediction = mapped.prediction
    assert mapped.grid is not None
    assert prediction is not None
    shown = mapped.grid.thinned(LONGEST_SIDE)
    grid = shown.grid
    places = mapped.fitting.training.rows.coordinates_m
    agb = np.where(prediction.inside, prediction.agb_t_ha, np.nan)
    image = shown.values(mapped.grid.pixel, agb)
    plate = Plate(f"Above-ground biomass, {mapped.date}", "t/ha", image, grid, strata, places)
    draw_plate(plate, folder, "biomass_map", notices=notices)
    if sink is None or not len(sink.pixel):
        return
    plate = Plate(
        f"Carbon sink of biomass, {sink.first} to {sink.last}",
        "t CO₂e per hectare and year",
        shown.values(sink.pixel, sink.sink),
        grid,
        strata,
        places,
        diverging=True,
    )
    draw_plate(plate, folder, "sink_map", notices=notices)
