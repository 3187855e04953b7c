"""What travels inside the package: `rules/` and the demo district.

In an installed wheel they lie beside this file; in a checkout at the top level.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def shipped(name: str) -> Path:
    """Return the folder `rules` or `fixtures` as shipped.

    Raises:
        FileNotFoundError: the installation is incomplete.
    """
    for place in (_PACKAGE / "shipped_files" / name, _PACKAGE.parent / name):
        if place.is_dir():
            return place
    msg = f"this installation of pcard lacks its {name} folder; install it again"
    raise FileNotFoundError(msg)
