"""The table of merchants that ships: the ways each one is printed on statements and written in vendor lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl
from pydantic import Field

from pcard.documents import open_document
from pcard.errors import Fault, Refused
from pcard.escape import for_terminal
from pcard.ledger.merchants import merchant_key
from pcard.matching.arrays import Flags, Ints
from pcard.shipped import shipped
from pcard.yamlfile import Items, YamlFile, YamlModel, in_order, load_yaml, validate

_START = re.compile(r"[A-Z0-9][A-Z0-9& ]*[A-Z0-9&][A-Z0-9& ]*[A-Z0-9]\*")  # fewer letters would take in strangers


class Merchant(YamlModel):
    """A merchant, its name, and what its merchant keys look like: `UPS STORE` whole, `AMZN*` from its start.

    Of a `local` one each place is a business of its own.
    """

    name: str = Field(min_length=2)
    printed: Items[str]
    local: bool = False


class MerchantsFile(YamlModel):
    """The file `merchants.yaml`."""

    format: Literal["pcard-merchants/1"]
    merchants: Items[Merchant]


@dataclass(frozen=True)
class Merchants:
    """Merchants by number; `ways` maps each printed way, spaces left out, to the merchant's number."""

    names: tuple[str, ...]
    local: Flags
    ways: dict[str, int]

    @cached_property
    def _starts(self) -> dict[int, dict[str, int]]:
        """The starts of keys by their length, longest first."""
        starts = {way[:-1]: number for way, number in self.ways.items() if way.endswith("*")}
        sizes = sorted({len(start) for start in starts}, reverse=True)
        return {size: {start: number for start, number in starts.items() if len(start) == size} for size in sizes}

    def known(self, keys: list[str]) -> Ints:
        """Return the number of the merchant each key stands for, -1 where none: the whole key, else its longest start."""
        key = pl.col("key")
        whole = {way: number for way, number in self.ways.items() if not way.endswith("*")}
        ways = [(key, whole), *((key.str.slice(0, size), starts) for size, starts in self._starts.items())]
        found = [
            part.replace_strict(list(known), list(known.values()), default=None, return_dtype=pl.Int64)
            for part, known in ways
            if known
        ]
        squashed = pl.DataFrame({"key": pl.Series(keys, dtype=pl.String).str.replace_all(r"[ &]", "")})
        return squashed.with_columns(number=pl.coalesce(*found, pl.lit(-1, pl.Int64)))["number"].to_numpy()


NO_MERCHANTS = Merchants((), np.empty(0, bool), {})


def load_merchants(path: Path | None = None) -> Merchants:
    """Load a table of merchants; without a path, the one that ships.

    Raises:
        Refused: with every fault of the file: of its form, a way that no key
            can be, a way that two merchants share.
    """
    path = path or shipped("rules") / "merchants.yaml"
    file = load_yaml(open_document(path).text, path.name)
    listed = validate(MerchantsFile, file).merchants
    if faults := list(_faults(file, listed)):
        raise Refused(*in_order(faults))
    ways = {_squashed(way): number for number, merchant in enumerate(listed) for way in merchant.printed}
    local = np.array([merchant.local for merchant in listed], bool)
    return Merchants(tuple(merchant.name for merchant in listed), local, ways)


def _squashed(way: str) -> str:
    return way.replace(" ", "").replace("&", "")


def _faults(file: YamlFile, listed: tuple[Merchant, ...]) -> Iterator[Fault]:
    """Yield what is wrong with the ways merchants are printed."""
    placed = [
        (file.place("merchants", number, "printed", item), merchant.name, way)
        for number, merchant in enumerate(listed)
        for item, way in enumerate(merchant.printed)
    ]
    ways = pl.DataFrame({"way": pl.Series([way for _, _, way in placed], dtype=pl.String)})
    taken: dict[str, str] = {}
    for (place, name, way), clean in zip(placed, ways.select(merchant_key(pl.col("way")))["way"], strict=True):
        shown, squashed = for_terminal(way), _squashed(way)
        if way.endswith("*") and not _START.fullmatch(way):
            cure = "write at least three capitals or digits before the *"
            yield Fault("merchant-start-unfit", place, f"'{shown}' is no beginning that tells a merchant", cure)
        elif not way.endswith("*") and clean != way:
            message = f"no statement's name becomes '{shown}' once it is cleaned"
            yield Fault("merchant-way-unclean", place, message, f"write '{for_terminal(clean)}'")
        elif other := taken.get(squashed):
            yield Fault("merchant-way-twice", place, f"'{shown}' is also a way of {for_terminal(other)}", "keep one")
        taken[squashed] = name
    for number, merchant in enumerate(listed):
        if not merchant.printed:
            message = f"nothing says how {for_terminal(merchant.name)} is printed"
            yield Fault("merchant-way-missing", file.place("merchants", number), message, "add a way, or take it out")


def merchants_schema() -> dict[str, Any]:
    """Return the JSON Schema of `merchants.yaml`, for editors."""
    schema = MerchantsFile.model_json_schema()
    return schema | {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "pcard-merchants/1"}
