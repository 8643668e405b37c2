"""Whether an equation may be used: five tests that a table of coefficients can be put to by a program.

Coefficients travel from paper to paper and from one program into the next; on the way a factor of 1000, a
square root or a plus sign is lost. The gate compares each equation with the common equation of
Komiyama et al. (2005), with its own parts, and with itself over its range. It cannot prove an equation
right; it keeps the wrong ones out.

(a) its source is named, and its coefficients were seen by a second pair of eyes;
(b) it lies within a third and three times the common equation at four sizes inside its range;
(c) the equations of its parts, if there are any, sum to it within a tenth;
(d) a formula printed with a logarithm is an intercept plus a slope, with the coefficients of the table;
(e) a larger tree is heavier all over its range.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from mrv.biomass.allometry import UNKNOWN, Array, tree_biomass
from mrv.findings import Phrase
from mrv.reference import LOGARITHMIC, Equation

Letter = Literal["a", "b", "c", "d", "e"]
Verdict = Literal["passed", "failed", "not applicable"]

GATE_SIZES = ((3.0, 2.0), (5.0, 3.0), (10.0, 5.0), (20.0, 9.0))
"""Diameter [cm] and height [m] of the four trees that an equation without a stated range is tried on."""

RATIO_LIMITS = (1 / 3, 3.0)
PARTS_TOLERANCE = 0.10
GATE_POINTS = 4
FINE_POINTS = 50
ANY_WOOD_DENSITY = 0.6
"""Wood density that an equation of no single species is tried with. [g cm⁻³]

It cancels where the equation takes the wood density itself.
"""

GATE_CROWN_VOLUME_M3 = 1.0


@dataclass(frozen=True)
class Criterion:
    """Verdict on one of the five tests, with what was found."""

    letter: Letter
    verdict: Verdict
    text: str


@dataclass(frozen=True)
class Admission:
    """Verdicts of the gate on an equation."""

    equation_id: str
    criteria: tuple[Criterion, ...]
    ratios: tuple[float, ...] = field(default=())

    @property
    def passed(self) -> bool:
        """Whether no test failed."""
        return not self.failed

    @property
    def failed(self) -> tuple[Criterion, ...]:
        """Tests that failed."""
        return tuple(criterion for criterion in self.criteria if criterion.verdict == "failed")


def usual_height(dbh: Array) -> Array:
    """Height that the gate gives a tree of a diameter: a power law through its four sizes. [m]

    Parameters
    ----------
    dbh : ndarray, shape (n,)
        [cm]
    """
    diameters, heights = np.array(GATE_SIZES).T
    slope, intercept = np.polyfit(np.log(diameters), np.log(heights), 1)
    return np.asarray(np.exp(intercept + slope * np.log(dbh)), dtype=np.float64)


def _stated(value: float, otherwise: float) -> float:
    return otherwise if math.isnan(value) else value


def gate_sizes(equation: Equation, points: int = GATE_POINTS) -> tuple[Array, Array]:
    """Diameters and heights inside the range of an equation. [cm, m]

    Returns
    -------
    dbh, height : ndarray, shape (points,)
        The four common sizes where no range is stated; else spread evenly on the logarithmic scale
        from end to end, heights within the stated ones.
    """
    if not equation.needs_diameter:
        low, high = _stated(equation.height_min_m, 0.1), _stated(equation.height_max_m, 1.0)
        return np.full(points, math.nan), np.geomspace(low, high, points)
    stated = not (math.isnan(equation.dbh_min_cm) and math.isnan(equation.dbh_max_cm))
    if not stated and points == GATE_POINTS:
        diameters, heights = np.array(GATE_SIZES).T
        return diameters, heights
    low = _stated(equation.dbh_min_cm, GATE_SIZES[0][0])
    high = _stated(equation.dbh_max_cm, max(GATE_SIZES[-1][0], 2 * low))
    dbh = np.geomspace(low, high, points)
    low_height, high_height = _stated(equation.height_min_m, 0.0), _stated(equation.height_max_m, math.inf)
    return dbh, np.clip(usual_height(dbh), low_height, high_height)


def gate_ratios(
    equation: Equation, common: Equation, wood_density: float, dbh: Array, height: Array
) -> Array:
    """Biomass by an equation over that by the common one, at given sizes. [1]

    Parameters
    ----------
    common : Equation
        The common equation of the same component.
    wood_density : float
        Of the species; both take it. [g cm⁻³]
    dbh, height : ndarray, shape (n,)
        [cm], [m]
    """
    density = np.full(np.shape(dbh), wood_density)
    return tree_biomass(equation, dbh, density, height) / tree_biomass(common, dbh, density, height)


def parts_over_whole(
    parts: Sequence[Equation], whole: Equation, wood_density: float, dbh: Array, height: Array
) -> Array:
    """Sum of the equations of the parts over the equation of the whole. [1]"""
    density = np.full(np.shape(dbh), wood_density)
    total = np.sum([tree_biomass(part, dbh, density, height) for part in parts], axis=0)
    return np.asarray(total / tree_biomass(whole, dbh, density, height), dtype=np.float64)


_PRODUCT = re.compile(r"-?\d+(\.\d+)?\s*[*·×]\s*-?\d+(\.\d+)?\s*[*·×]?\s*(log|ln)", re.IGNORECASE)


def printed_as_product(printed: str) -> bool:
    """Whether a formula reads ``a · b · log D`` where a sum ``a + b · log D`` is meant."""
    return _PRODUCT.search(printed.replace(" ", "")) is not None


def _printed_numbers(printed: str) -> list[float]:
    return [float(text) for text in re.findall(r"\d*\.?\d+", printed)]


def missing_coefficients(equation: Equation) -> list[float]:
    """Coefficients of the table, other than 1, that the printed formula does not show, by their amount."""
    shown = _printed_numbers(equation.printed)
    return [
        value
        for value in equation.coefficients
        if abs(value) != 1 and not any(math.isclose(abs(value), number, rel_tol=1e-9) for number in shown)
    ]


def _source(equation: Equation, registered: bool) -> Criterion:
    if not registered:
        return Criterion("a", "failed", Phrase("no source"))
    if equation.evidence == "recalled" and not equation.second_check:
        return Criterion("a", "failed", Phrase("coefficients from memory, with no second check"))
    return Criterion("a", "passed", Phrase("source {source}", source=equation.source_id))


def _likeness(common: Equation | None, ratios: Array) -> Criterion:
    if common is None or not len(ratios):
        return Criterion("b", "not applicable", Phrase("no common equation to compare with"))
    low, high = RATIO_LIMITS
    found = {"least": float(np.min(ratios)), "most": float(np.max(ratios)), "common": common.equation_id}
    inside = bool(np.all((ratios >= low) & (ratios <= high)))
    return Criterion(
        "b",
        "passed" if inside else "failed",
        Phrase("{least:.3g}–{most:.3g} times {common}; 1/3–3 is allowed", **found),
    )


def _sum_of_parts(equation: Equation, parts: Sequence[Equation], wood_density: float) -> Criterion:
    if not parts:
        return Criterion("c", "not applicable", Phrase("no equations of its parts"))
    dbh, height = gate_sizes(equation)
    shares = parts_over_whole(parts, equation, wood_density, dbh, height)
    worst = float(shares[np.argmax(np.abs(shares - 1))])
    verdict: Verdict = "passed" if abs(worst - 1) <= PARTS_TOLERANCE else "failed"
    return Criterion("c", verdict, Phrase("parts sum to {share:.3g} of the whole at worst", share=worst))


def _syntax(equation: Equation) -> Criterion:
    if not equation.printed:
        return Criterion("d", "not applicable", Phrase("no printed formula"))
    if equation.form in LOGARITHMIC and printed_as_product(equation.printed):
        return Criterion("d", "failed", Phrase("a product where an intercept and a slope are added"))
    missing = missing_coefficients(equation)
    if missing:
        return Criterion(
            "d",
            "failed",
            Phrase(
                "the printed formula does not show {numbers}",
                numbers=", ".join(f"{number:g}" for number in missing),
            ),
        )
    return Criterion("d", "passed", Phrase("printed formula agrees"))


def _growing(equation: Equation, wood_density: float) -> Criterion:
    dbh, height = gate_sizes(equation, FINE_POINTS)
    density = np.full(FINE_POINTS, wood_density)
    crown = np.full(FINE_POINTS, GATE_CROWN_VOLUME_M3) if equation.needs_crown_volume else UNKNOWN
    middle = FINE_POINTS // 2
    curves = []
    if equation.needs_diameter:
        curves.append(tree_biomass(equation, dbh, density, np.full(FINE_POINTS, height[middle]), crown))
    if equation.needs_height:
        curves.append(tree_biomass(equation, np.full(FINE_POINTS, dbh[middle]), density, height, crown))
    # Heights that a stated range clips are equal, and so is the biomass there.
    rising = all(bool(np.all(np.diff(curve) >= 0)) and bool(np.all(curve > 0)) for curve in curves)
    return Criterion(
        "e",
        "passed" if rising else "failed",
        Phrase("grows over its range")
        if rising
        else Phrase("does not grow, or is not positive, over its range"),
    )


def admission(
    equation: Equation,
    common: Mapping[str, Equation],
    parts: Sequence[Equation],
    wood_density: float,
    registered: bool,
) -> Admission:
    """Put an equation to the five tests.

    Parameters
    ----------
    equation : Equation
    common : mapping
        Common equation by component; a component without one is not compared.
    parts : sequence of Equation
        Equations of its parts; empty where there are none.
    wood_density : float
        Of its species. [g cm⁻³]
    registered : bool
        Whether its source is in the register, or for an equation of a project cited in words.
    """
    comparable = equation.needs_diameter and not equation.needs_crown_volume
    rival = common.get(equation.component) if comparable and equation.life_form == "tree" else None
    ratios = (
        gate_ratios(equation, rival, wood_density, *gate_sizes(equation))
        if rival is not None
        else np.array([])
    )
    return Admission(
        equation.equation_id,
        (
            _source(equation, registered),
            _likeness(rival, ratios),
            _sum_of_parts(equation, parts, wood_density),
            _syntax(equation),
            _growing(equation, wood_density),
        ),
        tuple(float(ratio) for ratio in ratios),
    )


def admissions(
    table: Mapping[str, Equation],
    common: Mapping[str, Equation],
    wood_density: Mapping[str, float],
    registered: frozenset[str] | None,
) -> dict[str, Admission]:
    """Put every equation of a table to the tests.

    Parameters
    ----------
    table : mapping
        Equations by identifier, those of parts among them.
    common : mapping
        Common equation by component.
    wood_density : mapping
        By species. [g cm⁻³]
    registered : frozenset of str or None
        Identifiers of the register of sources; None where a citation in words will do.
    """
    return {
        name: admission(
            equation,
            common,
            [part for part in table.values() if part.part_of == name],
            wood_density.get(equation.species, ANY_WOOD_DENSITY),
            bool(equation.source_id) and (registered is None or equation.source_id in registered),
        )
        for name, equation in table.items()
    }
