"""What must stand together in the declaration of a survey."""

from __future__ import annotations

from collections.abc import Iterator

from mrv.inputs.key_finding import KeyFinding
from mrv.inputs.project import Project


def surveys_measure_something(project: Project) -> Iterator[KeyFinding]:
    """A survey has trees, soil or stated biomass; what belongs to trees stands only beside trees."""
    for number, survey in enumerate(project.surveys):
        key = ("surveys", number)
        if survey.trees:
            if survey.stated_biomass is not None:
                yield KeyFinding(
                    (*key, "stated_biomass"),
                    "stated-biomass-beside-trees",
                    "this survey has trees, and their biomass is computed; one of both was expected",
                )
            continue
        if survey.soil is None and survey.stated_biomass is None:
            yield KeyFinding(
                key, "survey-empty", "one or more of trees, soil and stated_biomass were expected"
            )
        for name in ("subplots", "treeless_plots", "remeasured", "downed_wood"):
            if getattr(survey, name):
                yield KeyFinding((*key, name), "trees-missing", "this key needs the key trees beside it")
