"""Weights files: what was written is read, and nothing else is."""

from __future__ import annotations

import random
import struct
import zlib
from pathlib import Path

import generate
import pytest

from guardc.policy import check_text, render
from guardc.policy.reading.weights import CHECKSUM_AT, LIMIT, Weights, WeightsError, read_weights, write_weights

SAMPLE = Path(generate.WEIGHTS).read_bytes()


def mended(content: bytearray) -> bytes:
    """With a checksum that matches."""
    content[CHECKSUM_AT : CHECKSUM_AT + 4] = bytes(4)
    struct.pack_into("<I", content, CHECKSUM_AT, zlib.crc32(content))
    return bytes(content)


def test_what_was_written_is_read() -> None:
    weights = Weights(9, 0.25, -1.5, bytes(range(256)) * 2, 77, bytes(range(32)))
    assert read_weights(write_weights(weights)) == weights
    assert write_weights(read_weights(SAMPLE)) == SAMPLE


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "it is not a weights file"),
        (b"PK\x03\x04", "it is not a weights file"),
        (SAMPLE[:40], "it is truncated"),
        (SAMPLE[:-1], "it is truncated"),
        (SAMPLE + b"x", "something follows its weights"),
        (SAMPLE[:100] + b"\x55" + SAMPLE[101:], "it is damaged: its checksum does not match"),
        (SAMPLE[:12] + b"\x02" + SAMPLE[13:], "it has format 2, this version of guardc reads format 1"),
        (SAMPLE[:16] + b"\xff" + SAMPLE[17:], "it is damaged: no table has so many bits"),
        (SAMPLE[:8] + b"\x01\x02\x03\x04" + SAMPLE[12:], "it is damaged: wrong endian mark"),
    ],
)
def test_what_is_refused(content: bytes, what: str) -> None:
    with pytest.raises(WeightsError) as error:
        read_weights(content)
    assert str(error.value) == what


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -1.0, 1e9])
def test_numbers_out_of_range_are_refused(number: float) -> None:
    content = bytearray(SAMPLE)
    struct.pack_into("<d", content, 24, number)
    with pytest.raises(WeightsError, match="out of range"):
        read_weights(mended(content))


def test_damaged_files_are_refused_or_read() -> None:
    rng = random.Random(1)
    for _ in range(3_000):
        content = bytearray(SAMPLE[: rng.choice([len(SAMPLE), rng.randrange(len(SAMPLE))])])
        for _ in range(rng.randrange(1, 4)):
            if content:
                content[rng.randrange(min(len(content), rng.choice([88, 400])))] = rng.choice([0, 1, 127, 128, 255])
        try:
            read_weights(mended(content) if rng.random() < 0.7 and len(content) > 24 else bytes(content))
        except WeightsError:
            continue


def source(test: str) -> str:
    return f'edition 1\nclassifier spam = weights("{generate.WEIGHTS}")\nguard g on input {{\n    {test}\n}}\n'


def said(text: str) -> list[tuple[str, str]]:
    return [(found.code, found.message) for found in check_text(text).diagnostics]


@pytest.mark.parametrize("test", ["spam.score < 0.8", "spam.score in 0.2..0.7", "spam.score >= 0.5", "spam.score == 0"])
def test_scores_are_compared_with_fractions(test: str) -> None:
    assert said(source(test)) == []


@pytest.mark.parametrize(
    ("test", "code", "message"),
    [
        ("spam.score < 80", "G056", "the test always holds"),
        ("spam.score <= 1", "G056", "the test always holds"),
        ("spam.score > 80", "G034", "no number satisfies this"),
        ("spam.score > 1", "G034", "no number satisfies this"),
        ("spam.score < 0", "G034", "no number satisfies this"),
        ("spam.score in 0.8..0.2", "G034", "no number satisfies this"),
        ("spam.score < 0.8 on fail fix", "G042", "`spam.score` cannot be fixed"),
        ("spam.score", "G020", "`spam.score` is a measure, not a test"),
        ("spam < 0.8", "G020", "`spam` is a classifier, not a measure"),
        ("no spam", "G020", "`spam` is a classifier, not a detector"),
        ("spam.scor < 0.8", "G013", "unknown test `spam.scor`"),
        ("spam.score(1) < 0.8", "G030", "`spam.score` takes no arguments"),
        ("spam.score < 3 words", "G033", "`spam.score` is not measured in `words`"),
        ("spam.score != 0.5", "G002", "a measure cannot be compared with `!=`"),
    ],
)
def test_what_the_checker_says_of_scores(test: str, code: str, message: str) -> None:
    assert (code, message) in said(source(test))


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "w").write_bytes(SAMPLE + bytes(LIMIT))
    found = check_text(source("spam.score < 0.8").replace(generate.WEIGHTS, str(tmp_path / "w"))).diagnostics
    assert found[0].code == "G026"
    assert "larger than 512 KB" in render(found)


def test_an_imported_classifier_is_known_by_its_module(tmp_path: Path) -> None:
    (tmp_path / "own.guard").write_text(f'edition 1\nclassifier spam = weights("{generate.WEIGHTS}")\n')
    policy = 'edition 1\nimport "own.guard"\nguard g on input {\n    own.spam.score < 0.8\n}\n'
    checked = check_text(policy, folder=tmp_path)
    assert checked.diagnostics == ()
    assert checked.policy is not None
    assert list(checked.policy.classifiers) == ["own.spam"]
