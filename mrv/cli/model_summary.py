"""What the summary of a run says of its model of biomass: candidates, the choice, where it applies."""

from __future__ import annotations

from mrv.cli.output import Output
from mrv.cli.text import plus_minus
from mrv.report.numbers import number_text
from mrv.run.model_results import BiomassModelRecord, JudgementRecord
from mrv.run.results import Results

DESIGNS = {"random": "random folds", "block": "spatial blocks", "knndm": "kNNDM"}
"""Designs of validation in words."""

COLUMNS = (
    "model",
    "RMSE, t/ha",
    "R²",
    "r²",
    "bias, t/ha",
    "slope",
    "bias low third",
    "bias high third",
    "",
)


def _signed(value: float) -> str:
    text = number_text(abs(value), 1)
    return text if text.strip("0.") == "" else ("−" if value < 0 else "+") + text


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}".replace("-", "−")


def _row(output: Output, model: BiomassModelRecord, own: JudgementRecord) -> tuple[str, ...]:
    error = own.rmse_standard_error_t_ha
    chosen = output.translated("chosen") if own.candidate == model.candidate else ""
    flat = output.translated("saturates") if own.saturated else ""
    return (
        output.translated(own.candidate),
        number_text(own.rmse_t_ha, 1) + (f" ({number_text(error, 1)})" if error is not None else ""),
        _share(own.r2),
        _share(own.squared_correlation),
        _signed(own.bias_t_ha),
        _share(own.slope_observed_on_predicted),
        _signed(own.bias_low_third_t_ha),
        _signed(own.bias_high_third_t_ha),
        output.listed(word for word in (chosen, flat) if word),
    )


def _show_judgements(output: Output, model: BiomassModelRecord) -> None:
    own = [judged for judged in model.judgements if judged.design == model.chosen_by]
    output.table(
        COLUMNS,
        [_row(output, model, judged) for judged in own],
        title="Models of above-ground biomass, on plots left out of the fit",
    )
    output.say(
        output.translated(
            "Left out by {design}, {folds} folds, {plots} plots of {date}. Chosen: the simplest within one "
            "standard error (in brackets) of the smallest error.",
            design=output.translated(DESIGNS[model.chosen_by]),
            folds=model.folds[model.chosen_by],
            plots=model.plots,
            date=output.listed(model.dates),
        )
    )
    others = [
        output.translated(
            "{design} {error} t/ha",
            design=output.translated(DESIGNS[judged.design]),
            error=number_text(judged.rmse_t_ha, 1),
        )
        for judged in model.judgements
        if judged.candidate == model.candidate and judged.design != model.chosen_by
    ]
    if others:
        output.say(
            output.translated(
                "RMSE of the same model by other designs: {others}.", others=output.listed(others)
            )
        )
    for name, reason in model.not_compared.items():
        output.say(
            output.translated(
                "Not compared: {model}: {reason}",
                model=output.translated(name),
                reason=output.translated(reason),
            )
        )


def _show_strata(output: Output, model: BiomassModelRecord) -> None:
    if model.strata is None:
        output.say(output.translated("No predictors of the area: nothing is mapped."))
        return
    output.table(
        ("stratum", "places", "area, ha", "map AGB, t/ha", "outside, ha", "no data, ha"),
        [
            (
                own.stratum_id,
                number_text(own.places, 0),
                number_text(own.area_ha, 1),
                "–" if own.mean_t_ha is None else number_text(own.mean_t_ha, 1),
                number_text(own.area_outside_ha, 1),
                number_text(own.area_no_data_ha, 1),
            )
            for own in model.strata
        ],
        title="Map of above-ground biomass",
    )
    output.say(
        output.translated(
            "Mean over the places where the model applies; a mean of a map is no estimate of a stock. "
            "Nothing of the map is credited."
        )
    )


def _two_digits(value: float | None) -> str:
    return "–" if value is None else number_text(value, 2)


def _show_sink(output: Output, model: BiomassModelRecord) -> None:
    sink = model.sink_map
    if sink is None:
        return
    output.table(
        (
            "stratum",
            "sink with the map, t CO₂e/ha/yr",
            "minimum detectable change",
            "mapped, ha",
            "mean of the map",
        ),
        [
            (
                own.stratum_id,
                plus_minus(own.value, own.minimum_detectable_change, 2),
                "–"
                if own.minimum_detectable_change is None
                else number_text(own.minimum_detectable_change, 2),
                number_text(own.area_ha, 1) if own.published else output.translated("not mapped"),
                _two_digits(own.mapped_mean),
            )
            for own in sink.strata
        ],
        title=output.translated("Map of the sink, {first} to {last}", first=sink.first, last=sink.last),
    )
    output.say(
        output.translated(
            "One model predicts both dates. A stratum is mapped if its sink, corrected at the plots, is "
            "beyond the minimum detectable change; the mean of the map is not corrected."
        )
    )


def show_model(output: Output, results: Results) -> None:
    """Candidates on left-out plots, the choice, the map by stratum."""
    model = results.biomass_model
    if model is None:
        return
    _show_judgements(output, model)
    check = model.height_check
    if check is not None:
        output.say(
            output.translated(
                "At a canopy height of {height} m the power law gives {own} t/ha; {relation}, to judge by "
                "alone, {published}.",
                height=number_text(check.height_m, 1),
                own=number_text(check.agb_t_ha, 0),
                relation=check.relation,
                published=number_text(check.published_t_ha, 0),
            )
        )
    if model.expected_overlap is not None:
        output.say(
            output.translated(
                "By the error of the coordinates, {share} of a plot is expected in its pixel.",
                share=f"{model.expected_overlap:.0%}",
            )
        )
    _show_strata(output, model)
    _show_sink(output, model)
