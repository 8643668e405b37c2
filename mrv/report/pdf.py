"""A report as PDF/A-3, typeset by typst, with its attachments inside: the same bytes for the same report.

A character that the fonts lack is an error, never a blank.
"""

from __future__ import annotations

import json
import tempfile
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import pylopdf_fonts_zh_cn
import typst

from mrv.errors import UsageError
from mrv.provenance import sha256_of_bytes
from mrv.report.blocks import Attachment, Block, Facts, Heading, Listed, Paragraph, Picture, Report, Table

LAYOUT = "report.typ"
STANDARD: Literal["a-3b"] = "a-3b"


def _plain(block: Block, folder: Path) -> dict[str, Any]:
    """Block as the layout reads it; a picture goes into the folder, under the hash of what it holds."""
    match block:
        case Heading(text, level):
            return {"kind": "heading", "text": text, "level": level}
        case Paragraph(text, tone):
            return {"kind": "paragraph", "text": text, "tone": tone}
        case Listed(items):
            return {"kind": "list", "items": list(items)}
        case Facts(rows):
            return {"kind": "facts", "rows": [list(row) for row in rows]}
        case Table(columns, rows, numeric, widths):
            return {
                "kind": "table",
                "columns": list(columns),
                "rows": [list(row) for row in rows],
                "numeric": sorted(numeric),
                "widths": list(widths),
            }
        case Picture(_, svg, caption, width):
            name = f"{sha256_of_bytes(svg)}.svg"
            (folder / name).write_bytes(svg)
            return {"kind": "picture", "file": name, "caption": caption, "width": width}


def _attached(attachment: Attachment, folder: Path) -> dict[str, str]:
    """Attachment as the layout reads it; its content goes into the folder."""
    digest = sha256_of_bytes(attachment.content)
    source = f"{digest}.attached"
    (folder / source).write_bytes(attachment.content)
    return {
        "name": attachment.name,
        "file": source,
        "type": attachment.media_type,
        "description": attachment.description,
        "sha256": digest,
    }


def pdf(report: Report) -> bytes:
    """Report as PDF/A-3 with its attachments.

    Raises
    ------
    UsageError
        If a character stands in none of the fonts.
    """
    with tempfile.TemporaryDirectory(prefix="mrv-report-") as work:
        folder = Path(work)
        document = {
            "title": report.title,
            "subtitle": report.subtitle,
            "language": report.language,
            "footer": report.footer,
            "blocks": [_plain(block, folder) for block in report.blocks],
            "attachments": [_attached(own, folder) for own in report.attachments],
        }
        layout = (resources.files("mrv.report") / LAYOUT).read_text(encoding="utf-8")
        (folder / LAYOUT).write_text(layout, encoding="utf-8")
        (folder / "report.json").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
        try:
            written = typst.compile(
                folder / LAYOUT,
                root=folder,
                font_paths=[Path(str(pylopdf_fonts_zh_cn.sans_path())).parent],
                ignore_system_fonts=True,
                format="pdf",
                pdf_standards=STANDARD,
                timestamp=0,
            )
        except typst.TypstError as error:
            raise UsageError("the PDF cannot be made: {problem}", problem=str(error).strip()) from None
    return bytes(written)
