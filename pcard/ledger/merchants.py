"""One key for the ways a merchant's name is printed on statements.

A descriptor is the merchant's name with what processors, terminals and card
networks hang on it: `SQ *NORTHWEST FOSTER  DURHAM NC`, `AMZN MKTP US*RT4G81ZZ0`.
The key leaves the name. It is simple on purpose - the matching engine resolves
names more deeply - but the same everywhere rules group by merchant.
"""

from __future__ import annotations

import polars as pl

# Who took the payment, in front of whose merchant: repeated, since one may stand before another.
_PROCESSORS = (
    r"^(?:(?:SQU?|TST|PAYPAL|PYPL|PP|SP|IN|DD|BT|EB|WPY|CKE|PAR|FSP|GOOGLE|STRIPE|SUMUP|ZETTLE|CLOVER|VENMO)\s?\*\s*)+"
)
_STATES = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|DC|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR"
    "|PA|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|PR|ON|QC|BC|AB|MB|SK|NS|NB|NL|PE"
)
_STEPS: tuple[tuple[str, str], ...] = (
    (_PROCESSORS, ""),
    # Marketplaces hang an order code on the name, starred or (where the star was printed as a space) glued.
    (r"^(?:AMZN|AMAZON)(?:\.?COM)?\s*(?:MKTP(?:LACE)?|MKTPL|MARKETPLACE|PRIME|DIGITAL|RETA(?:IL)?|PMTS|BUSINESS)?\b(?:\s*US)?\b.*$", "AMAZON"),
    (r"\*\s*(?:[A-Z]*[0-9][A-Z0-9]{4,}|[A-Z0-9]*[0-9])\b.*$", " "),
    (r"\b(?:HTTPS?://|WWW\.)", " "),
    (r"\.(?:COM|ORG|NET|EDU|GOV)(?:/\S*)?\b", " "),
    (r"\+?\b1?[ .-]?\(?[0-9]{3}\)?[ .-][0-9]{3}[ .-]?[0-9]{4}\b|\b[0-9]{10,}\b", " "),
    (r"(?:#|\bNO\.? ?|\bSTORE ?#?|\bSTR ?#?)\s*[0-9]+\b", " "),
    (r"\b[A-Z]{0,2}[0-9]{3,}[A-Z]?\b", " "),
    (r"'", ""),
    (r"[^A-Z0-9&]+", " "),
    (rf"(\S) (?:{_STATES})(?: USA?)? ?$", "$1"),
    (r"(\S) (?:USA?|CAN)\s*$", "$1"),
    (r"(\S)(?: (?:INC|INCORPORATED|LLC|LLP|LTD|LIMITED|CORP|CORPORATION|CO|COMPANY|PLC|GMBH|LP|PC))+\s*$", "$1"),
)  # fmt: skip


def merchant_key(text: pl.Expr) -> pl.Expr:
    """Return the merchant's name in a descriptor: upper case, no accents, codes, places of sale or legal forms.

    Where nothing would be left, the descriptor itself in upper case.
    """
    upper = text.str.normalize("NFKD").str.replace_all(r"\p{M}+", "").str.to_uppercase().str.strip_chars()
    key = upper
    for pattern, put in _STEPS:
        key = (
            key.str.replace_all(pattern, put)
            if not pattern.startswith(("^", r"(\S)"))
            else key.str.replace(pattern, put)
        )
    key = key.str.replace_all(r"\s+", " ").str.strip_chars()
    return pl.when(key == "").then(upper).otherwise(key)
