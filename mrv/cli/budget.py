"""The error budget as a run prints it: total beside sampling, and the largest sources."""

from __future__ import annotations

from mrv.cli.output import Output
from mrv.cli.text import number_text, unit_text
from mrv.run.results import ErrorBudgetRecord, ErrorComponent, Figure, Results

LARGEST = 3

BASES = (
    ("share_of_net_removals_variance", "net removals"),
    ("share_of_sink_variance", "the sink"),
    ("share_of_stock_variance", "the stock"),
)
"""Shares to tell, the first that a run has."""

SOIL_BASES = (
    ("share_of_soil_stock_variance", "the soil carbon"),
    ("share_of_soil_sink_variance", "the soil sink"),
)
"""Shares of soil to tell, each that a run has."""

HEADLINES = {
    "net_removals": "Net removals",
    "carbon_sink": "Carbon sink",
    "carbon_density": "Carbon per hectare",
}
"""Figure of the project that the interval from all errors is told of: the first that a run has."""

COMPONENTS = {
    "sampling": "sampling of plots",
    "equation_choice": "choice of equation",
    "equation_parameters": "coefficients of equations",
    "wood_density": "wood density",
    "carbon_fraction": "carbon fraction",
    "root_shoot_ratio": "root:shoot ratio",
    "area": "areas",
    "baseline": "growth of the baseline",
    "soil_sampling": "sampling of soil",
    "soil_laboratory_carbon": "carbon of the laboratory",
    "soil_bulk_density": "bulk density of soil",
    "soil_loss_on_ignition_line": "line on loss on ignition",
    "soil_compaction": "compaction of cores",
    "soil_gap_rule": "rule for gaps in cores",
    "soil_layer_carbon": "carbon of the accreted layer",
    "soil_allochthonous_share": "soil carbon from elsewhere",
    "soil_default_rate": "default rate of soil",
    "soil_gas_flux": "gas fluxes of soil",
}


def _share(component: ErrorComponent, basis: str) -> float | None:
    value: float | None = getattr(component, basis)
    return value


def largest(budget: ErrorBudgetRecord) -> list[tuple[str, list[tuple[ErrorComponent, float]]]]:
    """What the shares are of, and the largest components with their shares: of trees, then of soil."""
    found = []
    for basis, label in (*BASES, *SOIL_BASES):
        shares = [(c, share) for c in budget.components if (share := _share(c, basis)) is not None]
        if shares:
            found.append((label, sorted(shares, key=lambda entry: -entry[1])[:LARGEST]))
    trees = [entry for entry in found if entry[0] in dict(BASES).values()]
    # Of one source alone there is no largest.
    return [*trees[:1], *(entry for entry in found if entry not in trees and len(entry[1]) > 1)]


def _headline(results: Results) -> Figure | None:
    """Net removals, else the sink of the project, else its carbon."""
    for quantity in HEADLINES:
        figures = [
            figure
            for figure in results.figures
            if figure.quantity == quantity
            and "stratum" not in figure.index
            and figure.index.get("pool", "total") == "total"
        ]
        if figures:
            return figures[-1]
    return None


def _show_interval(output: Output, figure: Figure) -> None:
    if figure.total_interval is None or figure.interval is None or figure.value is None:
        return
    unit = unit_text(figure.unit)
    output.say(
        output.translated(
            "{quantity} {value} {unit}: {low} to {high} from all errors, "
            "{sampling_low} to {sampling_high} from sampling alone ({level}).",
            quantity=output.translated(HEADLINES[figure.quantity]),
            value=number_text(figure.value),
            unit=unit,
            low=number_text(figure.total_interval.low),
            high=number_text(figure.total_interval.high),
            sampling_low=number_text(figure.interval.low),
            sampling_high=number_text(figure.interval.high),
            level=f"{figure.total_interval.level:.0%}",
        )
    )


def show_budget(output: Output, results: Results) -> None:
    """Print the interval from all errors, the largest sources, and what is not in it."""
    budget = results.error_budget
    if budget is None:
        return
    output.say("")
    headline = _headline(results)
    if headline is not None:
        _show_interval(output, headline)
    for label, sources in largest(budget):
        output.say(
            output.translated(
                "Largest errors of {basis}: {sources} ({draws} draws).",
                basis=output.translated(label),
                sources=output.listed(
                    f"{output.translated(COMPONENTS[component.component])} {share:.0%}"
                    for component, share in sources
                ),
                draws=number_text(budget.draws, 0),
            )
        )
    missing = [component for component in budget.components if component.state == "not known"]
    if missing:
        output.say(
            output.translated(
                "Taken as exact, for no error is stated: {components}.",
                components=output.listed(output.translated(COMPONENTS[c.component]) for c in missing),
            )
        )
