"""Documents of an auction, from ledger and results alone: dossier, summary, announcement, certificate."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import segno

from mrv.auction.lots import Auction, Dealt, DealtLot, covering_price_cny_t
from mrv.auction.money import exact_sum_in_unit, plain, price, total, unit_of_sums
from mrv.auction.prepared import PreparedLot
from mrv.auction.sales import Sale, price_figures, sales
from mrv.report.blocks import Block, Facts, Heading, Listed, Paragraph, Picture, Report, Table
from mrv.report.credit_blocks import credit_blocks
from mrv.report.figures_of import Figures, with_interval
from mrv.report.labels import SPELT_OUT
from mrv.report.monitoring import attached_results
from mrv.report.numbers import interval_ends, number_text
from mrv.report.words import Words
from mrv.run.results import Results

NO_ADVICE = (
    "These are facts and what is computed from them, not advice. A price paid elsewhere says nothing certain "
    "about the next one."
)

RISKS = (
    "Storms, cutting, pollution or a rising sea can undo what was stored; the buffer of the project stands "
    "for it, and what the buffer does not cover is owed.",
    "The figures rest on samples; the interval says how far off they may be.",
    "What the credits may be used for is decided by the rules of the platform and of the buyer's programme.",
)


@dataclass(frozen=True)
class Ground:
    """What the units of an auction rest on.

    Attributes
    ----------
    package_sha256 : str
    results : Results
    document : bytes
        The same as the package holds them.
    """

    package_sha256: str
    results: Results
    document: bytes


def moment(words: Words, when: datetime) -> str:
    """A time of day as the language writes it."""
    offset = when.strftime("%z")
    if words.language == "zh":
        return f"{when.year}年{when.month}月{when.day}日 {when:%H:%M}（UTC{offset[:3]}:{offset[3:]}）"
    return f"{when:%Y-%m-%d %H:%M} (UTC{offset[:3]}:{offset[3:]})"


def day(words: Words, when: date) -> str:
    """A day as the language writes it."""
    return f"{when.year}年{when.month}月{when.day}日" if words.language == "zh" else when.isoformat()


def _marks(dealt: Dealt, grounds: Sequence[Ground], words: Words) -> Iterator[Block]:
    if dealt.simulated:
        yield Paragraph(words("SIMULATED DATA"), "warning")
    for ground in grounds:
        if ground.results.methodology is not None:
            state = words(ground.results.methodology.conformance)
            yield Paragraph(words("Conformance of the methodology: {state}", state=state), "warning")


def dossier(dealt: Dealt, grounds: Sequence[Ground], words: Words) -> Report:
    """The whole dossier of an auction."""
    auction = dealt.auction
    blocks: list[Block] = [
        *_marks(dealt, grounds, words),
        *_parties(auction, words),
        Heading(words("Lots")),
        lot_table(dealt.lots, words),
        *_rules(auction, words),
        *(block for ground in grounds for block in what_a_tonne_stands_on(ground, words)),
        *(block for ground in grounds for block in credit_blocks(Figures(ground.results), words)),
        *_units(dealt.lots, words),
        *_prices(auction, words),
        Heading(words("Risks")),
        Listed([words(risk) for risk in RISKS]),
    ]
    return Report(
        words("Auction dossier"),
        words.half(auction.title.text),
        words.language,
        tuple(blocks),
        words(NO_ADVICE),
        tuple(
            attached_results(ground.document, words, f"results-{ground.package_sha256[:16]}.json")
            for ground in grounds
        ),
    )


def summary(dealt: Dealt, grounds: Sequence[Ground], words: Words) -> Report:
    """One page for a buyer: what is sold, and what a tonne stands on."""
    blocks: list[Block] = [
        *_marks(dealt, grounds, words),
        Heading(words("Lots")),
        lot_table(dealt.lots, words),
        *_rules(dealt.auction, words),
        *(block for ground in grounds for block in what_a_tonne_stands_on(ground, words)),
        Heading(words("Risks")),
        Listed([words(risk) for risk in RISKS]),
    ]
    return Report(words("Summary for buyers"), words.half(dealt.auction.title.text), words.language,
                  tuple(blocks), words(NO_ADVICE))  # fmt: skip


def _parties(auction: Auction, words: Words) -> Iterator[Block]:
    facts = [
        (words("Seller"), words.half(auction.seller.name.text)),
        (words("Account of the ledger"), auction.seller.account),
        (words("Platform"), words.half(auction.platform.name.text)),
    ]
    if auction.seller.contact is not None:
        facts.append((words("Contact"), words.half(auction.seller.contact.text)))
    yield Facts(facts)
    if auction.note is not None:
        yield Paragraph(words.half(auction.note.text))


def lot_table(lots: Sequence[DealtLot], words: Words) -> Table:
    """Lots with their tonnes and prices."""
    unit = unit_of_sums(words)
    return Table(
        (
            words("lot"),
            words("tonnes"),
            words("vintages"),
            words("start price, CNY/t"),
            words("start total, {unit}", unit=unit),
            words("least raise, CNY/t"),
            words("deposit, {unit}", unit=unit),
        ),
        [
            (
                dealt.lot.id,
                f"{dealt.lot.tonnes:,}",
                _years(dealt.vintages),
                plain(dealt.lot.start_price_cny_t),
                exact_sum_in_unit(words, dealt.lot.start_total_cny),
                plain(dealt.lot.step_cny_t),
                exact_sum_in_unit(words, dealt.lot.deposit_cny),
            )
            for dealt in lots
        ],
        numeric=frozenset({1, 3, 4, 5, 6}),
        widths=(1.4, 1, 1.3, 1.7, 1.7, 1.7, 1.4),
    )


def _years(vintages: Mapping[int, int]) -> str:
    years = sorted(vintages)
    return str(years[0]) if len(years) == 1 else f"{years[0]}–{years[-1]}"


def _rules(auction: Auction, words: Words) -> Iterator[Block]:
    yield Heading(words("Dates and rules"))
    yield Table(
        (words("lot"), words("opens"), words("closes")),
        [(lot.id, moment(words, lot.opens), moment(words, lot.closes)) for lot in auction.lots],
        widths=(1, 2, 2),
    )
    yield Paragraph(words.half(auction.platform.rules.text))


def what_a_tonne_stands_on(ground: Ground, words: Words) -> Iterator[Block]:
    """Sink per hectare with its interval, pools, baseline and conformance of a project."""
    results, figures = ground.results, Figures(ground.results)
    yield Heading(words("What a tonne stands on"))
    facts = [(words("Project"), words.half(results.project.name))]
    area, net = figures.of("area_ha"), figures.of("net_removals_t_co2e")
    if area is not None:
        facts.append((words("Area"), words("{area} ha", area=number_text(area.value))))
    if results.monitoring_period is not None:
        start, end = results.monitoring_period
        facts.append((words("Monitoring period"), words("{start} to {end} (excluded)", start=start, end=end)))
    rate = figures.of("net_removals_per_hectare_year_t_co2e_ha_yr")
    if rate is not None:
        ends = interval_ends(rate.total_interval, 2)
        told = with_interval(words, number_text(rate.value), "t CO₂e", ends)
        facts.append((words("Sink per hectare and year"), told))
    if net is not None:
        ends = interval_ends(net.total_interval, 0)
        facts.append((words("Net removals"), with_interval(words, number_text(net.value, 0), "t CO₂e", ends)))
    accounted = [words(SPELT_OUT[pool]) for pool in figures.pools("accounted")]
    if accounted:
        facts.append((words("Pools that count"), words.listed(accounted)))
    if results.baseline is not None:
        statement = words.half(results.baseline.statement)
        baseline = words("{label}: {text}", label=words(results.baseline.scenario), text=statement)
        facts.append((words("Baseline"), baseline))
    if results.methodology is not None:
        facts.append((words("Methodology"), words.half(results.methodology.title)))
        facts.append((words("Conformance"), words(results.methodology.conformance)))
    facts.append((words("Waivers"), words.listed(waiver.rule for waiver in results.waivers) or words("none")))
    facts.append((words("Package"), ground.package_sha256))
    yield Facts(facts)
    yield Paragraph(words("In brackets: the two-sided interval from all errors that are known."), "small")


def _units(lots: Sequence[DealtLot], words: Words) -> Iterator[Block]:
    yield Heading(words("Units of the lots"))
    yield Table(
        (words("lot"), words("vintage"), words("serial block"), words("tonnes")),
        [
            (dealt.lot.id, str(held.facts.vintage), held.units.serial, f"{held.units.count:,}")
            for dealt in lots
            for held in dealt.units
        ],
        numeric=frozenset({3}),
        widths=(1, 0.8, 4, 0.8),
    )


def _sale_row(sale: Sale, words: Words) -> tuple[str, ...]:
    bids = "–" if sale.rounds is None else f"{sale.rounds} / {sale.bidders}"
    return (
        sale.date,
        words.half(sale.project),
        f"{sale.tonnes:,}",
        "–" if sale.start_price_cny_t is None else plain(sale.start_price_cny_t),
        "–" if sale.price_cny_t is None else plain(sale.price_cny_t),
        exact_sum_in_unit(words, sale.total_cny),
        bids,
        sale.source,
    )


def _prices(auction: Auction, words: Words) -> Iterator[Block]:
    yield Heading(words("Published sales of mangrove carbon"))
    yield Table(
        (
            words("date"),
            words("project"),
            words("tonnes"),
            words("start, CNY/t"),
            words("price, CNY/t"),
            words("total, {unit}", unit=unit_of_sums(words)),
            words("rounds / bidders"),
            words("source"),
        ),
        [_sale_row(sale, words) for sale in sales()],
        numeric=frozenset({2, 3, 4, 5}),
        widths=(1.2, 2, 0.9, 1, 1, 1.3, 1.3, 2.6),
    )
    found = price_figures(sales())
    if found is not None:
        yield Paragraph(
            words(
                "{count} of them state a price: {low} to {high} CNY/t; the mean weighted by tonnes is "
                "{mean} CNY/t.",
                count=found.count,
                low=plain(found.low),
                high=plain(found.high),
                mean=plain(found.weighted),
            )
        )
    covering = covering_price_cny_t(auction)
    if covering is not None:
        yield Heading(words("A start price that covers the stated costs"), 2)
        yield Table(
            (words("cost"), words("amount, {unit}", unit=unit_of_sums(words)), words("source")),
            [
                (words.half(cost.item.text), exact_sum_in_unit(words, cost.cny), cost.source)
                for cost in auction.costs
            ],
            numeric=frozenset({1}),
            widths=(2, 1.5, 3),
        )
        yield Paragraph(
            words("Spread over all lots, the stated costs come to {price}.", price=price(words, covering))
        )
    yield Paragraph(words(NO_ADVICE), "small")


def announcement(dealt: Dealt, words: Words) -> str:
    """Text to be published, without any layout."""
    auction = dealt.auction
    lines = [words.half(auction.title.text), ""]
    if dealt.simulated:
        lines += [words("SIMULATED DATA"), ""]
    lines.append(
        words(
            "{seller} offers {count} lots of mangrove carbon credits, {tonnes} t CO₂e in all, on {platform}.",
            seller=words.half(auction.seller.name.text),
            count=len(dealt.lots),
            tonnes=f"{sum(lot.lot.tonnes for lot in dealt.lots):,}",
            platform=words.half(auction.platform.name.text),
        )
    )
    for own in dealt.lots:
        lot = own.lot
        lines += [
            "",
            words("Lot {lot}: {tonnes} t CO₂e, vintages {years}", lot=lot.id, tonnes=f"{lot.tonnes:,}",
                  years=_years(own.vintages)),
            words("Start price {price}, least raise {step}, deposit {deposit}",
                  price=price(words, lot.start_price_cny_t), step=price(words, lot.step_cny_t),
                  deposit=total(words, lot.deposit_cny)),
            words("Open from {opens} to {closes}", opens=moment(words, lot.opens),
                  closes=moment(words, lot.closes)),
        ]  # fmt: skip
    lines += ["", words.half(auction.platform.rules.text)]
    if auction.seller.contact is not None:
        lines.append(words("Contact: {contact}", contact=words.half(auction.seller.contact.text)))
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Hammer:
    """What followed the hammer.

    Attributes
    ----------
    lot : PreparedLot
    price_cny_t : Decimal
    buyer : str
        Account of the buyer.
    day : date
    entry_number : int
        Entry of the ledger.
    entry_sha256 : str
    """

    lot: PreparedLot
    price_cny_t: Decimal
    buyer: str
    day: date
    entry_number: int
    entry_sha256: str

    @property
    def total_cny(self) -> Decimal:
        """Price of the whole lot. [CNY]"""
        return self.price_cny_t * self.lot.tonnes


def _code(text: str) -> Picture:
    """Text as a QR code."""
    drawn = segno.make(text, error="m")
    png, svg = io.BytesIO(), io.BytesIO()
    drawn.save(png, kind="png", scale=8, border=2)
    drawn.save(svg, kind="svg", scale=8, border=2)
    return Picture(png.getvalue(), svg.getvalue(), text, 0.25)


def certificate(
    auction: Auction, hammer: Hammer, packages: Sequence[str], simulated: bool, words: Words
) -> Report:
    """Certificate of a lot: who holds which units now, and what they rest on."""
    blocks: list[Block] = [Paragraph(words("SIMULATED DATA"), "warning")] if simulated else []
    entry = words("{text} ({remark})", text=hammer.entry_number, remark=hammer.entry_sha256)
    blocks += [
        Facts(
            [
                (words("Lot"), hammer.lot.id),
                (words("Buyer"), hammer.buyer),
                (words("Seller"), words.half(auction.seller.name.text)),
                (words("Tonnes"), f"{hammer.lot.tonnes:,} t CO₂e"),
                (words("Hammer price"), price(words, hammer.price_cny_t)),
                (words("Total"), total(words, hammer.total_cny)),
                (words("Date"), day(words, hammer.day)),
                (words("Entry of the ledger"), entry),
            ]
        ),
        Heading(words("Units")),
        Table(
            (words("serial block"), words("tonnes")),
            [(block.serial, f"{block.count:,}") for block in hammer.lot.units],
            numeric=frozenset({1}),
            widths=(5, 1),
        ),
        Heading(words("Packages that the units rest on")),
        *(_code(package) for package in packages),
        Paragraph(
            words(
                "The code holds the hash of the package; mrv verify runs the package again and says "
                "whether it stands."
            ),
            "small",
        ),
    ]
    return Report(words("Certificate"), words.half(auction.title.text), words.language, tuple(blocks))
