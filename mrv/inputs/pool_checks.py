"""What must agree in the declarations of dead trees and of pneumatophores."""

from __future__ import annotations

from collections.abc import Iterator

from mrv.inputs.key_finding import KeyFinding
from mrv.inputs.project import Project


def dead_errors_have_factors(project: Project) -> Iterator[KeyFinding]:
    """A standard error stands beside the factor that it is of."""
    dead = project.biomass.dead if project.biomass else None
    if dead is None:
        return
    for name in dead.agb_factor_standard_error:
        if name not in dead.agb_factor:
            yield KeyFinding(
                ("biomass", "dead", "agb_factor_standard_error", name),
                "dead-error-without-factor",
                "{found!r} is not one of the classes of agb_factor: {allowed}",
                {"found": name, "allowed": ", ".join(sorted(dead.agb_factor))},
            )


def pneumatophores_count_once(project: Project) -> Iterator[KeyFinding]:
    """What a tree equation has weighed is no pool of its own."""
    for number, survey in enumerate(project.surveys):
        declared = survey.pneumatophores
        if declared is not None and declared.contained_in != "neither":
            yield KeyFinding(
                ("surveys", number, "pneumatophores", "contained_in"),
                "pneumatophores-counted-twice",
                "{found} holds the pneumatophores already, and the table would count them twice: leave the "
                "table out, or name an equation without them",
                {"found": declared.contained_in},
            )
