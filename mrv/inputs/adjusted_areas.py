"""Areas of strata from the results of ``mrv area estimate``, with their covariance."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mrv.errors import InputError
from mrv.findings import Finding
from mrv.inputs.cells import check_file
from mrv.inputs.project import AdjustedAreas
from mrv.inputs.tables import Where

AREA_RESULTS_SCHEMA = "mrv-area-results/1"


class _Read(BaseModel):
    """Part of a document: keys that are not read may be there."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class _Area(_Read):
    value_ha: float


class _Class(_Read):
    name: str
    area: _Area


class _AreaResults(_Read):
    schema_: Literal["mrv-area-results/1"] = Field(alias="schema")
    id: str
    simulated: bool
    classes: tuple[_Class, ...]
    covariance_ha2: dict[str, dict[str, float]]


def _read_results(path: Path, file: str) -> _AreaResults:
    check_file(path, file)
    try:
        return _AreaResults.model_validate_json(path.read_bytes())
    except ValidationError:
        raise InputError(
            [
                Finding(
                    file,
                    "area-results",
                    "is no result of mrv area estimate with areas; its {name} was expected",
                    {"name": "area.json"},
                )
            ]
        ) from None


def read_adjusted_areas(
    adjusted: AdjustedAreas, folder: Path, where: Where, *, simulated: bool
) -> tuple[pd.Series[float] | None, Mapping[str, Mapping[str, float]] | None, list[Finding]]:
    """Area of each stratum and the covariance of these areas.

    Parameters
    ----------
    adjusted : AdjustedAreas
        Its declaration in the project file.
    folder : Path
        Folder that the file is named from.
    where : callable
        Place of a key below ``adjusted``.
    simulated : bool
        Whether the project says that its data are simulated.

    Returns
    -------
    Series or None
        Area by stratum; None if it cannot be used. [ha]
    mapping or None
        Stratum: stratum: covariance. [ha²]
    list of Finding
    """
    try:
        results = _read_results(folder / adjusted.file, adjusted.file)
    except InputError as error:
        return None, None, list(error.findings)
    names = [entry.name for entry in results.classes]
    areas = np.array([entry.area.value_ha for entry in results.classes])
    covariance = np.array([[results.covariance_ha2[one][other] for other in names] for one in names])
    findings = []
    if results.simulated and not simulated:
        findings.append(
            Finding(
                where("file"),
                "area-simulated",
                "{file} is of simulated data; the project is not declared as simulated",
                {"file": adjusted.file},
            )
        )
    taken: dict[str, str] = {}
    for stratum, classes in adjusted.classes.items():
        for name in classes:
            if name not in names:
                findings.append(
                    Finding(
                        where("classes", stratum),
                        "class-unknown",
                        "{found!r} is not one of {allowed}{rows}",
                        {"found": name, "allowed": ", ".join(names), "rows": ""},
                    )
                )
            elif name in taken:
                findings.append(
                    Finding(
                        where("classes", stratum),
                        "class-duplicate",
                        "{found!r} belongs to {first!r} already; ground counts once",
                        {"found": name, "first": taken[name]},
                    )
                )
            taken.setdefault(name, stratum)
    if findings:
        return None, None, findings
    strata = sorted(adjusted.classes)
    member = np.array([[float(name in adjusted.classes[stratum]) for name in names] for stratum in strata])
    area = pd.Series(member @ areas, index=strata, dtype="float64")
    findings += [
        Finding(
            where("classes", str(stratum)),
            "area-results",
            "stratum {stratum} has an area of {area:g} ha; it must be above 0",
            {"stratum": stratum, "area": float(value)},
        )
        for stratum, value in area.items()
        if value <= 0
    ]
    if findings:
        return None, None, findings
    together = member @ covariance @ member.T
    # Symmetric to the last bit, as a covariance that a person states has to be.
    together = (together + together.T) / 2
    return (
        area,
        {
            one: {other: float(together[i, j]) for j, other in enumerate(strata)}
            for i, one in enumerate(strata)
        },
        [],
    )
