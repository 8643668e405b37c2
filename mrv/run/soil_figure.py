"""An estimate of soil: which quantity, by which method, and how its errors are drawn."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mrv.stock.estimators import Estimate
from mrv.stock.stocks import StockEstimate
from mrv.uncertainty.soil import Effect, Elsewhere, Sample, SoilModel

POOL = "soil"

Key = tuple[str, tuple[tuple[str, str], ...], str | None]
"""Quantity, index and stratum."""


@dataclass(frozen=True)
class SoilFigure:
    """An estimate of soil with what tells it from others of its quantity.

    Attributes
    ----------
    quantity : str
        Such as ``soil_carbon_density`` or ``soil_carbon_sink``.
    index : mapping
        ``depth`` and ``date`` of a stock or a change, ``method`` of a change, a rate or an emission.
    stock : StockEstimate
        Stratum, unit and estimate.
    sample : str
        What was sampled for it.
    effects : tuple of Effect
        Shared errors; only of strata, from which those of the project follow.
    elsewhere : Elsewhere or None
        Share from elsewhere that the figure has taken off, or is.
    gain : Estimate or None
        Where there is such a share: the estimate before it.
    """

    quantity: str
    index: Mapping[str, str]
    stock: StockEstimate
    sample: Sample = "none"
    effects: tuple[Effect, ...] = ()
    elsewhere: Elsewhere | None = None
    gain: Estimate | None = None

    @property
    def model(self) -> SoilModel:
        """How a figure of a stratum is drawn."""
        estimate = self.stock.estimate if self.gain is None else self.gain
        sampled = self.sample != "none"
        return SoilModel(
            str(self.stock.stratum_id),
            estimate.value,
            estimate.standard_error if sampled else 0.0,
            estimate.degrees_of_freedom if sampled else math.inf,
            self.sample,
            self.effects,
            self.elsewhere,
        )

    @property
    def series(self) -> Key:
        """What the figures of all strata and of the project have in common."""
        return self.quantity, tuple(sorted(self.index.items())), None

    @property
    def key(self) -> Key:
        """What tells the figure from every other one."""
        return (*self.series[:2], self.stock.stratum_id)


def only_whole_project(stocks: Iterable[StockEstimate], strata: Iterable[str]) -> list[StockEstimate]:
    """Estimates without that of the project where a stratum of it was not sampled."""
    known = list(stocks)
    sampled = {stock.stratum_id for stock in known if stock.stratum_id is not None}
    return [stock for stock in known if stock.stratum_id is not None or set(strata) <= sampled]
