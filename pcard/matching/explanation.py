"""Why a charge is linked as it is: the parts of each link's sum, the runner-up, and what would change the answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import comb, log2
from typing import Any

import polars as pl

from pcard.frames import Ledger
from pcard.matching.engine import Matching
from pcard.matching.settings import MatchSettings
from pcard.money import format_cents, show_cents

_SUM = re.compile(r"^(?P<parts>.*) = (?P<score>[+-][0-9]+\.[0-9]) \([0-9.]+%\)$")
_PART = re.compile(r"^(?P<what>.*) (?P<bits>[+-][0-9]+\.[0-9])$")
_NOT_ASKED = {"start", "amount", "order"}  # what evidence without it would not be evidence of this charge


@dataclass(frozen=True)
class Part:
    """One part of a score: what agreed or differed, and the bits it adds."""

    what: str
    bits: Decimal


@dataclass(frozen=True)
class LinkExplained:
    """One link; `parts` sum to `score` exactly. A link somebody stated has no parts but its `words`."""

    evidence_kind: str
    evidence_id: str
    amount_cents: int
    outcome: str
    probability: float
    parts: tuple[Part, ...]
    score: Decimal
    words: str
    runner_up_id: str | None
    runner_up_probability: float | None
    turns: tuple[str, ...]

    def lines(self) -> list[str]:
        """Return the link as a sum, one part a line."""
        head = f"{self.evidence_kind} {self.evidence_id}: {self.outcome}, covers {show_cents(self.amount_cents)}"
        if not self.parts:
            return [head, f"  {self.words}"]
        rows = [f"  {part.what:<40} {part.bits:>+7}" for part in self.parts]
        total = (
            f"  {'together, in bits (one doubles the odds)':<40} {self.score:>+7} = {min(self.probability, 0.9999):.2%}"
        )
        runner = f"  next best: {self.runner_up_id} at {self.runner_up_probability:.1%}" if self.runner_up_id else None
        return [
            head,
            *rows,
            total,
            *([runner] if runner else ["  no other candidate"]),
            *(f"  {turn}" for turn in self.turns),
        ]

    def facts(self) -> dict[str, Any]:
        """Return the same as plain values; money and bits as decimal text."""
        return {
            "evidence_kind": self.evidence_kind,
            "evidence_id": self.evidence_id,
            "outcome": self.outcome,
            "amount": format_cents(self.amount_cents),
            "probability": round(self.probability, 6),
            "score": str(self.score),
            "parts": [{"what": part.what, "bits": str(part.bits)} for part in self.parts],
            "words": self.words,
            "runner_up_id": self.runner_up_id,
            "runner_up_probability": self.runner_up_probability,
            "turns": list(self.turns),
        }


@dataclass(frozen=True)
class Explanation:
    """All that is to be said of one charge's links; `others` are the candidates that were not taken."""

    transaction_id: str
    links: tuple[LinkExplained, ...]
    others: tuple[Mapping[str, Any], ...]

    def lines(self) -> list[str]:
        """Return the explanation for a person to read."""
        said = [line for link in self.links for line in link.lines()] or ["No receipt and no order is linked to it."]
        others = [
            f"  {other['evidence_kind']} {other['evidence_id']} at {other['probability']:.1%}" for other in self.others
        ]
        return [*said, *(["Other candidates:", *others] if others else [])]

    def facts(self) -> dict[str, Any]:
        """Return the explanation as plain values."""
        return {"links": [link.facts() for link in self.links], "candidates": [dict(other) for other in self.others]}


def explain(matching: Matching, ledger: Ledger, transaction_id: str) -> Explanation:
    """Explain the links of one charge.

    Raises:
        KeyError: the ledger has no such charge.
    """
    if ledger.transactions.filter(pl.col("transaction_id") == transaction_id).is_empty():
        raise KeyError(transaction_id)
    links = matching.matches.filter(pl.col("transaction_id") == transaction_id).to_dicts()
    others = matching.candidates.filter(pl.col("transaction_id") == transaction_id).to_dicts()
    return Explanation(
        transaction_id,
        tuple(_link(matching, link) for link in links),
        tuple({key: other[key] for key in ("evidence_kind", "evidence_id", "probability")} for other in others),
    )


def _link(matching: Matching, link: Mapping[str, Any]) -> LinkExplained:
    parts, score = read_sum(link["explanation"])
    return LinkExplained(
        evidence_kind=link["evidence_kind"],
        evidence_id=link["evidence_id"],
        amount_cents=link["amount_cents"],
        outcome=link["outcome"],
        probability=link["probability"],
        parts=parts,
        score=score,
        words=link["explanation"],
        runner_up_id=link["runner_up_id"],
        runner_up_probability=link["runner_up_probability"],
        turns=_turns(matching, link, parts, score) if parts else (),
    )


def read_sum(text: str) -> tuple[tuple[Part, ...], Decimal]:
    """Read an explanation back into its parts and its score; a link somebody stated has neither."""
    whole = _SUM.match(text)
    if whole is None:
        return (), Decimal(0)
    pieces = [_PART.match(piece) for piece in whole["parts"].split("; ")]
    return tuple(Part(piece["what"], Decimal(piece["bits"])) for piece in pieces if piece), Decimal(whole["score"])


def _turns(matching: Matching, link: Mapping[str, Any], parts: tuple[Part, ...], score: Decimal) -> tuple[str, ...]:
    """Say what would change the answer: what is missing to accept a question, what would make a link one."""
    settings = matching.settings
    chance = _coincidence(parts, settings)
    needed = Decimal(f"{log2(settings.accept_probability / (1.0 - settings.accept_probability)):.1f}")
    if link["outcome"] == "accepted":
        weak = [part.what for part in parts if part.what != "start" and part.bits > score - needed]
        decides = f"it would be a question without: {', '.join(weak)}" if weak else "no single part decides it"
        return (*chance, decides)
    short = needed - score
    if short > 0:
        turns = [*chance, f"it lacks {short:+} bits to be accepted"]
    elif settings.suggest_only:
        turns = [*chance, "sure enough, but nothing is accepted without asking here"]
    else:
        turns = [*chance, "sure enough by itself, but not far enough ahead of others, or among the least sure of many"]
    names = matching.weights["comparison"].unique()
    known = {name for name in names if any(part.what.startswith(f"{name} ") for part in parts)}
    for name, bits in _unasked(matching.weights, link["evidence_kind"], known):
        turns.append(f"if the {link['evidence_kind']}'s {name} were known and agreed: about {bits:+.1f}")
    return tuple(turns)


def _coincidence(parts: tuple[Part, ...], settings: MatchSettings) -> tuple[str, ...]:
    """Say how often unrelated parts would make up a group: of all sums tried, one in as many as the whole has cents."""
    hits = [part.bits for part in parts if part.what == "sum to the cent"]
    tried = sum(comb(settings.group_pool, size) for size in range(2, settings.largest_group + 1))
    return tuple(
        f"of up to {tried:,} sums one agrees to the cent by chance in {min(tried / 2 ** float(bits), 1.0):.1%} of cases"
        for bits in hits
    )


def _unasked(weights: pl.DataFrame, kind: str, known: set[str]) -> list[tuple[str, float]]:
    """Return the comparisons that had nothing to compare, with what their best level usually adds."""
    rows = weights.filter(
        (pl.col("evidence_kind") == kind)
        & ~pl.col("comparison").is_in([*known, *_NOT_ASKED])
        & pl.col("bits").is_not_null()
    )
    best = rows.group_by("comparison").agg(pl.col("bits").max()).filter(pl.col("bits") > 0).sort("comparison")
    return best.rows()
