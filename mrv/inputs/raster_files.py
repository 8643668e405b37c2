"""The rasters that a project names: opened by their ending, whatever is wrong with them told."""

from __future__ import annotations

from pathlib import Path

from odc.geo.geobox import GeoBox

from mrv.errors import InputError
from mrv.findings import Finding
from mrv.imagery.labelled import open_labelled
from mrv.imagery.placement import placement_findings
from mrv.imagery.raster import DRIVERS, Raster, open_raster
from mrv.inputs.cells import check_file, check_reach

STORE = ".zarr"
LABELLED = (".nc", ".nc4", ".cdf", STORE)


def raster_file(folder: Path, file: str) -> tuple[Raster | None, list[Finding]]:
    """Metadata of a raster, wherever it lies; None if there is a finding.

    Parameters
    ----------
    folder : Path
    file : str
        Relative to the folder; findings call it so.
    """
    path = folder / file
    ending = path.suffix.lower()
    check = check_reach if ending == STORE and path.is_dir() else check_file
    try:
        check(path, file)
    except InputError as error:
        return None, list(error.findings)
    if ending in LABELLED:
        return open_labelled(path, file)
    if ending in DRIVERS:
        return open_raster(path, file, folder)
    return None, [
        Finding(
            file,
            "file-kind",
            "is no kind of raster that is read; {allowed} was expected",
            {"allowed": ", ".join((*DRIVERS, *LABELLED))},
        )
    ]


def read_raster(folder: Path, file: str, target: GeoBox) -> tuple[Raster | None, list[Finding]]:
    """Metadata of a raster of a project.

    Parameters
    ----------
    folder : Path
        Folder of the project.
    file : str
        Relative to it.
    target : GeoBox
        Grid of the project, over which the raster must lie.
    """
    raster, findings = raster_file(folder, file)
    if raster is not None:
        findings += placement_findings(raster, target)
    return (None if findings else raster), findings
