"""What detectors see under `normalize`, and where in the text its findings are."""

from __future__ import annotations

import random
import unicodedata

import pytest
import reference
from hypothesis import given, settings
from hypothesis import strategies as st

from guardc.compiler import compile_text
from guardc.compiler.normalization import letters, table
from guardc.runtime import Guard, load

STEPS = ("invisible", "width", "confusables", "escapes")


def guard_of(steps: tuple[str, ...], detector: str = "pattern p = /.+/s", rule: str = "no p on fail fix") -> Guard:
    normalize = f"normalize {', '.join(steps)}" if steps else ""
    plan = compile_text(f"edition 1\n{detector}\nguard g on input {{\n{normalize}\n{rule}\n}}\n").plan
    assert plan is not None
    return load(plan).guard("g")


def spans(guard: Guard, text: str) -> list[tuple[int, int]]:
    return [(start, end) for failure in guard.validate(text).failures for start, end, _ in failure.spans]


SECRET = 'words p = ["secret"] ignore case'


@pytest.mark.parametrize(
    ("steps", "text", "found"),
    [
        (("invisible",), "a se\u200bcr\u00ad\u2060et b", [(2, 11)]),
        (("invisible",), "\u200bsecret\u200b", [(1, 7)]),
        (("invisible",), "s\U000e0041ecre\ufe0ft", [(0, 8)]),
        (("width",), "ｓｅｃｒｅｔ", [(0, 6)]),
        (("width",), "𝐬𝓮𝕔𝖗𝚎ⓣ 🅢🅴🅲🆁🅴🅃", [(0, 6), (7, 13)]),
        (("width",), "🅢🅴🅒🆁🅴🅣", [(0, 6)]),
        (("confusables",), "my ѕесrеt", [(3, 9)]),
        (("confusables",), "s\u0336e\u0336c\u0336r\u0336e\u0336t\u0336", [(0, 11)]),
        (("confusables",), "ꜱᴇᴄʀᴇᴛ", [(0, 6)]),
        (("confusables",), "é secret", [(2, 8)]),
        (("escapes",), r"\u0073ecre\x74!", [(0, 14)]),
        (("escapes",), "%73ecr&#101;t", [(0, 13)]),
        (("escapes",), "se%2563ret", []),
        ((), "se\u200bcret", []),
        (("width",), "se\u200bcret", []),
        (STEPS, "&#xff53;\u200bеcr\\u200bet", [(0, 20)]),
    ],
)
def test_spans_are_those_of_the_text(steps: tuple[str, ...], text: str, found: list[tuple[int, int]]) -> None:
    assert spans(guard_of(steps, SECRET), text) == found


def test_a_fix_replaces_what_was_written() -> None:
    guard = guard_of(STEPS, SECRET, 'no p on fail fix with "{mask}"')
    outcome = guard.validate("the ｓ\u200bеcret &amp; more")
    assert (outcome.passed, outcome.output) == (True, "the ******* &amp; more")


def test_two_findings_may_touch_one_character() -> None:
    assert spans(guard_of(("width",), "pattern p = /[fi]/"), "aﬁb") == [(1, 2), (1, 2)]


def test_is_asks_for_the_whole_normalized_text() -> None:
    guard = guard_of(("invisible",), SECRET, "is p")
    assert guard.validate("\u200bsec\u200bret").passed
    assert not guard.validate("secret\u200bx").passed


def test_backtracking_sees_the_normalized_text() -> None:
    guard = guard_of(("width",), r"pattern p = /(\w)\1/ backtracking within 60 s")
    assert spans(guard, "ﬃ xｘ") == [(0, 1), (2, 4)]
    assert guard_of(("width",), r"pattern p = /(\w)\1/ backtracking within 60 s", "is p").validate("xｘ").passed


def test_measures_and_custom_validators_see_the_text() -> None:
    source = (
        "edition 1\ncustom detector d\ncustom predicate t\nguard g on input {\nnormalize invisible, escapes\n"
        "chars <= 0 on fail noop\nno d on fail noop\nt on fail noop\n}\n"
    )
    seen = []

    def detector(text: str) -> list[tuple[int, int]]:
        seen.append(text)
        return [(0, len(text))]

    def predicate(text: str) -> bool:
        seen.append(text)
        return False

    plan = compile_text(source).plan
    assert plan is not None
    outcome = load(plan, handlers={"d": detector, "t": predicate}).guard("g").validate("a\u200b%41")
    assert seen == ["a\u200b%41"] * 2
    assert [failure.value for failure in outcome.failures] == [5, None, None]
    assert [tuple(span)[:2] for span in outcome.failures[1].spans] == [(0, 5)]


@pytest.mark.parametrize(
    "text",
    ["Мост через реку Рось", "хор поёт у моря", "το νερό και ο ουρανός", "Ереван, Москва", "хор", "x², 5 м в час"],
)
def test_words_of_other_alphabets_stay(text: str) -> None:
    seen = "".join(character for character, _, _ in reference.normalized(text, ("confusables",)))
    assert seen == text


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("visit аррӏе.com", "visit appie.com"),
        ("АКІА key", "AKIA key"),
        ("the хор мой", "the хор мой"),
        ("pаypаl", "paypal"),
        ("Windows-система", "Windows-система"),
        ("café naïve Øre", "café naïve Øre"),
    ],
)
def test_words_that_mix_are_folded(text: str, seen: str) -> None:
    assert "".join(character for character, _, _ in reference.normalized(text, ("confusables",))) == seen


def test_ascii_has_no_effect() -> None:
    for code in range(128):
        effect = table.effect(chr(code))
        assert (effect.removed, effect.wide, effect.looks) == (0, "", 0)


def test_what_is_folded_is_an_ascii_letter_or_digit() -> None:
    for code in range(128, 0x110000):
        effect = table.effect(chr(code))
        assert effect.looks == 0 or (chr(effect.looks).isascii() and chr(effect.looks).isalnum())
        assert effect.wide == "" or unicodedata.normalize("NFKC", effect.wide) == effect.wide
        if effect.role == letters.FANCY:
            assert effect.looks


def test_each_character_is_seen_as_the_reference_says() -> None:
    characters = random.Random(1).sample(range(0x110000), 20_000) + list(range(0x3000)) + list(range(0xFE00, 0x10000))
    for steps in (("invisible",), ("width",), ("confusables",), ("invisible", "width", "confusables")):
        guard = guard_of(steps, "pattern p = /[^a]/")
        for code in characters:
            text = f"a{chr(code)}a"
            seen = reference.normalized(text, steps)
            assert spans(guard, text) == [(start, end) for c, start, end in seen if c != "a"], hex(code)


PIECES = st.sampled_from(
    [
        *"ab%&\\;#x",
        "\\u00",
        "41",
        "&#",
        "%C3",
        "%A9",
        "amp;",
        "\u200b",
        "ﬁ",
        "а",
        "с",
        "й",
        "é",
        "x",
        " ",
        "ᴄ",
        "Ａ",
        "\u0336",
    ]
)


@settings(max_examples=1_500, deadline=None)
@given(st.lists(PIECES, max_size=24).map("".join), st.lists(st.sampled_from(STEPS), unique=True))
def test_a_span_of_the_text_normalizes_to_what_was_found(text: str, chosen: list[str]) -> None:
    steps = tuple(step for step in STEPS if step in chosen)
    seen = reference.normalized(text, steps)
    assert all(0 <= start < end <= len(text) for _, start, end in seen)
    assert [start for _, start, _ in seen] == sorted(start for _, start, _ in seen)
    string = "".join(character for character, _, _ in seen)
    guard = guard_of(steps, r"pattern p = /[\w%]+/")
    expected = [
        (seen[match.start()][1], seen[match.end() - 1][2]) for match in reference.re.finditer(r"[\w%]+", string)
    ]
    assert spans(guard, text) == expected
    if "confusables" not in steps:  # the words around a span decide how it is folded
        for (start, end), match in zip(expected, reference.re.finditer(r"[\w%]+", string), strict=True):
            inner = "".join(character for character, _, _ in reference.normalized(text[start:end], steps))
            assert match[0] in inner or "escapes" in steps


def test_a_long_text_is_normalized_without_the_lock_and_in_linear_space() -> None:
    guard = guard_of(STEPS, SECRET, "max 10 MB\nno p on fail noop")
    text = "ﬃ" * 40_000 + " s\u200becret " + "%41" * 10_000 + "а " * 20_000
    assert spans(guard, text) == [(40_001, 40_008)]
