"""Tables of an older project, in place of those installed."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mrv.errors import UsageError
from mrv.imagery.sensors import sensor_number
from mrv.reference import equations, wood_densities
from mrv.sourced_tables import REFERENCE_TABLES, data_table, reference_tables, sourced_rows


@pytest.fixture
def folder(tmp_path) -> Path:
    for name in REFERENCE_TABLES:
        shutil.copyfile(str(data_table(name)), tmp_path / f"{name}.csv")
    return tmp_path


def changed(folder: Path, name: str, old: str, new: str) -> None:
    file = folder / f"{name}.csv"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_other_tables_hold_inside_the_block_and_in_threads_only_there(folder):
    installed = equations()
    density = next(iter(wood_densities().values())).wood_density_g_cm3
    changed(folder, "wood_density", f",{density:g},", ",0.123,")
    before = {name: entry.wood_density_g_cm3 for name, entry in wood_densities().items()}
    with reference_tables(folder):
        assert equations() is not installed
        assert equations() == installed
        inside = {name: entry.wood_density_g_cm3 for name, entry in wood_densities().items()}
        assert 0.123 in inside.values()
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(wood_densities).result() is wood_densities()
    assert equations() is installed
    assert {name: entry.wood_density_g_cm3 for name, entry in wood_densities().items()} == before


def test_two_folders_are_kept_apart_even_at_one_path(folder):
    with reference_tables(folder):
        first = {row["species"] for row in sourced_rows("species")}
        equations()
    changed(folder, "equations", "komiyama_2005_agb", "renamed_agb")
    with reference_tables(folder):
        assert "renamed_agb" in equations()
        assert {row["species"] for row in sourced_rows("species")} == first


def test_no_table_is_taken_from_elsewhere(folder):
    (folder / "sensors.csv").unlink()
    with reference_tables(folder), pytest.raises(UsageError, match=r"holds no reference table sensors\.csv"):
        sensor_number("sentinel2", "anything")


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"\xff\xfe\n", b'species,"x\n' * 3])
def test_a_table_that_is_none_is_told_without_a_traceback(folder, content):
    (folder / "wood_density.csv").write_bytes(content)
    with reference_tables(folder):
        if content:
            with pytest.raises(UsageError, match="its reference tables cannot be read"):
                wood_densities()
        else:
            assert wood_densities() == {}
