"""The kind of a transaction where its source does not name it.

Words speak only for lines without a merchant category: what has one was bought
somewhere, whatever it is called.
"""

from __future__ import annotations

import polars as pl

from pcard.frames import KINDS

# Words sources use for our kinds, lower case with underscores.
_SAID = {
    **{kind: kind for kind in KINDS},
    "debit": "purchase", "sale": "purchase", "charge": "purchase", "pos": "purchase",
    "return": "credit", "refund": "credit", "merchandise_return": "credit",
    "service_charge": "fee", "srvchg": "fee", "fees": "fee",
    "interest": "finance_charge", "finance": "finance_charge",
    "cash": "cash_advance", "atm": "cash_advance",
    "check": "convenience_check", "pymt": "payment", "pmt": "payment", "xfer": "transfer",
}  # fmt: skip

# The first pattern that fits decides; `below` keeps a word that merchants carry too from turning a charge into a payment.
_WORDS: tuple[tuple[str, str, bool], ...] = (
    ("transfer", r"\b(?:BALANCE|ACC(?:OUN)?T) (?:TRANSFER|XFER)\b|\bTRANSFER (?:TO|FROM) (?:NEW |REPLACEMENT )?(?:ACC(?:OUN)?T|CARD)\b|\bLOST[ /]*STOLEN TRANSFER\b", False),
    ("rebate", r"\b(?:REBATE|REVENUE SHAR(?:E|ING)|INCENTIVE (?:PAYMENT|CREDIT)|REWARDS? CREDIT)\b", True),
    ("payment", r"\bPAYMENT[ -]*(?:THANK YOU|RECEIVED|RECD)|\bTHANK YOU\b|^(?:AUTO(?:MATIC)?|ONLINE|ELECTRONIC|ACH|WIRE|CHECK|MOBILE|INTERNET|BILL|E)?[ -]*(?:AUTO[ -]?PAY|PAYMENT|PYMT|PMT)(?:$|[ -])", True),
    ("finance_charge", r"^(?:\w+ )?FINANCE CHARGE|^INTEREST (?:CHARGE|ON )|^PURCHASE INTEREST", False),
    ("fee", r"^(?:LATE|ANNUAL|OVER ?LIMIT|FOREIGN (?:TRANSACTION|TRANS|EXCHANGE)|INTERNATIONAL TRANSACTION|CASH ADVANCE|CONVENIENCE CHECK|RETURNED (?:CHECK|PAYMENT|ITEM)|NSF|MEMBERSHIP|CARD REPLACEMENT|RUSH CARD|STOP PAYMENT)(?: \w+)? (?:FEE|CHARGE)\b", False),
    ("cash_advance", r"^CASH ADVANCE\b|^ATM (?:CASH|WITHDRAWAL)\b", False),
    ("convenience_check", r"^CONVENIENCE CHECK\b", False),
)  # fmt: skip


def kind_said(text: pl.Expr) -> pl.Expr:
    """Return our kind for the word a source uses, null where the word is none of ours."""
    word = text.str.to_lowercase().str.replace_all(r"[\s-]+", "_")
    return word.replace_strict(list(_SAID), list(_SAID.values()), default=None, return_dtype=pl.String)


def kind_by_words(amount: pl.Expr, words: pl.Expr, mcc: pl.Expr) -> pl.Expr:
    """Return the kind that the sign of the amount (cents) and the words of the line speak for."""
    text = words.str.to_uppercase()
    by_sign = pl.when(amount < 0).then(pl.lit("credit")).otherwise(pl.lit("purchase"))
    by_word = [
        pl.when(text.str.contains(pattern) & ((amount < 0) if below else pl.lit(value=True))).then(pl.lit(kind))
        for kind, pattern, below in _WORDS
    ]
    return pl.when(mcc.is_null()).then(pl.coalesce(*by_word, by_sign)).otherwise(by_sign)
