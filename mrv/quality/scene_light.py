"""Light that is not the ground's: haze, glint of the sun on water, seams where images were put together."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mrv.findings import Finding, Phrase
from mrv.plausibility import quality_rule
from mrv.quality.imagery_view import Floats, ImageryView
from mrv.quality.suspects import Suspect

OPTICAL = "optical"
BY_WAVELENGTH = ("blue", "green", "red", "nir", "nir_narrow", "swir1", "swir2")
"""Bands from the shortest wavelength to the longest; haze brightens the first ones most."""


def _brighter(other: Floats, own: Floats) -> Floats | None:
    """What each band is brighter by as a median; None where too little is seen at both times."""
    both = np.isfinite(other).all(axis=0) & np.isfinite(own).all(axis=0)
    if both.sum() < quality_rule("shift_least_pixels"):
        return None
    return np.asarray(np.median(own[:, both] - other[:, both], axis=1))


def no_haze(view: ImageryView) -> Iterator[Suspect]:
    """A scene brighter than most others of its date, the more so the shorter the wavelength."""
    roles = view.roles(OPTICAL)
    order = [roles.index(role) for role in BY_WAVELENGTH if role in roles]
    if len(order) < 2:
        return
    first, last = order[0], order[-1]
    for use in view.scenes(OPTICAL):
        own, others = view.looks[OPTICAL, use.scene.file][:, view.inside], view.others(use)
        steps = [_brighter(other[:, view.inside], own) for other in others]
        hazy = sorted(
            float(step[first])
            for step in steps
            if step is not None and step[first] > quality_rule("haze_step") and step[last] < step[first] / 2
        )
        if len(hazy) > len(others) / 2:
            yield Suspect(
                Finding(
                    use.scene.file,
                    "scene-hazy",
                    "{short} is {step:+.3f} against {other} and {long} is not; is haze or thin cloud left?",
                    {
                        "short": roles[first],
                        "long": roles[last],
                        "step": hazy[len(hazy) // 2],
                        "other": Phrase("the other scenes of {date}", date=use.date),
                    },
                    waivable=True,
                )
            )


def no_glint(view: ImageryView) -> Iterator[Suspect]:
    """Water brighter in every band alike, while the strata are not: the sun on its surface."""
    roles = view.roles(OPTICAL)
    if "green" not in roles or "swir1" not in roles:
        return
    green, swir = roles.index("green"), roles.index("swir1")
    for use in view.scenes(OPTICAL):
        if use.date is None:
            continue
        usual = view.composites[OPTICAL, use.date]
        water = ~view.inside & (usual[green] > usual[swir])
        own = view.looks[OPTICAL, use.scene.file]
        on_water = _brighter(usual[:, water], own[:, water])
        on_land = _brighter(usual[:, view.inside], own[:, view.inside])
        if on_water is None or on_land is None:
            continue
        step, alike = float(np.median(on_water)), float(np.ptp(on_water)) <= quality_rule("offset_spread")
        if alike and step > quality_rule("glint_step") and abs(float(np.median(on_land))) < step / 2:
            yield Suspect(
                Finding(
                    use.scene.file,
                    "scene-glint",
                    "water is {step:+.3f} in every band against the other scenes of {date}: glint of the "
                    "sun, which flooded mud among the trees shows as well",
                    {"step": step, "date": use.date},
                    severity="note",
                )
            )


def _seam(values: Floats) -> tuple[int, float] | None:
    """Column after which every band steps far more than after others, and by how much; None without one.

    What is looked at is a scene less another one, in which edges on the ground are gone.
    """
    steps = np.diff(values, axis=2)
    enough = np.isfinite(steps).all(axis=0).sum(axis=0) >= quality_rule("seam_least_pixels")
    if enough.sum() < quality_rule("seam_least_pixels"):
        return None
    middle = np.nanmedian(steps[:, :, enough], axis=1)
    usual = np.median(middle, axis=1, keepdims=True)
    spread = 1.4826 * np.median(np.abs(middle - usual), axis=1, keepdims=True)
    far = np.abs(middle - usual) > np.maximum(quality_rule("seam_step"), quality_rule("seam_z") * spread)
    found = np.flatnonzero(far.all(axis=0))
    if not len(found):
        return None
    largest = found[np.argmax(np.abs(middle[:, found]).min(axis=0))]
    return int(np.flatnonzero(enough)[largest]), float(np.median(middle[:, largest]))


def no_seams(view: ImageryView) -> Iterator[Suspect]:
    """No line along rows or columns of the grid at which a scene steps in every band and others do not."""
    for date in view.imagery.dates:
        for use in view.imagery.used(OPTICAL, date):
            own, others = view.looks[OPTICAL, use.scene.file], view.others(use)
            for axis, way in ((2, Phrase("east")), (1, Phrase("south"))):
                found = [
                    _seam(own - other if axis == 2 else np.swapaxes(own - other, 1, 2)) for other in others
                ]
                seams = [seam for seam in found if seam is not None]
                if len(seams) <= len(others) / 2:
                    continue
                number, step = seams[0]
                corner = (number + 1, 0) if axis == 2 else (0, number + 1)
                x, y = view.window.affine @ corner
                yield Suspect(
                    Finding(
                        use.scene.file,
                        "scene-seam",
                        "every band steps by about {step:+.3f} to the {way} of the line through {x:.0f}, "
                        "{y:.0f}, and the other scenes do not; is it where two images were put together?",
                        {"step": step, "way": way, "x": x, "y": y},
                        waivable=True,
                    )
                )
