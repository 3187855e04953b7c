"""`pcard explain ID`: why this link, this flag, this share."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pcard.cli.answers import Answer, answering
from pcard.cli.session import as_of_option, day, opened, reconciled, workspace_option
from pcard.cli.verdicts import demand

if TYPE_CHECKING:
    import polars as pl

    from pcard.pipeline.reconcile import Reconciliation


@click.command(name="explain")
@click.argument("what", metavar="ID")
@as_of_option
@workspace_option
@answering
def command(what: str, as_of: datetime | None, root: Path | None) -> Answer:
    """Explain a charge's links, a flag, or a site's share of the rebate, down to the source line."""
    import polars as pl

    with opened(root) as workspace:
        result = reconciled(workspace, None, day(as_of))
    found = result.conclusions
    if flag := found.flags.filter(pl.col("flag_id") == what).to_dicts():
        return _flag(result, flag[0])
    if (shares := found.shares.filter(pl.col("site") == what)).height:
        return _shares(result, what, shares)
    demand(what, result.ledger.transactions["transaction_id"].to_list(), "charge")
    return _charge(result, what)


def _charge(result: Reconciliation, transaction_id: str) -> Answer:
    import polars as pl

    from pcard.ledger.related import told
    from pcard.matching.explanation import explain

    charge = result.ledger.transactions.row(by_predicate=pl.col("transaction_id") == transaction_id, named=True)
    explanation = explain(result.matching, result.ledger, transaction_id)
    belonging = told(result.conclusions.related, transaction_id)
    flags = result.conclusions.flags.filter(pl.col("transaction_ids").str.split(";").list.contains(transaction_id))
    lines = [
        *charge_lines(charge),
        "",
        *explanation.lines(),
        *_sources(result, [link.evidence_id for link in explanation.links]),
        "",
        *belonging,
        *(f"Possible exception {flag_id}: {message}" for flag_id, message in flags.select("flag_id", "message").rows()),
    ]
    facts = {
        "transaction_id": transaction_id,
        "document": charge["document"],
        "line": charge["line"],
        "match": explanation.facts(),
        "related": belonging,
        "flags": flags["flag_id"].to_list(),
    }
    return Answer(facts, lines)


def _sources(result: Reconciliation, evidence_ids: list[str]) -> list[str]:
    """Return where each linked receipt and order stands: its document and line, its page or part where it is a file."""
    import polars as pl

    receipts, orders = result.ledger.receipts, result.ledger.orders
    named = pl.concat(
        [receipts.select("id", "document", "line", "file"), orders.select("document", "line", id="po_number")],
        how="diagonal",
    )
    found = named.filter(pl.col("id").is_in(evidence_ids)).sort("id", "document", "line")
    return [
        f"{name} is from {document}, line {line}" + (f": {file}" if file else "")
        for name, document, line, file in found.select("id", "document", "line", "file").rows()
    ]


def charge_lines(charge: dict[str, object]) -> list[str]:
    """Return a charge in three lines: what it is, whose it is, where it came from."""
    from pcard.money import show_cents

    amount = show_cents(charge["amount_cents"])  # type: ignore[arg-type]
    whose = f"{charge['cardholder'] or 'cardholder unknown'}, card {charge['card'] or 'unknown'}"
    return [
        f"{charge['kind']} {charge['transaction_id']}: {charge['merchant']}  {amount}  bought {charge['date']}, posted {charge['posted']}",
        f"  {whose}, site {charge['site'] or 'none'}, fund {charge['fund'] or 'none'}, cycle {charge['cycle']}",
        f"  from {charge['document']}, line {charge['line']}",
    ]


def _flag(result: Reconciliation, flag: dict[str, object]) -> Answer:
    import polars as pl

    ids = str(flag["transaction_ids"]).split(";")
    charges = result.ledger.transactions.filter(pl.col("transaction_id").is_in(ids)).to_dicts()
    lines = [
        f"Flag {flag['flag_id']}  {str(flag['severity']).upper()}  {flag['title']} ({flag['rule_id']}, policy {flag['policy_version']})",
        f"  {flag['message']}",
        f"  The rule rests on: {flag['cite']}",
        f"  To ask: {flag['ask'] or 'nothing'}",
        f"  Suspicion {flag['suspicion']:.2f}: {flag['reasons'] or 'no further reasons'}",
        f"  Decided: {flag['disposition'] or 'not yet; it is a question until a person decides it'}",
        "",
        *(line for charge in charges for line in charge_lines(charge)),
    ]
    return Answer({"flag": flag}, lines)


def _shares(result: Reconciliation, site: str, shares: pl.DataFrame) -> Answer:
    from pcard.frames import SHARES
    from pcard.money import show_cents
    from pcard.rebate.explanation import explain

    lines = [f"Rebate shares of site {site}, by its eligible volume"]
    for share in shares.to_dicts():
        part, volume = show_cents(share["share_cents"]), show_cents(share["volume_cents"])
        lines.append(f"  {share['period']}  fund {share['fund'] or 'none'}: {part} on a volume of {volume}")
    lines += ["", "What was shared out:"]
    for accrual in result.accruals:
        lines += explain(accrual).text().splitlines()
    return Answer({"site": site, "shares": SHARES.as_text(shares).to_dicts()}, lines)
