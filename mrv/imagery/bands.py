"""Which band of a raster is which: by what somebody declares, held against what the file says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mrv.findings import Finding
from mrv.imagery.raster import Raster
from mrv.imagery.sensors import Sensor, role_of


def _names(raster: Raster) -> str:
    return ", ".join(band.name or "–" for band in raster.bands)


def band_number(raster: Raster, declared: int | str) -> tuple[int | None, list[Finding]]:
    """Number of a band from 0, by its number from 1 or by its name in the file."""
    if isinstance(declared, int):
        if declared <= len(raster.bands):
            return declared - 1, []
        return None, [
            Finding(
                raster.file,
                "band-missing",
                "has {count} bands; band {found} was declared",
                {"count": len(raster.bands), "found": declared},
            )
        ]
    numbers = [number for number, band in enumerate(raster.bands) if band.name == declared]
    if len(numbers) == 1:
        return numbers[0], []
    return None, [
        Finding(
            raster.file,
            "band-missing",
            "has no band of the name {found!r}, or several; its bands are {names}",
            {"found": declared, "names": _names(raster)},
        )
    ]


def _declared_bands(
    raster: Raster, sensor: Sensor, declared: Mapping[str, int | str]
) -> tuple[dict[str, int], list[Finding]]:
    found: dict[str, int] = {}
    findings: list[Finding] = []
    for role, name in declared.items():
        number, more = band_number(raster, name)
        findings += more
        if number is None:
            continue
        stated = role_of(sensor, raster.bands[number].name)
        if stated is not None and stated != role:
            findings.append(
                Finding(
                    raster.file,
                    "band-order",
                    "band {number} is called {name!r}, which is {stated}; {role} was declared",
                    {
                        "number": number + 1,
                        "name": raster.bands[number].name,
                        "stated": stated,
                        "role": role,
                    },
                )
            )
        found[role] = number
    return found, findings


def bands_by_role(
    raster: Raster, sensor: Sensor, declared: Mapping[str, int | str], wanted: Sequence[str], key: str
) -> tuple[dict[str, int], list[Finding]]:
    """Number of each wanted band, from 0.

    Parameters
    ----------
    raster : Raster
    sensor : Sensor
        Whose names of bands are understood.
    declared : mapping
        Number from 1, or name in the file, by role; empty if the file's own names are to be used.
    wanted : sequence of str
        Roles that are needed.
    key : str
        Key of the project file where bands are declared, for the message.
    """
    if declared:
        found, findings = _declared_bands(raster, sensor, declared)
    else:
        findings = []
        roles = [role_of(sensor, band.name) for band in raster.bands]
        found = {role: number for number, role in enumerate(roles) if role is not None}
        if not found:
            return {}, [
                Finding(
                    raster.file,
                    "band-order",
                    "does not say what its {count} bands are; declare them under {key}",
                    {"count": len(raster.bands), "key": key},
                )
            ]
    missing = [role for role in wanted if role not in found]
    if missing and not findings:
        findings.append(
            Finding(
                raster.file,
                "band-missing",
                "lacks {missing}; its bands are {names}",
                {"missing": ", ".join(missing), "names": _names(raster)},
            )
        )
    return {role: number for role, number in found.items() if role in wanted}, findings
