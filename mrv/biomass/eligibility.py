"""Plants that no equation of trees holds for: palms, ferns, grasses, and dwarf stands.

The trunk of a palm does not thicken as a tree's does, and below breast height a diameter at breast
height says little: of *Kandelia* trees of 1 to 3 m, D² explained 30 % of the weight, and the diameter at
a tenth of the height together with the height 96 % (Khan et al. 2005).
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from mrv.biomass.choices import ANY_SPECIES
from mrv.findings import Finding, first_place
from mrv.reference import WITHOUT_TREE_EQUATION, Equation, species

BREAST_HEIGHT_M = 1.3
DWARF_STAND_HEIGHT_M = 3.0
"""Median height below which a stand is dwarf. [m]"""

DOUBTFUL_NAME = "Kandelia candel"


def growth_form_findings(trees: pd.DataFrame, equations: Mapping[str, Equation]) -> list[Finding]:
    """Findings on palms, ferns and herbs that a common equation was applied to.

    Parameters
    ----------
    trees : DataFrame
        Columns ``species``, ``agb_equation``, ``source``.
    """
    flora = species()
    common = trees["agb_equation"].map(
        {name: equations[name].species == ANY_SPECIES for name in trees["agb_equation"].unique()}
    )
    findings = []
    for name, group in trees[common.astype(bool)].groupby("species", sort=True):
        entry = flora.get(str(name))
        if entry is not None and entry.growth_form in WITHOUT_TREE_EQUATION:
            findings.append(
                Finding(
                    first_place(group["source"]),
                    "growth-form",
                    "{species} is a {form} ({count} of {all} plants, this the first); no equation of trees "
                    "holds for it: drop the rows with a reason, or bring an equation of its own",
                    {
                        "species": str(name),
                        "form": entry.growth_form,
                        "count": len(group),
                        "all": len(trees),
                    },
                )
            )
    return findings


def dwarf_findings(
    trees: pd.DataFrame, stratum_of_plot: Mapping[str, str], equations: Mapping[str, Equation]
) -> list[Finding]:
    """Findings on trees and stands too low for the common equations of trees.

    Parameters
    ----------
    trees : DataFrame
        Columns ``plot_id``, ``status``, ``height_m`` (as measured), ``agb_equation``, ``source``. [m]
    stratum_of_plot : mapping

    Notes
    -----
    Heights that nobody measured prove nothing. A dead tree may be low because it is broken.
    """
    measured = trees[(trees["status"] == "live") & trees["height_m"].notna()]
    common = measured["agb_equation"].map(
        {
            name: equations[name].species == ANY_SPECIES and equations[name].life_form == "tree"
            for name in measured["agb_equation"].unique()
        }
    )
    measured = measured[common.astype(bool)]
    findings = []
    low = measured[measured["height_m"] < BREAST_HEIGHT_M]
    if len(low):
        findings.append(
            Finding(
                first_place(low["source"]),
                "dwarf-tree",
                "lower than {limit:g} m ({count} of {all} trees, this the first); a diameter at breast "
                "height cannot be measured on it, and no common equation of trees holds",
                {"limit": BREAST_HEIGHT_M, "count": len(low), "all": len(trees)},
                waivable=True,
            )
        )
    for stratum, group in measured.groupby(measured["plot_id"].map(dict(stratum_of_plot)), sort=True):
        median = float(group["height_m"].median())
        if median < DWARF_STAND_HEIGHT_M:
            findings.append(
                Finding(
                    first_place(group["source"]),
                    "dwarf-stand",
                    "the median height of stratum {stratum} is {median:g} m ({count} heights); below "
                    "{limit:g} m the common equations of trees do not hold: use one of dwarf forms by basal "
                    "diameter or crown",
                    {
                        "stratum": str(stratum),
                        "median": median,
                        "count": len(group),
                        "limit": DWARF_STAND_HEIGHT_M,
                    },
                    waivable=True,
                )
            )
    return findings


def name_findings(trees: pd.DataFrame) -> list[Finding]:
    """Findings on a name that means one species in China and another in India, which nobody may guess."""
    named = trees[trees["species"] == DOUBTFUL_NAME]
    if named.empty:
        return []
    return [
        Finding(
            first_place(named["source"]),
            "kandelia-candel",
            "Kandelia candel of tables from China, Taiwan and Japan is K. obovata ({count} of {all} trees, "
            "this the first); say so with codes.species of the table, or waive this rule if it is K. candel",
            {"count": len(named), "all": len(trees)},
            waivable=True,
        )
    ]
