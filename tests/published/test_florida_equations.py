"""Every equation that releases of Florida and Ghana print is in the registry, or left out for a reason."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from mrv.reference import equations

TABLES = (
    "radabaugh_et_al_2017_allometric_eq.csv",
    "Dontis_et_al_2020_allometric_eq.csv",
    "radabaugh_et_al_2023_allometric_eq.csv",
    "Adotey_et_al_2024_allometric_eq.csv",
)

LEFT_OUT = {
    **dict.fromkeys(
        (f"{genus} species" for genus in ("Cyperus", "Dichanthelium", "Distichlis", "Panicum", "Typha")),
        "of a genus, not of a species",
    ),
    "Schinus terebinthifolia": "the exponent of the intercept is lost",
    "Avicennia australis": "neither the species nor the bracket can be read with certainty",
    "Avicennia danaeifolium": "a fern, by the number of its leaves",
}
"""Rows as printed that the registry does not have, and why."""

NOT_TREES = ("Ac =", "Bc =", "Oc =", "Sc =", "Tree Density", "TBA")
"""Formulas of the Ghanaian table that are no equations of biomass."""


@pytest.mark.parametrize("table", TABLES)
def test_every_printed_equation_is_in_the_registry(shared: Path, table: str) -> None:
    known = [{abs(value) for value in equation.coefficients} for equation in equations().values()]
    with (shared / "data" / "allometry" / table).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows
    for row in rows:
        formula, name = row["allometric_eq_formula"], f"{row['genus']} {row['species']}"
        if formula.startswith(NOT_TREES) or (name in LEFT_OUT and "d_130" not in formula):
            continue
        # Coefficients, but neither names of diameters nor squares nor centimetres made metres.
        plain = re.sub(r"d_\w+|\^ ?2(?![.\d])|/100", " ", formula).replace("^", " ")
        printed = {float(number) for number in re.findall(r"\d*\.?\d+", plain)}
        assert any(printed <= coefficients for coefficients in known), (name, formula, printed)
