"""The error budget as a run prints it: total beside sampling, and the largest sources."""

from __future__ import annotations

from mrv.cli.output import Output
from mrv.report.labels import COMPONENTS
from mrv.run.results import ErrorBudgetRecord, ErrorComponent, Results

LARGEST = 3

BASES = (
    ("share_of_stock_variance", "the stock"),
    ("share_of_sink_variance", "the sink"),
    ("share_of_net_removals_variance", "net removals"),
)
"""Shares to tell, as far as a run has them."""

SOIL_BASES = (
    ("share_of_soil_stock_variance", "the soil carbon"),
    ("share_of_soil_sink_variance", "the soil sink"),
)
"""Shares of soil to tell, each that a run has."""


def _share(component: ErrorComponent, basis: str) -> float | None:
    value: float | None = getattr(component, basis)
    return value


def largest(budget: ErrorBudgetRecord) -> list[tuple[str, list[tuple[ErrorComponent, float]]]]:
    """What the shares are of, and the largest components with their shares: of trees, then of soil."""
    found = []
    for basis, label in (*BASES, *SOIL_BASES):
        shares = [(c, share) for c in budget.components if (share := _share(c, basis)) is not None]
        # Of one source of soil alone there is no largest.
        if len(shares) > (1 if (basis, label) in SOIL_BASES else 0):
            found.append((label, sorted(shares, key=lambda entry: -entry[1])[:LARGEST]))
    return found


def show_budget(output: Output, results: Results) -> None:
    """Print the interval from all errors, the largest sources, and what is not in it."""
    budget = results.error_budget
    if budget is None:
        return
    output.say("")
    for label, sources in largest(budget):
        output.say(
            output.translated(
                "Largest errors of {basis}: {sources}.",
                basis=output.translated(label),
                sources=output.listed(
                    f"{output.translated(COMPONENTS[component.component])} {share:.0%}"
                    for component, share in sources
                ),
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
