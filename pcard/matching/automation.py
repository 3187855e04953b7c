"""Whether accepting without asking is earned: how often people overturned what was accepted.

A verdict keeps in its `value` what the link was when the person spoke: an
`accepted` one that was rejected, or a charge whose accepted link gave way to
another (`instead`), is overturned; one that was confirmed is upheld. With k
overturned of n accepted, the true share is below Wilson's upper bound U with
95 % confidence (one-sided, z = 1.645):

    U = (k/n + z²/2n + z sqrt(k/n (1 - k/n)/n + z²/4n²)) / (1 + z²/n)

Where anything was overturned and U is above the share allowed, the room for
error below certainty shrinks by as much: accept' = 1 - (1 - accept) allowed/U.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import sqrt
from typing import Any

import polars as pl

from pcard.ledger.verdicts import AGAINST, FOR, in_force
from pcard.matching.settings import MatchSettings

ACCEPTED, INSTEAD = "accepted", "instead"  # what a verdict may find: the link accepted, or another one in its place
_Z = 1.645


@dataclass(frozen=True)
class Automation:
    """What is accepted without asking, and whether people's answers bear it out.

    `accepted` counts the links that the district's own thresholds accept,
    `upheld` and `overturned` those that people confirmed and reversed;
    `accept_probability` is the threshold in force. Under `suggest_only`
    nothing is accepted, and `accepted` counts what would have been.
    """

    accepted: int
    upheld: int
    overturned: int
    allowed: float
    accept_probability: float
    tightened: bool
    suggest_only: bool

    @property
    def judged(self) -> int:
        """How many links the overturned ones are a share of: all accepted; in suggest-only those answered."""
        answered = self.upheld + self.overturned
        return answered if self.suggest_only else max(self.accepted + self.overturned, answered)

    @property
    def at_most(self) -> float:
        """The share overturned, as an upper bound with 95 % confidence."""
        return upper_bound(self.overturned, self.judged)

    @property
    def earned(self) -> bool:
        """Whether answers bear out that links may be accepted without asking."""
        return self.at_most <= self.allowed

    def facts(self) -> dict[str, object]:
        """Return the figures as plain values."""
        return {
            "accepted": self.accepted,
            "upheld": self.upheld,
            "overturned": self.overturned,
            "overturned_at_most": round(self.at_most, 6),
            "overturned_allowed": self.allowed,
            "accept_probability": round(self.accept_probability, 6),
            "tightened": self.tightened,
            "suggest_only": self.suggest_only,
            "earned": self.earned,
        }

    def words(self) -> str:
        """Return the figures in a sentence or two."""
        share = f"at most {self.at_most:.1%} with 95 % confidence, {self.allowed:.1%} is allowed"
        if self.suggest_only:
            said = f"Suggest only: nothing is accepted without asking. Of {self.judged:,} likely links that people answered, "
            verdict = "accepting is earned" if self.earned else "accepting is not earned yet"
            return f"{said}{self.overturned:,} were wrong ({share}): {verdict}."
        if not self.overturned:
            return "No accepted link was overturned."
        said = f"{self.overturned:,} of {self.judged:,} accepted links were overturned ({share})"
        if not self.tightened:
            return f"{said}."
        return f"{said}; links are now accepted from {self.accept_probability:.2%}."


def upper_bound(wrong: int, judged: int) -> float:
    """Return Wilson's one-sided 95 % upper bound of a share; of nothing judged, everything may be wrong."""
    if not judged:
        return 1.0
    share, square = wrong / judged, _Z * _Z / judged
    spread = _Z * sqrt(share * (1.0 - share) / judged + square / judged / 4.0)
    return min((share + square / 2.0 + spread) / (1.0 + square), 1.0)


def automation(settings: MatchSettings, accepted: int, decisions: pl.DataFrame | None) -> Automation:
    """Weigh people's verdicts on accepted links; `accepted` is how many the settings accept now."""
    said = pl.concat(in_force(kind, decisions).select("act", "value") for kind in ("receipt", "order"))
    found = said.filter(pl.col("value") == ACCEPTED)
    upheld = found.filter(pl.col("act").is_in(FOR)).height
    overturned = found.filter(pl.col("act").is_in(AGAINST)).height
    overturned += said.filter(pl.col("act").is_in(FOR) & (pl.col("value") == INSTEAD)).height
    plain = Automation(
        accepted, upheld, overturned, settings.overturned_allowed, settings.accept_probability,
        tightened=False, suggest_only=settings.suggest_only,
    )  # fmt: skip
    if not overturned or plain.earned:
        return plain
    room = (1.0 - settings.accept_probability) * plain.allowed / plain.at_most
    return replace(plain, accept_probability=1.0 - room, tightened=True)


def value_of(matches: pl.DataFrame, charge: Mapping[str, Any], kind: str, evidence_id: str) -> str | None:
    """Return what a verdict on this pair finds: the link's outcome, `instead` of an accepted one, or nothing.

    `charge` is the transaction's row. An accepted link that leaves a part of it open gives way to nothing.
    """
    transaction_id = charge["transaction_id"]
    links = matches.filter((pl.col("transaction_id") == transaction_id) & (pl.col("evidence_kind") == kind))
    mine = links.filter(pl.col("evidence_id") == evidence_id)
    if mine.height:
        return str(mine["outcome"].item())
    whole = links.filter((pl.col("outcome") == ACCEPTED) & (pl.col("amount_cents") == charge["amount_cents"]))
    return INSTEAD if whole.height else None
