"""Scenes that cannot be what they are said to be: wrong numbers, wrong place, one look told as two."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import TypeGuard

import numpy as np

from mrv.findings import Finding, Phrase
from mrv.imagery.registration import Shift, shift_between
from mrv.inputs.scenes import SceneUse
from mrv.plausibility import limits, quality_rule
from mrv.quality.imagery_view import Floats, ImageryView
from mrv.quality.scene_light import no_glint, no_haze, no_seams
from mrv.quality.suspects import Suspect

SceneCheck = Callable[[ImageryView], Iterator[Suspect]]

OPTICAL = "optical"
REGISTRATION_BANDS = ("nir", "nir_narrow", "swir1", "red")
"""Bands in which a shift is looked for, the best first."""


def _optical(view: ImageryView) -> Iterator[tuple[SceneUse, Floats]]:
    """Scenes of the optical sensor with their pixels in the strata, shape (bands, pixels)."""
    for use in view.scenes(OPTICAL):
        yield use, view.looks[OPTICAL, use.scene.file][:, view.inside]


def reflectance_in_range(view: ImageryView) -> Iterator[Suspect]:
    """Reflectance that no ground has: a wrong scale, or whole numbers that wrapped round."""
    limit, most = limits()["reflectance"], quality_rule("reflectance_share_out_of_range")
    for use, pixels in _optical(view):
        seen = pixels[np.isfinite(pixels)]
        share = float(((seen < limit.hard_low) | (seen > limit.hard_high)).mean()) if len(seen) else 0.0
        if share > most:
            yield Suspect(
                Finding(
                    use.scene.file,
                    "reflectance-range",
                    "{share} % of the reflectances in the strata are outside {low:g} to {high:g}; is the "
                    "scale wrong, or did whole numbers wrap round?",
                    {"share": f"{share * 100:.3g}", "low": limit.hard_low, "high": limit.hard_high},
                    waivable=True,
                )
            )


def no_data_as_data(view: ImageryView) -> Iterator[Suspect]:
    """Pixels with the very same number in every band: what marks missing data, read as reflectance."""
    most = quality_rule("equal_bands_share")
    for use, pixels in _optical(view):
        seen = np.isfinite(pixels).all(axis=0)
        equal = (pixels[:, seen] == pixels[:1, seen]).all(axis=0)
        if len(pixels) > 1 and seen.any() and equal.mean() > most:
            yield Suspect(
                Finding(
                    use.scene.file,
                    "no-data-as-data",
                    "{share} % of the pixels in the strata have the same number in every band, such as "
                    "{value}; is that a mark of missing data?",
                    {
                        "share": f"{equal.mean() * 100:.3g}",
                        "value": f"{np.median(pixels[0, seen][equal]):.4g}",
                    },
                    waivable=True,
                )
            )


def bands_in_order(view: ImageryView) -> Iterator[Suspect]:
    """Vegetation is brighter in the near infrared than in red: if not, bands are mixed up."""
    roles = view.roles(OPTICAL)
    if "red" not in roles or "nir" not in roles:
        return
    for use, pixels in _optical(view):
        red, nir = pixels[roles.index("red")], pixels[roles.index("nir")]
        seen = np.isfinite(red) & np.isfinite(nir)
        if seen.any() and np.median(nir[seen]) <= np.median(red[seen]):
            yield Suspect(
                Finding(
                    use.scene.file,
                    "band-order-doubtful",
                    "in the strata nir is not brighter than red (medians {nir:.3f} and {red:.3f}); are the "
                    "bands in another order?",
                    {"nir": float(np.median(nir[seen])), "red": float(np.median(red[seen]))},
                    waivable=True,
                )
            )


def _common_shift(first: Floats, second: Floats) -> float | None:
    """What every band of the second is brighter by, if it is about the same; None otherwise."""
    both = np.isfinite(first).all(axis=0) & np.isfinite(second).all(axis=0)
    if both.sum() < quality_rule("shift_least_pixels"):
        return None
    shifts = np.median(second[:, both] - first[:, both], axis=1)
    middle = float(np.median(shifts))
    signature = quality_rule("offset_signature")
    alike = float(np.ptp(shifts)) <= quality_rule("offset_spread")
    near = abs(abs(middle) - signature) <= quality_rule("offset_tolerance")
    return middle if alike and near else None


def no_offset_between(view: ImageryView) -> Iterator[Suspect]:
    """Every band brighter or darker by about 0.1 at once: an offset that was missed or applied twice."""
    dates = view.imagery.dates
    for date in dates:
        for use in view.imagery.used(OPTICAL, date):
            own, others = view.looks[OPTICAL, use.scene.file], view.others(use)
            shifts = [_common_shift(other[:, view.inside], own[:, view.inside]) for other in others]
            found = sorted(shift for shift in shifts if shift is not None)
            if len(found) > len(others) / 2:
                middle = found[len(found) // 2]
                yield _offset(use.scene.file, middle, Phrase("the other scenes of {date}", date=date))
    for first, second in pairwise(date for date in dates if (OPTICAL, date) in view.composites):
        before, after = view.composites[OPTICAL, first], view.composites[OPTICAL, second]
        shift = _common_shift(before[:, view.inside], after[:, view.inside])
        if shift is not None:
            file = view.imagery.used(OPTICAL, second)[0].scene.file
            yield _offset(file, shift, Phrase("the scenes of {date}", date=first))


def _offset(file: str, shift: float, other: Phrase) -> Suspect:
    return Suspect(
        Finding(
            file,
            "reflectance-shift",
            "every band is {shift:+.3f} against {other}; was the offset of the processing baseline missed, "
            "or applied twice?",
            {"shift": shift, "other": other},
            waivable=True,
        )
    )


def _is_beside(shift: Shift | None) -> TypeGuard[Shift]:
    """Whether two images lie beside each other, as far as they are alike enough to tell."""
    return (
        shift is not None
        and shift.correlation >= quality_rule("registration_correlation")
        and shift.pixels > quality_rule("registration_shift")
    )


def _misplaced(file: str, shift: Shift, other: Phrase) -> Suspect:
    return Suspect(
        Finding(
            file,
            "scene-misplaced",
            "lies {pixels:.1f} pixels beside {other} ({columns:+.1f} to the east, {rows:+.1f} to the "
            "south); allowed is {allowed:g}",
            {
                "pixels": shift.pixels,
                "other": other,
                "columns": shift.columns,
                "rows": shift.rows,
                "allowed": quality_rule("registration_shift"),
            },
            waivable=True,
        )
    )


def in_place(view: ImageryView) -> Iterator[Suspect]:
    """Scenes of a date lie on each other, and those of one date on those of another."""
    roles = view.roles(OPTICAL)
    band = next((roles.index(role) for role in REGISTRATION_BANDS if role in roles), None)
    if band is None:
        return
    before = None
    for date in view.imagery.dates:
        uses = view.imagery.used(OPTICAL, date)
        for use in uses:
            own, others = view.looks[OPTICAL, use.scene.file][band], view.others(use)
            shifts = [shift_between(other[band], own) for other in others]
            found = sorted((shift for shift in shifts if _is_beside(shift)), key=lambda shift: shift.pixels)
            if len(found) > len(others) / 2:
                other = Phrase("the other scenes of {date}", date=date)
                yield _misplaced(use.scene.file, found[len(found) // 2], other)
        if not uses:
            continue
        if before is not None:
            images = (view.composites[OPTICAL, one][band] for one in (before, date))
            other = Phrase("the scenes of {date}", date=before)
            shift = shift_between(*images)
            if _is_beside(shift):
                yield _misplaced(uses[0].scene.file, shift, other)
        before = date


def no_copies(view: ImageryView) -> Iterator[Suspect]:
    """A file that stands under two days is one look."""
    first: dict[str, SceneUse] = {}
    for use in view.imagery.scenes:
        sources = view.imagery.sources[use.scene.bands[0].raster.file]
        key = use.series + sources[0].sha256
        if key in first and first[key].scene.acquired != use.scene.acquired:
            yield Suspect(
                Finding(
                    use.scene.file,
                    "scene-copy",
                    "is the same file as {other} of {date}, byte by byte; a look counts once",
                    {"other": first[key].scene.file, "date": first[key].scene.acquired},
                    waivable=True,
                )
            )
        first.setdefault(key, use)


def seen_at_all(view: ImageryView) -> Iterator[Suspect]:
    """A scene that shows nothing of the strata is told."""
    for use in view.imagery.scenes:
        if use.date is not None and view.clear_share(use) == 0.0:
            yield Suspect(
                Finding(
                    use.scene.file,
                    "scene-without-data",
                    "shows no clear pixel of the strata",
                    severity="note",
                )
            )


SCENE_CHECKS: tuple[SceneCheck, ...] = (
    seen_at_all,
    no_copies,
    reflectance_in_range,
    no_data_as_data,
    bands_in_order,
    no_offset_between,
    in_place,
    no_haze,
    no_glint,
    no_seams,
)
"""Rules on scenes."""
