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
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
import shapely
from rasterio.features import shapes

from mrv.errors import InputError
from mrv.findings import Finding
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


def told(findings: Sequence[Finding], named: Counter[str]) -> Told:
    """Findings by rule, with the rows they name, or the number that they say they stand for, or one."""
    counts: Counter[str] = Counter()
    for finding in findings:
        values = finding.values
        counts[finding.rule] += int(str(values.get("count", 1)))
    errors = frozenset(finding.rule for finding in findings if finding.severity != "note")
    rows = Counter({rule: max(count, named[rule]) for rule, count in counts.items()})
    return Told(rows, errors, frozenset(named))


INVENTORIES = {
    "Térraba-Sierpe": ("terraba_sierpe", "terraba-sierpe"),
    "Gulf of Chiriquí": ("panama_chiriqui", "gulf-of-chiriqui"),
    "Zambezi Delta": ("zambezi", "zambezi-delta"),
    "Tampa Bay": ("florida/Radabaugh_et_al_2018", "tampa-bay"),
    "Southwest Florida": ("florida/Radabaugh_et_al_2023", "southwest-florida"),
    "Chinese coast": ("soil_china", "chinese-coast"),
    "Western Port": ("western_port", "western-port"),
}
"""Inventories with their folder and their worked example."""

MAPPED = "mapped_mangroves.gpkg"
"""Polygons of a map of mangroves, made here from its raster."""


def project_in(folder: Path, inventories: Path, inventory: str, changes: Changes = ()) -> None:
    """Write the project file of a worked example with passages changed, and its published files beside it."""
    published, example = INVENTORIES[inventory]
    text = (EXAMPLES / example / "mrv.yaml").read_text(encoding="utf-8")
    for old, new in changes:
        if text.count(old) < 1:
            raise ValueError(f"{old!r} does not stand in the project file of {example}")
        text = text.replace(old, new)
    (folder / "mrv.yaml").write_text(text, encoding="utf-8")
    for path in (inventories / published).iterdir():
        if path.is_file():
            shutil.copyfile(path, folder / path.name)
    mask = folder / "example_distribution_2017.tif"
    if MAPPED in text and mask.is_file():
        mapped_mangroves(mask).to_file(folder / MAPPED, engine="pyogrio")


def mapped_mangroves(path: Path) -> gpd.GeoDataFrame:
    """Polygons of the cells of a mask that are mangrove; every other cell holds no data."""
    with rasterio.open(path) as mask:
        values = mask.read(1, masked=True)
        present = ~np.ma.getmaskarray(values) & (np.ma.getdata(values) > 0)
        polygons = [
            shapely.geometry.shape(shape)
            for shape, _ in shapes(present.astype("uint8"), mask=present, transform=mask.transform)
        ]
        return gpd.GeoDataFrame(geometry=[shapely.union_all(polygons)], crs=mask.crs.to_wkt())


def check_inventory(inventories: Path, inventory: str, changes: Changes = ()) -> Told:
    """Findings on a worked example, with passages of its project file changed."""
    with tempfile.TemporaryDirectory() as name:
        project_in(Path(name), inventories, inventory, changes)
        try:
            checked = inspect_project(Path(name), effects=False)
        except InputError as error:
            return told(error.findings, Counter())
    rows: Counter[str] = Counter()
    for suspect in checked.prepared.suspects:
        rows[suspect.finding.rule] += len(suspect.rows)
    return told(checked.findings, rows)


@dataclass(frozen=True)
class Problem:
    """A problem that an inventory is known to have, and what brings it back into the worked example.

    Attributes
    ----------
    inventory : str
        Key of :data:`INVENTORIES`.
    words : str
    rule : str
        That finds it.
    changes : tuple of pairs of str
        Passages of the project file and what stands in their place.
    """

    inventory: str
    words: str
    rule: str
    changes: Changes = ()

    def find(self, inventories: Path) -> int:
        """Rows that the rule finds."""
        return check_inventory(inventories, self.inventory, self.changes).rows[self.rule]


def passage(example: str, start: str, end: str) -> str:
    """Passage of the project file of a worked example, from its start up to the end."""
    text = (EXAMPLES / example / "mrv.yaml").read_text(encoding="utf-8")
    first = text.index(start)
    return text[first : text.index(end, first)]


def _without(example: str, start: str, end: str) -> Changes:
    return ((passage(example, start, end), ""),)


LEFT_OUT = "equals: [Boca Ternero, Calle Larga, La Yeguada]"
TAG = _without("terraba-sierpe", "        corrections:\n          - row: 1713", "    soil:")
CALLE_LARGA = ((LEFT_OUT, LEFT_OUT.replace("Calle Larga, ", "")),)
ZAMBEZI_TWICE = _without(
    "zambezi-delta", "          corrections:\n            - row: 901", "      measured_carbon:"
)
ZAMBEZI_SUBPLOTS = _without("zambezi-delta", "    subplots:\n", "    trees:")
TAMPA_BAY_CORE = _without("tampa-bay", "    quarantine:\n      - plot: WIM6", "    soil:")
TAMPA_BAY_ROWS = _without(
    "tampa-bay", "          quarantine:\n            - rows: [1906", "      loss_on_ignition:"
)
TAMPA_BAY_ANALYSED = _without(
    "tampa-bay", "          rows:\n            - drop: {column: method_id", "          quarantine:\n"
)
FLORIDA_ROW = _without(
    "southwest-florida", "          quarantine:\n            - rows: [3416]", "      loss_on_ignition:"
)
MANGROVES_ON_THE_MAP = (
    ("surveys:\n", f"boundary: {{file: {MAPPED}}}\n\nsurveys:\n"),
    *_without("western-port", "  - date: 2014-01-01", "\nconfidence_level"),
)

PROBLEMS: tuple[Problem, ...] = (
    Problem("Térraba-Sierpe", "tag 23 stands on two stems of one plot", "tree-duplicate", TAG),
    Problem(
        "Térraba-Sierpe",
        "status blank in 347 rows",
        "missing-value",
        (('dead: dead, "": live}', "dead: dead}"),),
    ),
    Problem(
        "Térraba-Sierpe",
        "plot numbers restart on every transect",
        "plot-duplicate",
        (("plot_id: [site_id, transect_id, plot_id]", "plot_id: plot_id"),),
    ),
    Problem("Térraba-Sierpe", "no height of measurement above prop roots", "prop-roots-unsaid"),
    Problem(
        "Gulf of Chiriquí",
        "plot numbers restart at every site",
        "plot-duplicate",
        (("plot_id: [site_id, plot_id]", "plot_id: plot_id"),),
    ),
    Problem("Gulf of Chiriquí", "diameters rounded to 0.5 cm", "digit-preference"),
    Problem("Gulf of Chiriquí", "heights up to 55 m, one on a stem of 7 cm", "unusual-height"),
    Problem("Gulf of Chiriquí", "bulk density 0", "value-range", CALLE_LARGA),
    Problem(
        "Zambezi Delta",
        "plot 32-B of the trees is 32B in the locations",
        "cluster-unknown",
        (("cluster_id: {32-B: 32B}", "cluster_id: {}"),),
    ),
    Problem(
        "Zambezi Delta",
        "height on about half of the trees",
        "height-missing",
        ((", without_height: chave_2005_dbh", ""),),
    ),
    Problem("Zambezi Delta", "no area of a plot", "plot-area-missing", ZAMBEZI_SUBPLOTS),
    Problem("Zambezi Delta", "rows without any diameter", "rows-unread"),
    Problem("Zambezi Delta", "live and dead diameter in one row", "rows-read-twice"),
    Problem("Zambezi Delta", "heights below 1.3 m beside a diameter there", "height-below-measurement"),
    Problem("Zambezi Delta", "sections with 0 % carbon", "carbon-zero"),
    Problem("Zambezi Delta", "sections do not follow each other", "sections-apart"),
    Problem("Zambezi Delta", "one depth of a core stands twice", "soil-section-overlap", ZAMBEZI_TWICE),
    Problem("Tampa Bay", "one core is a copy of another", "core-copied", TAMPA_BAY_CORE),
    Problem(
        "Tampa Bay",
        "bulk densities above that of packed sand",
        "implausible-bulk-density",
        TAMPA_BAY_ROWS,
    ),
    Problem(
        "Tampa Bay",
        "four cores of another analysis stand in no plot",
        "soil-plot-unknown",
        TAMPA_BAY_ANALYSED,
    ),
    Problem(
        "Southwest Florida",
        "a bulk density above that of packed sand",
        "implausible-bulk-density",
        FLORIDA_ROW,
    ),
    Problem(
        "Southwest Florida",
        "a plot stands once for each of its herbs",
        "plot-duplicate",
        (("      distinct: true             # a plot stands once for each species of herbs\n", ""),),
    ),
    Problem("Southwest Florida", "a core where no plot is", "soil-plot-unknown"),
    Problem("Chinese coast", "density and carbon in 78 of 419 sections", "section-incomplete"),
    Problem("Chinese coast", "positions of sites, not of cores", "coordinates-repeated"),
    Problem(
        "Western Port",
        "all three mangrove cores lie outside the mapped mangroves",
        "plot-outside-boundary",
        MANGROVES_ON_THE_MAP,
    ),
    Problem("Western Port", "three slices in 30 cm", "sections-apart"),
)
"""Problems that the descriptions of the inventories name, or that were found while they were read."""


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


def others_table(inventories: Path) -> str:
    """What the rules tell of each inventory, of trees as the project file of their example stands."""
    rows = []
    for name in INVENTORIES:
        found = check_inventory(inventories, name)
        # The rules of other rooms have pages of their own.
        for rule in sorted(found.suspect):
            severity = "waived" if rule in found.errors else "note"
            rows.append((name, f"`{rule}`", severity, str(found.rows[rule])))
    return _table(("inventory", "rule", "", "rows"), rows)


def page(inventories: Path, text: str) -> str:
    """Text of the page with both tables as they are found now."""
    for mark, table in ((KNOWN, known_table(inventories)), (OTHERS, others_table(inventories))):
        before, _, after = text.split(mark)
        text = f"{before}{mark}\n\n{table}\n\n{mark}{after}"
    return text


if __name__ == "__main__":
    PAGE.write_text(page(Path(sys.argv[1]), PAGE.read_text(encoding="utf-8")), encoding="utf-8")
