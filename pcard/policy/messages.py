"""Messages with places to fill: `{txn.merchant} {txn.amount} is over {single_limit}`.

Filling is our own substitution of columns as text; no format string ever runs
over data.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from pcard.errors import Fault, Place
from pcard.escape import for_terminal
from pcard.money import cents_text
from pcard.schema import Column, Kind
from pcard.yamlfile import did_you_mean

_SLOT = re.compile(r"\{([^{}]*)\}")
NOT_KNOWN = "(not known)"


@dataclass(frozen=True)
class Template:
    """A message: plain pieces and, between them, the names of what is filled in.

    `pieces` has one more member than `slots`.
    """

    pieces: tuple[str, ...]
    slots: tuple[str, ...]

    def filled(self) -> pl.Expr:
        """Return the message over a frame that has each slot as a text column."""
        parts: list[pl.Expr] = [pl.lit(self.pieces[0])]
        for slot, piece in zip(self.slots, self.pieces[1:], strict=True):
            parts += (pl.col(slot_column(slot)).fill_null(NOT_KNOWN), pl.lit(piece))
        return pl.concat_str(parts)


def slot_column(name: str) -> str:
    """Return the column that holds what a slot shows."""
    return f"slot {name}"


def read_template(text: str, known: Mapping[str, Kind], place: Place) -> tuple[Template, list[Fault]]:
    """Split a message at its `{name}` slots; every name must be known and every brace part of a slot."""
    split = _SLOT.split(text)
    template = Template(tuple(split[::2]), tuple(split[1::2]))
    faults = [_unknown(name, known, place) for name in template.slots if name not in known]
    if any(brace in piece for piece in template.pieces for brace in "{}"):
        message = "a brace stands alone in the message"
        faults.append(Fault("brace-alone", place, message, "write {txn.merchant}, or no brace at all"))
    return template, faults


def _unknown(name: str, known: Mapping[str, Kind], place: Place) -> Fault:
    message = f"nothing is called '{for_terminal(name[:60])}' that a message could show"
    return Fault("placeholder-unknown", place, message, did_you_mean(name, known))


def as_text(name: str, kind: Kind) -> pl.Expr:
    """Write a column for a message: decimal text, ISO dates, yes and no."""
    if kind is Kind.FLAG:
        return pl.when(name).then(pl.lit("yes")).when(~pl.col(name)).then(pl.lit("no")).alias(name)
    if kind is Kind.MONEY:
        return cents_text(pl.col(name)).alias(name)
    return Column(name, kind).as_text()
