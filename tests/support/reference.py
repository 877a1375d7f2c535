"""The reference interpreter: what a guard means, in plain Python over the checked policy.

Slow and obvious on purpose. Read it next to docs/semantics.md, whose sections it follows; it shares no code with the
compiler or the fast path (but tables of what a character is) and finds patterns with `re` itself.

    result = judge_text(policy, "question", text, metadata={}, handlers={})
"""

from __future__ import annotations

import functools
import html.entities
import itertools
import json
import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

import scoring
from check_digits import PLAIN
from public_suffixes import public_suffix

# What one character is taken for is data: the tables are the compiler's, and tested for themselves.
from guardc.compiler.normalization import letters, table
from guardc.fastpath import layout
from guardc.policy.model import (
    Action,
    BeforeCheck,
    BoolOp,
    Call,
    Check,
    Compare,
    Constant,
    DetectorUse,
    EntropyCheck,
    Expression,
    FieldRef,
    FindTest,
    Guard,
    InList,
    InRange,
    InsideCheck,
    MeasureTest,
    NearCheck,
    Not,
    PathRef,
    Pattern,
    Policy,
    PredicateTest,
    Rule,
    Words,
)

READING_RATE = 238
GRAM_WORDS = 4
FEWEST_WORDS = 3

STRENGTH = ["noop", "custom", "fix", "fix_reask", "reask", "filter", "refrain", "exception"]

Handlers = Mapping[str, Callable[..., Any]]
Found = tuple[int, int, str]
Steps = tuple[str, ...]
"""Of `normalize`."""


@dataclass
class Failed:
    rule: Rule | None  # None: the guard's limit
    action: Action
    spans: list[Found]
    value: Any = None
    error: str | None = None

    @property
    def strength(self) -> int:
        return STRENGTH.index(self.action.name)


@dataclass
class Result:
    passed: bool
    output: str | None
    action: str | None
    failures: list[Failed]
    unresolved: list[Failed]
    asks: bool


class RuleError(Exception):
    """Section 5: the rule cannot be judged."""


# --- section 2: what the detectors see
# -------------------------------------------------------------------------------------------------

# A character that the detectors see, and the span of the text that it comes from.
Seen = tuple[str, int, int]

BACKSLASH = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "'": "'", "\\": "\\", "/": "/"}
ESCAPE = re.compile(
    r"""\\ (?: (?P<letter>[nrt"'\\/])
           | u(?P<high>[dD][89abAB][0-9a-fA-F]{2})\\u(?P<low>[dD][c-fC-F][0-9a-fA-F]{2})
           | (?: x(?P<x>[0-9a-fA-F]{2}) | u(?P<u>[0-9a-fA-F]{4}) | U(?P<U>[0-9a-fA-F]{8}) )
           | u\{(?P<b>[0-9a-fA-F]{1,6})\} )
      | (?P<percent> (?: %[0-9a-fA-F]{2} )+ )
      | & (?: \#[xX](?P<hex>[0-9a-fA-F]{1,6}) | \#(?P<decimal>[0-9]{1,7}) | (?P<name>[A-Za-z]{1,14}) ) ;""",
    re.VERBOSE,
)
NAMES = {
    "AMP", "GT", "Hat", "LT", "NewLine", "QUOT", "Tab", "ZeroWidthSpace", "amp", "apos", "ast", "bsol", "colon",
    "comma", "commat", "dollar", "emsp", "ensp", "equals", "excl", "grave", "gt", "lbrace", "lbrack", "lcub",
    "lowbar", "lpar", "lrm", "lsqb", "lt", "nbsp", "num", "percnt", "period", "plus", "quest", "quot", "rbrace",
    "rbrack", "rcub", "rlm", "rpar", "rsqb", "semi", "shy", "sol", "thinsp", "verbar", "vert", "zwj", "zwnj"
}  # fmt: skip


def scalar(code: int) -> str | None:
    return chr(code) if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else None


def escape_at(text: str, at: int) -> tuple[str, int] | None:
    """The character that an escape at this place stands for, and how long the escape is."""
    match = ESCAPE.match(text, at)
    if match is None:
        return None
    value: str | None
    parts = match.groupdict()
    if parts["percent"]:
        data = bytes.fromhex(parts["percent"].replace("%", ""))
        for length in (1, 2, 3, 4):
            try:
                return data[:length].decode(), 3 * length if length <= len(data) else 0
            except UnicodeDecodeError:
                continue
        return None
    if parts["letter"]:
        value = BACKSLASH[parts["letter"]]
    elif parts["high"]:
        value = chr(0x10000 + ((int(parts["high"], 16) - 0xD800) << 10) + int(parts["low"], 16) - 0xDC00)
    elif parts["name"]:
        value = html.entities.html5[parts["name"] + ";"] if parts["name"] in NAMES else None
    elif parts["hex"] or parts["decimal"]:
        code = int(parts["hex"], 16) if parts["hex"] else int(parts["decimal"])
        value = scalar(code) if code else None
    else:
        value = scalar(int(parts["x"] or parts["u"] or parts["U"] or parts["b"], 16))
    return None if value is None else (value, len(match[0]))


def in_words(character: str) -> bool:
    return letters.role(character) != letters.NO_LETTER


def alphabet(word: str) -> str | None:
    """What the letters of a word tell; None if it has none."""
    roles = {letters.role(character) for character in word}
    if roles & {letters.LATIN, letters.FANCY}:
        return "latin"
    if letters.OTHER in roles:
        return "other"
    return "look-alike" if letters.LOOKALIKE in roles else None


def normalized(text: str, steps: tuple[str, ...]) -> list[Seen]:
    seen: list[Seen] = []
    at = 0
    while at < len(text):
        escape = escape_at(text, at) if "escapes" in steps else None
        character, length = escape or (text[at], 1)
        effect = table.effect(character)
        if not effect.removed or layout.REMOVED_BY[effect.removed] not in steps:
            plain = effect.wide if "width" in steps and effect.wide else character
            seen += [(one, at, at + length) for one in plain]
        at += length
    if "confusables" not in steps:
        return seen
    string = "".join(character for character, _, _ in seen)
    words: list[tuple[int, int, str]] = []
    begin = 0
    for place in range(len(string) + 1):
        if place == len(string) or not in_words(string[place]):
            kind = alphabet(string[begin:place])
            if kind is not None:
                words.append((begin, place, kind))
            begin = place + 1
    for number, (begin, end, kind) in enumerate(words):
        beside = {other for _, _, other in words[max(0, number - 1) : number + 2]}
        if kind == "latin" or (kind == "look-alike" and "latin" in beside and "other" not in beside):
            for place in range(begin, end):
                character, first, last = seen[place]
                seen[place] = (letters.folded(character), first, last) if not character.isascii() else seen[place]
    return seen


# --- section 2: finding
# -------------------------------------------------------------------------------------------------


@functools.cache
@functools.lru_cache(maxsize=2_000)
def compiled(regex: str, flags: str) -> re.Pattern[str]:
    """As `re.compile`, which forgets patterns before all of the standard library have had their turn."""
    return re.compile(regex, sum(getattr(re, flag.upper()) for flag in flags))


def regex_of(detector: Pattern | Words) -> re.Pattern[str]:
    if isinstance(detector, Pattern):
        return compiled(detector.regex, detector.flags)
    if not detector.entries:
        return re.compile(r"(?!)")
    longest_first = sorted(detector.entries, key=len, reverse=True)
    choices = "|".join(r"\s+".join(re.escape(part) for part in entry.split(" ")) for entry in longest_first)
    whole = f"(?:{choices})" if detector.anywhere else rf"(?<!\w)(?:{choices})(?!\w)"
    return compiled(whole, "i" if detector.ignore_case else "")


def luhn(text: str) -> bool:
    digits = [unicodedata.decimal(c) for c in text if c.isdecimal()]
    if len(digits) < 2:
        return False
    doubled = [digit * 2 for digit in digits[-2::-2]]
    total = sum(digits[-1::-2]) + sum(digit - 9 if digit > 9 else digit for digit in doubled)
    return total % 10 == 0


def mod97(text: str) -> bool:
    compact = "".join(c for c in text if c != "-" and not c.isspace())
    if len(compact) < 5:
        return False
    number = ""
    for c in compact[4:] + compact[:4]:
        if c.isdecimal():
            number += str(unicodedata.decimal(c))
        elif c.isascii() and c.isalpha():
            number += str(ord(c.upper()) - ord("A") + 10)
        else:
            return False
    return int(number) % 97 == 1


STAND_INS = [
    "example", "sample", "dummy", "placeholder", "changeme", "change_me", "change-me", "replaceme", "replace_me",
    "replace-me", "insert_", "insert-", "your_", "your-", "yourkey", "yourapi", "yourtoken", "yoursecret",
    "yourpassword", "redacted", "foobar", "fake", "notreal", "not_real", "not-real", "deadbeef", "qwerty",
    "${", "{{", "#{", "$(", "%(", "xxxx", "****", "....",
]  # fmt: skip
AFTER = dict(itertools.pairwise("0123456789")) | dict(itertools.pairwise("abcdefghijklmnopqrstuvwxyz")) | {"9": "0"}


def placeholder(text: str) -> bool:
    folded = "".join(c.lower() if c.isascii() else "\x01" for c in text)
    if any(word in folded for word in STAND_INS) or re.search("<[a-z](?s:.*)>", folded):
        return True
    for row in re.findall("[a-z0-9]+", folded):
        for start in range(len(row)):
            six, twelve = row[start : start + 6], row[start : start + 12]
            pairs = list(itertools.pairwise(six))
            if len(six) == 6 and (
                len(set(six)) == 1
                or all(AFTER.get(left) == right for left, right in pairs)
                or all(AFTER.get(right) == left for left, right in pairs)
            ):
                return True
            if len(twelve) == 12 and any(twelve[period:] == twelve[:-period] for period in (2, 3, 4)):
                return True
    return False


def entropy(text: str) -> float:
    counts = {c: text.count(c) for c in text}
    return math.log2(len(text)) - sum(n * math.log2(n) for n in counts.values()) / len(text) if text else 0.0


CHECKS = {
    "luhn": luhn,
    "mod97": mod97,
    "no placeholder": lambda text: not placeholder(text),
    "public_suffix": public_suffix,
    **PLAIN,
}


def checks_pass(detector: Pattern | Words, text: str, start: int, end: int, *, whole: bool = False) -> bool:
    if isinstance(detector, Words) or not detector.checks:
        return True
    # An empty match passes no check.
    return start < end and all(passes(check, text, start, end, whole) for check in detector.checks)


def passes(check: Check, text: str, start: int, end: int, whole: bool) -> bool:
    match = text[start:end]
    if isinstance(check, str):
        return CHECKS[check](match)
    if isinstance(check, EntropyCheck):
        return entropy(match) + 1e-9 >= check.least
    if isinstance(check, NearCheck):
        context = check.detector
        before = range(max(0, start - check.within), start)
        behind = range(end, min(len(text), end + check.within) + 1)
        if is_fuzzy(context):
            return whole or any(fuzzy_end(context, text, place) is not None for place in (*before, *behind))
        return whole or any(regex_of(context).match(text, place) for place in (*before, *behind))
    if isinstance(check, InsideCheck):
        places = range(max(0, start - 256), start + 1)
        if is_fuzzy(check.detector):
            ends = [fuzzy_end(check.detector, text, place) for place in places]
        else:
            matches = [regex_of(check.detector).match(text, place) for place in places]
            ends = [match and match.end() for match in matches]
        return not any(reached is not None and reached >= end for reached in ends)
    if isinstance(check, BeforeCheck):
        if is_fuzzy(check.detector):
            return fuzzy_end(check.detector, text, end) is None
        return regex_of(check.detector).match(text, end) is None
    if check.quantifier == "is":
        return full(check.detector, match)
    return bool(find(check.detector, match)) == (check.quantifier == "has")


LEET = {"a": "4@", "b": "8", "e": "3", "g": "69", "i": "1!|", "l": "1|", "o": "0", "s": "5$", "t": "7+", "z": "2"}


def is_fuzzy(detector: Pattern | Words) -> TypeGuard[Words]:
    return isinstance(detector, Words) and (detector.leet or detector.edits > 0)


@functools.cache
def stands_for(letter: str, character: str, ignore_case: bool, leet: bool) -> bool:
    """Whether a character of the text stands for one of an entry."""
    if leet and character in LEET.get(letter.lower(), ""):
        return True
    flags = re.IGNORECASE if ignore_case else 0
    return re.fullmatch(r"\s+" if letter == " " else re.escape(letter), character, flags) is not None


def ends_of(words: Words, entry: str, text: str, start: int) -> list[int]:
    """Where a part of the text may end that begins at `start` and is within the edits of an entry."""
    parts = [match.span() for match in re.compile(r"\s+|\S").finditer(text, start)][: len(entry) + words.edits]
    far = 1000
    distance = [[far] * (len(parts) + 1) for _ in range(len(entry) + 1)]

    def same(i: int, j: int) -> bool:
        return stands_for(entry[i], text[parts[j][0] : parts[j][1]], words.ignore_case, words.leet)

    def is_word(j: int) -> bool:
        return re.fullmatch(r"\w", text[parts[j][0]]) is not None

    for i in range(len(entry) + 1):
        for j in range(len(parts) + 1):
            ways = [0 if i == j == 0 else far]
            letter = i > 0 and entry[i - 1] != " "
            if letter:
                ways.append(distance[i - 1][j] + 1)
            if j > 0 and is_word(j - 1):
                ways.append(distance[i][j - 1] + 1)
            if i > 0 and j > 0 and same(i - 1, j - 1):
                ways.append(distance[i - 1][j - 1])
            if letter and j > 0 and is_word(j - 1):
                ways.append(distance[i - 1][j - 1] + 1)
            if letter and i > 1 and j > 1 and entry[i - 2] != " " and same(i - 1, j - 2) and same(i - 2, j - 1):
                ways.append(distance[i - 2][j - 2] + 1)
            distance[i][j] = min(ways)
    return [parts[j - 1][1] for j in range(1, len(parts) + 1) if distance[len(entry)][j] <= words.edits]


def fuzzy_end(words: Words, text: str, start: int) -> int | None:
    """The furthest end of a finding that begins at `start`."""

    def word_at(place: int) -> bool:
        return 0 <= place < len(text) and re.fullmatch(r"\w", text[place]) is not None

    if not words.anywhere and word_at(start - 1):
        return None
    ends = [end for entry in words.entries for end in ends_of(words, entry, text, start)]
    return max((end for end in ends if words.anywhere or not word_at(end)), default=None)


def find_fuzzy(words: Words, text: str) -> list[tuple[int, int]]:
    found = []
    start = 0
    while start < len(text):
        end = fuzzy_end(words, text, start)
        if end is not None:
            found.append((start, end))
        start = start + 1 if end is None else end
    return found


def find(detector: Pattern | Words, text: str) -> list[tuple[int, int]]:
    if is_fuzzy(detector):
        return find_fuzzy(detector, text)
    # With `backtracking` it is the same, only that the real thing has a time limit.
    regex = regex_of(detector)
    if isinstance(detector, Words) or not detector.checks:
        return [match.span() for match in regex.finditer(text)]
    found = []
    position = 0
    while position <= len(text) and (match := regex.search(text, position)) is not None:
        if checks_pass(detector, text, *match.span()):
            found.append(match.span())
            position = match.end()
        else:
            position = match.start() + 1
    return found


def full(detector: Pattern | Words, text: str) -> bool:
    if is_fuzzy(detector):
        return fuzzy_end(detector, text, 0) == len(text)
    return regex_of(detector).fullmatch(text) is not None and checks_pass(detector, text, 0, len(text), whole=True)


def call(policy: Policy, handlers: Handlers, use: Call, *arguments: Any) -> Any:
    parameters = policy.customs[use.name].parameters
    named = {parameter.name: value for parameter, value in zip(parameters, use.arguments, strict=True)}
    try:
        return handlers[use.name](*arguments, **named)
    except Exception as error:
        raise RuleError(f"raised {type(error).__name__}") from None


# Words, given texts and sentences.


def in_word(c: str) -> bool:
    return c.isalnum()


def words_of(text: str) -> list[tuple[int, int, str]]:
    """Start, end and small letters of each word, without apostrophes."""
    found = []
    i = 0
    while i < len(text):
        if not in_word(text[i]):
            i += 1
            continue
        start = i
        while i < len(text) and (
            in_word(text[i]) or (text[i] in "'\u2019" and i + 1 < len(text) and in_word(text[i + 1]))
        ):
            i += 1
        small = "".join(c.lower()[0] for c in text[start:i] if in_word(c))
        found.append((start, i, small))
    return found


def grams_of(words: list[str], size: int) -> list[tuple[str, ...]]:
    return [tuple(words[i : i + size]) for i in range(len(words) - size + 1)]


def given(policy: Policy, use: DetectorUse) -> tuple[int, set[tuple[str, ...]]]:
    assert use.text is not None
    words = [word for _, _, word in words_of(policy.texts[use.text].content)]
    size = min(GRAM_WORDS, len(words))
    return size, set(grams_of(words, size))


def overlap(policy: Policy, use: DetectorUse, text: str) -> float:
    size, grams = given(policy, use)
    return len(grams & set(grams_of([word for _, _, word in words_of(text)], size))) / len(grams)


def leaks(policy: Policy, use: DetectorUse, text: str) -> list[tuple[int, int]]:
    size, grams = given(policy, use)
    words = words_of(text)
    covered = set()
    for i, gram in enumerate(grams_of([word for _, _, word in words], size)):
        if gram in grams:
            covered |= set(range(i, i + size))
    starts = [i for i in sorted(covered) if i - 1 not in covered]
    ends = [i for i in sorted(covered) if i + 1 not in covered]
    return [(words[first][0], words[last][1]) for first, last in zip(starts, ends, strict=True)]


STOPS = ".!?\u2026\u3002\uff01\uff1f"
CLOSING = "\"')]}\u00bb\u2019\u201d"


def sentence_ends(text: str, breaks: int) -> list[int]:
    """Where sentences end: behind stops, and behind white space with so many line breaks."""
    ends = []
    words = {i: end for i, end, _ in words_of(text)}
    i = 0
    while i < len(text):
        start = i
        if i in words:
            i = words[i]
        elif text[i].isspace():
            while i < len(text) and text[i].isspace():
                i += 1
            if len(text[start:i].splitlines()) - 1 + (text[i - 1] in LINE_ENDS) >= breaks:
                ends.append(i)
        elif text[i] in STOPS:
            while i < len(text) and text[i] in STOPS + CLOSING:
                i += 1
            wide = any(c in "\u3002\uff01\uff1f" for c in text[start:i])
            if wide or i == len(text) or text[i].isspace():
                ends.append(i)
        else:
            i += 1
    return [*ends, len(text)]


LINE_ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"


def sentences_of(text: str, breaks: int) -> list[tuple[int, int, list[tuple[int, int, str]]]]:
    """Start, end and words of each sentence that has one."""
    found = []
    start = 0
    for end in sentence_ends(text, breaks):
        words = [word for word in words_of(text) if start <= word[0] < end]
        if words:
            found.append((start, end, words))
            start = end
    return found


def repeats(text: str) -> list[tuple[int, int]]:
    seen = set()
    found = []
    before = 0
    for _, end, words in sentences_of(text, 1):
        stop = before + len(text[before:end].rstrip()) if text[before:end].strip() else end
        said = tuple(word for _, _, word in words)
        if len(said) >= FEWEST_WORDS:
            if said in seen:
                found.append((before, stop))
            seen.add(said)
        before = stop
    return found


def syllables(word: str) -> int:
    vowels = "aeiouy"
    groups = sum(c in vowels and (i == 0 or word[i - 1] not in vowels) for i, c in enumerate(word))

    def consonant(place: int) -> bool:
        return len(word) >= place and word[-place] not in vowels

    silent = (
        (word.endswith("e") and consonant(2) and not (word[-2] == "l" and consonant(3)))
        or (word.endswith("ed") and consonant(3) and word[-3] not in "td")
        or (
            word.endswith("es") and consonant(3) and word[-3] not in "sxzcgh" and not (word[-3] == "l" and consonant(4))
        )
    )
    return max(1, groups - 1 if silent and groups > 1 else groups)


def grade(text: str) -> float:
    sentences = sentences_of(text, 2)
    if not sentences:
        return 0.0
    words = [word for _, _, own in sentences for _, _, word in own]
    total = sum(syllables(word) for word in words)
    return 0.39 * (len(words) / len(sentences)) + 11.8 * (total / len(words)) - 15.59


def number_of(text: str) -> float | None:
    """The number that the text is, as JSON writes it; without a fraction if it has none."""
    if re.fullmatch(r"[ \t\n\r]*-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?[ \t\n\r]*", text) is None:
        return None
    value = float(text)
    return int(value) if abs(value) <= 2**53 and value == int(value) else value


def spans_of(policy: Policy, handlers: Handlers, use: DetectorUse, text: str, steps: Steps) -> list[tuple[int, int]]:
    if use.finder == "leak":
        return leaks(policy, use, text)
    if use.finder == "repeated sentences":
        return repeats(text)
    if use.call is None:
        seen = normalized(text, steps)
        found = find(policy.detectors[use.name], "".join(character for character, _, _ in seen))
        begins = [begin for _, begin, _ in seen] + [len(text)]
        return [(begins[start], seen[end - 1][2] if end > start else begins[start]) for start, end in found]
    spans = []
    for pair in call(policy, handlers, use.call, text):
        start, end = pair
        if not 0 <= start <= end <= len(text):
            raise RuleError("offsets")
        spans.append((start, end))
    return sorted(spans)


# --- section 3: tests
# ---------------------------------------------------------------------------------------------------


def unexcused(policy: Policy, handlers: Handlers, test: FindTest, text: str, steps: Steps) -> list[Found]:
    covers = [span for use in test.excepts for span in spans_of(policy, handlers, use, text, steps)]
    found = [
        (start, -end, order, use.name)
        for order, use in enumerate(test.detectors)
        for start, end in spans_of(policy, handlers, use, text, steps)
        if not any(a <= start and end <= b for a, b in covers)
    ]
    return [(start, -end, name) for start, end, _, name in sorted(found)]


def is_whole(policy: Policy, handlers: Handlers, uses: tuple[DetectorUse, ...], text: str, steps: Steps) -> bool:
    seen = "".join(character for character, _, _ in normalized(text, steps))
    return any(
        (0, len(text)) in spans_of(policy, handlers, use, text, steps)
        if use.call or use.finder
        else full(policy.detectors[use.name], seen)
        for use in uses
    )


def utf8_size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


MEASURES: dict[str, Callable[[str], int]] = {
    "chars": len,
    "words": lambda text: len(text.split()),
    "lines": lambda text: len(text.splitlines()),
    "bytes": utf8_size,
}


def measure(policy: Policy, handlers: Handlers, test: MeasureTest, text: str, steps: Steps) -> Any:
    if test.measure == "count":
        return sum(len(spans_of(policy, handlers, use, text, steps)) for use in test.detectors)
    first = None
    if test.classifier is not None:
        seen = "".join(character for character, _, _ in normalized(text, steps))
        first = scoring.score(policy.classifiers[test.classifier], seen)
        if test.call is None:
            return first
    if test.measure == "number":
        return number_of(text)
    if test.measure == "reading time":
        return len(text.split()) * 60 / READING_RATE
    if test.measure == "reading grade":
        return grade(text)
    if test.measure == "overlap":
        return overlap(policy, test.detectors[0], text)
    if test.measure != "custom":
        return MEASURES[test.measure](text)
    assert test.call is not None
    if test.call.name in policy.services:
        service = policy.services[test.call.name]
        if first is not None and service.doubt is not None and not service.doubt[0] <= first <= service.doubt[1]:
            return first
        try:
            return served(policy, handlers, test.call, text)
        except RuleError:
            if test.detectors:
                return float(any(spans_of(policy, handlers, use, text, steps) for use in test.detectors))
            if first is None or not service.fallback:
                raise
            return first
    value = call(policy, handlers, test.call, text)
    if not is_number(value) or (isinstance(value, int) and not -(2**63) <= value < 2**63):
        raise RuleError("must return a number")
    return value


def served(policy: Policy, handlers: Handlers, use: Call, text: str) -> float:
    """What the function in the place of a service gives: a score, or scores by label."""
    try:
        said = handlers[policy.services[use.name].name](text)
    except Exception as error:
        raise RuleError(f"raised {type(error).__name__}") from None
    if use.arguments:
        said = said.get(use.arguments[0]) if isinstance(said, Mapping) else None
    if not isinstance(said, (int, float)) or isinstance(said, bool) or not 0 <= said <= 1:
        raise RuleError("gave no number from 0 to 1")
    return float(said)


def is_number(value: Any) -> bool:
    if isinstance(value, float):
        return not math.isnan(value)
    return isinstance(value, int) and not isinstance(value, bool)


def in_bounds(test: MeasureTest, value: Any) -> bool:
    if value is None:
        return False
    if test.low is not None and (value < test.low or (test.low_open and value == test.low)):
        return False
    return not (test.high is not None and (value > test.high or (test.high_open and value == test.high)))


def json_depth(text: str) -> int:
    depth = deepest = 0
    inside = escaped = False
    for c in text:
        if inside:
            inside = escaped or c != '"'
            escaped = c == "\\" and not escaped
        elif c == '"':
            inside = True
        elif c in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif c in "]}":
            depth -= 1
    return deepest


def read_json(text: str) -> Any:
    """The value of a text that is JSON as section 9 of docs/semantics.md defines it; ValueError if it is not."""

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    def integer(literal: str) -> int:
        if sum(c.isdigit() for c in literal) > 4300:
            raise ValueError("long")
        return int(literal)

    def real(literal: str) -> float:
        if sum(c.isdigit() for c in literal) > 4300 or math.isinf(float(literal)):
            raise ValueError("long or large")
        return float(literal)

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) < len(pairs):
            raise ValueError("a key twice")
        return dict(pairs)

    # Python's decoder tolerates more white space at the ends than RFC 8259.
    if json_depth(text) > 200 or text.strip(" \t\n\r") != text.strip():
        raise ValueError("depth or white space")
    if re.search(r"\\u[dD][89a-fA-F]", text) and has_half_a_pair(text):
        raise ValueError("half a surrogate pair")
    return json.loads(
        text.strip(" \t\n\r"), parse_constant=refuse, parse_int=integer, parse_float=real, object_pairs_hook=members
    )


def has_half_a_pair(text: str) -> bool:
    """Is there an escape of half a surrogate pair? In JSON a backslash only begins an escape."""
    escapes = re.findall(r"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|u....|.)", text, re.DOTALL)
    return any(re.match(r"\\u[dD][89a-fA-F]", escape) and len(escape) == 6 for escape in escapes)


def is_json(text: str) -> bool:
    try:
        read_json(text)
    except ValueError:
        return False
    return True


def predicate(policy: Policy, handlers: Handlers, test: PredicateTest, text: str) -> bool:
    match test.predicate:
        case "one of":
            if test.ignore_case:
                return text.casefold() in [choice.casefold() for choice in test.strings]
            return text in test.strings
        case "json":
            return is_json(text)
        case "lower case":
            return text == text.lower()
        case "upper case":
            return text == text.upper()
        case "starts with":
            return text.startswith(test.strings[0])
        case "ends with":
            return text.endswith(test.strings[0])
        case "contains":
            if test.ignore_case:
                return test.strings[0].casefold() in text.casefold()
            return test.strings[0] in text
        case "sql" | "html" | "openapi":
            raise NotImplementedError("what these hold of is their libraries' affair")
        case "custom":
            assert test.call is not None
            answer = call(policy, handlers, test.call, text)
            if answer is not True and answer is not False:
                raise RuleError("must return True or False")
            return bool(answer)


# --- section 4: conditions
# ----------------------------------------------------------------------------------------------


def fields_in(expression: Expression) -> list[str]:
    match expression:
        case FieldRef():
            return [expression.name]
        case Constant() | PathRef():
            return []
        case BoolOp():
            return [name for operand in expression.operands for name in fields_in(operand)]
        case Compare():
            return fields_in(expression.left) + fields_in(expression.right)
        case Not() | InRange() | InList():
            return fields_in(expression.operand)


def evaluate(policy: Policy, expression: Expression, metadata: Mapping[str, Any], root: Any = None) -> Any:
    kinds = {"string": str, "number": (int, float), "bool": bool}
    values = {}
    for field in policy.metadata:
        if field.name in fields_in(expression):
            value = metadata.get(field.name)
            if value is None:
                value = field.default
            if value is None:
                raise RuleError(f"`{field.name}` is missing")
            if not isinstance(value, kinds[field.type]) or (field.type == "number" and not is_number(value)):
                raise RuleError(f"`{field.name}` is not a {field.type}")
            values[field.name] = value
    return value_of(expression, values, root)


def at_path(ref: PathRef, value: Any) -> Any:
    """The value there, None if there is none of the type."""
    for step in ref.path:
        if isinstance(value, dict) and step.kind == "key":
            value = value.get(step.key)
        elif isinstance(value, list) and step.kind == "index" and step.index < len(value):
            value = value[step.index]
        else:
            return None
    kinds = {"string": isinstance(value, str), "number": is_number(value), "bool": isinstance(value, bool)}
    return value if kinds[ref.type] else None


def value_of(expression: Expression, values: Mapping[str, Any], root: Any) -> Any:
    match expression:
        case Constant():
            return expression.value
        case PathRef():
            return at_path(expression, root)
        case FieldRef():
            return values[expression.name]
        case Not():
            return not value_of(expression.operand, values, root)
        case BoolOp(op="and"):
            return all(value_of(operand, values, root) for operand in expression.operands)
        case BoolOp():
            return any(value_of(operand, values, root) for operand in expression.operands)
        case InRange():
            number = value_of(expression.operand, values, root)
            return number is not None and expression.low <= number <= expression.high
        case InList():
            return value_of(expression.operand, values, root) in expression.items
        case Compare():
            left, right = value_of(expression.left, values, root), value_of(expression.right, values, root)
            if None in (left, right):
                # Nothing is equal to a value that is not there, and nothing less or greater.
                return expression.op == "!="
            return {
                "==": lambda: left == right,
                "!=": lambda: left != right,
                "<": lambda: left < right,
                "<=": lambda: left <= right,
                ">": lambda: left > right,
                ">=": lambda: left >= right,
            }[expression.op]()


# --- sections 1, 5, 6: judging and deciding
# -----------------------------------------------------------------------------


def judge_rule(
    policy: Policy,
    handlers: Handlers,
    rule: Rule,
    text: str,
    metadata: Mapping[str, Any],
    steps: Steps,
    root: Any = None,
) -> Failed | None:
    if rule.when is not None and not evaluate(policy, rule.when, metadata, root):
        return None
    test = rule.test
    if isinstance(test, FindTest):
        if test.quantifier == "is":
            matched = is_whole(policy, handlers, test.detectors, text, steps)
            if matched and not is_whole(policy, handlers, test.excepts, text, steps):
                return None
            return Failed(rule, rule.on_fail, [])
        found = unexcused(policy, handlers, test, text, steps)
        if test.quantifier == "no":
            return Failed(rule, rule.on_fail, found) if found else None
        return None if found else Failed(rule, rule.on_fail, [])
    if isinstance(test, MeasureTest):
        value = measure(policy, handlers, test, text, steps)
        return None if in_bounds(test, value) else Failed(rule, rule.on_fail, [], value)
    return None if predicate(policy, handlers, test, text) else Failed(rule, rule.on_fail, [])


def judge(policy: Policy, handlers: Handlers, guard: Guard, text: str, metadata: Mapping[str, Any]) -> list[Failed]:
    amount = utf8_size(text) if guard.limit.unit == "bytes" else len(text)
    if amount > guard.limit.amount:
        return [Failed(None, guard.limit.on_fail, [], amount)]
    failures = []
    for rule in guard.rules:
        try:
            failed = judge_rule(policy, handlers, rule, text, metadata, guard.normalize)
        except RuleError as error:
            failed = Failed(rule, rule.on_error, [], error=str(error))
        if failed is not None:
            failures.append(failed)
    return failures


def judge_text(policy: Policy, guard_name: str, text: str, metadata: Mapping[str, Any], handlers: Handlers) -> Result:
    guard = next(guard for guard in policy.guards if guard.name == guard_name)
    failures = judge(policy, handlers, guard, text, metadata)
    return decide(policy, handlers, guard, text, metadata, failures)


def decide(
    policy: Policy,
    handlers: Handlers,
    guard: Guard,
    text: str,
    metadata: Mapping[str, Any],
    failures: list[Failed],
) -> Result:
    if not failures:
        return Result(True, text, None, [], [], False)
    action = STRENGTH[max(failed.strength for failed in failures)]
    if action == "noop":
        return Result(True, text, action, failures, [], False)
    if action == "refrain":
        return Result(False, "", action, failures, [], False)
    if action in ("exception", "filter", "reask"):
        return Result(False, None, action, failures, [], action == "reask")
    if action == "custom":
        for number, failed in enumerate(failures):
            if failed.action.name != "custom":
                continue
            assert failed.action.call is not None
            assert failed.rule is not None
            try:
                answer = call(policy, handlers, failed.action.call, text, failed)
                if answer is not None and not isinstance(answer, str):
                    raise RuleError("must return a text or None")
            except RuleError as error:
                broken = Failed(failed.rule, failed.rule.on_error, [], error=str(error))
                failures = [*failures[:number], broken, *failures[number + 1 :]]
                if broken.action.name != "noop":
                    return decide(policy, handlers, guard, text, metadata, failures)
                continue
            text = text if answer is None else answer
        fixed = text
    else:
        fixed = fix(text, [failed for failed in failures if failed.action.name in ("fix", "fix_reask")])
    unresolved = [failed for failed in judge(policy, handlers, guard, fixed, metadata) if failed.action.name != "noop"]
    if unresolved:
        return Result(False, None, action, failures, unresolved, action == "fix_reask")
    return Result(True, fixed, action, failures, [], False)


# --- section 7: fixing
# --------------------------------------------------------------------------------------------------


def fix(text: str, failures: list[Failed]) -> str:
    """The text after the fixes of these failures."""
    text = fix_spans(text, failures)
    for failed in failures:
        if failed.action.template is None:
            text = fix_whole(failed, text)
    return text


def fix_spans(text: str, failures: list[Failed]) -> str:
    spans = []
    for number, failed in enumerate(failures):
        if failed.action.template is not None and failed.rule is not None and isinstance(failed.rule.test, FindTest):
            names = [use.name for use in failed.rule.test.detectors]
            for start, end, name in failed.spans:
                spans.append((start, -end, number, names.index(name), failed.action.template))
    replaced = 0
    result = ""
    for start, negative_end, number, place, template in sorted(spans, key=lambda span: span[:4]):
        rule = failures[number].rule
        assert rule is not None
        assert isinstance(rule.test, FindTest)
        end = -negative_end
        cut = max(start, replaced)
        if start < cut and cut >= end:
            continue
        kind = rule.test.detectors[place].name.split(".")[-1]
        filling = {"kind": kind, "mask": "*" * (end - cut)}
        result += text[replaced:cut]
        result += "".join(piece.text if piece.kind == "literal" else filling[piece.kind] for piece in template)
        replaced = end
    return result + text[replaced:]


def cut_words(text: str, most: int) -> str:
    ends = [i + 1 for i, c in enumerate(text) if not c.isspace() and (i + 1 == len(text) or text[i + 1].isspace())]
    return text[: ends[most - 1]] if 0 < most <= len(ends) else text if most else ""


def cut_lines(text: str, most: int) -> str:
    kept = text.splitlines(keepends=True)[:most]
    return "".join(kept[:-1]) + text.splitlines()[len(kept) - 1] if kept else ""


def cut_bytes(text: str, most: int) -> str:
    while utf8_size(text) > most:
        text = text[:-1]
    return text


CUTS: dict[str, Callable[[str, int], str]] = {
    "chars": lambda text, most: text[:most],
    "words": cut_words,
    "lines": cut_lines,
    "bytes": cut_bytes,
}


def fix_whole(failed: Failed, text: str) -> str:
    assert failed.rule is not None
    test = failed.rule.test
    if failed.action.to is not None:
        return failed.action.to  # type: ignore[return-value]
    if isinstance(test, MeasureTest) and test.measure == "number":
        number = number_of(text)
        if number is None:
            return text
        if test.low is not None and not test.low_open and number < test.low:
            return repr(test.low)
        return repr(test.high) if test.high is not None and not test.high_open and number > test.high else text
    if isinstance(test, MeasureTest) and test.measure == "reading time" and test.high is not None:
        upper_end = test.model_copy(update={"low": None})
        words = most = len(text.split())
        while most and not in_bounds(upper_end, most * 60 / READING_RATE):
            most -= 1
        if most == words:
            return text
        return cut_words(text, most)
    if isinstance(test, MeasureTest) and test.high is not None and test.measure in MEASURES:
        above = MEASURES[test.measure](text) > test.high
        return CUTS[test.measure](text, int(test.high)) if above else text
    if isinstance(test, PredicateTest):
        if test.predicate == "lower case":
            return text.lower()
        if test.predicate == "upper case":
            return text.upper()
        if test.predicate == "starts with":
            return test.strings[0] + text
        if test.predicate == "ends with":
            return text + test.strings[0]
    return text
