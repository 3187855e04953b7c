"""Text from outside made safe for where it goes: terminal, spreadsheet, file name.

HTML is escaped by Jinja2's autoescape and SQL by parameters; neither has a
second way here.
"""

from __future__ import annotations

import re
import unicodedata

# A spreadsheet takes these as the start of a formula, also in their full-width forms.
_FORMULA_STARTS = tuple("=+-@\t\r\0＝＋－＠")
_NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?")
_FILE_NAME = re.compile(r"[^A-Za-z0-9._-]+")
# Control (C0, C1), format (bidi, zero width), surrogate, private, line and paragraph separators.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def for_terminal(text: str) -> str:
    r"""Show control, bidi and zero-width characters as `\x1b`, `\u202e` instead of sending them."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(char) if unicodedata.category(char) in _HIDDEN else char for char in text)


def _shown(char: str) -> str:
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def for_spreadsheet(text: str) -> str:
    """Put an apostrophe before text that a spreadsheet would run; numbers stay numbers."""
    if text.startswith(_FORMULA_STARTS) and not _NUMBER.fullmatch(text):
        return "'" + text
    return text


def from_spreadsheet(text: str) -> str:
    """Undo `for_spreadsheet` exactly, so that what went out comes back the same."""
    if text.startswith("'") and text[1:].startswith(_FORMULA_STARTS) and not _NUMBER.fullmatch(text[1:]):
        return text[1:]
    return text


def for_file_name(text: str) -> str:
    """Return a name that is safe as one path segment on every system, never empty."""
    name = _FILE_NAME.sub("-", text).strip("-.")
    return name[:80] or "unnamed"
