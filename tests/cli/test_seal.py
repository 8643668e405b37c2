"""Sealing a run: what programs that know nothing of us say of a package, and what is refused."""

import json
import os
import shutil
import subprocess
import sys
import types
import zipfile
from pathlib import Path

import pytest
from spoiled import bytes_of, mrv

from mrv.errors import PackageError
from mrv.evidence.archive import TOP
from mrv.evidence.package import open_package
from mrv.provenance import sha256_of_file

SUM = "tagmanifest-sha256.txt"


def program(*arguments: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(argument) for argument in arguments], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def bag(sealed, tmp_path_factory) -> Path:
    """The package, unpacked by a program of others; not to be written to."""
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(sealed.package) as archive:
        archive.extractall(folder)
    return folder / TOP.rstrip("/")


def test_sha256sum_accepts_every_file(bag):
    for manifest in ("manifest-sha256.txt", SUM):
        checked = program("sha256sum", "--check", "--strict", manifest, folder=bag)
        assert checked.returncode == 0, checked.stderr
        assert len(checked.stdout.splitlines()) == len((bag / manifest).read_text().splitlines())


def test_openssl_accepts_the_signature(bag):
    arguments = ("-pubin", "-inkey", "public-key.pem", "-rawin", "-sigfile", f"{SUM}.sig")
    assert program("openssl", "pkeyutl", "-verify", *arguments, "-in", SUM, folder=bag).returncode == 0
    other = program("openssl", "pkeyutl", "-verify", *arguments, "-in", "bagit.txt", folder=bag)
    assert other.returncode == 1


def test_a_bagit_validator_accepts_the_bag(bag, tmp_path, monkeypatch):
    # The validator asks a package that setuptools no longer brings for its own version.
    versions = types.ModuleType("pkg_resources")
    versions.DistributionNotFound = LookupError
    versions.get_distribution = {}.__getitem__
    monkeypatch.setitem(sys.modules, "pkg_resources", versions)
    import bagit

    assert bagit.Bag(str(bag)).validate()
    spoiled = tmp_path / "bag"
    shutil.copytree(bag, spoiled)
    (spoiled / "data/results/results.json").write_text("{}", encoding="utf-8")
    with pytest.raises(bagit.BagValidationError):
        bagit.Bag(str(spoiled)).validate()


def test_an_ro_crate_library_finds_the_run(bag, older):
    from rocrate.rocrate import ROCrate

    crate = ROCrate(bag / "data")
    assert crate.root_dataset["conformsTo"].id == "https://w3id.org/ro/wfrun/process/0.5"
    (run,) = crate.get_by_type("CreateAction")
    assert run["instrument"]["name"] == "mrv"
    record = json.loads((older / "run.json").read_text(encoding="utf-8"))
    inputs = {entity.id for entity in run["object"]}
    assert {f"project/{name}" for name in record["inputs"]} <= inputs
    assert {f"results/{name}" for name in record["outputs"]} | {"results/run.json"} == {
        entity.id for entity in run["result"]
    }
    files = {entity.id: entity for entity in crate.get_by_type("File")}
    on_disk = {
        path.relative_to(bag / "data").as_posix() for path in (bag / "data").rglob("*") if path.is_file()
    }
    assert set(files) == on_disk - {"ro-crate-metadata.json"}
    for name, entity in files.items():
        assert entity["sha256"] == sha256_of_file(bag / "data" / name)


def test_array_hashes_are_those_of_the_decoded_bands(bag):
    import hashlib

    import rasterio

    arrays = json.loads((bag / "data/arrays.json").read_text(encoding="utf-8"))["arrays"]
    paths = {record["path"] for record in arrays}
    assert paths == {path.relative_to(bag / "data").as_posix() for path in (bag / "data").rglob("*.tif")}
    for record in arrays[:12]:
        with rasterio.open(bag / "data" / record["path"]) as source:
            values = source.read(record["band"])
        assert record["shape"] == list(values.shape)
        little = values.astype(values.dtype.newbyteorder("<")).tobytes()
        assert record["sha256"] == hashlib.sha256(little).hexdigest()


def test_the_same_run_gives_the_same_bytes(sealed, sound, older, tmp_path, monkeypatch):
    moved = tmp_path / "elsewhere"
    shutil.copytree(older, moved / "out")
    shutil.copytree(sound, moved / "project")
    for path in moved.rglob("*"):
        os.utime(path, (10**9, 10**9))
    monkeypatch.chdir(moved / "project")
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    target = moved / "another name.zip"
    result = mrv("seal", moved / "out", "-o", target, "--key", sealed.private_key)
    assert result.exit_code == 0, result.output
    assert target.read_bytes() == sealed.package.read_bytes()


def test_a_package_tells_nothing_of_the_machine(sealed, sound, older):
    content = sealed.package.read_bytes()
    for secret in (sound, older, Path.home(), sealed.private_key):
        assert str(secret).encode() not in content
    assert b"PRIVATE KEY" not in content


def test_an_intact_package_opens_as_archive_and_as_folder(sealed, bag, sound, older):
    digest = sha256_of_file(bag / SUM)
    for path in (sealed.package, bag):
        with open_package(path, sealed.public_key) as package:
            assert package.package_sha256 == digest
            assert (
                package.signer
                == json.loads(mrv("key", "show", sealed.public_key, "--json").stdout)["fingerprint"]
            )
            assert bytes_of(package.results) == bytes_of(older)
            assert package.project_file.read_bytes() == (sound / "mrv.yaml").read_bytes()
            assert package.methodology is not None
            folder = package.folder
        assert not folder.exists()


@pytest.fixture
def copies(sound, older, tmp_path) -> tuple[Path, Path]:
    """The project and its results, to be spoiled."""
    shutil.copytree(sound, tmp_path / "project")
    shutil.copytree(older, tmp_path / "out")
    return tmp_path / "project", tmp_path / "out"


def test_everything_that_changed_since_the_run_is_told_at_once(copies, tmp_path):
    project, out = copies
    package = tmp_path / "package.zip"
    package.write_bytes(b"older")
    (project / "plots.csv").write_text("plot_id\n", encoding="utf-8")
    (project / "scenes.csv").unlink()
    (out / "results.json").write_text("{}", encoding="utf-8")
    (out / "tables/strata.csv").unlink()
    (out / "note.txt").write_text("mine", encoding="utf-8")
    result = mrv("seal", out, "-o", package, "--project", project)
    assert result.exit_code == 2
    lines = result.stderr.splitlines()
    assert [line.split(":")[0] for line in lines[:-1]] == [
        "project/plots.csv",
        "project/scenes.csv",
        "results/note.txt",
        "results/results.json",
        "results/tables/strata.csv",
    ]
    assert [line.rsplit("[")[-1] for line in lines[:-1]] == [
        "seal-changed]",
        "seal-missing]",
        "seal-foreign]",
        "seal-changed]",
        "seal-missing]",
    ]
    assert package.read_bytes() == b"older"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "package.zip", "project"]


def test_documents_and_tables_must_be_those_of_the_run(copies, tmp_path):
    project, out = copies
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    record["reference_tables"]["species.csv"] = "0" * 64
    record["methodology"]["files"]["parameters.yaml"] = "0" * 64
    (out / "run.json").write_text(json.dumps(record), encoding="utf-8")
    result = mrv("seal", out, "-o", tmp_path / "package.zip", "--project", project)
    assert result.exit_code == 2
    assert "tables/species.csv: is not the reference table that the run read" in result.stderr
    assert "methodology/mangrove_protection/parameters.yaml: is not the document" in result.stderr


def test_files_outside_the_folder_of_the_project_are_refused(copies, tmp_path):
    project, out = copies
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    record["inputs"]["../plots.csv"] = "0" * 64
    (out / "run.json").write_text(json.dumps(record), encoding="utf-8")
    result = mrv("seal", out, "-o", tmp_path / "package.zip", "--project", project)
    assert result.exit_code == 2
    assert "data/project/../plots.csv" in result.stderr
    assert "[package-name]" in result.stderr


def test_results_of_another_command_or_none_are_refused(tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "run.json: there is no such file" in mrv("seal", empty, "-o", tmp_path / "p.zip").stderr
    (empty / "run.json").write_text('{"schema": "mrv-run/1", "command": "area estimate"}', encoding="utf-8")
    result = mrv("seal", empty, "-o", tmp_path / "p.zip")
    assert (result.exit_code, "mrv area estimate" in result.stderr) == (2, True)
    assert mrv("seal", tmp_path / "none", "-o", tmp_path / "p.zip").exit_code == 2


RASTER = "canopy_height_2020.tif"
URL = "https://example.org/canopy%20height.tif"


@pytest.fixture(scope="module")
def lean(sound, older, tmp_path_factory) -> Path:
    package = tmp_path_factory.mktemp("lean") / "package.zip"
    place = f"{RASTER}={URL}"
    result = mrv("seal", older, "-o", package, "--project", sound, "--outside", place)
    assert result.exit_code == 0, result.output
    assert f"Outside the package: {RASTER}" in result.stdout
    return package


def test_a_package_names_a_file_outside_and_does_not_hold_it(lean, sound):
    with zipfile.ZipFile(lean) as archive:
        names = archive.namelist()
        fetch = archive.read(TOP + "fetch.txt").decode()
        manifest = archive.read(TOP + "manifest-sha256.txt").decode()
    size = (sound / RASTER).stat().st_size
    assert f"{TOP}data/project/{RASTER}" not in names
    assert fetch == f"{URL} {size} data/project/{RASTER}\n"
    assert f"{sha256_of_file(sound / RASTER)}  data/project/{RASTER}\n" in manifest


def test_opening_asks_for_files_outside(lean, sound):
    with pytest.raises(PackageError, match=rf"{RASTER}: lies outside the package, at {URL}"):
        open_package(lean).__enter__()
    with open_package(lean, outside=sound) as package:
        brought = package.folder / "data/project" / RASTER
        assert brought.read_bytes() == (sound / RASTER).read_bytes()


def test_another_file_by_the_name_of_one_outside_is_refused(lean, tmp_path):
    (tmp_path / RASTER).write_bytes(b"another")
    with pytest.raises(PackageError, match=rf"{RASTER}: is not the file that was sealed"):
        open_package(lean, outside=tmp_path).__enter__()


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("mrv.yaml=https://example.org/x", "is no input of the run that could stay outside"),
        ("nothing.tif=https://example.org/x", "is no input of the run that could stay outside"),
        (f"{RASTER}=relative/x.tif", "is neither a URL nor an absolute path"),
        (f"{RASTER}=https://example.org/a b.tif", "holds a space"),
    ],
)
def test_what_cannot_stay_outside(sound, older, tmp_path, place, told):
    result = mrv("seal", older, "-o", tmp_path / "p.zip", "--project", sound, "--outside", place)
    assert (result.exit_code, told in result.stderr) == (2, True), result.output
    assert not (tmp_path / "p.zip").exists()


def test_a_day_is_borne_only_where_one_is_named(sealed, sound, older, tmp_path):
    result = mrv("seal", older, "-o", tmp_path / "p.zip", "--project", sound, "--date", "2026-05-01")
    assert result.exit_code == 0
    with zipfile.ZipFile(tmp_path / "p.zip") as archive:
        assert b"Bagging-Date: 2026-05-01\n" in archive.read(TOP + "bag-info.txt")
    with zipfile.ZipFile(sealed.package) as archive:
        assert b"Date" not in archive.read(TOP + "bag-info.txt")
        assert b'"datePublished": "2020-01-01"' in archive.read(TOP + "data/ro-crate-metadata.json")
    assert mrv("seal", older, "-o", tmp_path / "p.zip", "--date", "May").exit_code == 2


TSA = """\
[tsa]
default_tsa = tsa1
[tsa1]
serial = serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
[ext]
extendedKeyUsage = critical,timeStamping
keyUsage = critical,digitalSignature
"""


def test_a_time_stamp_of_an_authority_is_kept_and_checked(sealed, sound, older, bag, tmp_path):
    (tmp_path / "tsa.cnf").write_text(TSA + "[req]\ndistinguished_name = dn\n[dn]\n", encoding="utf-8")
    (tmp_path / "serial").write_text("01\n", encoding="utf-8")
    (tmp_path / "other.txt").write_text("other", encoding="utf-8")
    made = program(
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "tsa.key", "-out", "tsa.pem",
        "-subj", "/CN=An authority", "-days", "3650", "-config", "tsa.cnf", "-extensions", "ext",
        folder=tmp_path,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    for name, data in (("right", bag / SUM), ("wrong", tmp_path / "other.txt")):
        query = program(
            "openssl",
            "ts",
            "-query",
            "-data",
            data,
            "-sha256",
            "-cert",
            "-out",
            f"{name}.tsq",
            folder=tmp_path,
        )
        assert query.returncode == 0, query.stderr
        reply = program(
            "openssl", "ts", "-reply", "-queryfile", f"{name}.tsq", "-config", "tsa.cnf", "-signer",
            "tsa.pem", "-inkey", "tsa.key", "-out", f"{name}.tsr", folder=tmp_path,
        )  # fmt: skip
        assert reply.returncode == 0, reply.stderr
    stamped = tmp_path / "stamped.zip"
    seal = ("seal", older, "-o", stamped, "--project", sound, "--key", sealed.private_key, "--timestamp")
    refused = mrv(*seal, tmp_path / "wrong.tsr")
    assert (refused.exit_code, stamped.exists()) == (2, False)
    assert "is a time stamp of something else than this tag manifest" in refused.stderr
    assert mrv(*seal, bag / SUM).exit_code == 2
    assert mrv(*seal, tmp_path / "right.tsr").exit_code == 0
    with open_package(stamped) as package, open_package(sealed.package) as plain:
        assert package.package_sha256 == plain.package_sha256
        response = package.folder / f"{SUM}.tsr"
        checked = program(
            "openssl", "ts", "-verify", "-data", package.folder / SUM, "-in", response, "-CAfile", "tsa.pem",
            folder=tmp_path,
        )  # fmt: skip
        assert checked.returncode == 0, checked.stderr
