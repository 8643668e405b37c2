"""What must agree between the keys of the accounting: baselines and their proof, conditions, soil."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import date

from mrv.inputs.accounting_declaration import (
    AvoidedLoss,
    Baseline,
    HistoricalLossBaseline,
    LossByAreas,
    PlannedConversionBaseline,
)
from mrv.inputs.key_finding import KeyFinding
from mrv.inputs.project import Project
from mrv.inputs.sampling import Day
from mrv.yaml_file import Key


def baselines_of(project: Project) -> Iterator[tuple[Key, Baseline]]:
    """Every scenario with the place of its key."""
    if project.baseline is not None:
        yield ("baseline",), project.baseline
    for number, scenario in enumerate(project.other_baselines):
        yield ("other_baselines", number), scenario


def accounting_days(project: Project) -> Iterator[tuple[Key, Day]]:
    """Every day that the scenarios name."""
    for key, baseline in baselines_of(project):
        if isinstance(baseline, AvoidedLoss):
            yield (*key, "start"), baseline.start
        if isinstance(baseline, PlannedConversionBaseline):
            for number, conversion in enumerate(baseline.conversions):
                yield (*key, "conversions", number, "date"), conversion.date
        if isinstance(baseline, HistoricalLossBaseline) and isinstance(baseline.loss, LossByAreas):
            for number, area in enumerate(baseline.loss.areas):
                yield (*key, "loss", "areas", number, "date"), area.date


def _day(text: Day) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        # Told by the check of dates.
        return None


def whole_years(start: Day, end: Day) -> int | None:
    """Whole years from a day to its anniversary; None where the end is none, or lies before it."""
    first, last = _day(start), _day(end)
    if first is None or last is None or last < first:
        return None
    return last.year - first.year if (first.month, first.day) == (last.month, last.day) else None


def methodology_has_a_period(project: Project) -> Iterator[KeyFinding]:
    """A methodology counts over a monitoring period; what else it needs, its own documents say."""
    if project.methodology is not None and project.monitoring_period is None:
        yield KeyFinding(
            ("monitoring_period",),
            "methodology-key-missing",
            "methodology {methodology} requires this key",
            {"methodology": project.methodology},
        )


def baselines_are_named_once(project: Project) -> Iterator[KeyFinding]:
    """Each scenario stands once; other ones need one that is declared."""
    if project.other_baselines and project.baseline is None:
        yield KeyFinding(
            ("baseline",), "baseline-missing", "other_baselines requires this key, the declared scenario"
        )
    seen: set[str] = set()
    for key, baseline in baselines_of(project):
        if baseline.scenario in seen:
            yield KeyFinding(
                (*key, "scenario"),
                "baseline-duplicate",
                "{found} is stated already; each scenario stands once",
                {"found": baseline.scenario},
            )
        seen.add(baseline.scenario)


def protection_is_proven_to_fail(project: Project) -> Iterator[KeyFinding]:
    """Where the law protects already, a loss without the project has to be proven."""
    for key, baseline in baselines_of(project):
        if not isinstance(baseline, AvoidedLoss):
            continue
        if baseline.protected_by_law and baseline.failure_of_protection is None:
            yield KeyFinding(
                (*key, "failure_of_protection"),
                "baseline-protected",
                "the law protects this area: {scenario} requires this key, the proof that protection would "
                "fail without the project; without it the scenarios are static and natural_growth",
                {"scenario": baseline.scenario},
            )


def disturbance_is_documented(project: Project) -> Iterator[KeyFinding]:
    """Emissions of soil need the depth to which it is disturbed, with its document."""
    stated = project.parameters.get("soil_emission_factor")
    if stated is None:
        return
    numbers = stated.value.values() if isinstance(stated.value, dict) else [stated.value]
    if not any(isinstance(number, float | int) and number > 0 for number in numbers):
        return
    for key, baseline in baselines_of(project):
        if isinstance(baseline, AvoidedLoss) and baseline.soil_disturbance is None:
            yield KeyFinding(
                (*key, "soil_disturbance"),
                "baseline-disturbance",
                "parameters.soil_emission_factor is above 0: {scenario} requires this key, the documented "
                "depth to which soil is disturbed",
                {"scenario": baseline.scenario},
            )


def loss_is_counted_in_whole_years(project: Project) -> Iterator[KeyFinding]:
    """The monitoring period starts and ends on anniversaries of the start of the project."""
    period = project.monitoring_period
    if period is None:
        return
    for key, baseline in baselines_of(project):
        if not isinstance(baseline, AvoidedLoss) or _day(baseline.start) is None:
            continue
        for end in (period.start, period.end):
            if _day(end) is not None and whole_years(baseline.start, end) is None:
                yield KeyFinding(
                    (*key, "start"),
                    "baseline-whole-years",
                    "{day} of the monitoring period is not whole years after {start}; loss is counted in "
                    "whole years from there",
                    {"day": end, "start": baseline.start},
                )


def reference_areas_shrink(project: Project) -> Iterator[KeyFinding]:
    """Two areas of a reference region: the earlier first, and the later smaller."""
    for key, baseline in baselines_of(project):
        if not isinstance(baseline, HistoricalLossBaseline) or not isinstance(baseline.loss, LossByAreas):
            continue
        place = (*key, "loss", "areas", 1)
        for first, second in itertools.pairwise(baseline.loss.areas):
            if second.date <= first.date:
                yield KeyFinding(
                    (*place, "date"),
                    "dates-order",
                    "{end} is not after the start {start}",
                    {"end": second.date, "start": first.date},
                )
            if second.area_ha >= first.area_ha:
                yield KeyFinding(
                    (*place, "area_ha"),
                    "baseline-no-loss",
                    "{last:g} ha is not below {first:g} ha, the area before; there was no loss to avoid",
                    {"last": second.area_ha, "first": first.area_ha},
                )


def conversions_come_after_the_start(project: Project) -> Iterator[KeyFinding]:
    """What was converted before the project is not avoided by it."""
    for key, baseline in baselines_of(project):
        if not isinstance(baseline, PlannedConversionBaseline):
            continue
        for number, conversion in enumerate(baseline.conversions):
            if conversion.date < baseline.start:
                yield KeyFinding(
                    (*key, "conversions", number, "date"),
                    "baseline-conversion-early",
                    "{found} is before the start of the project, {start}",
                    {"found": conversion.date, "start": baseline.start},
                )


def soil_counts_once(project: Project) -> Iterator[KeyFinding]:
    """Soil is in the sink by stocks or by a rate; both would count the same carbon twice."""
    declared = project.soil_in_sink
    if declared is None:
        return
    if declared.stock_difference is not None and declared.rate is not None:
        yield KeyFinding(
            ("soil_in_sink",),
            "soil-counted-twice",
            "stock_difference and rate are both declared; either of them counts all of the soil's carbon, "
            "both would count it twice",
        )
    if declared.stock_difference is None and declared.rate is None:
        yield KeyFinding(
            ("soil_in_sink",), "soil-way-missing", "one of stock_difference and rate is required"
        )
    balance = project.soil_balance
    if balance is None or balance.allochthonous is None:
        yield KeyFinding(
            ("soil_balance", "allochthonous"),
            "soil-share-missing",
            "soil is in the sink: the share of its carbon that came from elsewhere is required, zero too",
        )


def conversion_years(baseline: PlannedConversionBaseline) -> list[float]:
    """End of the year, counted from the start, in which each conversion falls. [yr]"""
    start = date.fromisoformat(baseline.start)
    years = []
    for conversion in baseline.conversions:
        day = date.fromisoformat(conversion.date)
        begun = (day.month, day.day) >= (start.month, start.day)
        years.append(float(day.year - start.year + (1 if begun else 0)))
    return years


AccountingCheck = Callable[[Project], Iterator[KeyFinding]]

ACCOUNTING_CHECKS: tuple[AccountingCheck, ...] = (
    methodology_has_a_period,
    baselines_are_named_once,
    protection_is_proven_to_fail,
    disturbance_is_documented,
    loss_is_counted_in_whole_years,
    reference_areas_shrink,
    conversions_come_after_the_start,
    soil_counts_once,
)
