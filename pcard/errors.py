"""Faults a person can cure: where, what is wrong, what to do.

A fault of the data is a value (`Fault`): a stage returns all of them at once.
Only the outermost caller turns faults into an exception (`Refused` and its
siblings), whose exit code the command line passes on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands: a document, a line, a column, a field of it."""

    source: str
    line: int | None = None
    column: int | None = None
    field: str | None = None

    def __str__(self) -> str:
        """Return `source:line:column`, with the field's name where one is known."""
        parts = [self.source, *(str(part) for part in (self.line, self.column) if part is not None)]
        return ":".join(parts) + (f" ({self.field})" if self.field else "")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an input.

    `code` names the kind of fault (`amount-unreadable`) and its page in
    docs/errors.md; `message` says what is wrong without echoing more of the
    input than the person needs; `cure` says what to do.
    """

    code: str
    place: Place
    message: str
    cure: str
    warning: bool = False

    def __str__(self) -> str:
        """Return the fault as two lines a clerk can act on."""
        word = "warning" if self.warning else "error"
        return f"{self.place}: {word}: {self.message}\n    cure: {self.cure}"


class PcardError(Exception):
    """A reason to stop, made of faults; `exit_code` is what the shell sees."""

    exit_code = 3

    def __init__(self, *faults: Fault) -> None:
        """Keep the faults; the message is all of them, in the order given."""
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))


class Refused(PcardError):
    """The input was refused and nothing of it was taken."""

    exit_code = 3


class RefusedByState(PcardError):
    """The workspace's state forbids it: open questions, a closed cycle, a broken trail."""

    exit_code = 4


class SchemaBroken(AssertionError):
    """A frame does not have its border's schema: a mistake in pcard, never in the input."""


def errors_of(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Return the faults that refuse, leaving the warnings out."""
    return tuple(fault for fault in faults if not fault.warning)
