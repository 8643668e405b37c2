"""What the error budget of a project is made of: published, stated by the project, or not known."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mrv.error_reference import equation_errors, measurement_error
from mrv.inputs import Inputs
from mrv.inputs.project import Project, RootShootRatio
from mrv.inputs.uncertainty import Component
from mrv.reference import Equation
from mrv.reference.densities import wood_densities_of_the_flora
from mrv.run.error_shifts import shifts_not_known, shifts_of, working_shifts
from mrv.run.figures import NO_INTERVAL
from mrv.run.ground_pools import errors_not_stated
from mrv.run.ground_terms import ground_factors, ground_terms
from mrv.run.pools_in_sink import CARBON_FRACTION, dead_matter_fraction
from mrv.run.prepare import Prepared
from mrv.run.stated_amounts import StatedAmounts, stated_emissions, stated_leakage
from mrv.run.survey_estimates import TOTAL, SurveyTables
from mrv.stock.by_design import StratumEstimator, stratum_estimator
from mrv.stock.estimators import Estimate
from mrv.stock.stocks import StockEstimate
from mrv.streams import Streams
from mrv.uncertainty.sampling import replicates_of, sampled_stratum
from mrv.uncertainty.shared import Normal, SharedErrors
from mrv.uncertainty.simulation import StandModel, StratumModel
from mrv.uncertainty.stand import NO_EQUATION, Term, in_order, stand_terms

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ErrorModel:
    """Stand model of a project, and what the budget does not hold.

    Attributes
    ----------
    stand : StandModel
    at_work : tuple of Component
        Components with an error.
    unknown : mapping of Component to str
        Components, or parts of them, for which no error is known: which, in words.
    emissions, leakage : sequence of StatedAmounts
        What the project states of them; drawn with what the methodology gives.
    """

    stand: StandModel
    at_work: tuple[Component, ...]
    unknown: Mapping[Component, str]
    emissions: Sequence[StatedAmounts] = ()
    leakage: Sequence[StatedAmounts] = ()


def _trees(surveys: Sequence[SurveyTables]) -> pd.DataFrame:
    return pd.concat([survey.trees for survey in surveys], ignore_index=True)


def wood_density_errors(project: Project, trees: pd.DataFrame) -> tuple[dict[str, Normal], list[str]]:
    """Mean and spread of the wood density of each species of the trees, and species without a spread.

    Returns
    -------
    dict of str to Normal
        What the project states goes before the reference table. [g cm⁻³]
    list of str
    """
    stated = project.biomass.wood_density if project.biomass else {}
    others = project.uncertainty.other_wood_densities
    known: dict[str, Normal] = {}
    unknown = []
    for name, group in trees.groupby(trees["species"].astype("str"), sort=True):
        species = str(name)
        average = math.fsum(group["wood_density_g_cm3"]) / len(group)
        reference = wood_densities_of_the_flora().get(species)
        own = stated[species].standard_error if species in stated else None
        if own is not None:
            known[species] = Normal(average, own)
        elif reference is not None and math.isfinite(reference.standard_deviation_g_cm3):
            known[species] = Normal(average, reference.standard_deviation_g_cm3)
        elif others is not None:
            known[species] = Normal(average, average * others.relative_standard_error)
        else:
            unknown.append(species)
    return {name: normal for name, normal in known.items() if normal.standard_error > 0}, unknown


def equation_covariances(project: Project, used: Iterable[str]) -> tuple[dict[str, Array], list[str]]:
    """Covariance of the coefficients of each equation, and equations for which none is known.

    An error that the project states is one of the level alone, of type B: none is published, and none is
    invented.
    """
    known: dict[str, Array] = {}
    unknown = []
    for name in sorted(used):
        published = equation_errors().get(name)
        stated = project.uncertainty.equations.get(name)
        if stated is not None:
            known[name] = np.diag([stated.relative_standard_error**2, 0.0])
        elif published is not None and published.covariance is not None:
            known[name] = published.covariance
        else:
            unknown.append(name)
    return known, unknown


def carbon_fraction_errors(
    project: Project, fractions: Mapping[str, float]
) -> tuple[dict[str, Normal], list[str]]:
    """Carbon fraction of each pool with its standard error, and parameters stated without one. [t_c/t_dm]"""
    found, unknown = {}, []
    for pool, value in fractions.items():
        if pool in CARBON_FRACTION:
            key, stated = CARBON_FRACTION[pool], project.parameters.get(CARBON_FRACTION[pool])
            error = stated.standard_error if stated is not None else None
        else:
            key, fraction = dead_matter_fraction(project, pool)
            error = fraction.standard_error if fraction is not None else None
        found[pool] = Normal(value, 0.0 if error is None else float(error))
        if error is None:
            unknown.append(key)
    return found, unknown


def dead_errors(
    project: Project, trees: pd.DataFrame
) -> tuple[dict[str, Normal], dict[str, Normal], list[str]]:
    """Dead-tree factors and densities of boles, of the decay classes that occur, and keys without an error.

    Returns
    -------
    dict of str to Normal
        Factors. [1]
    dict of str to Normal
        Densities. [g cm⁻³]
    list of str
        Keys of the project file that state no standard error.
    """
    dead = project.biomass.dead if project.biomass else None
    if dead is None:
        return {}, {}, []
    factors, densities, unknown = {}, {}, []
    for name in sorted(set(trees["dead_class"]) - {""}):
        if name in dead.boles:
            density = dead.boles[name]
            error = density.density_standard_error_g_cm3
            if error is not None:
                densities[name] = Normal(density.density_g_cm3, error)
            else:
                unknown.append(f"biomass.dead.boles.{name}")
        elif dead.agb_factor.get(name, 0.0) > 0:
            if name in dead.agb_factor_standard_error:
                factors[name] = Normal(dead.agb_factor[name], dead.agb_factor_standard_error[name])
            else:
                unknown.append(f"biomass.dead.agb_factor.{name}")
    return factors, densities, unknown


def area_covariance(inputs: Inputs, strata: Sequence[str]) -> Array | None:
    """Covariance of the areas in the order of the strata; None where the areas are exact. [ha²]"""
    stated = inputs.project.uncertainty.areas
    table = stated.covariance_ha2 if stated is not None else inputs.strata.area_covariance_ha2
    if table is None:
        return None
    return np.array([[table[one][other] for other in strata] for one in strata])


def _estimates(entries: Sequence[StockEstimate]) -> dict[tuple[str | None, str], Estimate]:
    return {
        (entry.stratum_id, entry.date): entry.estimate
        for entry in entries
        if entry.pool == TOTAL and entry.unit == "t_c/ha"
    }


def _known_df(estimate: Estimate | None) -> float | None:
    """Degrees of freedom; None where there is no standard error to draw."""
    if estimate is None or not math.isfinite(estimate.standard_error):
        return None
    return estimate.degrees_of_freedom


def stratum_model(
    stratum_id: str,
    surveys: Sequence[SurveyTables],
    area_ha: float,
    stocks: Mapping[tuple[str | None, str], Estimate],
    change: Estimate | None,
) -> StratumModel:
    """Plots of a stratum in every survey, with the estimators that the design gives."""
    own: list[StratumEstimator | None] = [
        stratum_estimator(survey.plots.reset_index(drop=True), survey.design, stratum_id, area_ha)
        if (survey.plots["stratum_id"].astype("str") == stratum_id).any()
        else None
        for survey in surveys
    ]
    replicates = replicates_of(found.estimator for found in own if found is not None)
    return StratumModel(
        stratum_id,
        len(replicates),
        tuple(
            sampled_stratum(found.plots.index.to_numpy(dtype=np.intp), found.estimator, replicates)
            if found is not None
            else None
            for found in own
        ),
        tuple(_known_df(stocks.get((stratum_id, survey.date))) for survey in surveys),
        _known_df(change),
    )


def _equations_in(terms: Sequence[Term]) -> tuple[set[str], set[str]]:
    """Equations in use and all that could have been."""
    by_equation = [term for term in terms if term.ensemble.used not in NO_EQUATION]
    return {term.ensemble.used for term in by_equation}, {term.equation for term in by_equation}


def _candidates(known: Mapping[str, Equation], project: Project) -> set[str]:
    """Equations whose coefficients could be drawn."""
    published = {name for name, error in equation_errors().items() if error.covariance is not None}
    return (published | set(project.uncertainty.equations)) & set(known)


def error_model(
    prepared: Prepared,
    surveys: Sequence[SurveyTables],
    stocks: Sequence[StockEstimate],
    changes: Sequence[StockEstimate],
) -> ErrorModel:
    """Everything that the draws of a project work on."""
    project = prepared.inputs.project
    left_out = project.uncertainty.left_out
    trees = _trees(surveys)
    shifts = shifts_of(prepared.inputs, trees)
    terms_of_trees = stand_terms(
        [survey.trees for survey in surveys],
        [list(survey.plots["plot_id"].astype("str")) for survey in surveys],
        prepared.equations,
        _candidates(prepared.equations, project) if "equation_parameters" not in left_out else (),
        {name: entry.equations for name, entry in project.uncertainty.alternatives.items()},
        shifts,
    )
    on_the_ground = ground_factors(surveys, prepared.pools_in_sink)
    terms = in_order([*terms_of_trees, *ground_terms(surveys, prepared.pools_in_sink)])
    used, possible = _equations_in(terms)
    densities, without_spread = wood_density_errors(project, trees)
    covariances, without_covariance = equation_covariances(project, possible)
    dead_factors, dead_densities, dead_without = dead_errors(project, trees)
    fractions, without_error = carbon_fraction_errors(project, prepared.carbon_fraction)
    ratio = project.biomass.bgb if project.biomass else None
    single = sorted(
        name for name in used if all(len(t.ensemble.members) == 1 for t in terms if t.ensemble.used == name)
    )
    emissions, leakage = stated_emissions(project), stated_leakage(project)
    by_total, of_change = _estimates(stocks), _estimates(changes)
    strata = sorted(name for name, _ in by_total if name is not None)
    unknown: dict[Component, str] = {
        "equation_choice": ", ".join(single),
        "equation_parameters": ", ".join(without_covariance),
        "wood_density": ", ".join(without_spread),
        **shifts_not_known(
            prepared.inputs, trees, any(prepared.equations[name].needs_height for name in used)
        ),
        "dead_wood": ", ".join(dead_without),
        "carbon_fraction": ", ".join(without_error),
        "stated_amounts": ", ".join(key for amount in (*emissions, *leakage) for key in amount.without_error)
        if prepared.accounts_stocks
        else "",
        "ground_pools": ", ".join(
            errors_not_stated((survey.ground for survey in surveys), prepared.pools_in_sink)
        ),
    }
    if isinstance(ratio, RootShootRatio) and not ratio.standard_error:
        unknown["root_shoot_ratio"] = "biomass.bgb.standard_error"
    names = list(dict.fromkeys(strata))
    areas = area_covariance(prepared.inputs, names)
    if areas is None:
        unknown["area"] = "uncertainty.areas"
    changed = {name: estimate for (name, _), estimate in of_change.items()}
    models = [
        stratum_model(name, surveys, prepared.areas_ha[name], by_total, changed.get(name)) for name in names
    ]
    exact = {pool: Normal(normal.value, 0.0) for pool, normal in fractions.items()}
    errors = SharedErrors(
        wood_density={} if "wood_density" in left_out else densities,
        wood_density_limits=(
            measurement_error("wood_density_lowest"),
            measurement_error("wood_density_highest"),
        ),
        equation_covariance={} if "equation_parameters" in left_out else covariances,
        equation_choice="equation_choice" not in left_out and len(single) < len(used),
        carbon_fraction=exact if "carbon_fraction" in left_out else fractions,
        root_shoot_ratio=Normal(ratio.root_shoot_ratio, ratio.standard_error)
        if isinstance(ratio, RootShootRatio) and ratio.standard_error and "root_shoot_ratio" not in left_out
        else None,
        dead_factor={} if "dead_wood" in left_out else dead_factors,
        dead_density={} if "dead_wood" in left_out else dead_densities,
        ground_factor=on_the_ground,
        shifts=[shift.name for shift in shifts],
        area_covariance=None if "area" in left_out else areas,
    )
    stand = StandModel(terms, models, errors, Streams(project.seed, project.project.id))
    sampled = any(
        df is not None
        for model in models
        for df in (*model.degrees_of_freedom, model.change_degrees_of_freedom)
    )
    if not sampled:
        unknown["sampling"] = NO_INTERVAL
    return ErrorModel(
        stand,
        _at_work(errors, sampled, working_shifts(shifts)),
        {name: text for name, text in unknown.items() if text},
        emissions,
        leakage,
    )


def _at_work(errors: SharedErrors, sampled: bool, shifting: set[str]) -> tuple[Component, ...]:
    working: dict[Component, bool] = {
        "sampling": sampled,
        "equation_choice": errors.equation_choice,
        "equation_parameters": bool(errors.equation_covariance),
        "wood_density": bool(errors.wood_density),
        "height_model": "height_model" in shifting,
        "measuring_bias": "measuring_bias" in shifting,
        "extrapolation": "extrapolation" in shifting,
        "dead_wood": any(
            n.standard_error > 0 for n in (*errors.dead_factor.values(), *errors.dead_density.values())
        ),
        "ground_pools": any(normal.standard_error > 0 for normal in errors.ground_factor.values()),
        "carbon_fraction": any(normal.standard_error > 0 for normal in errors.carbon_fraction.values()),
        "root_shoot_ratio": errors.root_shoot_ratio is not None,
        "area": errors.area_covariance is not None,
    }
    return tuple(name for name, works in working.items() if works)
