"""How a foreign table is declared in the project file, so that it is read without being edited."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Encoding = Literal["utf-8", "gb18030", "latin-1"]


def _number_as_text(value: object) -> object:
    """Numbers that YAML recognises but that are meant as words: code 7, plot 13, class 1.5."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value


Word = Annotated[str, BeforeValidator(_number_as_text, json_schema_input_type=str | int | float)]
"""Text that may look like a number."""

Sentence = Annotated[str, Field(min_length=1, pattern=r"\S")]
"""Text that must say something."""


class Document(BaseModel):
    """A part of the project file: unknown keys are refused, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Words(Document):
    """A text in Chinese and in English."""

    zh: Sentence = Field(description="中文。")
    en: Sentence = Field(description="English.")


class RowCondition(Document):
    """Rows for which a condition on one of their columns holds."""

    column: Sentence = Field(description="Column of the file, as its header calls it.")
    present: Literal["present", "missing"] | None = Field(
        None, alias="is", description="Whether the cell is filled or missing."
    )
    equals: Word | tuple[Word, ...] | None = Field(
        None, description="Text of the cell, or a list of texts; compared before codes and units."
    )

    above: float | None = Field(None, description="Number that the cell is above.")
    at_least: float | None = Field(None, description="Number that the cell is at least.")
    below: float | None = Field(None, description="Number that the cell is below.")
    at_most: float | None = Field(None, description="Number that the cell is at most.")

    @property
    def bounded(self) -> bool:
        """Whether the cell is compared with numbers, in the unit of the file."""
        return any(bound is not None for bound in (self.above, self.at_least, self.below, self.at_most))

    @property
    def words(self) -> tuple[str, ...]:
        """Texts the cell is compared with."""
        if self.equals is None:
            return ()
        return (self.equals,) if isinstance(self.equals, str) else self.equals


class RowFilter(Document):
    """A rule that keeps or drops rows, with the reason; the rows it removes are counted and reported."""

    keep: RowCondition | None = Field(None, description="Rows to keep; all others are removed.")
    drop: RowCondition | None = Field(None, description="Rows to remove.")
    reason: Sentence = Field(description="Why, in words; it is printed with the number of rows removed.")


class Correction(Document):
    """One cell of the file that is known to be wrong, and what it should say."""

    row: int = Field(ge=1, description="Line of the file (CSV), row of the sheet or feature id (GeoPackage).")
    column: Sentence = Field(description="Column of the file, as its header calls it.")
    was: Word = Field(description="What the cell says now; refused if it says something else.")
    corrected: Word = Field(alias="is", description="What it should say.")
    reason: Sentence = Field(description="Why, in words.")


class QuarantinedRows(Document):
    """Rows that are not computed with because they are not believed; they stay in the file."""

    rows: Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(min_length=1)] = Field(
        description="Lines of the file (CSV), rows of the sheet or feature ids (GeoPackage)."
    )
    reason: Sentence = Field(description="Why, in words; it is listed with the effect of leaving them out.")


class TableSource(Document):
    """A table in a CSV file, workbook or GeoPackage, and how its columns become ours."""

    file: Sentence = Field(description="CSV, XLSX or GPKG file, relative to the project file.")
    sheet: Sentence | None = Field(
        None, description="Sheet of the workbook; needed if it has several. XLSX only."
    )
    layer: Sentence | None = Field(
        None, description="Layer of the GeoPackage; needed if it has several. GPKG only."
    )
    encoding: Encoding = Field("utf-8", description="Text encoding of the CSV file; UTF-8 may carry a BOM.")
    delimiter: Literal[",", ";", "\t"] = Field(",", description="What separates the cells of the CSV file.")
    header_row: int = Field(1, ge=1, description="Line or row that holds the names of the columns.")
    columns: dict[str, Sentence | Annotated[tuple[Sentence, ...], Field(min_length=1)] | None] = Field(
        default_factory=dict,
        description="Our column: their column. A list of columns is joined with '/'. A column that is not "
        "listed is looked for under our own name; null means that it is not to be read.",
    )
    units: dict[str, Sentence] = Field(
        default_factory=dict,
        description="Our column: unit of their column (mm, cm, m, ha, kg/m3, ...). Default: our own unit.",
    )
    missing: tuple[Word, ...] = Field(
        (), description="Texts that mean 'not recorded', besides the empty cell."
    )
    codes: dict[str, dict[str, Word]] = Field(
        default_factory=dict,
        description="Our column: {their code: our word}. The code '' stands for a missing cell.",
    )
    constants: dict[str, Word] = Field(
        default_factory=dict, description="Our column: one value for every row, where the file has no column."
    )
    second_entry: Sentence | None = Field(
        None,
        description="The same sheets typed a second time, in a file of the same layout: every cell that "
        "differs is named, and none is taken over.",
    )
    rows: tuple[RowFilter, ...] = Field((), description="Row filters, applied in order, each with a reason.")
    distinct: bool = Field(
        False,
        description="Keep one of the rows that are equal in every column read, as for plots in a tree table.",
    )
    corrections: tuple[Correction, ...] = Field(
        (), description="Single cells to be read differently, each with a reason."
    )
    quarantine: tuple[QuarantinedRows, ...] = Field(
        (), description="Rows that are left out because they are not believed, each with a reason."
    )


class Layer(Document):
    """A layer of polygons."""

    file: Sentence = Field(description="GeoPackage, GeoJSON or Shapefile, relative to the project file.")
    layer: Sentence | None = Field(None, description="Layer of the GeoPackage; needed if it has several.")
