"""What the project file says of the model of biomass: its predictors, its candidates, the errors it faces."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mrv.inputs.sampling import Day, NotNegative, Positive
from mrv.inputs.table_source import Document, Sentence, TableSource

PredictorName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]

CandidateName = Literal[
    "stratum_mean",
    "height_power",
    "ridge",
    "partial_least_squares",
    "stratum_ridge",
    "stratum_kriging",
    "gaussian_process",
    "random_forest",
    "gradient_boosting",
    "forest_kriging",
]


class PopulationTable(Document):
    """Predictors of the whole area, in a table."""

    rows: Literal["cells", "stratum_means"] = Field(
        description="cells: the area in pieces, each with its predictors; stratum_means: one row for each "
        "stratum with the means of its predictors, which serve a linear model alone."
    )
    table: TableSource = Field(
        description="Table with stratum_id and the predictors; for cells optional area_ha and x, y."
    )


class PredictorTables(Document):
    """Predictors that were worked out elsewhere, such as metrics of drone lidar."""

    plots: TableSource = Field(description="Table with plot_id and the predictors, a row for each plot.")
    population: PopulationTable | None = Field(
        None, description="Predictors of the area; left out, the model is judged and nothing is mapped."
    )


class PlotErrors(Document):
    """Standard deviations by which a plot departs from its pixel; plots count by the inverse variance."""

    pixel_area_m2: Positive = Field(description="Area that a predictor stands for. [m2]")
    measurement_t_ha: NotNegative = Field(0.0, description="Of the measuring of trees. [t/ha]")
    allometry_t_ha: NotNegative = Field(0.0, description="Of the equations of biomass. [t/ha]")
    within_pixel_t_ha: NotNegative = Field(
        0.0,
        description="Between plots in one pixel; counts by the share of the pixel beside the plot. [t/ha]",
    )
    position_t_ha: NotNegative = Field(0.0, description="Of the place of the plot. [t/ha]")
    time_t_ha: NotNegative = Field(0.0, description="Of the time between survey and image. [t/ha]")
    source: Sentence = Field(description="Where the values are from.")


class CoordinateError(Document):
    """How well the coordinates of plots are known."""

    standard_error_m: Positive = Field(description="Standard error of each coordinate. [m]")
    source: Sentence = Field(description="Receiver, and where the value is from.")


class PredictorError(Document):
    """How well a predictor is known at a plot."""

    standard_error: Positive = Field(description="Standard error, in the unit of the predictor.")
    source: Sentence = Field(description="Where the value is from.")


class BiomassModel(Document):
    """A model of above-ground biomass, fitted to the plots of a survey; reported, not credited."""

    survey: Day | None = Field(None, description="Date of the survey that it is fitted to. Default: last.")
    both_dates: bool = Field(
        False,
        description="Whether the plots of the first survey are fitted, too, with the imagery of its date; "
        "they must be the same plots.",
    )
    predictors: Annotated[tuple[PredictorName, ...], Field(min_length=1)] = Field(
        description="Predictors by name, as in the tables or as the imagery calls them."
    )
    height: PredictorName | None = Field(
        None, description="Predictor that is a canopy height in metres; the power law is fitted to it."
    )
    tables: PredictorTables | None = Field(
        None, description="Predictors in tables. Left out, they come from the imagery."
    )
    candidates: Annotated[tuple[CandidateName, ...], Field(min_length=1)] = Field(
        ("ridge", "random_forest"),
        description="Models to compare; stratum_mean and height_power always stand beside.",
    )
    folds: int = Field(10, ge=3, description="Parts into which the plots are divided for validation.")
    block_m: Positive | None = Field(
        None, description="Side of the blocks of spatial validation. [m] Default: about four to a fold."
    )
    bootstrap_replicates: int = Field(
        200, ge=2, description="Refits to bootstrap samples of the plots, for the error of the model."
    )
    plot_errors: PlotErrors | None = Field(
        None, description="Errors by which plots are weighted; left out, all count alike."
    )
    coordinate_error: CoordinateError | None = Field(
        None, description="Error of plot coordinates; tells how much of a plot lies in its pixel."
    )
    predictor_errors: dict[str, PredictorError] = Field(
        default_factory=dict, description="Predictor: its error; tells how much flatter it makes a slope."
    )
