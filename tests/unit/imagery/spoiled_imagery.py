"""The demo's imagery in a folder of its own, to be spoiled as files are spoiled, and what is found then."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import rasterio

from mrv.findings import Finding
from mrv.inputs import Imagery, read_inputs
from mrv.quality.imagery_view import ImageryView
from mrv.quality.raster_layers import LAYER_CHECKS
from mrv.quality.scenes import SCENE_CHECKS
from tests.conftest import without_model

DEMO = Path(__file__).resolve().parents[3] / "data" / "demo"
SCENE = "scenes/2019-12-06.tif"
MASK = "scenes/2019-12-06_mask.tif"
HEIGHT = "canopy_height_2020.tif"


def copy_of_the_demo(folder: Path) -> Path:
    """A copy whose project file declares nothing but what imagery needs."""
    shutil.copytree(DEMO, folder, ignore=shutil.ignore_patterns("trees*", "soil*", "truth*", "README*"))
    text = without_model((folder / "mrv.yaml").read_text(encoding="utf-8"))
    start, end = text.index("imagery:\n"), text.index("biomass:\n")
    head = text[: text.index("# What the sink is computed by")]
    place = text[text.index("reference_system:") : text.index("# One entry for each date")]
    (folder / "mrv.yaml").write_text(f"{head}{place}{text[start:end]}seed: 1\n", encoding="utf-8")
    return folder


def replaced(folder: Path, old: str, new: str) -> None:
    """Change the project file."""
    path = folder / "mrv.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1, old
    path.write_text(text.replace(old, new), encoding="utf-8")


def rewritten(path: Path, change: Callable[[np.ndarray], np.ndarray] | None = None, **profile) -> None:
    """Write a raster anew, its numbers or its metadata changed."""
    with rasterio.open(path) as source:
        values, old, names, tags = source.read(), source.profile, source.descriptions, source.tags()
        units = source.units
    names, units = profile.pop("names", names), profile.pop("units", units)
    values = values if change is None else change(values)
    shape = {"count": len(values), "height": values.shape[1], "width": values.shape[2], "dtype": values.dtype}
    path.unlink()
    with rasterio.open(path, "w", **(old | shape | profile)) as target:
        target.write(values)
        target.update_tags(**tags)
        target.descriptions = names
        target.units = units


def read(folder: Path) -> tuple[Imagery | None, list[Finding]]:
    """Imagery and findings of reading, without what the lack of surveys brings."""
    inputs, findings = read_inputs(folder)
    return inputs.imagery, findings


def all_findings(folder: Path) -> list[str]:
    """Findings of reading, or else of the rules on pixels, as they are printed; notes left out."""
    inputs, findings = read_inputs(folder)
    errors = [str(finding) for finding in findings if finding.severity == "error"]
    if errors or inputs.imagery is None or inputs.strata.geometry is None:
        return errors
    strata = inputs.strata.geometry
    view = ImageryView(inputs.imagery, dict(zip(strata["stratum_id"], strata.geometry, strict=True)))
    suspects = [suspect for check in (*SCENE_CHECKS, *LAYER_CHECKS) for suspect in check(view)]
    return [str(suspect.finding) for suspect in suspects if suspect.finding.severity == "error"]
