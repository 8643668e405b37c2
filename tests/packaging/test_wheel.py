"""The wheel holds everything, and works where there is no checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
MAPPED = {"mrv.data": "data", "mrv.methodology": "methodology"}


def packages_declared() -> set[str]:
    pyproject = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    return set(pyproject["tool"]["setuptools"]["packages"])


def test_pyproject_names_every_package():
    found = {
        ".".join(init.parent.relative_to(REPOSITORY).parts)
        for init in (REPOSITORY / "mrv").rglob("__init__.py")
    }
    assert packages_declared() == found | set(MAPPED)


def test_the_mapped_folders_hold_no_code():
    for folder in MAPPED.values():
        assert [path.name for path in (REPOSITORY / folder).rglob("*.py")] == ["__init__.py"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    source = tmp_path_factory.mktemp("source") / "checkout"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
    ).stdout.decode()
    for name in filter(None, listed.split("\0")):
        if (REPOSITORY / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((REPOSITORY / name).read_bytes())
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(source)],
        check=True,
        capture_output=True,
    )
    return next(out.glob("*.whl"))


def test_the_wheel_holds_data_methodologies_and_code(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    for folder in ("mrv", "data", "methodology"):
        for path in (REPOSITORY / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                inside = path.relative_to(REPOSITORY).as_posix()
                assert (inside if folder == "mrv" else f"mrv/{inside}") in names


def test_the_installed_wheel_runs_the_demo_from_the_root_folder(wheel: Path, tmp_path: Path):
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv/bin/python"
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", str(wheel)], check=True
    )
    # The dependencies of this environment, without its editable install: a path file is not followed twice.
    purelib = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    (Path(purelib) / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "MRV"))}
    out = tmp_path / "out"
    printed = subprocess.run(
        [tmp_path / "venv/bin/mrv", "run", Path(purelib) / "mrv/data/demo", "-o", out, "--json", "-q"],
        cwd="/",
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert json.loads(printed) == json.loads((out / "results.json").read_text(encoding="utf-8"))
    listed = subprocess.run(
        [tmp_path / "venv/bin/mrv", "methodology", "list", "--json"],
        cwd="/",
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert [entry["id"] for entry in json.loads(listed)] == [
        "ccer_14_002_v01",
        "ipcc_2013_tier1",
        "mangrove_protection",
        "vm0033_v2_1",
    ]
