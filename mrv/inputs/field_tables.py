"""The tables that people fill in, explained in one language: headers, units, allowed values, meanings.

Everything is put together from the columns that the readers know and from ``data/column_names.csv``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from mrv.findings import Phrase, Translate
from mrv.inputs.area_tables import LABEL_COLUMNS, MAPPED_AREA_COLUMNS, POINT_COLUMNS
from mrv.inputs.columns import (
    CLUSTER_COLUMNS,
    ELEVATION_TABLE_COLUMNS,
    LEAD_210_COLUMNS,
    MAP_MEAN_COLUMNS,
    MAP_PREDICTION_COLUMNS,
    MARKER_HORIZON_COLUMNS,
    PLOT_COLUMNS,
    SAMPLED_UNIT_COLUMNS,
    SOIL_CORE_COLUMNS,
    SOIL_SECTION_COLUMNS,
    STRATUM_COLUMNS,
    TREE_COLUMNS,
    Column,
    Columns,
)
from mrv.inputs.downed_tables import COUNT_COLUMNS, LINE_COLUMNS, PIECE_COLUMNS
from mrv.inputs.imagery_keys import SCENE_COLUMNS
from mrv.inputs.project_file import PROJECT_FILE
from mrv.inputs.quadrat_tables import QUADRAT_COLUMNS, WEIGHED_COLUMNS
from mrv.inputs.quality_declaration import SPECIES_COLUMNS
from mrv.inputs.remeasurement import REMEASURED_COLUMNS
from mrv.inputs.soil_control import DUPLICATE_COLUMNS, REFERENCE_COLUMNS
from mrv.inputs.stated_biomass import STATED_COLUMNS
from mrv.reference.column_names import ColumnName, column_name

HeaderLanguage = Literal["en", "zh"]

UNITS_ZH: Mapping[str, str] = MappingProxyType({"degree": "度"})
"""Units that are words and not signs."""

SEPARATORS: Mapping[HeaderLanguage, str] = MappingProxyType({"en": ", ", "zh": "、"})


@dataclass(frozen=True)
class FieldTable:
    """A kind of table.

    Attributes
    ----------
    title : str
        What it holds, in English.
    key : str
        Key that declares it; ``[]`` is an item of a list.
    columns : Columns
    document : str
        File that has the key.
    """

    title: str
    key: str
    columns: Columns
    document: str = PROJECT_FILE


FIELD_TABLES: Mapping[str, FieldTable] = MappingProxyType(
    {
        "trees": FieldTable("Trees", "surveys[].trees[]", TREE_COLUMNS),
        "plots": FieldTable("Plots", "surveys[].plots", PLOT_COLUMNS),
        "clusters": FieldTable("Clusters", "surveys[].clusters", CLUSTER_COLUMNS),
        "strata": FieldTable("Strata", "strata.table", STRATUM_COLUMNS),
        "remeasured_trees": FieldTable(
            "Trees measured again", "surveys[].remeasured.trees[]", REMEASURED_COLUMNS
        ),
        "site_species": FieldTable("Species of the site", "quality.species.table", SPECIES_COLUMNS),
        "laboratory_duplicates": FieldTable(
            "Samples analysed twice", "surveys[].soil.control.duplicates", DUPLICATE_COLUMNS
        ),
        "reference_materials": FieldTable(
            "Reference materials", "surveys[].soil.control.reference_materials", REFERENCE_COLUMNS
        ),
        "stated_biomass": FieldTable(
            "Biomass of plots as stated", "surveys[].stated_biomass.table", STATED_COLUMNS
        ),
        "soil_sections": FieldTable(
            "Sections of soil cores", "surveys[].soil.sections[]", SOIL_SECTION_COLUMNS
        ),
        "soil_cores": FieldTable("Soil cores", "surveys[].soil.cores", SOIL_CORE_COLUMNS),
        "downed_lines": FieldTable("Lines for downed wood", "surveys[].downed_wood.lines", LINE_COLUMNS),
        "downed_pieces": FieldTable("Downed wood, measured", "surveys[].downed_wood.pieces[]", PIECE_COLUMNS),
        "downed_counts": FieldTable("Downed wood, counted", "surveys[].downed_wood.counts[]", COUNT_COLUMNS),
        "quadrats": FieldTable(
            "Quadrats of litter, understory or pneumatophores",
            "surveys[].litter.quadrats[]",
            QUADRAT_COLUMNS,
        ),
        "weighed_individuals": FieldTable(
            "Individuals weighed one by one",
            "surveys[].pneumatophores.individual_mass.sample",
            WEIGHED_COLUMNS,
        ),
        "marker_horizons": FieldTable(
            "Marker horizons", "soil_rates.marker_horizons", MARKER_HORIZON_COLUMNS
        ),
        "elevation_tables": FieldTable(
            "Surface elevation tables", "soil_rates.elevation_tables", ELEVATION_TABLE_COLUMNS
        ),
        "scenes": FieldTable("Scenes", "imagery.optical.scenes[]", SCENE_COLUMNS),
        "lead_210": FieldTable("Cores dated by lead-210", "soil_rates.lead_210.profiles", LEAD_210_COLUMNS),
        "map_means": FieldTable("Means of a biomass map", "agb_maps[].means", MAP_MEAN_COLUMNS),
        "map_predictions": FieldTable(
            "Predictions of a biomass map at the plots", "agb_maps[].predictions", MAP_PREDICTION_COLUMNS
        ),
        "sampled_units": FieldTable(
            "Units of a layer that covers a sample", "sampled_layers[].units", SAMPLED_UNIT_COLUMNS
        ),
        "mapped_areas": FieldTable(
            "Areas on a map of classes", "map.table", MAPPED_AREA_COLUMNS, "area.yaml"
        ),
        "reference_units": FieldTable("Reference units", "reference.points", POINT_COLUMNS, "area.yaml"),
        "reference_labels": FieldTable(
            "Labels of the interpreter", "reference.labels", LABEL_COLUMNS, "area.yaml"
        ),
    }
)
"""Every kind of table by its name in ``data/column_names.csv``."""


@dataclass(frozen=True)
class FieldColumn:
    """A column in the words of one language.

    Attributes
    ----------
    name : str
        Our name.
    header : str
        What stands at its head: our name, which carries the unit, or the Chinese name with the unit.
    required : bool
    unit : str
        Empty where there is none.
    allowed : str
        What a cell may hold.
    meaning : str
    words : mapping of str to str
        Word in this language for each word of ours, where the column holds words of ours.
    column : Column
    """

    name: str
    header: str
    required: bool
    unit: str
    allowed: str
    meaning: str
    words: Mapping[str, str]
    column: Column


def _unit(column: Column, language: HeaderLanguage) -> str:
    unit = "" if column.unit in {"", "1"} else column.unit
    return UNITS_ZH.get(unit, unit) if language == "zh" else unit


def _header(name: str, names: ColumnName, unit: str, language: HeaderLanguage) -> str:
    if language == "en":
        return name
    return f"{names.name_zh}（{unit}）" if unit else names.name_zh


def _allowed(
    name: str,
    column: Column,
    unit: str,
    words: Mapping[str, str],
    language: HeaderLanguage,
    translate: Translate,
) -> str:
    if column.kind == "choice":
        return SEPARATORS[language].join(words[word] for word in column.choices)
    if column.kind == "day":
        return Phrase("a day, YYYY-MM-DD").text(translate)
    if column.kind != "number":
        return Phrase("any text").text(translate)
    # A coordinate has no range of its own: the reference system gives it.
    text = Phrase("a number") if name in {"x", "y"} else replace(column, unit=unit).range_text()
    return text.text(translate) if isinstance(text, Phrase) else text


def field_columns(table: str, language: HeaderLanguage, translate: Translate) -> tuple[FieldColumn, ...]:
    """Columns of a kind of table in the words of a language.

    Parameters
    ----------
    table : str
        A key of :data:`FIELD_TABLES`.
    language : {"en", "zh"}
    translate : callable
        Texts of ours in that language.
    """
    found = []
    for name, column in FIELD_TABLES[table].columns.items():
        names = column_name(table, name)
        unit = _unit(column, language)
        words = names.words_zh if language == "zh" else {word: word for word in column.choices}
        found.append(
            FieldColumn(
                name,
                _header(name, names, unit, language),
                column.required,
                unit,
                _allowed(name, column, unit, words, language, translate),
                names.meaning_zh if language == "zh" else names.meaning_en,
                words,
                column,
            )
        )
    return tuple(found)
