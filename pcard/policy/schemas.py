"""The format pcard-policy/1 as a JSON Schema, for editors that complete and check YAML."""

from __future__ import annotations

import re
from typing import Any

from pydantic import Field

from pcard.conditions import TESTS
from pcard.policy.fields import FIELDS
from pcard.policy.policyfile import Id, PolicyFile, RuleModel
from pcard.yamlfile import Items, YamlModel


class _Change(YamlModel):
    """Some keys of a rule that a base states; the others stay as they are there."""

    id: Id


class _Whole(PolicyFile):
    rules: Items[RuleModel | _Change] = Field(default=())  # type: ignore[assignment]


def policy_schema() -> dict[str, Any]:
    """Return the schema of a policy file, with every field and test a condition may name."""
    schema = _Whole.model_json_schema(by_alias=True)
    schema |= {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "pcard-policy/1"}
    definitions = schema["$defs"]
    definitions["_Change"]["additionalProperties"] = True
    for definition in definitions.values():
        for name, each in definition.get("properties", {}).items():
            if name in {"when", "where", "needs"}:
                _refer(each, "Condition")
            elif name in {"having", "unless"}:
                _refer(each, "GroupCondition")
    definitions["Condition"] = _condition(
        rf"^({'|'.join(map(re.escape, FIELDS))})(\|({'|'.join(TESTS)}))?$", "Condition"
    )
    definitions["GroupCondition"] = _condition(rf"^[a-z_.()]+(\|({'|'.join(TESTS)}))?$", "GroupCondition")
    return schema


def _refer(property_schema: dict[str, Any], name: str) -> None:
    property_schema.clear()
    property_schema["$ref"] = f"#/$defs/{name}"


def _condition(pattern: str, name: str) -> dict[str, Any]:
    """Return the schema of a mapping of tests whose keys match a pattern."""
    inner = {"$ref": f"#/$defs/{name}"}
    return {
        "type": "object",
        "minProperties": 1,
        "properties": {
            "not": inner,
            "all": {"type": "array", "items": inner},
            "any": {"type": "array", "items": inner},
        },
        "patternProperties": {pattern: {}},
        "additionalProperties": False,
    }
