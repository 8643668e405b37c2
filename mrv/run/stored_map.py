"""The map of any date of a project's imagery by a model that an earlier run stored."""

from __future__ import annotations

import glob
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from mrv.errors import InterruptedWorkError
from mrv.findings import Finding, raise_errors, waive
from mrv.imagery.warp import BLOCK
from mrv.inputs import Inputs, read_inputs
from mrv.mapping.model import BiomassModel
from mrv.mapping.model_store import ARRAY_FILE, JSON_FILE, read_model
from mrv.provenance import environment, sha256_of_bytes, sha256_of_file
from mrv.run.area_files import run_record
from mrv.run.gis_styles import write_map_styles
from mrv.run.imagery_predictors import area_of, pixel_areas_ha, unknown_predictors
from mrv.run.map_blocks import KeptBlocks, MapJob, write_map
from mrv.run.map_files import biomass_layers, biomass_maps
from mrv.run.outputs import RUN_FILE, refuse_foreign_folder, whole_folder, write_csv, write_json
from mrv.run.prepare import SIMULATED
from mrv.run.work import ALONE, Work
from mrv.workers import threads

MAP = "map"
"""Command whose results these are."""


@dataclass(frozen=True)
class StoredMap:
    """A map by a stored model.

    Attributes
    ----------
    candidate : str
        Kind of model.
    date : str
    simulated : bool
    strata : DataFrame
        As of :meth:`~mrv.mapping.stratum_sums.StratumSums.by_stratum`.
    """

    candidate: str
    date: str
    simulated: bool
    strata: pd.DataFrame


def _misfits(inputs: Inputs, model: BiomassModel, date: str) -> list[Finding]:
    """What keeps a model from a project: no imagery of the date, other strata."""
    imagery, polygons = inputs.imagery, inputs.strata.geometry
    where = inputs.positions.where("imagery")
    if imagery is None or polygons is None:
        return [Finding(where, "stored-model-imagery", "a map needs imagery, and strata as polygons")]
    findings = []
    if date not in imagery.dates:
        findings.append(
            Finding(
                where,
                "stored-model-date",
                "nothing is declared for {found}; there is imagery of {allowed}",
                {"found": date, "allowed": ", ".join(imagery.dates)},
            )
        )
    own = sorted(str(name) for name in polygons["stratum_id"])
    if own != sorted(model.strata):
        findings.append(
            Finding(
                inputs.positions.where("strata"),
                "stored-model-strata",
                "strata are {found}; the stored model was fitted with {allowed}",
                {"found": ", ".join(own), "allowed": ", ".join(model.strata)},
            )
        )
    return findings


def _kept_blocks(out: Path, depends_on: object) -> KeptBlocks:
    """Folder beside the results for the blocks that are done, named by what they depend on."""
    text = json.dumps(depends_on, sort_keys=True)
    name = f".{out.resolve().name}.blocks-{sha256_of_bytes(text.encode())[:16]}"
    return KeptBlocks(out.resolve().with_name(name))


def _forget_others(out: Path, own: KeptBlocks) -> None:
    """Remove blocks that earlier commands kept for the same results from other inputs."""
    target = out.resolve()
    for folder in target.parent.glob(f".{glob.escape(target.name)}.blocks-*"):
        if folder != own.folder:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _resumable(kept: KeptBlocks, blocks: int) -> Iterator[None]:
    """Say how to go on where the work is interrupted."""
    try:
        yield
    except KeyboardInterrupt:
        if not len(kept):
            raise
        raise InterruptedWorkError(
            "interrupted: {kept} blocks with mangrove are kept, of {blocks} in all; the same command with "
            "--resume goes on",
            kept=len(kept),
            blocks=blocks,
        ) from None


def map_by_stored_model(
    model_folder: Path,
    project: Path,
    date: str,
    out: Path,
    work: Work = ALONE,
    *,
    resume: bool = False,
) -> StoredMap:
    """Predict a date of a project's imagery by a stored model, and write the maps.

    Parameters
    ----------
    model_folder : Path
        With ``model.json`` and ``model.npz``.
    project : Path
        Project file, or the folder that holds ``mrv.yaml``.
    date : str
        A date that the imagery is declared for, YYYY-MM-DD.
    out : Path
        Folder for the maps: new, empty, or holding older maps, which are replaced.
    work : Work, optional
        Who reads and predicts the blocks, and who is told.
    resume : bool, optional
        Whether to go on from the blocks that an interrupted command kept of the same inputs.

    Raises
    ------
    InputError
        With every finding; nothing is written then.
    InterruptedWorkError
        If somebody interrupts the work; the blocks that are done are kept beside ``out``.
    """
    refuse_foreign_folder(out, MAP)
    progress = work.progress
    progress("Reading and checking")
    model = read_model(model_folder)
    inputs, findings = read_inputs(project)
    own = inputs.project
    raise_errors(waive([*findings, *_misfits(inputs, model, date)], own.stated_waivers))
    imagery, polygons = inputs.imagery, inputs.strata.geometry
    assert imagery is not None
    assert polygons is not None
    raise_errors(unknown_predictors(imagery, date, model.names, str(model_folder / JSON_FILE)))
    area = area_of(imagery, date, model.names, polygons)
    table = inputs.strata.table.set_index("stratum_id")["area_ha"]
    areas_ha = {name: float(table.loc[name]) for name in model.strata}
    with threads() as here:
        blocks, pixel_ha = pixel_areas_ha(area, areas_ha, here, progress)
    stored = {f"model/{name}": sha256_of_file(model_folder / name) for name in (JSON_FILE, ARRAY_FILE)}
    files = {**inputs.files, **stored}
    kept = _kept_blocks(out, {"files": files, "date": date, "block": BLOCK, "by": environment()})
    _forget_others(out, kept)
    if not resume:
        kept.remove()
    job = MapJob(area, model, pixel_ha, biomass_maps(model, looks=area.sources.has_looks))
    layers = biomass_layers(job.maps, date, (SIMULATED,) if own.project.simulated else ())
    with (
        _resumable(kept, len(blocks)),
        whole_folder(out, MAP) as folder,
    ):
        with work.begun() as workers:
            workers.check_files([part for raster in area.rasters for part in raster.parts])
            sums = write_map(job, blocks, folder, layers, kept, Work(workers, progress))
        strata = sums.by_stratum(model.strata)
        write_csv(folder / "strata.csv", strata)
        write_map_styles(folder)
        write_json(folder / RUN_FILE, run_record(MAP, files, own.seed, folder))
    kept.remove()
    return StoredMap(model.candidate, date, own.project.simulated, strata)
