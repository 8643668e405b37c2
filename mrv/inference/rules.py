"""Which estimator plots and a layer allow: decided from declared facts, before any figure is seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Layer = Literal["none", "wall_to_wall", "sample", "itself_modelled"]
"""How far a layer reaches: nowhere, everywhere, over a sample, or everywhere by way of another model."""

RuleName = Literal[
    "design_based",
    "model_assisted",
    "two_phase",
    "model_based",
    "hybrid",
    "hierarchical",
    "block_kriging",
    "mean_only",
]


@dataclass(frozen=True)
class Facts:
    """What is known before anything is estimated.

    Attributes
    ----------
    probability_sample : bool
        Whether the plots were drawn by chance.
    layer : str
    clear_variogram : bool
        Whether at least fifty plots show how far likeness reaches.
    """

    probability_sample: bool
    layer: Layer
    clear_variogram: bool = False


@dataclass(frozen=True)
class Rule:
    """An estimator, and why it is the one to use.

    Attributes
    ----------
    name : str
    estimator, variance, because : str
        English; keys of their translations.
    """

    name: RuleName
    estimator: str
    variance: str
    because: str


RULES: dict[RuleName, Rule] = {
    rule.name: rule
    for rule in (
        Rule(
            "design_based",
            "mean of the plots by their design",
            "design of the plots",
            "the plots were drawn by chance and there is no map",
        ),
        Rule(
            "model_assisted",
            "map mean corrected by the plots (difference estimator)",
            "design of the plots, from residuals of plots the model had not seen",
            "the plots were drawn by chance and the map covers the whole area",
        ),
        Rule(
            "two_phase",
            "two-phase regression",
            "design of both samples",
            "the plots were drawn by chance and the layer covers a sample of the area",
        ),
        Rule(
            "model_based",
            "mean of the map (model-based)",
            "coefficients of the model, and residuals alike among neighbours",
            "the plots were not drawn by chance, so that the error rests on the model of the map",
        ),
        Rule(
            "hybrid",
            "hybrid inference",
            "sample of the layer, and coefficients of the model",
            "the plots were not drawn by chance and the layer covers a sample of the area",
        ),
        Rule(
            "hierarchical",
            "hierarchical model-based mean",
            "coefficients of both models",
            "the plots were not drawn by chance and the map was fitted to predictions of another model",
        ),
        Rule(
            "block_kriging",
            "ordinary block kriging",
            "kriging variance",
            "the plots were not drawn by chance, there is no map, and the variogram is clear",
        ),
        Rule(
            "mean_only",
            "mean of the plots, without an error",
            "none",
            "the plots were not drawn by chance, and neither a map nor a clear variogram stands in",
        ),
    )
}


def rule_for(facts: Facts) -> Rule:
    """Rule that holds for the facts.

    Where the plots were drawn by chance, how the map was made does not matter: the design carries the
    error. Where they were not, it does: a map fitted to predictions of another model has the errors of
    both.
    """
    if facts.probability_sample:
        by_layer: dict[Layer, RuleName] = {
            "none": "design_based",
            "wall_to_wall": "model_assisted",
            "sample": "two_phase",
            "itself_modelled": "model_assisted",
        }
        return RULES[by_layer[facts.layer]]
    without_chance: dict[Layer, RuleName] = {
        "none": "block_kriging" if facts.clear_variogram else "mean_only",
        "wall_to_wall": "model_based",
        "sample": "hybrid",
        "itself_modelled": "hierarchical",
    }
    return RULES[without_chance[facts.layer]]
