"""A report as values: headings, paragraphs, facts and tables, whatever it is written as."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Language = Literal["en", "zh"]

Tone = Literal["plain", "strong", "warning", "small"]


@dataclass(frozen=True)
class Heading:
    """Heading of a section."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; ``warning`` is what no reader may miss."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True)
class Listed:
    """Paragraphs as a list."""

    items: Sequence[str]


@dataclass(frozen=True)
class Facts:
    """Labels with what they stand for."""

    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Table:
    """A table; columns of numbers are set to the right.

    Attributes
    ----------
    columns : sequence of str
    rows : sequence of sequences of str
    numeric : frozenset of int
        Positions of columns of numbers.
    widths : sequence of float
        Share of the page that each column takes; empty: as its content asks.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    numeric: frozenset[int] = frozenset()
    widths: Sequence[float] = ()


@dataclass(frozen=True)
class Picture:
    """A picture with its caption.

    Attributes
    ----------
    png, svg : bytes
        The same drawing: as pixels for text processors, as lines for pages and print.
    caption : str
        What it shows; what is read aloud in its place, too.
    width : float
        Share of the width of the text.
    """

    png: bytes
    svg: bytes
    caption: str
    width: float = 1.0


Block = Heading | Paragraph | Listed | Facts | Table | Picture


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a report, where its format can hold files.

    Attributes
    ----------
    name : str
    content : bytes
    media_type : str
    description : str
        What it is to the report.
    """

    name: str
    content: bytes
    media_type: str
    description: str


@dataclass(frozen=True)
class Report:
    """A report in one language.

    Attributes
    ----------
    title, subtitle : str
    language : {"en", "zh"}
    blocks : tuple of Block
    footer : str
        Line at the foot of every page.
    attachments : tuple of Attachment
        Files that a PDF holds.
    """

    title: str
    subtitle: str
    language: Language
    blocks: tuple[Block, ...]
    footer: str = ""
    attachments: tuple[Attachment, ...] = ()
