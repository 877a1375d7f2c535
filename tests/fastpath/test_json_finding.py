"""The JSON of an answer: the whole text, else a fenced block, else an object or list in prose."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardc.fastpath._core import read_json

OTHERS = "further JSON ignored"

FOUND: dict[str, tuple[Any, list[str]]] = {
    # the whole text, whatever stands in its strings
    '{"code": "```json\\n{}\\n```"}': ({"code": "```json\n{}\n```"}, []),
    '"a {\\"b\\": 1}"': ('a {"b": 1}', []),
    "\ufeff[1]": ([1], []),
    # blocks
    'Here:\n```json\n{"a": 1}\n```\nBye.': ({"a": 1}, []),
    "~~~\n[1, 2]\n~~~": ([1, 2], []),
    "```JSON5 x\r\n[1]\r\n```\r\n": ([1], []),
    '- item\n    ```\n    {"a": 1}\n    ```': ({"a": 1}, []),
    '````json\n{"a": "```\\n"}\n````': ({"a": "```\n"}, []),
    "```json\n[1]": ([1], []),
    "```bash\nls {a,b}\n```\n```json\n[1]\n```": ([1], []),
    "Draft:\n```\n[1]\n```\nBetter:\n```\n[2]\n```": ([2], [OTHERS]),
    "```\n{'a': 1}\n```": ({"a": 1}, ["single quotes replaced"]),
    "See {x}.\n```\n{'a': 1}\n```": ({"a": 1}, ["single quotes replaced"]),
    # prose
    'Sure! {"a": {"b": [1]}} is it.': ({"a": {"b": [1]}}, []),
    'x ```json {"a": 1}``` y': ({"a": 1}, []),
    'The set {1, 2} of {names} [see below]: {"a": 1}': ({"a": 1}, []),
    '[1 of 3] {"a": 1}': ({"a": 1}, []),
    'So: {"a": 1}, and {"a": 2}.': ({"a": 1}, [OTHERS]),
    "Use {'a': 1} or, better, [1].": ([1], [OTHERS]),
    "It is {'a': 1}": ({"a": 1}, ["single quotes replaced"]),
    'It is {"a": [1, {"b": "c': ({"a": [1, {"b": "c"}]}, ["cut-off end closed"]),
    # what the text begins with, mended or not
    '{"a": 1,} {"a": 2}': ({"a": 1}, [OTHERS, "trailing comma removed"]),
    '{"a": oops} {"a": 2}': ({"a": 2}, []),
    # what a broken value holds is no answer
    "{'a': {}} or so": ({"a": {}}, ["single quotes replaced"]),
    '{a: {"b": 1}}': ({"a": {"b": 1}}, ["unquoted key quoted"]),
    "{'code': '```json\n{}\n```'}": (
        {"code": "```json\n{}\n```"},
        ["control character in a string escaped", "single quotes replaced"],
    ),
}


@pytest.mark.parametrize("text", FOUND, ids=ascii)
def test_finds(text: str) -> None:
    value, what = FOUND[text]
    reading = read_json(text)
    assert reading.error is None, reading
    assert reading.value == value
    assert sorted(name for name, _, _ in reading.repairs) == sorted(what)


NOWHERE = [
    "I cannot do that.",
    "[see the docs](https://example.com)",
    "In this {case} nothing: {",
    "1 2",
    '{"a": 1 of {"b": 2}}',
    '{"a": oops, "b": {"c": 1}}',
    'Take {"a": oops, "b": {"c": 1}}.',
    '{"a": {"b": 1}}, "c": {"d": 2}}',
    '{"a": 1, "a": 2, "b": {}}',
    '{"a": NaN, "b": {}}',
    "```\n[1, NaN]\n```",
    '{{"a": 1}}',
    '[Answer: {"a": 1}]',
]


@pytest.mark.parametrize("text", NOWHERE, ids=ascii)
def test_no_part_of_something_broken_is_taken_for_the_answer(text: str) -> None:
    reading = read_json(text)
    assert reading.error, reading.value


def test_the_kind_that_is_wanted_is_preferred() -> None:
    text = 'As [1] says: {"a": 1} [2]'
    assert read_json(text, "{").value == {"a": 1}
    assert read_json(text, "{").repairs == ()
    assert read_json(text, "[").value == [1]
    assert read_json("As [1] says.", "{").value == [1]  # so that the failure is about its type


@given(st.text(st.sampled_from("ab .,:!?\n\"'()é"), max_size=30), st.text(st.sampled_from("ab .!?\n()é"), max_size=30))
def test_prose_around_an_object_is_left_out(before: str, after: str) -> None:
    text = f'{before} {{"a": [1, "}}"]}} {after}'
    reading = read_json(text)
    assert reading.value == {"a": [1, "}"]}
    assert text[reading.start : reading.end] == '{"a": [1, "}"]}'
    assert reading.repairs == ()


units = st.lists(
    st.sampled_from(["{", "}", "[", "]", '"', "'", ",", ":", "a", "1", " ", "\n", "```", "None", "/*"]), max_size=6
)


@settings(max_examples=200, deadline=2000)
@given(units.filter(bool).map("".join), units.map("".join))
def test_a_long_text_has_an_answer(unit: str, end: str) -> None:
    # Quadratic work would not end.
    read_json(unit * 50_000 + end)
