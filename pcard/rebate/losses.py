"""Credit losses: which are looked at, what they take out, and what they trigger."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from pcard.money import at_rate, show_cents
from pcard.rebate.clauses import LossTrigger
from pcard.rebate.figures import Counted, Facts, Part
from pcard.rebate.programs import Program, cited


def losses_of(facts: Facts, kind: str) -> int:
    """Return credit losses of a kind (`gross`, `net`, `none`); the one stands for the other where only it is known."""
    gross, net = facts.gross_losses_cents, facts.net_losses_cents
    match kind:
        case "none":
            return 0
        case "gross":
            return (gross if gross is not None else net) or 0
        case _:
            return (net if net is not None else gross) or 0


def less_losses(program: Program, counted: Counted, losses_cents: int) -> Counted:
    """Take losses out of the bucket that takes all that is left."""
    volumes = dict(counted.period.by_bucket)
    volumes[program.catch_all] = volumes.get(program.catch_all, 0) - losses_cents
    return replace(counted, period=replace(counted.period, by_bucket=volumes))


def triggered(trigger: LossTrigger | None, eligible_cents: int, facts: Facts) -> str:
    """Say that losses rose above the trigger's rate of the eligible volume; empty where they did not."""
    if trigger is None:
        return ""
    lost = losses_of(facts, trigger.losses)
    if lost <= 0 or Fraction(lost) * 10_000 <= max(eligible_cents, 0) * Fraction(trigger.above_bps):
        return ""
    return (
        f"{trigger.losses} credit losses of {show_cents(lost)} are above {trigger.above_bps} bps of the eligible volume"
    )


def trigger_part(trigger: LossTrigger, eligible_cents: int, gross_cents: int, why: str) -> Part:
    """Return what a trigger takes out of the gross rebate, never more than it."""
    taken = min(at_rate(max(eligible_cents, 0), trigger.less_bps), max(gross_cents, 0)) if why else 0
    words = why or "credit losses are not above the trigger"
    return Part(
        "loss_trigger", "loss_trigger", eligible_cents, Fraction(trigger.less_bps), -taken, words, cited(trigger.cite)
    )
