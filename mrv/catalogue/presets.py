"""Catalogues that are known by name, and what they call the bands of their scenes.

The tables are ``data/catalogues.csv`` and ``data/catalogue_assets.csv``. A catalogue that is not among
them is named by its address, and its assets one by one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from mrv.errors import CredentialsError, UsageError
from mrv.sourced_tables import kept_by_tables, sourced_rows
from mrv.yaml_file import suggestion

MASK = "mask"
"""Role of the asset that tells clouds from clear ground; it is kept in a file of its own."""

TOKEN = "MRV_STAC_TOKEN"
"""Environment variable with a bearer token for the catalogue."""


@dataclass(frozen=True)
class Catalogue:
    """Where scenes are searched for, and what it takes to read them.

    Attributes
    ----------
    name : str
        Empty for a catalogue that is named by its address.
    url : str
    signing : str
        How the addresses of assets are signed; empty if they are open.
    environment : tuple of str
        Environment variables without which assets cannot be read.
    s3_endpoint : str
        Host of the assets with ``s3://`` addresses; empty for that of the variables.
    """

    name: str
    url: str
    signing: Literal["", "planetary_computer"] = ""
    environment: tuple[str, ...] = ()
    s3_endpoint: str = ""

    def require_credentials(self) -> None:
        """Make sure that the environment holds what the catalogue asks for.

        Raises
        ------
        CredentialsError
            Naming the variables that are not set.
        """
        missing = [name for name in self.environment if not os.environ.get(name)]
        if missing:
            raise CredentialsError(
                "{catalogue} needs credentials: set {names} in the environment",
                catalogue=self.name,
                names=", ".join(missing),
            )


@dataclass(frozen=True)
class Assets:
    """Which asset of a scene is which band.

    Attributes
    ----------
    kind : str
        What the scenes are, in the word of the project file, such as ``sentinel2_l2a``; empty if not known.
    bands : mapping of role to asset
    mask : str or None
        Asset that tells clouds from clear ground.
    """

    kind: str
    bands: Mapping[str, str]
    mask: str | None


@kept_by_tables
def presets() -> Mapping[str, Catalogue]:
    """Catalogues that are known, by name."""
    return MappingProxyType(
        {
            row["catalogue"]: Catalogue(
                row["catalogue"],
                row["url"],
                row["signing"],  # type: ignore[arg-type]
                tuple(row["environment"].split()),
                row["s3_endpoint"],
            )
            for row in sourced_rows("catalogues")
        }
    )


@kept_by_tables
def known_assets() -> Mapping[tuple[str, str], Assets]:
    """Assets of the collections that are known, by catalogue and collection."""
    rows: dict[tuple[str, str], dict[str, str]] = {}
    kinds: dict[tuple[str, str], str] = {}
    for row in sourced_rows("catalogue_assets"):
        key = row["catalogue"], row["collection"]
        rows.setdefault(key, {})[row["role"]] = row["asset"]
        kinds[key] = row["kind"]
    return MappingProxyType(
        {
            key: Assets(
                kinds[key], {role: asset for role, asset in found.items() if role != MASK}, found.get(MASK)
            )
            for key, found in rows.items()
        }
    )


def catalogue_of(text: str) -> Catalogue:
    """Catalogue of a name or an address.

    Raises
    ------
    UsageError
        If it is neither.
    """
    if text in presets():
        return presets()[text]
    if text.startswith(("http://", "https://")):
        return Catalogue("", text)
    raise UsageError(
        "--catalogue {found} is neither an address nor one of {allowed}{hint}",
        found=text,
        allowed=", ".join(presets()),
        hint=suggestion(text, presets()),
    )


def assets_of(
    catalogue: Catalogue, collection: str, roles: tuple[str, ...], stated: Mapping[str, str]
) -> Assets:
    """Assets to load: those that are known of the collection, and those that are stated.

    Parameters
    ----------
    catalogue : Catalogue
    collection : str
    roles : tuple of str
        Bands that are wanted; all that are known if empty.
    stated : mapping of role to asset
        Takes the place of what is known; the role ``mask`` among them.

    Raises
    ------
    UsageError
        If a wanted band is not known and not stated, or nothing at all is.
    """
    known = known_assets().get((catalogue.name, collection), Assets("", {}, None))
    bands = {**known.bands, **{role: asset for role, asset in stated.items() if role != MASK}}
    missing = [role for role in roles if role not in bands]
    if missing or not bands:
        raise UsageError(
            "collection {collection}: no asset is known for {roles}; state it with --asset ROLE=ASSET",
            collection=collection,
            roles=", ".join(missing) or "any band",
        )
    return Assets(
        known.kind,
        {role: bands[role] for role in roles} if roles else bands,
        stated.get(MASK, known.mask),
    )
