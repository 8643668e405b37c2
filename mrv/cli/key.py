"""``mrv key``: keys that packages and ledger entries are signed with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mrv.cli.language import TranslatedCommand, TranslatedGroup, TranslatedOption
from mrv.cli.output import Output, output_options

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

passphrase_option = click.option(
    "--passphrase-file",
    cls=TranslatedOption,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="File whose first line is the passphrase of the key; asked for if left out.",
)
"""Where a passphrase comes from: never from the command line, which other users can see."""


def passphrase_of(file: Path | None, output: Output, *, confirm: bool = False) -> bytes:
    """Passphrase of a file, or typed by the user.

    Raises
    ------
    UsageError
        If it is empty, or the file cannot be read.
    """
    from mrv.errors import UsageError

    if file is None:
        text = click.prompt(
            output.translated("Passphrase"), hide_input=True, confirmation_prompt=confirm, err=True
        )
        return str(text).encode()
    try:
        lines = file.read_bytes().splitlines()
    except OSError as error:
        raise UsageError("{file}: cannot be read: {problem}", file=file, problem=error.strerror) from None
    if not lines or not lines[0]:
        raise UsageError("{file}: its first line is empty; a passphrase was expected", file=file)
    return lines[0]


def private_key_of(
    file: Path | None, passphrase_file: Path | None, output: Output
) -> Ed25519PrivateKey | None:
    """Private key of a file, its passphrase asked for where it has one; None without a file."""
    if file is None:
        return None
    from mrv.evidence.keys import is_encrypted, read_private_key

    return read_private_key(file, passphrase_of(passphrase_file, output) if is_encrypted(file) else None)


@click.group(cls=TranslatedGroup)
def key() -> None:
    """Make and show keys that packages are signed with."""


@key.command(cls=TranslatedCommand)
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option(
    "--passphrase",
    "asked",
    cls=TranslatedOption,
    is_flag=True,
    help="Ask for a passphrase, and encrypt the key with it.",
)
@passphrase_option
@output_options
def new(file: Path, asked: bool, passphrase_file: Path | None, output: Output) -> None:
    """Make an Ed25519 key in a new file that only you can read."""
    from mrv.evidence.keys import fingerprint, write_new_key

    wanted = asked or passphrase_file is not None
    public = write_new_key(file, passphrase_of(passphrase_file, output, confirm=True) if wanted else None)
    output.say(output.translated("Private key: {file}. Keep it, and give it to nobody.", file=str(file)))
    output.say(output.translated("Fingerprint: {fingerprint}", fingerprint=fingerprint(public)))
    output.document({"file": str(file), "fingerprint": fingerprint(public)})


@key.command(cls=TranslatedCommand)
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@passphrase_option
@output_options
def show(file: Path, passphrase_file: Path | None, output: Output) -> None:
    """Show the public key and the fingerprint of a private or a public key."""
    from mrv.evidence.keys import (
        fingerprint,
        is_encrypted,
        is_private,
        public_pem,
        read_private_key,
        read_public_key,
    )

    if is_private(file):
        passphrase = passphrase_of(passphrase_file, output) if is_encrypted(file) else None
        public = read_private_key(file, passphrase).public_key()
    else:
        public = read_public_key(file)
    pem = public_pem(public).decode()
    output.say(pem.rstrip("\n"))
    output.say(output.translated("Fingerprint: {fingerprint}", fingerprint=fingerprint(public)))
    output.document({"public_key": pem, "fingerprint": fingerprint(public)})
