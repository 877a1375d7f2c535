"""The codes of what can be wrong with shapes, and with paths into structured values (G080 to G096)."""

from __future__ import annotations

from guardc.policy.codes.entry import Code

__all__ = ["ENTRIES"]


def _shape(*fields: str, rules: str = "", more: str = "") -> str:
    """A policy with one shape of these fields, for an example."""
    lines = "".join(f"    {field}\n" for field in fields)
    inside = f"\n    {rules}\n" if rules else ""
    return f"edition 1\n{more}\nshape Ticket {{\n{lines}}}\n\nguard ticket on output as json Ticket {{{inside}}}\n"


ENTRIES = (
    Code(
        "G080",
        "unknown type",
        "error",
        "The types are `string`, `number`, `integer`, `bool`, `null`, `any`, the shapes of the policy and of the files "
        "that it imports (`shapes.Ticket`), literals, and what is made of these: `list of`, `map of`, `one of`, and "
        "several with `or` between them.",
        wrong=_shape("summary strng"),
        right=_shape("summary string"),
    ),
    Code(
        "G081",
        "test that does not suit a type",
        "error",
        "Numbers are compared, lists and maps are counted with `count`, and all other tests are for strings. A value "
        "that is of none of the types that the test is about could never fail it.",
        wrong=_shape("items list of string chars <= 10"),
        right=_shape("items list of string count <= 10"),
    ),
    Code(
        "G082",
        "types that cannot be told apart",
        "error",
        "Which of several types a value is to have is decided by its kind, by its literals, and among shapes by a "
        "field that is required in all of them and has literals, none of them in two shapes. So a failure is "
        "always one of the type that was meant.",
        wrong=_shape(
            "payment Card or Cash", more="\nshape Card {\n    number string\n}\n\nshape Cash {\n    till string\n}\n"
        ),
        right=_shape(
            "payment Card or Cash",
            more='\nshape Card {\n    kind "card"\n    number string\n}\n\nshape Cash {\n    kind "cash"\n}\n',
        ),
    ),
    Code(
        "G083",
        "path that leads nowhere",
        "error",
        "No value of the guard's type has anything at this path. `.name` is a field, `[0]` an item of a list, `[*]` "
        "every item of a list or every value of a map.",
        wrong=_shape("summary string", rules="$.sumary: chars <= 10"),
        right=_shape("summary string", rules="$.summary: chars <= 10"),
    ),
    Code(
        "G084",
        "path in a guard on texts",
        "error",
        "Only structured values have paths. Which structure a guard judges is said in its first line.",
        wrong="edition 1\n\nguard reply on output {\n    $.summary: chars <= 10\n}\n",
        right="edition 1\n\nguard reply on output {\n    chars <= 10\n}\n",
    ),
    Code(
        "G085",
        "rule that needs a path",
        "error",
        "In a guard on structured values a rule without a path is about every text in the value. That makes sense for "
        "`no`, and for `has`, which is content with one text. Everything else is about one value, and so is an action "
        "that changes what `has` did not find.",
        wrong=_shape("summary string", rules="chars <= 10"),
        right=_shape("summary string", rules="$.summary: chars <= 10"),
    ),
    Code(
        "G086",
        "condition on what is no single value",
        "error",
        "A condition compares a string, a number or a bool. A path in it leads to one value, of one of these types.",
        wrong=_shape("tags list of string", rules='when $.tags == "a": $.tags: count <= 1'),
        right=_shape("tags list of string", rules='when $.tags[0] == "a": $.tags: count <= 1'),
    ),
    Code(
        "G087",
        "shape that never ends",
        "error",
        "Every value of the shape would have another one in it. A shape may name itself in a list or map, in a field "
        "that may be missing, or beside another type.",
        wrong=_shape("parent Ticket"),
        right=_shape("parent? Ticket"),
    ),
    Code(
        "G095",
        "part of a JSON Schema that shapes do not have",
        "error",
        "A shape that is made of a JSON Schema says all that the schema says. What it cannot say is reported with its "
        "place in the schema, so that nothing that the schema forbids passes unseen. `guardc shape` writes the shape "
        "of a pydantic model or a schema as text, to go on from.",
    ),
    Code(
        "G096",
        "file that is no JSON Schema",
        "error",
        "The file of `shape NAME from` holds a JSON Schema: one JSON object.",
    ),
)
