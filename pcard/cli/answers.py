"""How every command answers: results to stdout, messages to stderr, one exit code, never a traceback.

A command returns an `Answer`. For a person its lines are printed, then what to
do next; with `--json` exactly one JSON object goes to standard output.
"""

from __future__ import annotations

import functools
import json
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from pcard.errors import Fault, PcardError

DONE, CHECK_FAILED, USAGE, REFUSED, REFUSED_BY_STATE = 0, 1, 2, 3, 4


@dataclass
class Answer:
    """What a command found: `facts` for `--json`, `lines` for a person, `notes` for stderr, and what is next."""

    facts: dict[str, Any] = field(default_factory=dict)
    lines: Sequence[str] = ()
    notes: Sequence[str] = ()
    next_steps: Sequence[str] = ()
    exit_code: int = DONE
    show: Callable[[], None] | None = None  # prints tables to a terminal, after the lines


def json_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--json`: one JSON object to standard output and nothing else there."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")(function)


def answering(function: Callable[..., Answer]) -> Callable[..., None]:
    """Make a function that returns an `Answer` into the body of a command with `--json`."""

    @json_option
    @functools.wraps(function)
    def run(*args: Any, as_json: bool, **options: Any) -> None:
        deliver(lambda: function(*args, **options), as_json=as_json)

    return run


def deliver(work: Callable[[], Answer], *, as_json: bool) -> NoReturn:
    """Do a command's work, print its answer or its faults, and leave with the exit code."""
    try:
        answer = work()
    except click.ClickException:
        raise
    except (click.exceptions.Abort, KeyboardInterrupt):
        click.echo("stopped; nothing was changed", err=True)
        sys.exit(REFUSED)
    except Exception as fault:  # noqa: BLE001  the last line of defence: no traceback reaches a user
        _fail(fault, as_json=as_json)
    _print(answer, as_json=as_json)
    sys.exit(answer.exit_code)


def _print(answer: Answer, *, as_json: bool) -> None:
    from pcard.escape import for_terminal

    for note in answer.notes:
        click.echo(for_lines(note, for_terminal), err=True)
    if as_json:
        click.echo(json.dumps({**answer.facts, "next": list(answer.next_steps)}, ensure_ascii=False, default=_plain))
        return
    for line in answer.lines:
        click.echo(for_lines(line, for_terminal))
    if answer.show:
        answer.show()
    if answer.next_steps:
        click.echo("Next: " + "\n      ".join(for_terminal(step) for step in answer.next_steps))


def for_lines(text: str, escape: Callable[[str], str]) -> str:
    """Escape a text of several lines line by line, keeping the line breaks that are ours."""
    return "\n".join(escape(line) for line in text.split("\n"))


def _plain(value: object) -> object:
    if isinstance(value, date | Path):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)


def fault_facts(fault: Fault) -> dict[str, object]:
    """Return a fault as it stands in `--json`."""
    place = fault.place
    return {
        "code": fault.code,
        "file": place.source,
        "line": place.line,
        "column": place.column,
        "field": place.field,
        "message": fault.message,
        "cure": fault.cure,
        "warning": fault.warning,
    }


def _fail(fault: Exception, *, as_json: bool) -> NoReturn:
    from pcard.errors import PcardError

    if isinstance(fault, PcardError):
        refuse(fault, as_json=as_json)
    report = _write_traceback(fault)
    message = f"pcard met a fault of its own; nothing was changed. The details are in {report}"
    click.echo(message, err=True)
    click.echo("cure: please send that file with your report of what you did", err=True)
    if as_json:
        click.echo(json.dumps({"faults": [{"code": "internal", "message": message}]}))
    sys.exit(REFUSED)


def refuse(error: PcardError, *, as_json: bool = False) -> NoReturn:
    """Print an error's faults and leave with its exit code."""
    from pcard.escape import for_terminal

    for fault in error.faults:
        click.echo(for_lines(str(fault), for_terminal), err=True)
    if as_json:
        facts = {"faults": [fault_facts(fault) for fault in error.faults]}
        click.echo(json.dumps(facts, ensure_ascii=False, default=_plain))
    sys.exit(error.exit_code)


def _write_traceback(fault: Exception) -> Path:
    """Write the traceback without any values of variables to a file only this user can read."""
    with tempfile.NamedTemporaryFile("w", prefix="pcard-fault-", suffix=".txt", delete=False, encoding="utf-8") as out:
        frames = traceback.extract_tb(fault.__traceback__)
        out.write("".join(traceback.format_list(frames)) + f"{type(fault).__name__}\n")
    return Path(out.name)
