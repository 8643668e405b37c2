"""The result under every baseline, and the checklist of conditions, for ``results.json``."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from mrv.accounting.engine import Quantity
from mrv.findings import Waiver, waive
from mrv.inputs.accounting_declaration import Baseline
from mrv.inputs.project import Project
from mrv.inputs.table_source import Words
from mrv.methodologies import Methodology
from mrv.run.conditions import checklist
from mrv.run.drawn_figures import Total
from mrv.run.figures import finite
from mrv.run.methodology_totals import Accounted
from mrv.run.results import ConditionRecord, IntervalRecord, ScenarioRecord, Text


def text_of(words: Words | str) -> Text:
    """A text that may stand in one language or in both."""
    if isinstance(words, str):
        return Text(zh=words, en=words)
    return Text(zh=words.zh, en=words.en)


def _value(quantities: Mapping[str, Quantity], name: str) -> float | None:
    quantity = quantities.get(name)
    return None if quantity is None else finite(float(quantity.value.sum(skipna=False)))


def _interval(total: Total | None, level: float) -> IntervalRecord | None:
    if total is None or not all(map(math.isfinite, total.limits)):
        return None
    low, high = total.limits
    return IntervalRecord(level=level, low=low, high=high, half_width=total.limits.half_width)


def _scenario(
    baseline: Baseline, accounted: Accounted, waivers: Sequence[Waiver], *, declared: bool
) -> ScenarioRecord:
    quantities, totals = accounted.quantities, accounted.totals
    confidence = quantities.get("confidence_level")
    level = float(confidence.value) if confidence is not None else math.nan
    found = waive(accounted.findings, waivers)
    return ScenarioRecord(
        scenario=baseline.scenario,
        declared=declared,
        document=baseline.evidence.document,
        statement=text_of(baseline.evidence.statement),
        baseline_removals_t_co2e=_value(quantities, "baseline_removals_total"),
        baseline_interval=_interval(totals.get("baseline_removals_total"), level),
        net_removals_t_co2e=_value(quantities, "net_removals"),
        net_removals_interval=_interval(totals.get("net_removals"), level),
        net_removals_per_hectare_year_t_co2e=_value(quantities, "net_removals_per_hectare_year"),
        creditable_removals_t_co2e=_value(quantities, "creditable_removals"),
        creditable_interval=_interval(totals.get("creditable_removals"), level),
        refused=sorted({finding.rule for finding in found if finding.severity == "error"}),
    )


def scenario_records(project: Project, accounted: Sequence[Accounted]) -> list[ScenarioRecord]:
    """Result under each baseline with evidence, the declared one first; never added up."""
    by_name = {entry.scenario: entry for entry in accounted}
    return [
        _scenario(
            baseline,
            by_name[baseline.scenario],
            project.stated_waivers,
            declared=baseline is project.baseline,
        )
        for baseline in project.baselines
        if baseline.scenario in by_name
    ]


def condition_records(project: Project, document: Methodology) -> list[ConditionRecord]:
    """Every condition that the methodology asks, with its answer."""
    return [
        ConditionRecord(
            id=str(entry.condition.id),
            kind=entry.kind,
            condition=Text(zh=entry.condition.zh, en=entry.condition.en),
            state=entry.state,
            document=entry.answer.document if entry.answer is not None else None,
            statement=text_of(entry.answer.statement)
            if entry.answer is not None and entry.answer.statement is not None
            else None,
        )
        for entry in checklist(project, document)
    ]
