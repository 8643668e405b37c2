"""The commands of the README that write every document of the demo, run as they stand there."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from test_report import streams_of

from tests.unit.test_docs import ROOT, blocks

DOCUMENTS = (
    *(f"report.{suffix}" for suffix in ("html", "pdf", "docx", "xlsx")),
    *(f"finance.{suffix}" for suffix in ("pdf", "xlsx")),
    *("statement.json", "statement.json.sig", "statement.pdf", "statement.pdf.sig"),
    *(
        f"auction/{name}.{language}.{suffix}"
        for language in ("en", "zh")
        for name, suffix in (
            ("dossier", "pdf"),
            ("dossier", "docx"),
            ("summary", "pdf"),
            ("announcement", "txt"),
            ("lots", "xlsx"),
        )
    ),
    *("auction/units.csv", "auction/lots.json", "certificate.pdf"),
)
BEGINNINGS = {".pdf": b"%PDF-1.7", ".html": b"<!DOCTYPE html>", ".docx": b"PK", ".xlsx": b"PK"}


def block_of(page: Path) -> str:
    [block] = [block for block in blocks(page, "sh") if "mrv auction settle" in block]
    return block


@pytest.fixture(scope="module")
def written(older: Path, sound: Path, whole_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder in which the commands of the README were run, after a run of the demo without its model."""
    root = tmp_path_factory.mktemp("documents")
    shutil.copytree(older, root / "demo-results")
    shutil.copytree(sound, root / "data" / "demo")
    for name in ("finance.yaml", "lots.yaml"):
        shutil.copyfile(whole_demo / name, root / "data" / "demo" / name)
    activate, _, commands = block_of(ROOT / "README.md").partition("\n")
    assert activate == ". .venv/bin/activate"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("MRV_")}
    done = subprocess.run(
        ["bash", "-e", "-c", commands],
        cwd=root,
        env={**surroundings, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1,879,375 CNY" in done.stdout
    return root / "documents"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_is_there(written: Path, name: str) -> None:
    content = (written / name).read_bytes()
    assert content.startswith(BEGINNINGS.get(Path(name).suffix, b""))
    if Path(name).suffix in (".docx", ".xlsx"):
        assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
    assert len(content) >= 64


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_dossier_holds_the_results_it_rests_on(written: Path, older: Path, language: str) -> None:
    dossier = (written / "auction" / f"dossier.{language}.pdf").read_bytes()
    assert (older / "results.json").read_bytes() in streams_of(dossier)


def test_the_tables_name_every_document() -> None:
    for readme in ("README.md", "README.zh-CN.md"):
        text = (ROOT / readme).read_text(encoding="utf-8")
        named = set(re.findall(r"`((?:report|finance|statement)\.\*|auction/|certificate\.pdf)`", text))
        assert named >= {"report.*", "finance.*", "statement.*", "auction/", "certificate.pdf"}
