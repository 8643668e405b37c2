"""Numbers that the project file states with their standard error and source, and the same as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from mrv.inputs.table_source import Document, Sentence

NotNegative = Annotated[float, Field(ge=0)]


class StatedShare(Document):
    """A share between 0 and 1, with its source."""

    value: float = Field(gt=0, le=1, description="The share. [1]")
    standard_error: NotNegative | None = Field(None, description="Standard error of the share. [1]")
    source: Sentence = Field(description="Where the share is from.")

    @property
    def stated(self) -> Stated:
        """Value and error without the source."""
        return Stated(self.value, self.standard_error)


@dataclass(frozen=True)
class Stated:
    """A number with its standard error; None where the error is not known."""

    value: float
    standard_error: float | None
