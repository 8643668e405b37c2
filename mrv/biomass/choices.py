"""Which equation, wood density and dead-tree factor each tree gets, and from whom.

The project file chooses; nothing is chosen silently. What a tree lacks for its equation is a finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import pandas as pd

from mrv.findings import Finding, first_place
from mrv.reference import Equation, WoodDensity, accepted_name

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


def _of_component(component: str, equations: Mapping[str, Equation]) -> list[str]:
    """Identifiers of the admitted equations of a component."""
    return sorted(
        equation.equation_id
        for equation in equations.values()
        if equation.component == component and equation.status == "admitted"
    )


def _status_findings(equation: Equation, where: str, allowed: Mapping[str, str]) -> list[Finding]:
    """Findings on an equation that is doubtful or wrong, or that takes what no table of trees holds."""
    name = equation.equation_id
    findings = []
    if equation.status == "quarantined":
        findings.append(
            Finding(
                where,
                "equation-quarantined",
                "{found} is quarantined: {note}; let in because: {reason}"
                if name in allowed
                else "{found} is quarantined: {note}",
                {"found": name, "note": equation.note, "reason": allowed.get(name, "")},
                severity="waived" if name in allowed else "error",
            )
        )
    if equation.status == "rejected":
        findings.append(
            Finding(
                where,
                "equation-rejected",
                "{found} is rejected: {note}",
                {"found": name, "note": equation.note},
            )
        )
    if equation.needs_crown_volume:
        findings.append(
            Finding(
                where,
                "equation-needs-crown",
                "{found} needs the volume of the crown, which tables of trees do not hold",
                {"found": name},
            )
        )
    return findings


def equation_findings(
    choice: EquationChoice,
    component: str,
    equations: Mapping[str, Equation],
    allowed: Mapping[str, str] = MappingProxyType({}),
) -> list[Finding]:
    """Findings on the equations that the project file names for a component.

    Parameters
    ----------
    choice : EquationChoice
    component : {"agb", "bgb"}
    equations : mapping
    allowed : mapping, optional
        Reason by identifier of the quarantined equations that the project file lets in.
    """
    findings = []
    for key, name in choice.named():
        where = f"biomass.{component}.{key}"
        equation = equations.get(name)
        if equation is None:
            known = _of_component(component, equations)
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
                    "{found} gives {component}; an equation of {wanted} was expected: {allowed}",
                    {
                        "found": name,
                        "component": equation.component,
                        "wanted": component,
                        "allowed": ", ".join(_of_component(component, equations)),
                    },
                )
            )
        findings += _status_findings(equation, where, allowed)
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
    chosen = pd.Series(choice.equation, index=trees.index, dtype="str")
    for species, equation in choice.by_species.items():
        chosen = chosen.mask(trees["species"] == species, equation)
    if choice.without_height is None:
        return chosen
    lacks = chosen.map({name: equations[name].needs_height for name in chosen.unique()}).astype(bool)
    return chosen.mask(lacks & trees["height_m"].isna(), choice.without_height)


def measured_at_base(trees: pd.DataFrame, equation: Equation) -> pd.Series[bool]:
    """Whether an equation of the basal diameter finds one in a column of its own, ``d0_cm``."""
    if equation.points_of_measurement != {"basal"} or "d0_cm" not in trees:
        return pd.Series(False, index=trees.index, dtype="bool")
    return trees["d0_cm"].notna()


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
                    first_place(without["source"]),
                    "height-missing",
                    "no height, which {equation} needs ({count} of {all} trees, this the first); "
                    "declare biomass.{component}.without_height",
                    {"count": len(without), "all": len(trees), "equation": name, "component": component},
                )
            )
        elsewhere = group[
            ~group["pom"].isin(equation.points_of_measurement)
            & group["pom"].notna()
            & ~measured_at_base(group, equation)
        ]
        for point, misplaced in elsewhere.groupby("pom", sort=True):
            findings.append(
                Finding(
                    first_place(misplaced["source"]),
                    "point-of-measurement",
                    "measured at {found} ({count} of {all} trees, this the first); "
                    "{equation} allows {allowed}",
                    {
                        "count": len(misplaced),
                        "all": len(trees),
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


def _density_source(entry: WoodDensity) -> str:
    """Where a value of the reference table is from, and for which group it stands if not for the species."""
    source = f"data/wood_density.csv: {entry.source_id}"
    return source if entry.level == "species" else f"{source} ({entry.level} {entry.species})"


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
    sources = {name: _density_source(entry) for name, entry in reference.items()}
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
    """Findings on species whose wood density nobody states.

    A name that is on no list was refused where the table was read.
    """
    known = [name for name in trees["species"].dropna().unique() if accepted_name(name) is not None]
    missing = trees[trees["wood_density_g_cm3"].isna() & trees["species"].isin(known)]
    return [
        Finding(
            first_place(group["source"]),
            "wood-density-missing",
            "no wood density is known for {species} ({count} of {all} trees, this the first); "
            "state it in biomass.wood_density",
            {"species": name, "count": len(group), "all": len(trees)},
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
            first_place(group["source"]),
            "dead-factor-missing",
            "no factor is declared for dead trees of decay class {found} ({count} of {all} trees, this the "
            "first); declare biomass.dead.agb_factor.{found}",
            {"count": len(group), "all": len(trees), "found": name},
        )
        for name, group in classes
    ]
