"""Layers that cannot be what they are said to be, and ground that no predictor covers.

Whole strata are judged, block by block: what is told here decides what can be mapped.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from mrv.findings import Finding
from mrv.imagery.warp import computed
from mrv.imagery.zones import OUTSIDE
from mrv.inputs.imagery import DatedLayer
from mrv.plausibility import limits, quality_rule
from mrv.quality.imagery_view import ImageryView
from mrv.quality.suspects import Suspect

LayerCheck = Callable[[ImageryView], Iterator[Suspect]]

LIMITS = {"canopy_height": "canopy_height_m", "elevation": "elevation_m"}
"""Limits of the values of a kind of layer."""


@dataclass(frozen=True)
class LayerCounts:
    """Pixels of a layer in the strata.

    Attributes
    ----------
    pixels, known, beyond : int
        All, those with data, and those beyond the hard limits.
    fraction : float
        A value of a map of classes that is not whole; NaN if there is none.
    """

    pixels: int
    known: int
    beyond: int
    fraction: float


def _counts(view: ImageryView, dated: DatedLayer) -> LayerCounts:
    limit = limits()[LIMITS[dated.declaration.kind]] if dated.declaration.kind in LIMITS else None
    pixels = known = beyond = 0
    fraction = math.nan
    for block, index in view.blocks():
        values = dated.layer.block(block)[0][index != OUTSIDE]
        seen = values[np.isfinite(values)]
        pixels, known = pixels + len(values), known + len(seen)
        if limit is not None:
            beyond += int(((seen < limit.hard_low) | (seen > limit.hard_high)).sum())
        broken = seen[seen != np.rint(seen)]
        if len(broken) and math.isnan(fraction):
            fraction = float(broken[0])
    return LayerCounts(pixels, known, beyond, fraction)


def layers_are_what_they_say(view: ImageryView) -> Iterator[Suspect]:
    """Layers with data, heights that mangroves have, classes that are whole and known everywhere."""
    for dated in view.imagery.layers:
        counts = _counts(view, dated)
        file, declared = dated.layer.raster.file, dated.declaration
        if declared.no_data == "unknown" and not counts.known:
            yield Suspect(
                Finding(
                    file,
                    "layer-without-data",
                    "layer {layer} has no data in any stratum",
                    {"layer": declared.id},
                )
            )
            continue
        yield from _beyond_limits(file, declared.kind, declared.id, counts)
        if declared.kind == "class_map" and not math.isnan(counts.fraction):
            yield Suspect(
                Finding(
                    file,
                    "classes-interpolated",
                    "holds {value:g}, which is no class; classes are taken from the nearest pixel",
                    {"value": counts.fraction},
                )
            )
        if declared.mangrove is not None and declared.no_data == "unknown" and counts.known < counts.pixels:
            yield Suspect(
                Finding(
                    file,
                    "class-map-gaps",
                    "{share} % of the strata have no class; layer {layer} must say what no_data is",
                    {"share": f"{(1 - counts.known / counts.pixels) * 100:.3g}", "layer": declared.id},
                )
            )


def _beyond_limits(file: str, kind: str, layer: str, counts: LayerCounts) -> Iterator[Suspect]:
    if counts.beyond <= quality_rule("layer_share_out_of_range") * counts.known:
        return
    limit = limits()[LIMITS[kind]]
    yield Suspect(
        Finding(
            file,
            "layer-range",
            "{share} % of layer {layer} in the strata is outside {low:g} to {high:g} m",
            {
                "share": f"{counts.beyond / counts.known * 100:.3g}",
                "layer": layer,
                "low": limit.hard_low,
                "high": limit.hard_high,
            },
            waivable=True,
        )
    )


def ground_is_covered(view: ImageryView) -> Iterator[Suspect]:
    """Share of the mangrove of each stratum that lacks a predictor of a date, and the looks behind it."""
    for date in view.imagery.dates:
        stack = view.imagery.stack(date)
        if not stack.predictors:
            continue
        mangrove = view.imagery.mangrove(date)
        count = len(view.strata)
        pixels, known = np.zeros(count), np.zeros(count)
        fewest = np.full(count, np.iinfo(np.int16).max)
        for block, index in view.blocks():
            rows, columns = view.place(block)
            inside = (index != OUTSIDE) & computed(mangrove[rows, columns].data)[0]
            if not inside.any():
                continue
            # Looks and values come of one composite, so they are computed together.
            values, looks = computed(
                stack.values[:, rows, columns].data,
                stack.looks[rows, columns].data if stack.looks is not None else None,
            )
            whole = np.isfinite(values).all(axis=0)
            pixels += np.bincount(index[inside], minlength=count)
            known += np.bincount(index[inside & whole], minlength=count)
            if looks is not None:
                np.minimum.at(fewest, index[inside], looks[inside])
        for number, stratum in enumerate(view.strata):
            missing = 1 - known[number] / pixels[number] if pixels[number] else 0.0
            if missing > quality_rule("predictor_gap"):
                yield Suspect(
                    Finding(
                        "imagery",
                        "predictor-gaps",
                        "{share} % of stratum {stratum} lack a predictor on {date}; fewest looks: {looks}",
                        {
                            "share": f"{missing * 100:.1f}",
                            "stratum": stratum,
                            "date": date,
                            "looks": int(fewest[number]) if stack.looks is not None else "–",
                        },
                        severity="note",
                    )
                )


LAYER_CHECKS: tuple[LayerCheck, ...] = (layers_are_what_they_say, ground_is_covered)
"""Rules on layers, and on what all predictors cover."""
