"""Read a PDF's text in a process of its own (`limited`), without the package.

The PDF comes on standard input. On standard output goes JSON: `pages`, each
its text as printed and as it flows; `scans`, each the picture (base64) of a
page without text, where what reads pictures is installed; `digits`, the runs of digits in every
stream that can be unpacked, whether a page shows it or not; or `refused`, why
it is not read.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import logging
import re
import sys
import warnings
import zlib
from importlib.util import find_spec

MOST_PAGES = 300
_MOST_CHARACTERS = 100_000  # of a page
_MOST_PICTURE = 15_000_000
_MOST_UNPACKED = 20_000_000  # of a stream
_MOST_OF_ALL = 400_000_000
_RUN = re.compile(rb"(?<![0-9])[0-9](?:[ \-.]?[0-9]){11,}+")


def answer() -> object:
    """Read, and return what is answered."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    import pypdf  # noqa: PLC0415

    content = sys.stdin.buffer.read()
    reader = pypdf.PdfReader(io.BytesIO(content))
    if reader.is_encrypted and not _opened(reader):
        return {"refused": "locked"}
    if len(reader.pages) > MOST_PAGES:
        return {"refused": "pages", "count": len(reader.pages)}
    pages = [_texts(page) for page in reader.pages]
    wanted = find_spec("rapidocr") is not None
    scans = [_scan(page) if wanted and not laid else None for page, (laid, _) in zip(reader.pages, pages, strict=True)]
    return {"pages": pages, "scans": scans, "digits": _digits(content)}


def _opened(reader: object) -> bool:
    """Open a PDF that only asks not to be changed; one that needs a password stays shut."""
    with contextlib.suppress(Exception):
        return bool(reader.decrypt(""))  # type: ignore[attr-defined]
    return False


def _texts(page: object) -> tuple[str, str]:
    """Return a page's text as printed, column beside column, and as it flows."""
    flowing = page.extract_text()[:_MOST_CHARACTERS]  # type: ignore[attr-defined]
    if not flowing.strip():
        return "", ""
    with contextlib.suppress(Exception):  # odd fonts: then the flowing text has to do
        laid = page.extract_text(extraction_mode="layout", layout_mode_space_vertically=False)  # type: ignore[attr-defined]
        if laid.strip():  # text that runs up the page is not laid out
            return laid[:_MOST_CHARACTERS], flowing
    return flowing, flowing


def _scan(page: object) -> str | None:
    """Return the largest picture of a page; None where it has none, or none that can be unpacked."""
    pictures: list[bytes] = []
    with contextlib.suppress(Exception):  # pictures come in a dozen packings
        pictures = [picture.data for picture in page.images]  # type: ignore[attr-defined]
    fitting = [one for one in pictures if len(one) <= _MOST_PICTURE]
    return base64.b64encode(max(fitting, key=len)).decode() if fitting else None


def _digits(content: bytes) -> list[str]:
    """Return the runs of twelve digits and more in every packed stream, those no page refers to among them."""
    found: set[bytes] = set()
    unpacked = 0
    view = memoryview(content)
    for start in re.finditer(rb"stream\r?\n", content):
        stop = content.find(b"endstream", start.end())
        with contextlib.suppress(zlib.error):
            stream = zlib.decompressobj().decompress(view[start.end() : stop if stop >= 0 else None], _MOST_UNPACKED)
            unpacked += len(stream)
            found.update(_RUN.findall(stream.replace(b"\0", b"")))  # UTF-16 among it
        if unpacked > _MOST_OF_ALL:
            break
    return sorted(run.decode("ascii") for run in found)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(answer()))
