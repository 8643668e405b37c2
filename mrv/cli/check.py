"""``mrv check``: read everything, compute what can refuse it, write nothing."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mrv.cli.arguments import methodology_option, project_argument
from mrv.cli.imagery_summary import imagery_record, say_imagery
from mrv.cli.language import TranslatedCommand, TranslatedOption
from mrv.cli.output import Output, finding_record, output_options
from mrv.report.numbers import short_number, unit_text

if TYPE_CHECKING:
    from mrv.findings import Finding
    from mrv.quality.suspects import Suspect
    from mrv.run.effects import Effect
    from mrv.run.project_run import Checked

PREDICTED = "biomass_density_predicted"
"""Quantity that is read off a map."""

SHARE = 1e-9
"""Share of a figure below which a change is the rounding of sums."""


@click.command(cls=TranslatedCommand)
@project_argument
@click.option(
    "--effects/--no-effects",
    cls=TranslatedOption,
    default=True,
    help="Tell what the result would be without the rows of each finding (default: yes).",
)
@click.option(
    "--fit",
    is_flag=True,
    cls=TranslatedOption,
    help="Fit the model of biomass too, and hold its map against the plots, as mrv run does.",
)
@methodology_option
@output_options
def check(project: Path, effects: bool, fit: bool, methodology_folder: Path | None, output: Output) -> None:
    """Check a project and list every finding, writing nothing.

    PROJECT is a project file or a folder that holds mrv.yaml; the current folder if left out. What only a
    fitted model of biomass can tell is looked at with --fit.
    """
    from mrv.run.project_run import inspect_project
    from mrv.run.work import Work

    work = Work(progress=output.progress)
    checked = inspect_project(project, methodology_folder, effects=effects, fit=fit, work=work)
    told = _effects_by_finding(checked)
    why = {_key(suspect.finding): suspect.why for suspect in checked.suspects if suspect.why is not None}
    for finding in checked.findings:
        line = output.finding(finding)
        effect, reason = told.get(_key(finding)), why.get(_key(finding))
        if effect is not None:
            line = f"{line}  {_effect_text(output, effect)}"
        elif reason is not None and effects:
            told_why = output.translated("(no effect is told: {reason})", reason=output.phrase(reason))
            line = f"{line}  {told_why}"
        output.say(line)
    inputs = checked.prepared.inputs
    say_imagery(output, inputs.imagery)
    errors = sum(finding.severity == "error" for finding in checked.findings)
    words = {
        "name": inputs.project.project.id,
        "surveys": len(inputs.surveys),
        "plots": sum(len(survey.plots) for survey in inputs.surveys),
        "trees": sum(len(survey.trees) for survey in inputs.surveys),
        "notes": len(checked.findings) - errors,
        "errors": errors,
    }
    output.say(
        output.translated(
            "{name}: errors: {errors}. Surveys: {surveys}, plots: {plots}, stems: {trees}, notes: {notes}.",
            **words,
        )
        if errors
        else output.translated(
            "{name}: no errors. Surveys: {surveys}, plots: {plots}, stems: {trees}, notes: {notes}.", **words
        )
    )
    if inputs.project.model is not None and checked.estimated is not None and not fit:
        output.say(
            output.translated(
                "The model of biomass was not fitted: --fit tells whether its map and the plots are too far "
                "apart, and so does mrv run."
            )
        )
    together = checked.effects.together if checked.effects else None
    in_soil = checked.effects.soil_together if checked.effects else None
    if together is not None:
        output.say(
            output.translated(
                "{count} findings name rows; without all these rows the result changes: {effect}",
                count=len(_naming(checked)),
                effect=_effect_text(output, together),
            )
        )
    if in_soil is not None:
        output.say(
            output.translated(
                "Without all sections of cores that findings name, the soil changes: {effect}",
                effect=_effect_text(output, in_soil),
            )
        )
    output.document(
        {
            "project": inputs.project.project.id,
            "findings": [
                finding_record(finding)
                | _effect_record(told.get(_key(finding)))
                | _reason_record(why.get(_key(finding)))
                for finding in checked.findings
            ],
            "imagery": imagery_record(inputs.imagery),
            "together": _effect_record(together).get("effect"),
            "soil_together": _effect_record(in_soil).get("effect"),
        }
    )
    if errors:
        raise SystemExit(2)


def _naming(checked: Checked) -> list[Suspect]:
    """Suspects that name trees or plots."""
    return [suspect for suspect in checked.suspects if suspect.kind in ("trees", "plots")]


def _key(finding: Finding) -> tuple[str, str, str]:
    return finding.where, finding.rule, finding.text()


def _effects_by_finding(checked: Checked) -> dict[tuple[str, str, str], Effect]:
    if checked.effects is None:
        return {}
    pairs = zip(checked.suspects, checked.effects.each, strict=True)
    return {_key(suspect.finding): effect for suspect, effect in pairs if effect is not None}


def _effect_text(output: Output, effect: Effect) -> str:
    """Change of the result by what is otherwise, with its sign, and the result itself."""
    how = output.phrase(effect.how)
    if math.isnan(effect.change):
        return output.translated("(nothing could be computed {how})", how=how)
    change = effect.change if abs(effect.change) > SHARE * abs(effect.of.value) else 0.0
    words = {
        "change": ("−" if change < 0 else "+") + short_number(float(f"{abs(change):.3g}")),
        "unit": unit_text(effect.of.unit),
        "value": short_number(float(f"{effect.of.value:.6g}")),
        "stratum": effect.of.stratum_id,
        "depth": effect.of.depth,
        "how": how,
    }
    if effect.of.depth is not None:
        return (
            output.translated("({change} {unit} of {value} in the soil, {depth}, {how})", **words)
            if effect.of.stratum_id is None
            else output.translated(
                "({change} {unit} of {value} in the soil, {depth}, of stratum {stratum} {how})", **words
            )
        )
    if effect.of.quantity == PREDICTED:
        return output.translated("({change} {unit} of {value} on the map {how})", **words)
    if effect.of.stratum_id is None:
        return output.translated("({change} {unit} of {value} {how})", **words)
    return output.translated("({change} {unit} of {value} of stratum {stratum} {how})", **words)


def _reason_record(reason: str | None) -> dict[str, object]:
    """Why no effect is told, as plain data."""
    return {} if reason is None else {"no_effect_because": str(reason)}


def _effect_record(effect: Effect | None) -> dict[str, object]:
    """Effect as plain data; empty where a finding names no rows."""
    if effect is None:
        return {}
    return {
        "effect": {
            "quantity": effect.of.quantity,
            "stratum": effect.of.stratum_id,
            "depth": effect.of.depth,
            "unit": effect.of.unit,
            "value": effect.of.value,
            "change": None if math.isnan(effect.change) else effect.change,
            "how": str(effect.how),
        }
    }
