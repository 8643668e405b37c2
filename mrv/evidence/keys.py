"""Keys that packages and ledger entries are signed with: Ed25519, in files that openssl reads.

The private key stays in its file, readable by its owner alone; a package holds the public one.
"""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from mrv.errors import UsageError

LARGEST_KEY_FILE = 16_384
OWNER_ONLY = 0o600
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def fingerprint(key: Ed25519PublicKey) -> str:
    """SHA-256 of a public key's DER, in hexadecimal: by what people tell keys apart."""
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def public_pem(key: Ed25519PublicKey) -> bytes:
    """A public key as PEM."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def write_new_key(file: Path, passphrase: bytes | None = None) -> Ed25519PublicKey:
    """Make a key and write it to a new file that only its owner can read.

    Parameters
    ----------
    file : Path
    passphrase : bytes, optional
        What the file is encrypted with.

    Raises
    ------
    UsageError
        If the file exists or cannot be written.
    """
    key = Ed25519PrivateKey.generate()
    encryption = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    content = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    except FileExistsError:
        raise UsageError("{file}: exists already; no key is ever replaced", file=file) from None
    except OSError as error:
        raise UsageError("{file}: cannot be written: {problem}", file=file, problem=error.strerror) from None
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        file.unlink(missing_ok=True)
        raise UsageError("{file}: cannot be written: {problem}", file=file, problem=error.strerror) from None
    return key.public_key()


def _content(file: Path) -> bytes:
    if not file.is_file():
        raise UsageError("{file}: there is no such key file", file=file)
    if file.stat().st_size > LARGEST_KEY_FILE:
        raise UsageError("{file}: is too large for a key", file=file)
    try:
        return file.read_bytes()
    except OSError as error:
        raise UsageError("{file}: cannot be read: {problem}", file=file, problem=error.strerror) from None


def is_encrypted(file: Path) -> bool:
    """Whether a key file asks for a passphrase."""
    return b"-----BEGIN ENCRYPTED PRIVATE KEY-----" in _content(file)


def is_private(file: Path) -> bool:
    """Whether a key file holds a private key."""
    return b" PRIVATE KEY-----" in _content(file)


def read_private_key(file: Path, passphrase: bytes | None = None) -> Ed25519PrivateKey:
    """Private key of a file.

    Raises
    ------
    UsageError
        If there is none, others can read it, the passphrase is wrong, or it is a key of another kind.
    """
    content = _content(file)
    if os.name == "posix" and file.stat().st_mode & OTHERS:
        raise UsageError(
            "{file}: other users can read this private key; make it yours alone: chmod 600 {file}", file=file
        )
    try:
        key = load_pem_private_key(content, passphrase if is_encrypted(file) else None)
    except TypeError:
        raise UsageError("{file}: the key asks for a passphrase", file=file) from None
    except (ValueError, UnsupportedAlgorithm):
        raise UsageError(
            "{file}: holds no private key, or the passphrase is wrong; an Ed25519 key in PEM was expected",
            file=file,
        ) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError("{file}: is a key of another kind; an Ed25519 key was expected", file=file)
    return key


def parse_public_key(content: bytes) -> Ed25519PublicKey | None:
    """Public key of a PEM; None if it is none of ours."""
    try:
        key = load_pem_public_key(content)
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, Ed25519PublicKey) else None


def read_public_key(file: Path) -> Ed25519PublicKey:
    """Public key of a file.

    Raises
    ------
    UsageError
        If it holds none of Ed25519.
    """
    key = parse_public_key(_content(file))
    if key is None:
        raise UsageError("{file}: holds no public key; an Ed25519 key in PEM was expected", file=file)
    return key


def is_signed_by(key: Ed25519PublicKey, signature: bytes, message: bytes) -> bool:
    """Whether a signature over a message is that of a key."""
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True
