"""Estimates without a map of the whole area: layers that cover a sample of it, and block kriging."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mrv.findings import Finding, Phrase
from mrv.inference.kriged import kriged_means, variogram_text
from mrv.inference.of_sample import (
    FEWEST_PLOTS,
    LayerModel,
    LayerSample,
    calibrated_model,
    hybrid,
    stated_model,
    two_phase,
    unknown_model,
)
from mrv.inference.rules import Facts, rule_for
from mrv.inference.spatial import fitted_variogram
from mrv.inference.with_map import DRAWN_SINGLY, WithMap
from mrv.run.biomass_map import places_in
from mrv.run.map_estimates import MapEstimate, MapEstimates, Quantity, apart
from mrv.run.survey_estimates import TOTAL, SurveyTables

if TYPE_CHECKING:
    from mrv.inputs import Inputs
    from mrv.inputs.sampled_layers import ReadyLayer


@dataclass(frozen=True)
class _Layer:
    """A layer with its survey and its place in the project file."""

    ready: ReadyLayer
    survey: SurveyTables
    where: str

    @property
    def by_chance(self) -> bool:
        """Whether the plots were drawn by chance."""
        return self.survey.design.kind != "purposive"

    def sample(self, column: str) -> LayerSample:
        """The layer with the plots' values of a column."""
        said = self.ready.plots.set_index(self.ready.plots["plot_id"].astype("str"))["predicted_t_ha"]
        plots = self.survey.plots.sort_values(["stratum_id", "plot_id"], kind="stable", ignore_index=True)
        predicted = said.reindex(plots["plot_id"].astype("str")).to_numpy(dtype=np.float64)
        with_layer = plots.assign(observed=plots[column], predicted=predicted, inside=True)
        return LayerSample(self.ready.units, with_layer)


def _unfit(layer: _Layer, strata: Sequence[str]) -> list[Finding]:
    """Why plots cannot correct or calibrate the layer."""
    if layer.by_chance and layer.survey.design.kind not in DRAWN_SINGLY:
        return [
            Finding(
                layer.where,
                "layer-design",
                "plots of the design {found} do not correct a layer of a sample; {allowed} were expected",
                {"found": layer.survey.design.kind, "allowed": ", ".join(DRAWN_SINGLY)},
            )
        ]
    sample = layer.sample("agb_t_ha")
    parts = {name: sample.plots_of(name) for name in strata} if layer.by_chance else {None: sample.plots}
    findings = []
    for name, own in parts.items():
        place = Phrase(" in {stratum}", stratum=name) if name else ""
        values = own["predicted"].to_numpy(dtype=np.float64)
        if len(own) < FEWEST_PLOTS:
            findings.append(
                Finding(
                    layer.where,
                    "layer-few-plots",
                    "{count} plots{place}; a line on the predictions needs {least} at least",
                    {
                        "count": len(own),
                        "place": place,
                        "least": FEWEST_PLOTS,
                    },
                )
            )
        elif np.ptp(values) == 0:
            findings.append(
                Finding(
                    layer.where,
                    "predictor-constant",
                    "{name} is {value:g} at every plot; a predictor must vary",
                    {"name": "predicted_t_ha", "value": float(values[0])},
                )
            )
    return findings


def _model_of(layer: _Layer, sample: LayerSample) -> LayerModel:
    declared = layer.ready.declaration
    if declared.model_error is not None:
        stated = declared.model_error
        return stated_model(stated.standard_error_t_ha, stated.fitted_to_plots - 1)
    return calibrated_model(sample) if declared.plots == "unseen" else unknown_model()


def _of_layer(layer: _Layer, areas_ha: Mapping[str, float]) -> list[MapEstimate]:
    survey, rule = layer.survey, rule_for(Facts(layer.by_chance, "sample"))

    def told(quantity: Quantity, pool: str, unit: str, found: Sequence[WithMap]) -> list[MapEstimate]:
        source = layer.ready.declaration.source
        return [MapEstimate(quantity, pool, unit, survey.date, own, source) for own in found]

    biomass = layer.sample("agb_t_ha")
    if not layer.by_chance:
        found = hybrid(biomass, _model_of(layer, biomass), areas_ha, rule)
        return told("biomass_density", "agb", "t_dm/ha", found)
    carbon = layer.sample(f"{TOTAL}_t_c_ha")
    return [
        *told("biomass_density", "agb", "t_dm/ha", two_phase(biomass, survey.design, areas_ha, rule)),
        *told("carbon_density", TOTAL, "t_c/ha", two_phase(carbon, survey.design, areas_ha, rule)),
    ]


def _plot_table(date: str, plots: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "date": date,
            "stratum_id": plots["stratum_id"],
            "plot_id": plots["plot_id"],
            "agb_t_ha": plots["observed"],
            "inside_share": 1.0,
            "map_agb_t_ha": plots["predicted"],
            "residual_t_ha": plots["observed"] - plots["predicted"],
        }
    )


def _kriged(
    inputs: Inputs, number: int, survey: SurveyTables, areas_ha: Mapping[str, float]
) -> tuple[list[MapEstimate], list[Finding]]:
    """Block kriging of a survey whose plots were chosen on purpose."""
    polygons = inputs.strata.geometry
    assert polygons is not None
    plots = survey.plots.sort_values(["stratum_id", "plot_id"], kind="stable", ignore_index=True)
    bare = plots.loc[plots["x_m"].isna(), "plot_id"].astype("str").to_list()
    if bare:
        where = inputs.positions.where("surveys", number, "design", "block_kriging")
        message = "no coordinates of {names}; likeness is told by distance"
        return [], [Finding(where, "kriging-places", message, {"names": ", ".join(bare)})]
    frame = plots.assign(observed=plots["agb_t_ha"])
    variogram = fitted_variogram(
        frame[["x_m", "y_m"]].to_numpy(dtype=np.float64), frame["observed"].to_numpy(dtype=np.float64)
    )
    blocks: dict[str | None, np.ndarray] = {
        name: places_in(polygons[polygons["stratum_id"].astype("str") == name]) for name in sorted(areas_ha)
    }
    if len(blocks) > 1:
        blocks[None] = places_in(polygons)
    told = kriged_means(frame, variogram, blocks)
    source = variogram_text(variogram)
    return [MapEstimate("biomass_density", "agb", "t_dm/ha", survey.date, own, source) for own in told], []


def with_samples(
    inputs: Inputs, surveys: Sequence[SurveyTables], areas_ha: Mapping[str, float], maps: MapEstimates
) -> MapEstimates:
    """Estimates with maps, and with what stands in for a map at other dates.

    Parameters
    ----------
    inputs : Inputs
    surveys : sequence of SurveyTables
    areas_ha : mapping
        Area of each stratum; NaN where not known. [ha]
    maps : MapEstimates
        Of maps of the whole area.
    """
    by_date = {survey.date: survey for survey in surveys}
    estimates, findings, tables = list(maps.estimates), list(maps.findings), [maps.plots]
    for number, ready in enumerate(inputs.sampled_layers):
        where = inputs.positions.where("sampled_layers", number)
        layer = _Layer(ready, by_date[ready.declaration.date], where)
        unfit = _unfit(layer, sorted(areas_ha))
        findings += unfit
        if unfit:
            continue
        found = _of_layer(layer, areas_ha)
        findings += [apart(own, where) for own in found if own.pool == "agb" and own.estimate.both.apart]
        estimates += found
        tables.append(_plot_table(layer.survey.date, layer.sample("agb_t_ha").plots))
    for number, declared in enumerate(inputs.project.surveys):
        if declared.design.block_kriging and declared.date in by_date:
            found, more = _kriged(inputs, number, by_date[declared.date], areas_ha)
            estimates += found
            findings += more
    known = [table for table in tables if len(table)]
    plots = pd.concat(known, ignore_index=True) if known else maps.plots
    return replace(maps, estimates=tuple(estimates), findings=tuple(findings), plots=plots)
