"""Draws of figures of soil: sampling, and what the cores, stations and strata share.

A figure of a stratum is drawn as its value, moved by one sampling error of its design and by the step
of every shared error times one draw of it. Steps are what a standard error does to the figure when the
whole computation is done again with it; products of two errors, far below either, are left out. What
varies from section to section and from core to core is in the scatter between plots already and is not
added.
"""

from __future__ import annotations

import math
from collections.abc import Set
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mrv.inputs.uncertainty import SoilComponent
from mrv.streams import BLOCK, Streams
from mrv.uncertainty.sampling import student_factor
from mrv.uncertainty.shared import MEDIAN, Normal, truncated_normal

Array = NDArray[np.float64]

Sample = Literal["cores", "stations", "dated cores", "none"]
"""What was sampled; each has draws of its own in a stratum."""

Shape = Literal["normal", "uniform"]

Part = Literal["own", "elsewhere"]
"""Carbon of the stand, or carbon from elsewhere."""

Held = SoilComponent | Literal["area"] | None
"""Component that is held at its median; None where all are at work."""


@dataclass(frozen=True)
class Effect:
    """What a shared error does to a figure.

    Attributes
    ----------
    component : str
    variable : str
        Key of its stream: figures with the same key move together.
    size : float
        Change of the figure by one standard error; for a uniform error, from one end to the other.
    shape : {"normal", "uniform"}
        ``uniform`` between the figure as it is (0) and as it would be (1).
    """

    component: SoilComponent
    variable: str
    size: float
    shape: Shape = "normal"

    def times(self, factor: float) -> Effect:
        """The effect on a figure that is so many times this one."""
        return Effect(self.component, self.variable, self.size * factor, self.shape)

    def draws(self, streams: Streams, block: int, held: Held) -> Array:
        """One block of changes of the figure, in its unit."""
        if self.shape == "uniform":
            chance = streams.uniforms(self.variable, block)[:, 0]
            return self.size * (np.full(BLOCK, MEDIAN) if held == self.component else chance)
        if held == self.component:
            return np.zeros(BLOCK)
        return self.size * streams.normals(self.variable, block)[:, 0]


@dataclass(frozen=True)
class Elsewhere:
    """Share of a gain of carbon that came from elsewhere, and which part of the gain is meant.

    Attributes
    ----------
    variable : str
        Key of its stream.
    share : Normal
        Cut off at 0 and 1. [1]
    part : {"own", "elsewhere"}
    """

    variable: str
    share: Normal
    part: Part

    def of(self, gain: Array, share: Array | float) -> Array:
        """Part of a gain; nothing is deducted where the soil loses carbon."""
        foreign = np.where(gain > 0, gain * share, 0.0)
        return np.asarray(gain - foreign if self.part == "own" else foreign)

    def draws(self, gain: Array, streams: Streams, block: int, held: Held) -> Array:
        """One block of the part of a gain, shape of the gain."""
        if self.share.standard_error == 0 or held == "soil_allochthonous_share":
            return self.of(gain, self.share.value)
        chance = streams.uniforms(self.variable, block)[:, 0]
        return self.of(gain, truncated_normal(chance, self.share, (0.0, 1.0)))


@dataclass(frozen=True)
class SoilModel:
    """How a figure of a stratum is drawn, per hectare.

    Attributes
    ----------
    stratum_id : str
    value : float
        Before anything from elsewhere is deducted.
    standard_error, degrees_of_freedom : float
        Of its sample; 0 and infinite where nothing was sampled.
    sample : str
    effects : tuple of Effect
    elsewhere : Elsewhere or None
    """

    stratum_id: str
    value: float
    standard_error: float
    degrees_of_freedom: float
    sample: Sample
    effects: tuple[Effect, ...] = ()
    elsewhere: Elsewhere | None = None

    def without(self, components: Set[str]) -> SoilModel:
        """The model with some components taken as exact."""
        effects = tuple(effect for effect in self.effects if effect.component not in components)
        elsewhere = self.elsewhere
        if elsewhere is not None and "soil_allochthonous_share" in components:
            elsewhere = replace(elsewhere, share=Normal(elsewhere.share.value, 0.0))
        return replace(self, effects=effects, elsewhere=elsewhere)

    @property
    def drawn(self) -> bool:
        """Whether any error is known of the figure."""
        share = self.elsewhere.share.standard_error if self.elsewhere is not None else 0.0
        return self.standard_error > 0 or any(effect.size for effect in self.effects) or share > 0

    def draws(self, streams: Streams, block: int, held: Held = None) -> Array:
        """One block of draws, shape (2, BLOCK): sampling errors as normal, and as Student's t.

        NaN where the design gives no sampling error.
        """
        sampling = np.zeros((2, BLOCK))
        if self.sample != "none" and held != "soil_sampling":
            moved = self.standard_error * streams.normals(
                f"soil.sampling.{self.sample}", block, self.stratum_id
            )
            chance = streams.uniforms(f"soil.sampling.scale.{self.sample}", block, self.stratum_id)[:, 0]
            student = (
                student_factor(chance, self.degrees_of_freedom)
                if self.degrees_of_freedom > 0
                else np.full(BLOCK, math.nan)
            )
            sampling = np.array([moved[:, 0], moved[:, 0] * student])
        shared = np.zeros(BLOCK)
        for effect in self.effects:
            shared = shared + effect.draws(streams, block, held)
        gain = self.value + sampling + shared
        return gain if self.elsewhere is None else self.elsewhere.draws(gain, streams, block, held)
