"""Sections of a report shown on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pcard.reports.report import Section


def show(sections: Sequence[Section], most_rows: int = 40) -> None:
    """Print sections to standard output; plain when piped."""
    from rich.console import Console

    from pcard.reports.terminal import print_section

    console = Console(highlight=False, soft_wrap=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=200, color_system=None)
    for section in sections:
        print_section(section, console, most_rows)
