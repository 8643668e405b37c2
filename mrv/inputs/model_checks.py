"""What must agree between ``model`` and the other keys of the project file."""

from __future__ import annotations

from collections.abc import Iterator

from mrv.inputs.key_finding import KeyFinding
from mrv.inputs.model_declaration import BiomassModel
from mrv.inputs.project import Project
from mrv.yaml_file import Key

RESERVED = frozenset({"plot_id", "stratum_id", "area_ha", "x", "y", "date", "coverage"})
"""Columns of the tables of predictors that are no predictors."""


def _names(model: BiomassModel) -> Iterator[KeyFinding]:
    for number, name in enumerate(model.predictors):
        if name in RESERVED or name in model.predictors[:number]:
            yield KeyFinding(
                ("model", "predictors", number),
                "predictor-name",
                "{found} is the name of another column" if name in RESERVED else "{found} stands already",
                {"found": name},
            )
    named: list[tuple[Key, str]] = [(("predictor_errors", name), name) for name in model.predictor_errors]
    if model.height is not None:
        named.append((("height",), model.height))
    for key, name in named:
        if name not in model.predictors:
            yield KeyFinding(
                ("model", *key),
                "model-predictor-unknown",
                "{found!r} is not one of the predictors {allowed}",
                {"found": name, "allowed": ", ".join(model.predictors)},
            )


def model_is_declared_well(project: Project) -> Iterator[KeyFinding]:
    """The model has a survey, predictors of distinct names, and a place where these come from."""
    model = project.model
    if model is None:
        return
    yield from _names(model)
    dates = [survey.date for survey in project.surveys if survey.trees]
    if not dates:
        yield KeyFinding(("model",), "model-survey", "needs a survey of trees to be fitted to")
    elif model.survey is not None and model.survey not in dates:
        yield KeyFinding(
            ("model", "survey"),
            "model-survey",
            "{found} is the date of no survey of trees; there are {allowed}",
            {"found": model.survey, "allowed": ", ".join(dates)},
        )
    if model.tables is None and project.imagery is None:
        yield KeyFinding(
            ("model",),
            "model-predictors",
            "the predictors are nowhere: tables of them, or imagery, was expected",
        )
    population = model.tables.population if model.tables is not None else None
    if population is not None and project.strata is None:
        yield KeyFinding(("model", "tables", "population"), "model-strata", "needs strata with their areas")
