"""The reference interpreter: what a guard means, in plain Python over the checked policy.

Slow and obvious on purpose. Read it next to docs/semantics.md, whose sections it follows; it shares no code with the
compiler or the fast path and finds patterns with `re` itself.

    result = judge_text(policy, "question", text, metadata={}, handlers={})
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from guardc.policy.model import (
    Action,
    BoolOp,
    Call,
    Compare,
    Constant,
    DetectorUse,
    Expression,
    FieldRef,
    FindTest,
    Guard,
    InList,
    InRange,
    MeasureTest,
    Not,
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


# --- section 2: finding
# -------------------------------------------------------------------------------------------------


def regex_of(detector: Pattern | Words) -> re.Pattern[str]:
    if isinstance(detector, Pattern):
        return re.compile(detector.regex, sum(getattr(re, flag.upper()) for flag in detector.flags))
    if not detector.entries:
        return re.compile(r"(?!)")
    longest_first = sorted(detector.entries, key=len, reverse=True)
    choices = "|".join(r"\s+".join(re.escape(part) for part in entry.split(" ")) for entry in longest_first)
    whole = f"(?:{choices})" if detector.anywhere else rf"(?<!\w)(?:{choices})(?!\w)"
    return re.compile(whole, re.IGNORECASE if detector.ignore_case else 0)


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


CHECKS = {"luhn": luhn, "mod97": mod97}


def checks_pass(detector: Pattern | Words, text: str) -> bool:
    return isinstance(detector, Words) or all(CHECKS[check](text) for check in detector.checks)


def find(detector: Pattern | Words, text: str) -> list[tuple[int, int]]:
    # With `backtracking` it is the same, only that the real thing has a time limit.
    regex = regex_of(detector)
    if isinstance(detector, Words) or not detector.checks:
        return [match.span() for match in regex.finditer(text)]
    found = []
    position = 0
    while position <= len(text) and (match := regex.search(text, position)) is not None:
        if checks_pass(detector, match[0]):
            found.append(match.span())
            position = match.end()
        else:
            position = match.start() + 1
    return found


def full(detector: Pattern | Words, text: str) -> bool:
    return regex_of(detector).fullmatch(text) is not None and checks_pass(detector, text)


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


def spans_of(policy: Policy, handlers: Handlers, use: DetectorUse, text: str) -> list[tuple[int, int]]:
    if use.finder == "leak":
        return leaks(policy, use, text)
    if use.finder == "repeated sentences":
        return repeats(text)
    if use.call is None:
        return find(policy.detectors[use.name], text)
    spans = []
    for pair in call(policy, handlers, use.call, text):
        start, end = pair
        if not 0 <= start <= end <= len(text):
            raise RuleError("offsets")
        spans.append((start, end))
    return sorted(spans)


# --- section 3: tests
# ---------------------------------------------------------------------------------------------------


def unexcused(policy: Policy, handlers: Handlers, test: FindTest, text: str) -> list[Found]:
    covers = [span for use in test.excepts for span in spans_of(policy, handlers, use, text)]
    found = [
        (start, -end, order, use.name)
        for order, use in enumerate(test.detectors)
        for start, end in spans_of(policy, handlers, use, text)
        if not any(a <= start and end <= b for a, b in covers)
    ]
    return [(start, -end, name) for start, end, _, name in sorted(found)]


def is_whole(policy: Policy, handlers: Handlers, uses: tuple[DetectorUse, ...], text: str) -> bool:
    return any(
        (0, len(text)) in spans_of(policy, handlers, use, text)
        if use.call or use.finder
        else full(policy.detectors[use.name], text)
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


def measure(policy: Policy, handlers: Handlers, test: MeasureTest, text: str) -> Any:
    if test.measure == "count":
        return sum(len(spans_of(policy, handlers, use, text)) for use in test.detectors)
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
    value = call(policy, handlers, test.call, text)
    if not is_number(value) or (isinstance(value, int) and not -(2**63) <= value < 2**63):
        raise RuleError("must return a number")
    return value


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


def is_json(text: str) -> bool:
    def refuse(constant: str) -> None:
        raise ValueError(constant)

    if json_depth(text) > 200:
        return False
    try:
        # Python's decoder tolerates more white space at the ends than RFC 8259 and reads long integers as numbers.
        if text.strip(" \t\n\r") != text.strip():
            return False
        json.loads(text.strip(" \t\n\r"), parse_constant=refuse, parse_int=len, parse_float=len)
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
        case Constant():
            return []
        case BoolOp():
            return [name for operand in expression.operands for name in fields_in(operand)]
        case Compare():
            return fields_in(expression.left) + fields_in(expression.right)
        case Not() | InRange() | InList():
            return fields_in(expression.operand)


def evaluate(policy: Policy, expression: Expression, metadata: Mapping[str, Any]) -> Any:
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
    return value_of(expression, values)


def value_of(expression: Expression, values: Mapping[str, Any]) -> Any:
    match expression:
        case Constant():
            return expression.value
        case FieldRef():
            return values[expression.name]
        case Not():
            return not value_of(expression.operand, values)
        case BoolOp(op="and"):
            return all(value_of(operand, values) for operand in expression.operands)
        case BoolOp():
            return any(value_of(operand, values) for operand in expression.operands)
        case InRange():
            return expression.low <= value_of(expression.operand, values) <= expression.high
        case InList():
            return value_of(expression.operand, values) in expression.items
        case Compare():
            left, right = value_of(expression.left, values), value_of(expression.right, values)
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


def judge_rule(policy: Policy, handlers: Handlers, rule: Rule, text: str, metadata: Mapping[str, Any]) -> Failed | None:
    if rule.when is not None and not evaluate(policy, rule.when, metadata):
        return None
    test = rule.test
    if isinstance(test, FindTest):
        if test.quantifier == "is":
            matched = is_whole(policy, handlers, test.detectors, text)
            if matched and not is_whole(policy, handlers, test.excepts, text):
                return None
            return Failed(rule, rule.on_fail, [])
        found = unexcused(policy, handlers, test, text)
        if test.quantifier == "no":
            return Failed(rule, rule.on_fail, found) if found else None
        return None if found else Failed(rule, rule.on_fail, [])
    if isinstance(test, MeasureTest):
        value = measure(policy, handlers, test, text)
        return None if in_bounds(test, value) else Failed(rule, rule.on_fail, [], value)
    return None if predicate(policy, handlers, test, text) else Failed(rule, rule.on_fail, [])


def judge(policy: Policy, handlers: Handlers, guard: Guard, text: str, metadata: Mapping[str, Any]) -> list[Failed]:
    amount = utf8_size(text) if guard.limit.unit == "bytes" else len(text)
    if amount > guard.limit.amount:
        return [Failed(None, guard.limit.on_fail, [], amount)]
    failures = []
    for rule in guard.rules:
        try:
            failed = judge_rule(policy, handlers, rule, text, metadata)
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
    text = result + text[replaced:]
    for failed in failures:
        if failed.action.template is None:
            text = fix_whole(failed, text)
    return text


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
        return failed.action.to
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
