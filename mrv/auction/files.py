"""Files of a prepared auction, in both languages."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from mrv.auction.dossier import Ground, announcement, dossier, moment, summary
from mrv.auction.lots import Dealt
from mrv.auction.prepared import PREPARED, prepared_auction
from mrv.report.blocks import Language
from mrv.report.pdf import pdf
from mrv.report.word import word
from mrv.report.words import Words
from mrv.report.workbook import Sheet, book_of


def auction_files(
    dealt: Dealt, grounds: Sequence[Ground], ledger_head: str, by_language: Mapping[Language, Words]
) -> dict[Path, bytes]:
    """Every file of a prepared auction, by its name.

    Parameters
    ----------
    dealt : Dealt
    grounds : sequence of Ground
        Of every package that its units rest on.
    ledger_head : str
    by_language : mapping of language to Words
    """
    files: dict[Path, bytes] = {}
    for language, words in by_language.items():
        whole, page = dossier(dealt, grounds, words), summary(dealt, grounds, words)
        files[Path(f"dossier.{language}.pdf")] = pdf(whole)
        files[Path(f"dossier.{language}.docx")] = word(whole)
        files[Path(f"summary.{language}.pdf")] = pdf(page)
        files[Path(f"announcement.{language}.txt")] = announcement(dealt, words).encode()
        files[Path(f"lots.{language}.xlsx")] = _lot_workbook(dealt, words)
    files[Path("units.csv")] = _unit_list(dealt)
    prepared = prepared_auction(dealt, ledger_head)
    text = prepared.model_dump_json(by_alias=True, indent=2)
    files[Path(PREPARED)] = (text + "\n").encode()
    return files


def _unit_list(dealt: Dealt) -> bytes:
    written = io.StringIO()
    table = csv.writer(written, lineterminator="\n")
    table.writerow(
        [
            "lot",
            "project",
            "methodology",
            "vintage",
            "serial",
            "first",
            "last",
            "tonnes_t_co2e",
            "package_sha256",
        ]
    )
    for lot in dealt.lots:
        for held in lot.units:
            facts, block = held.facts, held.units
            table.writerow(
                [
                    lot.lot.id,
                    facts.project,
                    facts.methodology,
                    facts.vintage,
                    block.serial,
                    block.first,
                    block.last,
                    block.count,
                    facts.package_sha256 or "",
                ]
            )
    return written.getvalue().encode()


def _lot_workbook(dealt: Dealt, words: Words) -> bytes:
    columns = (
        words("lot"),
        words("tonnes, t CO₂e"),
        words("start price, CNY/t"),
        words("start total, CNY"),
        words("least raise, CNY/t"),
        words("deposit, CNY"),
        words("opens"),
        words("closes"),
    )
    rows = [
        (
            lot.id,
            lot.tonnes,
            lot.start_price_cny_t,
            lot.start_total_cny,
            lot.step_cny_t,
            lot.deposit_cny,
            moment(words, lot.opens),
            moment(words, lot.closes),
        )
        for lot in (own.lot for own in dealt.lots)
    ]
    return book_of([Sheet(words("lots"), columns, rows)])
