"""What a model broke is mended where one reading is left, with a note; else it is refused."""

import json
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from guardc.fastpath._core import read_json

MENDED = {
    "[1, 2,]": ([1, 2], ["trailing comma removed"]),
    '{"a": 1,\n}': ({"a": 1}, ["trailing comma removed"]),
    "{'a': 'b', \"c\": 'd \"e\"'}": ({"a": "b", "c": 'd "e"'}, ["single quotes replaced"]),
    r"['it\'s']": (["it's"], ["single quotes replaced"]),
    r'["it\'s"]': (["it's"], ["single quotes replaced"]),
    '{“a”: “b "c"”}': ({"a": 'b "c"'}, ["smart quotes replaced"]),
    "[‘a’, „b“, „c”]": (["a", "b", "c"], ["smart quotes replaced"]),
    "{a: 1, b_2: {$c-d: 2}, größe: 3}": ({"a": 1, "b_2": {"$c-d": 2}, "größe": 3}, ["unquoted key quoted"]),
    '{"a": True, "b": [False, None]}': ({"a": True, "b": [False, None]}, ["Python literal replaced"]),
    '{"a": 1, // one\n "b": 2 # two\n, /* three */ "c": [/**/]}': ({"a": 1, "b": 2, "c": []}, ["comment removed"]),
    "{/* nothing */}": ({}, None),
    '{"a": "x\n\ty"}': ({"a": "x\n\ty"}, ["control character in a string escaped"]),
    '{"a": 1 "b": "x"\n"c": {} "d": 1}': ({"a": 1, "b": "x", "c": {}, "d": 1}, ["missing comma added"]),
    '[{"a": 1} {"b": 2} [3]\n"x"\n4]': ([{"a": 1}, {"b": 2}, [3], "x", 4], ["missing comma added"]),
    '{"a": [1, {"b": "hel': ({"a": [1, {"b": "hel"}]}, ["cut-off end closed"]),
    '{"a": "b", "c': ({"a": "b"}, ["cut-off end closed", "unfinished member dropped"]),
    '{"a": "b", "c":': ({"a": "b"}, ["cut-off end closed", "unfinished member dropped"]),
    '{"a": "b",': ({"a": "b"}, ["cut-off end closed"]),
    # a number or word may go on
    '{"a": "b", "c": 12': ({"a": "b"}, ["cut-off end closed", "unfinished member dropped"]),
    '{"a": "b", "c": -': ({"a": "b"}, ["cut-off end closed", "unfinished member dropped"]),
    "[1, 2, 3": ([1, 2], ["cut-off end closed", "unfinished member dropped"]),
    "[1, tr": ([1], ["cut-off end closed", "unfinished member dropped"]),
    "[1, true": ([1, True], ["cut-off end closed"]),
    # half an escape is left out
    r'["a\u00': (["a"], ["cut-off end closed"]),
    r'["a\ud83d': (["a"], ["cut-off end closed"]),
    '["a\\': (["a"], ["cut-off end closed"]),
}


@pytest.mark.parametrize("text", MENDED, ids=ascii)
def test_mends(text: str) -> None:
    value, what = MENDED[text]
    reading = read_json(text)
    assert reading.error is None, reading
    assert reading.value == value
    names = sorted(name for name, _, _ in reading.repairs)
    assert names == (sorted(what) if what is not None else ["comment removed"])


REFUSED = [
    '{"a": "say "hi" ok"}',             # a quote that is not escaped
    '{"a": "he said "yes", and left"}',
    "['it's']",
    '{"a": [1, 2}',                     # brackets that do not match
    '{"a": [{"b": 1}}]}',
    '{"a": {"b": 1}}, "c": 2}',         # one bracket too many
    '["a" "b"]',                        # perhaps pieces of one string
    "[1 000]",                          # perhaps one number
    "[1,,2]",                           # a value is missing
    "{,}",
    '{"a" 1}',
    '{"a": }',
    '{"a": 1, "a": 2,}',
    "[01,]",
    "[+1,]",
    r"['\ud83d']",
    "[NaN,]",
    "[undefined,]",
    "{1: 2}",
    "(1, 2)",
    "[",
    '{"a',
    "{'a': hello}",
    r'{"path": "C:\dir",}',
    "[" * 300,
]  # fmt: skip


@pytest.mark.parametrize("text", REFUSED, ids=ascii)
def test_refuses_to_guess(text: str) -> None:
    reading = read_json(text)
    assert reading.error, reading.value


# -- one damage at a time

names = st.text(st.sampled_from("abcxyz_"), min_size=1, max_size=6)
words = st.text(st.sampled_from("ab ,:[]{}é中/#'\"\\“”\n"), max_size=8)
scalars = st.none() | st.booleans() | st.integers() | st.floats(-1e9, 1e9) | words
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names | words, inner, max_size=4),
    max_leaves=12,
).filter(lambda value: isinstance(value, dict | list) and value)


def tokens_of(value: Any) -> list[str]:
    if isinstance(value, dict):
        inner = [[json.dumps(key, ensure_ascii=False), ":", *tokens_of(member)] for key, member in value.items()]
    elif isinstance(value, list):
        inner = [tokens_of(item) for item in value]
    else:
        return [json.dumps(value, ensure_ascii=False)]
    marks = "{}" if isinstance(value, dict) else "[]"
    tokens = [marks[0]]
    for number, part in enumerate(inner):
        tokens += [","] * (number > 0) + part
    return [*tokens, marks[1]]


def quotable(token: str) -> bool:
    return token[0] == '"' and not set(token[1:-1]) & set("'\"\\“”‘’")


def damage(kind: str, tokens: list[str], at: int, space: str) -> str | None:
    """The text with one damage of a kind, at the first place from token `at` on where it can be; None if nowhere."""
    tokens = tokens[:]
    for k in range(at, len(tokens)):
        token, before = tokens[k], tokens[k - 1] if k else ""
        match kind:
            case "trailing comma" if token in {"}", "]"} and before not in {"{", "["}:
                tokens[k] = "," + token
            case "single quotes" if quotable(token):
                tokens[k] = f"'{token[1:-1]}'"
            case "smart quotes" if quotable(token):
                tokens[k] = f"“{token[1:-1]}”"
            case "unquoted key" if token[0] == '"' and tokens[k + 1] == ":" and token[1:-1].isidentifier():
                tokens[k] = token[1:-1]
            case "python literal" if token in {"true", "false", "null"}:
                tokens[k] = {"true": "True", "false": "False", "null": "None"}[token]
            case "comment" if k:
                tokens[k] = "/* note: { */" + token
            case "line comment" if k:
                tokens[k] = '// "note": [\n' + token
            case "raw newline" if "\\n" in token and "\\\\" not in token:
                tokens[k] = token.replace("\\n", "\n", 1)
            case "missing comma" if token == ",":
                tokens[k] = space
            case "cut":
                return space.join([*tokens[:k], token[: 1 + at % len(token)]])
            case _:
                continue
        return space.join(tokens)
    return None


EXACT = [
    "trailing comma",
    "single quotes",
    "smart quotes",
    "unquoted key",
    "python literal",
    "comment",
    "line comment",
    "raw newline",
]


@settings(max_examples=1500)
@given(values, st.sampled_from(EXACT), st.integers(0, 40), st.sampled_from([" ", "\n"]))
def test_one_damage_is_undone(value: Any, kind: str, at: int, space: str) -> None:
    tokens = tokens_of(value)
    text = damage(kind, tokens, at % len(tokens), space)
    assume(text is not None)
    assert text is not None
    reading = read_json(text)
    assert reading.error is None, (text, reading)
    assert reading.value == value
    assert reading.repairs


@settings(max_examples=1000)
@given(values, st.integers(0, 40), st.sampled_from([" ", "\n", ""]))
def test_a_missing_comma_is_put_back_or_refused(value: Any, at: int, space: str) -> None:
    tokens = tokens_of(value)
    text = damage("missing comma", tokens, at % len(tokens), space)
    assume(text is not None)
    assert text is not None
    reading = read_json(text)
    if reading.error is None and reading.value != value:
        # `1 2` without the space is another number
        assert space == ""


def is_begin(part: Any, whole: Any) -> bool:
    """Is `part` what was there of `whole` when it was cut off?"""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(
            key in whole and is_begin(member, whole[key]) for key, member in part.items()
        )
    if isinstance(part, list):
        return isinstance(whole, list) and all(map(is_begin, part, whole)) and len(part) <= len(whole)
    if isinstance(part, str):
        return isinstance(whole, str) and whole.startswith(part)
    return type(part) is type(whole) and part == whole


@settings(max_examples=1500)
@given(values, st.integers(0, 40), st.sampled_from([" ", "\n", ""]))
def test_a_cut_off_end_is_closed_and_nothing_made_up(value: Any, at: int, space: str) -> None:
    tokens = tokens_of(value)
    text = damage("cut", tokens, at % len(tokens), space)
    assert text is not None
    reading = read_json(text)
    if reading.error is None:
        assert is_begin(reading.value, value)
        assert reading.value == value or reading.repairs


@given(values)
def test_every_cut_of_a_text_is_a_begin_of_it(value: Any) -> None:
    text = json.dumps(value)
    for end in range(len(text)):
        reading = read_json(text[:end])
        assert reading.error is not None or (is_begin(reading.value, value) and reading.repairs)


# fmt: off
marks = st.sampled_from([
    "{", "}", "[", "]", ",", ":", '"', "'", "“", "”", "‘", "’", "\\", "\\'", "\\u00e9", "\\ud83d", "1", "-1", "1.5",
    "true", "tr", "True", "None", "NaN", "a", "é", "//", "#", "/*", "*/", "\n", "\r", "\x00", "```", "~~~", " ",
])
# fmt: on


@settings(max_examples=3000)
@given(st.lists(marks, max_size=14).map("".join))
def test_any_text_has_an_answer(text: str) -> None:
    reading = read_json(text)
    if reading.error is None:
        assert json.loads(json.dumps(reading.value)) == reading.value
        assert 0 <= reading.start < reading.end <= len(text)
        assert all(count > 0 and 0 <= at <= len(text) for _, at, count in reading.repairs)
    else:
        assert reading.value is None
        assert 0 <= reading.offset <= len(text)
