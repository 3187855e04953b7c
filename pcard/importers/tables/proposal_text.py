"""A proposed profile written as YAML, with its doubts as comments."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any


def profile_text(
    name: str,
    table: str,
    columns: Mapping[str, Any],
    settings: Mapping[str, Any],
    doubts: Sequence[str],
) -> str:
    """Return the YAML of the profile `name`; `settings` are its further keys, plain or nested."""
    lines = ["format: pcard-profile/1", f"id: {name}"]
    lines += [f"# to settle: {doubt}" for doubt in doubts]
    lines += [f"title: {_value(settings['title'])}", f"table: {table}", "columns:" if columns else "columns: {}"]
    lines += [f"  {column}: {_value(source)}" for column, source in columns.items()]
    lines += [f"{key}: {_value(value)}" for key, value in settings.items() if key != "title"]
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_value(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, str) and not value.isidentifier():
        # What cannot be seen would be refused; JSON's quoting is YAML's too.
        return json.dumps("".join(char for char in value if char.isprintable()), ensure_ascii=False)
    return "true" if value is True else "false" if value is False else str(value)
