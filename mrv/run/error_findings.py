"""What is wrong with the part of the project file that states errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from mrv.findings import Finding
from mrv.inputs.uncertainty import AreaErrors, Uncertainty
from mrv.reference import Equation

NEGATIVE = -1e-9
"""Smallest eigenvalue, over the largest, that rounding explains."""


def _unknown(where: str, name: str, known: Mapping[str, Equation]) -> Finding:
    return Finding(
        where,
        "uncertainty-equation",
        "{found} is not one of {allowed}",
        {"found": name, "allowed": ", ".join(sorted(known))},
    )


def _equation_findings(stated: Uncertainty, known: Mapping[str, Equation]) -> Iterator[Finding]:
    for name in stated.equations:
        if name not in known:
            yield _unknown(f"uncertainty.equations.{name}", name, known)
    for used, entry in stated.alternatives.items():
        where = f"uncertainty.alternatives.{used}"
        if used not in known:
            yield _unknown(where, used, known)
            continue
        component = known[used].component
        same = {name: known[name] for name in known if known[name].component == component}
        for name in entry.equations:
            if name not in same:
                yield _unknown(f"{where}.equations", name, same)


def _area_findings(stated: AreaErrors, strata: Sequence[str]) -> Iterator[Finding]:
    where, table = "uncertainty.areas.covariance_ha2", stated.covariance_ha2
    named = [set(table), *(set(row) for row in table.values())]
    if any(names != set(strata) for names in named):
        yield Finding(
            where,
            "uncertainty-area",
            "each row and column must name every stratum once: {allowed}",
            {"allowed": ", ".join(strata)},
        )
        return
    matrix = np.array([[table[one][other] for other in strata] for one in strata])
    values = np.linalg.eigvalsh(matrix)
    if not np.array_equal(matrix, matrix.T) or values[0] < NEGATIVE * abs(values[-1]):
        yield Finding(
            where,
            "uncertainty-area",
            "this is no covariance: it must be symmetric, and no sum of areas may have a negative variance",
        )


def uncertainty_findings(
    stated: Uncertainty, known: Mapping[str, Equation], strata: Sequence[str]
) -> list[Finding]:
    """Findings on the errors that the project file states.

    Parameters
    ----------
    stated : Uncertainty
    known : mapping
        Equations by identifier.
    strata : sequence of str
        Strata of the project.
    """
    findings = list(_equation_findings(stated, known))
    if stated.areas is not None:
        findings += _area_findings(stated.areas, strata)
    return findings
