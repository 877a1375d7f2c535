"""Labelled lines: every mistake is said, with its line, and nothing of the text."""

from __future__ import annotations

import json

import pytest

from guardc.training.reading import Mistake, read_lines


def lines(*values: object) -> list[bytes]:
    return [json.dumps(value).encode() + b"\n" for value in values]


def test_labels_of_every_kind() -> None:
    for no, yes in ((0, 1), (False, True), ("ham", "spam"), ("benign", "injection"), ("no", "yes"), ("a", "b")):
        read = read_lines(lines({"text": "x", "label": no}, {"text": "y", "label": yes}))
        assert read.mistakes == []
        assert [(example.text, example.label) for example in read.examples] == [("x", False), ("y", True)]


def test_empty_lines_are_skipped_and_equal_lines_taken_once() -> None:
    read = read_lines([b"\n", *lines({"text": "x", "label": 1}, {"text": "x", "label": 1}), b"  \r\n"])
    assert len(read.examples) == 1
    assert read.mistakes == []


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (b"\xff\n", "not UTF-8"),
        (b"{", "not JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[]", "not a JSON object"),
        (b'{"label": 1}', "`text` is missing"),
        (b'{"text": 1, "label": 1}', "`text` is not a string"),
        (b'{"text": " ", "label": 1}', "`text` is empty"),
        (b'{"text": "secret"}', "`label` is missing"),
        (b'{"text": "secret", "label": 2}', "`label` is neither 0 or 1, true or false, nor a string"),
        (b'{"text": "secret", "label": null}', "`label` is neither 0 or 1, true or false, nor a string"),
        (b'{"text": "secret", "label": [1]}', "`label` is neither 0 or 1, true or false, nor a string"),
        (b'{"text": "secret", "label": 1, "group": []}', "`group` is not a string"),
    ],
)
def test_what_is_wrong_with_a_line(line: bytes, what: str) -> None:
    assert read_lines([b"\n", line]).mistakes == [Mistake(2, what)]


def test_all_mistakes_in_one_run() -> None:
    read = read_lines([b"nope\n", *lines({"text": "x", "label": 1}, {"text": "x", "label": 0}), b"[]"])
    assert read.mistakes == [
        Mistake(1, "not JSON"),
        Mistake(3, "the text of line 2 with the other label"),
        Mistake(4, "not a JSON object"),
    ]


def test_a_third_label_is_a_mistake() -> None:
    read = read_lines(lines(*({"text": f"{label} {n}", "label": label} for n in range(3) for label in "abc")))
    assert read.mistakes == [Mistake(3, "a third label; a classifier tells two apart")]


def test_many_sources_are_groups_and_few_are_not() -> None:
    for count, group in ((3, ""), (10, "s1")):
        made = lines(*({"text": f"t{n}", "label": n % 2, "source": f"s{n % count}"} for n in range(40)))
        assert read_lines(made).examples[1].group == group
