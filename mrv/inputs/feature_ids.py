"""Ids of the features of a layer, as one of its columns gives them."""

from __future__ import annotations

import geopandas as gpd
import numpy as np

from mrv.findings import Finding
from mrv.inputs.geometry import feature_place
from mrv.yaml_file import suggestion


def _id_text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def feature_ids(
    polygons: gpd.GeoDataFrame, file: str, column: str, name: str
) -> tuple[list[str], list[Finding]]:
    """Id of each feature, and what is wrong with the column; empty where there is no such column.

    Parameters
    ----------
    polygons : GeoDataFrame
    file : str
    column : str
        Theirs.
    name : str
        Ours, such as ``stratum_id``.
    """
    header = [str(other) for other in polygons.columns if other != polygons.geometry.name]
    if column not in header:
        near = suggestion(column, header)
        return [], [
            Finding(
                file,
                "column-missing",
                "no column {column!r} for {name}; did you mean {near!r}? It has {header}"
                if near
                else "no column {column!r} for {name}; it has {header}",
                {"column": column, "name": name, "near": near, "header": ", ".join(header)},
            )
        ]
    missing = polygons[column].isna()
    findings = [
        Finding(
            feature_place(file, int(number)),
            "missing-value",
            "no value; {column} is required",
            {"column": name},
        )
        for number in np.flatnonzero(missing)
    ]
    ids = ["" if gone else _id_text(value) for value, gone in zip(polygons[column], missing, strict=True)]
    return ids, findings
