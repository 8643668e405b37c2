"""From a model of biomass to its record in ``results.json`` and its tables."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mrv.mapping.agreement import reliability
from mrv.mapping.comparison import Judgement
from mrv.mapping.footprints import expected_overlap
from mrv.mapping.forms import PowerLaw
from mrv.mapping.prediction import plot_predictions
from mrv.reference import height_relations
from mrv.run.figures import finite
from mrv.run.model_results import (
    BiomassModelRecord,
    HeightCheckRecord,
    JudgementRecord,
    MapStratumRecord,
    PredictorRecord,
    SinkMapRecord,
    StratumSinkRecord,
)

if TYPE_CHECKING:
    from mrv.run.biomass_map import BiomassMap
    from mrv.run.sink_map import SinkMap

HEIGHT_RELATION = "simard_2019_global"


def judgement_record(own: Judgement) -> JudgementRecord:
    """Record of a judgement."""
    found, low, middle, high = own.agreement, *own.third_bias_t_ha
    return JudgementRecord(
        design=own.design,
        candidate=own.candidate,
        plots=found.plots,
        r2=finite(found.r2),
        squared_correlation=finite(found.squared_correlation),
        rmse_t_ha=found.rmse_t_ha,
        rmse_standard_error_t_ha=finite(own.rmse_standard_error_t_ha),
        bias_t_ha=found.bias_t_ha,
        slope_observed_on_predicted=finite(found.slope_observed_on_predicted),
        bias_low_third_t_ha=low,
        bias_middle_third_t_ha=middle,
        bias_high_third_t_ha=high,
        saturated=own.saturation.saturated if own.saturation else None,
        saturation_residual_t_ha=own.saturation.mean_residual_t_ha if own.saturation else None,
    )


def _predictors(mapped: BiomassMap) -> list[PredictorRecord]:
    training = mapped.fitting.training
    errors = mapped.declaration.predictor_errors
    records = []
    for column, name in enumerate(training.names):
        share = None
        if name in errors:
            error = errors[name].standard_error ** 2
            spread = float(np.var(training.predictors[:, column], ddof=1))
            # What the plots show is the true spread and the error together.
            share = reliability(max(spread - error, 0.0), error)
        records.append(
            PredictorRecord(
                name=name, importance_t_ha=mapped.fitting.importance_t_ha[name], reliability=share
            )
        )
    return records


def _strata(mapped: BiomassMap) -> list[MapStratumRecord] | None:
    if mapped.totals is None or mapped.bootstrap_means is None:
        return None
    spread = np.std(mapped.bootstrap_means, axis=0, ddof=1)
    table = mapped.totals.strata
    numbers = {name: table[name].to_numpy(dtype=np.float64) for name in table if name != "stratum_id"}
    return [
        MapStratumRecord(
            stratum_id=str(stratum),
            places=int(numbers["pixels"][row]),
            area_ha=float(numbers["area_ha"][row]),
            mean_t_ha=finite(float(numbers["predicted_mean_t_ha"][row])),
            model_standard_error_t_ha=finite(float(spread[row])),
            area_outside_ha=float(numbers["area_outside_ha"][row]),
            area_no_data_ha=float(numbers["area_no_data_ha"][row]),
        )
        for row, stratum in enumerate(table["stratum_id"])
    ]


def _height_check(mapped: BiomassMap) -> HeightCheckRecord | None:
    """The power law of all plots at their median height, beside the published line."""
    training = mapped.fitting.training
    if training.height is None or "height_power" in mapped.fitting.not_fitted:
        return None
    from mrv.mapping.simple_models import HeightPower  # noqa: PLC0415 scikit-learn takes long to import

    law: PowerLaw = HeightPower().fit(training, {}, None, 0)
    heights = training.predictors[:, training.height]
    height = float(np.median(heights[heights > 0]))
    relation = height_relations()[HEIGHT_RELATION]
    return HeightCheckRecord(
        height_m=height,
        agb_t_ha=math.exp(law.log_factor + law.exponent * math.log(height)),
        published_t_ha=relation.agb_t_ha(height),
        relation=relation.relation_id,
        evidence=relation.evidence,
    )


def _overlap(mapped: BiomassMap) -> float | None:
    error = mapped.declaration.coordinate_error
    areas = mapped.plot_area_m2[~np.isnan(mapped.plot_area_m2)]
    if error is None or not len(areas):
        return None
    return expected_overlap(math.sqrt(float(np.median(areas))), error.standard_error_m)


def _sink_record(sink: SinkMap | None) -> SinkMapRecord | None:
    if sink is None:
        return None
    return SinkMapRecord(
        first=sink.first,
        last=sink.last,
        unit="t_co2e/ha/yr",
        strata=[
            StratumSinkRecord(
                stratum_id=own.stratum_id,
                value=own.value,
                standard_error=finite(own.standard_error),
                minimum_detectable_change=finite(own.minimum_detectable_change),
                published=own.published,
                places=own.places,
                area_ha=own.area_ha,
                mapped_mean=finite(own.mapped_mean),
            )
            for own in sink.strata
        ],
    )


def model_record(mapped: BiomassMap | None, sink: SinkMap | None) -> BiomassModelRecord | None:
    """Record of a model; None without one."""
    if mapped is None:
        return None
    fitting = mapped.fitting
    model, training, area = fitting.model, fitting.training, fitting.model.applicability
    sides = {name: finite(folds.distance_m) for name, folds in fitting.folds.items()}
    return BiomassModelRecord(
        survey=mapped.date,
        dates=list(mapped.predictors),
        plots=len(set(training.plot_id)),
        sampling_units=len(set(training.unit)),
        candidate=model.candidate,
        settings=dict(model.settings),
        chosen_by=fitting.headline,
        folds={name: folds.count for name, folds in fitting.folds.items()},
        knndm_mismatch_m=sides.get("knndm"),
        block_side_m=sides.get("block"),
        predictors=_predictors(mapped),
        applicability_threshold=area.threshold if area is not None else None,
        plots_outside=int((~model.inside(training.rows)).sum()),
        not_compared=dict(fitting.not_fitted),
        judgements=[judgement_record(own) for own in fitting.judgements],
        strata=_strata(mapped),
        expected_overlap=_overlap(mapped),
        height_check=_height_check(mapped),
        sink_map=_sink_record(sink),
    )


def validation_table(mapped: BiomassMap) -> pd.DataFrame:
    """Every candidate by every design of validation, the chosen one marked."""
    rows = [judgement_record(own).model_dump() for own in mapped.fitting.judgements]
    table = pd.DataFrame(rows)
    return table.assign(chosen=table["candidate"] == mapped.fitting.model.candidate)


def predictors_table(mapped: BiomassMap) -> pd.DataFrame:
    """Plots with their predictors, predictions by every design, and how near the model knows them."""
    fitting, model = mapped.fitting, mapped.fitting.model
    own = plot_predictions(fitting).drop(columns=["predicted_out_of_fold_t_ha", "fold", "unit"])
    for design, folds in fitting.folds.items():
        own[f"{design}_fold"] = folds.fold
        own[f"{design}_predicted_t_ha"] = fitting.left_out[design][model.candidate].predicted_t_ha
    known = fitting.training.predictors
    area = model.applicability
    own["dissimilarity"] = area.dissimilarity(known) if area is not None else math.nan
    own["plots_nearby"] = area.local_density(known) if area is not None else 0
    if area is None:
        own["plots_nearby"] = pd.array([pd.NA] * len(own), dtype="Int64")
    table = pd.concat(
        [plots.table.assign(date=date) for date, plots in mapped.predictors.items()], ignore_index=True
    ).merge(own, on=["date", "plot_id"], how="left")
    names = mapped.fitting.training.names
    first = ["date", "stratum_id", "plot_id", *names, "coverage", "weight", "observed_t_ha"]
    whole = dict.fromkeys([*(f"{design}_fold" for design in fitting.folds), "plots_nearby"], "Int64")
    return table[[*first, *(name for name in table if name not in first)]].astype(whole)
