"""A report as a Word document that can be edited: the same bytes for the same report."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import singledispatch

import docx
import docx.table
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from mrv.report.blocks import Facts, Heading, Listed, Paragraph, Picture, Report, Table, Tone

LATIN, CHINESE = "Calibri", "Microsoft YaHei"
TEXT_WIDTH_CM = 17.0
FIXED_DAY = datetime(1980, 1, 1, tzinfo=UTC)
"""Earliest day that an archive can hold; the clock leaves no trace in a document."""

QUIET, WARNING = RGBColor(0x47, 0x59, 0x5C), RGBColor(0x8A, 0x3B, 0x00)


def _styled(document: Document) -> None:
    """Fonts of both scripts, and margins."""
    for style in document.styles:
        if style.element.rPr is not None or style.name == "Normal":
            fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
            fonts.set(qn("w:ascii"), LATIN)
            fonts.set(qn("w:hAnsi"), LATIN)
            fonts.set(qn("w:eastAsia"), CHINESE)
            for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
                fonts.attrib.pop(qn(theme), None)
    document.styles["Normal"].font.size = Pt(10)
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2)
    section.top_margin = section.bottom_margin = Cm(2)


@singledispatch
def _add(block: object, document: Document) -> None:
    raise TypeError(block, document)


@_add.register
def _heading(block: Heading, document: Document) -> None:
    document.add_heading(block.text, level=block.level)


TONES: dict[Tone, tuple[float, bool, RGBColor | None]] = {
    "plain": (10, False, None),
    "strong": (12, True, None),
    "warning": (10, True, WARNING),
    "small": (8.5, False, QUIET),
}
"""Size, weight and colour of a paragraph."""


@_add.register
def _paragraph(block: Paragraph, document: Document) -> None:
    run = document.add_paragraph().add_run(block.text)
    size, bold, colour = TONES[block.tone]
    run.font.size, run.font.bold = Pt(size), bold
    if colour is not None:
        run.font.color.rgb = colour


@_add.register
def _listed(block: Listed, document: Document) -> None:
    for item in block.items:
        document.add_paragraph(item, style="List Bullet")


@_add.register
def _facts(block: Facts, document: Document) -> None:
    table = document.add_table(rows=0, cols=2)
    for label, fact in block.rows:
        cells = table.add_row().cells
        cells[0].text, cells[1].text = label, fact
        cells[0].paragraphs[0].runs[0].font.color.rgb = QUIET
    _widths(table, (1.0, 3.0))
    document.add_paragraph()


@_add.register
def _table(block: Table, document: Document) -> None:
    table = document.add_table(rows=1, cols=len(block.columns), style="Table Grid")
    for cell, name in zip(table.rows[0].cells, block.columns, strict=True):
        cell.text = name
        for run in cell.paragraphs[0].runs:
            run.font.bold, run.font.size = True, Pt(8.5)
    for row in block.rows:
        for position, (cell, text) in enumerate(zip(table.add_row().cells, row, strict=True)):
            cell.text = text
            paragraph = cell.paragraphs[0]
            if position in block.numeric:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            for run in paragraph.runs:
                run.font.size = Pt(8.5)
    _widths(table, block.widths or (1.0,) * len(block.columns))
    document.add_paragraph()


@_add.register
def _picture(block: Picture, document: Document) -> None:
    document.add_picture(io.BytesIO(block.png), width=Cm(TEXT_WIDTH_CM * block.width))
    caption = document.add_paragraph().add_run(block.caption)
    caption.font.size, caption.font.color.rgb = Pt(8.5), QUIET


def _widths(table: docx.table.Table, shares: Sequence[float]) -> None:
    """Columns of stated shares of the width, and rows no higher than their text."""
    table.autofit = False
    for row in table.rows:
        for cell, share in zip(row.cells, shares, strict=True):
            cell.width = Cm(TEXT_WIDTH_CM * share / sum(shares))
            for paragraph in cell.paragraphs:
                paragraph.paragraph_format.space_after = Pt(1)
                paragraph.paragraph_format.line_spacing = 1.0


def word(report: Report) -> bytes:
    """Report as a Word document."""
    document = docx.Document()
    _styled(document)
    document.add_heading(report.title, level=0)
    document.add_paragraph(report.subtitle)
    for block in report.blocks:
        _add(block, document)
    if report.footer:
        document.sections[0].footer.paragraphs[0].text = report.footer
    properties = document.core_properties
    properties.title, properties.author, properties.comments = report.title, "", ""
    properties.created = properties.modified = FIXED_DAY
    properties.language = "zh-CN" if report.language == "zh" else "en"
    written = io.BytesIO()
    document.save(written)
    return _without_clock(written.getvalue())


def _without_clock(archive: bytes) -> bytes:
    """The same archive with every entry of one fixed day."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as source, zipfile.ZipFile(written, "w") as target:
        for entry in source.infolist():
            kept = zipfile.ZipInfo(entry.filename, FIXED_DAY.timetuple()[:6])
            kept.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(kept, source.read(entry.filename))
    return written.getvalue()
