"""One statement, report or notification of an ISO 20022 account message: its account, balances and totals.

The totals also settle what a reversal is. By the standard an entry's own
indicator says whether money came or went; yet some banks repeat the indicator
of the entry that they reverse, and then it must be turned.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from lxml import etree

from pcard.documents import Document
from pcard.errors import Fault
from pcard.frames import Control
from pcard.importers.bank_files.bank_accounts import BankStatement, last_four
from pcard.importers.bank_files.camt_entries import ACCOUNT_IDS, SIGNS, day_of, signed_amount
from pcard.importers.xml_documents import children, line_of, value

_NUMBER = re.compile(r"^-?[0-9]{1,18}(?:\.[0-9]{1,17})?$")
_OPENING, _CLOSING = ("OPBD", "PRCD"), ("CLBD",)


class Part(NamedTuple):
    """The entries of one statement that are alike: how many, and their sum without sign."""

    is_debit: bool
    reverses: bool
    is_booked: bool
    currency: str
    number: int
    total: Decimal


@dataclass(frozen=True)
class Settled:
    """A statement's figures; `turns_reversals` tells how its reversals are read, `is_sure` whether a figure proves it."""

    statement: BankStatement
    controls: tuple[Control, ...]
    turns_reversals: bool
    is_sure: bool
    faults: tuple[Fault, ...]


def account_number(element: etree._Element) -> str | None:
    """Return the number of the account that a statement is about."""
    return value(element, *(f"Acct/Id/{name}" for name in ACCOUNT_IDS))


def settle(element: etree._Element, parts: Sequence[Part], document: Document) -> Settled:
    """Read what stands around a statement's entries and hold the entries against it."""
    opening, closing, faults = _balances(element, document)
    statement = BankStatement(
        line=line_of(element),
        account=last_four(account_number(element)),
        opened=day_of(value(element, "FrToDt/FrDtTm", "FrToDt/FrDt") or (opening and opening.day)),
        closed=day_of((closing and closing.day) or value(element, "FrToDt/ToDtTm", "FrToDt/ToDt", "CreDtTm")),
        opening_balance=opening and opening.amount,
        closing_balance=closing and closing.amount,
        currency=value(element, "Acct/Ccy") or (closing and closing.currency),
    )
    written, turned = (tuple(_controls(element, parts, (opening, closing), turns=turns)) for turns in (False, True))
    if not any(part.reverses for part in parts):
        return Settled(statement, written, turns_reversals=False, is_sure=True, faults=tuple(faults))
    wrong_written, wrong_turned = (sum(not one.agrees for one in controls) for controls in (written, turned))
    turns = wrong_turned <= wrong_written
    is_sure = wrong_turned != wrong_written
    return Settled(statement, turned if turns else written, turns, is_sure, tuple(faults))


class _Balance(NamedTuple):
    amount: str
    currency: str
    day: str | None


def _balances(element: etree._Element, document: Document) -> tuple[_Balance | None, _Balance | None, list[Fault]]:
    """Return the opening and the closing booked balance, where they are given, and what is wrong with them."""
    found: dict[str, _Balance] = {}
    faults: list[Fault] = []
    for balance in children(element, "Bal"):
        code = value(balance, "Tp/CdOrPrtry/Cd", "Tp/Cd") or ""
        if code in (*_OPENING, *_CLOSING) and code not in found:
            amount, currency, wrong = signed_amount(balance, document)
            found[code] = _Balance(amount, currency, value(balance, "Dt/Dt", "Dt/DtTm", "Dt"))
            faults += wrong
    opening, closing = (next((found[code] for code in codes if code in found), None) for codes in (_OPENING, _CLOSING))
    return opening, closing, faults


def _controls(
    element: etree._Element, parts: Sequence[Part], balances: tuple[_Balance | None, _Balance | None], *, turns: bool
) -> Iterator[Control]:
    where = f"of the statement on line {line_of(element)}"
    sides = {"-": _side(parts, turns=turns, debit=True), "": _side(parts, turns=turns, debit=False)}
    net = _total(sides[""]) - _total(sides["-"])
    groups = {"TtlNtries": [*sides[""], *sides["-"]], "TtlCdtNtries": sides[""], "TtlDbtNtries": sides["-"]}
    names = {"TtlNtries": "entries", "TtlCdtNtries": "credits", "TtlDbtNtries": "debits"}
    for tag, group in groups.items():
        if stated := value(element, f"TxsSummry/{tag}/NbOfNtries"):
            yield Control(f"the number of {names[tag]} {where}", stated.lstrip("0") or "0", str(_count(group)))
        if stated := value(element, f"TxsSummry/{tag}/Sum"):
            yield Control(f"the sum of {names[tag]} {where}", _plain(stated), f"{_total(group).normalize():f}")
    for tag, sign in (("TtlNetNtry/Amt", "TtlNetNtry/CdtDbtInd"), ("TtlNetNtryAmt", "CdtDbtInd")):
        if stated := value(element, f"TxsSummry/TtlNtries/{tag}"):
            indicator = SIGNS.get(value(element, f"TxsSummry/TtlNtries/{sign}") or "", "")
            yield Control(f"the net sum of entries {where}", _plain(f"{indicator}{stated}"), f"{net.normalize():f}")
    opening, closing = balances
    if opening and closing and all(part.currency == opening.currency == closing.currency for part in parts):
        booked = {sign: [part for part in side if part.is_booked] for sign, side in sides.items()}
        reached = Decimal(_plain(opening.amount, "0")) + _total(booked[""]) - _total(booked["-"])
        yield Control(f"the closing balance {where}", _plain(closing.amount), f"{reached.normalize():f}")


def _side(parts: Sequence[Part], *, turns: bool, debit: bool) -> list[Part]:
    return [part for part in parts if (part.is_debit != (turns and part.reverses)) == debit]


def _count(parts: Sequence[Part]) -> int:
    return sum(part.number for part in parts)


def _total(parts: Sequence[Part]) -> Decimal:
    return sum((part.total for part in parts), Decimal(0))


def _plain(stated: str, otherwise: str | None = None) -> str:
    """Return an amount without needless zeros, or as it stands where it is none."""
    if not _NUMBER.match(stated):
        return stated if otherwise is None else otherwise
    return f"{Decimal(stated).normalize():f}"
