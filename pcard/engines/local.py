"""The engine on this machine."""

from __future__ import annotations

from pcard.matching import engine


class Local:
    """Runs every stage in this process."""

    match = staticmethod(engine.match)
