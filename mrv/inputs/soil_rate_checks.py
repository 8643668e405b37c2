"""What may be wrong with the tables of stations and dated cores."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from mrv.findings import Finding
from mrv.inputs.row_filters import Where
from mrv.inputs.soil_declaration import SoilRates
from mrv.inputs.tables import Table
from mrv.soil_reference import soil_default
from mrv.yaml_file import suggestion

UNVERIFIED = "unverified"
SAME_DEPTH_CM = 1e-6


def _is_day(text: str) -> bool:
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _days(table: Table, *columns: str) -> Iterator[Finding]:
    for column in columns:
        for row, text in enumerate(table.frame[column]):
            if isinstance(text, str) and not _is_day(text):
                yield Finding(
                    table.where(row, column),
                    "date-unknown",
                    "{found} is not a day of the calendar",
                    {"found": text},
                )


def _strata(table: Table, strata: frozenset[str]) -> Iterator[Finding]:
    text = table.frame["stratum_id"]
    for word in sorted(set(text.dropna()) - strata):
        near = suggestion(word, strata)
        row = int((text == word).to_numpy().argmax())
        yield Finding(
            table.where(row, "stratum_id"),
            "stratum-unknown",
            "{found!r} is no stratum; did you mean {near!r}?"
            if near
            else "{found!r} is no stratum; there are {known}",
            {"found": word, "near": near, "known": ", ".join(sorted(strata))},
        )


def _one_stratum(table: Table, key: str) -> Iterator[Finding]:
    for name, group in table.frame.groupby(key, sort=True):
        if group["stratum_id"].nunique() > 1:
            row = int(group.index[-1])
            yield Finding(
                table.where(row, "stratum_id"),
                "soil-station-strata",
                "{name!r} stands in several strata",
                {"name": name},
            )


def _markers(table: Table) -> Iterator[Finding]:
    frame = table.frame
    for row in range(len(frame)):
        laid, read = str(frame["laid_on"].iloc[row]), str(frame["read_on"].iloc[row])
        if _is_day(laid) and _is_day(read) and read <= laid:
            yield Finding(
                table.where(row, "read_on"),
                "dates-order",
                "{end} is not after the start {start}",
                {"end": read, "start": laid},
            )


def _pins(table: Table) -> Iterator[Finding]:
    """A pin is read twice at least, and once on a day."""
    frame = table.frame
    keys = ["station_id", "arm_id", "pin_id"]
    for row in frame.index[frame.duplicated([*keys, "read_on"])]:
        yield Finding(
            table.where(int(row), "pin_id"),
            "soil-pin-duplicate",
            "pin {pin!r} of arm {arm!r} is read twice on one day",
            {"pin": frame.loc[row, "pin_id"], "arm": frame.loc[row, "arm_id"]},
        )
    for station, group in frame.groupby("station_id", sort=True):
        days = group["read_on"].nunique()
        if days < 2:
            yield Finding(
                table.where(int(group.index[0]), "read_on"),
                "soil-station-once",
                "station {station!r} was read on one day only; a change needs two",
                {"station": station},
            )


def _profiles(table: Table) -> Iterator[Finding]:
    """Sections of a dated core follow each other from the surface, and enough of them have excess."""
    frame = table.frame
    needed = soil_default("lead_210_sections")
    for core, group in frame.groupby("core_id", sort=True):
        ordered = group.sort_values("top_cm", kind="stable")
        starts = ordered["bottom_cm"].shift(fill_value=0.0)
        gaps = ordered.index[(ordered["top_cm"] - starts).abs() > SAME_DEPTH_CM]
        if len(gaps):
            yield Finding(
                table.where(int(gaps[0]), "top_cm"),
                "soil-dated-gap",
                "sections of core {core!r} do not follow each other from the surface; mass depth needs all "
                "of them",
                {"core": core},
            )
        excess = ordered["total_lead_210_bq_kg"] > ordered["supported_lead_210_bq_kg"]
        if int(excess.sum()) < needed:
            yield Finding(
                table.where(int(ordered.index[0]), "total_lead_210_bq_kg"),
                "soil-dated-sections",
                "{found} sections of core {core!r} have excess lead-210; {needed:g} are needed",
                {"found": int(excess.sum()), "core": core, "needed": needed},
            )


def rate_findings(
    declaration: SoilRates,
    markers: Table,
    elevation: Table,
    dated: Table,
    strata: frozenset[str],
    where: Where,
) -> list[Finding]:
    """Everything wrong with stations and dated cores.

    Parameters
    ----------
    declaration : SoilRates
    markers, elevation, dated : Table
    strata : frozenset of str
        Ids of the strata of the project.
    where : callable
        Place of a key of ``soil_rates`` in the project file.
    """
    findings = [
        *_days(markers, "laid_on", "read_on"),
        *_days(elevation, "read_on"),
        *_markers(markers),
        *_pins(elevation),
        *_profiles(dated),
        *_one_stratum(markers, "station_id"),
        *_one_stratum(elevation, "station_id"),
        *_one_stratum(dated, "core_id"),
    ]
    for table in (markers, elevation, dated):
        findings += _strata(table, strata)
    if declaration.marker_horizons and declaration.layer_carbon is None:
        findings.append(
            Finding(
                where("layer_carbon"),
                "soil-layer-carbon",
                "marker_horizons need the carbon density of the layer above them",
            )
        )
    if declaration.layer_carbon and isinstance(declaration.layer_carbon.value, dict):
        named = set(markers.frame["stratum_id"].dropna())
        missing = sorted(named - set(declaration.layer_carbon.value))
        if missing:
            findings.append(
                Finding(
                    where("layer_carbon", "value"),
                    "soil-layer-carbon",
                    "no value for {names}",
                    {"names": ", ".join(missing)},
                )
            )
    if declaration.lead_210 is not None:
        if declaration.lead_210.model == "crs" and declaration.lead_210.years is None:
            findings.append(
                Finding(where("lead_210", "years"), "soil-dated-years", "model crs requires this key")
            )
        if declaration.lead_210.verified_by.strip().lower() == UNVERIFIED:
            findings.append(
                Finding(
                    where("lead_210", "verified_by"),
                    "soil-dated-unverified",
                    "no independent marker confirms the ages; the rates are unverified",
                    severity="note",
                )
            )
    return findings
