"""Word lists with `within` and `leet` find what the reference's table of distances finds, in linear time."""

from __future__ import annotations

import random

import pytest
import reference
import scanning

from guardc.compiler import compile_policy
from guardc.compiler.regex.fuzzy import LEET, fuzzy_tree
from guardc.fastpath.layout import FILTERS_ENDS
from guardc.policy.model import Words
from guardc.runtime import Guard, load


def words(*entries: str, edits: int = 0, leet: bool = False, ignore_case: bool = True, anywhere: bool = False) -> Words:
    return Words(
        name="w", entries=entries, ignore_case=ignore_case, anywhere=anywhere, leet=leet, edits=edits, at=scanning.AT
    )


def guard_of(found: Words) -> Guard:
    plan = compile_policy(scanning.policy_of({"w": found}, whole=True)).plan
    assert plan is not None
    return load(plan).guard("g")


def spans(guard: Guard, text: str) -> list[tuple[int, int]]:
    return [(start, end) for failure in guard.validate(text).failures for start, end, _ in failure.spans]


def found(guard: Guard, text: str) -> list[str]:
    return [text[start:end] for start, end in spans(guard, text)]


ONE = guard_of(words("secret", "New York", "c++ code", edits=1))


@pytest.mark.parametrize(
    "text",
    ["secret", "SECRET", "scret", "seccret", "secrot", "sercet", "esecret", "ecret", "secre", "secrets", "new yrok"],
)
def test_one_error_of_any_kind_is_found(text: str) -> None:
    assert found(ONE, f"a {text}, b") == [text]


@pytest.mark.parametrize(
    "text", ["scrt", "sercets", "se cret", "se-cret", "secretss", "topsecrets", "newyork", "new  - york", "terces", ""]
)
def test_more_errors_and_breaks_of_words_are_not(text: str) -> None:
    assert found(ONE, f"a {text}, b") == []


def test_white_space_of_an_entry_is_any_white_space() -> None:
    assert found(ONE, "in New\n\t yok.") == ["New\n\t yok"]


def test_signs_of_an_entry_can_be_missing_or_wrong() -> None:
    assert found(ONE, "c+ code, c+x code, cx+ code, c++  coed") == ["c+ code", "c+x code", "cx+ code", "c++  coed"]


def test_the_longest_finding_at_the_first_place_counts() -> None:
    guard = guard_of(words("data", "data base", edits=1))
    assert found(guard, "datas data  bse data") == ["datas", "data  bse", "data"]


def test_each_letter_has_its_leet_forms() -> None:
    for letter, forms in LEET.items():
        guard = guard_of(words(f"x{letter}x", leet=True))
        for form in forms:
            assert found(guard, f"- x{form}x -") == [f"x{form}x"]
            assert found(guard, f"x{form.upper()}y") == []
    assert reference.LEET == LEET


def test_leet_at_the_ends_of_a_word() -> None:
    guard = guard_of(words("ass", leet=True))
    assert found(guard, "@$$ a$$ 4s5 b@$$ @$$b (@ss) @ss!") == ["@$$", "a$$", "4s5", "@ss", "@ss"]


def test_leet_and_errors_together() -> None:
    guard = guard_of(words("password", leet=True, edits=1))
    assert found(guard, "p4$$w0rd p4$w0rd p@sswrod pssw0rt") == ["p4$$w0rd", "p4$w0rd", "p@sswrod"]


def test_is_asks_for_the_whole_text() -> None:
    for text, holds in [("secrte", True), ("secrte ", False), ("new   yorks", True), ("", False), ("x secret", False)]:
        assert ("w whole" in [failure.rule for failure in ONE.validate(text).failures]) == (not holds)


@pytest.mark.parametrize("seed", range(12))
def test_random_lists_find_what_the_reference_finds(seed: int) -> None:
    rng = random.Random(seed)
    letters = "abc" if seed % 3 else "aio1+ éК"
    for _ in range(25):
        edits = rng.choice([0, 1, 1, 2])
        pieces = ["".join(rng.choice(letters) for _ in range(rng.randint(1, 9))) for _ in range(rng.randint(1, 9))]
        entries = {
            " ".join(" ".join(rng.sample(pieces, min(len(pieces), rng.choice([1, 1, 2])))).split()) for _ in pieces
        }
        entries = {entry for entry in entries if len(entry.replace(" ", "")) > edits} or {"abcab"}
        detector = words(
            *sorted(entries),
            edits=edits,
            leet=edits == 0 or rng.random() < 0.4,
            ignore_case=rng.random() < 0.5,
            anywhere=rng.random() < 0.3,
        )
        guard = guard_of(detector)
        for _ in range(12):
            text = "".join(
                rng.choice([*pieces, rng.choice(letters), " ", "  ", "-", "x"]) for _ in range(rng.randint(0, 9))
            )
            assert spans(guard, text) == reference.find(detector, text), (detector, text)
            whole = "w whole" not in [failure.rule for failure in guard.validate(text).failures]
            assert whole == reference.full(detector, text), (detector, text)


def test_filter_has_what_is_left_of_every_near_text() -> None:
    entries = ["abcdefgh", "abdefg", "abcd", "xyz abc"]
    _, tree = fuzzy_tree(entries, ignore_case=False, anywhere=False, leet=False, edits=1)
    assert tree.prefixes == FILTERS_ENDS | 1 << 8 | 1 << 6 | 1 << 5 | 1 << 4
    _, tree = fuzzy_tree(["a bcdefgh"], ignore_case=False, anywhere=False, leet=False, edits=1)
    assert tree.prefixes == FILTERS_ENDS | 1 << 2
    _, tree = fuzzy_tree(["a bcdefgh"], ignore_case=False, anywhere=True, leet=False, edits=1)
    assert tree.prefixes == 1


def test_long_and_hostile_texts_end() -> None:
    guard = guard_of(words("aaaaaaaa", "aaaaaaaabaaaaaaaa", "a a a a a", edits=2))
    for text in ("a" * 30_000, "ab" * 15_000, "a " * 15_000, " " * 30_000, "a" + " " * 30_000, "aab " * 8_000):
        guard.validate(text)


def test_a_list_of_thousands() -> None:
    rng = random.Random(4)
    entries = sorted({"".join(rng.choice("abcdefghijklmnop") for _ in range(rng.randint(8, 12))) for _ in range(3_000)})
    guard = guard_of(words(*entries, edits=2))
    for entry in rng.sample(entries, 200):
        changed = list(entry)
        changed[rng.randrange(len(changed))] = "z"
        del changed[rng.randrange(len(changed))]
        assert found(guard, f"q {''.join(changed)} q") == ["".join(changed)]
