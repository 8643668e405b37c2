"""What a methodology's module tells the run about itself."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import NamedTuple

from mrv.errors import UsageError

DEDUCTED = "deducted_uncertainty"
"""Parameter by which a project chooses the error that is deducted."""


class Input(NamedTuple):
    """A quantity that the equations take and no equation and no document gives.

    A module of equations lists its inputs in ``INPUTS``.
    """

    name: str
    unit: str
    dims: tuple[str, ...]
    description: str


@dataclass(frozen=True)
class Accounting:
    """A methodology as the run sees it; each methodology's module holds one, named ``ACCOUNTING``.

    Attributes
    ----------
    id : str
        Name of the folder, of the module and of the entry point.
    equations : tuple of str
        Names of the modules that are always in the graph.
    baselines : mapping of str to str
        Module by baseline scenario; empty where the methodology knows no baseline.
    needs_stocks : bool
        Whether it takes stocks of two surveys; otherwise areas are enough.
    credits : bool
        Whether it ends in credits (buffer, deduction, issuance by vintage).
    headline : str
        Quantity to show first.
    limits : tuple of str
        Parameters that the plausibility gates read; resolved besides those that equations take.
    deductions : mapping of str to str
        Module by the error that is deducted, the methodology's own choice first; empty where it deducts none.
    """

    id: str
    equations: tuple[str, ...]
    needs_stocks: bool
    credits: bool
    headline: str
    baselines: Mapping[str, str] = field(default_factory=dict)
    limits: tuple[str, ...] = ()
    deductions: Mapping[str, str] = field(default_factory=dict)

    def modules(self, baseline: str | None = None, deducted: object = None) -> tuple[ModuleType, ...]:
        """Modules that make up the graph for a baseline scenario.

        Parameters
        ----------
        baseline : str, optional
            Scenario, where the methodology has some.
        deducted : str, optional
            What the project states as :data:`DEDUCTED`; anything that is not one of the deductions gives the
            methodology's own, and is told where the parameter is resolved.

        Raises
        ------
        UsageError
            If the scenario is not one of the methodology's, or is missing, or is not wanted.
        """
        if baseline is None and not self.baselines:
            return self._imported(deducted)
        if baseline is None or baseline not in self.baselines:
            raise UsageError(
                "baseline {baseline!r} is not one of {methodology}, which has: {allowed}"
                if self.baselines
                else "baseline {baseline!r} is stated, but {methodology} knows no baseline",
                baseline=baseline,
                methodology=self.id,
                allowed=", ".join(self.baselines),
            )
        return (*self._imported(deducted), importlib.import_module(self.baselines[baseline]))

    def _imported(self, deducted: object) -> tuple[ModuleType, ...]:
        own = tuple(self.deductions.values())[:1]
        chosen = (self.deductions[deducted],) if deducted in self.deductions else own  # type: ignore[index]
        return tuple(importlib.import_module(name) for name in (*self.equations, *chosen))
