"""``mrv explain``: the tree behind a figure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mrv.cli.language import TranslatedCommand, TranslatedOption
from mrv.cli.output import Output, output_options

if TYPE_CHECKING:
    from rich.tree import Tree

    from mrv.run.explain import Node

CELLS_SHOWN = 12
"""Values of a quantity that are printed before the rest is counted."""


def _parse_at(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> Mapping[str, str]:
    places = {}
    for value in values:
        key, sign, place = value.partition("=")
        if not sign or not key or not place:
            raise click.BadParameter(f"{value!r} is not of the form stratum=NAME")
        places[key] = place
    return places


@click.command(cls=TranslatedCommand)
@click.argument("out", type=click.Path(path_type=Path))
@click.argument("quantity")
@click.option(
    "--at",
    cls=TranslatedOption,
    multiple=True,
    callback=_parse_at,
    metavar="KEY=VALUE",
    help="Which one: stratum=, pool=, date=, vintage=; plot= shows the trees of a plot.",
)
@output_options
def explain(out: Path, quantity: str, at: Mapping[str, str], output: Output) -> None:
    """Show what a figure of a run was computed from, down to table rows.

    OUT is a folder of results, QUANTITY a figure such as net_removals_t_co2e or
    biomass_density_t_dm_ha.
    """
    from mrv.run.explain import explain as explain_quantity

    node = explain_quantity(out, quantity, at)
    output.say(_tree(output, node))
    if "plot" not in at:
        output.say(output.translated("The trees of a plot: add --at plot=ID."))
    output.document(node.document())


def _row_label(output: Output, node: Node) -> str:
    """One line for a plot or station, two for a tree, a core or a section of it."""
    from mrv.cli.text import number_text, unit_text

    values = output.listed(" ".join((*cell.index.values(), number_text(cell.value))) for cell in node.cells)
    text = output.translated(
        "{row}: {values} {unit}; {about}  ← {source}",
        row=node.name,
        values=values,
        unit=unit_text(node.unit),
        about=output.phrase(node.description),
        source=node.source,
    )
    return f"{text}\n= {output.phrase(node.formula)}" if node.formula else text


OWN_WORDS = ("measured", "constant", "estimate")
"""Kinds of steps whose source is put into words here; those of other kinds are citations."""


def _cell_lines(output: Output, node: Node) -> list[str]:
    from mrv.cli.text import short_number

    by_stratum = any("stratum" in cell.index for cell in node.cells)
    whole = {"stratum": output.translated("project")} if by_stratum else {}
    lines = [
        output.translated(
            "  {label}: {fact}",
            label=output.listed({**whole, **cell.index}.values()),
            fact=short_number(cell.value),
        )
        for cell in node.cells[:CELLS_SHOWN]
    ]
    if len(node.cells) > CELLS_SHOWN:
        lines.append(output.translated("  and {count} more", count=len(node.cells) - CELLS_SHOWN))
    return lines


def _label(output: Output, node: Node) -> str:
    from mrv.cli.text import method_text, short_number, unit_text

    if node.kind == "row":
        return _row_label(output, node)
    unit = unit_text(node.unit)
    single = node.cells[0] if len(node.cells) == 1 else None
    place = f" ({output.listed(single.index.values())})" if single and single.index else ""
    head = f"{node.name}{place} = {short_number(single.value)} {unit}" if single else f"{node.name} [{unit}]"
    if node.repeated:
        return f"{head.removesuffix(' []').rstrip()}  {output.translated('(explained above)')}"
    about = [output.translated(node.description.rstrip("."))] if node.description else []
    about += [output.translated("clause {clause}", clause=node.clause)] if node.clause else []
    source = method_text(output, node.source) if node.kind in OWN_WORDS else output.translated(node.source)
    lines = [
        head.removesuffix(" []").rstrip(),
        output.translated("; ").join(about),
        f"= {node.formula}" if node.formula else "",
        f"← {source}" if node.kind != "equation" and source else "",
    ]
    lines += [] if single else _cell_lines(output, node)
    return "\n".join(line for line in lines if line)


def _tree(output: Output, node: Node) -> Tree:
    from rich.text import Text
    from rich.tree import Tree

    tree = Tree(Text(_label(output, node)))

    def grow(branch: Tree, children: tuple[Node, ...]) -> None:
        for child in children:
            grow(branch.add(Text(_label(output, child))), child.children)

    grow(tree, node.children)
    return tree
