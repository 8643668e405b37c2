"""What a laboratory measured to control itself: samples twice, and materials whose carbon is certified."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from pydantic import Field

from mrv.findings import Finding
from mrv.inputs.columns import Column, Columns
from mrv.inputs.table_source import Document, Sentence, TableSource
from mrv.inputs.tables import Exclusion, Where, read_table
from mrv.yaml_file import Key

CARBON = Column("number", unit="1", low=0.0, high=1.0, required=True)

DUPLICATE_COLUMNS: Columns = {
    "sample_id": Column("id", required=True),
    "batch_id": Column("id"),
    "organic_carbon_fraction": CARBON,
    "duplicate_carbon_fraction": CARBON,
}

REFERENCE_COLUMNS: Columns = {
    "material_id": Column("id", required=True),
    "batch_id": Column("id"),
    "certified_carbon_fraction": CARBON,
    "certified_standard_error": Column("number", unit="1", low=0.0, high=1.0, low_allowed=True),
    "measured_carbon_fraction": CARBON,
}


class LaboratoryControl(Document):
    """A tenth of the samples analysed twice, and reference materials in each batch."""

    duplicates: TableSource | None = Field(
        None,
        description="Table of samples analysed twice: sample_id, organic_carbon_fraction, "
        "duplicate_carbon_fraction; optional batch_id.",
    )
    reference_materials: TableSource | None = Field(
        None,
        description="Table of certified materials: material_id, certified_carbon_fraction, "
        "measured_carbon_fraction; optional certified_standard_error, batch_id. Where errors.carbon is not "
        "stated, their recovery gives the error of carbon of each batch.",
    )
    source: Sentence = Field(description="Laboratory report.")


@dataclass(frozen=True)
class ControlTables:
    """Samples analysed twice and reference materials of a survey; a table that is not given has no rows.

    Attributes
    ----------
    duplicates, reference_materials : DataFrame
        The columns of :data:`DUPLICATE_COLUMNS` and :data:`REFERENCE_COLUMNS`, and ``source``. [1]
    """

    duplicates: pd.DataFrame
    reference_materials: pd.DataFrame


def control_tables(declared: LaboratoryControl | None) -> Iterator[tuple[Key, TableSource, Columns]]:
    """Tables of a laboratory's control, with their keys and the columns they may have."""
    if declared is None:
        return
    if declared.duplicates is not None:
        yield ("duplicates",), declared.duplicates, DUPLICATE_COLUMNS
    if declared.reference_materials is not None:
        yield ("reference_materials",), declared.reference_materials, REFERENCE_COLUMNS


def read_control(
    declared: LaboratoryControl | None, folder: Path, where: Where
) -> tuple[ControlTables | None, list[Finding], list[Exclusion]]:
    """What a laboratory measured to control itself; None where nothing is declared.

    Parameters
    ----------
    declared : LaboratoryControl or None
    folder : Path
        Folder that the file names are relative to.
    where : callable
        Place of a key of the declaration in the project file.
    """
    if declared is None:
        return None, [], []
    frames = {
        "duplicates": pd.DataFrame(columns=[*DUPLICATE_COLUMNS, "source"]),
        "reference_materials": pd.DataFrame(columns=[*REFERENCE_COLUMNS, "source"]),
    }
    findings: list[Finding] = []
    exclusions: list[Exclusion] = []
    if declared.duplicates is None and declared.reference_materials is None:
        findings.append(
            Finding(
                where(),
                "laboratory-control-empty",
                "one or both of duplicates and reference_materials were expected",
            )
        )
    for key, source, columns in control_tables(declared):
        name = str(key[0])
        table = read_table(
            folder / source.file, source, columns, lambda *inner, name=name: where(name, *inner)
        )
        findings += table.findings
        exclusions += table.exclusions
        places = pd.Series(table.sources(), index=table.frame.index, dtype="str")
        frames[name] = table.frame.assign(source=places)
    return ControlTables(**frames), findings, exclusions
