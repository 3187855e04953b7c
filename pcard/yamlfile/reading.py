"""The one strict loader for all YAML: policies, programs, profiles, settings.

YAML is read from the parser's events, so nothing is built before it is known to
be harmless: no anchors, aliases, tags, merge keys, repeated keys or second
document. Plain scalars become true/false, whole numbers, exact decimals and ISO
dates; everything else stays the text that stands there (`0742`, `no`, `12:30`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, NoReturn

import yaml

from pcard.errors import Fault, Place, Refused
from pcard.escape import for_terminal
from pcard.yamlfile.contents import YamlFile, YamlPath, in_order

MAX_BYTES = 1024 * 1024
MAX_NESTING = 40
MAX_FAULTS = 100
_MAX_KEY = 200
_MAX_DIGITS = 30

_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:.*")
_NO_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF|nan|NaN|NAN)")
_NULLS = ("", "~", "null", "Null", "NULL")
# Controls (line feed, tab and the return before a line feed aside), bidi and other invisible characters, separators
# of lines and paragraphs. The joiners U+200C and U+200D spell words in some languages and stay.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\uffff\ud800-\udfff\U000e0000-\U000e0fff]|\r(?!\n)"
)


def load_yaml(text: str, name: str) -> YamlFile:
    """Read one YAML document whose top is a mapping.

    Raises:
        Refused: every fault found, each with file, line and column. Reading
            stops at a fault after which the rest cannot be told apart.
    """
    text = text.removeprefix("\ufeff")
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        fault = Fault("yaml-too-large", Place(name), "the file is larger than 1 MB", "split it into several files")
        raise Refused(fault)
    reader = _Reader(name)
    reader.refuse_hidden(text)
    value = reader.read(text)
    if reader.faults:
        raise Refused(*in_order(reader.faults))
    return YamlFile(name, value, reader.places)


class _Stop(Exception):
    """Reading cannot go on; the faults say why."""


class _Reader:
    """Builds the value from events, gathering places and faults."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.places: dict[YamlPath, Place] = {}
        self.faults: list[Fault] = []
        self.events: Iterator[Any] = iter(())

    def read(self, text: str) -> Any:
        """Return the document's value; None where faults stopped it."""
        if self.faults:
            return None
        self.events = yaml.parse(text, Loader=_PARSER)
        try:
            return self.document()
        except yaml.YAMLError as problem:
            self.faults.append(_syntax_fault(problem, text, self.name))
        except _Stop:
            pass
        return None

    def document(self) -> Any:
        next(self.events)  # the stream begins
        start = next(self.events)
        if isinstance(start, yaml.StreamEndEvent):
            self.stop(Fault("yaml-empty", self.at(start), "the file holds nothing", "write it anew or restore it"))
        root = next(self.events)
        if isinstance(root, yaml.SequenceStartEvent | yaml.ScalarEvent) and not root.tag:
            self.stop(
                Fault(
                    "yaml-root", self.at(root), "the file must begin with keys, as in `format: ...`", "begin with a key"
                )
            )
        value = self.value(root, (), 1)
        next(self.events)  # the document ends
        after = next(self.events)
        if not isinstance(after, yaml.StreamEndEvent):
            self.add(
                Fault(
                    "yaml-second-document",
                    self.at(after),
                    "a second document begins here",
                    "keep one document in a file",
                )
            )
        return value

    def value(self, event: Any, path: YamlPath, depth: int) -> Any:
        """Return the value that begins with an event."""
        self.places.setdefault(path, self.at(event))
        if depth > MAX_NESTING:
            self.stop(_nesting_fault(self.at(event)))
        if getattr(event, "anchor", None):
            self.add(
                Fault(
                    "yaml-anchor",
                    self.at(event),
                    "anchors (&) and aliases (*) are not read",
                    "write the value out here",
                )
            )
        if isinstance(event, yaml.AliasEvent):
            return None
        if event.tag:
            cure = "remove the tag; put text in quotes to keep it text"
            self.add(Fault("yaml-tag", self.at(event), f"the tag {for_terminal(event.tag[:60])} is not read", cure))
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(path, depth)
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(path, depth)
        return self.scalar(event, path)

    def sequence(self, path: YamlPath, depth: int) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self.value(event, (*path, len(items)), depth + 1))
        return items

    def mapping(self, path: YamlPath, depth: int) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self.key(event)
            if key in values:
                first = self.places[(*path, key)].line
                message = f"the key '{for_terminal(key)}' stands here for the second time (first on line {first})"
                self.add(Fault("yaml-key-twice", self.at(event), message, "remove one of the two"))
            self.places[(*path, key)] = self.at(event)
            values[key] = self.value(next(self.events), (*path, key), depth + 1)
        return values

    def key(self, event: Any) -> str:
        if not isinstance(event, yaml.ScalarEvent) or event.anchor or event.tag:
            self.stop(
                Fault(
                    "yaml-key",
                    self.at(event),
                    "a key must be one plain word",
                    "write the key as text, without & * or !",
                )
            )
        if len(event.value) > _MAX_KEY or (event.implicit[0] and event.value in _NULLS) or "\n" in event.value:
            self.stop(
                Fault("yaml-key", self.at(event), "a key is missing or far too long", f"use 1 to {_MAX_KEY} characters")
            )
        if event.value == "<<":
            self.add(Fault("yaml-merge-key", self.at(event), "the merge key << is not read", "write the keys out here"))
        self.refuse_escapes(event)
        return str(event.value)

    def scalar(self, event: Any, path: YamlPath) -> Any:
        text: str = event.value
        if not event.implicit[0]:  # quoted, or a block
            self.refuse_escapes(event)
            return text
        if text in {"true", "false"}:
            return text == "true"
        if text in _NULLS:
            what = (
                f"'{for_terminal(path[-1])}' has no value"
                if path and isinstance(path[-1], str)
                else "this item has no value"
            )
            self.add(
                Fault(
                    "yaml-value-missing", self.at(event), what, "write a value, remove the key, or quote a word: 'null'"
                )
            )
        elif _NO_NUMBER.fullmatch(text):
            self.add(Fault("yaml-number", self.at(event), f"{text} is no number", "write the number out in digits"))
        elif _TIME.fullmatch(text):
            self.add(
                Fault("yaml-time", self.at(event), "a date may not carry a time", f"write the day only: {text[:10]}")
            )
        elif _DATE.fullmatch(text):
            return self.date(event)
        elif _WHOLE.fullmatch(text) or _DECIMAL.fullmatch(text):
            return self.number(event)
        return text

    def date(self, event: Any) -> date | None:
        try:
            return date.fromisoformat(event.value)
        except ValueError:
            self.add(
                Fault("yaml-date", self.at(event), f"there is no day {event.value}", "write a day as year-month-day")
            )
            return None

    def number(self, event: Any) -> int | Decimal:
        text: str = event.value
        if len(text) > _MAX_DIGITS:
            self.add(
                Fault(
                    "yaml-number", self.at(event), f"a number of {len(text)} digits", "put it in quotes if it is a code"
                )
            )
            return 0
        return Decimal(text) if "." in text else int(text)

    def refuse_hidden(self, text: str) -> None:
        """Find characters that cannot be seen; a reader of the file would be misled by them."""
        for found in _HIDDEN.finditer(text):
            line_start = text.rfind("\n", 0, found.start()) + 1
            place = Place(self.name, text.count("\n", 0, found.start()) + 1, found.start() - line_start + 1)
            self.hidden(place, found.group())

    def refuse_escapes(self, event: Any) -> None:
        """Find hidden characters that quoted text spells with a backslash."""
        if found := _HIDDEN.search(event.value):
            self.hidden(self.at(event), found.group())

    def hidden(self, place: Place, char: str) -> None:
        shown = for_terminal(char) if char != "\r" else "\\r"
        self.add(Fault("yaml-hidden-character", place, f"the hidden character {shown} stands here", "remove it"))

    def at(self, event: Any) -> Place:
        return Place(self.name, event.start_mark.line + 1, event.start_mark.column + 1)

    def add(self, fault: Fault) -> None:
        self.faults.append(fault)
        if len(self.faults) >= MAX_FAULTS:
            raise Refused(*self.faults)

    def stop(self, fault: Fault) -> NoReturn:
        self.add(fault)
        raise _Stop


def _syntax_fault(problem: yaml.YAMLError, text: str, name: str) -> Fault:
    mark = getattr(problem, "problem_mark", None) or getattr(problem, "context_mark", None)
    place = Place(name, mark.line + 1, mark.column + 1) if mark else Place(name)
    what = str(getattr(problem, "problem", None) or "it cannot be read")
    if "nesting" in what:
        return _nesting_fault(place)
    if (
        mark
        and text.splitlines()[mark.line : mark.line + 1]
        and "\t" in text.splitlines()[mark.line][: mark.column + 1]
    ):
        return Fault("yaml-tab", place, "a tab stands where the line is indented", "indent with spaces")
    cure = "check indentation, brackets and quotes here and on the line before"
    return Fault("yaml-syntax", place, f"this is not YAML: {for_terminal(what)}", cure)


def _nesting_fault(place: Place) -> Fault:
    return Fault("yaml-nesting", place, f"nested deeper than {MAX_NESTING} levels", "write it flatter")
