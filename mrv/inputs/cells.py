"""Raw tables: the text of every cell and the place it stands at.

A CSV file, a sheet of a workbook and a layer of a GeoPackage give the same thing: a header and rows
of text. Nothing is interpreted here.
"""

from __future__ import annotations

import codecs
import csv
import datetime
import io
import math
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd
import pyogrio
from pyogrio.errors import DataSourceError
from python_calamine import CalamineError, CalamineWorkbook

from mrv.charts.qgis_style import STYLE_TABLE
from mrv.confinement import is_within_reach
from mrv.errors import InputError
from mrv.findings import Finding, Phrase
from mrv.inputs.table_source import TableSource
from mrv.yaml_file import suggestion

VECTORS = {
    ".gpkg": (b"SQLite format 3\0",),
    ".geojson": (b"{",),
    ".json": (b"{",),
    ".shp": (b"\x00\x00\x27\x0a",),
}
"""How a file of polygons or points begins, by its ending."""

BEGIN = 256
"""Bytes that are looked at for it."""

LARGEST_WORKBOOK = 2**29
"""Size of a workbook once unpacked. [bytes]"""

FileKind = Literal["text", "sheet", "layer"]

KINDS: dict[str, FileKind] = {
    ".csv": "text",
    ".tsv": "text",
    ".txt": "text",
    ".xlsx": "sheet",
    ".xlsm": "sheet",
    ".gpkg": "layer",
}


def sheet_column(number: int) -> str:
    """Letters of a sheet's column, from 0: A, B, ..., Z, AA."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


@dataclass(frozen=True)
class RawTable:
    """Text of a table.

    Attributes
    ----------
    file : str
        As the project file writes it.
    part : str
        Name of the sheet or layer; empty for a text file.
    kind : {"text", "sheet", "layer"}
    header : tuple of str
    header_row : int
    cells : DataFrame of str
        One column per header cell, by number; the index is the line, row or feature id.
    """

    file: str
    part: str
    kind: FileKind
    header: tuple[str, ...]
    header_row: int
    cells: pd.DataFrame

    def row_place(self, row: int) -> str:
        """Place of a row: ``file:line``, ``file:sheet!row`` or ``file:layer:feature``."""
        if self.kind == "text":
            return f"{self.file}:{row}"
        return f"{self.file}:{self.part}!{row}" if self.kind == "sheet" else f"{self.file}:{self.part}:{row}"

    def cell_place(self, row: int, column: int | None, name: str) -> str:
        """Place of a cell, by the letter of its column in a sheet and by its name elsewhere."""
        if self.kind != "sheet" or column is None:
            return f"{self.row_place(row)}:{name}"
        return f"{self.file}:{self.part}!{sheet_column(column)}{row}"

    def header_place(self) -> str:
        """Place of the header."""
        return self.row_place(self.header_row) if self.kind != "layer" else f"{self.file}:{self.part}"


def _fault(where: str, rule: str, message: str, **values: object) -> InputError:
    return InputError([Finding(where, rule, message, values)])


def check_reach(path: Path, file: str) -> None:
    """Refuse a file outside the folder that reading is confined to.

    Raises
    ------
    InputError
    """
    if not is_within_reach(path):
        raise _fault(file, "file-outside", "lies outside the package that is opened")


def check_file(path: Path, file: str) -> None:
    """Refuse a file that is missing, a folder, empty, or out of reach.

    Raises
    ------
    InputError
    """
    check_reach(path, file)
    if path.is_dir():
        raise _fault(file, "file-is-folder", "is a folder; a file was expected")
    if not path.exists():
        neighbours = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
        near = suggestion(path.name, neighbours)
        if near:
            raise _fault(file, "file-missing", "there is no such file; did you mean {near}?", near=near)
        raise _fault(file, "file-missing", "there is no such file")
    if path.stat().st_size == 0:
        raise _fault(file, "file-empty", "the file is empty")


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _decode(content: bytes, encoding: str, file: str) -> str:
    if encoding != "utf-8" and content.startswith(codecs.BOM_UTF8):
        raise _fault(
            file,
            "encoding",
            "begins with the mark of UTF-8, but {encoding} is declared; declare utf-8",
            encoding=encoding,
        )
    try:
        return content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            hint = Phrase("it looks like UTF-16; save the file as UTF-8")
        elif encoding == "utf-8" and _decodes(content, "gb18030"):
            hint = Phrase("it reads as GB18030; declare encoding: gb18030")
        elif encoding == "utf-8":
            hint = Phrase("declare encoding: latin-1 if it is Western European")
        else:
            hint = Phrase("declare another encoding")
        raise _fault(
            f"{file}:{line}",
            "encoding",
            "byte {byte} is not {encoding}; {hint}",
            byte=f"0x{content[error.start]:02X}",
            encoding=encoding,
            hint=hint,
        ) from None


def _numbered_rows(text: str, delimiter: str, file: str) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line they start in, which a quoted line break makes differ from their count."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            if str(error) == "unexpected end of data":
                raise _fault(
                    f"{file}:{line}", "csv-syntax", "a quotation mark in this row is not closed"
                ) from None
            raise _fault(
                f"{file}:{line}", "csv-syntax", "the row cannot be read: {problem}", problem=str(error)
            ) from None
        if row is None:
            return
        yield line, [cell.strip() for cell in row]
        line = reader.line_num + 1


def _table(
    rows: list[tuple[int, list[str]]], source: TableSource, part: str, kind: FileKind
) -> tuple[RawTable, list[Finding]]:
    """Header and rows; rows without any text are passed over."""
    header = next((row for number, row in rows if number == source.header_row), [])
    place = f"{source.file}:{part}!{source.header_row}" if part else f"{source.file}:{source.header_row}"
    if not any(header):
        raise _fault(place, "header-missing", "no names of columns stand here; see header_row")
    width = max(number for number, name in enumerate(header) if name) + 1
    body = [(number, row) for number, row in rows if number > source.header_row and any(row)]
    findings = [
        Finding(
            f"{source.file}:{number}",
            "row-width",
            "the row has {found} cells; the header has {width}",
            {"found": len(row), "width": width},
        )
        for number, row in body
        if kind == "text" and (len(row) < width or any(row[width:]))
    ]
    padded = [[*row[:width], *[""] * (width - len(row))] for _, row in body]
    cells = pd.DataFrame(padded, index=[number for number, _ in body], columns=range(width), dtype="str")
    raw = RawTable(source.file, part, kind, tuple(header[:width]), source.header_row, cells)
    return raw, findings


def _read_text(path: Path, source: TableSource) -> tuple[RawTable, list[Finding]]:
    text = _decode(path.read_bytes(), source.encoding, source.file)
    rows = list(_numbered_rows(text, source.delimiter, source.file))
    raw, findings = _table(rows, source, "", "text")
    other = next((sign for sign in (";", "\t", ",") if sign in raw.header[0]), None)
    if len(raw.header) == 1 and other is not None:
        raise _fault(
            raw.header_place(),
            "delimiter",
            "the header is one single cell, {found!r}; declare delimiter: {delimiter!r}",
            found=raw.header[0],
            delimiter=other,
        )
    return raw, findings


def cell_text(value: object) -> str:
    """Text of a value from a workbook or layer: whole numbers without a decimal point, missing as empty."""
    if value is None or (isinstance(value, float) and math.isnan(value)) or value is pd.NaT:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(float(value))
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value).strip()


WORDS = {"sheet": Phrase("sheet"), "layer": Phrase("layer")}


def one_of(declared: str | None, found: list[str], file: str, word: Literal["sheet", "layer"]) -> str:
    """Sheet or layer that is meant: the declared one, or the only one there is.

    Raises
    ------
    InputError
        If there is no such one, or several and none is declared.
    """
    rule = f"{word}-unknown"
    allowed = ", ".join(found)
    if declared is None and len(found) == 1:
        return found[0]
    if declared is None:
        raise _fault(file, rule, "has several; declare {word}, one of {allowed}", word=word, allowed=allowed)
    if declared not in found:
        raise _fault(
            file,
            rule,
            "{found!r} is no {word} of this file; it has {allowed}",
            found=declared,
            word=WORDS[word],
            allowed=allowed or Phrase("none"),
        )
    return declared


def _read_sheet(path: Path, source: TableSource) -> tuple[RawTable, list[Finding]]:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        if size > LARGEST_WORKBOOK:
            raise _fault(
                source.file,
                "file-too-large",
                "holds {size} bytes; allowed are {allowed}",
                size=size,
                allowed=LARGEST_WORKBOOK,
            )
        workbook = CalamineWorkbook.from_path(path)
    except (CalamineError, OSError, zipfile.BadZipFile) as error:
        raise _fault(source.file, "file-kind", "is not a workbook: {problem}", problem=str(error)) from None
    sheet = one_of(source.sheet, workbook.sheet_names, source.file, "sheet")
    values = workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    rows = [(number, [cell_text(value) for value in row]) for number, row in enumerate(values, start=1)]
    return _table(rows, source, sheet, "sheet")


def layer_names(path: Path, file: str) -> list[str]:
    """Layers of a vector file; the table in which QGIS keeps styles is none.

    Raises
    ------
    InputError
        If it is no vector file.
    """
    # Libraries go by the content: a virtual layer or a service, whatever its ending, would lead elsewhere.
    with path.open("rb") as stream:
        begin = stream.read(BEGIN).lstrip(b"\xef\xbb\xbf \t\r\n")
    known = begin.startswith(VECTORS.get(path.suffix.lower(), ()))
    try:
        if known:
            return [str(name) for name, _ in pyogrio.list_layers(path) if name != STYLE_TABLE]
    except DataSourceError:
        pass
    raise _fault(file, "file-kind", "cannot be read; a GeoPackage, GeoJSON or Shapefile was expected")


def _read_layer(path: Path, source: TableSource) -> tuple[RawTable, list[Finding]]:
    layer = one_of(source.layer, layer_names(path, source.file), source.file, "layer")
    frame = pyogrio.read_dataframe(path, layer=layer, read_geometry=False, fid_as_index=True)
    cells = pd.DataFrame(
        [[cell_text(value) for value in row] for row in frame.astype(object).itertuples(index=False)],
        index=frame.index,
        columns=range(frame.shape[1]),
        dtype="str",
    )
    header = tuple(str(name) for name in frame.columns)
    return RawTable(source.file, layer, "layer", header, 1, cells), []


READERS: dict[FileKind, Callable[[Path, TableSource], tuple[RawTable, list[Finding]]]] = {
    "text": _read_text,
    "sheet": _read_sheet,
    "layer": _read_layer,
}


def read_cells(path: Path, source: TableSource) -> tuple[RawTable, list[Finding]]:
    """Text of the table that a source names, and what is wrong with its shape.

    Parameters
    ----------
    path : Path
        The file.
    source : TableSource
        Its declaration: encoding, delimiter, sheet or layer, row of the header.

    Raises
    ------
    InputError
        If nothing can be read: no file, a folder, an empty file, another encoding, no such sheet.
    """
    check_file(path, source.file)
    kind = KINDS.get(path.suffix.lower())
    if kind is None:
        raise _fault(
            source.file,
            "file-kind",
            "{found!r} is no kind of table; allowed are {allowed}",
            found=path.suffix,
            allowed=", ".join(KINDS),
        )
    return READERS[kind](path, source)
