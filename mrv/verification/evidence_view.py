"""What the checks of a verifier look at: the files of a folder of results, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio

from mrv.run.results import Figure, Results, read_results

Index = tuple[tuple[str, str], ...]


def index_of(index: Mapping[str, str]) -> Index:
    """Which one of a quantity, in an order of its own."""
    return tuple(sorted(index.items()))


@dataclass(frozen=True)
class ResultsView:
    """A folder of results, read as a verifier reads it.

    Attributes
    ----------
    folder : Path
    """

    folder: Path

    @cached_property
    def results(self) -> Results:
        """``results.json``."""
        return read_results(self.folder)

    @cached_property
    def figures(self) -> Mapping[str, Mapping[Index, Figure]]:
        """Figures by name and index."""
        named: dict[str, dict[Index, Figure]] = {}
        for figure in self.results.figures:
            named.setdefault(figure.name, {})[index_of(figure.index)] = figure
        return named

    def value(self, name: str, **index: str) -> float | None:
        """Value of a figure; None where there is no such figure, or it has no value."""
        figure = self.figures.get(name, {}).get(index_of(index))
        return None if figure is None else figure.value

    def total(self, name: str) -> float | None:
        """Sum of all values of a figure, whichever its index; None where any is missing or there are none."""
        values = [figure.value for figure in self.figures.get(name, {}).values()]
        known = [value for value in values if value is not None]
        return sum(known) if values and len(known) == len(values) else None

    def table(self, name: str) -> pd.DataFrame | None:
        """A table of the results as text; None where the run wrote none."""
        path = self.folder / "tables" / f"{name}.csv"
        return pd.read_csv(path, dtype=str, keep_default_na=False) if path.is_file() else None

    def layers(self) -> Mapping[str, gpd.GeoDataFrame]:
        """Layers of ``project.gpkg``; none where the run had no geometry."""
        path = self.folder / "project.gpkg"
        if not path.is_file():
            return {}
        names = [str(name) for name, geometry in pyogrio.list_layers(path) if geometry is not None]
        return {name: gpd.read_file(path, layer=name) for name in names}
