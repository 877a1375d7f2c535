"""Is a text an OpenAPI description? By openapi-spec-validator: versions 2.0, 3.0, 3.1 and what else it knows.

A description may refer to other files and addresses. Those are never opened: what refers outside of itself is no valid
description here. Nor is YAML with aliases, by which a few lines become gigabytes.

Nor are its regexes run, on the defaults beside them: `re` may be at that for ever, and nothing stops it.
"""

from __future__ import annotations

import json
import re
from typing import Any

import yaml
from openapi_spec_validator import validate
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError, ValidatorDetectError

__all__ = ["is_openapi"]


class _AliasError(yaml.YAMLError):
    """There is an alias."""


class _Loader(yaml.SafeLoader):
    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise _AliasError
        return super().compose_node(parent, index)


def is_openapi(text: str) -> bool:
    """True if the text is a JSON or YAML object that is a valid OpenAPI description by itself."""
    description = _read(text)
    if not isinstance(description, dict) or _refers_outside(description):
        return False
    _disarm(description)
    try:
        validate(description)
    except (OpenAPIValidationError, ValidatorDetectError):
        return False
    return True


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        pass
    try:
        return yaml.load(text, Loader=_Loader)
    except (yaml.YAMLError, ValueError):
        return None


def _disarm(description: Any) -> None:
    """Have every default match its `pattern`, and `patternProperties` mean just the properties of these names. A regex
    that is none stays as it is."""
    left = [description]
    while left:
        value = left.pop()
        if isinstance(value, list):
            left += value
        elif isinstance(value, dict):
            if isinstance(value.get("pattern"), str) and _is_regex(value["pattern"]):
                value["pattern"] = ""
            by_pattern = value.get("patternProperties")
            if isinstance(by_pattern, dict):
                value["patternProperties"] = {
                    f"^{re.escape(key)}$" if isinstance(key, str) and _is_regex(key) else key: schema
                    for key, schema in by_pattern.items()
                }
            left += value.values()


def _is_regex(text: str) -> bool:
    try:
        re.compile(text)
    except (re.error, OverflowError):
        return False
    return True


def _refers_outside(description: Any) -> bool:
    """Is there a reference to anything that does not begin with `#`, or a name by which one could be meant?"""
    left = [description]
    while left:
        value = left.pop()
        if isinstance(value, list):
            left += value
        elif isinstance(value, dict):
            for key, item in value.items():
                if key in ("$ref", "$dynamicRef", "$recursiveRef") and isinstance(item, str) and item[:1] != "#":
                    return True
                if key in ("$id", "$schema", "jsonSchemaDialect") and isinstance(item, str):
                    return True
            left += value.values()
    return False
