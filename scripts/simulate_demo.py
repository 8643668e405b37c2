"""Simulate the demo project: a survey area that exists nowhere, with a truth that is known.

    python scripts/simulate_demo.py data/demo

The simulated world is about 120 ha of mangrove on an invented coast near 114.00° E, 22.52° N, in
three belts parallel to it. Every tree of it is simulated, some hundred thousand, from birth to
fall: a survey of two dates follows from looking at the same forest twice. Then

- a crew draws permanent plots at random in each stratum and measures the trees in nested circles;
- a laboratory gets soil cores of some of the plots, at both dates;
- a satellite and a laser scanner see the canopy at both dates, the satellite through clouds and at any tide;
- the project's equations are applied to every tree of the forest, which gives the true totals.

A figure estimated from the plots differs from the truth by sampling alone: crews make no errors
beyond rounding, and the equations are taken as exact. What the project file states (dates, size
rule, equations, wood densities, carbon fractions) is read from ``data/demo/mrv.yaml``, which is
written by hand; all else about this world stands in ``scripts/simulation/``. Every run writes the
same bytes.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from simulation.files import (
    write_cores,
    write_height,
    write_json,
    write_scene_table,
    write_scenes,
    write_survey,
    write_vectors,
)
from simulation.forest import forest, state
from simulation.imagery import ground_at
from simulation.landscape import landscape
from simulation.project import read_terms
from simulation.scenes import Scene, scenes_of
from simulation.soil import soil_truth, take_cores
from simulation.survey import draw_plots, survey
from simulation.truth import truth

PROJECT_FILE = Path(__file__).resolve().parents[1] / "data" / "demo" / "mrv.yaml"


def simulate(folder: Path) -> None:
    """Simulate the world and write all files of the demo project but those written by hand."""
    terms = read_terms(PROJECT_FILE)
    ground = landscape(terms.reference_system)
    trees = forest(ground)
    states = (state(trees, 0.0), state(trees, terms.years))
    plots = draw_plots(ground, terms)

    folder.mkdir(parents=True, exist_ok=True)
    write_vectors(folder, ground)
    write_survey(folder, plots, survey(trees, states, plots, terms))
    for date, sections in zip(terms.dates, take_cores(plots), strict=True):
        write_cores(folder / f"soil_cores_{date[:4]}.csv", sections)
    scenes: list[Scene] = []
    for date, standing in zip(terms.dates, states, strict=True):
        seen = ground_at(ground, trees, standing, terms, date)
        write_height(folder, seen, date, terms.reference_system)
        own = scenes_of(seen, date)
        write_scenes(folder, seen, own, terms.reference_system)
        scenes += own
    write_scene_table(folder, scenes)
    write_json(folder / "truth.json", truth(ground, trees, states, terms, soil_truth(ground)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Simulate the demo project; the same bytes on every run.")
    parser.add_argument("folder", type=Path, help="folder to write to, such as data/demo")
    simulate(parser.parse_args().folder)
