"""What must agree in the declarations of dead trees, of pools on the ground, and of those in the sink."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mrv.inputs.key_finding import KeyFinding
from mrv.inputs.project import Project
from mrv.inputs.sampling import SurveyDeclaration
from mrv.inputs.stated_values import StatedShare
from mrv.yaml_file import Key

Protocol = tuple[tuple[str, object], ...]


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


def fallen_trees_are_no_gain(project: Project) -> Iterator[KeyFinding]:
    """Wood on the ground counts only beside the dead trees that it was before it fell."""
    pools = project.dead_matter_in_sink_pools
    if project.dead_matter_in_sink is not None and not pools:
        yield KeyFinding(
            ("dead_matter_in_sink",),
            "dead-matter-empty",
            "one or more of dead_wood, downed_wood and litter were expected",
        )
    if "downed_wood" in pools and "dead_wood" not in pools:
        yield KeyFinding(
            ("dead_matter_in_sink", "dead_wood"),
            "dead-matter-half",
            "downed_wood is in the sink: dead_wood is required beside it, or a dead tree that falls would be "
            "a gain",
        )


def _taken_surveys(project: Project) -> list[tuple[int, SurveyDeclaration]]:
    return [(number, survey) for number, survey in enumerate(project.surveys) if survey.trees]


def _places(project: Project, pool: str) -> Iterator[tuple[Key, object]]:
    """Where a pool of the sink is declared, and its declaration: once for trees, by survey on the ground."""
    if pool == "dead_wood":
        yield ("biomass", "dead"), project.biomass.dead if project.biomass else None
        return
    for number, survey in _taken_surveys(project):
        yield ("surveys", number, pool), getattr(survey, pool)


def dead_matter_is_measured(project: Project) -> Iterator[KeyFinding]:
    """A pool of the sink is measured by every survey of trees, and has a carbon fraction."""
    for pool in project.dead_matter_in_sink_pools:
        for key, declared in _places(project, pool):
            if declared is None:
                yield KeyFinding(
                    key, "dead-matter-missing", "{pool} is in the sink: this key is required", {"pool": pool}
                )
            elif getattr(declared, "carbon_fraction", None) is None:
                yield KeyFinding(
                    (*key, "carbon_fraction"),
                    "dead-matter-missing",
                    "{pool} is in the sink: this key is required",
                    {"pool": pool},
                )


def _protocol(survey: SurveyDeclaration, pool: str) -> Protocol:
    """What must be alike at both dates for a change of a pool on the ground to be one of the pool."""
    declared = survey.downed_wood if pool == "downed_wood" else survey.litter
    if declared is None:
        return ()
    fraction: StatedShare | None = declared.carbon_fraction
    same: Protocol = (("carbon_fraction", fraction and (fraction.value, fraction.standard_error)),)
    if survey.downed_wood is not None and pool == "downed_wood":
        classes = survey.downed_wood.classes
        same += (("classes", sorted(classes)),)
        same += tuple(
            (f"classes.{name}.{key}", getattr(entry, key))
            for name, entry in sorted(classes.items())
            for key in ("length_m", "density_g_cm3", "density_standard_error_g_cm3")
        )
    return same


def dead_matter_is_measured_alike(project: Project) -> Iterator[KeyFinding]:
    """A pool of the sink is measured by the same classes and numbers at every date."""
    for pool in ("downed_wood", "litter"):
        if pool not in project.dead_matter_in_sink_pools:
            continue
        surveys = [entry for entry in _taken_surveys(project) if getattr(entry[1], pool) is not None]
        for number, survey in surveys[1:]:
            first, own = dict(_protocol(surveys[0][1], pool)), dict(_protocol(survey, pool))
            for name in sorted(first.keys() & own.keys()):
                if first[name] != own[name]:
                    yield KeyFinding(
                        ("surveys", number, pool, *name.split(".")),
                        "dead-matter-protocol",
                        "{found} is not {allowed} as at {date}; a pool of the sink is measured alike at "
                        "every date",
                        {"found": own[name], "allowed": first[name], "date": surveys[0][1].date},
                    )


POOL_CHECKS: tuple[Callable[[Project], Iterator[KeyFinding]], ...] = (
    dead_errors_have_factors,
    pneumatophores_count_once,
    fallen_trees_are_no_gain,
    dead_matter_is_measured,
    dead_matter_is_measured_alike,
)
"""Checks of pools."""
