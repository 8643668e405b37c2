"""What a user is told of a project file, and of geometry, that are not right.

Each case spoils one thing in a copy of the demo project and runs it; see ``test_bad_input.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from spoiled import TREES_2020, Spoil, Spoiled, Told, assert_told, case, mrv, told

AGB = "agb: {equation: komiyama_2005_agb}"
POM_2020 = "        constants: {pom: breast_height}\n    # The same"
PERIOD = "monitoring_period: {start: 2010-01-01, end: 2020-01-01}"


def rewrite(old: str, new: str) -> Spoil:
    return lambda project: project.replace(old, new)


def cut(first: str, after: str) -> Spoil:
    """Take out the text from one mark up to another."""

    def spoil(project: Spoiled) -> None:
        text = project.text()
        start = text.index(first)
        project.write("mrv.yaml", text[:start] + text[text.index(after, start) :])

    return spoil


def both(*spoils: Spoil) -> Spoil:
    def spoil(project: Spoiled) -> None:
        for step in spoils:
            step(project)

    return spoil


def without_strata(project: Spoiled) -> None:
    """Take the strata out, and the imagery that would ask for them."""
    text = project.text()
    for start, end in (("# Views from above", "biomass:\n"), ("boundary: {", "# One entry")):
        text = text[: text.index(start)] + text[text.index(end) :]
    project.write("mrv.yaml", text)


SYNTAX = [
    case(
        rewrite("seed: 20200101", "seed: 20200101\nseed: 2"),
        told("mrv.yaml:261:1: seed", "yaml-duplicate-key", "stands already in line 260"),
        id="duplicate-key",
    ),
    case(
        both(
            rewrite("design: {kind: stratified, note: Plot", "design: &plots {kind: stratified, note: Plot"),
            rewrite(
                "design: {kind: stratified, note: The permanent plots of 2010 measured again (simulated)}",
                "design: *plots",
            ),
        ),
        told("mrv.yaml:42:13", "yaml-alias", "&plots is not allowed", "write the value where it is used"),
        told("mrv.yaml:93:13", "yaml-alias", "*plots is not allowed"),
        id="anchor-and-alias",
    ),
    case(
        rewrite("seed: 20200101", "seed: !!int 20200101"),
        told("mrv.yaml:260:7", "yaml-tag", "!!int", "write plain values"),
        id="tag",
    ),
    case(
        rewrite("  file: strata.geojson", "\tfile: strata.geojson"),
        told("mrv.yaml:35:1", "yaml-syntax", "a tab; indent with spaces"),
        id="tab",
    ),
    case(
        rewrite("{file: boundary.geojson}", "{file: boundary.geojson"),
        told("mrv.yaml:33:11", "yaml-syntax", "the brace { is not closed"),
        id="open-brace",
    ),
    case(
        rewrite("seed: 20200101", "seed 20200101"),
        told("mrv.yaml:260:1", "yaml-syntax", "a key without a colon; write it as key: value"),
        id="no-colon",
    ),
    case(
        lambda project: project.write("mrv.yaml", project.text(), "gb18030"),
        told("mrv.yaml:1", "encoding", "is not UTF-8; save the file as UTF-8"),
        id="gb18030",
    ),
    case(
        rewrite("seed: 2", "sed: 2"),
        told("mrv.yaml:260:1: sed", "yaml-key-unknown", "did you mean seed?"),
        id="unknown-key",
    ),
    case(
        rewrite("dbh_min_cm: 5}", "dbh_mim_cm: 5}"),
        told("mrv.yaml:49:33: surveys[0].subplots[0].dbh_mim_cm", "yaml-key-unknown", "dbh_min_cm?"),
        id="unknown-key-within",
    ),
    case(
        rewrite("seed: 2", "tinting: 3\nseed: 2"),
        told("mrv.yaml:260:1: tinting", "yaml-key-unknown", "allowed are agb_maps, baseline, biomass"),
        id="key-like-no-other",
    ),
    case(
        rewrite("schema: mrv-project/1", "schema: mrv-project/2"),
        told("mrv.yaml:11:1: schema", "yaml-value", "'mrv-project/2' is not one of 'mrv-project/1'"),
        id="schema-of-another-version",
    ),
]

VALUES = [
    case(
        rewrite(POM_2020, POM_2020.replace("\n", "\n        units: {dbh_cm: inches}\n")),
        told(
            "mrv.yaml:103:17: surveys[1].trees[0].units.dbh_cm",
            "unit-unknown",
            "'inches'",
            "mm, cm, dm, m, in",
        ),
        id="unknown-unit",
    ),
    case(
        rewrite("value: 0.451", "value: 45.1"),
        told("mrv.yaml:182:3: parameters.carbon_fraction_agb", "parameter-range", "45.1", "0.3–0.6"),
        id="share-in-percent",
    ),
    case(
        rewrite("value: 0.451", "value: .nan"),
        told("mrv.yaml:183:5: parameters.carbon_fraction_agb.value", "yaml-value", "nan is not a finite"),
        id="parameter-that-is-no-number",
    ),
    case(
        rewrite("value: 0.40\n", "value: 400\n"),
        told(
            "mrv.yaml:168:7: biomass.wood_density.Sonneratia apetala.value", "yaml-value", "400 is above 1.5"
        ),
        id="wood-density-in-kg-per-m3",
    ),
    case(
        rewrite("  - date: 2020-01-01", "  - date: 2020-1-1"),
        told("mrv.yaml:92:5: surveys[1].date", "yaml-value", "'2020-1-1' is not a day written YYYY-MM-DD"),
        id="date-written-otherwise",
    ),
    case(
        rewrite("  - date: 2020-01-01", "  - date: 2020-02-30"),
        told("mrv.yaml:92:5: surveys[1].date", "date-unknown", "2020-02-30 is not a day of the calendar"),
        id="no-such-day",
    ),
    case(
        rewrite("scenario: static", "scenario: hope"),
        told("mrv.yaml:204:3: baseline.scenario", "yaml-value", "'hope' is not one of 'static'"),
        id="unknown-scenario",
    ),
    case(
        cut("  evidence:\n    document", "# Other scenarios"),
        told("mrv.yaml:203:1: baseline.evidence", "yaml-key-missing", "this key is required"),
        id="baseline-without-evidence",
    ),
    case(
        rewrite(
            'document: "SIM-BL-01, baseline note of the demo (simulated, no such document exists)"',
            'document: " "',
        ),
        told("mrv.yaml:206:5: baseline.evidence.document", "yaml-value", "must not be empty"),
        id="baseline-with-empty-evidence",
    ),
    case(
        cut("baseline:\n", "# A zero"),
        told("mrv.yaml:11:1: baseline", "methodology-key-missing", "mangrove_protection requires this key"),
        id="no-baseline",
    ),
]

METHODOLOGY = [
    case(
        rewrite("methodology: mangrove_protection", "methodology: mangrove_protektion"),
        told("mrv.yaml:27:1: methodology", "methodology", "'mangrove_protektion'", "mangrove_protection?"),
        id="misspelt-methodology",
    ),
    case(
        rewrite("methodology: mangrove_protection", "methodology: own_rules"),
        told(
            "mrv.yaml:27:1: methodology", "methodology", "'own_rules'", "ipcc_2013_tier1, mangrove_protection"
        ),
        id="unknown-methodology",
    ),
    case(
        both(
            rewrite(PERIOD, "monitoring_period: {start: 1999-01-01, end: 2009-01-01}"),
            rewrite("  - date: 2010-01-01", "  - date: 1999-01-01"),
            rewrite("  - date: 2020-01-01", "  - date: 2009-01-01"),
        ),
        told(
            "mrv.yaml:28:40: monitoring_period.end",
            "parameter-not-in-force",
            "2009-01-01 is too early",
            "confidence_level",
            "2010-01-01",
        ),
        id="before-the-first-value-of-a-parameter",
    ),
    case(
        rewrite("  - date: 2010-01-01", "  - date: 2010-06-01"),
        told("mrv.yaml:41:5: surveys[0].date", "survey-not-at-period-end", "2010-06-01 is not 2010-01-01"),
        id="survey-after-the-start",
    ),
    case(
        rewrite("end: 2020-01-01}", "end: 2025-01-01}"),
        told("mrv.yaml:92:5: surveys[1].date", "survey-not-at-period-end", "2020-01-01 is not 2025-01-01"),
        id="survey-before-the-end",
    ),
    case(
        cut("  - date: 2020-01-01", "biomass:"),
        told("mrv.yaml:40:1: surveys", "surveys-two-needed", "needs two surveys", "found: 1"),
        id="one-survey",
    ),
    case(
        cut("  carbon_fraction_agb:", "  carbon_fraction_bgb:"),
        told("mrv.yaml:180:1: parameters.carbon_fraction_agb", "parameter-recalled", "t_c/t_dm", "0.451"),
        id="recalled-number-not-stated",
    ),
    case(
        rewrite("  buffer_share:\n", '  confidence_level: {value: 0.8, source: "ours"}\n  buffer_share:\n'),
        told("mrv.yaml:192:3: parameters.confidence_level", "parameter-not-open", "clause 9"),
        id="number-of-the-methodology-replaced",
    ),
    case(
        without_strata,
        told("mrv.yaml:11:1: strata", "area-missing", "fringe, landward, middle", "mangrove_protection"),
        id="no-areas",
    ),
]


def own_equation(change: Callable[[str], str] = lambda row: row) -> Spoil:
    """An equation of one's own, as the toolkit's Komiyama 2005, written into a file with a change."""

    def spoil(project: Spoiled) -> None:
        header = ",".join(EQUATION)
        project.write("own.csv", f"{header}\n{change(','.join(EQUATION.values()))}\n")
        project.replace(AGB, "equations: {file: own.csv}\n  agb: {equation: mine}")

    return spoil


EQUATION = {
    "equation_id": "mine",
    "component": "agb",
    "species": "*",
    "form": "wood_density_power",
    "a": "0.251",
    "b": "1",
    "c": "2.46",
    "d": "",
    "points_of_measurement": "breast_height",
    "stems": "per_stem",
    "dbh_min_cm": "",
    "dbh_max_cm": "49",
    "height_min_m": "",
    "height_max_m": "",
    "sample_trees": "104",
    "region": "somewhere",
    "log_bias": "not stated",
    "source_id": "own report",
    "evidence": "sighted",
    "range_evidence": "sighted",
    "status": "admitted",
    "note": "",
}

BIOMASS = [
    case(
        rewrite(AGB, "agb: {equation: komiyama_2005}"),
        told(
            "mrv.yaml:154:9: biomass.agb.equation",
            "equation-unknown",
            "komiyama_2005 is not",
            "chave_2005_dbh",
        ),
        id="unknown-equation",
    ),
    case(
        rewrite(AGB, "agb: {equation: komiyama_2005_bgb}"),
        told("mrv.yaml:154:9: biomass.agb.equation", "equation-component", "gives bgb", "komiyama_2005_agb"),
        id="equation-of-the-roots",
    ),
    case(
        rewrite(AGB, "agb: {equation: komiyama_2005_agb, by_species: {Avicenia marina: chave_2005_dbh}}"),
        told(
            "mrv.yaml:154:51: biomass.agb.by_species.Avicenia marina", "species-unknown", "Avicennia marina?"
        ),
        id="equation-of-a-misspelt-species",
    ),
    *(
        case(
            own_equation(lambda row, number=number: row.replace("0.251", number)),
            told("own.csv:2:a", "equation-number", *words, "takes a, b, c"),
            id=f"own-equation-with-coefficient-{number}",
        )
        for number, *words in (("abc", "'abc'"), ("nan", "'nan'"), ("1e999", "'1e999'"), ("", "no value"))
    ),
    case(
        own_equation(lambda row: row.replace("0.251", "0,251")),
        told("own.csv:2", "row-width", "23 cells", "22"),
        id="own-equation-with-a-decimal-comma",
    ),
    case(
        own_equation(lambda row: row[:20]),
        told("own.csv:2", "row-width", "4 cells", "22"),
        id="own-equation-cut-short",
    ),
    case(
        own_equation(lambda row: row.replace("wood_density_power", "power law")),
        told("own.csv:2:form", "equation-choice", "'power law'", "wood_density_power, "),
        id="own-equation-of-unknown-form",
    ),
    case(
        own_equation(lambda row: ""), told("own.csv", "table-empty", "no equations"), id="own-equation-gone"
    ),
    case(
        both(own_equation(), lambda project: project.write("own.csv", "")),
        told("own.csv", "file-empty"),
        id="own-equations-empty",
    ),
    case(
        both(own_equation(), lambda project: (project.folder / "own.csv").unlink()),
        told("own.csv", "file-missing"),
        id="own-equations-missing",
    ),
    case(
        both(
            own_equation(lambda row: row.replace("somewhere", "深圳湾")),
            lambda project: project.write("own.csv", project.text("own.csv"), "gb18030"),
        ),
        told("own.csv", "encoding", "is not UTF-8"),
        id="own-equations-in-gb18030",
    ),
    case(
        cut("    Sonneratia apetala:\n", "    Aegiceras corniculatum:\n"),
        told("trees_2010.csv:1244", "wood-density-missing", "Sonneratia apetala", "273 of 1520 trees"),
        told("trees_2020.csv:1399", "wood-density-missing", "Sonneratia apetala", "biomass.wood_density"),
        id="missing-wood-density",
    ),
    case(
        both(
            rewrite(AGB, "agb: {equation: chave_2005_dbh_height}"),
            lambda project: project.set_cell(TREES_2020, 41, "height_m", ""),
        ),
        told(
            "trees_2020.csv:41", "height-missing", "chave_2005_dbh_height needs", "biomass.agb.without_height"
        ),
        id="missing-height",
    ),
    case(
        rewrite(POM_2020, POM_2020.replace("breast_height", "basal")),
        told(
            "trees_2020.csv:2",
            "point-of-measurement",
            "at basal",
            "komiyama_2005_agb allows",
            "breast_height",
        ),
        told(
            "trees_2020.csv:2",
            "point-of-measurement",
            "at basal",
            "komiyama_2005_bgb allows",
            "breast_height",
        ),
        id="wrong-point-of-measurement-for-both-equations",
    ),
    case(
        rewrite(POM_2020, POM_2020.replace("breast_height", "breast")),
        told(
            "mrv.yaml:102:21: surveys[1].trees[0].constants.pom",
            "code-unknown",
            "'breast'",
            "breast_height, ",
        ),
        id="unknown-point-of-measurement",
    ),
    case(
        rewrite("2: 0.85, ", ""),
        told("trees_2010.csv:31", "dead-factor-missing", "decay class 2", "66 of 1520", "agb_factor.2"),
        told("trees_2020.csv:16", "dead-factor-missing", "decay class 2", "96 of 1731", "agb_factor.2"),
        id="dead-trees-without-a-factor",
    ),
]

Document = dict[str, Any]


def ring(document: Document, feature: int) -> list[list[float]]:
    found: list[list[float]] = document["features"][feature]["geometry"]["coordinates"][0]
    return found


def geometry(name: str, change: Callable[[Document], object]) -> Spoil:
    return lambda project: project.geometry(name, change)


def move(feature: int, vertex: int, north: float) -> Spoil:
    """Move one vertex of one stratum. [degree]"""

    def change(document: Document) -> None:
        longitude, latitude = ring(document, feature)[vertex]
        ring(document, feature)[vertex] = [longitude, latitude + north]

    return geometry("strata.geojson", change)


def crossed(document: Document) -> None:
    shape = ring(document, 1)
    shape[3], shape[40] = shape[40], shape[3]


def in_metres(document: Document) -> None:
    for feature in range(len(document["features"])):
        for point in ring(document, feature):
            point[:] = [point[0] * 1e4, point[1] * 1e5]


def system(code: str) -> Spoil:
    return rewrite("reference_system: EPSG:4547", f"reference_system: {code}")


SYSTEM = "mrv.yaml:32:1: reference_system"

GEOMETRY = [
    case(
        move(1, 80, 0.0002),
        told("strata.geojson:feature 2", "strata-overlap", "'middle' overlaps 'landward' by", "m2"),
        id="overlapping-strata",
    ),
    case(
        move(2, 6, -0.0005),
        told("strata.geojson:feature 3", "strata-beyond-boundary", "'fringe' reaches", "m2 beyond"),
        id="strata-beyond-the-boundary",
    ),
    case(
        geometry("strata.geojson", crossed),
        told("strata.geojson:feature 2", "geometry-invalid", "not a valid polygon: Self-intersection[114."),
        id="self-intersection",
    ),
    case(
        geometry("strata.geojson", in_metres),
        told("strata.geojson", "coordinates-range", "in degrees", "GeoJSON holds longitude and latitude"),
        id="metres-in-geojson",
    ),
    case(
        rewrite("columns: {stratum_id: zone} ", "columns: {stratum_id: zones}"),
        told("strata.geojson", "column-missing", "'zones'", "did you mean 'zone'?"),
        id="stratum-column",
    ),
    case(
        rewrite("reference_system: EPSG:4547\n", ""),
        told("mrv.yaml:33:1: strata", "reference-system", "requires reference_system", "EPSG:4547"),
        id="degrees-without-a-system",
    ),
    case(
        system("EPSG:4326"),
        told(SYSTEM, "reference-system", "EPSG:4326 (WGS 84) is in degrees", "EPSG:4547"),
        id="EPSG:4326",
    ),
    case(
        system("EPSG:3857"),
        told(SYSTEM, "reference-system", "Pseudo-Mercator", "17.7 % larger", "allowed is 0.1 %", "EPSG:4547"),
        id="EPSG:3857",
    ),
    case(
        system("EPSG:32650"),
        told(SYSTEM, "reference-system", "UTM zone 50N", "0.155 % larger", "allowed is 0.1 %", "EPSG:4547"),
        id="EPSG:32650",
    ),
    case(
        system("EPSG:99999"),
        told(SYSTEM, "reference-system", "EPSG:99999 is not a coordinate system", "EPSG:4547"),
        id="no-such-system",
    ),
]


@pytest.mark.parametrize(("spoil", "expected"), [*SYNTAX, *VALUES, *METHODOLOGY, *BIOMASS, *GEOMETRY])
def test_a_fault(
    spoil: Spoil, expected: tuple[Told, ...], project: Spoiled, refused: Callable[[], list[str]]
) -> None:
    spoil(project)
    assert_told(refused(), *expected)


def test_an_equation_of_ones_own_is_sound_until_it_is_spoiled(project: Spoiled) -> None:
    own_equation()(project)
    result = mrv("check", project.folder)
    assert (result.exit_code, result.stderr) == (0, "")
