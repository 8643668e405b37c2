"""The map of any date of a project's imagery by a model that an earlier run stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from mrv.errors import InputError
from mrv.findings import Finding, raise_errors, waive
from mrv.inputs import Inputs, read_inputs
from mrv.mapping.model import BiomassModel
from mrv.mapping.model_store import ARRAY_FILE, JSON_FILE, read_model
from mrv.mapping.prediction import map_strata, mapped_by
from mrv.provenance import sha256_of_file
from mrv.run.area_files import run_record
from mrv.run.gis_styles import write_map_styles
from mrv.run.imagery_predictors import predictors_of_area
from mrv.run.map_files import MapFolder, write_biomass, write_ground
from mrv.run.outputs import RUN_FILE, refuse_foreign_folder, whole_folder, write_csv, write_json
from mrv.run.prepare import SIMULATED

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
        As of :func:`~mrv.mapping.prediction.map_strata`.
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


def map_by_stored_model(
    model_folder: Path, project: Path, date: str, out: Path, progress: Callable[[str], None] = lambda _: None
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
    progress : callable, optional
        Told each step.

    Raises
    ------
    InputError
        With every finding; nothing is written then.
    """
    refuse_foreign_folder(out, MAP)
    progress("Reading and checking")
    model = read_model(model_folder)
    inputs, findings = read_inputs(project)
    own = inputs.project
    raise_errors(waive([*findings, *_misfits(inputs, model, date)], own.stated_waivers))
    assert inputs.imagery is not None
    assert inputs.strata.geometry is not None
    table = inputs.strata.table.set_index("stratum_id")["area_ha"]
    areas_ha = {name: float(table.loc[name]) for name in model.strata}
    progress("Predicting")
    population, grid, findings = predictors_of_area(
        inputs.imagery, date, model.names, inputs.strata.geometry, areas_ha, str(model_folder / JSON_FILE)
    )
    if population is None or grid is None:
        raise InputError(findings)
    mapped = mapped_by(model, population.rows)
    strata = map_strata(population, mapped)
    progress("Writing")
    with whole_folder(out, MAP) as folder:
        maps = MapFolder(folder, grid, (SIMULATED,) if own.project.simulated else ())
        write_biomass(maps, mapped, date)
        write_ground(maps, date)
        write_map_styles(folder)
        write_csv(folder / "strata.csv", strata)
        stored = {f"model/{name}": sha256_of_file(model_folder / name) for name in (JSON_FILE, ARRAY_FILE)}
        write_json(folder / RUN_FILE, run_record(MAP, {**inputs.files, **stored}, own.seed, folder))
    return StoredMap(model.candidate, date, own.project.simulated, strata)
