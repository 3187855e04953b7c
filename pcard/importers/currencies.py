"""How many decimals an amount of a currency has (ISO 4217); two where nothing else is known."""

from __future__ import annotations

_OTHER_THAN_TWO = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
DECIMALS = {code: count for count, codes in _OTHER_THAN_TWO.items() for code in codes.split()}


def decimals_of(currency: str) -> int:
    """Return the number of decimals of a currency, by its code of three letters."""
    return DECIMALS.get(currency, 2)


def has_too_many_decimals(amount: str, currency: str) -> bool:
    """Tell whether a plain amount is no whole number of its currency's smallest unit: `10.005` USD."""
    return len(amount.partition(".")[2].rstrip("0")) > decimals_of(currency)
