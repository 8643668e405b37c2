"""The monitoring report, under the headings of ISO 14064-2; every number in it is one of ``results.json``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mrv.report.blocks import Attachment, Block, Facts, Heading, Listed, Paragraph, Report, Table
from mrv.report.credit_blocks import credit_blocks
from mrv.report.figures_of import Figures, pool_name, pools_by_place, with_intervals
from mrv.report.labels import COMPONENTS, TOTAL
from mrv.report.numbers import number_text, short_number, unit_text
from mrv.report.pictures import agreement_picture, budget_picture, map_pictures, sink_picture, stock_picture
from mrv.report.quality_blocks import quality_blocks
from mrv.report.words import Words
from mrv.run.results import RESULTS_FILE, EquationUse, Figure, ParameterRecord, Results, read_results


def monitoring_report(
    out: Path, words: Words, package_sha256: str | None = None, *, with_maps: bool = True
) -> Report:
    """Monitoring report of a run.

    Parameters
    ----------
    out : Path
        Folder of results: every number is one of ``results.json``, plates of maps are drawn from its maps.
    words : Words
    package_sha256 : str, optional
        Hash of the package that the results were sealed in.
    with_maps : bool, optional
        Whether plates of the maps are among its pictures.
    """
    results = read_results(out)
    figures = Figures(results)
    blocks = [
        *_standing(results, words),
        *_project(results, words),
        *_boundary(figures, words),
        *(map_pictures(figures, words, out) if with_maps else ()),
        *agreement_picture(figures, words, out),
        *_baseline(results, words),
        *_monitoring(figures, words),
        *_quantification(figures, words),
        *_uncertainty(figures, words),
        *credit_blocks(figures, words),
        *quality_blocks(results, words),
        *_numbers(results, words),
        *_reproducibility(words, package_sha256),
    ]
    numbered = tuple(_numbered(blocks))
    footer = words("Package {hash}", hash=package_sha256) if package_sha256 else ""
    return Report(
        words("Monitoring report"),
        words.half(results.project.name),
        words.language,
        numbered,
        footer,
        (attached_results((out / RESULTS_FILE).read_bytes(), words),),
    )


def attached_results(content: bytes, words: Words, name: str = RESULTS_FILE) -> Attachment:
    """Figures of a run, to go with a report."""
    return Attachment(
        name, content, "application/json", words("attached to this file, every figure of the run")
    )


def _numbered(blocks: list[Block]) -> Iterator[Block]:
    """Blocks with their headings counted."""
    section = part = 0
    for block in blocks:
        if isinstance(block, Heading) and block.level == 1:
            section, part = section + 1, 0
            yield Heading(f"{section}  {block.text}")
        elif isinstance(block, Heading):
            part += 1
            yield Heading(f"{section}.{part}  {block.text}", block.level)
        else:
            yield block


def standing_lines(results: Results, words: Words) -> list[str]:
    """What every output of a run must say at its head."""
    lines = []
    if results.project.simulated:
        lines.append(words("SIMULATED DATA"))
    if results.methodology is not None:
        lines.append(
            words("Conformance of the methodology: {state}", state=words(results.methodology.conformance))
        )
    lines += [
        words(
            "Quarantined equation in use: {equation} ({reason})", equation=own.equation_id, reason=own.reason
        )
        for own in results.quarantined_equations
    ]
    return lines


def _standing(results: Results, words: Words) -> Iterator[Block]:
    for line in standing_lines(results, words):
        yield Paragraph(line, "warning")


def _project(results: Results, words: Words) -> Iterator[Block]:
    yield Heading(words("Project"))
    facts = [(words("Name"), words.half(results.project.name)), (words("Identifier"), results.project.id)]
    if results.methodology is not None:
        facts.append((words("Methodology"), words.half(results.methodology.title)))
        facts.append((words("Conformance"), words(results.methodology.conformance)))
    if results.monitoring_period is not None:
        start, end = results.monitoring_period
        facts.append((words("Monitoring period"), words("{start} to {end} (excluded)", start=start, end=end)))
    yield Facts(facts)


def _boundary(figures: Figures, words: Words) -> Iterator[Block]:
    yield Heading(words("Boundary, strata and carbon pools"))
    rows = [(stratum.stratum_id, number_text(stratum.area_ha)) for stratum in figures.results.strata]
    whole = figures.of("area_ha")
    if whole is not None and len(rows) > 1:
        rows.append((words("project"), number_text(whole.value)))
    yield Table((words("stratum"), words("area, ha")), rows, numeric=frozenset({1}), widths=(3, 1))
    yield Table(
        (words("pool"), words("standing")),
        [(pool_name(words, pool.pool), words(pool.state)) for pool in figures.results.pools],
        widths=(1, 3),
    )


def _baseline(results: Results, words: Words) -> Iterator[Block]:
    if results.baseline is None:
        return
    yield Heading(words("Baseline and additionality"))
    yield Facts(
        [
            (words("Baseline scenario"), words(results.baseline.scenario)),
            (words("Document"), results.baseline.document),
            (words("Statement"), words.half(results.baseline.statement)),
        ]
    )
    if results.conditions:
        yield Table(
            (words("condition"), words("answer"), words("document")),
            [
                (words.half(condition.condition), words(condition.state), condition.document or "–")
                for condition in results.conditions
            ],
            widths=(4, 1.2, 3),
        )


def _range(use: EquationUse) -> str:
    def bounds(symbol: str, ends: tuple[float | None, float | None], unit: str) -> str:
        low, high = ends
        if low is None or high is None:
            sign, end = ("≤", high) if high is not None else ("≥", low)
            return f"{symbol} –" if end is None else f"{symbol} {sign} {end:g} {unit}"
        return f"{symbol} {low:g}–{high:g} {unit}"

    parts = [bounds("D", use.dbh_range_cm, "cm")]
    if use.height_range_m is not None:
        parts.append(bounds("H", use.height_range_m, "m"))
    return ", ".join(parts)


def _monitoring(figures: Figures, words: Words) -> Iterator[Block]:
    yield Heading(words("Sampling design and measurement"))
    rows = []
    for date in figures.dates("carbon_density_t_c_ha"):
        for stratum in figures.results.strata:
            own = figures.of("carbon_density_t_c_ha", stratum=stratum.stratum_id, pool="agb", date=date)
            if own is not None:
                rows.append((date, stratum.stratum_id, str(own.units or "–"), words.parts(own.method or "–")))
    if rows:
        yield Table(
            (words("date"), words("stratum"), words("units"), words("estimator")),
            rows,
            numeric=frozenset({2}),
            widths=(1.4, 1.4, 0.8, 4),
        )
    if figures.results.equations:
        yield Heading(words("Equations and their ranges"), 2)
        yield Table(
            (
                words("equation"),
                words("component"),
                words("range"),
                words("stems"),
                words("outside"),
                words("share of basal area"),
                words("source"),
            ),
            [
                (
                    use.equation_id,
                    pool_name(words, use.component)
                    if use.component in ("agb", "bgb")
                    else words(use.component),
                    _range(use),
                    f"{use.stems:,}",
                    f"{use.outside_range_stems:,}",
                    f"{use.outside_range_basal_area_share:.1%}",
                    use.source,
                )
                for use in figures.results.equations
            ],
            numeric=frozenset({3, 4, 5}),
            widths=(2.5, 1.4, 1.4, 0.9, 1.1, 1.4, 3.4),
        )


def _quantification(figures: Figures, words: Words) -> Iterator[Block]:
    accounted = [*figures.pools("accounted"), TOTAL]
    stocks = [
        *pools_by_place(figures, words, "carbon_density_t_c_ha", words("t C/ha"), 1, accounted),
    ]
    if stocks:
        yield Heading(words("Carbon stocks per hectare"))
        yield from stocks
        yield from stock_picture(figures, words)
    sinks = [*pools_by_place(figures, words, "carbon_sink_t_co2e_ha_yr", words("t CO₂e/ha/yr"), 2, accounted)]
    if sinks:
        yield Heading(words("Carbon sink per hectare and year"))
        yield from sinks
        yield from sink_picture(figures, words)
    beside = figures.pools("reported only")
    reported = [*pools_by_place(figures, words, "biomass_density_t_dm_ha", words("dry t/ha"), 2, beside)]
    soil = _soil(figures, words)
    if reported or soil:
        yield Heading(words("Measured and not in the sink"))
        yield from reported
        yield from soil


def _soil(figures: Figures, words: Words) -> list[Block]:
    strata = [stratum.stratum_id for stratum in figures.results.strata]

    def by_place(own: Figure) -> tuple[int, str, int, str]:
        stratum, depth = own.index.get("stratum"), own.index.get("depth", "")
        place = strata.index(stratum) if stratum in strata else len(strata)
        return place, own.index.get("date", ""), len(depth), depth

    rows = [
        (
            own.index.get("stratum") or words("project"),
            own.index.get("date", "–"),
            own.index.get("depth", "–").replace("-", "–"),
            *with_intervals(words, own, 1),
        )
        for own in sorted(figures.named("soil_carbon_density_t_c_ha"), key=by_place)
    ]
    if not rows:
        return []
    columns = ("stratum", "date", "depth", "soil, t C/ha", "sampling alone", "all errors")
    return [
        Table(
            tuple(words(column) for column in columns),
            rows,
            numeric=frozenset({3, 4, 5}),
            widths=(1.5, 2.2, 1.2, 1.8, 1.8, 1.8),
        )
    ]


def _uncertainty(figures: Figures, words: Words) -> Iterator[Block]:
    budget = figures.results.error_budget
    if budget is None:
        return
    yield Heading(words("Uncertainty"))
    yield Paragraph(
        words(
            "Two-sided {level} intervals: from the sampling of plots alone, and from all errors that are "
            "known ({draws} draws).",
            level=f"{figures.results.confidence_level:.0%}",
            draws=f"{budget.draws:,}",
        )
    )
    shares = (
        ("share_of_stock_variance", "carbon stock"),
        ("share_of_sink_variance", "sink"),
        ("share_of_net_removals_variance", "net removals"),
    )
    rows = []
    for component in budget.components:
        own = [getattr(component, key) for key, _ in shares]
        cells = ("–" if share is None else f"{share:.1%}" for share in own)
        because = words(component.because) if component.because else ""
        rows.append((words(COMPONENTS[component.component]), words(component.state), *cells, because))
    yield Table(
        (
            words("source of error"),
            words("standing"),
            *(words(label) for _, label in shares),
            words("why not counted"),
        ),
        rows,
        numeric=frozenset({2, 3, 4}),
        widths=(2.4, 1.4, 1.1, 1, 1.2, 3),
    )
    yield from budget_picture(figures, words)


def _value(parameter: ParameterRecord) -> str:
    if isinstance(parameter.value, dict):
        return ", ".join(f"{key}: {short_number(value)}" for key, value in parameter.value.items())
    return parameter.value if isinstance(parameter.value, str) else short_number(parameter.value)


def _numbers(results: Results, words: Words) -> Iterator[Block]:
    if not results.parameters:
        return
    yield Heading(words("Numbers of the methodology and the project"))
    yield Table(
        (words("number"), words("value"), words("unit"), words("clause"), words("evidence"), words("source")),
        [
            (
                parameter.name,
                _value(parameter),
                unit_text(parameter.unit),
                parameter.clause,
                words(parameter.evidence),
                parameter.source,
            )
            for parameter in results.parameters
        ],
        numeric=frozenset({1}),
        widths=(2.6, 1.2, 1.4, 1.2, 1.1, 4),
    )


def _reproducibility(words: Words, package_sha256: str | None) -> Iterator[Block]:
    yield Heading(words("Reproducibility"))
    if package_sha256 is None:
        yield Paragraph(
            words("The results were not sealed. Every figure comes from results.json of the run.")
        )
        return
    yield Facts([(words("Package"), package_sha256), (words("To verify"), "mrv verify package.zip")])
    yield Listed(
        [
            words("The command runs the project again from its raw inputs and compares every value."),
            words("The hash is the SHA-256 of tagmanifest-sha256.txt inside the package."),
        ]
    )
