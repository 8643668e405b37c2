"""What an issuance is refused for, and how many units it gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from mrv.errors import InputError, UsageError
from mrv.ledger.accounts import Books, books_of
from mrv.ledger.checks import entry_findings
from mrv.ledger.entries import NO_LINE, Entry, Verified
from mrv.ledger.issuance import REFUSALS, Claim, dealt, issuance_of, refusals, whole
from mrv.ledger.other_areas import others_findings, read_other_areas
from mrv.methodologies import MethodologyHeader, load_methodology
from mrv.run.document import Sentence
from mrv.run.results import (
    ConditionRecord,
    EquationUse,
    Figure,
    FindingRecord,
    MethodologyRecord,
    ParameterRecord,
    ProjectRecord,
    Results,
    ScenarioRecord,
    Text,
)
from tests.ledger_samples import DAY, chained

WORDS = Text(zh="甲", en="A")
GROUND = shapely.box(114.0, 22.5, 114.01, 22.51)
CREDITS = {"2014": 33.0, "2015": 34.0, "2016": 33.0}


def figure(name: str, value: float | None, **index: str) -> Figure:
    quantity, unit = name.removesuffix("_t_co2e"), "t_co2e"
    return Figure(name=name, quantity=quantity, unit=unit, index=index, value=value)


def parameter(name: str, value: float, evidence: str = "sighted") -> ParameterRecord:
    return ParameterRecord(name=name, value=value, unit="1", clause="1", source="text", evidence=evidence)


def equation(evidence: str) -> EquationUse:
    return EquationUse(
        equation_id="own_agb",
        component="agb",
        stems=9,
        outside_range_stems=0,
        outside_range_basal_area_share=0.0,
        dbh_range_cm=(1.0, 50.0),
        height_range_m=None,
        source="text",
        evidence=evidence,  # type: ignore[arg-type]
        note="",
    )


def condition(state: str) -> ConditionRecord:
    return ConditionRecord(
        id="mangrove_at_start",
        kind="applicability",
        condition=WORDS,
        state=state,  # type: ignore[arg-type]
        document="title deed",
        statement=None,
    )


def scenario(*refused: str, declared: bool = True) -> ScenarioRecord:
    return ScenarioRecord(
        scenario="static",
        declared=declared,
        document="note",
        statement=WORDS,
        baseline_removals_t_co2e=0.0,
        net_removals_t_co2e=130.0,
        net_removals_per_hectare_year_t_co2e=1.0,
        creditable_removals_t_co2e=100.25,
        refused=list(refused),
    )


FIGURES = {
    "issuable_removals_t_co2e": 100.25,
    "creditable_removals_t_co2e": 100.25,
    "buffer_t_co2e": 20.99,
    "carried_fraction_t_co2e": 0.25,
}


def results(totals: dict[str, float | None] | None = None, **changed: Any) -> Results:
    values: dict[str, Any] = {
        "project": ProjectRecord(id="bay", name=WORDS, simulated=False),
        "methodology": MethodologyRecord(id="mangrove_protection", title=WORDS, conformance="reconstruction"),
        "monitoring_period": ("2014-01-01", "2017-01-01"),
        "baseline": None,
        "scenarios": [scenario()],
        "conditions": [condition("met")],
        "confidence_level": 0.9,
        "headline": "net_removals_t_co2e",
        "strata": [],
        "pools": [],
        "figures": [figure(name, value) for name, value in {**FIGURES, **(totals or {})}.items()]
        + [figure("issuance_t_co2e", tonnes, vintage=year) for year, tonnes in CREDITS.items()],
        "equations": [equation("sighted")],
        "parameters": [parameter("carried_in", 0.0)],
        "exclusions": [],
        "quarantine": [],
        "findings": [],
        "waivers": [],
    }
    return Results(**(values | changed))


def claim(totals: dict[str, float | None] | None = None, **changed: Any) -> Claim:
    of_claim = {name: changed.pop(name) for name in list(changed) if name in Claim.__dataclass_fields__}
    sound = Claim(
        results=results(totals, **changed),
        package_sha256="1" * 64,
        package_signer=None,
        verified=Verified(statement_sha256="2" * 64, verdict="identical", verifier=None),
        verdict="identical",
        methodology=load_methodology("mangrove_protection"),
        files=(),
        ground=GROUND,
        simulated_allowed=False,
    )
    return replace(sound, **of_claim)


def rules(asked: Claim) -> list[str]:
    return [finding.rule for finding in refusals(asked)]


def test_a_sound_claim_is_not_refused() -> None:
    assert refusals(claim()) == []


def error(rule: str) -> FindingRecord:
    message = Sentence(text="m", template="m", values={})
    return FindingRecord(where="x", rule=rule, message=message, severity="error")


REFUSED: dict[str, tuple[Callable[[], Claim], str]] = {
    "verification failed": (lambda: claim(verified=None, verdict="different"), "not-verified"),
    "condition open": (lambda: claim(conditions=[condition("not answered")]), "condition-open"),
    "condition not met": (lambda: claim(conditions=[condition("not met")]), "condition-open"),
    "recalled number": (
        lambda: claim(parameters=[parameter("root_shoot_ratio", 0.49, "recalled")]),
        "number-recalled",
    ),
    "recalled equation": (lambda: claim(equations=[equation("recalled")]), "number-recalled"),
    "gate": (lambda: claim(scenarios=[scenario("plausibility-limit")]), "gate-refuses"),
    "error": (lambda: claim(findings=[error("tree-outside")]), "gate-refuses"),
    "no methodology": (lambda: claim(methodology=None, monitoring_period=None), "no-credits"),
    "no credits": (lambda: claim(figures=[]), "no-credits"),
    "parts of tonnes": (
        lambda: claim(figures=[figure("issuance_t_co2e", 33.5, vintage="2014")]),
        "credits-not-whole",
    ),
    "credits below zero": (
        lambda: claim(
            figures=[
                figure("issuance_t_co2e", -5.0, vintage="2014"),
                figure("issuance_t_co2e", 10.0, vintage="2015"),
            ]
        ),
        "credits-not-whole",
    ),
    "more than issuable": (lambda: claim({"issuable_removals_t_co2e": 99.999}), "issued-above-creditable"),
    "more than creditable": (
        lambda: claim({"creditable_removals_t_co2e": 99.999}),
        "issued-above-creditable",
    ),
    "no buffer figure": (lambda: claim({"buffer_t_co2e": None}), "credits-without-figure"),
    "buffer below zero": (lambda: claim({"buffer_t_co2e": -1.0}), "credits-without-figure"),
    "no ground": (lambda: claim(ground=None), "ground-unknown"),
    "no serial": (
        lambda: claim(
            methodology=load_methodology("mangrove_protection").model_copy(update={"serial": None})
        ),
        "serial-missing",
    ),
    "simulated": (
        lambda: claim(project=ProjectRecord(id="bay", name=WORDS, simulated=True)),
        "project-simulated",
    ),
    "not simulated": (lambda: claim(simulated_allowed=True), "project-simulated"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_claim_is_refused(name: str) -> None:
    make, rule = REFUSED[name]
    assert rule in rules(make())


def test_everything_against_a_claim_is_told_at_once() -> None:
    asked = claim(
        verified=None,
        ground=None,
        conditions=[condition("not met")],
        parameters=[parameter("x", 1.0, "recalled")],
    )
    assert rules(asked) == ["not-verified", "condition-open", "number-recalled", "ground-unknown"]


def test_a_scenario_that_is_only_shown_beside_refuses_nothing() -> None:
    assert refusals(claim(scenarios=[scenario(), scenario("plausibility-limit", declared=False)])) == []


def test_what_the_project_states_itself_is_issued() -> None:
    assert refusals(claim(parameters=[parameter("root_shoot_ratio", 0.49, "stated")])) == []


def test_credits_and_buffer_stand_in_their_series() -> None:
    issuance = issuance_of(claim(), Books(), "Owner")
    # 20 whole tonnes of buffer by 33, 34 and 33: 6.6, 6.8 and 6.6; two remainders go to 2015 and 2014.
    expected = [(2014, (1, 33), (34, 40)), (2015, (1, 34), (35, 41)), (2016, (1, 33), (34, 39))]
    assert [
        (part.vintage, (part.credits.first, part.credits.last), (part.buffer.first, part.buffer.last))
        for part in issuance.vintages
        if part.credits and part.buffer
    ] == expected
    assert issuance.vintages[0].series == "MRV-mangrove_protection-bay-2014-{first}-{last}"
    assert (issuance.issuable_t_co2e, issuance.buffer_t_co2e, issuance.carried_on_t_co2e) == (100, 20, "0.25")
    assert issuance.methodology.conformance == "reconstruction"
    assert issuance.monitoring_period.start == date(2014, 1, 1)
    entry = Entry(number=1, previous=NO_LINE, date=DAY, act=issuance)
    assert entry_findings("x", entry, Books()) == []


def test_the_serials_of_a_simulated_project_say_so() -> None:
    simulated = ProjectRecord(id="bay", name=WORDS, simulated=True)
    issuance = issuance_of(claim(project=simulated, simulated_allowed=True), Books(), "Owner")
    assert all(part.series.startswith("MRV-SIM-mangrove_protection-bay-") for part in issuance.vintages)


def test_a_second_issuance_carries_numbers_and_fraction_on() -> None:
    first = issuance_of(claim(), Books(), "Owner")
    books = books_of(chained([first]))
    later = claim(
        {"issuable_removals_t_co2e": 100.5},
        monitoring_period=("2016-07-01", "2019-01-01"),
        parameters=[parameter("carried_in", 0.25)],
        ground=shapely.box(115.0, 22.5, 115.01, 22.51),
        package_sha256="3" * 64,
    )
    assert refusals(later) == []
    second = issuance_of(later, books, "Owner")
    numbers = {part.vintage: part.credits.first for part in second.vintages if part.credits}
    assert numbers == {2014: 41, 2015: 42, 2016: 40}
    assert second.carried_in_t_co2e == "0.25"


@pytest.mark.parametrize(
    ("total", "expected"), [(20.99, 20), (21.0, 21), (20.9999999999, 21), (20.99999999, 20), (0.0, 0)]
)
def test_a_total_is_floored_once(total: float, expected: int) -> None:
    assert whole(total) == expected


def test_ties_go_to_the_earlier_year() -> None:
    assert dealt(2, [10, 10, 10]) == [1, 1, 0]
    assert dealt(0, [1, 1]) == [0, 0]


def test_a_refused_claim_is_no_issuance() -> None:
    with pytest.raises(ValueError, match="no issuance"):
        issuance_of(claim(ground=None), Books(), "Owner")


def test_every_refusal_is_tested() -> None:
    tested = {rule for _, rule in REFUSED.values()}
    told = {finding.rule for make, _ in REFUSED.values() for finding in refusals(make())}
    assert told == tested
    assert len(REFUSALS) == 8


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("VCS-{methodology}-{project}-{vintage}-{first}-{last}", "pattern"),
        ("MRV-{methodology}-{project}-{first}-{last}", "each once"),
        ("MRV-{methodology}-{project}-{vintage}-{vintage}-{first}-{last}", "each once"),
        ("MRV-{first}-{last}-{methodology}-{project}-{vintage}", "numbers last"),
        ("MRV-{methodology}-{project}-{vintage}-{first}-{last}-{x}", "each once"),
        ("MRV-{methodology}-{project}-{vintage}-{first}{last}", "apart"),
        ("MRV-SIM-{methodology}-{project}-{vintage}-{first}-{last}", "simulated"),
        ("MRV-{methodology}-{project}-{vintage}-{first}-{last}-{", "each once"),
    ],
)
def test_a_template_of_serials_holds_its_parts(template: str, reason: str) -> None:
    header = load_methodology("mangrove_protection").model_dump(by_alias=True)
    kept = {name: header[name] for name in header if name not in OF_FOLDER}
    with pytest.raises(ValueError, match=reason):
        MethodologyHeader(**{**kept, "serial": template})


OF_FOLDER = ("parameters", "clauses", "examples", "folder")


def others(folder: Path, rows: list[tuple[Any, Any, shapely.Geometry]], system: str = "EPSG:4326") -> Path:
    file = folder / "others.gpkg"
    table = gpd.GeoDataFrame(
        {"start": [row[0] for row in rows], "end": [row[1] for row in rows]},
        geometry=[row[2] for row in rows],
        crs="EPSG:4326",
    )
    table.to_crs(system).to_file(file, layer="issued")
    return file


EAST = shapely.box(114.005, 22.5, 114.02, 22.51)
NEXT = shapely.box(114.01, 22.5, 114.02, 22.51)


@pytest.mark.parametrize("system", ["EPSG:4326", "EPSG:4547"])
@pytest.mark.parametrize(
    ("start", "end", "ground", "refused"),
    [
        ("2013-01-01", "2015-01-01", EAST, True),
        ("2017-01-01", "2018-01-01", EAST, False),
        ("2010-01-01", "2014-01-01", EAST, False),
        ("2016-12-31", None, EAST, True),
        (None, None, EAST, True),
        ("2014-01-01", "2017-01-01", NEXT, False),
    ],
)
def test_areas_of_other_registries_are_kept_apart(
    start: str | None, end: str | None, ground: shapely.Geometry, refused: bool, system: str, tmp_path: Path
) -> None:
    areas = read_other_areas(others(tmp_path, [(start, end, ground)], system), "start", "end")
    found = list(others_findings(issuance_of(claim(), Books(), "Owner"), areas))
    assert [finding.rule for finding in found] == (["issued-elsewhere"] if refused else [])
    if refused:
        assert found[0].where == "others.gpkg:issued:1"


def test_wrong_days_and_shapes_of_others_are_told_together(tmp_path: Path) -> None:
    rows = [("2013", "2014-01-01", EAST), ("2013-01-01", "soon", NEXT), (None, None, shapely.Point(114, 22))]
    with pytest.raises(InputError) as refused:
        read_other_areas(others(tmp_path, rows), "start", "end")
    assert [finding.where for finding in refused.value.findings] == [
        "others.gpkg:issued:1:start",
        "others.gpkg:issued:2:end",
        "others.gpkg:issued:3",
    ]


def test_others_without_their_columns_are_refused(tmp_path: Path) -> None:
    file = others(tmp_path, [(None, None, EAST)])
    with pytest.raises(UsageError, match="columns first and end"):
        read_other_areas(file, "first", "end")
    with pytest.raises(UsageError, match="cannot be read"):
        read_other_areas(tmp_path / "none.gpkg", "start", "end")
