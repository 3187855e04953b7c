"""Read a picture's text in a process of its own (`limited`), without the package.

The picture comes on standard input; on standard output goes JSON: each piece of
text with its left, top, right and bottom in pixels and how certain it is, 0 to 1.
The models are in rapidocr's package; nothing is fetched.
"""

from __future__ import annotations

import json
import logging
import sys


def answer() -> object:
    """Read, and return what is answered."""
    logging.disable(logging.CRITICAL)
    from rapidocr import RapidOCR  # noqa: PLC0415

    read = RapidOCR(params={"Global.log_level": "critical"})(sys.stdin.buffer.read())
    texts, boxes, scores = read.txts or (), read.boxes if read.boxes is not None else (), read.scores or ()
    return [
        (text, *(float(side) for side in (*box.min(axis=0), *box.max(axis=0))), float(score))
        for text, box, score in zip(texts, boxes, scores, strict=True)
    ]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(answer()))
