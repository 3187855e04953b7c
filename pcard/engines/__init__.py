"""Where matching and checks run: the same pure functions on this machine or on a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from pcard.extensions import Comparison
    from pcard.frames import Ledger
    from pcard.matching.engine import Matching
    from pcard.matching.settings import MatchSettings

ENGINES = ("local",)


class Engine(Protocol):
    """Runs the stages that are heavy enough to be run elsewhere."""

    def match(
        self, ledger: Ledger, settings: MatchSettings, decisions: pl.DataFrame, comparisons: Sequence[Comparison] = ()
    ) -> Matching:
        """Return the links of a ledger, whatever machine finds them; `comparisons` are those of plugins."""
        ...


def engine_named(name: str) -> Engine:
    """Return an engine of `ENGINES`.

    Raises:
        LookupError: no such engine.
    """
    if name == "local":
        from pcard.engines.local import Local  # noqa: PLC0415  an engine is loaded when it is used

        return Local()
    msg = f"there is no engine {name}; known: {', '.join(ENGINES)}"
    raise LookupError(msg)
