"""What the project file says of each baseline, as values for its equations."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import xarray as xr

from mrv.accounting.given import Given
from mrv.findings import Finding
from mrv.inputs import Inputs
from mrv.inputs.accounting_declaration import (
    AvoidedLoss,
    HistoricalLossBaseline,
    LossByRate,
    PlannedConversionBaseline,
)
from mrv.inputs.baseline_checks import baselines_of, conversion_years, whole_years
from mrv.inputs.project import Period
from mrv.inputs.reference_loss import ReferenceAreas, reference_areas

Givens = dict[str, Given]


def _place(key: Sequence[str | int]) -> str:
    """Place of a scenario in the project file, as sources name it."""
    return "mrv.yaml: " + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in key)[1:]


def _year_givens(baseline: AvoidedLoss, period: Period, place: str) -> Givens:
    """Years of the monitoring period, counted from the start of the project."""
    before, last = (whole_years(baseline.start, day) for day in (period.start, period.end))
    if before is None or last is None:
        # Refused where the project file is read.
        return {}
    years = list(range(before + 1, last + 1))
    return {
        "loss_year": Given(
            xr.DataArray([float(year) for year in years], {"year": years}, ["year"]),
            "yr",
            f"{place}.start",
            "stated",
            description="End of each year of the monitoring period, from the start of the loss",
        ),
        "year_length": Given(
            1.0, "yr", "by definition", "constant", description="One year, the step in which loss is counted"
        ),
    }


def _reference_givens(areas: ReferenceAreas) -> Givens:
    dims, coordinates = ["reference_date"], {"reference_date": list(areas.dates)}
    return {
        "reference_area": Given(
            xr.DataArray(list(areas.area_ha), coordinates, dims),
            "ha",
            areas.source,
            "stated",
            description="Mangrove in the reference region at two dates",
        ),
        "reference_area_standard_error": Given(
            xr.DataArray(list(areas.standard_error_ha), coordinates, dims),
            "ha",
            areas.source,
            "stated",
            description="Standard errors of these areas",
        ),
        "reference_area_covariance": Given(
            areas.covariance_ha2, "ha^2", areas.source, "stated", description="Covariance of these areas"
        ),
        "reference_years": Given(
            areas.years, "yr", areas.source, "stated", description="Years between these dates"
        ),
    }


def _rate_givens(loss: LossByRate, place: str) -> Givens:
    source = f"{place}.loss: {loss.source}"
    return {
        "loss_rate": Given(
            loss.rate, "1", source, "stated", description="Share of the extent that is lost in a year"
        ),
        "loss_rate_standard_error": Given(
            loss.standard_error, "1", source, "stated", description="Standard error of the rate of loss"
        ),
    }


def _conversion_givens(
    baseline: PlannedConversionBaseline, areas_ha: Mapping[str, float], place: str, where: str
) -> tuple[Givens, list[Finding]]:
    """Area and year of each conversion, and those that no stratum has room for."""
    findings = [
        Finding(
            f"{where}.conversions[{number}].stratum_id",
            "baseline-stratum",
            "{found!r} is not one of {allowed}",
            {"found": conversion.stratum_id, "allowed": ", ".join(areas_ha)},
        )
        for number, conversion in enumerate(baseline.conversions)
        if conversion.stratum_id not in areas_ha
    ]
    for name, area in areas_ha.items():
        planned = math.fsum(c.area_ha for c in baseline.conversions if c.stratum_id == name)
        if planned > area:
            findings.append(
                Finding(
                    f"{where}.conversions",
                    "baseline-area",
                    "{planned:g} ha are converted in {stratum}, which has {area:g} ha",
                    {"planned": planned, "stratum": name, "area": area},
                )
            )
    if findings:
        return {}, findings
    areas = [
        [conversion.area_ha if conversion.stratum_id == name else 0.0 for conversion in baseline.conversions]
        for name in areas_ha
    ]
    numbers = list(range(1, len(baseline.conversions) + 1))
    return {
        "conversion_area": Given(
            xr.DataArray(
                areas, {"stratum": list(areas_ha), "conversion": numbers}, ["stratum", "conversion"]
            ),
            "ha",
            f"{place}.conversions ({baseline.plan.document})",
            "stated",
            description="Area of each conversion of the plan",
        ),
        "conversion_year": Given(
            xr.DataArray(conversion_years(baseline), {"conversion": numbers}, ["conversion"]),
            "yr",
            f"{place}.conversions ({baseline.plan.document})",
            "stated",
            description="End of the year of each conversion, from the start of the loss",
        ),
    }, []


def _depth_findings(inputs: Inputs, baseline: AvoidedLoss, where: str) -> list[Finding]:
    """Soil that is disturbed deeper than cores reach; nothing to compare with where there are none."""
    declared = baseline.soil_disturbance
    sections = [survey.soil.sections for survey in inputs.surveys if survey.soil is not None]
    depths = [float(depth) for table in sections for depth in table["bottom_cm"].dropna()]
    if declared is None or not depths or declared.depth_cm <= max(depths):
        return []
    return [
        Finding(
            f"{where}.soil_disturbance.depth_cm",
            "baseline-disturbance-depth",
            "{found:g} cm is deeper than the deepest core of the project, which reaches {allowed:g} cm; what "
            "was not measured is not released",
            {"found": declared.depth_cm, "allowed": max(depths)},
        )
    ]


def baseline_givens(inputs: Inputs) -> tuple[dict[str, Givens], list[Finding]]:
    """What each scenario of a project declares, by scenario, and what is wrong with it."""
    project = inputs.project
    found: dict[str, Givens] = {}
    findings: list[Finding] = []
    table = inputs.strata.table.sort_values("stratum_id", kind="stable")
    areas_ha = dict(zip(table["stratum_id"].astype(str), table["area_ha"].astype(float), strict=True))
    for key, baseline in baselines_of(project):
        if not isinstance(baseline, AvoidedLoss) or project.monitoring_period is None:
            continue
        place, where = _place(key), _place(key).removeprefix("mrv.yaml: ")
        givens = _year_givens(baseline, project.monitoring_period, place)
        findings += _depth_findings(inputs, baseline, where)
        if isinstance(baseline, PlannedConversionBaseline):
            more, problems = _conversion_givens(baseline, areas_ha, place, where)
            givens |= more
            findings += problems
        elif isinstance(baseline, HistoricalLossBaseline):
            if isinstance(baseline.loss, LossByRate):
                givens |= _rate_givens(baseline.loss, place)
            areas, problems = reference_areas(
                baseline,
                inputs.project_file.parent,
                lambda *rest, where=where: ".".join((where, "loss", *map(str, rest))),
                simulated=project.project.simulated,
            )
            findings += problems
            givens |= _reference_givens(areas) if areas is not None else {}
        found[baseline.scenario] = givens
    return found, findings
