"""The gate applied: to the equations that the toolkit brings, and to those of a project."""

from __future__ import annotations

from collections.abc import Mapping

from mrv.biomass.admission import Admission, admissions
from mrv.findings import Finding
from mrv.reference import Equation, equations, sources, wood_densities_of_the_flora

COMMON = {"agb": "komiyama_2005_agb", "bgb": "komiyama_2005_bgb"}
"""Equation that others of a component are compared with."""


def gate_of(own: Mapping[str, Equation] | None = None) -> dict[str, Admission]:
    """Verdicts on the equations shipped, or on those of a project.

    Parameters
    ----------
    own : mapping, optional
        Equations of a project by identifier; their sources may be citations in words.
    """
    shipped = equations()
    return admissions(
        shipped if own is None else own,
        {component: shipped[name] for component, name in COMMON.items()},
        {name: entry.wood_density_g_cm3 for name, entry in wood_densities_of_the_flora().items()},
        frozenset(sources()) if own is None else None,
    )


def gate_findings(own: Mapping[str, Equation], where: str, allowed: Mapping[str, str]) -> list[Finding]:
    """Findings on equations of a project that fail the gate.

    Parameters
    ----------
    own : mapping
        Equations of the project's table by identifier.
    where : str
        The table in findings.
    allowed : mapping
        Reason by identifier of the equations that the project file lets in all the same.
    """
    findings = []
    for name, verdict in gate_of(own).items():
        if own[name].status == "rejected":
            continue
        findings += [
            Finding(
                f"{where}: {name}",
                "equation-gate",
                "{equation} fails test ({letter}) of the admission gate: {found}; correct it, or allow it in "
                "biomass.allow_quarantined with a reason",
                {"equation": name, "letter": criterion.letter, "found": criterion.text},
                severity="waived" if name in allowed else "error",
            )
            for criterion in verdict.failed
        ]
    return findings
