"""What must agree between the keys of the project file.

A check is a function from the project to what is wrong with it; :data:`PROJECT_CHECKS` lists them all.
"""

from __future__ import annotations

import datetime
import itertools
import math
from collections.abc import Callable, Iterable, Iterator

from mrv.findings import Finding
from mrv.inputs.baseline_checks import ACCOUNTING_CHECKS, accounting_days
from mrv.inputs.declared_tables import tables_are_declared_well
from mrv.inputs.ground_checks import GROUND_CHECKS
from mrv.inputs.imagery_keys import imagery_days
from mrv.inputs.key_finding import KeyFinding
from mrv.inputs.map_checks import kriging_stands_alone, maps_are_declared_well
from mrv.inputs.model_checks import model_is_declared_well
from mrv.inputs.pool_checks import POOL_CHECKS
from mrv.inputs.project import Project, StrataAreas
from mrv.inputs.sampling import Day, Subplot
from mrv.inputs.survey_keys import surveys_measure_something
from mrv.reference import accepted_name, species
from mrv.yaml_file import Key, suggestion


def _is_day(text: Day) -> bool:
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _dates(project: Project) -> Iterator[tuple[Key, Day]]:
    if project.monitoring_period:
        yield ("monitoring_period", "start"), project.monitoring_period.start
        yield ("monitoring_period", "end"), project.monitoring_period.end
    for number, survey in enumerate(project.surveys):
        yield ("surveys", number, "date"), survey.date
        if survey.field_days is not None:
            yield ("surveys", number, "field_days", "start"), survey.field_days.start
            yield ("surveys", number, "field_days", "end"), survey.field_days.end
    if project.imagery is not None:
        for key, day in imagery_days(project.imagery):
            yield ("imagery", *key), day
    for number, event in enumerate(project.quality.events):
        yield ("quality", "events", number, "date"), event.date
    yield from accounting_days(project)


def dates_exist(project: Project) -> Iterator[KeyFinding]:
    """Every date is a day of the calendar."""
    for key, day in _dates(project):
        if not _is_day(day):
            yield KeyFinding(key, "date-unknown", "{found} is not a day of the calendar", {"found": day})


def dates_in_order(project: Project) -> Iterator[KeyFinding]:
    """The monitoring period ends after it starts; surveys ascend and none stands twice."""
    period = project.monitoring_period
    if period and period.end <= period.start:
        yield KeyFinding(
            ("monitoring_period", "end"),
            "dates-order",
            "{end} is not after the start {start}",
            {"end": period.end, "start": period.start},
        )
    for number, survey in enumerate(project.surveys):
        days = survey.field_days
        if days is not None and days.end < days.start:
            yield KeyFinding(
                ("surveys", number, "field_days", "end"),
                "dates-order",
                "{end} is before the start {start}",
                {"end": days.end, "start": days.start},
            )
    for number in range(1, len(project.surveys)):
        before, date = project.surveys[number - 1].date, project.surveys[number].date
        if date <= before:
            yield KeyFinding(
                ("surveys", number, "date"),
                "dates-order",
                "{found} is not after {before}; surveys stand oldest first, one for each date",
                {"found": date, "before": before},
            )


def surveys_have_biomass(project: Project) -> Iterator[KeyFinding]:
    """Trees become biomass only by a declared equation."""
    if any(survey.trees for survey in project.surveys) and project.biomass is None:
        yield KeyFinding(("biomass",), "biomass-missing", "surveys of trees require this key")


def strata_are_named_once(project: Project) -> Iterator[KeyFinding]:
    """Strata of a list are named once."""
    if not isinstance(project.strata, StrataAreas):
        return
    seen: set[str] = set()
    for number, stratum in enumerate(project.strata.areas):
        if stratum.stratum_id in seen:
            yield KeyFinding(
                ("strata", "areas", number, "stratum_id"),
                "stratum-duplicate",
                "{found!r} stands already in the list",
                {"found": stratum.stratum_id},
            )
        seen.add(stratum.stratum_id)


def areas_have_one_covariance(project: Project) -> Iterator[KeyFinding]:
    """Areas that a reference sample corrects bring their covariance; none is stated beside it."""
    if project.adjusted_areas is not None and project.uncertainty.areas is not None:
        yield KeyFinding(
            ("uncertainty", "areas"),
            "uncertainty-area",
            "the covariance of the areas is that of {file}; leave this key out",
            {"file": project.adjusted_areas.file},
        )


def _subplot_findings(subplots: tuple[Subplot, ...], key: Key) -> Iterator[KeyFinding]:
    for number, subplot in enumerate(subplots):
        place = (*key, number)
        if (subplot.radius_m is None) == (subplot.area_m2 is None):
            yield KeyFinding(place, "subplot-area", "exactly one of radius_m and area_m2 is required")
        if subplot.dbh_limit_cm <= subplot.dbh_min_cm:
            yield KeyFinding(
                (*place, "dbh_max_cm"),
                "subplot-range",
                "{found:g} is not above dbh_min_cm {low:g}",
                {"found": subplot.dbh_limit_cm, "low": subplot.dbh_min_cm},
            )
        if subplot.id in {other.id for other in subplots[:number]}:
            yield KeyFinding(
                (*place, "id"),
                "subplot-duplicate",
                "{found!r} stands already in the list",
                {"found": subplot.id},
            )
    ordered = sorted(subplots, key=lambda subplot: subplot.dbh_min_cm)
    for lower, upper in itertools.pairwise(ordered):
        if lower.dbh_limit_cm != upper.dbh_min_cm:
            yield KeyFinding(
                (*key, subplots.index(upper), "dbh_min_cm"),
                "subplot-range",
                "{found:g} cm does not continue subplot {lower!r}, which ends at {end:g} cm; "
                "the ranges must neither overlap nor leave a gap",
                {"found": upper.dbh_min_cm, "lower": lower.id, "end": lower.dbh_limit_cm},
            )
    if ordered and not math.isinf(ordered[-1].dbh_limit_cm):
        yield KeyFinding(
            (*key, subplots.index(ordered[-1]), "dbh_max_cm"),
            "subplot-range",
            "trees of {end:g} cm and more would belong to no subplot; leave dbh_max_cm out",
            {"end": ordered[-1].dbh_limit_cm},
        )


def subplots_are_a_partition(project: Project) -> Iterator[KeyFinding]:
    """Every diameter from the smallest one measured belongs to exactly one subplot."""
    for number, survey in enumerate(project.surveys):
        yield from _subplot_findings(survey.subplots, ("surveys", number, "subplots"))


def cluster_designs_have_clusters(project: Project) -> Iterator[KeyFinding]:
    """Clusters are declared where the design has them, and only there."""
    for number, survey in enumerate(project.surveys):
        if survey.design.kind == "cluster":
            continue
        for key in (("clusters",), ("design", "clusters_in_stratum")):
            declared = survey.clusters if key == ("clusters",) else survey.design.clusters_in_stratum
            if declared is not None:
                yield KeyFinding(
                    ("surveys", number, *key),
                    "design-clusters",
                    "a {kind} design has no clusters; the design that has is cluster",
                    {"kind": survey.design.kind},
                )


def species_are_known(project: Project) -> Iterator[KeyFinding]:
    """Species that an equation is chosen for are known, and written by their accepted name."""
    if project.biomass is None:
        return
    for key, names in (
        (("biomass", "agb", "by_species"), project.biomass.agb.by_species),
        (("biomass", "bgb", "by_species"), getattr(project.biomass.bgb, "by_species", {})),
        (("biomass", "wood_density"), project.biomass.wood_density),
    ):
        for name in names:
            accepted = accepted_name(name)
            if accepted is not None and accepted != name:
                yield KeyFinding(
                    (*key, name),
                    "species-name",
                    "{found!r} is written {accepted!r} here",
                    {"found": name, "accepted": accepted},
                )
            elif accepted is None and key[-1] == "by_species" and name not in project.biomass.wood_density:
                near = suggestion(name, species())
                yield KeyFinding(
                    (*key, name),
                    "species-unknown",
                    "{found!r} is not on the list; did you mean {near}?"
                    if near
                    else "{found!r} is not on the list; a species of your own has its wood density in "
                    "biomass.wood_density",
                    {"found": name, "near": near},
                )


def waivers_are_unique(project: Project) -> Iterator[KeyFinding]:
    """A rule is waived once."""
    rules = [waiver.rule for waiver in project.waivers]
    for number, rule in enumerate(rules):
        if rule in rules[:number]:
            yield KeyFinding(
                ("waivers", number, "rule"), "waiver-duplicate", "{rule} is waived already", {"rule": rule}
            )


ProjectCheck = Callable[[Project], Iterator[KeyFinding]]

PROJECT_CHECKS: tuple[ProjectCheck, ...] = (
    dates_exist,
    dates_in_order,
    surveys_have_biomass,
    surveys_measure_something,
    *GROUND_CHECKS,
    strata_are_named_once,
    areas_have_one_covariance,
    subplots_are_a_partition,
    cluster_designs_have_clusters,
    tables_are_declared_well,
    maps_are_declared_well,
    kriging_stands_alone,
    species_are_known,
    *POOL_CHECKS,
    waivers_are_unique,
    model_is_declared_well,
    *ACCOUNTING_CHECKS,
)


def placed(found: Iterable[KeyFinding], where: Callable[..., str]) -> list[Finding]:
    """Findings with line and column of their keys."""
    return [Finding(where(*entry.key), entry.rule, entry.message, entry.values) for entry in found]


def project_findings(project: Project, where: Callable[..., str]) -> list[Finding]:
    """Everything wrong between the keys of the project file, at its place."""
    return placed((found for check in PROJECT_CHECKS for found in check(project)), where)
