"""What a YAML file holds, with the place of every part."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from pcard.errors import Fault, Place

YamlPath: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True)
class YamlFile:
    """A YAML mapping as read, and where each part of it stands.

    `value` is made of dict (text keys), list, str, bool, int, Decimal and date.
    `places` has the key's place for a value in a mapping, the item's for one in a list.
    """

    name: str
    value: Any
    places: Mapping[YamlPath, Place]

    def place(self, *path: str | int) -> Place:
        """Return the place of a path, else of its nearest known parent.

        Parts that name nothing in the file (a validator's own) are passed over.
        """
        known: YamlPath = ()
        for index, part in enumerate(path):
            # A union's member may have a key's name: where the next part stands beside it, it names the member.
            beside = index + 1 < len(path) and (*known, part, path[index + 1]) not in self.places
            if beside and (*known, path[index + 1]) in self.places:
                continue
            if (*known, part) in self.places:
                known = (*known, part)
        return self.places.get(known, Place(self.name, 1, 1))

    def part(self, *path: str | int) -> YamlFile:
        """Return what stands at a path as a file of its own; its places stay where they are."""
        value = self.value
        for step in path:
            value = value[step]
        size = len(path)
        places = {place_path[size:]: place for place_path, place in self.places.items() if place_path[:size] == path}
        return YamlFile(self.name, value, places)

    def over(self, under: YamlFile) -> YamlFile:
        """Return this mapping laid over another: its keys replace the other's whole."""
        kept = {path: place for path, place in under.places.items() if not path or path[0] not in self.value}
        return YamlFile(self.name, {**under.value, **self.value}, {**kept, **self.places})


def in_order(faults: Iterable[Fault]) -> list[Fault]:
    """Return faults by file, line and column, each once; those of a file as a whole first."""
    return sorted(
        dict.fromkeys(faults),
        key=lambda fault: (fault.place.source, fault.place.line or 0, fault.place.column or 0),
    )
