"""A copy of the demo project that each test spoils in one place, and the run that must refuse it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from small_project import small_project
from spoiled import PROJECT_FILES, Spoiled, bytes_of, mrv


@pytest.fixture(scope="session")
def sound(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that the demo project is computed from; not to be written to."""
    folder = tmp_path_factory.mktemp("sound")
    for name in PROJECT_FILES:
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(demo / name, folder / name)
    return folder


@pytest.fixture
def project(sound: Path, tmp_path: Path) -> Spoiled:
    """A copy of the demo project, to be spoiled."""
    folder = tmp_path / "project"
    shutil.copytree(sound, folder)
    return Spoiled(folder)


@pytest.fixture(scope="session")
def older(sound: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of the sound project; not to be written to."""
    out = tmp_path_factory.mktemp("older") / "out"
    result = mrv("run", sound, "-o", out)
    assert result.exit_code == 0, result.output
    return out


@pytest.fixture(scope="session")
def mapped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of a small project with maps; not to be written to."""
    folder = tmp_path_factory.mktemp("mapped")
    project = small_project(folder / "project")
    result = mrv("run", project, "-o", folder / "out")
    assert result.exit_code == 0, result.output
    return folder / "out"


@dataclass(frozen=True)
class SealedRun:
    """A signed package, and the keys it was signed with."""

    package: Path
    private_key: Path
    public_key: Path


@pytest.fixture(scope="session")
def sealed(sound: Path, older: Path, tmp_path_factory: pytest.TempPathFactory) -> SealedRun:
    """Package of the sound project; not to be written to."""
    folder = tmp_path_factory.mktemp("sealed")
    found = SealedRun(folder / "package.zip", folder / "key.pem", folder / "public.pem")
    assert mrv("key", "new", found.private_key).exit_code == 0
    shown = mrv("key", "show", found.private_key, "--json")
    found.public_key.write_text(json.loads(shown.stdout)["public_key"], encoding="utf-8")
    result = mrv("seal", older, "-o", found.package, "--project", sound, "--key", found.private_key)
    assert result.exit_code == 0, result.output
    return found


COUNT_LINE = re.compile(r"(1 finding|[0-9]+ findings); nothing was written\.")


@pytest.fixture
def refused(project: Spoiled, older: Path, tmp_path: Path) -> Callable[[], list[str]]:
    """Run the spoiled project, which must be refused, and return the lines of findings.

    It is run twice: to a folder that does not exist, and to one that holds older results. Both must
    be as they were afterwards, with nothing left beside them.
    """

    def run() -> list[str]:
        target = tmp_path / "target"
        target.mkdir()
        new, old = target / "new", target / "old"
        shutil.copytree(older, old)
        before = bytes_of(target)
        result = mrv("run", project.folder, "-o", new)
        again = mrv("run", project.folder, "-o", old)
        assert isinstance(result.exception, SystemExit), result.exception
        assert result.exit_code == 2, result.output
        assert "Traceback" not in result.output
        assert result.stdout == ""
        assert (again.exit_code, again.stderr) == (result.exit_code, result.stderr)
        assert bytes_of(target) == before
        assert sorted(path.name for path in target.iterdir()) == ["old"]
        *lines, last = result.stderr.splitlines()
        assert COUNT_LINE.fullmatch(last), result.stderr
        assert last.startswith(f"{len(lines)} finding")
        assert all(re.search(r"  \[[a-z0-9-]+\]$", line) for line in lines), result.stderr
        return lines

    return run
