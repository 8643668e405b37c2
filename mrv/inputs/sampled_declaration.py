"""What the project file says of a layer that covers a sample of the area: strips, footprints, blocks."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mrv.inputs.map_declaration import ModelError
from mrv.inputs.sampling import Day
from mrv.inputs.table_source import Document, Sentence, TableSource


class SampledLayer(Document):
    """Predictions of above-ground biomass at units that were drawn by chance and do not cover the area."""

    date: Day = Field(description="Day of the survey that the layer stands for, YYYY-MM-DD.")
    source: Sentence = Field(description="Who made the layer, from what, and where it is described.")
    drawn: Literal["units", "clusters"] = Field(
        description="What was drawn by chance within each stratum: single units, or clusters of them such as "
        "strips, orbits or flights, named in cluster_id. A layer whose place was chosen does not serve."
    )
    plots: Literal["seen", "unseen"] = Field(
        description="Whether the model of the layer was fitted to plots of this survey. If seen, fold is "
        "required: predictions that a model has learnt are too close."
    )
    units: TableSource = Field(
        description="Table of all units that were seen, those with plots too: unit_id, stratum_id, "
        "predicted_t_ha; cluster_id if clusters were drawn."
    )
    predictions: TableSource = Field(
        description="Table of predictions by a model that had not seen the plot: plot_id, predicted_t_ha, "
        "and fold if the plots are seen."
    )
    model_error: ModelError | None = Field(
        None,
        description="Where the plots were not drawn by chance: error of the model of the layer. Left out, "
        "and if the plots are unseen, the predictions are calibrated by the plots, which gives an error.",
    )
