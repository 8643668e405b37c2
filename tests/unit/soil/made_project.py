"""A small project with soil, made for a test: a few plots, one tree in each, cores as the test gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ruamel.yaml import YAML

from mrv.run.project_run import run_project
from mrv.run.results import Results

Section = tuple[float, ...]
"""Top, bottom [cm], bulk density [g/cm³], carbon [%], and batch or nothing."""

DATES = ("2015-01-01", "2025-01-01")
LABORATORY = {"method": "elemental_analysis", "carbonate": "removed_by_acid", "source": "made"}


def _survey(folder: Path, date: str, cores: Mapping[str, Sequence[Section]], soil: Mapping) -> dict:
    """Survey whose plots have the cores; the stratum of a plot is the first letter of its name."""
    plots = ["plot_id,stratum_id", *(f"{plot},{plot[0]}" for plot in cores)]
    trees = ["plot_id,tree_id,species,dbh_cm,status,pom"]
    trees += [f"{plot},1,Kandelia obovata,{10 + n},live,breast_height" for n, plot in enumerate(cores)]
    rows = ["plot_id,core_id,top_cm,bottom_cm,bulk_density_g_cm3,organic_carbon_fraction,batch_id"]
    for plot, sections in cores.items():
        for top, bottom, density, percent, *batch in sections:
            rows.append(f"{plot},1,{top},{bottom},{density},{percent},{''.join(batch)}")
    for name, lines in (("plots", plots), ("trees", trees), ("cores", rows)):
        (folder / f"{name}-{date}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return {
        "date": date,
        "design": {"kind": "stratified"},
        "plots": {"file": f"plots-{date}.csv"},
        "subplots": [{"id": "all", "radius_m": 7, "dbh_min_cm": 5}],
        "trees": [{"file": f"trees-{date}.csv"}],
        "soil": {
            "sections": [{"file": f"cores-{date}.csv", "units": {"organic_carbon_fraction": "%"}}],
            "measured_carbon": dict(LABORATORY),
            "depths_cm": [30],
            **soil,
        },
    }


def made_run(
    folder: Path,
    cores: Sequence[Mapping[str, Sequence[Section]]],
    soil: Sequence[Mapping] = ({}, {}),
    keys: Mapping | None = None,
) -> Results:
    """Run a project with one survey for each set of cores.

    Parameters
    ----------
    folder : Path
    cores : sequence of mapping
        By survey: plot to the sections of its core.
    soil : sequence of mapping
        By survey: further keys of its soil.
    keys : mapping, optional
        Further keys of the project file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    strata = sorted({plot[0] for survey in cores for plot in survey})
    areas = [
        {"stratum_id": name, "area_ha": 10.0 * (n + 1), "source": "made"} for n, name in enumerate(strata)
    ]
    project = {
        "schema": "mrv-project/1",
        "project": {"id": "made", "name": {"zh": "自造", "en": "Made"}, "simulated": True},
        "strata": {"areas": areas},
        "surveys": [
            _survey(folder, date, sections, more)
            for date, sections, more in zip(DATES, cores, soil, strict=False)
        ],
        "biomass": {"agb": {"equation": "komiyama_2005_agb"}, "bgb": {"equation": "komiyama_2005_bgb"}},
        "parameters": {
            "carbon_fraction_agb": {"value": 0.45, "source": "made"},
            "carbon_fraction_bgb": {"value": 0.39, "source": "made"},
        },
        "waivers": [{"rule": "core-copied", "reason": "made"}],
        "uncertainty": {"draws": 10000},
        "seed": 7,
        **(keys or {}),
    }
    with (folder / "mrv.yaml").open("w", encoding="utf-8") as stream:
        YAML().dump(project, stream)
    return run_project(folder, folder / "out")
