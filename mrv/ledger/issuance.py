"""From a verified package to the units that it gives: what is refused, and the entry of what is not.

Whole tonnes only. The credits of each vintage are those of the results. The buffer's total is floored once,
and its whole tonnes are dealt to the vintages in proportion to their credits by the largest remainder, ties
to the earlier vintage. In a series, the credits come first and the buffer's units follow on them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from shapely.geometry.base import BaseGeometry

from mrv.findings import Finding
from mrv.ledger.accounts import Books
from mrv.ledger.areas import area_of
from mrv.ledger.entries import (
    Area,
    HashedFile,
    Issuance,
    MethodologyUsed,
    Period,
    Verified,
    VintageUnits,
)
from mrv.ledger.ranges import LARGEST, Range
from mrv.ledger.serials import series_name
from mrv.methodologies import Methodology
from mrv.run.results import Results

RESULTS = "results.json"

DIGITS = 9
"""Decimals of tonnes that count: a sum of fractions that is whole up to its last bits is whole."""


@dataclass(frozen=True)
class Claim:
    """What an issuance is asked on.

    Attributes
    ----------
    results : Results
    package_sha256 : str
    package_signer : str or None
    verified : Verified or None
        None where the verification did not pass.
    verdict : str
        Of the verification, in words.
    methodology : Methodology or None
        Documents in the package.
    files : tuple of HashedFile
        Files of that methodology.
    ground : Polygon, MultiPolygon or None
        In EPSG:4326; None where the project has no geometry.
    simulated_allowed : bool
        Whether units of a simulated project are asked for.
    """

    results: Results
    package_sha256: str
    package_signer: str | None
    verified: Verified | None
    verdict: str
    methodology: Methodology | None
    files: tuple[HashedFile, ...]
    ground: BaseGeometry | None
    simulated_allowed: bool

    def value(self, name: str) -> float | None:
        """Figure of the project; None where there is none."""
        try:
            return self.results.figure(name).value
        except KeyError:
            return None

    @cached_property
    def area(self) -> Area | None:
        """Ground as an entry holds it; None where there is none."""
        return None if self.ground is None else area_of(self.ground)

    @property
    def credits_t_co2e(self) -> dict[int, float]:
        """Credits of each vintage that the results give."""
        return {
            int(figure.index["vintage"]): figure.value
            for figure in self.results.figures
            if figure.quantity == "issuance" and set(figure.index) == {"vintage"} and figure.value is not None
        }


Refusal = Callable[[Claim], Iterator[Finding]]


def verification_passed(claim: Claim) -> Iterator[Finding]:
    """The package was verified, and the verification passed."""
    if claim.verified is None:
        yield Finding(
            "verification",
            "not-verified",
            "the verdict is: {verdict}; identical or within tolerance was expected",
            {"verdict": claim.verdict},
        )


def conditions_are_met(claim: Claim) -> Iterator[Finding]:
    """Every condition of the methodology is answered and met."""
    for condition in claim.results.conditions:
        if condition.state != "met":
            yield Finding(
                RESULTS,
                "condition-open",
                "condition {id} is not answered; nothing is issued before it is"
                if condition.state == "not answered"
                else "condition {id} is not met; nothing is issued",
                {"id": condition.id},
            )


def numbers_are_read(claim: Claim) -> Iterator[Finding]:
    """No number or equation is known from memory alone."""
    recalled = [entry.name for entry in claim.results.parameters if entry.evidence == "recalled"]
    recalled += [entry.equation_id for entry in claim.results.equations if entry.evidence == "recalled"]
    for name in dict.fromkeys(recalled):
        yield Finding(
            RESULTS,
            "number-recalled",
            "{name} is known from memory alone; the project file must state it, with its source",
            {"name": name},
        )


def gates_let_pass(claim: Claim) -> Iterator[Finding]:
    """No gate refuses the declared scenario, and no finding of the run is an error."""
    refused = [rule for scenario in claim.results.scenarios if scenario.declared for rule in scenario.refused]
    refused += [finding.rule for finding in claim.results.findings if finding.severity == "error"]
    for rule in dict.fromkeys(refused):
        yield Finding(RESULTS, "gate-refuses", "the results do not pass {rule}", {"rule": rule})


def there_is_something_to_issue(claim: Claim) -> Iterator[Finding]:
    """The results hold credits by vintage, in whole tonnes, no more than they allow."""
    results, credits = claim.results, claim.credits_t_co2e
    if results.methodology is None or results.monitoring_period is None or sum(credits.values()) <= 0:
        yield Finding(
            RESULTS, "no-credits", "there is nothing to issue: the results hold no credits by vintage"
        )
        return
    for vintage, tonnes in credits.items():
        if not float(tonnes).is_integer() or not 0 <= tonnes < LARGEST:
            yield Finding(
                RESULTS,
                "credits-not-whole",
                "vintage {vintage} has {tonnes} t CO₂e; whole tonnes were expected",
                {"vintage": vintage, "tonnes": tonnes},
            )
    issued = sum(credits.values())
    for name in (
        "issuable_removals_t_co2e",
        "creditable_removals_t_co2e",
        "buffer_t_co2e",
        "carried_fraction_t_co2e",
    ):
        value = claim.value(name)
        if value is None or not 0 <= value < LARGEST:
            yield Finding(
                RESULTS,
                "credits-without-figure",
                "{name} is {value}; a figure of 0 or more was expected beside credits",
                {"name": name, "value": value},
            )
    issuable, creditable = claim.value("issuable_removals_t_co2e"), claim.value("creditable_removals_t_co2e")
    for allowed in (issuable, None if creditable is None else creditable + carried_in(claim)):
        if allowed is not None and issued > whole(allowed):
            yield Finding(
                RESULTS,
                "issued-above-creditable",
                "{found} t CO₂e of credits are issued; the results allow {allowed}",
                {"found": f"{issued:g}", "allowed": f"{allowed:.3f}"},
            )


def ground_is_known(claim: Claim) -> Iterator[Finding]:
    """The project has ground that other issuances can be told from."""
    if claim.area is None:
        yield Finding(
            "project.gpkg",
            "ground-unknown",
            "the project has neither boundary nor strata as polygons; without them nobody can tell whether "
            "its ground was issued before",
        )


def serial_is_given(claim: Claim) -> Iterator[Finding]:
    """The methodology says how serials are written."""
    if claim.methodology is not None and claim.methodology.serial is None:
        yield Finding(
            "methodology.yaml",
            "serial-missing",
            "{id} has no key serial, by which units get their serials",
            {"id": claim.methodology.id},
        )


def simulated_is_meant(claim: Claim) -> Iterator[Finding]:
    """Units of a simulated project are issued only where they are asked for as such, and no others then."""
    simulated = claim.results.project.simulated
    if simulated != claim.simulated_allowed:
        yield Finding(
            RESULTS,
            "project-simulated",
            "the project is simulated; --simulated issues units marked so, in a ledger of such units"
            if simulated
            else "the project is not simulated; leave out --simulated",
        )


REFUSALS: tuple[Refusal, ...] = (
    verification_passed,
    conditions_are_met,
    numbers_are_read,
    gates_let_pass,
    there_is_something_to_issue,
    ground_is_known,
    serial_is_given,
    simulated_is_meant,
)
"""What an issuance asks of a package, besides the checks of every entry."""


def refusals(claim: Claim) -> list[Finding]:
    """All that speaks against an issuance."""
    return [finding for refusal in REFUSALS for finding in refusal(claim)]


def whole(tonnes: float) -> int:
    """Whole tonnes of a total. [t_co2e]"""
    return math.floor(round(tonnes, DIGITS))


def carried_in(claim: Claim) -> float:
    """What was left over from the period before. [t_co2e]"""
    found = [entry.value for entry in claim.results.parameters if entry.name == "carried_in"]
    return float(found[0]) if found and isinstance(found[0], float | int) else 0.0


def _decimal(tonnes: float) -> str:
    return f"{Decimal(repr(max(round(tonnes, DIGITS), 0.0))).normalize():f}"


def dealt(total: int, weights: list[int]) -> list[int]:
    """Whole tonnes dealt in proportion to weights by the largest remainder, ties to the earlier.

    Parameters
    ----------
    total : int
        [t_co2e]
    weights : list of int
        Not negative, and not all of them zero. [1]
    """
    sum_of_weights = sum(weights)
    parts = [total * weight // sum_of_weights for weight in weights]
    remainders = [total * weight % sum_of_weights for weight in weights]
    largest = sorted(range(len(weights)), key=lambda position: -remainders[position])
    for position in largest[: total - sum(parts)]:
        parts[position] += 1
    return parts


class _Part(NamedTuple):
    vintage: int
    series: str
    credits: int
    buffer: int


def issuance_of(claim: Claim, books: Books, account: str) -> Issuance:
    """Entry of a claim that nothing speaks against.

    Parameters
    ----------
    claim : Claim
        Without refusals.
    books : Books
        Where series of the project are carried on.
    account : str
        Who gets the credits.
    """
    results, methodology = claim.results, claim.methodology
    period, buffer = results.monitoring_period, claim.value("buffer_t_co2e")
    issuable, carried_on = claim.value("issuable_removals_t_co2e"), claim.value("carried_fraction_t_co2e")
    ready = (methodology, period, buffer, issuable, carried_on, claim.verified, claim.area)
    if (
        methodology is None
        or methodology.serial is None
        or period is None
        or buffer is None
        or issuable is None
        or carried_on is None
        or claim.verified is None
        or claim.area is None
    ):
        raise ValueError(f"a claim with refusals is no issuance: {ready}")
    project, simulated = results.project.id, results.project.simulated
    credits = {vintage: int(tonnes) for vintage, tonnes in sorted(claim.credits_t_co2e.items())}
    shares = dealt(whole(buffer), list(credits.values()))
    vintages = []
    for (vintage, credited), buffered in zip(credits.items(), shares, strict=True):
        series = series_name(methodology.serial, methodology.id, project, vintage, simulated=simulated)
        last = books.series[series].largest if series in books.facts else 0
        if credited or buffered:
            vintages.append(
                VintageUnits(
                    vintage=vintage,
                    series=series,
                    credits=_range(last, credited),
                    buffer=_range(last + credited, buffered),
                )
            )
    return Issuance(
        project=project,
        simulated=simulated,
        methodology=MethodologyUsed(
            id=methodology.id, conformance=methodology.conformance, files=claim.files
        ),
        package_sha256=claim.package_sha256,
        package_signer=claim.package_signer,
        verified=claim.verified,
        monitoring_period=Period(start=date.fromisoformat(period[0]), end=date.fromisoformat(period[1])),
        area=claim.area,
        issuable_t_co2e=whole(issuable),
        buffer_t_co2e=whole(buffer),
        carried_in_t_co2e=_decimal(carried_in(claim)),
        carried_on_t_co2e=_decimal(carried_on),
        waivers=tuple(dict.fromkeys(waiver.rule for waiver in results.waivers)),
        account=account,
        vintages=tuple(vintages),
    )


def _range(before: int, count: int) -> Range | None:
    """So many numbers after one; None for none."""
    return Range(first=before + 1, last=before + count) if count else None
