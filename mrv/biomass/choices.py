"""Which equation, wood density and dead-tree factor each tree gets, and from whom.

The project file chooses; nothing is chosen silently. What a tree lacks for its equation is a finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from mrv.findings import Finding
from mrv.reference import Equation, WoodDensity

ANY_SPECIES = "*"


@dataclass(frozen=True)
class EquationChoice:
    """Equations of a component: the common one, those of single species, one for trees without height."""

    equation: str
    by_species: Mapping[str, str] = field(default_factory=dict)
    without_height: str | None = None

    def named(self) -> list[tuple[str, str]]:
        """Key in the project file and equation named there, for each equation of the choice."""
        return [
            ("equation", self.equation),
            *((f"by_species.{name}", equation) for name, equation in sorted(self.by_species.items())),
            *([("without_height", self.without_height)] if self.without_height else []),
        ]


def equation_findings(
    choice: EquationChoice, component: str, equations: Mapping[str, Equation]
) -> list[Finding]:
    """Findings on the equations that the project file names for a component."""
    findings = []
    for key, name in choice.named():
        where = f"biomass.{component}.{key}"
        equation = equations.get(name)
        if equation is None:
            known = sorted(e.equation_id for e in equations.values() if e.component == component)
            findings.append(
                Finding(
                    where,
                    "equation-unknown",
                    "{found} is not one of {allowed}",
                    {"found": name, "allowed": ", ".join(known)},
                )
            )
            continue
        if equation.component != component:
            findings.append(
                Finding(
                    where,
                    "equation-component",
                    "{found} gives {component}, not {wanted}",
                    {"found": name, "component": equation.component, "wanted": component},
                )
            )
        if equation.status == "quarantined":
            findings.append(
                Finding(
                    where,
                    "equation-quarantined",
                    "{found} is quarantined: {note}",
                    {"found": name, "note": equation.note},
                )
            )
        if key == "without_height" and equation.needs_height:
            findings.append(
                Finding(
                    where,
                    "equation-needs-height",
                    "{found} needs the height itself",
                    {"found": name},
                )
            )
        for_species = key.removeprefix("by_species.") if key.startswith("by_species.") else ANY_SPECIES
        if equation.species not in (ANY_SPECIES, for_species):
            findings.append(
                Finding(
                    where,
                    "equation-species",
                    "{found} holds for {species} only",
                    {"found": name, "species": equation.species},
                )
            )
    return findings


def equation_of_tree(
    trees: pd.DataFrame, choice: EquationChoice, equations: Mapping[str, Equation]
) -> pd.Series[str]:
    """Identifier of the equation of each tree.

    Parameters
    ----------
    trees : DataFrame
        Columns ``species`` and ``height_m``. [m]
    choice : EquationChoice
    equations : mapping

    Returns
    -------
    Series of str
        The equation of the species, else the common one; where that one needs a height which the
        tree lacks, the equation declared for trees without height.
    """
    chosen = (
        trees["species"]
        .map(dict(choice.by_species))
        .astype("str")
        .where(trees["species"].isin(list(choice.by_species)), choice.equation)
    )
    if choice.without_height is None:
        return chosen
    lacks = chosen.map({name: equations[name].needs_height for name in chosen.unique()}).astype(bool)
    return chosen.mask(lacks & trees["height_m"].isna(), choice.without_height)


def tree_findings(
    trees: pd.DataFrame, chosen: pd.Series[str], component: str, equations: Mapping[str, Equation]
) -> list[Finding]:
    """Findings on trees that lack what their equation needs: a height, or the point of measurement."""
    findings = []
    for name in sorted(chosen.unique()):
        equation = equations[name]
        group = trees[chosen == name]
        without = group[group["height_m"].isna()]
        if equation.needs_height and len(without):
            findings.append(
                Finding(
                    str(without["source"].iloc[0]),
                    "height-missing",
                    "{count} of {all} trees from here on have no height, which {equation} needs; "
                    "declare biomass.{component}.without_height",
                    {"count": len(without), "all": len(trees), "equation": name, "component": component},
                )
            )
        elsewhere = group[~group["pom"].isin(equation.points_of_measurement) & group["pom"].notna()]
        for point, misplaced in elsewhere.groupby("pom", sort=True):
            findings.append(
                Finding(
                    str(misplaced["source"].iloc[0]),
                    "point-of-measurement",
                    "{count} trees from here on were measured at {found}; {equation} allows {allowed}",
                    {
                        "count": len(misplaced),
                        "found": point,
                        "equation": name,
                        "allowed": ", ".join(sorted(equation.points_of_measurement)),
                    },
                )
            )
    return findings


@dataclass(frozen=True)
class StatedValue:
    """A number that the project file states, with its source."""

    value: float
    source: str


def wood_density_of_tree(
    trees: pd.DataFrame, stated: Mapping[str, StatedValue], reference: Mapping[str, WoodDensity]
) -> pd.DataFrame:
    """Wood density of each tree and where it comes from.

    Parameters
    ----------
    trees : DataFrame
        Columns ``species`` and ``wood_density_g_cm3``. [g cm⁻³]
    stated : mapping
        By species, as the project file states it.
    reference : mapping
        By species, as the reference table holds it.

    Returns
    -------
    DataFrame
        Columns ``wood_density_g_cm3`` and ``wood_density_source``. What the tree table says goes
        before the project file, and that before the reference table; NaN where none knows.
    """
    species = trees["species"]
    from_table = trees["wood_density_g_cm3"]
    values = {name: entry.wood_density_g_cm3 for name, entry in reference.items()}
    values |= {name: entry.value for name, entry in stated.items()}
    sources = {name: f"data/wood_density.csv: {entry.source_id}" for name, entry in reference.items()}
    sources |= {name: f"mrv.yaml: biomass.wood_density.{name}" for name in stated}
    return pd.DataFrame(
        {
            "wood_density_g_cm3": from_table.where(from_table.notna(), species.map(values).astype("float64")),
            "wood_density_source": species.map(sources)
            .astype("object")
            .mask(from_table.notna(), "tree table"),
        }
    )


def wood_density_findings(trees: pd.DataFrame) -> list[Finding]:
    """Findings on species whose wood density nobody states."""
    missing = trees[trees["wood_density_g_cm3"].isna() & trees["species"].notna()]
    return [
        Finding(
            str(group["source"].iloc[0]),
            "wood-density-missing",
            "no wood density is known for {species} ({count} trees); state it under biomass.wood_density",
            {"species": name, "count": len(group)},
        )
        for name, group in missing.groupby("species", sort=True)
    ]


UNCLASSIFIED = "unclassified"


def dead_factor_of_tree(trees: pd.DataFrame, factors: Mapping[str, float]) -> pd.Series[float]:
    """Share of above-ground biomass left in a dead tree; 1 for a live one, NaN where undeclared."""
    decay_class = trees["decay_class"].astype("object").where(trees["decay_class"].notna(), UNCLASSIFIED)
    return decay_class.map(dict(factors)).astype("float64").where(trees["status"] == "dead", 1.0)


def dead_findings(trees: pd.DataFrame, factor: pd.Series[float]) -> list[Finding]:
    """Findings on dead trees without a declared factor."""
    undeclared = trees[factor.isna()]
    classes: Iterable[tuple[object, pd.DataFrame]] = undeclared.assign(
        decay_class=undeclared["decay_class"].astype("object").fillna(UNCLASSIFIED)
    ).groupby("decay_class", sort=True)
    return [
        Finding(
            str(group["source"].iloc[0]),
            "dead-factor-missing",
            "{count} dead trees of decay class {found} have no factor; "
            "declare biomass.dead.agb_factor.{found}",
            {"count": len(group), "found": name},
        )
        for name, group in classes
    ]
