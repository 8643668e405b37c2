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
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from rich.cells import cell_len

from mrv.report.blocks import Facts, Heading, Listed, Paragraph, Picture, Report, Table, Tone

LATIN, CHINESE = "Calibri", "Microsoft YaHei"
"""Named and not embedded: a text processor that lacks them takes its own."""

TEXT_WIDTH_CM = 17.0
SIZE_PT, TABLE_SIZE_PT = 10.0, 8.5
FIXED_DAY = datetime(1980, 1, 1, tzinfo=UTC)
"""Earliest day that an archive can hold; the clock leaves no trace in a document."""

INK, QUIET, WARNING = RGBColor(0x1C, 0x2B, 0x2D), RGBColor(0x47, 0x59, 0x5C), RGBColor(0x8A, 0x3B, 0x00)
RULE, HEAD_RULE = "B9CCCD", "0B5A60"

HEADING_SIZES_PT = {"Title": 20.0, "Heading 1": 13.0, "Heading 2": 11.0}
LABEL_CM = (2.2, 5.6)
"""Least and largest width of the labels of facts. [cm]"""


def _styled(document: Document) -> None:
    """Fonts and languages of both scripts, and margins."""
    defaults = document.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    own = [style.element.get_or_add_rPr() for style in document.styles if style.element.rPr is not None]
    for properties in (defaults, *own):
        fonts = properties.get_or_add_rFonts()
        for script, name in (("ascii", LATIN), ("hAnsi", LATIN), ("cs", LATIN), ("eastAsia", CHINESE)):
            fonts.set(qn(f"w:{script}"), name)
        for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(theme), None)
    language = defaults.find(qn("w:lang"))
    if language is None:
        language = OxmlElement("w:lang")
        defaults.append(language)
    language.set(qn("w:val"), "en-GB")
    language.set(qn("w:eastAsia"), "zh-CN")
    normal = document.styles["Normal"]
    normal.font.size, normal.font.color.rgb = Pt(SIZE_PT), INK
    normal.paragraph_format.space_after, normal.paragraph_format.line_spacing = Pt(4), 1.1
    for name, size in HEADING_SIZES_PT.items():
        style = document.styles[name]
        style.font.size, style.font.color.rgb = Pt(size), INK
        style.paragraph_format.space_after = Pt(4)
    for line in document.styles["Title"].element.iter(qn("w:bottom")):
        line.set(qn("w:color"), HEAD_RULE)
        line.attrib.pop(qn("w:themeColor"), None)
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
    "plain": (SIZE_PT, False, None),
    "strong": (12, True, None),
    "warning": (SIZE_PT, True, WARNING),
    "small": (TABLE_SIZE_PT, False, QUIET),
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
        if not fact:  # to be filled in by hand
            _rule(cells[1], "bottom", HEAD_RULE)
    longest = max((cell_len(label) for label, _ in block.rows), default=0)
    label_cm = min(max(0.5 + 0.19 * longest, LABEL_CM[0]), LABEL_CM[1])
    _set(table, (label_cm, TEXT_WIDTH_CM - label_cm))
    _gap(document)


@_add.register
def _table(block: Table, document: Document) -> None:
    table = document.add_table(rows=1, cols=len(block.columns))
    for cell, name in zip(table.rows[0].cells, block.columns, strict=True):
        cell.text = name
        _rule(cell, "bottom", HEAD_RULE)
    for row in block.rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
            _rule(cell, "bottom", RULE)
    for number, row in enumerate(table.rows):
        for position, cell in enumerate(row.cells):
            paragraph = cell.paragraphs[0]
            if position in block.numeric:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            for run in paragraph.runs:
                run.font.size, run.font.bold = Pt(TABLE_SIZE_PT), number == 0
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    _set(table, block.widths or (1.0,) * len(block.columns))
    _gap(document)


@_add.register
def _picture(block: Picture, document: Document) -> None:
    document.add_picture(io.BytesIO(block.png), width=Cm(TEXT_WIDTH_CM * block.width))
    document.paragraphs[-1].paragraph_format.keep_with_next = True
    caption = document.add_paragraph().add_run(block.caption)
    caption.font.size, caption.font.color.rgb = Pt(TABLE_SIZE_PT), QUIET


def _rule(cell: docx.table._Cell, side: str, colour: str) -> None:
    """Line at a side of a cell."""
    borders = OxmlElement("w:tcBorders")
    line = OxmlElement(f"w:{side}")
    for key, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", colour)):
        line.set(qn(f"w:{key}"), value)
    borders.append(line)
    cell._tc.get_or_add_tcPr().append(borders)


def _gap(document: Document) -> None:
    """A line between two tables, which would else be one."""
    gap = document.add_paragraph()
    gap.paragraph_format.space_after, gap.paragraph_format.line_spacing = Pt(0), Pt(8)


def _set(table: docx.table.Table, shares: Sequence[float]) -> None:
    """Columns of stated shares of the width; rows no higher than their text, and whole on a page."""
    table.autofit = False
    widths = [Cm(TEXT_WIDTH_CM * share / sum(shares)) for share in shares]
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    for row in table.rows:
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = width
            for paragraph in cell.paragraphs:
                paragraph.paragraph_format.space_after = Pt(1)
                paragraph.paragraph_format.line_spacing = 1.0


def _footer(document: Document, text: str) -> None:
    """Line at the foot of every page, with its number."""
    paragraph = document.sections[0].footer.paragraphs[0]
    paragraph.style = document.styles["Normal"]
    paragraph.paragraph_format.tab_stops.add_tab_stop(Cm(TEXT_WIDTH_CM), WD_TAB_ALIGNMENT.RIGHT)
    for part, field in ((f"{text}\t", None), ("1", "PAGE"), (" / ", None), ("1", "NUMPAGES")):
        run = paragraph.add_run(part)
        run.font.size, run.font.color.rgb = Pt(7.5), QUIET
        if field is not None:
            counted = OxmlElement("w:fldSimple")
            counted.set(qn("w:instr"), field)
            counted.append(run._r)
            paragraph._p.append(counted)


def word(report: Report) -> bytes:
    """Report as a Word document."""
    document = docx.Document()
    _styled(document)
    document.add_heading(report.title, level=0)
    document.add_paragraph(report.subtitle)
    for block in report.blocks:
        _add(block, document)
    _footer(document, report.footer)
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
