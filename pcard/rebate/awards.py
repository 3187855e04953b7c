"""Shares that go back to federal awards (2 CFR 200.406), and the journal lines that take them there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import polars as pl

from pcard.frames import RETURNED
from pcard.rebate.facts import Accounts, Award, Known
from pcard.rebate.programs import Program
from pcard.rebate.shares import federal_funds
from pcard.schema import Table, columns

# Debits and credits of each entry are equal; a share below zero turns them round.
RETURN_JOURNAL = Table(
    "return_journal",
    columns("entry! line_no! fund! site account! debit:money! credit:money! description!"),
    ("entry", "line_no"),
)


def returned_to_awards(shares: pl.DataFrame, programs: Sequence[Program], known: Known, as_of: date) -> pl.DataFrame:
    """Return RETURNED: the SHARES of the funds that programs list as federal.

    The cost of an award is reduced by them. Where the award was closed by
    `as_of`, or nothing is stated of it, that is a question for the grants office.
    """
    awards = {award.fund: award for award in known.stated.awards}
    funds = {program.id: federal_funds(program.terms.allocation) for program in programs}
    rows = [
        {
            "program_id": share["program_id"], "period": share["period"], "fund": share["fund"], "site": share["site"],
            "award": awards[share["fund"]].title if share["fund"] in awards else None,
            "amount_cents": share["share_cents"], "question": _question(awards.get(share["fund"]), as_of),
        }
        for share in shares.filter(pl.col("share_cents") != 0).iter_rows(named=True)
        if share["fund"] in funds.get(share["program_id"], ())
    ]  # fmt: skip
    return RETURNED.rows(rows)


def _question(award: Award | None, as_of: date) -> str | None:
    if award is None:
        return "grants office: which award is this fund, and is it still open?"
    if award.closed and award.closed <= as_of:
        return f"grants office: {award.title} was closed on {award.closed}; refund it to the grantor?"
    return None


def return_journal(returned: pl.DataFrame, accounts: Accounts) -> pl.DataFrame:
    """Return RETURN_JOURNAL: one entry a period and fund, from the fund the bank paid into to the award's."""
    lines = [
        {"entry": f"{program}-{period}-{fund}", **line}
        for (program, period, fund), group in returned.group_by("program_id", "period", "fund", maintain_order=True)
        for line in _entry(group, accounts, f"{program} {period}: rebate returned, 2 CFR 200.406", str(fund))
    ]
    return RETURN_JOURNAL.rows(lines)


def _entry(group: pl.DataFrame, accounts: Accounts, words: str, fund: str) -> Iterator[dict[str, object]]:
    whole = int(group["amount_cents"].sum())
    yield _line("01", accounts.fund, None, accounts.clearing, whole, f"{words}, to fund {fund}")
    yield _line("02", accounts.fund, None, accounts.due_to, -whole, f"{words}, to fund {fund}")
    yield _line("03", fund, None, accounts.due_from, whole, f"{words}, from fund {accounts.fund}")
    for index, (site, cents) in enumerate(group.select("site", "amount_cents").rows(), 4):
        yield _line(f"{index:02}", fund, site, accounts.cost_reduction, -cents, words)


def _line(number: str, fund: str, site: str | None, account: str, cents: int, words: str) -> dict[str, object]:
    """Return a journal line; cents above zero are a debit."""
    return {
        "line_no": number, "fund": fund, "site": site, "account": account, "debit_cents": max(cents, 0),
        "credit_cents": max(-cents, 0), "description": words,
    }  # fmt: skip
