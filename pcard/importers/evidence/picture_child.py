"""Read a picture's text in a process of its own (`limited`), without the package.

The pictures come on standard input as a JSON list of base64; on standard output
goes JSON: of each picture the pieces of text, each with its left, top, right and
bottom in pixels and how certain it is, 0 to 1; none of a picture that is damaged.
The models are in rapidocr's package; nothing is fetched.
"""

from __future__ import annotations

import base64
import json
import logging
import sys


def answer() -> object:
    """Read, and return what is answered."""
    logging.disable(logging.CRITICAL)
    from rapidocr import RapidOCR  # noqa: PLC0415

    reader = RapidOCR(params={"Global.log_level": "critical"})
    return [_pieces(reader, base64.b64decode(picture)) for picture in json.load(sys.stdin)]


def _pieces(reader: object, picture: bytes) -> list[tuple[object, ...]] | None:
    try:
        read = reader(picture)  # type: ignore[operator]
    except Exception:  # noqa: BLE001  it raises many kinds
        return None
    texts, boxes, scores = read.txts or (), read.boxes if read.boxes is not None else (), read.scores or ()
    return [
        (text, *(float(side) for side in (*box.min(axis=0), *box.max(axis=0))), float(score))
        for text, box, score in zip(texts, boxes, scores, strict=True)
    ]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(answer()))
