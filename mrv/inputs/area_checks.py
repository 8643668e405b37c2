"""What must agree between the keys of the file that declares an area estimate."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable, Iterator

from mrv.findings import Finding
from mrv.inputs.area_declaration import AreaDeclaration, MappedAreas, RasterMap, TableMap
from mrv.inputs.class_map import OUTSIDE, OUTSIDE_WORD
from mrv.inputs.key_finding import KeyFinding
from mrv.inputs.project_checks import placed
from mrv.yaml_file import Key, suggestion

Check = Callable[[AreaDeclaration], Iterator[KeyFinding]]


def classes_are_distinct(declared: AreaDeclaration) -> Iterator[KeyFinding]:
    """Every class stands once, and none is called by the word for what is left out."""
    for name, times in Counter(declared.classes).items():
        if times > 1:
            yield KeyFinding(
                ("classes",),
                "class-duplicate",
                "{found!r} stands {count} times",
                {"found": name, "count": times},
            )
    if OUTSIDE_WORD in declared.classes or len(declared.classes) >= OUTSIDE:
        yield KeyFinding(
            ("classes",),
            "class-duplicate",
            "no class can be called {found}, and there can be {most} of them at most",
            {"found": OUTSIDE_WORD, "most": OUTSIDE - 1},
        )


def _named_classes(declared: AreaDeclaration) -> Iterator[tuple[Key, str]]:
    source = declared.map
    if isinstance(source, RasterMap):
        yield from ((("map", "codes", code), name) for code, name in source.codes.items())
        if source.missing is not None and source.missing != OUTSIDE_WORD:
            yield ("map", "missing"), source.missing
    if isinstance(source, MappedAreas):
        for number, area in enumerate(source.areas):
            yield ("map", "areas", number), area.map_class or area.stratum_id
    if declared.change is not None:
        for key in ("mangrove_at_start", "mangrove_at_end"):
            for number, name in enumerate(getattr(declared.change, key)):
                yield ("change", key, number), name
    if declared.design is not None:
        for number, edge in enumerate(declared.design.edges):
            yield ("design", "edges", number, "of"), edge.of
            yield from ((("design", "edges", number, "around"), name) for name in edge.around)


def classes_are_known(declared: AreaDeclaration) -> Iterator[KeyFinding]:
    """Every class that is named somewhere is one of the classes."""
    for key, name in _named_classes(declared):
        if name not in declared.classes:
            near = suggestion(name, declared.classes)
            yield KeyFinding(
                key,
                "class-unknown",
                "{found!r} is not one of {allowed}; did you mean {near!r}?{rows}"
                if near
                else "{found!r} is not one of {allowed}{rows}",
                {"found": name, "near": near, "allowed": ", ".join(declared.classes), "rows": ""},
            )


def strata_are_named_once(declared: AreaDeclaration) -> Iterator[KeyFinding]:
    """Strata of a list are named once."""
    if isinstance(declared.map, MappedAreas):
        for name, times in Counter(area.stratum_id for area in declared.map.areas).items():
            if times > 1:
                yield KeyFinding(
                    ("map", "areas"),
                    "stratum-duplicate",
                    "{found!r} stands {count} times",
                    {"found": name, "count": times},
                )


def dates_in_order(declared: AreaDeclaration) -> Iterator[KeyFinding]:
    """The dates of a change are days, the earlier first."""
    if declared.change is None:
        return
    for number, day in enumerate(declared.change.dates):
        try:
            datetime.date.fromisoformat(day)
        except ValueError:
            yield KeyFinding(
                ("change", "dates", number),
                "date-unknown",
                "{found} is not a day of the calendar",
                {"found": day},
            )
            return
    start, end = declared.change.dates
    if end <= start:
        yield KeyFinding(
            ("change", "dates"),
            "dates-order",
            "{end} is not after the start {start}",
            {"end": end, "start": start},
        )


def design_is_whole(declared: AreaDeclaration) -> Iterator[KeyFinding]:
    """A design says how many units, or what error they are to reach."""
    design = declared.design
    if design is None:
        return
    if (design.units is None) == (design.standard_error is None):
        yield KeyFinding(("design",), "area-design", "exactly one of units and standard_error is required")
    if design.edges and not isinstance(declared.map, RasterMap):
        yield KeyFinding(("design", "edges"), "area-design", "strata along edges need a map that is a raster")


def sample_fits_the_map(declared: AreaDeclaration) -> Iterator[KeyFinding]:
    """A probability sample needs its map, and a finite population its pixels."""
    reference = declared.reference
    if reference is None:
        return
    if declared.map is None and reference.design != "purposive":
        yield KeyFinding(
            ("map",), "area-map-missing", "a {design} sample requires this key", {"design": reference.design}
        )
    if reference.finite_population and not isinstance(declared.map, TableMap | RasterMap):
        yield KeyFinding(
            ("reference", "finite_population"), "area-pixels-missing", "needs a map whose pixels are known"
        )


CHECKS: tuple[Check, ...] = (
    classes_are_distinct,
    classes_are_known,
    strata_are_named_once,
    dates_in_order,
    design_is_whole,
    sample_fits_the_map,
)


def area_findings(declared: AreaDeclaration, where: Callable[..., str]) -> list[Finding]:
    """Everything wrong between the keys of the file, at its place."""
    return placed((found for check in CHECKS for found in check(declared)), where)
