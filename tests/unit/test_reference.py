"""Tables that the toolkit brings, and a project's own equations."""

from __future__ import annotations

import math

import pytest

from mrv.errors import InputError
from mrv.reference import (
    COEFFICIENTS,
    accepted_name,
    equations,
    read_equations,
    sources,
    species,
    wood_densities,
    wood_densities_of_the_flora,
    wood_density_values,
)


def test_every_row_names_a_registered_source():
    for table in (equations(), wood_densities()):
        for entry in table.values():
            assert entry.source_id in sources()


def test_wood_densities_are_of_known_species_and_plausible():
    for name, entry in wood_densities().items():
        assert name in species()
        assert 0.2 <= entry.wood_density_g_cm3 <= 1.2


def test_forms_take_the_coefficients_that_stand_in_the_table():
    for equation in equations().values():
        given = {name for name in "abcd" if not math.isnan(getattr(equation, name))}
        assert given == set(COEFFICIENTS[equation.form])


@pytest.mark.parametrize(
    ("written", "accepted"),
    [
        ("Kandelia obovata", "Kandelia obovata"),
        ("  kandelia   OBOVATA ", "Kandelia obovata"),
        ("秋茄", "Kandelia obovata"),
        ("Bruguiera gymnorrhiza", "Bruguiera gymnorhiza"),
        ("unknown", "unknown"),
        ("Quercus robur", None),
    ],
)
def test_accepted_names(written, accepted):
    assert accepted_name(written) == accepted


HEADER = (
    "equation_id,component,species,form,a,b,c,d,points_of_measurement,stems,dbh_min_cm,dbh_max_cm,"
    "height_min_m,height_max_m,sample_trees,region,log_bias,source_id,evidence,range_evidence,status,note"
)
ROW = (
    "mine,agb,*,power,0.2,2.4,,,breast_height,per_stem,5,40,,,30,here,corrected,own report,"
    "sighted,sighted,admitted,"
)


def rules(tmp_path, *rows, header=HEADER):
    table = tmp_path / "own.csv"
    table.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_equations(table, "own.csv")
    return [(finding.where, finding.rule) for finding in caught.value.findings]


def test_an_equation_of_ones_own(tmp_path):
    table = tmp_path / "own.csv"
    table.write_text(f"{HEADER}\n{ROW}\n", encoding="utf-8")
    equation = read_equations(table, "own.csv")["mine"]
    assert (equation.a, equation.b, equation.dbh_max_cm) == (0.2, 2.4, 40.0)
    assert not equation.needs_wood_density


def test_faults_of_an_equation_table_are_found_all_at_once(tmp_path):
    found = rules(
        tmp_path,
        ROW.replace("power", "cubic"),
        ROW.replace("2.4", "inf").replace("mine", "other"),
        ROW.replace("0.2", "").replace("mine", "third"),
        ROW.replace("breast_height", "knee").replace("mine", "fourth"),
        ROW.replace("mine", "other"),
    )
    assert found == [
        ("own.csv:2:form", "equation-choice"),
        ("own.csv:3:b", "equation-number"),
        ("own.csv:4:a", "equation-number"),
        ("own.csv:5:points_of_measurement", "equation-choice"),
        ("own.csv:6:equation_id", "equation-duplicate"),
    ]


def test_columns_missing_and_unknown(tmp_path):
    found = rules(tmp_path, ROW, header=HEADER.replace("region", "place"))
    assert found == [("own.csv:1:place", "column-unknown"), ("own.csv:1:region", "column-missing")]


def test_a_table_that_people_wrote(tmp_path):
    table = tmp_path / "own.csv"
    table.write_text(f"{HEADER}\r\n\r\n{ROW}\r\n", encoding="utf-8-sig", newline="")
    assert list(read_equations(table, "own.csv")) == ["mine"]


def test_rows_of_another_width_and_an_empty_table(tmp_path):
    assert rules(tmp_path, ROW.replace("0.2", "0,2"), ROW[:20]) == [
        ("own.csv:2", "row-width"),
        ("own.csv:3", "row-width"),
    ]
    assert rules(tmp_path) == [("own.csv", "table-empty")]


def test_every_name_and_code_of_the_flora_stands_for_one_species():
    names: dict[str, str] = {}
    for entry in species().values():
        for name in (entry.species, entry.name_zh, *entry.synonyms):
            if name:
                assert names.setdefault(name.lower(), entry.species) == entry.species
        assert entry.source_id in sources()
    codes = [entry.code for entry in species().values()]
    assert len(set(codes)) == len(codes)
    assert all(len(code) == 4 and code.isupper() for code in codes)
    assert sum(entry.kind == "true" for entry in species().values()) >= 70


@pytest.mark.parametrize(
    ("written", "accepted"),
    [
        ("白骨壤", "Avicennia marina"),
        ("红树", "Rhizophora apiculata"),
        ("拉氏红树", "Rhizophora × lamarckii"),
        ("Rhizophora x lamarckii", "Rhizophora × lamarckii"),
        ("尖瓣海莲", "Bruguiera × rhynchopetala"),
        ("拟海桑", "Sonneratia × gulngai"),
        ("海南海桑", "Sonneratia × hainanensis"),
        ("小花老鼠簕", "Acanthus ebracteatus"),
        ("尖叶卤蕨", "Acrostichum speciosum"),
        ("水芫花", "Pemphis acidula"),
        ("玉蕊", "Barringtonia racemosa"),
        ("Kandelia candel", "Kandelia candel"),
    ],
)
def test_names_of_the_flora(written, accepted):
    assert accepted_name(written) == accepted


def test_wood_densities_that_others_rest_on_stay_what_they_were():
    values = {name: entry.wood_density_g_cm3 for name, entry in wood_densities().items()}
    assert (values["Kandelia obovata"], values["Avicennia marina"]) == (0.525, 0.65)
    assert "Sonneratia apetala" not in values
    assert wood_densities_of_the_flora()["Sonneratia apetala"].level == "genus"
    group = wood_densities_of_the_flora()["Sonneratia apetala"]
    own = [e for e in wood_density_values() if e.species == "Sonneratia apetala"]
    assert group.standard_deviation_g_cm3 > own[0].standard_deviation_g_cm3
