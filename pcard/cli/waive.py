"""`pcard waive RULE`: a written exception, signed by a second person, added to the file of waivers."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pcard.cli.answers import Answer, answering
from pcard.cli.session import day, opened, policy_of, waiver_files, workspace_option
from pcard.cli.verdicts import demand

if TYPE_CHECKING:
    from pcard.policy.rules import Policy
    from pcard.store.workspace import Workspace

DAY = click.DateTime(["%Y-%m-%d"])


@click.command(name="waive")
@click.argument("rule")
@click.option("--scope", "scopes", multiple=True, required=True, metavar="FIELD=VALUE", help="Whose: card.id=2208.")
@click.option("--reason", required=True, help="Why; stands in the file and in the trail.")
@click.option("--requested-by", required=True, help="Who asks for it.")
@click.option("--approved-by", required=True, help="Who signs it: somebody else, whose purchases it will not cover.")
@click.option("--granted", type=DAY, help="The first day of purchase it covers (default: today).")
@click.option("--expires", type=DAY, required=True, help="The last; at most 366 days later.")
@click.option("--uses", type=click.IntRange(min=1), help="How many flags it may cover.")
@click.option("--total", metavar="AMOUNT", help="How much money it may cover in all.")
@click.option("--each", metavar="AMOUNT", help="How much money each flag may come to.")
@click.option("--cite", "cites", multiple=True, help="The clause it rests on: 'MAN 4.6'.")
@click.option("--evidence", multiple=True, metavar="FILE", help="A signed paper that lies beside the file of waivers.")
@workspace_option
@answering
def command(
    rule: str,
    scopes: tuple[str, ...],
    reason: str,
    requested_by: str,
    approved_by: str,
    granted: datetime | None,
    expires: datetime,
    uses: int | None,
    total: str | None,
    each: str | None,
    cites: tuple[str, ...],
    evidence: tuple[str, ...],
    root: Path | None,
) -> Answer:
    """Grant an exception to a rule. Its flags stay visible, marked with the waiver and counted."""
    from pcard.policy.granting import Plain, next_id
    from pcard.store.files import write_whole

    limit = {"uses": uses, "total": total and Plain(total), "sum(txn.amount)|lte": each and Plain(each)}
    first = day(granted)
    with opened(root) as workspace:
        policy = _active(workspace)
        demand(rule, sorted({one.id for pack in policy.packs for one in pack.rules}), "rule")
        path = (waiver_files(workspace) or [workspace.root / "rules" / "waivers.yaml"])[0]
        name = next_id([waiver.id for waiver in policy.waivers], first.year)
        waiver: dict[str, Any] = {
            "id": name,
            "rule": rule,
            "scope": _scope(scopes),
            "limit": {key: value for key, value in limit.items() if value},
            "reason": reason,
            "cite": list(cites),
            "requested_by": requested_by,
            "approved_by": approved_by,
            "granted": first,
            "expires": expires.date(),
            "evidence": [_evidence(path.parent / paper, paper) for paper in evidence],
        }
        content, notes = _added(path, waiver, policy)
        with workspace.transaction():
            decision = workspace.decide("waive", name, value=rule, reason=f"{reason} (signed by {approved_by})")
            write_whole(path, content)
    facts = {"decision": decision, "waiver_id": name, "rule_id": rule, "file": str(path)}
    lines = [f"Waiver {name} of {rule} is granted until {waiver['expires']} ({decision}); it stands in {path}."]
    return Answer(facts, lines, notes, ["pcard check", f"take it back with: pcard undo {decision}"])


def _active(workspace: Workspace) -> Policy:
    """Return the workspace's policy.

    Raises:
        RefusedByState: none is active.
    """
    from pcard.errors import Fault, Place, RefusedByState

    if policy := policy_of(workspace):
        return policy
    cure = "name a policy under `policies` in pcard.yaml"
    raise RefusedByState(Fault("no-policy", Place("pcard.yaml"), "no policy is active, so there is no rule", cure))


def _scope(scopes: tuple[str, ...]) -> dict[str, object]:
    """Read `FIELD=VALUE` options."""
    from pcard.policy.granting import scope_value

    read: dict[str, object] = {}
    for scope in scopes:
        test, equals, value = scope.partition("=")
        if not equals or not value:
            raise click.BadParameter(f"'{scope}' is not FIELD=VALUE, as card.id=2208", param_hint="--scope")
        read[test.strip()] = scope_value(test, value.strip())
    return read


def _evidence(path: Path, name: str) -> dict[str, object]:
    """Return a paper with the SHA-256 it has now."""
    import hashlib

    from pcard.errors import Fault, Place, Refused

    if not path.is_file():
        cure = f"put it into {path.parent}, or leave --evidence out"
        raise Refused(Fault("evidence-unknown", Place(name), "this paper does not lie beside the waivers", cure))
    return {"file": name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


def _added(path: Path, waiver: dict[str, Any], policy: Policy) -> tuple[bytes, list[str]]:
    """Return the file with a waiver added, once it reads well with all others, and the warnings.

    Raises:
        Refused: something about it is wrong (all faults).
    """
    from pcard.documents import document_of
    from pcard.errors import Refused, errors_of
    from pcard.policy.granting import with_waiver
    from pcard.policy.waivers import waivers_in

    before = path.read_text(encoding="utf-8-sig") if path.is_file() else ""
    content = with_waiver(before, waiver).encode()
    _, faults = waivers_in(document_of(path.name, content), path.parent, policy.packs)
    if errors := errors_of(faults):
        raise Refused(*errors)
    return content, [str(fault) for fault in faults]
