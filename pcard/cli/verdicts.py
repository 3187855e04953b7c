"""A person's verdict on a link, recorded once the two things are known to exist."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from pcard.cli.answers import Answer

if TYPE_CHECKING:
    from pcard.store.workspace import Workspace

_WORDS = {"confirm": "linked", "reject": "kept apart"}


def record_verdict(workspace: Workspace, act: str, charge: str, kind: str, evidence: str, reason: str | None) -> Answer:
    """Record `confirm` or `reject` of a charge and a piece of evidence."""
    records = workspace.records()
    charges = records["transactions"]["transaction_id"].to_list()
    pieces = records["receipts"]["id"] if kind == "receipt" else records["orders"]["po_number"]
    demand(charge, charges, "charge")
    demand(evidence, pieces.to_list(), kind)
    decision = workspace.decide(act, charge, evidence_kind=kind, evidence_id=evidence, reason=reason)
    facts = {"decision": decision, "act": act, "transaction_id": charge, "evidence_id": evidence}
    lines = [f"{charge} and {kind} {evidence} are {_WORDS[act]} ({decision})."]
    return Answer(facts, lines, next_steps=[f"take it back with: pcard undo {decision}"])


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
    "flag": "export flags",
    "rule": "policy check",
    "profile": "profile show",
    "plugin": "plugins",
}
