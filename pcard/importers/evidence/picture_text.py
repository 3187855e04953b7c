"""A picture's text, card numbers cut; read by rapidocr, where it is installed, in a limited process."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from pcard.documents import Document
from pcard.errors import Fault, Refused
from pcard.importers.evidence.number_cutting import without_numbers
from pcard.importers.limited import read_limited

_CHILD = Path(__file__).with_name("picture_child.py")
_SECONDS, _SECONDS_A_PICTURE = 60, 15
LEAST_CERTAIN = 80  # percent; below it nothing of a picture is taken
_MAGIC = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"II*\0", b"MM\0*", b"BM")
_SUFFIXES = (".jpg", ".jpeg", ".png", ".gif", ".tif", ".tiff", ".webp", ".bmp", ".heic", ".heif")
_FIGURE = re.compile(r"\d[.,/-]\d")  # an amount, a date
_READABLE = _MAGIC[:2]


@dataclass(frozen=True)
class PictureText:
    """A picture's lines as text, how certain its least certain figure is in percent, and how many numbers were cut."""

    text: str
    certainty: int
    cut_count: int


def is_picture(content: bytes) -> bool:
    """Tell a picture by its first bytes."""
    boxed = content[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1") or (
        content[:4] == b"RIFF" and content[8:12] == b"WEBP"
    )
    return content.startswith(_MAGIC[:-1]) or boxed or (content[:2] == b"BM" and content[6:10] == b"\0\0\0\0")


def is_picture_name(name: str) -> bool:
    """Tell a picture by the ending of its name."""
    return name.lower().endswith(_SUFFIXES)


def read_picture(document: Document) -> PictureText | None:
    """Return a picture's text; None where what reads pictures is not installed, or not for such pictures.

    Raises:
        Refused: the picture is damaged, or shows what may never be kept.
    """
    if not can_read_pictures() or not document.content.startswith(_READABLE):
        return None
    (read,) = read_pictures([document.content], document.name)
    if read is None:
        cure = "open it, save it anew as JPEG, and import that"
        raise Refused(Fault("picture-unreadable", document.place(), "the picture is damaged and cannot be read", cure))
    return read


def can_read_pictures() -> bool:
    """Tell whether what reads pictures is installed."""
    return find_spec("rapidocr") is not None and find_spec("onnxruntime") is not None


def read_pictures(pictures: Sequence[bytes], name: str) -> list[PictureText | None]:
    """Return the text of each picture of a document, None of one that cannot be read.

    Raises:
        Refused: one shows what may never be kept.
    """
    if not can_read_pictures():
        return [None] * len(pictures)
    asked = json.dumps([b64encode(one).decode() for one in pictures]).encode()
    try:
        answer = json.loads(read_limited(_CHILD, asked, seconds=_SECONDS + _SECONDS_A_PICTURE * len(pictures)))
    except ValueError:
        return [None] * len(pictures)
    return [None if pieces is None else _text_of(pieces, name) for pieces in answer]


def _text_of(pieces: Sequence[tuple[str, float, float, float, float, float]], name: str) -> PictureText:
    text, cut_count = without_numbers(as_lines(pieces), name)
    certainty = min((score for text, *_, score in pieces if _FIGURE.search(text)), default=0.0)
    return PictureText(text, round(certainty * 100), cut_count)


def as_lines(pieces: Sequence[tuple[str, float, float, float, float, float]]) -> str:
    """Set pieces of text (text, left, top, right, bottom, score) as lines with the columns where the picture has them."""
    if not pieces:
        return ""
    widths = sorted((right - left) / max(len(text), 1) for text, left, _, right, _, _ in pieces)
    width = max(widths[len(widths) // 2], 1.0)
    lines: list[list[tuple[str, float, float, float, float, float]]] = []
    for one in sorted(pieces, key=lambda one: one[2] + one[4]):
        middle = (one[2] + one[4]) / 2
        # A piece is on the line before where its middle is beside that line's last piece.
        if lines and lines[-1][-1][2] <= middle <= lines[-1][-1][4]:
            lines[-1].append(one)
        else:
            lines.append([one])
    return "\n".join(_set(sorted(line, key=lambda one: one[1]), width) for line in lines)


def _set(line: Sequence[tuple[str, float, float, float, float, float]], width: float) -> str:
    text = ""
    for piece, left, *_ in line:
        column = round(left / width)
        text += " " * (max(column - len(text), 2) if text else column) + piece
    return text
