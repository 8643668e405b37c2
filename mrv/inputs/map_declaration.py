"""What the project file says of a map of above-ground biomass that was made elsewhere."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mrv.inputs.sampling import Day, Positive
from mrv.inputs.table_source import Document, Sentence, TableSource

DensityUnit = Literal["t/ha", "Mg/ha", "kg/ha", "kg/m2"]


class BiomassRaster(Document):
    """A raster of biomass per area."""

    file: Sentence = Field(description="Raster that GDAL reads, such as a GeoTIFF; relative to this file.")
    band: int = Field(1, ge=1, description="Band of the raster, from 1.")
    unit: DensityUnit = Field(description="Unit of the values, scale and offset of the file applied.")


class ModelError(Document):
    """Error of the map's mean for the coefficients of its model, which every pixel shares."""

    standard_error_t_ha: Positive = Field(description="Of the mean over the project area. [t/ha]")
    fitted_to_plots: int = Field(ge=3, description="Plots that the model was fitted to.")
    source: Sentence = Field(
        description="Where it is from, such as refits to plots drawn anew; where the map was fitted to "
        "predictions of another model, it counts both."
    )


class AgbMap(Document):
    """A map of above-ground biomass that was made elsewhere, as a raster or as a table of its means."""

    date: Day = Field(description="Day of the survey that the map stands for, YYYY-MM-DD.")
    source: Sentence = Field(description="Who made the map, from what, and where it is described.")
    plots: Literal["seen", "unseen"] = Field(
        description="Whether the model of the map was fitted to plots of this survey. If seen, predictions "
        "is required: residuals of plots that a model has learnt are too small."
    )
    itself_modelled: bool = Field(
        False,
        description="True if the map was fitted to predictions of another model and not to plots.",
    )
    raster: BiomassRaster | None = Field(None, description="The map. Either this or means.")
    means: TableSource | None = Field(
        None,
        description="Table of the map's mean over each stratum: stratum_id, map_mean_t_ha; optional "
        "outside_share, the share of its area where the map has no value or may not be used.",
    )
    predictions: TableSource | None = Field(
        None,
        description="Table of predictions by a model that had not seen the plot: plot_id, predicted_t_ha "
        "(empty where the map may not be used), and fold if the plots are seen.",
    )
    standard_error: BiomassRaster | None = Field(
        None,
        description="Raster of the standard error of each pixel for what departs from the model. Used where "
        "the plots were not drawn by chance.",
    )
    model_error: ModelError | None = Field(
        None, description="Required for an error where the plots were not drawn by chance."
    )
