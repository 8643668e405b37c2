"""What the project file says of downed wood: lines through the plots, and the pieces that cross them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mrv.inputs.stated_values import NotNegative, StatedShare
from mrv.inputs.table_source import Document, Sentence, TableSource

Positive = Annotated[float, Field(gt=0)]


class PieceClass(Document):
    """A class of pieces by size and decay, with the stretch of the line on which it was looked for."""

    length_m: Positive = Field(description="Length of each line on which pieces of this class count. [m]")
    density_g_cm3: float = Field(ge=0.05, le=1.5, description="Density of the dead wood. [g/cm3]")
    density_standard_error_g_cm3: NotNegative | None = Field(
        None, description="Standard error of the density. [g/cm3]"
    )
    quadratic_mean_diameter_cm: Positive | None = Field(
        None, description="Root of the mean squared diameter; needed for pieces that were only counted. [cm]"
    )
    source: Sentence = Field(description="Where density and diameter are from.")


class DownedWood(Document):
    """Downed wood by the line-intersect method; in the sink only by dead_matter_in_sink."""

    lines: TableSource = Field(
        description="Table of the lines that were walked, also those without a piece: plot_id, line_id."
    )
    pieces: tuple[TableSource, ...] = Field(
        (), description="Tables of pieces that were measured: plot_id, line_id, piece_class, diameter_cm."
    )
    counts: tuple[TableSource, ...] = Field(
        (),
        description="Tables of pieces that were counted: plot_id, line_id, piece_class, pieces or "
        "squared_diameters_cm2.",
    )
    classes: Annotated[dict[str, PieceClass], Field(min_length=1)] = Field(
        description="Class of pieces: where it was looked for, and how heavy its wood is."
    )
    carbon_fraction: StatedShare | None = Field(
        None, description="Carbon over dry mass; left out, the pool is told in dry mass alone."
    )
