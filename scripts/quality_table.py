"""Write the tables of docs/explanation/quality-control.md from real inventories.

    python scripts/quality_table.py FOLDER

FOLDER holds the published inventories, one folder for each, as the worked examples name their files. Each
known problem is brought back by undoing what the project file of the worked example says about it. A test
compares the page with what this script finds, so that it cannot go stale.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import shapely
from pyproj import Transformer
from rasterio.features import shapes

from mrv.errors import InputError
from mrv.findings import Finding
from mrv.inputs.columns import SOIL_SECTION_COLUMNS
from mrv.inputs.soil_declaration import ElementalAnalysis, SoilDeclaration
from mrv.inputs.soil_tables import read_soil
from mrv.inputs.table_source import TableSource
from mrv.inputs.tables import read_table
from mrv.quality.cores import CORE_CHECKS, core_places
from mrv.quality.places import PlotPlaces, outside_boundary
from mrv.run.project_run import inspect_project

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "explanation" / "quality-control.md"
EXAMPLES = ROOT / "docs" / "worked-examples"
KNOWN, OTHERS = "<!-- known problems -->", "<!-- other findings -->"

Changes = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Told:
    """What was told of one inventory: rows by rule, rules that stop a run unless waived, those of quality."""

    rows: Counter[str]
    errors: frozenset[str]
    suspect: frozenset[str]


LEFT_TO_USERS = "soil-method-missing"
"""Rule on what a project file must say of its laboratory, which these trials leave open."""


def told(findings: Sequence[Finding], named: Counter[str]) -> Told:
    """Findings by rule, with the rows they name, or the number that they say they stand for, or one."""
    counts: Counter[str] = Counter()
    kept = [finding for finding in findings if finding.rule != LEFT_TO_USERS]
    for finding in kept:
        values = finding.values  # noqa: PD011 of a finding, not of a frame
        counts[finding.rule] += int(str(values.get("count", 1)))
    errors = frozenset(finding.rule for finding in kept if finding.severity != "note")
    rows = Counter({rule: max(count, named[rule]) for rule, count in counts.items()})
    return Told(rows, errors, frozenset(named))


def run_trees(inventories: Path, folder: str, example: str, changes: Changes = ()) -> Told:
    """Findings on a worked example, with passages of its project file changed."""
    with tempfile.TemporaryDirectory() as name:
        project = Path(name)
        text = (EXAMPLES / example / "mrv.yaml").read_text(encoding="utf-8")
        for old, new in changes:
            if text.count(old) < 1:
                raise ValueError(f"{old!r} does not stand in the project file of {example}")
            text = text.replace(old, new)
        (project / "mrv.yaml").write_text(text, encoding="utf-8")
        for path in (inventories / folder).iterdir():
            if path.is_file():
                shutil.copyfile(path, project / path.name)
        try:
            checked = inspect_project(project, effects=False)
        except InputError as error:
            return told(error.findings, Counter())
    rows: Counter[str] = Counter()
    for suspect in checked.prepared.suspects:
        rows[suspect.finding.rule] += len(suspect.rows)
    return told(checked.findings, rows)


def sections_of(path: Path, source: TableSource) -> tuple[list[Finding], pd.DataFrame]:
    """Sections of a file, and what the reader has to say of them."""
    declaration = SoilDeclaration(
        sections=(source,),
        measured_carbon=ElementalAnalysis(
            method="elemental_analysis", carbonate="absent", source="as published"
        ),
    )
    table = read_table(path / source.file, source, SOIL_SECTION_COLUMNS, lambda *_: "sections")
    plots = frozenset(table.frame["plot_id"].dropna())
    soil, findings, _ = read_soil(declaration, path, lambda *_: "soil", plots)
    return findings, soil.sections


def run_cores(path: Path, source: TableSource) -> Told:
    """Findings on a file of core sections."""
    findings, sections = sections_of(path, source)
    suspects = [suspect for check in CORE_CHECKS for suspect in check(sections)]
    rows: Counter[str] = Counter()
    for suspect in suspects:
        rows[suspect.finding.rule] += len(suspect.rows)
    return told([*findings, *(suspect.finding for suspect in suspects)], rows)


def _smithsonian(file: str, **columns: str | tuple[str, ...]) -> TableSource:
    """Table of sections as the coastal carbon library writes it."""
    return TableSource(
        file=file,
        missing=("NA",),
        columns={
            "plot_id": "site_id",
            "core_id": "core_id",
            "top_cm": "depth_min",
            "bottom_cm": "depth_max",
            "bulk_density_g_cm3": "dry_bulk_density",
            "organic_carbon_fraction": "fraction_carbon",
            **columns,
        },
    )


ZAMBEZI_TOPS = {"1": 5, "2": 20, "3": 35, "4": 70, "5": 145, "6": 190}

SOIL: dict[str, tuple[str, TableSource]] = {
    "Térraba-Sierpe, cores": (
        "terraba_sierpe",
        _smithsonian(
            "Cifuentes_and_Torres_2024_depthseries.csv", plot_id=("site_id", "transect_id", "plot_id")
        ),
    ),
    "Gulf of Chiriquí, cores": (
        "panama_chiriqui",
        _smithsonian(
            "Cifuentes_et_al_2023_depthseries.csv",
            plot_id=("site_id", "plot_id"),
            organic_carbon_fraction="percent_carbon",
        ).model_copy(update={"units": {"organic_carbon_fraction": "%"}}),
    ),
    "Zambezi Delta, cores": (
        "zambezi",
        TableSource(
            file="Zambezi_Soils.csv",
            encoding="latin-1",
            columns={
                "plot_id": ("Plot", "Subplot"),
                "core_id": "Subplot",
                "top_cm": "Interval",
                "bottom_cm": "Interval",
                "bulk_density_g_cm3": "Bulk Density (g cm-3)",
                "organic_carbon_fraction": "%C",
            },
            units={"organic_carbon_fraction": "%"},
            codes={
                "top_cm": {code: str(top) for code, top in ZAMBEZI_TOPS.items()},
                "bottom_cm": {code: str(top + 5) for code, top in ZAMBEZI_TOPS.items()},
            },
        ),
    ),
    "Chinese coast, cores": (
        "soil_china",
        _smithsonian("china_hk_tw_mangrove_depthseries.csv", loi_fraction="fraction_organic_matter"),
    ),
    "Tampa Bay, cores": (
        "florida/Radabaugh_et_al_2018",
        _smithsonian("radabaugh_et_al_2018_depthseries.csv", loi_fraction="fraction_organic_matter"),
    ),
    "Ten Thousand Islands, cores": (
        "florida/Radabaugh_et_al_2023",
        TableSource(
            file="radabaugh_et_al_2023_depthseries.csv",
            missing=("NA",),
            columns={
                "plot_id": "site_id",
                "top_cm": "depth_min",
                "bottom_cm": "depth_max",
                "bulk_density_g_cm3": "dry_bulk_density",
                "loi_fraction": "fraction_organic_matter",
            },
        ),
    ),
    "Western Port, cores": ("western_port", _smithsonian("ccn_depthseries_westernport.csv")),
}
"""Files of core sections by the name of their inventory, with their folder."""

TREES = {
    "Térraba-Sierpe, trees": ("terraba_sierpe", "terraba-sierpe"),
    "Gulf of Chiriquí, trees": ("panama_chiriqui", "gulf-of-chiriqui"),
    "Zambezi Delta, trees": ("zambezi", "zambezi-delta"),
}
"""Inventories of trees, with their folder and their worked example."""


def western_port_outside(inventories: Path) -> list[Finding]:
    """Mangrove cores beyond the mapped mangroves of the year 2017."""
    folder = inventories / "western_port"
    with rasterio.open(folder / "example_distribution_2017.tif") as mask:
        values = mask.read(1, masked=True)
        present = ~np.ma.getmaskarray(values) & (np.ma.getdata(values) > 0)
        polygons = [
            shapely.geometry.shape(shape)
            for shape, _ in shapes(present.astype("uint8"), mask=present, transform=mask.transform)
        ]
        system = mask.crs
    cores = pd.read_csv(folder / "ccn_cores_westernport.csv")
    cores = cores[cores["habitat"].eq("mangrove")]
    x, y = Transformer.from_crs(4326, system.to_wkt(), always_xy=True).transform(
        cores["longitude"].to_numpy(), cores["latitude"].to_numpy()
    )
    plots = pd.DataFrame(
        {
            "plot_id": cores["core_id"].astype("str"),
            "stratum_id": "mangrove",
            "cluster_id": None,
            "x_m": x,
            "y_m": y,
            "longitude": cores["longitude"],
            "latitude": cores["latitude"],
            "source": [f"ccn_cores_westernport.csv:{line + 2}" for line in cores.index],
        }
    )
    boundary = gpd.GeoDataFrame(geometry=[shapely.union_all(polygons)], crs=system.to_wkt())
    places = PlotPlaces(plots, None, boundary, boundary.crs)
    return [suspect.finding for suspect in outside_boundary(places)]


def china_places(inventories: Path) -> list[Finding]:
    """Chinese cores of different sites at one point."""
    cores = pd.read_csv(inventories / "soil_china" / "china_hk_tw_mangrove_cores.csv")
    lines = [f"china_hk_tw_mangrove_cores.csv:{line + 2}" for line in cores.index]
    found = core_places(cores.assign(source=lines), ("study_id", "site_id"))
    return [suspect.finding for suspect in found]


@dataclass(frozen=True)
class Problem:
    """A problem that an inventory is known to have."""

    inventory: str
    words: str
    rule: str
    find: Callable[[Path], int]


def _trees(inventory: str, words: str, rule: str, *changes: tuple[str, str]) -> Problem:
    folder, example = TREES[inventory]
    return Problem(inventory, words, rule, lambda data: run_trees(data, folder, example, changes).rows[rule])


def _cores(inventory: str, words: str, rule: str) -> Problem:
    folder, source = SOIL[inventory]
    return Problem(inventory, words, rule, lambda data: run_cores(data / folder, source).rows[rule])


TAG = """        corrections:
          - row: 1713
            column: tree_id
            was: 23
            is: 23b
            reason: >-
              Two stems of 5.7 and 7.1 cm on consecutive lines carry tag 23; taken as two stems, as the
              published columns do.
"""

PROBLEMS: tuple[Problem, ...] = (
    _trees("Térraba-Sierpe, trees", "tag 23 stands on two stems of one plot", "tree-duplicate", (TAG, "")),
    _trees(
        "Térraba-Sierpe, trees",
        "status blank in 347 rows",
        "missing-value",
        ('dead: dead, "": live}', "dead: dead}"),
    ),
    _trees(
        "Térraba-Sierpe, trees",
        "plot numbers restart on every transect",
        "plot-duplicate",
        ("plot_id: [site_id, transect_id, plot_id]", "plot_id: plot_id"),
    ),
    _trees("Térraba-Sierpe, trees", "no height of measurement above prop roots", "prop-roots-unsaid"),
    _trees(
        "Gulf of Chiriquí, trees",
        "plot numbers restart at every site",
        "plot-duplicate",
        ("plot_id: [site_id, plot_id]", "plot_id: plot_id"),
    ),
    _trees("Gulf of Chiriquí, trees", "diameters rounded to 0.5 cm", "digit-preference"),
    _trees("Gulf of Chiriquí, trees", "heights up to 55 m, one on a stem of 7 cm", "unusual-height"),
    _trees(
        "Zambezi Delta, trees",
        "plot 32-B of the trees is 32B in the locations",
        "cluster-unknown",
        ("cluster_id: {32-B: 32B}", "cluster_id: {}"),
    ),
    _trees(
        "Zambezi Delta, trees",
        "height on about half of the trees",
        "height-missing",
        (", without_height: chave_2005_dbh", ""),
    ),
    _trees("Zambezi Delta, trees", "rows without any diameter", "rows-unread"),
    _trees("Zambezi Delta, trees", "live and dead diameter in one row", "rows-read-twice"),
    _trees("Zambezi Delta, trees", "heights below 1.3 m beside a diameter there", "height-below-measurement"),
    _cores("Zambezi Delta, cores", "sections with 0 % carbon", "carbon-zero"),
    _cores("Zambezi Delta, cores", "sections do not follow each other", "sections-apart"),
    _cores("Chinese coast, cores", "density and carbon in 78 of 419 sections", "section-incomplete"),
    Problem(
        "Western Port, cores",
        "all three mangrove cores lie outside the mapped mangroves",
        "plot-outside-boundary",
        lambda data: len(western_port_outside(data)),
    ),
    Problem(
        "Chinese coast, cores",
        "one point for the cores of several sites",
        "cores-at-one-point",
        lambda data: told(china_places(data), Counter()).rows["cores-at-one-point"],
    ),
    _cores("Gulf of Chiriquí, cores", "bulk density 0", "value-range"),
)
"""Problems that the descriptions of the inventories, or their worked examples, name."""


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def known_table(inventories: Path) -> str:
    """Known problems and how many rows their rule found."""
    rows = [
        (problem.inventory, problem.words, f"`{problem.rule}`", str(problem.find(inventories)))
        for problem in PROBLEMS
    ]
    return _table(("inventory", "known problem", "rule", "rows"), rows)


def _others(inventories: Path) -> Iterator[tuple[str, Told]]:
    cores = {name: run_cores(inventories / folder, source) for name, (folder, source) in SOIL.items()}
    of_cores = {rule for found in cores.values() for rule in found.rows}
    for name, (folder, example) in TREES.items():
        found = run_trees(inventories, folder, example)
        # The rules of other rooms have pages of their own, and the cores stand below.
        own = Counter({rule: found.rows[rule] for rule in found.suspect - of_cores})
        yield name, Told(own, found.errors, found.suspect)
    yield from cores.items()


def others_table(inventories: Path) -> str:
    """What the rules tell of each inventory, of trees as the project file of their example stands."""
    rows = []
    for name, found in _others(inventories):
        for rule, count in sorted(found.rows.items()):
            rows.append((name, f"`{rule}`", "error" if rule in found.errors else "note", str(count)))
    return _table(("inventory", "rule", "", "rows"), rows)


def page(inventories: Path, text: str) -> str:
    """Text of the page with both tables as they are found now."""
    for mark, table in ((KNOWN, known_table(inventories)), (OTHERS, others_table(inventories))):
        before, _, after = text.split(mark)
        text = f"{before}{mark}\n\n{table}\n\n{mark}{after}"
    return text


if __name__ == "__main__":
    PAGE.write_text(page(Path(sys.argv[1]), PAGE.read_text(encoding="utf-8")), encoding="utf-8")
