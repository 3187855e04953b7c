"""What a YAML file must say: pydantic models, their errors as faults with places and cures."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Any, TypeAlias, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from pcard.errors import Fault, Refused
from pcard.escape import for_terminal
from pcard.yamlfile.contents import YamlFile, in_order

_EXACT = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_MOST_SUGGESTED = 12


class YamlModel(BaseModel):
    """The parent of every model of a YAML file: unknown keys refused, no type bent into another."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _exact(value: object) -> object:
    """Take whole numbers and exact decimals; text only where it is one to the letter."""
    if isinstance(value, bool):
        msg = "this must be a number"
        raise ValueError(msg)  # noqa: TRY004 - pydantic gathers ValueError only
    if isinstance(value, int | Decimal):
        return Decimal(value)
    if isinstance(value, str) and _EXACT.fullmatch(value):
        return Decimal(value)
    msg = "this must be a number in digits with a point, as 2500.00"
    raise ValueError(msg)


def _two_decimals(value: Decimal) -> Decimal:
    if value != round(value, 2):
        msg = "an amount of money has at most two decimals"
        raise ValueError(msg)
    return value


_MOST = 9_000_000_000_000  # what money.read_cents takes at most
_T = TypeVar("_T")
M = TypeVar("M", bound=BaseModel)

Exact: TypeAlias = Annotated[Decimal, BeforeValidator(_exact)]
# Money, to the cent; `money.cents_of` makes cents of it.
Amount: TypeAlias = Annotated[Exact, Field(gt=-_MOST, lt=_MOST), AfterValidator(_two_decimals)]
# Basis points, exact to the last decimal written.
Bps: TypeAlias = Exact
# A YAML list as an immutable tuple; its items stay strict.
Items: TypeAlias = Annotated[tuple[_T, ...], Field(strict=False)]


def validate(model: type[M], file: YamlFile) -> M:
    """Fit a model to a file.

    Raises:
        Refused: every place where the file does not fit, with the nearest known word where one is unknown.
    """
    try:
        return model.model_validate(file.value)
    except ValidationError as errors:
        faults = [_fault(dict(error), model, file) for error in errors.errors(include_url=False)]
        raise Refused(*in_order(faults)) from None


def did_you_mean(word: str, known: Collection[str]) -> str:
    """Return a cure for an unknown word: the nearest known one, else what is known."""
    if near := difflib.get_close_matches(word, list(known), n=1, cutoff=0.6):
        return f"did you mean '{near[0]}'?"
    listed = sorted(known)
    more = f" and {len(listed) - _MOST_SUGGESTED} more" if len(listed) > _MOST_SUGGESTED else ""
    return f"known here: {', '.join(listed[:_MOST_SUGGESTED])}{more}" if listed else "remove it"


def _fault(error: Mapping[str, Any], model: type[BaseModel], file: YamlFile) -> Fault:
    """Say one of pydantic's errors in words a clerk knows."""
    path, kind, context = error["loc"], error["type"], error.get("ctx") or {}
    if kind == "union_tag_invalid":
        path = (*path, str(context["discriminator"]).strip("'"))
    place = file.place(*path)
    name = _name(path)
    if kind == "extra_forbidden":
        return Fault(
            "key-unknown", place, f"there is no key '{name}' here", did_you_mean(name, _keys(model, path[:-1]))
        )
    if kind == "missing":
        return Fault("key-missing", place, f"'{name}' is missing", f"add `{name}: ...`")
    if kind in ("literal_error", "enum", "union_tag_invalid"):
        known = re.findall(r"'([^']*)'", str(context.get("expected") or context.get("expected_tags")))
        found = context.get("tag", error["input"])
        shown = for_terminal(str(found)[:40])
        return Fault("value-not-allowed", place, f"'{name}' may not be '{shown}'", did_you_mean(shown, known))
    if kind == "union_tag_not_found":
        tag = str(context.get("discriminator", "")).strip("'")
        return Fault("key-missing", place, f"'{tag}' is missing", f"add `{tag}: ...`")
    message = _WORDS.get(kind) or str(error["msg"]).removeprefix("Value error, ")
    return Fault("value-unfit", place, f"'{name}': {for_terminal(message)}", _CURES.get(kind, "correct the value"))


def _name(path: tuple[str | int, ...]) -> str:
    if not path:
        return "the file"
    return f"item {path[-1] + 1}" if isinstance(path[-1], int) else for_terminal(path[-1])


_WORDS = {
    "string_type": "this must be text",
    "bool_type": "this must be true or false",
    "int_type": "this must be a whole number",
    "date_type": "this must be a date",
    "list_type": "this must be a list",
    "tuple_type": "this must be a list",
    "dict_type": "this must be keys with values",
    "model_type": "this must be keys with values",
    "model_attributes_type": "this must be keys with values",
}
_CURES = {
    "string_type": "put it in quotes",
    "bool_type": "write true or false, without quotes",
    "int_type": "write digits, without quotes",
    "date_type": "write year-month-day, as 2026-07-01, without quotes",
    "list_type": "write [a, b], or one `- item` a line",
    "tuple_type": "write [a, b], or one `- item` a line",
    "dict_type": "write `key: value`",
    "model_type": "write `key: value`",
    "model_attributes_type": "write `key: value`",
}


def _keys(model: type[BaseModel], path: tuple[str | int, ...]) -> list[str]:
    """Return the keys that the models at a path know."""
    here = [model]
    for part in path:
        fields = [field for each in here for name, field in each.model_fields.items() if part in (name, field.alias)]
        if fields:
            here = [inner for field in fields for inner in _models_in(field.annotation)]
        else:  # an index, a key of a mapping, or the name of a union's member
            here = [each for each in here if _is_member(each, part)] or here
    return [field.alias or name for each in here for name, field in each.model_fields.items()]


def _is_member(model: type[BaseModel], part: str | int) -> bool:
    tags = (get_args(field.annotation) for field in model.model_fields.values())
    return part == model.__name__ or any(part in values for values in tags if len(values) == 1)


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)
