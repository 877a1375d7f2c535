"""JSON is read as RFC 8259 defines it, into the values that Python's own decoder gives."""

import json
import math
import sys
from typing import Any

import pytest
import reference
from hypothesis import given, settings
from hypothesis import strategies as st

from guardc.fastpath._core import JsonReading, read_json


def reads_whole(text: str) -> JsonReading | None:
    """The reading, if the text is JSON as it is."""
    reading = read_json(text)
    rest = text[: reading.start] + text[reading.end :]
    return None if reading.error is not None or reading.repairs or rest.strip(" \t\r\n") else reading


def typed(value: Any) -> Any:
    """A value with the types that `==` does not see: `1`, `1.0`, `True`, `-0.0`."""
    if isinstance(value, dict):
        return [(key, typed(member)) for key, member in value.items()]
    if isinstance(value, list):
        return [typed(item) for item in value]
    return (type(value), repr(value))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=30,
)


@given(values, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_what_json_writes_is_read(value: Any, indent: int | str | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    reading = reads_whole(f" {text}\n")
    assert reading is not None
    assert typed(reading.value) == typed(json.loads(text))
    assert (reading.start, reading.end) == (1, len(text) + 1)


# fmt: off
pieces = st.sampled_from([
    "{", "}", "[", "]", ",", ":", '"', "\\", '\\"', "\\u00e9", "\\ud83d", "\\ude00", "\\n", "0", "1", "-0", "1.5",
    "1e5", "-2E-3", ".5", "1.", "01", "true", "false", "null", "NaN", "é", "中", "😀", '"a"', '"b"', '"a":1', "{}",
    "[]", '{"k":[1]}', " ", "\x00", "\n", "\ufeff", "\ud800",
])
# fmt: on


@settings(max_examples=3000)
@given(st.lists(pieces, max_size=12).map("".join))
def test_what_is_no_json_is_refused_as_the_reference_does(text: str) -> None:
    reading = reads_whole(text)
    assert (reading is not None) == reference.is_json(text)
    if reading is not None:
        assert typed(reading.value) == typed(reference.read_json(text))


@given(st.text(st.sampled_from("0123456789.eE+-"), min_size=1, max_size=30))
def test_numbers(text: str) -> None:
    reading = reads_whole(text)
    assert (reading is not None) == reference.is_json(text)
    if reading is not None:
        assert typed(reading.value) == typed(json.loads(text))


@given(st.floats(-1e308, 1e308), st.integers(1, 17))
def test_floats_are_the_nearest_ones(number: float, digits: int) -> None:
    text = f"[{number!r}, {number:.{digits}e}]"
    assert typed(read_json(text).value) == typed(json.loads(text))


@pytest.mark.parametrize("wide", ["", "é", "中", "😀"])
@pytest.mark.parametrize("length", [0, 1, 7, 8, 9, 15, 16, 17, 100])
def test_strings_end_anywhere(wide: str, length: int) -> None:
    for middle in ("", '\\"', "\\\\", "\\n", "\x7f", "\x80", "ÿ", "\\u00ff", "\\u4e2d", "\\ud83d\\ude00"):
        text = json.dumps([wide])[:-1] + ', "' + "x" * length + middle + "y" * 3 + '"]'
        reading = reads_whole(text)
        assert reading is not None
        assert reading.value == json.loads(text)


STATED = {
    "": ("no JSON in the text", 0, "$"),
    " \n": ("no JSON in the text", 2, "$"),
    "[1, \x00]": ("expected a value", 4, "$[1]"),
    "[1": ("the text ends too early", 2, "$[1]"),
    '{"a": [0, {"b c": NaN}]}': ("`NaN` and `Infinity` are not JSON", 18, '$.a[1]["b c"]'),
    "[-Infinity]": ("`NaN` and `Infinity` are not JSON", 2, "$[0]"),
    '{"a": {"b": 1, "b": 2}}': ("a key stands twice in one object", 15, "$.a.b"),
    '{"a": 1, "\\u0061": 2}': ("a key stands twice in one object", 9, "$.a"),
    "[" + "9" * 4301 + "]": ("a number of more than 4,300 digits", 1, "$[0]"),
    "[0." + "9" * 4300 + "]": ("a number of more than 4,300 digits", 1, "$[0]"),
    "[1e309]": ("a number too large for a float", 1, "$[0]"),
    "[-1e999999999999999999999]": ("a number too large for a float", 1, "$[0]"),
    r'["\ud83d"]': ("an escape of half a surrogate pair", 2, "$[0]"),
    r'["\ude00\ud83d"]': ("an escape of half a surrogate pair", 2, "$[0]"),
    r'{"a": "\x41"}': ("an escape that JSON does not have", 7, "$.a"),
    "[" * 201 + "]" * 201: ("nested more than 200 deep", 200, "$" + "[0]" * 200),
    "[01]": ("expected `,` or `]`", 2, "$[1]"),
    "[1.]": ("a number that JSON does not have", 3, "$[0]"),
    "[.5]": ("expected a value", 1, "$[0]"),
    '{"a": 1}}': ("there is more text after the value", 8, "$"),
    '{"a": "say "hi" ok"}': ("expected `,` or `}`", 12, "$"),
}


@pytest.mark.parametrize("text", STATED, ids=lambda text: ascii(text[:24]))
def test_refusals_say_what_and_where(text: str) -> None:
    reading = read_json(text)
    assert (reading.error, reading.offset, reading.path) == STATED[text]
    assert reading.value is None


def test_accepted_borders() -> None:
    for text, value in {
        "-0": 0,
        "9" * 4300: int("9" * 4300),
        "123456789012345678901234567890": 123456789012345678901234567890,
        "1e-400": 0.0,
        "0e999999": 0.0,
        "1.7976931348623157e308": sys.float_info.max,
        "9007199254740993.0": 9007199254740992.0,
        r'"\ud83d\ude00"': "😀",
        r'"\u0000"': "\x00",
        '"\ud800"': "\ud800",
        "[" * 200 + "]" * 200: json.loads("[" * 200 + "]" * 200),
    }.items():
        reading = reads_whole(text)
        assert reading is not None, text[:20]
        assert reading.value == value
    assert math.copysign(1, read_json("-0.0").value) == -1


def test_the_limit_of_digits_that_the_program_sets_is_no_error() -> None:
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    try:
        assert read_json("[" + "1" * 641 + "]").error == "a number of more than 4,300 digits"
    finally:
        sys.set_int_max_str_digits(before)


def test_keys_are_kept_apart() -> None:
    # Equal length, equal ends: they meet in one place of the table of known keys.
    for _ in range(3):
        for middle in "abcé中":
            key = "12345678" + middle + "12345678"
            assert read_json(json.dumps({key: 1}, ensure_ascii=False)).value == {key: 1}


def test_refused_values_are_given_back() -> None:
    class_count = sys.getrefcount(None)
    for _ in range(2000):
        read_json('{"a": [null, null, {"b": null, "c"')
        read_json('{"a": null, "a": null}')
        read_json("[null, 1e999]")
    assert abs(sys.getrefcount(None) - class_count) < 500


def test_fifty_megabytes() -> None:
    item = '{"name": "Widget é", "qty": 3, "note": null},'
    text = "[" + item * (50_000_000 // len(item)) + "1]"
    reading = read_json(text)
    assert reading.error is None
    assert len(reading.value) == 50_000_000 // len(item) + 1
