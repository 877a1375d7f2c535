"""Random patterns and word lists through the whole engine, several in one guard, against `re`.

    python tests/support/scanning.py 20000        # as many guards; prints how much was compared

Where `generate` makes policies of a few chosen patterns, this makes patterns of every shape: branches with windows of
different lengths at different distances, empty matches, boundaries, case folding, and texts of all three widths.
"""

from __future__ import annotations

import random
import re
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Literal
from unittest import mock

import reference
from patience import TooSlowError, at_most

from guardc.compiler import compile_policy
from guardc.compiler.regex import UnsupportedPattern
from guardc.compiler.regex.parse import parse
from guardc.policy import model
from guardc.policy.model import (
    Action,
    Detector,
    DetectorUse,
    FindTest,
    Limit,
    Location,
    Pattern,
    Policy,
    Rule,
    Words,
)
from guardc.runtime import Guard, load

AT = Location(file="scan.guard", line=1, column=1)
NOOP = Action(name="noop")
STOP = Action(name="exception")

LEAVES = [
    "a",
    "b",
    "c",
    "ab",
    "abc",
    "xyz",
    "k",
    "s",
    "é",
    "я",
    "😀",
    r"\n",
    ".",
    "[ab]",
    "[^a]",
    "[a-f]",
    "[a-zé]",
    "^",
    "$",
    r"\b",
    r"\B",
    r"\A",
    r"\Z",
    "(?=a)",
    "(?!b)",
    "(?<=a)",
    "(?<!b)",
    r"\w",
    r"\d",
    r"\s",
    r"\W",
    "(?i:k)",
    "(?i:ſx)",
    "-",
    "@",
    r"\.",
    "[0-9]",
    "12",
    "[.]",
    r"\w@",
    "(?m:^)",
    "(?m:$)",
    "(?a:\\w)",
    "(?a:\\b)",
    r"[^\W\d_]",
    r"[\w.-]",
    r"[^\s@]",
    "[à-ÿ]",
    "[α-ω]",
    "(?i:[σß])",
    "(?i:[^k-s])",
    "İ",
    "[😀-😎]",
    r"[\ud800-\udfff]",
    r"[^\u0100-\uffff]",
    r"\x00",
    "[a-c1-3_]",
]
REPEATS = ["*", "+", "?", "*?", "+?", "??", "{2}", "{1,3}", "{2,}", "{,2}", "{1,2}?", "{3,9}", "{0,40}"]
POSSESSIVE = ["*+", "++", "?+", "{1,3}+", "{2,}+"]
SCOPES = ["i", "-i", "s", "-s", "m", "-m", "a", "u", "is", "m-i"]
CHARACTERS = "aaabbbcck Kſsxyzéя1 2\n.-@_" + "ÉσςΣßİı\x00\ud800😀😎"
WORD_PIECES = ["a", "ab", "abc", "b", "c++", "x y", "xyz", "é", "ſs", "K", "1-2", "я", "😀", "ba", "to be", "@a"]


def regex(rng: random.Random, depth: int = 0) -> str:
    kind = rng.random()
    if depth > 3 or kind < 0.3:
        return rng.choice(LEAVES)
    if kind < 0.65:
        return "".join(regex(rng, depth + 1) for _ in range(rng.choice([2, 2, 3, 4])))
    if kind < 0.82:
        return f"(?:{'|'.join(regex(rng, depth + 1) for _ in range(rng.choice([2, 2, 3, 5])))})"
    if kind < 0.85:
        return f"(?>{regex(rng, depth + 1)})"
    if kind < 0.88:
        return f"(?{rng.choice(SCOPES)}:{regex(rng, depth + 1)})"
    if kind < 0.91:
        return f"(?:{regex(rng, depth + 1)}){rng.choice(POSSESSIVE)}"
    if kind < 0.94:
        return f"(?{rng.choice('=!')}{regex(rng, depth + 1)}){regex(rng, depth + 1)}"
    return f"(?:{regex(rng, depth + 1)}){rng.choice(REPEATS)}"


def supported(rng: random.Random, flags: str) -> str:
    """A regex that is not refused."""
    while True:
        candidate = regex(rng)
        try:
            parse(candidate, flags)
        except (re.error, UnsupportedPattern):
            continue
        return candidate


def text(rng: random.Random, pieces: list[str]) -> str:
    """A text with parts of the patterns' own characters; sometimes beyond the short texts that need no growing."""
    parts = []
    for _ in range(rng.choice([0, 1, 3, 8, 20, 60])):
        if pieces and rng.random() < 0.4:
            parts.append(rng.choice(pieces))
        else:
            parts.append("".join(rng.choice(CHARACTERS) for _ in range(rng.randint(1, 6))))
    whole = "".join(parts) + rng.choice(["", "", "\n", "😀", "я"])
    width = rng.random()
    if width < 0.35:
        whole = "".join(c for c in whole if ord(c) < 256)
    elif width < 0.6:
        whole = "".join(c for c in whole if ord(c) < 0x10000)
    return whole


def detectors(rng: random.Random) -> dict[str, Detector]:
    found: dict[str, Detector] = {}
    for number in range(rng.choice([1, 1, 2, 4, 9])):
        name = f"d{number}"
        if rng.random() < 0.2:
            entries = {
                " ".join(rng.choice(WORD_PIECES) for _ in range(rng.choice([1, 1, 2])))
                for _ in range(rng.randint(1, 9))
            }
            found[name] = Words(
                name=name,
                entries=tuple(sorted(entries)),
                ignore_case=rng.random() < 0.5,
                anywhere=rng.random() < 0.5,
                at=AT,
            )
            continue
        flags = "".join(sorted(rng.sample("aims", rng.choice([0, 0, 0, 1, 2]))))
        found[name] = Pattern(name=name, regex=supported(rng, flags), flags=flags, checks=(), at=AT)
    return found


def policy_of(found: dict[str, Detector], *, whole: bool = False) -> Policy:
    """One `noop` rule per detector, which fails with its findings; with `whole` another, `NAME whole`, which fails
    unless the detector matches the whole text."""
    tests: tuple[tuple[str, Literal["no", "is"]], ...] = (("", "no"), (" whole", "is")) if whole else (("", "no"),)
    rules = tuple(
        Rule(
            name=name + suffix,
            test=FindTest(quantifier=quantifier, detectors=(DetectorUse(name=name),)),
            on_fail=NOOP,
            on_error=STOP,
            at=AT,
        )
        for name in found
        for suffix, quantifier in tests
    )
    limit = Limit(amount=10**9, unit="chars", on_fail=STOP, at=AT)
    guard = model.Guard(name="g", direction="input", limit=limit, rules=rules, at=AT)
    return Policy(edition=1, file="scan.guard", detectors=found, customs={}, metadata=(), guards=(guard,))


@contextmanager
def without_dfas() -> Iterator[None]:
    """Every pattern compiled meanwhile has no DFA, as if none had fitted its budget."""
    with mock.patch("guardc.compiler.regex.compiled.determinize", return_value=None):
        yield


@contextmanager
def with_trees() -> Iterator[None]:
    """Every word list compiled meanwhile is a tree, as if it were long."""
    with mock.patch("guardc.compiler.regex.compiled.FEW_WORDS", 0):
        yield


@dataclass(frozen=True)
class Case:
    """A random guard, texts for it, and what `re` finds in them: spans, and whether all of it matches (None: it takes
    too long)."""

    seed: int
    detectors: dict[str, Detector]
    guard: Guard
    texts: tuple[str, ...]
    wanted: tuple[dict[str, tuple[list[tuple[int, int]], bool] | None], ...]

    def check(self) -> int:
        """Compare. Returns how many lists of spans were compared."""
        compared = 0
        for judged, wanted in zip(self.texts, self.wanted, strict=True):
            spans: dict[str, Any] = {failure.rule: failure.spans for failure in self.guard.validate(judged).failures}
            for name, expected in wanted.items():
                if expected is None:
                    continue
                # A guard reports findings by start, then the longer first; `re` never has two at one place but an
                # empty one.
                got = sorted((span.start, span.end) for span in spans.get(name, ()))
                where = f"seed {self.seed}: {self.detectors[name]!r} on {judged!r}"
                assert got == expected[0], f"{where}: {got} instead of {expected[0]}"
                assert (f"{name} whole" not in spans) == expected[1], f"{where}: the whole text: {expected[1]}"
                compared += 1
        return compared


def case(seed: int, texts: int = 12) -> Case | None:
    """One random guard, every third without DFAs and every second with word trees; None if a pattern is too large."""
    rng = random.Random(seed)
    found = detectors(rng)
    with warnings.catch_warnings(), ExitStack() as ways:
        if seed % 3 == 0:
            ways.enter_context(without_dfas())
        if seed % 2 == 0:
            ways.enter_context(with_trees())
        warnings.simplefilter("ignore")
        compilation = compile_policy(policy_of(found, whole=True))
    if compilation.plan is None:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expressions = {name: reference.regex_of(detector) for name, detector in found.items()}
    pieces = [entry for detector in found.values() if isinstance(detector, Words) for entry in detector.entries]
    judged = tuple(text(rng, pieces) for _ in range(texts))
    wanted = tuple({name: found_by(expression, one) for name, expression in expressions.items()} for one in judged)
    return Case(seed, found, load(compilation.plan).guard("g"), judged, wanted)


def found_by(expression: re.Pattern[str], judged: str) -> tuple[list[tuple[int, int]], bool] | None:
    """What `re` finds, and whether the whole text matches; None if it takes too long."""
    try:
        with at_most(0.5):
            return [match.span() for match in expression.finditer(judged)], expression.fullmatch(judged) is not None
    except TooSlowError:
        return None


def compare(seed: int, texts: int = 12) -> int:
    """Compare on one random guard. Returns how many lists of spans were compared (0: a pattern was too large)."""
    made = case(seed, texts)
    return 0 if made is None else made.check()


def main(count: int, first: int = 0) -> None:
    begun = time.monotonic()
    compared = refused = 0
    for seed in range(first, first + count):
        number = compare(seed)
        compared += number
        refused += number == 0
    sys.stdout.write(
        f"{count} guards ({refused} with a pattern that is too large), {compared} lists of spans equal to `re`'s, "
        f"{time.monotonic() - begun:.0f} s\n"
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
