"""What the result rests on that somebody had to let pass: waivers, quarantined rows, doubtful equations.

Each is told with what the result would be without it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from mrv.findings import Phrase
from mrv.run.effects import effect_without, figures_of, left_out_of
from mrv.run.prepare import Prepared
from mrv.run.results import Results

Kind = Literal["waiver", "quarantined row", "quarantined equation"]


@dataclass(frozen=True)
class Reliance:
    """One thing that was let pass.

    Attributes
    ----------
    kind : {"waiver", "quarantined row", "quarantined equation"}
    name : str
        Rule, row or equation.
    reason : str
        As the project file gives it.
    quantity, unit : str or None
        Figure that the effect is told on.
    effect : float or None
        What the figure would change by without it; None where that cannot be computed.
    because : Phrase or None
        Why there is none, or what it means.
    """

    kind: Kind
    name: str
    reason: str
    quantity: str | None = None
    unit: str | None = None
    effect: float | None = None
    because: Phrase | None = None


REFUSED = Phrase("without the waiver the run is refused, and nothing is issued")


def _waivers(prepared: Prepared, results: Results) -> Iterator[Reliance]:
    figures = figures_of(prepared) if results.waivers else None
    for waiver in results.waivers:
        suspects = [suspect for suspect in prepared.suspects if suspect.finding.rule == waiver.rule]
        effect = effect_without(prepared, figures, left_out_of(suspects)) if figures and suspects else None
        if effect is not None and not math.isnan(effect.change):
            yield Reliance(
                "waiver", waiver.rule, waiver.reason, effect.of.quantity, effect.of.unit, effect.change,
                Phrase("without the rows that it lets pass"),
            )  # fmt: skip
            continue
        credits = [figure.value for figure in results.figures if figure.name == "whole_credits"]
        if credits and credits[0] is not None:
            yield Reliance("waiver", waiver.rule, waiver.reason, "whole_credits", "1", -credits[0], REFUSED)
        else:
            yield Reliance("waiver", waiver.rule, waiver.reason, because=REFUSED)


def _rows(results: Results) -> Iterator[Reliance]:
    for row in results.quarantine:
        yield Reliance(
            "quarantined row",
            f"{row.where} {row.name}",
            row.reason,
            row.quantity,
            row.unit,
            # The record has the change by leaving it out; without the quarantine it is taken back.
            None if row.effect is None else -row.effect,
            Phrase("if the row counted") if row.effect is not None else Phrase("cannot be computed"),
        )


def _equations(results: Results) -> Iterator[Reliance]:
    for equation in results.quarantined_equations:
        name, other = "biomass_density_t_dm_ha", "biomass_density_alternative_t_dm_ha"
        last = max(
            (figure.index.get("date", "") for figure in results.figures if figure.name == other), default=""
        )
        index = {"pool": "agb", "date": last}
        pair = [
            figure.value
            for wanted in (name, other)
            for figure in results.figures
            if figure.name == wanted and figure.index == index
        ]
        if len(pair) == 2 and None not in pair:
            yield Reliance(
                "quarantined equation", equation.equation_id, equation.reason, name, "t_dm/ha",
                float(pair[1]) - float(pair[0]),  # type: ignore[arg-type]
                Phrase("by {equation} instead", equation=results.alternative_equation),
            )  # fmt: skip
        else:
            yield Reliance(
                "quarantined equation", equation.equation_id, equation.reason,
                because=Phrase("no alternative equation is declared"),
            )  # fmt: skip


def relied_on(prepared: Prepared, results: Results) -> tuple[Reliance, ...]:
    """Everything that was let pass, with what the result would be without it."""
    return (*_waivers(prepared, results), *_rows(results), *_equations(results))
