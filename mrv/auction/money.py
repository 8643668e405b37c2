"""Amounts of money as each language writes them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from mrv.report.words import Words

TEN_THOUSAND = Decimal(10_000)
CENT = Decimal("0.01")


def plain(amount: Decimal) -> str:
    """Amount with thousands set apart, decimals only where there are any; rounded to a cent."""
    rounded = amount.quantize(CENT, ROUND_HALF_UP) + 0  # no minus before zero
    text = f"{rounded:,.0f}" if rounded == rounded.to_integral_value() else f"{rounded:,.2f}"
    return text.replace("-", "−")


def price(words: Words, amount: Decimal | None) -> str:
    """Price of a tonne; a dash where there is none."""
    return "–" if amount is None else words("{amount} CNY/t", amount=plain(amount))


def total(words: Words, amount: Decimal | None) -> str:
    """Sum of money; from ten thousand on in Chinese with 万元 beside it."""
    if amount is None:
        return "–"
    if words.language == "zh" and amount >= TEN_THOUSAND:
        return f"{plain(amount)} 元（{exact_sum_in_unit(words, amount)} 万元）"
    return words("{amount} CNY", amount=plain(amount))


def unit_of_sums(words: Words) -> str:
    """Unit in which tables give sums of money: 万元 in Chinese."""
    return "万元" if words.language == "zh" else "CNY"


def sum_in_unit(words: Words, amount: Decimal | None) -> str:
    """Sum of money in that unit; a dash where there is none."""
    if amount is None:
        return "–"
    return plain(
        amount / TEN_THOUSAND if words.language == "zh" else amount.quantize(Decimal(1), ROUND_HALF_UP)
    )


def exact_sum_in_unit(words: Words, amount: Decimal | None) -> str:
    """Sum of money in that unit, with every digit it has; a dash where there is none."""
    if amount is None:
        return "–"
    return f"{(amount / TEN_THOUSAND).normalize():,f}" if words.language == "zh" else plain(amount)


def sum_with_unit(words: Words, amount: Decimal) -> str:
    """Sum of money with its unit."""
    return f"{sum_in_unit(words, amount)} {unit_of_sums(words)}"
