"""Biomass of the plots as sums that shared errors only scale.

An error that all trees of a species or of an equation share moves biomass by a factor. So the trees are
added up once, by plot, pool, species and equation, and each draw works on the sums. Where the error of an
equation depends on the diameter, ``exp(δb · ln D)`` is a power series in ``ln D``, and the sums are
taken over its terms as well. An error that moves diameters or heights (:mod:`mrv.uncertainty.shifts`)
adds its first-order sums beside them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mrv.biomass.allometry import tree_biomass
from mrv.biomass.trees import biomass_by
from mrv.reference import Equation
from mrv.uncertainty.shifts import Shift, sensitivities
from mrv.units import KG_PER_T

Array = NDArray[np.float64]

POOLS = ("agb", "bgb", "dead_wood", "downed_wood", "litter")
"""Pools of trees, and those on the ground that can be in a sink with them."""

POWERS = 9
"""Terms of the power series of exp(δb x): with |δb x| below 0.5 the rest is below 1e-8."""

OUTSIDE_LIMIT = 0.10
"""Share of basal area outside its range above which an equation is no alternative (as for flagged plots)."""

ROOT_SHOOT = "root_shoot_ratio"

BOLE = "bole"
"""Stands for the equation of dead trees that are weighed as boles, by no equation."""

WEIGHED = "weighed"
"""Stands for the equation of what lies on the ground and was measured by no equation."""

NO_EQUATION = frozenset({BOLE, WEIGHED})


@dataclass(frozen=True)
class Ensemble:
    """Equations that could hold for the trees of a species: the one in use and its alternatives.

    Attributes
    ----------
    used : str
        Equation in use; it names the draw, so that all its species share it.
    members : tuple of str
        By the biomass that they give the stand, ascending.
    totals : ndarray, shape (m,)
        That biomass. [t]
    """

    used: str
    members: tuple[str, ...]
    totals: Array

    def weights(self, chance: Array) -> Array:
        """Weight of each member in each draw, such that the stand's biomass is uniform on the log scale.

        Parameters
        ----------
        chance : ndarray, shape (n,)
            Uniform: 0 gives the lowest member, 1 the highest; between two members, a mixture of them.

        Returns
        -------
        ndarray, shape (n, m)
        """
        low, high = np.log(self.totals[[0, -1]])
        total = np.exp(low + chance * (high - low))
        return np.column_stack([np.interp(total, self.totals, row) for row in np.eye(len(self.members))])

    def only_used(self, draws: int) -> Array:
        """Weights where the choice is taken as exact."""
        return np.tile(np.array([float(name == self.used) for name in self.members]), (draws, 1))


@dataclass(frozen=True)
class Term:
    """Sums over the trees of one pool, species and equation.

    Attributes
    ----------
    pool : str
    species : str
    ensemble : Ensemble
    member : int
        Which equation of the ensemble.
    density_exponent : float
        Power of the wood density in that equation.
    by_ratio : bool
        Whether a root:shoot ratio multiplies it.
    dead_class : str
        Decay class whose dead-tree factor, or density of its boles, multiplies it; empty where none does.
    centre : float
        Log diameter about which the powers are taken.
    powers : int
        K, number of powers.
    shifts : tuple of str
        Shared shifts that act on its trees.
    sums : tuple of ndarray, each shape (plots, K (1 + shifts))
        By survey: ``Σ y xᵏ/k!`` of each plot, with x the log diameter from the centre; then the same
        with y times its relative change by each shift. [t/ha]
    ground_factor : str
        Factor of a pool on the ground that multiplies it; empty where none does.
    """

    pool: str
    species: str
    ensemble: Ensemble
    member: int
    density_exponent: float
    by_ratio: bool
    dead_class: str
    centre: float
    powers: int
    shifts: tuple[str, ...]
    sums: tuple[Array, ...]
    ground_factor: str = ""

    @property
    def equation(self) -> str:
        """Identifier of the equation."""
        return self.ensemble.members[self.member]


def ground_term(pool: str, factor: str, sums: tuple[Array, ...]) -> Term:
    """Part of a pool on the ground, as a term beside those of trees.

    Parameters
    ----------
    pool, factor : str
        Pool, and the factor that scales the part.
    sums : tuple of ndarray, each shape (plots, 1)
        By survey. [t/ha]
    """
    alone = Ensemble(WEIGHED, (WEIGHED,), np.ones(1))
    return Term(pool, "", alone, 0, 0.0, False, "", 0.0, 1, (), sums, factor)


def in_order(terms: Iterable[Term]) -> list[Term]:
    """Terms by pool, so that the columns of a pool stand together."""
    return sorted(
        terms,
        key=lambda term: (
            POOLS.index(term.pool),
            term.ensemble.used,
            term.species,
            term.dead_class,
            term.member,
            term.ground_factor,
        ),
    )


def wood_density_exponent(equation: Equation) -> float:
    """Power of the wood density in an equation; 0 where it does not enter. [1]

    All published forms are powers of it; the exponent is read off two values.
    """
    if not equation.needs_wood_density:
        return 0.0
    at = [tree_biomass(equation, np.array([10.0]), np.array([rho]), np.array([8.0])) for rho in (0.5, 1.0)]
    return math.log2(float(at[1][0]) / float(at[0][0]))


def alternatives(
    used: Equation, species: pd.DataFrame, everyone: pd.DataFrame, equations: Mapping[str, Equation]
) -> list[str]:
    """Equations that could have been used for the trees of a species as well.

    Parameters
    ----------
    used : Equation
    species : DataFrame
        Trees of that species, of all surveys.
    everyone : DataFrame
        Trees of all species for which the equation is in use; an equation for all species is judged on
        these.
    equations : mapping

    Returns
    -------
    list of str
        Admitted equations of the same component whose numbers were not recalled from memory, for all
        species or this one, for the same point of measurement, with heights where they need them, and
        with no more than a tenth of the basal area outside their range.
    """
    name_of_species = str(species["species"].iloc[0])
    return [
        name
        for name, equation in sorted(equations.items())
        if name != used.equation_id
        and equation.component == used.component
        and equation.status == "admitted"
        and equation.evidence != "recalled"
        and (
            (equation.species == "*" and _applies(equation, everyone))
            or (equation.species == name_of_species and _applies(equation, species))
        )
    ]


def _applies(equation: Equation, trees: pd.DataFrame) -> bool:
    """Whether an equation can be worked out for all of the trees, and mostly inside its range."""
    if not trees["pom"].isin(equation.points_of_measurement).all():
        return False
    if equation.needs_height and trees["height_m"].isna().any():
        return False
    biomass, outside = biomass_by(equation, trees)
    basal_area = trees["dbh_cm"] ** 2 * trees["expansion_factor_per_ha"]
    return bool((biomass > 0).all() and basal_area[outside].sum() <= OUTSIDE_LIMIT * basal_area.sum())


def _plot_sums(trees: pd.DataFrame, values: Array, plots: Sequence[str]) -> Array:
    """Sum of each column of values by plot, in an order that does not depend on that of the trees."""
    position = pd.Index(plots).get_indexer(pd.Index(trees["plot_id"]))
    order = np.lexsort((*values.T[::-1], trees["dbh_cm"].to_numpy(), position))
    return np.column_stack(
        [np.bincount(position[order], column[order], minlength=len(plots)) for column in values.T]
    )


def _powers(log_dbh: Array, centre: float, count: int) -> Array:
    """``xᵏ/k!`` for k from 0, shape (n, count)."""
    x = log_dbh - centre
    return np.column_stack([x**k / math.factorial(k) for k in range(count)])


@dataclass(frozen=True)
class _Group:
    """Trees of one component, equation and species, and all trees of that equation."""

    used: str
    species: str
    by_ratio: bool
    trees: pd.DataFrame
    everyone: pd.DataFrame


def _groups(trees: pd.DataFrame, equations: Mapping[str, Equation]) -> Iterable[_Group]:
    """Groups of trees; below ground by a ratio goes by the equation above ground."""
    named = trees.assign(species=trees["species"].astype("str"))
    for component in ("agb", "bgb"):
        by_ratio = named[f"{component}_equation"] == ROOT_SHOOT
        keys = named[f"{component}_equation"].where(~by_ratio, named["agb_equation"])
        pool = named["status"].map({"live": "agb", "dead": "dead_wood"})
        if component == "agb":
            keys = keys.mask(named["bole"], BOLE)
        table = named.assign(
            pool=pool if component == "agb" else "bgb",
            # What is left of a dead tree above the ground says nothing of its roots.
            dead_class=named["dead_class"] if component == "agb" else "",
            t_ha=named[f"{component}_kg"] * named["expansion_factor_per_ha"] / KG_PER_T,
        )
        for (used, species, ratio), group in table.groupby([keys, "species", by_ratio], sort=True):
            if used in equations or used == BOLE:
                yield _Group(str(used), str(species), bool(ratio), group, table[keys == used])


def stand_terms(
    surveys: Sequence[pd.DataFrame],
    plots: Sequence[Sequence[str]],
    equations: Mapping[str, Equation],
    with_covariance: Iterable[str] = (),
    stated_alternatives: Mapping[str, Sequence[str]] | None = None,
    shifts: Sequence[Shift] = (),
) -> list[Term]:
    """Sums by plot, pool, species and equation.

    Parameters
    ----------
    surveys : sequence of DataFrame
        Trees of each survey with ``agb_kg``, ``bgb_kg``, ``agb_equation``, ``bgb_equation``,
        ``expansion_factor_per_ha``, ``dead_class``, ``bole``, and what equations read.
    plots : sequence of sequences of str
        Plots of each survey, in the order of the sums.
    equations : mapping
    with_covariance : iterable of str
        Equations whose coefficients are drawn: these need the powers of the log diameter.
    stated_alternatives : mapping, optional
        By equation in use; it takes the place of what :func:`alternatives` finds.
    shifts : sequence of Shift
        Errors that move many trees at once.

    Returns
    -------
    list of Term
        By pool, so that the columns of a pool stand together.
    """
    trees = pd.concat(
        [table.assign(survey=number) for number, table in enumerate(surveys)], ignore_index=True
    )
    trees = trees.assign(position=np.arange(len(trees)))
    drawn, stated = set(with_covariance), stated_alternatives or {}
    terms: list[Term] = []
    for group in _groups(trees, equations):
        terms += _terms_of_group(group, plots, equations, drawn, stated, shifts)
    return in_order(terms)


def _ensemble(
    group: _Group, equations: Mapping[str, Equation], stated: Mapping[str, Sequence[str]]
) -> tuple[Ensemble, dict[str, Array]]:
    """Equations that could hold for a group, and the mass of each of its trees by each of them. [t/ha]"""
    table = group.trees
    own_mass = table["t_ha"].to_numpy(dtype=np.float64)
    mass = {group.used: own_mass}
    if group.used != BOLE:
        used = equations[group.used]
        others = (
            list(stated[group.used])
            if group.used in stated
            else alternatives(used, table, group.everyone, equations)
        )
        own = biomass_by(used, table)[0].to_numpy(dtype=np.float64)
        for name in others:
            mass[name] = own_mass * (biomass_by(equations[name], table)[0].to_numpy(dtype=np.float64) / own)
    totals = {name: math.fsum(values) for name, values in mass.items()}
    members = tuple(sorted(mass, key=lambda name: (totals[name], name)))
    return Ensemble(group.used, members, np.array([totals[name] for name in members])), mass


def _terms_of_group(
    group: _Group,
    plots: Sequence[Sequence[str]],
    equations: Mapping[str, Equation],
    drawn: set[str],
    stated: Mapping[str, Sequence[str]],
    shifts: Sequence[Shift],
) -> list[Term]:
    table = group.trees
    ensemble, mass = _ensemble(group, equations, stated)
    whole = math.fsum(mass[group.used])
    if whole == 0:
        return []
    log_dbh = np.log(table["dbh_cm"].to_numpy(dtype=np.float64))
    centre = math.fsum(log_dbh * mass[group.used]) / whole
    terms = []
    for member, name in enumerate(ensemble.members):
        powers = _powers(log_dbh, centre, POWERS if name in drawn else 1)
        names, changes = sensitivities(shifts, equations.get(name), table)
        basis = np.column_stack([powers, *(powers * change[:, None] for change in changes.T)])
        values = mass[name][:, None] * basis
        exponent = wood_density_exponent(equations[name]) if name in equations else 0.0
        parts = table.reset_index(drop=True).groupby(["pool", "dead_class"], sort=True)
        for (pool, dead_class), rows in parts:
            sums = []
            for number, plot_names in enumerate(plots):
                own_rows = rows[rows["survey"] == number]
                sums.append(_plot_sums(own_rows, values[own_rows.index.to_numpy()], plot_names))
            terms.append(
                Term(
                    str(pool),
                    group.species,
                    ensemble,
                    member,
                    exponent,
                    group.by_ratio,
                    str(dead_class),
                    centre,
                    powers.shape[1],
                    names,
                    tuple(sums),
                )
            )
    return terms
