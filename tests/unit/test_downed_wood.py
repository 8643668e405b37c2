"""Downed wood: lines, pieces and counts, and two published tables of them."""

from __future__ import annotations

import csv
import math

import numpy as np
import pandas as pd
import pytest

from mrv.biomass.dead_wood import counted_squares, line_intersect_volume
from mrv.biomass.downed_lines import downed_of_plots, line_mass
from mrv.inputs.downed_declaration import DownedWood
from mrv.inputs.downed_tables import read_downed_wood

CLASSES = {
    "large": {"length_m": 12, "density_g_cm3": 0.5, "source": "a test"},
    "fine": {
        "length_m": 2,
        "density_g_cm3": 0.4,
        "quadratic_mean_diameter_cm": 0.5,
        "source": "a test",
    },
}


def where(*key):
    return ".".join(str(part) for part in ("downed_wood", *key))


def read(tmp_path, lines, pieces, counts, **more):
    for name, text in (("lines", lines), ("pieces", pieces), ("counts", counts)):
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    declaration = DownedWood.model_validate(
        {
            "lines": {"file": "lines.csv"},
            "pieces": [{"file": "pieces.csv"}],
            "counts": [{"file": "counts.csv"}],
            "classes": CLASSES,
            **more,
        }
    )
    return read_downed_wood(declaration, tmp_path, where, frozenset({"P1", "P2", "P3"}))


LINES = "plot_id,line_id\nP1,a\nP1,b\nP2,a\n"
PIECES = "plot_id,line_id,piece_class,diameter_cm\nP1,a,large,10\nP1,a,large,20\n"
COUNTS = "plot_id,line_id,piece_class,pieces\nP1,b,fine,8\nP2,a,fine,0\n"


def test_mass_of_lines_and_plots(tmp_path):
    downed, findings, _ = read(tmp_path, LINES, PIECES, COUNTS)
    assert findings == []
    lines = line_mass(downed.lines, downed.squares, downed.classes)
    large = math.pi**2 * 500 / (8 * 12) * 0.5
    fine = math.pi**2 * 8 * 0.25 / (8 * 2) * 0.4
    np.testing.assert_allclose(lines["downed_wood_t_ha"], [large, fine, 0])
    plots = downed_of_plots(lines, pd.Series(["P1", "P2", "P3"]))
    np.testing.assert_allclose(plots[:2], [(large + fine) / 2, 0])
    assert math.isnan(plots[2])


def test_order_of_rows_is_irrelevant(tmp_path):
    downed, _, _ = read(tmp_path, LINES, PIECES, COUNTS)
    whole = line_mass(downed.lines, downed.squares, downed.classes)
    turned = line_mass(downed.lines, downed.squares.iloc[::-1], downed.classes)
    pd.testing.assert_frame_equal(whole, turned)


def test_what_is_wrong_is_found_at_once(tmp_path):
    _, findings, _ = read(
        tmp_path,
        LINES + "P9,a\n",
        PIECES + "P1,a,lage,12\nP2,z,large,9\n",
        COUNTS + "P1,a,large,3\n",
    )
    assert sorted(finding.rule for finding in findings) == [
        "count-without-diameter",
        "line-unknown",
        "piece-class-unknown",
        "plot-unknown",
    ]
    (near,) = (f for f in findings if f.rule == "piece-class-unknown")
    assert near.where == "pieces.csv:4:piece_class"
    assert "did you mean large?" in near.text()


def test_zambezi_volumes_of_counted_pieces(shared):
    """Counts of fine, small and medium pieces give the published volumes to their two decimals."""
    with (shared / "data/zambezi/Zambezi_WoodyDebris_CWD.csv").open(encoding="latin-1") as stream:
        rows = [row for row in list(csv.reader(stream))[4:] if row[0]]
    for count, published, mean, length in ((7, 12, 5.25, 5), (8, 13, 1.55, 3), (9, 14, 0.30, 2)):
        pairs = [(float(row[count]), float(row[published])) for row in rows if row[count] and row[published]]
        pieces, volume = np.array(pairs).T
        found = line_intersect_volume(
            counted_squares(pieces, np.full(len(pieces), mean)), np.full(len(pieces), float(length))
        )
        assert len(pieces) > 1000
        np.testing.assert_allclose(found, volume, atol=0.0051)


def test_zambezi_large_wood_was_published_without_its_squares(shared):
    """The published volume of the first large piece is that of its diameter where its square belongs."""
    with (shared / "data/zambezi/Zambezi_WoodyDebris_CWD.csv").open(encoding="latin-1") as stream:
        row = next(row for row in list(csv.reader(stream))[4:] if row[3] == "9.5")
    length = np.array([12.0])
    assert float(row[10]) == pytest.approx(line_intersect_volume(np.array([9.5]), length)[0], abs=0.005)
    assert float(row[10]) * 9.5 == pytest.approx(
        line_intersect_volume(np.array([float(row[4])]), length)[0], abs=0.05
    )


def test_terraba_sierpe_debris_is_read_as_it_is(shared):
    names = {"plot_id": ["site_id", "transect_id", "plot_id"], "line_id": "subtransect_id"}
    file = "Cifuentes_and_Torres_2024_debris.csv"
    folder = shared / "data/terraba_sierpe"
    declaration = DownedWood.model_validate(
        {
            "lines": {"file": file, "missing": ["NA"], "columns": names, "distinct": True},
            "pieces": [
                {
                    "file": file,
                    "missing": ["NA"],
                    "columns": {**names, "piece_class": "size_class", "diameter_cm": "debris_diameter"},
                }
            ],
            "classes": {
                name: {"length_m": length, "density_g_cm3": 0.45, "source": "a test"}
                for name, length in ((">7.5", 12), ("2.5-7.5", 10), ("<2.5", 5))
            },
        }
    )
    plots = pd.read_csv(folder / "Cifuentes_and_Torres_2024_plots.csv", encoding="utf-8-sig", dtype=str)
    ids = plots["site_id"] + "/" + plots["transect_id"] + "/" + plots["plot_id"]
    downed, findings, _ = read_downed_wood(declaration, folder, where, frozenset(ids))
    assert [finding for finding in findings if finding.severity == "error"] == []
    lines = line_mass(downed.lines, downed.squares, downed.classes)
    mean = downed_of_plots(lines, ids)
    assert len(downed.squares) == 3079
    assert mean.notna().sum() > 100
    assert 2 < mean.mean() < 60
