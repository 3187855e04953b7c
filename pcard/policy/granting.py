"""A waiver as text: one more in a file of waivers, written as a person would write it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date

from pcard.policy.waivers import SCOPE_FIELDS
from pcard.schema import Kind

_HEAD = "format: pcard-waivers/1\nwaivers:\n"


def with_waiver(text: str, waiver: Mapping[str, object]) -> str:
    """Return a file's text with a waiver added at its end; an empty text becomes a file."""
    lines = [f"{key}: {_written(value)}" for key, value in waiver.items() if value not in (None, {}, [])]
    kept = text.rstrip().removesuffix("[]").rstrip() + "\n" if text.strip() else _HEAD
    return kept + "- " + "\n  ".join(lines) + "\n"


def next_id(taken: Iterable[str], year: int) -> str:
    """Return the next free id of a year: W-2026-001."""
    start = f"W-{year}-"
    numbers = [int(name.removeprefix(start)) for name in taken if name.removeprefix(start).isdigit()]
    return f"{start}{max(numbers, default=0) + 1:03d}"


def scope_value(test: str, value: str) -> object:
    """Return a scope's value as YAML should carry it: text of text fields stays text."""
    field = test.partition("|")[0].strip()
    return value if SCOPE_FIELDS.get(field, Kind.TEXT) is Kind.TEXT else Plain(value)


class Plain(str):
    """Text that stands without quotes: a number or a date."""

    __slots__ = ()


def _written(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)}: {_written(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_written(each) for each in value) + "]"
    if isinstance(value, Plain | date | int):
        return str(value)
    return json.dumps(str(value), ensure_ascii=False)


def _key(key: object) -> str:
    """Write a test's name: plain where it is one, else in quotes that keep it from being more."""
    text = str(key)
    plain = all(letter.isalnum() or letter in "._|()" for letter in text) and text.strip() == text
    return text if plain else json.dumps(text, ensure_ascii=False)
