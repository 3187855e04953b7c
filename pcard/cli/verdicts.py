"""A person's verdict on a link, recorded once the two things are known to exist."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from pcard.cli.answers import Answer

if TYPE_CHECKING:
    import polars as pl

    from pcard.store.workspace import Workspace

_PIECES = {
    "receipt": ("receipts", "id"),
    "order": ("orders", "po_number"),
    "purchase": ("transactions", "transaction_id"),
}
_WORDS = {"confirm": "linked", "reject": "kept apart"}


def record_verdict(workspace: Workspace, act: str, charge: str, kind: str, evidence: str, reason: str | None) -> Answer:
    """Record `confirm` or `reject` of a charge and a piece of evidence, with what the link was until then."""
    records = workspace.records()
    charges = records["transactions"]["transaction_id"].to_list()
    table, key = _PIECES[kind]
    demand(charge, charges, "charge")
    demand(evidence, records[table][key].to_list(), kind)
    found = None if kind == "purchase" else _found(workspace, records, charge, kind, evidence)
    decision = workspace.decide(act, charge, evidence_kind=kind, evidence_id=evidence, value=found, reason=reason)
    facts = {"decision": decision, "act": act, "transaction_id": charge, "evidence_id": evidence}
    lines = [f"{charge} and {kind} {evidence} are {_WORDS[act]} ({decision})."]
    return Answer(facts, lines, next_steps=[f"take it back with: pcard undo {decision}"])


def _found(
    workspace: Workspace, records: Mapping[str, pl.DataFrame], charge: str, kind: str, evidence: str
) -> str | None:
    """Return what the link is before the verdict: accepted, a question, given way to; in suggest-only what it would be."""
    import polars as pl

    from pcard.cli.session import comparisons_of, working
    from pcard.engines import engine_named
    from pcard.ledger.assemble import assemble
    from pcard.matching.automation import value_of

    settings = replace(workspace.settings.match_settings(), suggest_only=False)
    with working("looking at what stands"):
        ledger = assemble(records, closing_day=workspace.settings.closing_day)
        engine, comparisons = engine_named("local"), comparisons_of(workspace)
        matches = engine.match(ledger, settings, workspace.decisions(), comparisons).matches
    row = ledger.transactions.row(by_predicate=pl.col("transaction_id") == charge, named=True)
    return value_of(matches, row, kind, evidence)


def demand(wanted: str, known: list[str], noun: str) -> None:
    """Refuse an id that does not exist, naming the nearest that does.

    Raises:
        Refused: there is no such id.
    """
    from pcard.errors import Fault, Place, Refused

    if wanted in known:
        return
    near = get_close_matches(wanted, known, n=1)
    cure = f"did you mean {near[0]}?" if near else f"list them with: pcard {_LISTS[noun]}"
    raise Refused(Fault("id-unknown", Place(wanted), f"there is no {noun} with this id", cure))


_LISTS = {
    "charge": "export transactions",
    "receipt": "export receipts",
    "order": "export orders",
    "purchase": "export transactions",
    "flag": "export flags",
    "rule": "policy check",
    "profile": "profile show",
    "plugin": "plugins",
}
