"""The words of one step of an explanation, for the terminal and for a page alike."""

from __future__ import annotations

from dataclasses import dataclass

from mrv.report.numbers import number_text, short_number, unit_text
from mrv.report.words import Words
from mrv.run.explain import Node

OWN_WORDS = ("measured", "constant", "estimate")
"""Kinds of steps whose source is put into words here; those of other kinds are citations."""


@dataclass(frozen=True)
class StepText:
    """A step in words.

    Attributes
    ----------
    head : str
        Quantity, with its value where it has just one.
    about, formula, source : str
        What it is and by which clause; empty where there is none.
    cells : tuple of (str, str)
        Place and value, where it has several.
    """

    head: str
    about: str = ""
    formula: str = ""
    source: str = ""
    cells: tuple[tuple[str, str], ...] = ()


def step_text(words: Words, node: Node) -> StepText:
    """Words of a step in the language."""
    return _row_text(words, node) if node.kind == "row" else _quantity_text(words, node)


def _row_text(words: Words, node: Node) -> StepText:
    """A plot or station, or a tree, core or section with what it was computed from."""
    values = words.listed(" ".join((*cell.index.values(), number_text(cell.value))) for cell in node.cells)
    head = words(
        "{row}: {values} {unit}; {about}  ← {source}",
        row=node.name,
        values=values,
        unit=unit_text(node.unit),
        about=words.phrase(node.description),
        source=node.source,
    )
    return StepText(head, formula=words.phrase(node.formula))


def _quantity_text(words: Words, node: Node) -> StepText:
    unit = unit_text(node.unit)
    single = node.cells[0] if len(node.cells) == 1 else None
    place = f" ({words.listed(single.index.values())})" if single and single.index else ""
    head = f"{node.name}{place} = {short_number(single.value)} {unit}" if single else f"{node.name} [{unit}]"
    head = head.removesuffix(" []").rstrip()
    if node.repeated:
        return StepText(f"{head}  {words('(explained above)')}")
    about = [words(node.description.rstrip("."))] if node.description else []
    about += [words("clause {clause}", clause=node.clause)] if node.clause else []
    source = words.parts(node.source) if node.kind in OWN_WORDS else words(node.source)
    return StepText(
        head,
        words("; ").join(about),
        node.formula,
        source if node.kind != "equation" else "",
        () if single else _cells(words, node),
    )


def _cells(words: Words, node: Node) -> tuple[tuple[str, str], ...]:
    by_stratum = any("stratum" in cell.index for cell in node.cells)
    whole = {"stratum": words("project")} if by_stratum else {}
    return tuple(
        (words.listed({**whole, **cell.index}.values()), short_number(cell.value)) for cell in node.cells
    )
