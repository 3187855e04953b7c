"""YAML as pcard takes it: `load_yaml` reads strictly, `validate` fits a model to it."""

from __future__ import annotations

from pcard.yamlfile.contents import YamlFile, YamlPath, in_order
from pcard.yamlfile.models import Amount, Bps, Items, YamlModel, did_you_mean, validate
from pcard.yamlfile.reading import load_yaml

__all__ = [
    "Amount",
    "Bps",
    "Items",
    "YamlFile",
    "YamlModel",
    "YamlPath",
    "did_you_mean",
    "in_order",
    "load_yaml",
    "validate",
]
