"""Two maps of classes and the carbon of the classes, read and checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from mrv.errors import InputError
from mrv.findings import Finding, in_order, raise_errors
from mrv.inputs.area_declaration import ClassName
from mrv.inputs.carbon_declaration import (
    CARBON_FILE,
    CarbonDeclaration,
    ClassCarbon,
    ClassChange,
    Pool,
)
from mrv.inputs.class_map import (
    OUTSIDE,
    OUTSIDE_WORD,
    ROWS_AT_ONCE,
    ClassMap,
    read_class_map,
    same_grid_findings,
)
from mrv.provenance import hashes_of_files
from mrv.yaml_file import parse_yaml, validate_yaml

POOLS: tuple[Pool, ...] = ("biomass", "soil", "dead_wood", "litter")
DEAD_MATTER: tuple[Pool, ...] = ("dead_wood", "litter")

Where = Callable[..., str]
Index = NDArray[np.uint8]
Transition = tuple[str, str]

MOST_CLASSES = 15
"""More, and a pair of classes would not fit into a byte."""


@dataclass(frozen=True)
class CarbonInputs:
    """What stocks and sinks of two maps are made from.

    Attributes
    ----------
    declared : CarbonDeclaration
    file : Path
    grid : GeoBox
    classes : tuple of str
        Of the codes, in their order.
    index : ndarray of uint8, shape of the grid
        Position of a pixel's pair of classes among all pairs, ``first · number of classes + second``;
        255 for a pixel that does not count on either map.
    present : tuple of (str, str)
        Pairs of classes that occur, in the order of ``index``.
    files : mapping of str to str
        SHA-256 by name as written.
    """

    declared: CarbonDeclaration
    file: Path
    grid: GeoBox
    classes: tuple[str, ...]
    index: Index
    present: tuple[Transition, ...]
    files: Mapping[str, str]

    @property
    def pools(self) -> tuple[Pool, ...]:
        """Pools that any class holds."""
        held = {pool for own in self.declared.classes.values() for pool in pools_of(own)}
        return tuple(pool for pool in POOLS if pool in held)

    def number(self, transition: Transition) -> int:
        """Value of :attr:`index` for a pair of classes."""
        before, after = (self.classes.index(name) for name in transition)
        return before * len(self.classes) + after

    def change(self, transition: Transition) -> ClassChange | None:
        """What the declaration says of a change; None where nothing is disturbed."""
        return next(
            (own for own in self.declared.changes if (own.before, own.after) == transition),
            None,
        )


def pools_of(own: ClassCarbon) -> tuple[Pool, ...]:
    """Pools that a class holds."""
    defaults = DEAD_MATTER if own.default_dead_matter is not None else ()
    return tuple(pool for pool in POOLS if pool in own.pools or pool in defaults)


def _class_findings(declared: CarbonDeclaration, where: Where) -> Iterator[Finding]:
    named = set(declared.codes.values())
    for name in sorted(named - set(declared.classes)):
        yield Finding(
            where("classes"),
            "carbon-class-missing",
            "says nothing of {found}, a class of codes",
            {"found": name},
        )
    held = {pool for own in declared.classes.values() for pool in pools_of(own)}
    for name, own in declared.classes.items():
        place = where("classes", name)
        if name not in named:
            yield Finding(
                place,
                "carbon-class-unknown",
                "{found} is no class of codes, which has {allowed}",
                {"found": name, "allowed": ", ".join(sorted(named))},
            )
        if own.holds_no_carbon == bool(pools_of(own)):
            yield Finding(
                place,
                "carbon-class-pools",
                "exactly one of pools and holds_no_carbon: true says what {found} holds",
                {"found": name},
            )
        elif (lacking := sorted(held - set(pools_of(own)))) and not own.holds_no_carbon:
            yield Finding(
                place,
                "carbon-pool-missing",
                "{found} has no {pools}, which other classes have; no carbon in a pool is stated as zero",
                {"found": name, "pools": ", ".join(lacking)},
            )
        if own.default_dead_matter is not None and (both := sorted(set(DEAD_MATTER) & set(own.pools))):
            yield Finding(
                place,
                "carbon-dead-matter-twice",
                "{pools} are stated, and default_dead_matter would give them, too",
                {"pools": ", ".join(both)},
            )
    if len(named) > MOST_CLASSES:
        yield Finding(
            where("codes"),
            "carbon-classes",
            "{found} classes; at most {allowed} are compared",
            {"found": len(named), "allowed": MOST_CLASSES},
        )
    climates = {
        own.default_dead_matter.climate for own in declared.classes.values() if own.default_dead_matter
    }
    if len(climates) > 1:
        yield Finding(
            where("classes"),
            "carbon-climates",
            "default_dead_matter names the climates {found}; a site has one",
            {"found": ", ".join(sorted(climates))},
        )


def _change_findings(declared: CarbonDeclaration, where: Where) -> Iterator[Finding]:
    seen: set[Transition] = set()
    for number, change in enumerate(declared.changes):
        place = where("changes", number)
        pair = (change.before, change.after)
        for name in pair:
            if name not in declared.classes:
                yield Finding(
                    place,
                    "carbon-class-unknown",
                    "{found} is no class of codes, which has {allowed}",
                    {"found": name, "allowed": ", ".join(sorted(declared.classes))},
                )
        if pair in seen or change.before == change.after:
            yield Finding(
                place,
                "carbon-change-twice",
                "{before} to {after}: a change is stated once, and is one of class",
                {"before": change.before, "after": change.after},
            )
        seen.add(pair)
        own = declared.classes.get(change.before)
        if own is not None and set(change.pools) != set(pools_of(own)):
            yield Finding(
                place,
                "carbon-change-pools",
                "has {found}; {before} holds {allowed}",
                {
                    "found": ", ".join(sorted(change.pools)) or "–",
                    "before": change.before,
                    "allowed": ", ".join(sorted(pools_of(own))) or "–",
                },
            )


def _date_findings(declared: CarbonDeclaration, where: Where) -> Iterator[Finding]:
    days = (declared.before.date, declared.after.date, declared.until)
    if not days[0] < days[1] < days[2]:
        yield Finding(
            where("until"),
            "carbon-dates",
            "the maps are of {before} and {after}, until is {until}; each must be later than the one before",
            dict(zip(("before", "after", "until"), days, strict=True)),
        )


def _maps(declared: CarbonDeclaration, folder: Path, where: Where) -> tuple[list[ClassMap], list[Finding]]:
    classes = tuple(dict.fromkeys(declared.codes.values()))
    findings: list[Finding] = []
    if declared.missing is not None and declared.missing not in (*classes, OUTSIDE_WORD):
        findings.append(
            Finding(
                where("missing"),
                "carbon-class-unknown",
                "{found} is no class of codes, which has {allowed}",
                {"found": declared.missing, "allowed": ", ".join((*classes, OUTSIDE_WORD))},
            )
        )
        return [], findings
    maps = []
    for source in (declared.before, declared.after):
        found, more = read_class_map(
            folder, source.file, declared.codes, classes, declared.missing, (where("codes"), "missing")
        )
        findings += more
        if found is not None:
            maps.append(found)
    if len(maps) == 2:
        findings += same_grid_findings(*maps)
    return maps, findings


def _pairs(before: Index, after: Index, classes: int) -> tuple[Index, NDArray[np.int64]]:
    """Position of each pixel's pair of classes, 255 where it does not count on either map; pixels of each.

    Some rows at a time: a count takes eight bytes for each pixel.
    """
    pairs = np.empty_like(before)
    counts = np.zeros(OUTSIDE + 1, dtype=np.int64)
    for row in range(0, len(pairs), ROWS_AT_ONCE):
        rows = slice(row, row + ROWS_AT_ONCE)
        known = (before[rows] != OUTSIDE) & (after[rows] != OUTSIDE)
        pairs[rows] = np.where(known, before[rows] * np.uint8(classes) + after[rows], OUTSIDE)
        counts += np.bincount(pairs[rows].ravel(), minlength=len(counts))
    return pairs, counts[: classes**2]


def read_carbon(path: Path) -> CarbonInputs:
    """Two declared maps of classes and the carbon of their classes.

    Parameters
    ----------
    path : Path
        The declaration, or a folder that holds ``carbon.yaml``.

    Raises
    ------
    InputError
        With every finding.
    """
    file = path / CARBON_FILE if path.is_dir() else path
    if not file.is_file():
        raise InputError(
            [
                Finding(
                    str(path),
                    "carbon-file-missing",
                    "no declaration of carbon on maps here; {name} or a folder that holds it was expected",
                    {"name": CARBON_FILE},
                )
            ]
        )
    data, positions = parse_yaml(file)
    declared = validate_yaml(data, positions, CarbonDeclaration)
    where = positions.where
    findings = [
        *_class_findings(declared, where),
        *_change_findings(declared, where),
        *_date_findings(declared, where),
    ]
    raise_errors(in_order(findings))
    maps, findings = _maps(declared, file.parent, where)
    raise_errors(in_order(findings))
    before, after = maps
    classes: tuple[ClassName, ...] = before.classes
    index, counts = _pairs(before.index, after.index, len(classes))
    present = tuple(
        (classes[number // len(classes)], classes[number % len(classes)]) for number in np.flatnonzero(counts)
    )
    inputs = CarbonInputs(
        declared,
        file,
        before.grid,
        classes,
        index,
        present,
        hashes_of_files(file.parent, (file.name, declared.before.file, declared.after.file)),
    )
    raise_errors(in_order(list(_present_findings(inputs, counts, where))))
    return inputs


def _present_findings(inputs: CarbonInputs, counts: NDArray[np.int64], where: Where) -> Iterator[Finding]:
    if not inputs.present:
        yield Finding(where(), "carbon-nothing", "no pixel has a class on both maps")
    for pair in inputs.present:
        before, after = pair
        if before == after or not pools_of(inputs.declared.classes[before]):
            continue
        if inputs.change(pair) is None:
            yield Finding(
                where("changes"),
                "carbon-change-missing",
                "{pixels} pixels change from {before} to {after}, and nothing says what that releases",
                {"pixels": f"{counts[inputs.number(pair)]:,}", "before": before, "after": after},
            )
