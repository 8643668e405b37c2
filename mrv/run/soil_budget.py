"""Soil in the error budget: total intervals of its figures, and whose share of the variance is how large.

Each figure is drawn block by block and only its own draws are held, so that memory grows with the
number of draws and not with that of figures, cores or strata.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mrv.inputs import Inputs
from mrv.inputs.uncertainty import SOIL_COMPONENTS, CanBeLeftOut, SoilComponent
from mrv.run.drawn_figures import Total, total_of
from mrv.run.error_budget import ErrorBudget, State
from mrv.run.error_model import area_covariance
from mrv.run.figures import NO_INTERVAL
from mrv.run.soil_change import FIXED_DEPTH, SAME_MASS
from mrv.run.soil_estimates import SoilEstimates
from mrv.run.soil_figure import Key, SoilFigure
from mrv.run.soil_rates import MARKER_HORIZON
from mrv.streams import BLOCK, Streams, blocks
from mrv.uncertainty.sensitivity import share_by_freezing
from mrv.uncertainty.shared import correlated
from mrv.uncertainty.simulation import NORMAL
from mrv.uncertainty.soil import Held, SoilModel

Array = NDArray[np.float64]

SINK_METHODS = (MARKER_HORIZON, SAME_MASS, FIXED_DEPTH)
"""Ways to a sink of soil, the one first that shares of variance are told of."""


@dataclass(frozen=True)
class SoilShare:
    """A component of the budget of soil.

    Attributes
    ----------
    component : str
    state : str
    of_stock, of_sink : float or None
        Share of the variance; None where the component does not act on it.
    because : str
    """

    component: SoilComponent | Literal["area"]
    state: State
    of_stock: float | None
    of_sink: float | None
    because: str


@dataclass(frozen=True)
class SoilBudget:
    """How the figures of soil of a run are drawn, and what their errors are made of.

    Attributes
    ----------
    series : mapping
        Models of the strata, by quantity and index.
    streams : Streams
    draws : int
    areas_ha : mapping
        Area of each stratum; NaN where not known. [ha]
    area_strata : tuple of str
        Strata in the order in which areas are drawn.
    area_covariance : ndarray or None
        [ha²]
    shares : tuple of SoilShare
        That of the areas last.
    sink_method : str
        Way to the sink that the shares are of; empty without a sink.
    """

    series: Mapping[Key, Mapping[str, SoilModel]]
    streams: Streams
    draws: int
    areas_ha: Mapping[str, float]
    area_strata: tuple[str, ...]
    area_covariance: Array | None
    shares: tuple[SoilShare, ...] = ()
    sink_method: str = ""

    def areas(self, block: int, held: Held) -> dict[str, Array | float]:
        """One block of draws of the areas; those of trees in the same run are the same. [ha]"""
        if self.area_covariance is None or held == "area":
            return dict(self.areas_ha)
        normals = self.streams.normals("area", block, columns=len(self.area_strata))
        moved = correlated(normals, self.area_covariance)
        drawn = {name: self.areas_ha[name] + moved[:, n] for n, name in enumerate(self.area_strata)}
        return {**self.areas_ha, **drawn}

    def figure_draws(
        self, figure: SoilFigure, *, whole_area: bool = False, held: Held = None
    ) -> Array | None:
        """Draws of a figure per hectare or, with ``whole_area``, of its total, shape (2, draws).

        None where no error is known of it, so that there is nothing to draw.
        """
        models = self.series.get(figure.series, {})
        stratum = figure.stock.stratum_id
        chosen = models if stratum is None else {stratum: models[stratum]}
        if not any(model.drawn or math.isnan(model.standard_error) for model in chosen.values()):
            return None
        parts = []
        for block in blocks(self.draws):
            areas = self.areas(block, held)
            drawn = {name: model.draws(self.streams, block, held) for name, model in chosen.items()}
            total = sum((drawn[name] * areas[name] for name in drawn), start=np.zeros(1))
            if whole_area:
                parts.append(total)
            elif len(drawn) == 1:
                parts.append(next(iter(drawn.values())))
            else:
                parts.append(total / sum(areas[name] for name in drawn))
        return np.concatenate(parts, axis=1)

    def total(self, figure: SoilFigure, level: float, *, whole_area: bool = False) -> Total | None:
        """Error of a figure from all components; None where sampling has no known error."""
        draws = self.figure_draws(figure, whole_area=whole_area)
        return None if draws is None else total_of(draws, level)


def _whole_blocks(draws: int) -> int:
    return len(list(blocks(draws))) * BLOCK


def _depth_cm(figure: SoilFigure) -> float:
    depth = figure.index.get("depth", "0-0 cm")
    return float(depth.removeprefix("0-").removesuffix(" cm"))


def _of_project(figures: Sequence[SoilFigure]) -> SoilFigure | None:
    """The figure of the project or, without one, of the only stratum there is."""
    whole = [figure for figure in figures if figure.stock.stratum_id is None]
    if whole:
        return whole[0]
    return figures[0] if len(figures) == 1 else None


def headline_stock(figures: Sequence[SoilFigure]) -> list[SoilFigure]:
    """Stock to the greatest depth at the last date, of the strata and of the project."""
    stocks = [figure for figure in figures if figure.quantity == "soil_carbon_density"]
    if not stocks:
        return []
    last = max(figure.index["date"] for figure in stocks)
    own = [figure for figure in stocks if figure.index["date"] == last]
    deepest = max(map(_depth_cm, own))
    return [figure for figure in own if _depth_cm(figure) == deepest]


def headline_sink(figures: Sequence[SoilFigure]) -> list[SoilFigure]:
    """Sink above a reference plane, else by change, else by another rate; less what came from elsewhere."""
    for quantity in ("soil_carbon_sink_net", "soil_carbon_sink"):
        sinks = [figure for figure in figures if figure.quantity == quantity and figure.sample != "none"]
        if not sinks:
            continue
        methods = [*SINK_METHODS, *sorted({figure.index["method"] for figure in sinks})]
        method = next(name for name in methods if any(f.index["method"] == name for f in sinks))
        own = [figure for figure in sinks if figure.index["method"] == method]
        deepest = max(map(_depth_cm, own))
        return [figure for figure in own if _depth_cm(figure) == deepest]
    return []


def _variance(budget: SoilBudget, figures: Sequence[SoilFigure], held: Held) -> float:
    """Variance of the project's figure or, where areas are not known, of the sum of the strata."""
    whole = _of_project(figures)
    if whole is not None:
        draws = budget.figure_draws(whole, held=held)
        return math.nan if draws is None else float(draws[NORMAL].var(ddof=1))
    parts = [budget.figure_draws(figure, held=held) for figure in figures]
    known = [part for part in parts if part is not None]
    return float(sum(part[NORMAL] for part in known).var(ddof=1)) if known else math.nan


def _components(models: Sequence[SoilModel]) -> set[SoilComponent]:
    """Components that act on some figures."""
    found: set[SoilComponent] = {
        effect.component for model in models for effect in model.effects if effect.size
    }
    if any(model.standard_error > 0 for model in models):
        found.add("soil_sampling")
    if any(model.elsewhere is not None and model.elsewhere.share.standard_error > 0 for model in models):
        found.add("soil_allochthonous_share")
    return found


def _shares_of(budget: SoilBudget, figures: Sequence[SoilFigure]) -> dict[SoilComponent | str, float]:
    """Share of each component that acts on some figures in their variance."""
    models = [budget.series[figure.series] for figure in figures]
    acting = _components([model for strata in models for model in strata.values()])
    if not acting:
        return {}
    everything = _variance(budget, figures, None)
    if not math.isfinite(everything):
        return {}
    held: list[Held] = [name for name in SOIL_COMPONENTS if name in acting]
    if budget.area_covariance is not None and _of_project(figures) is not None:
        held.append("area")
    return {str(name): share_by_freezing(everything, _variance(budget, figures, name)) for name in held}


def _without(
    models: Mapping[Key, Mapping[str, SoilModel]], left_out: Mapping[CanBeLeftOut, str]
) -> dict[Key, dict[str, SoilModel]]:
    """Models without the components that the project file takes as exact."""
    return {
        key: {name: model.without(set(left_out)) for name, model in strata.items()}
        for key, strata in models.items()
    }


def _states(
    budget: SoilBudget,
    left_out: Mapping[CanBeLeftOut, str],
    unknown: Mapping[SoilComponent, str],
    acting: set[SoilComponent],
    shares: tuple[Mapping[str, float], Mapping[str, float]],
) -> tuple[SoilShare, ...]:
    rows = []
    models = [model for strata in budget.series.values() for model in strata.values()]
    purposive = "soil_sampling" not in acting and any(math.isnan(model.standard_error) for model in models)
    for name in SOIL_COMPONENTS:
        stock, sink = (found.get(name) for found in shares)
        because = unknown.get(name, NO_INTERVAL if name == "soil_sampling" and purposive else "")
        if name != "soil_sampling" and name in left_out:
            rows.append(SoilShare(name, "left out", None, None, left_out[name]))
        elif name in acting:
            rows.append(SoilShare(name, "drawn in part" if because else "drawn", stock, sink, because))
        elif because:
            rows.append(SoilShare(name, "not known", None, None, because))
    exact = left_out.get("area")
    if exact is not None:
        rows.append(SoilShare("area", "left out", None, None, exact))
    elif budget.area_covariance is None:
        rows.append(SoilShare("area", "not known", None, None, "uncertainty.areas"))
    else:
        stock, sink = (found.get("area") for found in shares)
        rows.append(SoilShare("area", "drawn", stock, sink, ""))
    return tuple(rows)


def soil_drawing(
    inputs: Inputs,
    soil: SoilEstimates,
    areas_ha: Mapping[str, float],
    trees: ErrorBudget | None,
) -> SoilBudget:
    """How the figures of soil are drawn, without the shares of their errors; as :func:`soil_budget`."""
    project = inputs.project
    models: dict[Key, dict[str, SoilModel]] = {}
    for figure in soil.figures:
        if figure.stock.stratum_id is not None:
            models.setdefault(figure.series, {})[figure.stock.stratum_id] = figure.model
    left_out = project.uncertainty.left_out
    strata = tuple(trees.strata) if trees is not None else ()
    sampled = {name for found in models.values() for name in found}
    order = strata if sampled <= set(strata) else tuple(sorted(areas_ha))
    return SoilBudget(
        _without(models, left_out),
        Streams(project.seed, project.project.id),
        int(trees.drawn.stock.shape[-1]) if trees is not None else _whole_blocks(project.uncertainty.draws),
        areas_ha,
        order,
        None if "area" in left_out else area_covariance(inputs, order),
    )


def soil_budget(
    inputs: Inputs,
    soil: SoilEstimates,
    areas_ha: Mapping[str, float],
    trees: ErrorBudget | None,
) -> SoilBudget | None:
    """How the figures of soil are drawn, and the shares of their errors; None without any.

    Parameters
    ----------
    inputs : Inputs
    soil : SoilEstimates
    areas_ha : mapping
        Area of each stratum; NaN where not known. [ha]
    trees : ErrorBudget or None
        Of the trees of the same run: number of draws and draws of areas are theirs.
    """
    if not soil.figures:
        return None
    budget = soil_drawing(inputs, soil, areas_ha, trees)
    left_out = inputs.project.uncertainty.left_out
    stock, sink = headline_stock(soil.figures), headline_sink(soil.figures)
    of_stock, of_sink = (_shares_of(budget, figures) if figures else {} for figures in (stock, sink))
    acting = _components([model for found in budget.series.values() for model in found.values()])
    return replace(
        budget,
        shares=_states(budget, left_out, soil.unknown, acting, (of_stock, of_sink)),
        sink_method=sink[0].index["method"] if sink else "",
    )
