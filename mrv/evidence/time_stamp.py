"""RFC 3161 time stamps: an authority's word that a tag manifest existed at a time.

The response is brought by the user, who asked the authority for it. Whether the authority is to be
trusted is asked of ``openssl ts -verify`` with its certificate; here is checked what it speaks of.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from rfc3161_client import PKIStatus, decode_timestamp_response

from mrv.evidence.bag import TIME_STAMP
from mrv.findings import Finding, Phrase

LARGEST_RESPONSE = 65_536
ALGORITHMS = {
    "2.16.840.1.101.3.4.2.1": hashlib.sha256,
    "2.16.840.1.101.3.4.2.2": hashlib.sha384,
    "2.16.840.1.101.3.4.2.3": hashlib.sha512,
}
"""Hashes that a time stamp may be of, by their object identifiers."""


class TimeStamp(NamedTuple):
    """What a response says: when, and the hash that it speaks of."""

    time: datetime
    algorithm: str
    imprint: bytes


def parse_time_stamp(content: bytes) -> TimeStamp | None:
    """Time stamp of a response; None if it grants none."""
    if len(content) > LARGEST_RESPONSE:
        return None
    try:
        response = decode_timestamp_response(content)
        if response.status not in (PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS):
            return None
        info = response.tst_info
    except ValueError:
        return None
    imprint = info.message_imprint
    return TimeStamp(info.gen_time, imprint.hash_algorithm.dotted_string, imprint.message)


def time_stamp_problem(content: bytes, tag_manifest: bytes) -> Phrase | None:
    """Why a response is no time stamp of a tag manifest; None if it is one."""
    stamp = parse_time_stamp(content)
    if stamp is None:
        return Phrase("is no granted time stamp by RFC 3161")
    if stamp.algorithm not in ALGORITHMS:
        return Phrase("is of another hash; SHA-256, SHA-384 or SHA-512 was expected")
    if ALGORITHMS[stamp.algorithm](tag_manifest).digest() != stamp.imprint:
        return Phrase("is a time stamp of something else than this tag manifest")
    return None


def time_stamp_findings(response: Path, tag_manifest: Path) -> list[Finding]:
    """What is wrong with the time stamp of a package, where it has one."""
    if not response.is_file():
        return []
    problem = time_stamp_problem(response.read_bytes(), tag_manifest.read_bytes())
    if problem is None:
        return []
    return [Finding(TIME_STAMP, "package-time-stamp", "{problem}", {"problem": problem})]
