"""A project of four plots measured twice: live and dead trees, a line of downed wood, a square of litter."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mrv.methodologies import load_methodology

AREA_HA = 10.0
PLOTS = ("P1", "P2", "P3", "P4")
LINE_M, DENSITY = 12.0, 0.5
WOOD_FRACTION, LITTER_FRACTION, STANDING_FRACTION = 0.5, 0.4, 0.46
TONNES_PER_SQUARED_CM = math.pi**2 / (8 * LINE_M) * DENSITY
"""Downed wood [t/ha] of a plot for each squared centimetre of the pieces on its line."""

SQUARES_CM2 = {"2010-01-01": (100.0, 0.0, 400.0, 0.0), "2020-01-01": (144.0, 0.0, 676.0, 100.0)}
LITTER_G_M2 = {"2010-01-01": (100.0, 200.0, 300.0, 200.0), "2020-01-01": (150.0, 200.0, 350.0, 220.0)}
DEAD_CM = {"2010-01-01": (8.0, 9.0, 10.0, 11.0), "2020-01-01": (10.0, 9.5, 12.0, 13.0)}
EVIDENCE = {"document": "Note 1, p. 2", "statement": "What it shows."}


def stated(value: float, error: float | None = None) -> dict[str, Any]:
    return {"value": value, "source": "Note 3", **({} if error is None else {"standard_error": error})}


def survey(date: str) -> dict[str, Any]:
    return {
        "date": date,
        "design": {"kind": "simple_random"},
        "plots": {"file": "plots.csv"},
        "subplots": [{"id": "main", "radius_m": 7, "dbh_min_cm": 5}],
        "trees": [{"file": f"trees_{date[:4]}.csv", "constants": {"pom": "breast_height"}}],
        "downed_wood": {
            "lines": {"file": "lines.csv"},
            "pieces": [{"file": f"pieces_{date[:4]}.csv"}],
            "classes": {
                "sound": {
                    "length_m": LINE_M,
                    "density_g_cm3": DENSITY,
                    "density_standard_error_g_cm3": 0.05,
                    "source": "Note 2",
                }
            },
            "carbon_fraction": stated(WOOD_FRACTION, 0.01),
        },
        "litter": {
            "quadrats": [{"file": f"litter_{date[:4]}.csv"}],
            "carbon_fraction": stated(LITTER_FRACTION),
        },
    }


PROJECT: dict[str, Any] = {
    "schema": "mrv-project/1",
    "project": {"id": "trial", "name": {"zh": "试验", "en": "Trial"}},
    "methodology": "mangrove_protection",
    "monitoring_period": {"start": "2010-01-01", "end": "2020-01-01"},
    "strata": {"areas": [{"stratum_id": "low", "area_ha": AREA_HA, "source": "map of 2020"}]},
    "surveys": [survey("2010-01-01"), survey("2020-01-01")],
    "biomass": {
        "agb": {"equation": "komiyama_2005_agb"},
        "bgb": {"equation": "komiyama_2005_bgb"},
        "dead": {
            "agb_factor": {"1": 0.9},
            "bgb": "excluded",
            "source": "Note 2",
            "carbon_fraction": stated(STANDING_FRACTION, 0.01),
        },
    },
    "parameters": {
        "carbon_fraction_agb": stated(0.45, 0.01),
        "carbon_fraction_bgb": stated(0.39, 0.02),
        "buffer_share": stated(0.2),
    },
    "baseline": {"scenario": "static", "evidence": EVIDENCE},
    "project_emissions": {
        "fuel": {"t_co2e": 0, "evidence": "Note 5"},
        "biomass_removed": {"t_co2e": 0, "evidence": "Note 5"},
        "soil_methane": {"change_t_co2e_ha_yr": 0, "evidence": "Note 5"},
        "soil_nitrous_oxide": {"change_t_co2e_ha_yr": 0, "evidence": "Note 5"},
    },
    "leakage": {
        way: {"t_co2e": 0, "test": "Note 6", "finding": "None was found."}
        for way in ("displaced_activity", "market", "hydrology")
    },
    "conditions": {
        name: {"met": True, "document": "Note 7"}
        for name in load_methodology("mangrove_protection").conditions
    },
    "uncertainty": {"draws": 2000},
    "seed": 1,
}
IN_SINK = {pool: {"reason": "The buyer asks."} for pool in ("dead_wood", "downed_wood", "litter")}


def table(path: Path, header: str, rows: list[str]) -> None:
    path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")


def write(folder: Path, document: dict[str, Any]) -> Path:
    """Project of four plots, each with two live trees and a dead one, a line and a square of litter."""
    folder.mkdir(exist_ok=True)
    table(folder / "plots.csv", "plot_id,stratum_id", [f"{name},low" for name in PLOTS])
    table(folder / "lines.csv", "plot_id,line_id", [f"{name},a" for name in PLOTS])
    for date, squares in SQUARES_CM2.items():
        year, grown = date[:4], 2.0 if date > "2015" else 0.0
        trees = [
            f"{name},Kandelia obovata,{12 + 3 * number + stem + grown:g},live,"
            for number, name in enumerate(PLOTS)
            for stem in range(2)
        ]
        trees += [
            f"{name},Kandelia obovata,{dbh:g},dead,1" for name, dbh in zip(PLOTS, DEAD_CM[date], strict=True)
        ]
        table(folder / f"trees_{year}.csv", "plot_id,species,dbh_cm,status,decay_class", trees)
        table(
            folder / f"pieces_{year}.csv",
            "plot_id,line_id,piece_class,diameter_cm",
            [
                f"{name},a,sound,{square**0.5:g}"
                for name, square in zip(PLOTS, squares, strict=True)
                if square
            ],
        )
        table(
            folder / f"litter_{year}.csv",
            "plot_id,quadrat_id,quadrat_area_m2,dry_mass_g",
            [f"{name},1,1,{mass:g}" for name, mass in zip(PLOTS, LITTER_G_M2[date], strict=True)],
        )
    (folder / "mrv.yaml").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return folder


def changed(change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    document = copy.deepcopy(PROJECT)
    document["dead_matter_in_sink"] = copy.deepcopy(IN_SINK)
    change(document)
    return document
