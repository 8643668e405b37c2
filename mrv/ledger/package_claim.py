"""What a sealed package and its verification say, brought together as the claim of an issuance."""

from __future__ import annotations

import json
from pathlib import Path

import pyogrio
import shapely
from pydantic import ValidationError
from shapely.geometry.base import BaseGeometry

from mrv.errors import MismatchError, UsageError
from mrv.evidence.keys import fingerprint, is_signed_by, read_public_key
from mrv.evidence.package import Package
from mrv.inputs.geometry import densified
from mrv.ledger.areas import SYSTEM
from mrv.ledger.entries import HashedFile, Verified
from mrv.ledger.issuance import Claim
from mrv.methodologies import read_methodology
from mrv.provenance import hashes_of_files, sha256_of_bytes
from mrv.run.results import read_results
from mrv.verification.statement import VerificationStatement

GEOPACKAGE = "project.gpkg"
LAYERS = ("boundary", "strata")

LARGEST_STATEMENT = 64 * 2**20
SIGNATURE_BYTES = 64


def claim_of(
    package: Package,
    statement: VerificationStatement,
    verified: Verified | None,
    *,
    simulated_allowed: bool,
) -> Claim:
    """Claim that an opened package makes.

    Parameters
    ----------
    package : Package
    statement : VerificationStatement
        Of the same package.
    verified : Verified or None
        What an entry says of the verification; None where it did not pass.
    simulated_allowed : bool

    Raises
    ------
    MismatchError
        If the statement is of another package.
    """
    if statement.package_sha256 != package.package_sha256:
        raise MismatchError(
            "the statement is of package {found}; the package is {expected}",
            found=statement.package_sha256,
            expected=package.package_sha256,
        )
    folder = package.methodology
    names = [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*"))] if folder else []
    hashes = hashes_of_files(folder, names) if folder else {}
    return Claim(
        results=read_results(package.results),
        package_sha256=package.package_sha256,
        package_signer=package.signer,
        verified=verified,
        verdict=statement.verdict,
        methodology=read_methodology(folder) if folder else None,
        files=tuple(HashedFile(name=name, sha256=digest) for name, digest in hashes.items()),
        ground=ground_in(package.results / GEOPACKAGE),
        simulated_allowed=simulated_allowed,
    )


def verified_by(statement: VerificationStatement, content: bytes, verifier: str | None) -> Verified | None:
    """What an entry says of a verification; None where it did not pass.

    Parameters
    ----------
    statement : VerificationStatement
    content : bytes
        Of the statement's file.
    verifier : str or None
        Fingerprint of the key that signed the file; None where the verification was run here.
    """
    verdict = statement.verdict
    if verdict not in ("identical", "within tolerance"):
        return None
    return Verified(statement_sha256=sha256_of_bytes(content), verdict=verdict, verifier=verifier)


def statement_bytes(statement: VerificationStatement) -> bytes:
    """Statement that was made here, as ``mrv verify --report`` writes it."""
    document = statement.model_dump(mode="json", by_alias=True)
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def read_signed_statement(file: Path, verifier: Path) -> tuple[VerificationStatement, bytes, str]:
    """Statement of a verifier, its bytes, and the fingerprint of the key that signed it.

    Beside the file lies its Ed25519 signature, 64 bytes in a file of the same name with ``.sig``.

    Raises
    ------
    UsageError
        If a file is missing, or is not what it should be.
    MismatchError
        If the key did not sign it.
    """
    signature = file.with_name(file.name + ".sig")
    for path in (file, signature):
        if not path.is_file():
            raise UsageError("{file}: there is no such file", file=path)
        if path.stat().st_size > LARGEST_STATEMENT:
            raise UsageError("{file}: is larger than {allowed} bytes", file=path, allowed=LARGEST_STATEMENT)
    content, key = file.read_bytes(), read_public_key(verifier)
    if not is_signed_by(key, signature.read_bytes()[: SIGNATURE_BYTES + 1], content):
        raise MismatchError("{file}: is not signed by the key {key}", file=file, key=fingerprint(key))
    try:
        statement = VerificationStatement.model_validate_json(content)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]["msg"]
        raise UsageError(
            "{file}: is no verification statement: {problem}", file=file, problem=problem
        ) from None
    return statement, content, fingerprint(key)


def ground_in(file: Path) -> BaseGeometry | None:
    """Ground of a project: all that its boundary and its strata cover; None where it has neither.

    Parameters
    ----------
    file : Path
        GeoPackage of a run.

    Returns
    -------
    Polygon, MultiPolygon or None
        In EPSG:4326. [degree]
    """
    if not file.is_file():
        return None
    there = {str(name) for name, _ in pyogrio.list_layers(file)}
    shapes = [
        shape
        for layer in LAYERS
        if layer in there
        for shape in densified(pyogrio.read_dataframe(file, layer=layer, columns=[])).to_crs(SYSTEM).geometry
        if shape is not None
    ]
    return shapely.union_all(shapely.make_valid(shapes)) if shapes else None
