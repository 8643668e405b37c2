"""Tables of mapped areas and of reference units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from mrv.findings import Finding, Phrase
from mrv.inputs.area_declaration import Reference, TableMap
from mrv.inputs.columns import Column, Columns
from mrv.inputs.tables import Exclusion, Table, Where, read_table
from mrv.units import M2_PER_HA
from mrv.yaml_file import suggestion

MAPPED_AREA_COLUMNS: Columns = {
    "stratum_id": Column("id", required=True),
    "map_class": Column("id"),
    "area_ha": Column("number", unit="ha", low=0.0),
    "pixels": Column("number", unit="1", low=1.0, low_allowed=True, whole=True),
}

POINT_COLUMNS: Columns = {
    "point_id": Column("id"),
    "stratum_id": Column("id"),
    "map_class": Column("id"),
    "reference_class": Column("id"),
    "second_reference_class": Column("id"),
    "count": Column("number", unit="1", low=0.0, low_allowed=True, whole=True),
}

LABEL_COLUMNS: Columns = {
    "point_id": Column("id", required=True),
    "reference_class": Column("id", required=True),
    "second_reference_class": Column("id"),
}

SAME_PIXEL = 0.02
"""Relative spread of area over pixels between strata that a map in degrees explains. [1]"""


def read_mapped_areas(
    declared: TableMap, folder: Path, where: Where
) -> tuple[pd.DataFrame, list[Finding], list[Exclusion]]:
    """Table of mapped areas: ``stratum_id``, ``map_class``, ``area_ha``, ``pixels``, ``source``."""

    def place(*key: str | int) -> str:
        return where("map", "table", *key)

    table = read_table(folder / declared.table.file, declared.table, MAPPED_AREA_COLUMNS, place)
    frame = table.frame
    findings = list(table.findings)
    areas, pixels = frame["area_ha"].astype("float64"), frame["pixels"].astype("float64")
    if not findings and areas.isna().any():
        findings += _areas_of_pixels_findings(table, declared, where)
        if not findings and declared.pixel_area_m2 is not None:
            areas = areas.fillna(pixels * declared.pixel_area_m2 / M2_PER_HA)
    elif not findings:
        findings += _confusion_findings(table, areas, pixels)
    frame = frame.assign(
        area_ha=areas,
        pixels=pixels,
        map_class=frame["map_class"].fillna(frame["stratum_id"]),
        source=table.sources(),
    )
    return frame, findings, list(table.exclusions)


def _areas_of_pixels_findings(table: Table, declared: TableMap, where: Where) -> Iterator[Finding]:
    if declared.pixel_area_m2 is None:
        yield Finding(
            where("map"),
            "area-unit",
            "the table has no area_ha for every stratum; give it, or pixels with pixel_area_m2",
        )
    for number in np.flatnonzero(table.frame["area_ha"].isna() & table.frame["pixels"].isna()):
        yield Finding(
            table.where(int(number), "pixels"), "missing-value", "no value; area_ha or pixels is required"
        )


def _confusion_findings(table: Table, areas: pd.Series[float], pixels: pd.Series[float]) -> Iterator[Finding]:
    """Areas that are pixels, or that do not go with the pixels beside them."""
    known = pixels.notna()
    if not known.any():
        return
    size = (areas[known] / pixels[known]).to_numpy()
    if (size == 1.0).all():
        yield Finding(
            table.where(int(np.flatnonzero(known)[0]), "area_ha"),
            "area-unit",
            "area_ha is the number of pixels; areas in hectares were expected, or pixels with pixel_area_m2",
        )
    elif size.max() / size.min() - 1 > SAME_PIXEL:
        odd = int(np.argmax(np.abs(size / np.median(size) - 1)))
        yield Finding(
            table.where(int(np.flatnonzero(known)[odd]), "area_ha"),
            "area-unit",
            "a pixel would be {found:.6g} m2 here and {median:.6g} m2 in the middle of the strata; areas and "
            "pixels must be of one map",
            {"found": float(size[odd]) * M2_PER_HA, "median": float(np.median(size)) * M2_PER_HA},
        )


def _class_findings(table: Table, column: str, classes: Sequence[str], rule: str) -> Iterator[Finding]:
    """One finding for each word that is no class, at the first row that has it."""
    text = table.frame[column]
    for word, rows in text.groupby(text, sort=True):
        if word in classes:
            continue
        near = suggestion(str(word), classes)
        yield Finding(
            table.where(int(rows.index[0]), column),
            rule,
            "{found!r} is not one of {allowed}; did you mean {near!r}?{rows}"
            if near
            else "{found!r} is not one of {allowed}{rows}",
            {
                "found": word,
                "near": near,
                "allowed": ", ".join(classes),
                "rows": Phrase(" ({count} rows)", count=len(rows)) if len(rows) > 1 else "",
            },
        )


def _duplicate_points(table: Table) -> Iterator[Finding]:
    first: dict[str, str] = {}
    for number, name in enumerate(table.frame["point_id"]):
        if not isinstance(name, str):
            continue
        place = table.where(number, "point_id")
        if name in first:
            yield Finding(
                place,
                "point-duplicate",
                "{found!r} stands already at {first}",
                {"found": name, "first": first[name]},
            )
        first.setdefault(name, place)


def _labelled(points: Table, labels: Table) -> tuple[pd.DataFrame, list[Finding]]:
    """Points with the labels of another table, by point_id; each must have its one."""
    known = labels.frame.drop_duplicates("point_id").set_index("point_id")
    findings = [
        Finding(
            points.where(number, "point_id"),
            "point-unlabelled",
            "{found!r} is not in {file}; every unit needs its reference class",
            {"found": name, "file": labels.origins[0].raw.file},
        )
        for number, name in enumerate(points.frame["point_id"])
        if name not in known.index
    ]
    drawn = set(points.frame["point_id"])
    findings += [
        Finding(
            labels.where(number, "point_id"),
            "point-unknown",
            "{found!r} is not in {file}; only units that were drawn count",
            {"found": name, "file": points.origins[0].raw.file},
        )
        for number, name in enumerate(labels.frame["point_id"])
        if isinstance(name, str) and name not in drawn
    ]
    joined = points.frame.assign(
        **{
            name: points.frame["point_id"].map(known[name])
            for name in ("reference_class", "second_reference_class")
        }
    )
    return joined, findings


def read_reference(
    reference: Reference, classes: Sequence[str], strata: Mapping[str, str] | None, folder: Path, where: Where
) -> tuple[pd.DataFrame, list[Finding], list[Exclusion]]:
    """Reference units with their classes.

    Parameters
    ----------
    reference : Reference
        Its declaration.
    classes : sequence of str
    strata : mapping of str to str, or None
        Map class of each stratum; None where the map is not known.
    folder : Path
    where : callable
        Place of a key of the declaration.

    Returns
    -------
    DataFrame
        ``point_id``, ``stratum_id``, ``map_class``, ``reference_class``, ``second_reference_class``,
        ``count``.
    """

    def place(part: str) -> Where:
        return lambda *key: where("reference", part, *key)

    points = read_table(folder / reference.points.file, reference.points, POINT_COLUMNS, place("points"))
    findings, exclusions = list(points.findings), list(points.exclusions)
    frame, labelled = points.frame, points
    if reference.labels is not None:
        labels = read_table(folder / reference.labels.file, reference.labels, LABEL_COLUMNS, place("labels"))
        findings += [*labels.findings, *_duplicate_points(labels)]
        exclusions += labels.exclusions
        labelled = labels
        if not findings:
            frame, more = _labelled(points, labels)
            findings += more
    if any(finding.severity == "error" for finding in findings):
        return frame, findings, exclusions
    findings += _duplicate_points(points)
    findings += _missing_findings(points, frame, strata, own_labels=reference.labels is None)
    for column in ("reference_class", "second_reference_class"):
        findings += _class_findings(labelled, column, classes, "class-unknown")
    findings += _class_findings(points, "map_class", classes, "class-unknown")
    if strata is not None:
        findings += _class_findings(points, "stratum_id", list(strata), "stratum-unknown")
    return _completed(frame, strata), findings, exclusions


def _missing_findings(
    points: Table, frame: pd.DataFrame, strata: Mapping[str, str] | None, *, own_labels: bool
) -> Iterator[Finding]:
    if own_labels:
        for number in np.flatnonzero(frame["reference_class"].isna()):
            yield Finding(
                points.where(int(number), "reference_class"),
                "missing-value",
                "no value; reference_class is required",
            )
    without = frame["stratum_id"].isna() & frame["map_class"].isna()
    if strata is None:
        without = frame["map_class"].isna()
    for number in np.flatnonzero(without):
        yield Finding(
            points.where(int(number), "map_class"),
            "missing-value",
            "no value; map_class is required"
            if strata is None
            else "no value; stratum_id or map_class is required",
        )


def _completed(frame: pd.DataFrame, strata: Mapping[str, str] | None) -> pd.DataFrame:
    """Units whose stratum is their map class where none is given, and the other way round."""
    stratum = frame["stratum_id"].fillna(frame["map_class"])
    own = stratum.map(dict(strata)) if strata is not None else stratum
    return frame.assign(
        stratum_id=stratum,
        map_class=frame["map_class"].fillna(own),
        count=frame["count"].fillna(1).astype("int64"),
    )
