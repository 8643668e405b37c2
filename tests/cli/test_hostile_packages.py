"""Packages that somebody altered or made to do harm: each is refused, with its place, and nothing is used."""

import io
import json
import os
import random
import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from spoiled import bytes_of, mrv

from mrv.errors import PackageError
from mrv.evidence.archive import FIXED_TIME, TOP, write_archive
from mrv.evidence.bag import MANIFEST, SIGNATURE, TAG_MANIFEST, info_text, manifest_text
from mrv.evidence.limits import Limits
from mrv.evidence.package import open_package
from mrv.provenance import sha256_of_bytes

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def files(sealed) -> Files:
    """Content of the package by name in the bag; not to be written to."""
    with zipfile.ZipFile(sealed.package) as archive:
        return {name.removeprefix(TOP): archive.read(name) for name in archive.namelist()}


def refusal(path: Path, key: Path | None = None, limits: Limits | None = None) -> dict[str, str]:
    """Rule of each finding by its place."""
    with pytest.raises(PackageError) as caught, open_package(path, key, limits or Limits()):
        pass
    assert caught.value.exit_code == 3
    return {finding.where: finding.rule for finding in caught.value.findings}


@pytest.fixture
def altered(files, tmp_path) -> Callable[..., Path]:
    """Package with files replaced, added or (None) taken out, packed as ``mrv seal`` packs."""

    def pack(changes: dict[str, bytes | None]) -> Path:
        members = {name: content for name, content in {**files, **changes}.items() if content is not None}
        write_archive(tmp_path / "altered.zip", members)
        return tmp_path / "altered.zip"

    return pack


def resealed(files: Files, changes: dict[str, bytes | None]) -> Files:
    """Files of an unsigned package whose manifests were made anew for what was changed."""
    payload = {
        name: content
        for name, content in {**files, **changes}.items()
        if name.startswith("data/") and content is not None
    }
    tags = {
        "bagit.txt": files["bagit.txt"],
        "bag-info.txt": info_text({name: len(content) for name, content in payload.items()}, {}),
        MANIFEST: manifest_text({name: sha256_of_bytes(content) for name, content in payload.items()}),
    }
    tags[TAG_MANIFEST] = manifest_text({name: sha256_of_bytes(content) for name, content in tags.items()})
    return {**payload, **tags}


def flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


# Tampering: every class of bytes.


@pytest.mark.parametrize(
    "name",
    [
        "data/results/results.json",
        "data/results/trace.json",
        "data/results/tables/strata.csv",
        "data/results/run.json",
        "data/project/mrv.yaml",
        "data/project/trees_2020.csv",
        "data/project/canopy_height_2020.tif",
        "data/methodology/mangrove_protection/parameters.yaml",
        "data/tables/equations.csv",
        "data/environment.json",
        "data/requirements.lock",
        "data/arrays.json",
        "data/ro-crate-metadata.json",
    ],
)
def test_a_changed_byte_of_the_payload_is_told_by_its_file(files, altered, name):
    middle = len(files[name]) // 2
    assert refusal(altered({name: flipped(files[name], middle)})) == {name: "package-file-altered"}


@pytest.mark.parametrize("name", ["bagit.txt", "bag-info.txt"])
def test_a_changed_tag_file_is_told(files, altered, name):
    told = refusal(altered({name: flipped(files[name], 12)}))
    assert told[name] in ("package-file-altered", "package-manifest")


def test_a_changed_manifest_is_told(files, altered):
    assert refusal(altered({MANIFEST: flipped(files[MANIFEST], 0)}))[MANIFEST] == "package-file-altered"
    told = refusal(altered({TAG_MANIFEST: flipped(files[TAG_MANIFEST], 0)}))
    assert told[SIGNATURE] == "package-signature"


def test_a_changed_signature_or_public_key_is_told(files, altered):
    assert refusal(altered({SIGNATURE: flipped(files[SIGNATURE], 5)})) == {SIGNATURE: "package-signature"}
    assert refusal(altered({SIGNATURE: b""})) == {SIGNATURE: "package-signature"}
    told = refusal(altered({"public-key.pem": flipped(files["public-key.pem"], 60)}))
    assert "package-file-altered" in told.values() or "package-key" in told.values()


def test_another_key_under_new_manifests_is_told_where_the_signer_is_known(files, sealed, tmp_path):
    from mrv.evidence.keys import public_pem, read_private_key

    other = tmp_path / "other.pem"
    mrv("key", "new", other)
    key = read_private_key(other)
    members = resealed(files, {})
    tags = {name: content for name, content in members.items() if "/" not in name and name != TAG_MANIFEST}
    tags["public-key.pem"] = public_pem(key.public_key())
    manifest = manifest_text({name: sha256_of_bytes(content) for name, content in tags.items()})
    forged = tmp_path / "forged.zip"
    write_archive(forged, {**members, **tags, TAG_MANIFEST: manifest, SIGNATURE: key.sign(manifest)})
    assert refusal(forged, sealed.public_key) == {"public-key.pem": "package-signer"}
    with open_package(forged) as package, open_package(sealed.package) as real:
        assert package.signer != real.signer


def test_a_signature_taken_off_is_told_where_the_signer_is_known(files, sealed, altered):
    assert refusal(altered({SIGNATURE: None})) == {SIGNATURE: "package-file-missing"}
    stripped = altered(dict.fromkeys(files) | resealed(files, {}))
    assert refusal(stripped, sealed.public_key) == {SIGNATURE: "package-unsigned"}
    with open_package(stripped) as package:
        assert package.signer is None


def test_a_file_too_many_or_too_few_is_told(altered):
    assert refusal(altered({"data/results/new.csv": b"x"})) == {
        "data/results/new.csv": "package-file-unlisted",
        "bag-info.txt": "package-oxum",
    }
    assert refusal(altered({"note.txt": b"x"})) == {"note.txt": "package-file-unlisted"}
    assert refusal(altered({"data/results/trace.json": None})) == {
        "data/results/trace.json": "package-file-missing",
        "bag-info.txt": "package-oxum",
    }
    assert refusal(altered({"bag-info.txt": None}))["bag-info.txt"] == "package-file-missing"


def test_new_manifests_do_not_hide_a_change_from_the_record_of_the_run(files, tmp_path):
    results = files["data/results/results.json"]
    changed = results.replace(b'"confidence_level": 0.9', b'"confidence_level": 0.8', 1)
    assert changed != results
    plots = "data/project/plots.csv"
    changes = {
        "data/results/results.json": changed,
        plots: None,
        "data/results/extra.txt": b"x",
        "data/arrays.json": None,
    }
    forged = tmp_path / "forged.zip"
    write_archive(forged, resealed(files, changes))
    assert refusal(forged) == {
        "data/results/results.json": "package-file-altered",
        plots: "package-file-missing",
        "data/results/extra.txt": "package-file-unlisted",
        "data/arrays.json": "package-file-missing",
    }


def test_every_byte_of_the_archive_counts(sealed, tmp_path):
    content = sealed.package.read_bytes()
    draw = random.Random(20200101)
    directory = content.rindex(b"PK\x05\x06")
    places = [0, 4, 6, 8, 10, 12, 14, 18, 22, 26, 28, 30, directory + 4, directory + 8, directory + 16]
    places += [draw.randrange(len(content)) for _ in range(20)]
    places += [draw.randrange(len(content) - 12_000, len(content)) for _ in range(15)]
    spoiled = tmp_path / "spoiled.zip"
    for at in places:
        spoiled.write_bytes(flipped(content, at))
        assert refusal(spoiled), at


@pytest.mark.parametrize("kept", [0, 10, 1000, -1, -22, -30_000])
def test_a_truncated_tail_is_told(sealed, tmp_path, kept):
    cut = tmp_path / "cut.zip"
    cut.write_bytes(sealed.package.read_bytes()[:kept])
    assert refusal(cut) == {"cut.zip": "package-archive"}


def test_data_around_the_archive_are_told(sealed, tmp_path):
    content = sealed.package.read_bytes()
    second = io.BytesIO()
    with zipfile.ZipFile(second, "w") as archive:
        archive.writestr("other.txt", "other")
    around = tmp_path / "around.zip"
    for spoiled in (content + b"x", b"x" + content, content + second.getvalue(), second.getvalue() + content):
        around.write_bytes(spoiled)
        assert set(refusal(around).values()) == {"package-archive"}


# Archives made to do harm.


def hostile(path: Path, entries: list[tuple[zipfile.ZipInfo, bytes]]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for entry, content in entries:
            archive.writestr(entry, content)
    return path


def entry(name: str, **more: object) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, FIXED_TIME)
    info.create_system = 3
    info.external_attr = 0o100644 << 16
    for attribute, value in more.items():
        setattr(info, attribute, value)
    return info


@pytest.mark.parametrize(
    "name",
    [
        "../outside.txt",
        "package/../../outside.txt",
        "package/data/./x",
        "package//x",
        "/etc/outside.txt",
        "C:/outside.txt",
        "C:outside.txt",
        "package\\..\\outside.txt",
        "package/a\nb",
        "package/con.txt",
        "package/data/x.",
        "package/data/ x",
        "package/data/%2e%2e/x",
        "package/data/cafe\u0301.csv",
        "package/data/" + "x" * 100,
        "package/" + "/".join("abc" for _ in range(300)),
    ],
)
def test_names_that_lead_elsewhere_are_refused_and_nothing_is_written(tmp_path, name):
    path = hostile(tmp_path / "package.zip", [(entry(name), b"x")])
    before = bytes_of(tmp_path)
    assert set(refusal(path).values()) in ({"package-name"}, {"package-archive"})
    assert bytes_of(tmp_path) == before
    assert not Path("/etc/outside.txt").exists()


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("data/a.csv", "data/a.csv"),
        ("data/a.csv", "data/A.csv"),
        ("data/straße.csv", "data/STRASSE.csv"),
        ("data/ﬁle.csv", "data/file.csv"),
        ("data/Folder/a.csv", "data/folder/b.csv"),
        ("data/a", "data/a/b.csv"),
        ("data/a/b.csv", "data/A"),
    ],
)
def test_names_that_some_system_takes_for_one_are_refused(tmp_path, first, second):
    path = hostile(tmp_path / "package.zip", [(entry(TOP + name), b"x") for name in (first, second)])
    assert refusal(path) == {TOP + second: "package-name-twice"}


@pytest.mark.parametrize(
    ("info", "told"),
    [
        (entry("package/link", external_attr=(stat.S_IFLNK | 0o777) << 16), "is a link"),
        (entry("package/pipe", external_attr=(stat.S_IFIFO | 0o644) << 16), "is a folder or special"),
        (entry("package/device", external_attr=(stat.S_IFBLK | 0o644) << 16), "is a folder or special"),
        (entry("package/small", compress_type=zipfile.ZIP_DEFLATED), "is compressed"),
        (entry("elsewhere/x"), "is outside the folder package/"),
    ],
)
def test_entries_that_are_no_plain_files_are_refused(tmp_path, info, told):
    path = hostile(tmp_path / "package.zip", [(info, b"/etc/passwd" * 100)])
    with pytest.raises(PackageError, match=told), open_package(path):
        pass


def test_encrypted_entries_are_refused(tmp_path):
    path = hostile(tmp_path / "package.zip", [(entry("package/x"), b"x")])
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    assert refusal(path) == {"package/x": "package-entry"}


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    bomb = tmp_path / "bomb.zip"
    with (
        zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("package/x", "w") as stream,
    ):
        for _ in range(64):
            stream.write(bytes(2**20))
    assert bomb.stat().st_size < 2**17
    assert refusal(bomb)["package/x"] == "package-entry"


def test_entries_that_share_bytes_are_refused(tmp_path):
    path = hostile(tmp_path / "package.zip", [(entry(f"{TOP}{name}"), bytes(1000)) for name in "abc"])
    content = bytearray(path.read_bytes())
    at = content.index(b"PK\x01\x02")
    size = 46 + len(TOP) + 1
    for _ in range(2):
        at += size
        content[at + 42 : at + 46] = bytes(4)  # every file begins where the first one does
    path.write_bytes(content)
    assert set(refusal(path).values()) <= {"package-archive", "package-entry"}


def test_limits_hold_before_anything_is_unpacked(sealed, files, tmp_path):
    assert refusal(sealed.package, limits=Limits(files=len(files) - 1)) == {"package.zip": "package-archive"}
    assert refusal(sealed.package, limits=Limits(total_bytes=1000)) == {"package.zip": "package-archive"}
    large = max(files, key=lambda name: len(files[name]))
    told = refusal(sealed.package, limits=Limits(file_bytes=len(files[large]) - 1))
    assert told == {TOP + large: "package-too-large"}


def test_a_million_files_are_refused_by_their_number(tmp_path):
    path = hostile(tmp_path / "package.zip", [(entry("package/x"), b"")])
    content = path.read_bytes()
    end = content.rindex(b"PK\x05\x06")
    one = content[content.index(b"PK\x01\x02") : end]
    start = content.index(b"PK\x01\x02")
    import struct

    from mrv.evidence.archive import END, END_64, END_64_LOCATOR

    count = 1_000_000
    with path.open("wb") as stream:
        stream.write(content[:start])
        for _ in range(count // 1000):
            stream.write(one * 1000)
        where = stream.tell()
        stream.write(END_64.pack(b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, where - start, start))
        stream.write(END_64_LOCATOR.pack(b"PK\x06\x07", 0, where, 1))
        stream.write(END.pack(b"PK\x05\x06", 0, 0, 2**16 - 1, 2**16 - 1, 2**32 - 1, 2**32 - 1, 0))
    assert struct.calcsize("<4s4H2LH") == END.size
    assert zipfile.is_zipfile(path)
    with pytest.raises(PackageError, match="lists 1000000 files"), open_package(path):
        pass


# Unpacked packages.


@pytest.fixture
def folder(files, tmp_path) -> Path:
    """The package, unpacked, to be spoiled."""
    top = tmp_path / "bag"
    for name, content in files.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_bytes(content)
    return top


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
def test_links_and_special_files_in_a_folder_are_refused(folder, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("secret", encoding="utf-8")
    (folder / "data/link.csv").symlink_to(secret)
    (folder / "data/linked").symlink_to(tmp_path)
    os.mkfifo(folder / "data/pipe")
    assert refusal(folder) == dict.fromkeys(("data/link.csv", "data/linked", "data/pipe"), "package-entry")


def test_limits_hold_for_folders(folder):
    assert refusal(folder, limits=Limits(files=5)) == {"bag": "package-too-large"}
    assert refusal(folder, limits=Limits(total_bytes=10)) == {"bag": "package-too-large"}


def test_what_was_checked_is_what_is_used(folder):
    with open_package(folder) as package:
        (folder / "data/results/results.json").write_text("{}", encoding="utf-8")
        shutil.rmtree(folder / "data/project")
        assert json.loads((package.results / "results.json").read_text(encoding="utf-8"))["schema"]
        assert package.project_file.is_file()


def test_what_is_no_package_is_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    assert set(refusal(tmp_path / "empty").values()) == {"package-file-missing"}
    (tmp_path / "text.zip").write_text("no archive", encoding="utf-8")
    assert refusal(tmp_path / "text.zip") == {"text.zip": "package-archive"}


# Documents made to do harm, under manifests that fit.


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"[" * 100_000 + b"]" * 100_000, "nested deeper than 100 levels"),
        (b'{"a":' * 500 + b"1" + b"}" * 500, "nested deeper than 100 levels"),
        (b'{"seed": ' + b"9" * 5000 + b"}", "a whole number of 5000 digits"),
        (b'{"seed": 1e999}', "is not a finite number"),
        (b'{"seed": NaN}', "is not a finite number"),
        (b'{"schema": 1, "schema": 2}', "stands twice"),
        (b"\xff\xfe", "is not UTF-8"),
        (b"", "cannot be read as JSON"),
        (b"[]", "is not the record of a run"),
        (b'{"schema": "mrv-run/1"}', "is not as a run of this version writes it"),
        (b'{"schema": "mrv-run/1", "command": "design"}', "is of mrv design"),
    ],
)
def test_a_hostile_record_of_the_run_is_refused(files, tmp_path, content, told):
    path = tmp_path / "package.zip"
    write_archive(path, resealed(files, {"data/results/run.json": content}))
    with pytest.raises(PackageError, match=told) as caught, open_package(path):
        pass
    assert all(finding.where.startswith("data/results/run.json") for finding in caught.value.findings)


@pytest.mark.parametrize(
    "change",
    [
        {"project_file": "../mrv.yaml"},
        {"project_file": "absent.yaml"},
        {"inputs": {"mrv.yaml": "0" * 64, "../x": "0" * 64}},
        {"outputs": {"/etc/passwd": "0" * 64}},
        {"methodology": {"id": "../..", "conformance": "x", "files": {}}},
    ],
)
def test_a_record_that_names_files_elsewhere_is_refused(files, tmp_path, change):
    record = json.loads(files["data/results/run.json"]) | change
    path = tmp_path / "package.zip"
    write_archive(path, resealed(files, {"data/results/run.json": json.dumps(record).encode()}))
    assert set(refusal(path).values()) <= {"package-name", "run-record"}


@pytest.mark.parametrize("name", ["../../../../secret.csv", "{secret}"])
def test_a_project_that_names_a_file_outside_its_package_is_not_run(files, tmp_path, name):
    secret = tmp_path / "secret.csv"
    secret.write_bytes(files["data/project/trees_2010.csv"])
    project = files["data/project/mrv.yaml"].decode()
    assert "trees_2010.csv" in project
    changed = project.replace("trees_2010.csv", name.format(secret=secret)).encode()
    record = json.loads(files["data/results/run.json"])
    record["inputs"]["mrv.yaml"] = sha256_of_bytes(changed)
    package = tmp_path / "package.zip"
    changes = {"data/project/mrv.yaml": changed, "data/results/run.json": json.dumps(record).encode()}
    write_archive(package, resealed(files, changes))
    result = mrv("verify", package, "--json")
    assert result.exit_code == 3, result.output
    assert "lies outside the package that is opened" in result.stdout


def test_names_are_no_html_in_the_page_of_an_explanation(older, tmp_path):
    out, page = tmp_path / "out", tmp_path / "page.html"
    shutil.copytree(older, out)
    results = json.loads((out / "results.json").read_text(encoding="utf-8"))
    name = results["project"]["name"]["en"]
    for language in ("en", "zh"):
        results["project"]["name"][language] = "<script>alert(1)</script>"
    (out / "results.json").write_text(json.dumps(results), encoding="utf-8")
    explained = mrv("explain", out, "net_removals_t_co2e", "--html", page)
    assert explained.exit_code == 0, explained.output
    text = page.read_text(encoding="utf-8")
    assert name not in text
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("results.json", b"{}", "package-document"),
        ("results.json", b"[" * 5000 + b"]" * 5000, "json-unreadable"),
        ("trace.json", b"[]", "package-document"),
        ("tables/plots.csv", b"\xff\xfe", "package-document"),
        ("tables/plots.csv", b"a,b\n1,2\n", "package-document"),
        ("tables/strata.csv", b"a,b\n1,2,3\n", "package-document"),
        ("tables/trees.csv", b"", "package-document"),
        ("project.gpkg", b"<OGRVRTDataSource/>", "file-kind"),
        ("maps/agb.tif", b"<VRTDataset/>", "raster-unreadable"),
        ("maps/agb.tif.aux.xml", b"<PAMDataset/>", "package-document"),
    ],
)
def test_results_that_no_run_writes_are_refused(files, tmp_path, name, content, rule):
    record = json.loads(files["data/results/run.json"])
    record["outputs"][name] = sha256_of_bytes(content)
    package = tmp_path / "package.zip"
    changes = {f"data/results/{name}": content, "data/results/run.json": json.dumps(record).encode()}
    write_archive(package, resealed(files, changes))
    assert set(refusal(package).values()) == {rule}
    assert mrv("verify", package).exit_code == 3
