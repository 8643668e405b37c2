"""Ratios measured side by side in one run; ``python -m bench`` writes bench/RESULTS.md.

Seconds say little of another machine, so each task is measured against something that everybody has:
the bare interpreter, or a plain loop. The two of a pair take turns, so that a busy machine slows both.
"""

from __future__ import annotations

import operator
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from timeit import timeit
from typing import NamedTuple

import numpy as np
import pandas as pd

from mrv.biomass.allometry import tree_biomass
from mrv.biomass.choices import EquationChoice
from mrv.biomass.trees import BiomassChoices, estimate_trees
from mrv.provenance import environment
from mrv.reference import Equation, equations, wood_densities

ROOT = Path(__file__).resolve().parents[1]
REPEATS = 11
TREES = 1_000_000
AGB, BGB = "komiyama_2005_agb", "komiyama_2005_bgb"
SPECIES = ("Avicennia marina", "Kandelia obovata")
Task = Callable[[], object]


class Ratio(NamedTuple):
    """Seconds of a task and of what it is measured against, turn by turn."""

    task: str
    against: str
    seconds: tuple[float, ...]
    against_seconds: tuple[float, ...]

    def row(self) -> str:
        ratios = list(map(operator.truediv, self.seconds, self.against_seconds))
        low, _, high = statistics.quantiles(ratios, n=4)
        return (
            f"| {self.task} | {self.against} | {statistics.median(ratios):.3g} | {low:.3g}–{high:.3g} "
            f"| {statistics.median(self.seconds):.3f} | {statistics.median(self.against_seconds):.3f} |"
        )


def in_turns(task: str, run: Task, against: str, other: Task) -> Ratio:
    """Measure two tasks by turns, after one unmeasured turn of each."""
    run(), other()
    pairs = [(timeit(run, number=1), timeit(other, number=1)) for _ in range(REPEATS)]
    print(f"{task}: done", file=sys.stderr)
    return Ratio(task, against, *zip(*pairs, strict=True))


def command(*words: str) -> Task:
    return lambda: subprocess.run(words, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)


def sample_trees() -> pd.DataFrame:
    """A million live stems of two species; the seed is fixed."""
    generator = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "species": np.array(SPECIES)[generator.integers(0, 2, TREES)],
            "dbh_cm": np.round(generator.uniform(2.0, 49.0, TREES), 1),
            "height_m": np.nan,
            "wood_density_g_cm3": np.nan,
            "status": "live",
            "pom": "breast_height",
            "source": "bench",
            "decay_class": None,
        }
    )


def formula_loop(diameters: list[float], densities: list[float], equation: Equation) -> list[float]:
    """The equation alone, stem by stem."""
    a, b, c = equation.a, equation.b, equation.c
    return [a * rho**b * d**c for d, rho in zip(diameters, densities, strict=True)]


def row_loop(rows: list[dict[str, object]], densities: dict[str, float]) -> list[tuple[object, ...]]:
    """What a short script would do with the rows of a table: look-ups, range, both equations."""
    agb, bgb = equations()[AGB], equations()[BGB]
    done = []
    for row in rows:
        d, rho = row["dbh_cm"], densities[row["species"]]
        factor = 1.0 if row["status"] == "live" else 0.5
        kilograms = (agb.a * rho**agb.b * d**agb.c * factor, bgb.a * rho**bgb.b * d**bgb.c)
        done.append((*kilograms, d > agb.dbh_max_cm, d > bgb.dbh_max_cm))
    return done


def biomass_ratios() -> list[Ratio]:
    trees, known, names = sample_trees(), equations(), (AGB, BGB)
    choices = BiomassChoices(EquationChoice(AGB), EquationChoice(BGB))
    densities = {name: wood_densities()[name].wood_density_g_cm3 for name in SPECIES}
    lists = (trees["dbh_cm"].to_list(), trees["species"].map(densities).to_list())
    arrays = (*map(np.array, lists), trees["height_m"].to_numpy())
    rows = trees[["species", "status", "dbh_cm"]].to_dict("records")
    vectorised = lambda: [tree_biomass(known[name], *arrays) for name in names]  # noqa: E731
    scripted = lambda: [formula_loop(*lists, known[name]) for name in names]  # noqa: E731
    by_row = lambda: row_loop(rows, densities)  # noqa: E731
    whole = lambda: estimate_trees(trees, choices, known, wood_densities())[0]  # noqa: E731
    expected = np.array(by_row())[:, :2].T
    for found in (vectorised(), scripted(), whole()[["agb_kg", "bgb_kg"]].T):
        np.testing.assert_allclose(found, expected, rtol=1e-12)
    pairs: list[tuple[str, Task, str, Task]] = [
        ("`tree_biomass`, two equations, 10⁶ stems", vectorised, "plain loop, the formulas alone", scripted),
        ("`estimate_trees`, two equations, 10⁶ stems", whole, "plain loop over rows, look-ups too", by_row),
    ]
    return [in_turns(*pair) for pair in pairs]


def page(ratios: list[Ratio]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in environment().items())
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg())
    rows = "\n".join(ratio.row() for ratio in ratios)
    return f"""\
# Ratios

Written by `make bench`: {REPEATS} turns of each pair, one after the other, in one run. Biomass of the two is
equal to 1e-12 (asserted). A ratio below 1 is faster than the plain loop. Seconds are medians.

| task | against | ratio, median | quartiles | task, s | against, s |
|---|---|---|---|---|---|
{rows}

Machine: {platform.machine()}, {os.cpu_count()} cores; load at the end {load}.

Versions: {versions}.
"""


if __name__ == "__main__":
    mrv, bare = str(Path(sys.executable).with_name("mrv")), command(sys.executable, "-c", "pass")
    commands = (("--help",), ("check", "data/demo"))
    ratios = [in_turns(f"`mrv {' '.join(c)}`", command(mrv, *c), "`python -c pass`", bare) for c in commands]
    (ROOT / "bench" / "RESULTS.md").write_text(page([*ratios, *biomass_ratios()]), encoding="utf-8")
