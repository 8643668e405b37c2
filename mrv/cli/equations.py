"""``mrv equations``: the tree equations at hand, where each is from, and whether it passes the gate."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mrv.cli.language import TranslatedCommand, TranslatedGroup, TranslatedOption
from mrv.cli.output import Output, output_options

if TYPE_CHECKING:
    from mrv.biomass.admission import Admission
    from mrv.reference import Equation


@click.group(cls=TranslatedGroup)
def equations() -> None:
    """List, show and check tree equations."""


def _bounds(low: float, high: float) -> str:
    if math.isnan(low) and math.isnan(high):
        return ""
    return "–".join("…" if math.isnan(bound) else f"{bound:g}" for bound in (low, high))


def _plain(equation: Equation, verdict: Admission) -> dict[str, object]:
    """Equation and verdict as plain data; a number that is not known is null."""
    row: dict[str, object] = {}
    for name, value in vars(equation).items():
        if isinstance(value, frozenset):
            row[name] = sorted(value)
        elif isinstance(value, float) and math.isnan(value):
            row[name] = None
        else:
            row[name] = value
    row["gate"] = {
        "passed": verdict.passed,
        "criteria": [
            {"letter": criterion.letter, "verdict": criterion.verdict, "text": str(criterion.text)}
            for criterion in verdict.criteria
        ],
    }
    return row


def _gate_table(output: Output, verdict: Admission) -> None:
    output.table(
        ("test", "verdict", "found"),
        [
            (criterion.letter, output.translated(criterion.verdict), output.phrase(criterion.text))
            for criterion in verdict.criteria
        ],
        title="Admission gate",
    )


@equations.command("list", cls=TranslatedCommand)
@click.option(
    "--species", cls=TranslatedOption, metavar="NAME", help="Only those that hold for a species, by any name."
)
@click.option("--component", cls=TranslatedOption, metavar="WORD", help="Only those that give agb, bgb, ….")
@click.option(
    "--all", "everything", cls=TranslatedOption, is_flag=True, help="Quarantined and rejected ones as well."
)
@output_options
def list_equations(species: str | None, component: str | None, everything: bool, output: Output) -> None:
    """List the equations that the toolkit brings."""
    from mrv.biomass.equation_gate import gate_of
    from mrv.reference import accepted_name
    from mrv.reference import equations as shipped

    wanted = (accepted_name(species) or species) if species else None
    chosen = [
        equation
        for equation in shipped().values()
        if (everything or equation.status == "admitted")
        and (wanted is None or equation.species in ("*", wanted))
        and (component is None or equation.component == component)
    ]
    verdicts = gate_of()
    output.table(
        ("id", "gives", "species", "D, cm", "H, m", "status"),
        [
            (
                equation.equation_id,
                equation.component,
                equation.species,
                _bounds(equation.dbh_min_cm, equation.dbh_max_cm),
                _bounds(equation.height_min_m, equation.height_max_m),
                output.translated(equation.status),
            )
            for equation in chosen
        ],
    )
    output.document([_plain(equation, verdicts[equation.equation_id]) for equation in chosen])


@equations.command("show", cls=TranslatedCommand)
@click.argument("equation_id", metavar="ID")
@output_options
def show_equation(equation_id: str, output: Output) -> None:
    """Show an equation: coefficients, range, source, and what the gate says."""
    from mrv.biomass.equation_gate import gate_of
    from mrv.errors import UsageError
    from mrv.reference import equations as shipped
    from mrv.reference import sources
    from mrv.yaml_file import suggestion

    equation = shipped().get(equation_id)
    if equation is None:
        near = suggestion(equation_id, list(shipped()))
        if near:
            raise UsageError("no equation {name!r}; did you mean {near}?", name=equation_id, near=near)
        raise UsageError("no equation {name!r}; mrv equations list names them", name=equation_id)
    verdict = gate_of()[equation_id]
    plain = _plain(equation, verdict)
    output.table(
        ("", "value"),
        [
            (name, ", ".join(value) if isinstance(value, list) else str(value))
            for name, value in plain.items()
            if name != "gate" and value not in (None, "")
        ],
    )
    output.say(sources()[equation.source_id].citation)
    _gate_table(output, verdict)
    output.document(plain)


@equations.command("check", cls=TranslatedCommand)
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@output_options
def check_equations(file: Path, output: Output) -> None:
    """Put the equations of a table of your own to the gate.

    FILE is a CSV file with the columns of data/equations.csv. Exit code 2 if one fails.
    """
    from mrv.biomass.equation_gate import gate_findings, gate_of
    from mrv.findings import raise_errors
    from mrv.inputs.cells import check_file
    from mrv.reference import read_equations

    check_file(file, file.name)
    own = read_equations(file, file.name)
    verdicts = gate_of(own)
    raise_errors(gate_findings(own, file.name, {}))
    for name, verdict in verdicts.items():
        output.say(name)
        _gate_table(output, verdict)
    output.document([_plain(equation, verdicts[name]) for name, equation in own.items()])
