"""Numbers of units: a run of them from a first to a last."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, model_validator

from mrv.run.document import Document

LARGEST = 10**12
"""Numbers of units and tonnes lie below this; JSON keeps whole numbers exact up to 2⁵³."""

Count = Annotated[int, Field(ge=1, lt=LARGEST)]


class Fixed(Document):
    """Base of everything in an entry: nothing is converted, nothing is left over, nothing changes."""

    model_config = ConfigDict(strict=True)


class Range(Fixed):
    """Numbers from the first to the last, both of them included."""

    first: Count
    last: Count

    @model_validator(mode="after")
    def _last_not_before_first(self) -> Range:
        if self.last < self.first:
            raise ValueError("the last number lies before the first")
        return self

    @property
    def count(self) -> int:
        """How many units. [t_co2e]"""
        return self.last - self.first + 1
