"""Failures are made when they are read: whenever that is, and however many they are, they are the reference's."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import differential
import pytest
import reference

from guardc.compiler import compile_text
from guardc.policy import Policy, check_text, render
from guardc.runtime import Guard, Outcome, load

Handlers = dict[str, Callable[..., Any]]


def compiled(source: str, handlers: Handlers) -> tuple[Policy, Guard]:
    policy = check_text(source).policy
    compilation = compile_text(source)
    assert policy is not None, render(compilation.diagnostics)
    assert compilation.plan is not None, render(compilation.diagnostics)
    return policy, load(compilation.plan, handlers=handlers).guard("g")


def agreed(source: str, text: str, metadata: dict[str, Any] | None = None, **handlers: Any) -> Outcome:
    """The outcome, which is the reference's, each failure's own fix included."""
    policy, guard = compiled(source, handlers)
    expected = reference.judge_text(policy, "g", text, metadata or {}, handlers)
    outcome = guard.validate(text, metadata)
    assert differential.as_outcome(outcome) == differential.as_reference(expected)
    fixes = [failure.fix for failure in outcome.failures]
    assert fixes == [differential.expected_fix(text, failed) for failed in expected.failures]
    return outcome


def raising(text: str) -> bool:
    raise RuntimeError("not to be shown")


def odd_places(text: str) -> list[tuple[int, int]]:
    """Spans that overlap and come in no order."""
    return [(i, min(len(text), i + 3)) for i in range(len(text) - 1, -1, -5)]


def many_rules(actions: list[str]) -> str:
    """Forty rules that fail in different ways, in an order in which they are not judged."""
    rules = []
    for number in range(10):
        action = actions[number % len(actions)]
        rules += [
            f"no digit{number} on fail {action}",
            f"chars <= {number} on fail noop",
            "places_hold on fail noop on error noop",
            f"when age > {number}: no letter, odd on fail noop on error noop",
        ]
    patterns = "\n".join(f"pattern digit{number} = /{number}+/" for number in range(10))
    body = "\n".join(rules)
    return f"""edition 1
{patterns}
pattern letter = /[a-z]/
custom detector odd
custom predicate places_hold
metadata {{
    age number
}}
guard g on input {{
{body}
}}
"""


TEXT = "ab 0123 4455 667 8899 zz 00 1 2 3 4 5 6 7 8 9 " * 7

FIX = 'fix with "<{kind}{mask}>"'


@pytest.mark.parametrize(
    "actions",
    [["noop"], [FIX], ["noop", FIX], ["fix_reask"], ["reask", "refrain"], ["filter", FIX, "exception"]],
    ids=lambda actions: "+".join(action.split()[0] for action in actions),
)
@pytest.mark.parametrize("metadata", [{"age": 20}, {"age": 3}, {}], ids=["old", "young", "unknown"])
def test_many_failures_with_many_spans_and_errors_among_them(actions: list[str], metadata: dict[str, Any]) -> None:
    outcome = agreed(many_rules(actions), TEXT, metadata, odd=odd_places, places_hold=raising)
    assert len(outcome.failures) > 25
    assert sum(failure.error is not None for failure in outcome.failures) >= 10
    assert max(len(failure.spans) for failure in outcome.failures) > 12
    for failure in outcome.failures:
        order = [(span.start, -span.end) for span in failure.spans]
        assert order == sorted(order)
        assert failure.error is None or (not failure.spans and "shown" not in failure.message)


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 16, 17, 40])
def test_numbers_of_failures_around_the_first_room(count: int) -> None:
    rules = "\n".join(f"chars <= {number} on fail noop" for number in range(40))
    outcome = agreed(f"edition 1\nguard g on input {{\n{rules}\n}}\n", "x" * count)
    assert [failure.value for failure in outcome.failures] == [count] * count


@pytest.mark.parametrize("count", [1, 11, 12, 13, 23, 24, 25, 48, 49, 1_000])
def test_numbers_of_spans_around_the_first_room(count: int) -> None:
    source = f"edition 1\npattern d = /[0-9]/\npattern end = /!/\nguard g on input {{\nno d, end on fail {FIX}\n}}\n"
    outcome = agreed(source, "-7" * count + "!")
    assert [len(failure.spans) for failure in outcome.failures] == [count + 1]
    assert outcome.output == "-<d*>" * count + "<end*>"


def test_spans_of_excused_findings_are_forgotten_in_the_middle() -> None:
    source = """edition 1
pattern word = /[a-z]+/
pattern good = /[a-m]+/
pattern digit = /[0-9]/
guard g on input {
no word except good on fail fix with "w"
no digit on fail fix with "{mask}"
has digit except good on fail noop
no good except word on fail fix
no word on fail fix with "[{kind}]"
}
"""
    outcome = agreed(source, "abc xyz 1 zab 2 " * 9)
    assert [failure.rule.split()[1] for failure in outcome.failures] == ["word", "digit", "word"]
    assert [len(failure.spans) for failure in outcome.failures] == [18, 18, 27]


# --- when they are read -----------------------------------------------------------------------------------------------


def seen(outcome: Outcome) -> list[tuple[Any, ...]]:
    return [
        (failure.rule, failure.action, failure.message, failure.source, failure.spans, failure.value, failure.fix)
        for failure in (*outcome.failures, *outcome.unresolved)
    ]


def test_failures_may_be_read_when_guard_and_plan_are_gone() -> None:
    handlers: Handlers = {"odd": odd_places, "places_hold": raising}
    _, guard = compiled(many_rules([FIX]), handlers)
    wanted = seen(guard.validate(TEXT, {"age": 20}))
    late = [guard.validate("".join(TEXT), {"age": 20}) for _ in range(20)]
    handlers.clear()
    del guard
    gc.collect()
    plans = [compiled(many_rules(["noop"]), {"odd": odd_places, "places_hold": raising}) for _ in range(3)]
    for outcome in late:
        assert seen(outcome) == wanted
    del plans


def test_a_failure_may_outlive_its_outcome() -> None:
    _, guard = compiled(many_rules([FIX]), {"odd": odd_places, "places_hold": raising})
    outcome = guard.validate(TEXT, {"age": 20})
    wanted = seen(outcome)
    failures = outcome.failures
    del outcome, guard
    gc.collect()
    kept = [failure.fix for failure in failures]
    assert kept == [one[-1] for one in wanted[: len(kept)]]


def test_they_are_made_once() -> None:
    _, guard = compiled(many_rules([FIX]), {"odd": odd_places, "places_hold": raising})
    outcome = guard.validate(TEXT, {"age": 20})
    assert outcome.failures is outcome.failures
    assert outcome.unresolved is outcome.unresolved


def test_many_threads_read_the_failures_of_one_outcome() -> None:
    _, guard = compiled(many_rules([FIX, "noop"]), {"odd": odd_places, "places_hold": raising})
    wanted = seen(guard.validate(TEXT, {"age": 20}))
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(10):
            outcome = guard.validate(TEXT, {"age": 20})
            barrier = threading.Barrier(8)
            read: list[tuple[Any, ...]] = []

            def reader(outcome: Outcome = outcome, barrier: threading.Barrier = barrier, read: Any = read) -> None:
                barrier.wait()
                read.append((outcome.failures, seen(outcome)))

            threads = [threading.Thread(target=reader) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert len(read) == 8
            assert all(failures is read[0][0] for failures, _ in read)
            assert all(one == wanted for _, one in read)
    finally:
        sys.setswitchinterval(interval)


# --- how long they live -----------------------------------------------------------------------------------------------


def test_read_failures_need_no_garbage_collector_to_go() -> None:
    _, guard = compiled(many_rules([FIX]), {"odd": odd_places, "places_hold": raising})
    text = "".join(["ab 0123 ", "4455 " * 20])
    guard.validate(text, {"age": 20})
    gc.collect()
    gc.disable()
    try:
        before = sys.getrefcount(text)
        outcome = guard.validate(text, {"age": 20})
        assert [failure.fix for failure in outcome.failures if failure.spans]
        assert outcome.unresolved is not None
        assert sys.getrefcount(text) > before
        del outcome
        assert sys.getrefcount(text) == before
    finally:
        gc.enable()


MEMORY = """
import gc, resource, sys
from guardc.compiler import compile_text
from guardc.runtime import load
source = "edition 1\\npattern d = /[0-9]/\\nguard g on input {\\n" + "no d on fail fix\\n" * 10 + "}\\n"
guard = load(compile_text(source).plan).guard("g")
text = "a1" * 200
def work(count):
    for number in range(count):
        outcome = guard.validate(text)
        if number % 4 == 0:
            assert len(outcome.failures) == 10 and outcome.failures[3].fix
gc.disable()
work(500)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
work(4_000)
sys.stdout.write(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is in kilobytes on Linux")
def test_memory_does_not_grow_with_the_number_of_calls() -> None:
    # Each call needs 48 KB for its spans alone: 190 MB in all, if they were kept.
    ran = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True)
    assert int(ran.stdout) < 16_000


# --- fixed texts ------------------------------------------------------------------------------------------------------


def plain(text: str) -> str:
    """An equal text that Python itself made, character by character."""
    return "".join(map(chr, map(ord, text)))


@pytest.mark.parametrize("template", ["", "[{kind}]", "{mask}", "é{kind}", "<я{mask}>", "😀", "{{{kind}}}"])
@pytest.mark.parametrize(
    "text",
    [
        "12 34",
        "a1b22c333",
        "é1é",
        "я1",
        "1я",
        "😀1",
        "1é2",
        "\x801",
        "ÿ11ÿ",
        "1",
        "é",
        "yя1z",
        "a😀1я2é3" * 5,
        "1" * 100 + "\ud800",
        "абв" * 30,
    ],
)
def test_fixed_texts_are_as_python_makes_them(template: str, text: str) -> None:
    """Of every width, and narrower than before where the wide characters went: equal texts must be equal to Python."""
    source = f"""edition 1
pattern digits = /[0-9]+/
pattern wide = /[^\\x00-\\x7f]/
guard g on input {{
no digits on fail fix with "{template}"
no wide on fail fix with "{template.replace("é", "").replace("я", "").replace("😀", "?")}"
}}
"""
    outcome = agreed(source, text)
    for fixed in (outcome.output, *(failure.fix for failure in outcome.failures)):
        if fixed is None:
            continue
        assert fixed == plain(fixed)
        assert hash(fixed) == hash(plain(fixed))
        assert fixed.isascii() == plain(fixed).isascii()
        if len(fixed) > 1:  # Python shares single Latin-1 characters, and what it has cached with them
            assert sys.getsizeof(fixed) == sys.getsizeof(plain(fixed))
        assert {fixed: 1}[plain(fixed)] == 1


def test_a_fix_that_leaves_only_ascii_gives_an_ascii_text() -> None:
    source = 'edition 1\npattern wide = /[^\\x00-\\x7f]/\nguard g on input {\nno wide on fail fix with "?"\n}\n'
    for character in "éя😀":
        outcome = agreed(source, f"caf{character} au lait")
        assert outcome.output == "caf? au lait"
        assert outcome.output.isascii()
        assert sys.getsizeof(outcome.output) == sys.getsizeof("caf? au lait")
        assert hash(outcome.output) == hash("caf? au lait")
