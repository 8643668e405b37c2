"""What the project file says of the errors that soil cores share."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mrv.inputs.table_source import Document, Sentence, Word
from mrv.inputs.uncertainty import Positive, RelativeError


class CompactionError(Document):
    """Error of the correction for compaction, shared by the compacted cores of a survey."""

    standard_error: Positive = Field(description="Of the share of its length that a core lost. [1]")
    source: Sentence = Field(description="Where the error is from.")


class SoilErrors(Document):
    """Errors that the cores of a survey share, so that more cores do not reduce them."""

    batch: Word | None = Field(
        None,
        min_length=1,
        description="Name of the laboratory batch of sections without batch_id; surveys that name the same "
        "batch share its draws. Default: the date of the survey.",
    )
    carbon: RelativeError | None = Field(
        None, description="Bias of measured carbon: one draw for each batch. Not for sections by a line."
    )
    bulk_density: RelativeError | None = Field(
        None, description="Bias of bulk density: one draw for each batch."
    )
    compaction: CompactionError | None = Field(
        None, description="Error of the correction of the cores whose compaction was measured."
    )


class LineErrors(Document):
    """Errors of the two coefficients of a line, which all its sections share."""

    slope: Annotated[float, Field(ge=0)] = Field(description="Standard error of the slope. [1]")
    intercept_pct: Annotated[float, Field(ge=0)] = Field(
        description="Standard error of the intercept. [% of dry mass]"
    )
    correlation: Annotated[float, Field(ge=-1, le=1)] = Field(
        description="Of the two estimates; near -1 for a line fitted by least squares. [1]"
    )
