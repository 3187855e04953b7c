"""The format pcard-rebate/1 as a JSON Schema, for editors that complete and check YAML."""

from __future__ import annotations

import re
from typing import Any

from pcard.conditions import TESTS
from pcard.rebate.programs import FIELDS
from pcard.rebate.terms import Terms


def program_schema() -> dict[str, Any]:
    """Return the schema of a program file, with every field and test a condition may name."""
    schema = Terms.model_json_schema(by_alias=True)
    schema |= {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "pcard-rebate/1"}
    condition = {"$ref": "#/$defs/Condition"}
    schema["$defs"]["Condition"] = {
        "type": "object",
        "minProperties": 1,
        "properties": {
            "not": condition,
            "all": {"type": "array", "items": condition},
            "any": {"type": "array", "items": condition},
        },
        "patternProperties": {rf"^({'|'.join(map(re.escape, FIELDS))})(\|({'|'.join(TESTS)}))?$": {}},
        "additionalProperties": False,
    }
    schema["$defs"]["Bucket"]["properties"]["when"] = condition
    schema["$defs"]["Eligible"]["properties"]["exclude"]["items"] = condition
    return schema
