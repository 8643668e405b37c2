"""Amounts of money as each language writes them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from mrv.report.words import Words

TEN_THOUSAND = Decimal(10_000)
CENT = Decimal("0.01")


def plain(amount: Decimal) -> str:
    """Amount with thousands set apart, decimals only where there are any; rounded to a cent."""
    rounded = amount.quantize(CENT, ROUND_HALF_UP)
    return f"{rounded:,.0f}" if rounded == rounded.to_integral_value() else f"{rounded:,.2f}"


def price(words: Words, amount: Decimal | None) -> str:
    """Price of a tonne; a dash where there is none."""
    return "–" if amount is None else words("{amount} CNY/t", amount=plain(amount))


def total(words: Words, amount: Decimal | None) -> str:
    """Sum of money; from ten thousand on in Chinese with 万元 beside it."""
    if amount is None:
        return "–"
    if words.language == "zh" and amount >= TEN_THOUSAND:
        return f"{plain(amount)} 元（{(amount / TEN_THOUSAND).normalize():,f} 万元）"
    return words("{amount} CNY", amount=plain(amount))
