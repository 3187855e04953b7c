"""One entry (Ntry) of an ISO 20022 account message: its cells, or the faults in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from lxml import etree

from pcard.documents import Document
from pcard.errors import Fault
from pcard.importers.currencies import has_too_many_decimals
from pcard.importers.xml_documents import AGAIN, children, line_of, value, values

SIGNS = {"CRDT": "", "DBIT": "-"}
# How an account is named: the last three in the first version of the messages.
ACCOUNT_IDS = ("IBAN", "Othr/Id", "BBAN", "UPIC", "PrtryAcct/Id")
_AMOUNT = re.compile(r"^(?:[0-9]{1,18}(?:\.[0-9]{0,17})?|\.[0-9]{1,17})$")
_DAY = re.compile(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])")
_CURRENCY = re.compile(r"^[A-Z]{3}$")
_STATES = {"": "BOOK"}  # camt.052 and .054 of some banks leave it out: what they report is booked


class Entry(NamedTuple):
    """The cells of one entry; `amount` is signed by its own indicator, `numbers` are the accounts of others."""

    line: int
    date: str | None
    amount: str
    description: str | None
    reference: str | None
    type: str | None
    currency: str
    state: str
    reverses: bool


def signed_amount(
    element: etree._Element, document: Document, amount: str = "Amt", mark: str = "CdtDbtInd"
) -> tuple[str, str, list[Fault]]:
    """Return amount (`-10.00`) and currency of an entry or balance, and what is wrong with them."""
    found = children(element, amount)
    text = (found[0].text or "").strip() if found else ""
    currency = found[0].get("Ccy", "") if found else ""
    indicator = value(element, mark) or ""
    return f"{SIGNS.get(indicator, '')}{text}", currency, list(_faults(element, text, currency, indicator, document))


def _faults(element: etree._Element, text: str, currency: str, indicator: str, document: Document) -> Iterator[Fault]:
    place = document.place(line_of(element), field="Amt")
    if not _AMOUNT.match(text):
        message = "the amount is missing or no plain number; it has digits and one point, and no sign"
        yield Fault("camt-amount", place, message, AGAIN)
    if not _CURRENCY.match(currency):
        yield Fault("camt-currency", place, "the amount does not say its currency (Ccy)", AGAIN)
    elif _AMOUNT.match(text) and has_too_many_decimals(text, currency):
        message = f"the amount has more decimals than {currency} has"
        yield Fault("camt-decimals", place, message, "ask the bank which amount it booked; nothing was imported")
    if indicator not in SIGNS:
        message = "it does not say whether it is a credit or a debit (CdtDbtInd: CRDT or DBIT)"
        yield Fault("camt-direction", document.place(line_of(element), field="CdtDbtInd"), message, AGAIN)


def entry_of(element: etree._Element, document: Document) -> tuple[Entry, list[Fault]]:
    """Return the cells of an entry and what is wrong with it."""
    amount, currency, faults = signed_amount(element, document)
    state = value(element, "Sts/Cd", "Sts") or ""
    details = children(element, "NtryDtls/TxDtls") or children(element, "TxDtls")
    entry = Entry(
        line=line_of(element),
        date=day_of(value(element, "BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm")),
        amount=amount,
        description=_description(element, details, credit=not amount.startswith("-")),
        reference=value(element, "AcctSvcrRef", "NtryRef") or next(_references(details), None),
        type=_type(element),
        currency=currency,
        state=_STATES.get(state, state),
        reverses=(value(element, "RvslInd") or "").lower() in ("true", "1"),
    )
    return entry, faults


def day_of(moment: str | None) -> str | None:
    """Return the day of a date or time as written: the zone behind it (`2026-09-15+02:00`) never moves it."""
    return moment[:10] if moment and _DAY.match(moment) else moment


def numbers_of(element: etree._Element) -> Iterator[str]:
    """Yield the account numbers an element names, whosever they are."""
    for found in element.iter("{*}IBAN", "{*}BBAN", "{*}UPIC"):
        yield (found.text or "").strip()
    for account in element.iter("{*}Acct", "{*}DbtrAcct", "{*}CdtrAcct", "{*}RltdAcct"):
        yield value(account, "Id/Othr/Id", "Id/PrtryAcct/Id") or ""


def _description(element: etree._Element, details: list[etree._Element], *, credit: bool) -> str | None:
    """Return who paid or was paid and what for, each text once; of a batch the first and how many more."""
    parts: list[str] = []
    if details:
        first, party = details[0], "Dbtr" if credit else "Cdtr"
        names = (f"{role}/{path}" for role in (party, f"Ultmt{party}") for path in ("Nm", "Pty/Nm"))
        parts.append(value(first, *(f"RltdPties/{name}" for name in names)) or "")
        parts += values(first, "RmtInf/Ustrd")
        parts += values(first, "RmtInf/Strd/CdtrRefInf/Ref")
        parts.append(value(first, "AddtlTxInf") or "")
        if len(details) > 1:
            parts.append(f"and {len(details) - 1} more")
    parts.append(value(element, "AddtlNtryInf") or "")
    return " ".join(dict.fromkeys(part for part in parts if part)) or None


def _references(details: list[etree._Element]) -> Iterator[str]:
    for detail in details[:1]:
        for name in ("AcctSvcrRef", "ChqNb", "EndToEndId", "InstrId", "TxId"):
            found = value(detail, f"Refs/{name}")
            if found and found != "NOTPROVIDED":
                yield found


def _type(element: etree._Element) -> str | None:
    """Return the bank's transaction code: domain, family and sub-family, else its own code."""
    names = ("Domn/Cd", "Domn/Fmly/Cd", "Domn/Fmly/SubFmlyCd")
    parts = [part for part in (value(element, f"BkTxCd/{name}") for name in names) if part]
    return "/".join(parts) or value(element, "BkTxCd/Prtry/Cd")
