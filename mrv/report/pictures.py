"""Pictures of a report, drawn anew in its language from the results of a run."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
from odc.geo.geobox import GeoBox

from mrv.charts.agreement_plot import LeftOutPlots, draw_agreement
from mrv.charts.budget_bars import draw_budget
from mrv.charts.map_plate import Plate, draw_plate
from mrv.charts.pool_bars import Stack, draw_stacks
from mrv.charts.vintage_bars import Bar, draw_vintages
from mrv.report.blocks import Picture
from mrv.report.figures_of import Figures, place_name, pool_name
from mrv.report.labels import COMPONENTS, TOTAL
from mrv.report.words import Words
from mrv.verification.evidence_view import ResultsView

Draw = Callable[[Path, str], None]

SHARES = (
    ("share_of_stock_variance", "carbon stock"),
    ("share_of_sink_variance", "sink"),
    ("share_of_net_removals_variance", "net removals"),
)

DESIGNS = {"random": "random folds", "block": "spatial blocks", "knndm": "kNNDM"}
"""Ways in which plots were left out of a fit."""

PLATES = (
    ("agb", "Above-ground biomass", "t/ha", False),
    ("agb_standard_error", "Standard error of above-ground biomass", "t/ha", False),
    ("sink", "Carbon sink of biomass", "t CO₂e/ha/yr", True),
)
"""Maps of a run that a report shows: file, title, unit, whether zero is the middle of the colours."""


def drawn(draw: Draw, caption: str, width: float = 1.0) -> Picture:
    """Picture of what is drawn into a folder under a name."""
    with tempfile.TemporaryDirectory(prefix="mrv-picture-") as work:
        folder = Path(work)
        draw(folder, "picture")
        return Picture(
            (folder / "picture.png").read_bytes(), (folder / "picture.svg").read_bytes(), caption, width
        )


def notices_of(figures: Figures, words: Words) -> list[str]:
    """What every picture must say at its head."""
    notices = [words("SIMULATED DATA")] if figures.results.project.simulated else []
    return notices + [
        words(
            "Quarantined equation in use: {equation} ({reason})", equation=own.equation_id, reason=own.reason
        )
        for own in figures.results.quarantined_equations
    ]


def _stacks(figures: Figures, words: Words, name: str) -> list[Stack]:
    pools = figures.pools("accounted")
    stacks = []
    for place in figures.places:
        for date in figures.dates(name):
            parts = {pool: figures.of(name, **place, pool=pool, date=date) for pool in pools}
            total = figures.of(name, **place, pool=TOTAL, date=date)
            known = {
                pool_name(words, pool): part.value
                for pool, part in parts.items()
                if part is not None and part.value is not None
            }
            interval = total.total_interval or total.interval if total is not None else None
            ends = (interval.low, interval.high) if interval is not None else None
            if known:
                label = f"{place_name(words, place)} {date}" if "/" not in date else place_name(words, place)
                stacks.append(Stack(label, known, ends))
    return stacks


def stock_picture(figures: Figures, words: Words) -> Iterator[Picture]:
    """Carbon per hectare by stratum, date and pool; nothing without biomass."""
    stacks = _stacks(figures, words, "carbon_density_t_c_ha")
    if stacks:
        title = words("Carbon stocks per hectare, with the interval of all errors")

        def draw(folder: Path, name: str) -> None:
            draw_stacks(stacks, title, "t C/ha", folder, name, notices=notices_of(figures, words))

        yield drawn(draw, title, 0.85)


def sink_picture(figures: Figures, words: Words) -> Iterator[Picture]:
    """Sink per hectare and year by stratum and pool; nothing with a single survey."""
    stacks = _stacks(figures, words, "carbon_sink_t_co2e_ha_yr")
    if stacks:
        title = words("Carbon sink per hectare and year, with the interval of all errors")

        def draw(folder: Path, name: str) -> None:
            draw_stacks(stacks, title, "t CO₂e/ha/yr", folder, name, notices=notices_of(figures, words))

        yield drawn(draw, title, 0.85)


def budget_picture(figures: Figures, words: Words) -> Iterator[Picture]:
    """Shares of the sources of error; nothing without an error budget."""
    budget = figures.results.error_budget
    if budget is None:
        return
    panels = {
        words(label): {
            words(COMPONENTS[component.component]): _share(component, key) for component in budget.components
        }
        for key, label in SHARES
        if any(not math.isnan(_share(component, key)) for component in budget.components)
    }
    kept = [
        source
        for source in next(iter(panels.values()), {})
        if any(not math.isnan(own[source]) for own in panels.values())
    ]
    if kept:
        shares = {label: {source: own[source] for source in kept} for label, own in panels.items()}
        title = words("Error budget")

        def draw(folder: Path, name: str) -> None:
            notices = notices_of(figures, words)
            draw_budget(shares, title, folder, name, notices=notices, translate=words.translate)

        yield drawn(draw, title)


def _share(component: object, key: str) -> float:
    value = getattr(component, key)
    return math.nan if value is None else float(value)


def map_pictures(figures: Figures, words: Words, results: Path) -> Iterator[Picture]:
    """Plates of the maps that the run wrote beside its figures; none where it wrote none."""
    mapped = [plate for plate in PLATES if (results / "maps" / f"{plate[0]}.tif").is_file()]
    if not mapped:
        return
    layers = ResultsView(results).layers()
    strata, plots = layers["strata"], _plots(layers)
    for file, title, unit, diverging in mapped:
        path = results / "maps" / f"{file}.tif"
        with rasterio.open(path) as dataset:
            values = np.ma.filled(dataset.read(1, masked=True).astype("float64"), np.nan)
            grid = GeoBox(dataset.shape, dataset.transform, dataset.crs)
        plate = Plate(words(title), unit, values, grid, strata, plots, diverging=diverging)

        def draw(folder: Path, name: str, plate: Plate = plate) -> None:
            notices = notices_of(figures, words)
            draw_plate(plate, folder, name, notices=notices, translate=words.translate)

        yield drawn(draw, words("{label}, {unit}", label=words(title), unit=unit))


def agreement_picture(figures: Figures, words: Words, results: Path) -> Iterator[Picture]:
    """Plots against the map: what was observed, and what a model says that had not seen the plot."""
    model, plots = figures.results.biomass_model, ResultsView(results).table("predictors")
    if model is None or plots is None:
        return
    own = next(
        own for own in model.judgements if (own.design, own.candidate) == (model.chosen_by, model.candidate)
    )
    share = "" if own.r2 is None else f", R² {own.r2:.2f}"
    title = words("Above-ground biomass, observed and predicted")
    left_out = LeftOutPlots(
        title,
        "t/ha",
        tuple(plots["stratum_id"]),
        plots["observed_t_ha"].to_numpy(dtype=np.float64),
        plots[f"{model.chosen_by}_predicted_t_ha"].to_numpy(dtype=np.float64),
        (
            words(
                "{plots} plots, left out by {design}",
                plots=len(plots),
                design=words(DESIGNS[model.chosen_by]),
            ),
            f"RMSE {own.rmse_t_ha:.1f} t/ha{share}",
            words("bias {bias} t/ha", bias=f"{own.bias_t_ha:+.1f}".replace("-", "−")),
        ),
    )

    def draw(folder: Path, name: str) -> None:
        draw_agreement(left_out, folder, name, notices=notices_of(figures, words), translate=words.translate)

    yield drawn(draw, words("Plots against the map"), 0.62)


def vintage_picture(figures: Figures, words: Words) -> Iterator[Picture]:
    """Credits of each calendar year; nothing where none are issued, or of one year only."""
    bars = {
        own.index["vintage"]: Bar(
            own.value, (own.total_interval.low, own.total_interval.high) if own.total_interval else None
        )
        for own in figures.named("issuance_t_co2e")
        if own.value is not None
    }
    if len(bars) > 1:
        title = words("Credits by vintage, with the interval of all errors")

        def draw(folder: Path, name: str) -> None:
            draw_vintages(bars, title, "t CO₂e", folder, name, notices=notices_of(figures, words))

        yield drawn(draw, title, 0.85)


def last_plots(layers: Mapping[str, gpd.GeoDataFrame]) -> gpd.GeoDataFrame | None:
    """Layer of the plots of the last survey that has places; None if there is none."""
    names = sorted(name for name in layers if name.startswith("plots_"))
    return layers[names[-1]] if names else None


def _plots(layers: Mapping[str, gpd.GeoDataFrame]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Places of those plots. [m]"""
    plots = last_plots(layers)
    return np.empty((0, 2)) if plots is None else np.column_stack([plots.geometry.x, plots.geometry.y])
