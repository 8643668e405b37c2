"""Trees of a project with their biomass, and every finding on equations, heights and species on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from mrv.biomass.choices import EquationChoice, StatedValue
from mrv.biomass.dead_boles import Bole
from mrv.biomass.eligibility import dwarf_findings, growth_form_findings, name_findings
from mrv.biomass.equation_gate import gate_findings
from mrv.biomass.heights import HeightModel, height_models, with_fitted_heights
from mrv.biomass.trees import BiomassChoices, choice_findings, estimate_trees
from mrv.findings import Finding, raise_errors
from mrv.inputs import Inputs, Survey
from mrv.inputs.cells import check_file
from mrv.inputs.project import FITTED, BelowGroundEquation, Biomass
from mrv.reference import (
    Equation,
    WoodDensity,
    equations,
    read_equations,
    wood_densities,
    wood_densities_of_the_flora,
)


def biomass_choices(biomass: Biomass) -> BiomassChoices:
    """What the project file decides about biomass, as the biomass room takes it."""
    agb, bgb, dead = biomass.agb, biomass.bgb, biomass.dead
    return BiomassChoices(
        agb=EquationChoice(
            agb.equation, agb.by_species, None if agb.without_height == FITTED else agb.without_height
        ),
        bgb=EquationChoice(bgb.equation, bgb.by_species)
        if isinstance(bgb, BelowGroundEquation)
        else bgb.root_shoot_ratio,
        dead_agb_factor=dead.agb_factor if dead else {},
        dead_roots=dead is not None and dead.bgb == "included",
        wood_density={
            name: StatedValue(stated.value, stated.source) for name, stated in biomass.wood_density.items()
        },
        allowed_quarantined={allowed.equation: allowed.reason for allowed in biomass.allow_quarantined},
        boles={name: Bole(bole.density_g_cm3) for name, bole in dead.boles.items()} if dead else {},
    )


def known_equations(biomass: Biomass | None, folder: Path) -> tuple[Mapping[str, Equation], list[Finding]]:
    """Equations shipped and those that the project brings, with what the gate says of the latter.

    Raises
    ------
    InputError
        If the project's own table is not what it should be.
    """
    if biomass is None or biomass.equations is None:
        return equations(), []
    name = biomass.equations.file
    check_file(folder / name, name)
    own = read_equations(folder / name, name)
    taken = sorted(own.keys() & equations().keys())
    raise_errors(
        Finding(
            f"{name}: {equation_id}",
            "equation-duplicate",
            "{name} is an equation that the toolkit brings; give yours another identifier",
            {"name": equation_id},
        )
        for equation_id in taken
    )
    allowed = {entry.equation: entry.reason for entry in biomass.allow_quarantined}
    return {**equations(), **own}, gate_findings(own, name, allowed)


def reference_densities(biomass: Biomass) -> Mapping[str, WoodDensity]:
    """Wood densities of the reference table, of genus and family too where the project file asks for them."""
    if biomass.wood_density_fallback is None:
        return wood_densities()
    levels = {"genus": ("species", "genus"), "family": ("species", "genus", "family")}
    allowed = levels[biomass.wood_density_fallback]
    return {name: entry for name, entry in wood_densities_of_the_flora().items() if entry.level in allowed}


def _height_notes(models: Mapping[str, HeightModel], trees: Sequence[pd.DataFrame]) -> list[Finding]:
    """How many heights each model gave, and how far it scatters."""
    every = pd.concat(trees, ignore_index=True)
    notes = []
    for name, model in sorted(models.items()):
        given = int(every["height_source"].str.startswith(f"{model.form} of {name} (").sum())
        if given:
            notes.append(
                Finding(
                    "biomass.agb.without_height",
                    "height-fitted",
                    "{given} heights of {group} are from a model ({form}, {count} measured trees of D "
                    "{low:g}–{high:g} cm, standard deviation {scatter:.2f} m)",
                    {
                        "given": given,
                        "group": name,
                        "form": model.form,
                        "count": model.trees,
                        "low": model.dbh_min_cm,
                        "high": model.dbh_max_cm,
                        "scatter": model.residual_sd_m,
                    },
                    severity="note",
                )
            )
    return notes


def _fallback_notes(trees: pd.DataFrame) -> list[Finding]:
    """Species whose wood density is that of their genus or family."""
    source = trees["wood_density_source"].astype("str")
    borrowed = trees[source.str.contains(r"\((?:genus|family) ", regex=True)]
    return [
        Finding(
            "biomass.wood_density_fallback",
            "wood-density-fallback",
            "{species}: {density:g} g/cm3 from {source}",
            {
                "species": str(name),
                "density": float(group["wood_density_g_cm3"].iloc[0]),
                "source": str(group["wood_density_source"].iloc[0]),
            },
            severity="note",
        )
        for name, group in borrowed.groupby("species", sort=True)
    ]


def fitted_height_models(inputs: Inputs) -> dict[str, HeightModel]:
    """Height models of a project, by species or ``*``; empty where it fits none.

    One model serves all surveys, so that a tree does not grow by being fitted twice.
    """
    biomass = inputs.project.biomass
    if biomass is None or biomass.agb.without_height != FITTED or not inputs.tree_surveys:
        return {}
    return height_models(pd.concat([survey.trees for survey in inputs.tree_surveys], ignore_index=True))


def with_heights(inputs: Inputs) -> tuple[list[pd.DataFrame], list[Finding]]:
    """Trees of every survey, with modelled heights where the project file wants them."""
    models = fitted_height_models(inputs)
    trees = [with_fitted_heights(survey.trees, models) for survey in inputs.tree_surveys]
    return trees, _height_notes(models, trees) if models else []


def _stand_findings(survey: Survey, trees: pd.DataFrame, known: Mapping[str, Equation]) -> list[Finding]:
    """Findings on what grows in a survey, as against what its equations are for."""
    strata = dict(zip(survey.plots["plot_id"], survey.plots["stratum_id"], strict=True))
    measured = trees.assign(height_m=trees["height_m"].where(trees["height_source"] == "measured"))
    return [
        *growth_form_findings(trees, known),
        *dwarf_findings(measured, strata, known),
        *name_findings(trees),
        *_fallback_notes(trees),
    ]


def prepared_trees(
    inputs: Inputs, known: Mapping[str, Equation]
) -> tuple[tuple[pd.DataFrame, ...], list[Finding]]:
    """Trees of every survey with their biomass, and what is wrong or worth knowing about them."""
    biomass = inputs.project.biomass
    if biomass is None:
        return (), []
    choices = biomass_choices(biomass)
    findings = choice_findings(choices, known)
    if any(finding.severity == "error" for finding in findings):
        return (), findings
    tables = []
    measured, notes = with_heights(inputs)
    findings += notes
    for survey, own in zip(inputs.tree_surveys, measured, strict=True):
        trees, more = estimate_trees(own, choices, known, reference_densities(biomass))
        tables.append(trees)
        findings += more + _stand_findings(survey, trees, known)
    return tuple(tables), findings
