"""Projects whose plots have values that were published elsewhere: one stem in each, as heavy as the value.

So any table of sampled units becomes a survey that ``mrv run`` reads, and its figures can be compared with
those of other programs.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from ruamel.yaml import YAML

PLOT_AREA_M2 = 100.0
WOOD_DENSITY = 0.6


def dbh_of(agb_t_ha):
    """Diameter of the one stem that gives a plot its biomass, by Komiyama et al. (2005). [cm]"""
    kilograms = np.asarray(agb_t_ha, dtype=float) * 1000 * PLOT_AREA_M2 / 10_000
    return (kilograms / (0.251 * WOOD_DENSITY)) ** (1 / 2.46)


@dataclass(frozen=True)
class OneSurvey:
    """Plots with ``plot_id``, ``stratum_id``, ``agb_t_ha`` and what an estimator needs, and their design."""

    plots: pd.DataFrame
    design: Mapping[str, Any]
    estimator: Mapping[str, Any] | None = None
    clusters: pd.DataFrame | None = None
    date: str = "2010-01-01"


def _survey(folder: Path, survey: OneSurvey) -> dict[str, Any]:
    plots, year = survey.plots, survey.date[:4]
    plots.drop(columns="agb_t_ha").to_csv(folder / f"plots_{year}.csv", index=False)
    stems = plots[plots["agb_t_ha"] > 0]
    trees = pd.DataFrame({"plot_id": stems["plot_id"], "dbh_cm": dbh_of(stems["agb_t_ha"])})
    trees.to_csv(folder / f"trees_{year}.csv", index=False, float_format="%.17g")
    treeless = list(plots.loc[~(plots["agb_t_ha"] > 0), "plot_id"])
    declared: dict[str, Any] = {
        "date": survey.date,
        "design": copy.deepcopy(dict(survey.design)),
        "plots": {"file": f"plots_{year}.csv", "constants": {"plot_area_m2": PLOT_AREA_M2}},
        "trees": [
            {
                "file": f"trees_{year}.csv",
                "constants": {
                    "species": "Avicennia marina",
                    "status": "live",
                    "pom": "breast_height",
                    "wood_density_g_cm3": WOOD_DENSITY,
                },
            }
        ],
    }
    if survey.estimator is not None:
        declared["estimator"] = copy.deepcopy(dict(survey.estimator))
    if survey.clusters is not None:
        survey.clusters.to_csv(folder / f"clusters_{year}.csv", index=False)
        declared["clusters"] = {"file": f"clusters_{year}.csv"}
    if treeless:
        declared["treeless_plots"] = {"plots": treeless, "reason": "the published value is 0"}
    return declared


def write_project(
    folder: Path, surveys: Sequence[OneSurvey], areas_ha: Mapping[str, float], **keys: Any
) -> Path:
    """Project folder with these surveys; stocks only, unless more keys are given."""
    folder.mkdir(parents=True, exist_ok=True)
    source = {"source": "stated for the comparison"}
    document = {
        "schema": "mrv-project/1",
        "project": {"id": "comparison", "name": {"zh": "对比", "en": "Comparison"}, "simulated": True},
        "strata": {
            "areas": [{"stratum_id": name, "area_ha": area, **source} for name, area in areas_ha.items()]
        },
        "surveys": [_survey(folder, survey) for survey in surveys],
        "biomass": {
            "agb": {"equation": "komiyama_2005_agb"},
            "bgb": {"root_shoot_ratio": 0.5, **source},
        },
        "parameters": {
            "carbon_fraction_agb": {"value": 0.5, **source},
            "carbon_fraction_bgb": {"value": 0.5, **source},
        },
        "uncertainty": {"draws": 1000},
        "seed": 1,
        **keys,
    }
    with (folder / "mrv.yaml").open("w", encoding="utf-8") as file:
        YAML().dump(document, file)
    return folder
