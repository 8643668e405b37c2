"""What a methodology's module tells the run about itself."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
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
    baselines : mapping of str to tuple of str
        Modules by baseline scenario; empty where the methodology knows no baseline.
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
    soil : mapping of str to tuple of str
        Modules by the way that soil is in the sink, the methodology's own choice first; empty where there is
        no choice.
    dead_matter : mapping of str to tuple of str
        Modules by whether dead wood and litter are in the sink, the methodology's own choice first; empty
        where they cannot be.
    issuance : tuple of str
        Quantities that make an issuance; a condition without an answer stops them and nothing else.
    class_maps : tuple of str
        Modules by which two maps of classes become stocks and sinks, a graph of its own; empty where the
        methodology says nothing of such maps.
    """

    id: str
    equations: tuple[str, ...]
    needs_stocks: bool
    credits: bool
    headline: str
    baselines: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    limits: tuple[str, ...] = ()
    deductions: Mapping[str, str] = field(default_factory=dict)
    soil: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dead_matter: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    issuance: tuple[str, ...] = ()
    class_maps: tuple[str, ...] = ()

    def modules(
        self,
        baseline: str | None = None,
        deducted: object = None,
        soil: str | None = None,
        dead_matter: str | None = None,
    ) -> tuple[ModuleType, ...]:
        """Modules that make up the graph for a baseline scenario.

        Parameters
        ----------
        baseline : str, optional
            Scenario, where the methodology has some.
        deducted : str, optional
            What the project states as :data:`DEDUCTED`; anything that is not one of the deductions gives the
            methodology's own, and is told where the parameter is resolved.
        soil, dead_matter : str, optional
            How soil is in the sink, and whether dead wood and litter are; the methodology's own choice if
            left out.

        Raises
        ------
        UsageError
            If the scenario is not one of the methodology's, or is missing, or is not wanted; or if the
            methodology does not count soil that way, or no dead matter.
        """
        always = self._imported(deducted, soil, dead_matter)
        if baseline is None and not self.baselines:
            return always
        if baseline is None or baseline not in self.baselines:
            raise UsageError(
                "baseline {baseline!r} is not one of {methodology}, which has: {allowed}"
                if self.baselines
                else "baseline {baseline!r} is stated, but {methodology} knows no baseline",
                baseline=baseline,
                methodology=self.id,
                allowed=", ".join(self.baselines),
            )
        return (*always, *map(importlib.import_module, self.baselines[baseline]))

    def class_map_modules(self) -> tuple[ModuleType, ...]:
        """Modules that make up the graph for two maps of classes.

        Raises
        ------
        UsageError
            If the methodology says nothing of such maps.
        """
        if not self.class_maps:
            raise UsageError("{methodology} says nothing of maps of classes", methodology=self.id)
        return tuple(map(importlib.import_module, self.class_maps))

    def graphs(self) -> Iterator[tuple[ModuleType, ...]]:
        """Modules of every choice there is: baselines, deductions, soil, dead matter; and of class maps."""
        for chosen in product(
            self.baselines or (None,),
            self.deductions or (None,),
            self.soil or (None,),
            self.dead_matter or (None,),
        ):
            yield self.modules(*chosen)
        if self.class_maps:
            yield self.class_map_modules()

    def _imported(
        self, deducted: object, soil: str | None, dead_matter: str | None
    ) -> tuple[ModuleType, ...]:
        own = tuple(self.deductions.values())[:1]
        chosen = (self.deductions[deducted],) if deducted in self.deductions else own  # type: ignore[index]
        if soil is not None and soil not in self.soil:
            raise UsageError(
                "soil by {soil!r} is not one of {methodology}, which has: {allowed}"
                if self.soil
                else "soil by {soil!r} is stated, but {methodology} knows no soil in the sink",
                soil=soil,
                methodology=self.id,
                allowed=", ".join(self.soil),
            )
        if dead_matter is not None and dead_matter not in self.dead_matter:
            raise UsageError(
                "dead matter {found!r} is not one of {methodology}, which has: {allowed}"
                if self.dead_matter
                else "dead_matter_in_sink is stated, but {methodology} knows no dead matter in the sink",
                found=dead_matter,
                methodology=self.id,
                allowed=", ".join(self.dead_matter),
            )
        counted = self.soil.get(soil or next(iter(self.soil), ""), ())
        dead = self.dead_matter.get(dead_matter or next(iter(self.dead_matter), ""), ())
        names = (*self.equations, *counted, *dead, *chosen)
        return tuple(importlib.import_module(name) for name in names)
