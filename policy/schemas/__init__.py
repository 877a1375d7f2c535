"""Shapes from JSON Schema, and JSON Schema from shapes.

`reading` turns a schema (draft 2020-12 or 7) into the source of shapes, `writing` a checked shape into a schema;
`spelling` spells tests and literals of a schema as the language does;
`formats` says which detectors of the standard library the formats of JSON Schema are.
"""

from guardc.policy.schemas.reading import Converted, Problem, convert
from guardc.policy.schemas.writing import part_of, schema_of

__all__ = ["Converted", "Problem", "convert", "part_of", "schema_of"]
