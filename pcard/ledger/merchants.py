"""One key for the ways a merchant's name is printed on statements.

A descriptor is the merchant's name with what processors, terminals and card
networks hang on it: `SQ *NORTHWEST FOSTER  DURHAM NC`, `AMZN MKTP US*RT4G81ZZ0`.
The key leaves the name. It is simple on purpose - the matching engine resolves
names more deeply - but the same everywhere rules group by merchant.
"""

from __future__ import annotations

import polars as pl

# Who took the payment, in front of the merchant, also twice; some banks print two spaces for the star.
_PROCESSORS = r"^(?:(?:SQU?|TST|PAYPAL|PYPL|PP|PY|SP|IN|DD|BT|EB|WPY|CKE|PAR|FSP?|2CO|SMK|EZP|GOOGLE|STRIPE|SUMUP|ZETTLE|CLOVER|VENMO)(?:\s?\*\s*|\s{2,}))+"
_STATES = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|DC|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR"
    "|PA|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|PR|ON|QC|BC|AB|MB|SK|NS|NB|NL|PE"
)
# A word of at least six letters and digits with a digit in it: an order, ticket or terminal code.
_CODE = "|".join([*(f"[A-Z0-9]{{{n}}}[0-9][A-Z0-9]{{{5 - n},}}" for n in range(5)), "[A-Z0-9]{5,}[0-9][A-Z0-9]*"])
_LEGAL = "INC|INCORPORATED|LLC|LLP|LTD|LIMITED|CORP|CORPORATION|CO|COMPANY|PLC|GMBH|LP|PC"
_STEPS: tuple[tuple[str, str], ...] = (
    (_PROCESSORS, ""),
    (
        r"^(?:AMZN|AMAZON)(?:\.COM\b.*| ?(?:MKTP|MKTPL|MKTPLACE|MARKETPLACE|PRIME|DIGITAL|RETAIL)\b.*|\s*\*.*)$",
        "AMAZON",
    ),
    (r"\b(?:HTTPS?://|WWW\.)", " "),
    (r"\.(?:COM|ORG|NET|EDU|GOV)(?:/\S*)?\b", " "),
    (r"[ *]\+?1?[ .-]?\(?[0-9]{3}\)?[ .-][0-9]{3}[ .-]?[0-9]{4}\b", " "),
    (r"\b([A-Z]{3,})[0-9]{6,}\b", "$1 "),
    (rf"[ *#](?:{_CODE})\b", " "),
    (r"(?:#|\bNO\.? ?|\bSTORE ?#?|\bSTR ?#?)\s*[0-9]+\b", " "),
    (r" [A-Z]{0,2}[0-9]{3,}[A-Z]?\b", " "),
    ("'", ""),
    (r"[^A-Z0-9&]+", " "),
    (r"^ +| +$", ""),
    (rf"(\S) (?:{_STATES})(?: USA?)?$|(\S) USA?$", "$1$2"),
    (rf"(\S)(?: (?:{_LEGAL}))+$", "$1"),
)


def merchant_key(text: pl.Expr) -> pl.Expr:
    """Return the merchant's name in a descriptor: upper case, no accents, codes, places of sale or legal forms.

    Where nothing would be left, the descriptor itself in upper case.
    """
    upper = text.str.normalize("NFKD").str.replace_all(r"\p{M}+", "").str.to_uppercase().str.strip_chars()
    key = upper
    for pattern, put in _STEPS:
        key = key.str.replace_all(pattern, put)
    return pl.when(key == "").then(upper).otherwise(key)
