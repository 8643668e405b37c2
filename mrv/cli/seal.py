"""``mrv seal``: a run and all that it rests on in one package."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mrv.cli.arguments import methodology_option
from mrv.cli.key import passphrase_option, private_key_of
from mrv.cli.language import TranslatedCommand, TranslatedOption
from mrv.cli.output import Output, output_options
from mrv.errors import UsageError

if TYPE_CHECKING:
    pass


def _address(text: str) -> str:
    """Address of a file that stays outside: a URL, or an absolute path as one."""
    if any(sign.isspace() for sign in text):
        raise UsageError("--outside: {found!r} holds a space; write it as %20", found=text)
    if "://" in text:
        return text
    path = Path(text)
    if not path.is_absolute():
        raise UsageError("--outside: {found!r} is neither a URL nor an absolute path", found=text)
    return path.as_uri()


def _parse_outside(
    _ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]
) -> Mapping[str, str]:
    places: dict[str, str] = {}
    for value in values:
        name, sign, text = value.partition("=")
        if not sign or not name or not text:
            raise click.BadParameter(f"{value!r} is not of the form FILE=URL")
        places[name] = text
    return places


@click.command(cls=TranslatedCommand)
@click.argument("out", type=click.Path(path_type=Path), metavar="OUT")
@click.option(
    "-o",
    "--output",
    "package",
    cls=TranslatedOption,
    type=click.Path(path_type=Path),
    required=True,
    metavar="PACKAGE",
    help="Package to write, such as package.zip; one of that name is replaced.",
)
@click.option(
    "--project",
    cls=TranslatedOption,
    type=click.Path(path_type=Path),
    default=Path(),
    metavar="PROJECT",
    help="Folder of the project that was run; the current folder if left out.",
)
@click.option(
    "--key",
    cls=TranslatedOption,
    type=click.Path(path_type=Path),
    metavar="KEY",
    help="Private key to sign with, made by mrv key new.",
)
@passphrase_option
@click.option(
    "--outside",
    cls=TranslatedOption,
    multiple=True,
    callback=_parse_outside,
    metavar="FILE=URL",
    help="An input that stays outside the package, and its URL or absolute path.",
)
@click.option(
    "--timestamp",
    "time_stamp",
    cls=TranslatedOption,
    type=click.Path(path_type=Path),
    metavar="FILE.tsr",
    help="Response of a time-stamping authority (RFC 3161) for the tag manifest of this package.",
)
@click.option(
    "--date",
    cls=TranslatedOption,
    metavar="YYYY-MM-DD",
    help="Day that the package bears; the last one the project speaks of if left out.",
)
@methodology_option
@output_options
def seal(
    out: Path,
    package: Path,
    project: Path,
    key: Path | None,
    passphrase_file: Path | None,
    outside: Mapping[str, str],
    time_stamp: Path | None,
    date: str | None,
    methodology_folder: Path | None,
    output: Output,
) -> None:
    """Seal the results of a run, its inputs and its documents into one package.

    OUT is the folder of results that mrv run wrote.
    """
    import re

    from mrv.evidence.seal import SealOptions, seal_run
    from mrv.yaml_file import DAY_PATTERN

    if date is not None and not re.match(DAY_PATTERN, date):
        raise UsageError("--date: {found!r} is not a day written YYYY-MM-DD", found=date)
    options = SealOptions(
        project=project,
        methodology_folder=methodology_folder,
        key=private_key_of(key, passphrase_file, output),
        outside={name: _address(text) for name, text in outside.items()},
        date=date,
        time_stamp=time_stamp,
    )
    output.progress("Sealing")
    sealed = seal_run(out, package, options)
    output.say(output.translated("Package: {file}, {count} files", file=str(sealed.file), count=sealed.files))
    output.say(output.translated("Hash of the package: {digest}", digest=sealed.package_sha256))
    output.say(
        output.translated("Signed by: {signer}", signer=sealed.signer)
        if sealed.signer
        else output.translated("Not signed; --key signs it.")
    )
    for name in sealed.outside:
        output.say(output.translated("Outside the package: {file}", file=name))
    output.document(
        {
            "package": str(sealed.file),
            "package_sha256": sealed.package_sha256,
            "signer": sealed.signer,
            "files": sealed.files,
            "outside": list(sealed.outside),
        }
    )
