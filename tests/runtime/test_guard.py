"""What a service sees: outcomes, failures, errors, for ordinary and for hostile texts."""

from __future__ import annotations

import copy
import pickle
import threading
from typing import Any

import pytest

import guardc
from guardc.compiler import compile_text
from guardc.policy import render
from guardc.runtime import Guard, HandlerError, MetadataError, UnknownGuardError, ValidationError, load


def guard_of(rules: str, before: str = "", **handlers: Any) -> Guard:
    """Guard `g` of a policy with these rules."""
    source = f"edition 1\n{before}\nguard g on input {{\n{rules}\n}}\n"
    compilation = compile_text(source)
    assert compilation.plan is not None, render(compilation.diagnostics)
    return load(compilation.plan, handlers=handlers).guard("g")


MAIL = r"pattern mail = /\w+@\w+\.com/"


# --- the text ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [None, b"text", 7, {"text": 1}])
def test_only_texts_are_judged(value: Any) -> None:
    with pytest.raises(TypeError, match=f"judges a text or a list of messages, not `{type(value).__name__}`"):
        guard_of("chars <= 5").validate(value)


def test_subclasses_of_str_are_texts() -> None:
    class Text(str):
        __slots__ = ()

    assert not guard_of("chars <= 5").validate(Text("123456")).passed


@pytest.mark.parametrize("text", ["", "\x00", "a\x00b", "\ud800", "x\udfffy", "\U0001f600\ud83d", "\ufeff"])
def test_odd_texts_are_ordinary(text: str) -> None:
    outcome = guard_of("no mail\nchars <= 5", MAIL).validate(text)
    assert outcome.passed
    assert outcome.output == text


def test_lone_surrogates_stay_in_fixed_texts() -> None:
    outcome = guard_of("no mail on fail fix", MAIL).validate("\ud800 ann@example.com \udfff")
    assert outcome.output == "\ud800 [mail] \udfff"


def test_a_text_without_limit_in_the_policy_has_one() -> None:
    guard = guard_of("no mail", MAIL)
    assert guard.validate("x" * 1_000_000).passed
    outcome = guard.validate("x" * 1_000_001)
    assert outcome.action == "exception"
    assert [(failure.rule, failure.validator, failure.value) for failure in outcome.failures] == [
        ("max", "chars", 1_000_001)
    ]
    assert outcome.failures[0].message == "chars is 1000001, must be at most 1000000"


def test_fifty_megabytes_are_scanned() -> None:
    guard = guard_of("max 64 MB on fail exception\nno mail on fail noop", MAIL)
    text = "a b c d e " * 5_000_000 + "ann@example.com"
    outcome = guard.validate(text)
    assert [tuple(span) for span in outcome.failures[0].spans] == [(50_000_000, 50_000_015, "mail")]


def test_limits_in_bytes_count_utf8() -> None:
    guard = guard_of("max 10 bytes on fail refrain\nchars <= 100")
    assert guard.validate("x" * 10).passed
    assert guard.validate("é" * 5).passed
    assert guard.validate("\ud800" * 3).passed
    for text in ("x" * 11, "é" * 5 + "x", "\U0001f600" * 3):
        outcome = guard.validate(text)
        assert (outcome.output, outcome.action) == ("", "refrain")


# --- deciding ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "passed", "output"),
    [
        ("noop", True, "x@y.com"),
        ("fix", True, "[mail]"),
        ("fix_reask", True, "[mail]"),
        ('fix with "{mask}"', True, "*******"),
        ('fix to "gone"', True, "gone"),
        ("refrain", False, ""),
        ("filter", False, None),
        ("reask", False, None),
        ("exception", False, None),
    ],
)
def test_actions(action: str, passed: bool, output: str | None) -> None:
    outcome = guard_of(f"no mail on fail {action}", MAIL).validate("x@y.com")
    assert (outcome.passed, outcome.output) == (passed, output)
    assert outcome.action == action.split(maxsplit=1)[0]
    assert (outcome.error is not None) == (action == "exception")
    assert (outcome.reask is not None) == (action == "reask")


def test_a_fix_that_does_not_hold_is_not_passed() -> None:
    outcome = guard_of('no mail on fail fix with "a@b.com"', MAIL).validate("x@y.com")
    assert (outcome.passed, outcome.output, outcome.action) == (False, None, "fix")
    assert [failure.rule for failure in outcome.unresolved] == ["no mail"]


def test_a_fix_reask_that_does_not_hold_asks_again() -> None:
    outcome = guard_of('no mail on fail fix_reask with "a@b.com" "No addresses."', MAIL).validate("x@y.com")
    assert not outcome.passed
    assert outcome.reask is not None
    assert outcome.reask.messages == ("No addresses.",)
    assert "- No addresses." in outcome.reask.instructions


def test_unwrap() -> None:
    guard = guard_of('no mail on fail exception "No addresses, please."', MAIL)
    assert guard.validate("fine").unwrap() == "fine"
    with pytest.raises(ValidationError, match=r"No addresses, please\.") as caught:
        guard.validate("x@y.com").unwrap()
    assert [failure.rule for failure in caught.value.failures] == ["no mail"]
    with pytest.raises(ValidationError, match="found mail"):
        guard_of("no mail on fail refrain", MAIL).validate("x@y.com").unwrap()


def test_the_message_of_a_number_does_not_say_which_it_is() -> None:
    guard = guard_of("number in 0..10 on fail noop")
    assert [failure.message for failure in guard.validate("4111111111111111").failures] == ["number must be in 0..10"]
    compilation = compile_text(
        "edition 1\nshape T {\nn number in 0..5 on fail noop\n}\nguard g on output as json T {\n}\n"
    )
    assert compilation.plan is not None
    outcome = load(compilation.plan).guard("g").validate({"n": 10**5000})
    assert [failure.message for failure in outcome.failures] == ["number must be in 0..5"]


def test_messages_never_contain_the_text() -> None:
    secret = "hunter2@example.com"
    guard = guard_of('no mail on fail exception\nis mail\nhas mail\nwords <= 0\nlower case\none of "a"\njson', MAIL)
    outcome = guard.validate(f"A {secret} B")
    shown = repr(outcome) + str(outcome.error) + "".join(repr(failure) for failure in outcome.failures)
    assert len(outcome.failures) == 6
    assert "hunter2" not in shown


# --- errors -----------------------------------------------------------------------------------------------------------


def test_a_missing_field_ends_in_on_error() -> None:
    guard = guard_of("when age >= 18: no mail on fail noop on error refrain", MAIL + "\nmetadata {\nage number\n}")
    assert guard.validate("x", {"age": 18}).passed
    for metadata, error in (
        (None, "metadata field `age` is missing"),
        ({}, "metadata field `age` is missing"),
        ({"age": "18"}, "metadata field `age` is not a number"),
        ({"age": True}, "metadata field `age` is not a number"),
        ({"age": float("nan")}, "metadata field `age` is not a number"),
        ({"age": None}, "metadata field `age` is missing"),
    ):
        outcome = guard.validate("x", metadata)
        assert outcome.action == "refrain"
        assert outcome.failures[0].error == error


def test_a_field_that_is_none_takes_its_default() -> None:
    guard = guard_of('when tier == "free": chars <= 2', 'metadata {\ntier string = "free"\n}')
    assert not guard.validate("abc", {"tier": None}).passed
    assert guard.validate("abc", {"tier": "pro", "unheard": "of"}).passed


def test_metadata_must_be_a_mapping() -> None:
    with pytest.raises(MetadataError, match="not `list`"):
        guard_of("chars <= 5").validate("x", [("age", 3)])  # type: ignore[arg-type]


def test_an_exception_in_a_handler_is_an_outcome() -> None:
    def fails(text: str) -> float:
        raise RuntimeError(text)

    guard = guard_of("toxicity < 0.5 on error filter", "custom measure toxicity", toxicity=fails)
    outcome = guard.validate("a secret")
    failure = outcome.failures[0]
    assert (outcome.action, failure.error) == ("filter", "`toxicity` raised RuntimeError")
    assert isinstance(failure.cause, RuntimeError)
    assert "secret" not in failure.message


@pytest.mark.parametrize("kind", ["detector", "measure", "predicate", "action"])
def test_handlers_of_every_kind_fail_alike(kind: str) -> None:
    def fails(*arguments: Any) -> Any:
        raise MemoryError("a secret")

    rule = {
        "detector": "no broken",
        "measure": "broken <= 1",
        "predicate": "broken",
        "action": "chars <= 1 on fail custom broken",
    }[kind]
    outcome = guard_of(f"{rule} on error refrain", f"custom {kind} broken", broken=fails).validate("abc")
    assert outcome.action == "refrain"
    assert outcome.failures[0].error == "`broken` raised MemoryError"
    assert isinstance(outcome.failures[0].cause, MemoryError)


def test_an_action_may_return_any_kind_of_text() -> None:
    class Markup(str):
        __slots__ = ()

    guard = guard_of("chars <= 3 on fail custom cut", "custom action cut", cut=lambda text, failure: Markup(text[:3]))
    outcome = guard.validate("abcdef")
    assert (outcome.passed, outcome.output, type(outcome.output)) == (True, "abc", str)


def test_an_interrupt_passes_through() -> None:
    def interrupted(text: str) -> float:
        raise KeyboardInterrupt

    guard = guard_of("toxicity < 0.5 on error noop", "custom measure toxicity", toxicity=interrupted)
    with pytest.raises(KeyboardInterrupt):
        guard.validate("x")


@pytest.mark.parametrize("answer", [None, "0.4", True, float("nan"), [1], 2**63])
def test_a_measure_that_gives_no_number_is_an_error(answer: Any) -> None:
    guard = guard_of("toxicity < 0.5", "custom measure toxicity", toxicity=lambda text: answer)
    assert guard.validate("x").failures[0].error == "`toxicity` must return a number"


@pytest.mark.parametrize(
    "spans", [[(0, 9)], [(-1, 0)], [(1, 0)], [(0,)], ["ab"], [(0, 1, 2)], [(0.0, 1)], [3], None, 7]
)
def test_spans_outside_of_the_text_are_an_error(spans: Any) -> None:
    guard = guard_of("no names", "custom detector names", names=lambda text: spans)
    assert guard.validate("abc").failures[0].error == "`names` must return pairs of offsets within the text"


# --- handlers ---------------------------------------------------------------------------------------------------------


def test_handlers_get_their_arguments_by_name() -> None:
    seen: list[Any] = []

    def names(text: str, *, market: str, strict: bool) -> list[tuple[int, int]]:
        seen.append((text, market, strict))
        return [(0, 2)]

    before = "custom detector names(market string, strict bool = true)\ncustom action note(channel string)"
    rules = 'no names("eu") on fail custom note("ops")'
    outcome = guard_of(rules, before, names=names, note=lambda text, failure, channel: channel + text).validate("abc")
    assert seen[0] == ("abc", "eu", True)
    # The handler's text still has a finding: it does not hold.
    assert (outcome.passed, outcome.action) == (False, "custom")


@pytest.mark.parametrize(
    ("handlers", "message"),
    [
        ({}, "custom measure `toxicity\\(lang string\\)` is missing"),
        ({"toxicity": 3}, "is not callable"),
        ({"toxicity": lambda text: 0}, "cannot be called as `handler\\(text, lang=...\\)`"),
        ({"toxicity": lambda text, lang: 0, "other": len}, "`other` is not declared"),
    ],
)
def test_handlers_are_checked_at_load(handlers: Any, message: str) -> None:
    with pytest.raises(HandlerError, match=message):
        guard_of('toxicity("en") < 1', "custom measure toxicity(lang string)", **handlers)


def test_asynchronous_generators_are_refused() -> None:
    async def names(text: str) -> Any:
        yield (0, 1)

    with pytest.raises(HandlerError, match="returns a list"):
        guard_of("no names", "custom detector names", names=names)


def test_handlers_must_be_a_mapping() -> None:
    with pytest.raises(HandlerError, match="not `list`"):
        load(compile_text("edition 1\nguard g on input {\njson\n}\n").plan or b"", handlers=[len])  # type: ignore[arg-type]


def test_what_cannot_be_mapped_is_no_plan() -> None:
    with pytest.raises(guardc.PlanError, match=r"only ordinary files|file is empty"):
        load("/dev/null")


# --- the rest ---------------------------------------------------------------------------------------------------------


def test_unknown_guards_are_named() -> None:
    plan = load(
        compile_text("edition 1\nguard a on input {\nchars <= 5\n}\nguard b on output {\njson\n}\n").plan or b""
    )
    assert plan.guards == ("a", "b")
    assert plan.guard("b").direction == "output"
    with pytest.raises(UnknownGuardError, match="no guard `c`; it has `a`, `b`"):
        plan.guard("c")


def test_validate_many() -> None:
    guard = guard_of("when age > 3: chars <= 2", "metadata {\nage number\n}")
    assert [outcome.passed for outcome in guard.validate_many(["a", "abc"], {"age": 9})] == [True, False]
    assert [outcome.passed for outcome in guard.validate_many(["abc", "abc"], [{"age": 1}, {"age": 9}])] == [
        True,
        False,
    ]
    with pytest.raises(TypeError, match="several texts"):
        guard.validate_many("abc")
    with pytest.raises(ValueError, match="argument 2"):
        guard.validate_many(["a", "b"], [{}])


def test_outcomes_and_failures_cannot_be_made_or_changed() -> None:
    outcome = guard_of("no mail", MAIL).validate("x@y.com")
    for made in (guardc.Outcome, guardc.Failure):
        with pytest.raises(TypeError):
            made()
    with pytest.raises(AttributeError):
        outcome.passed = True  # type: ignore[misc]
    with pytest.raises(TypeError):
        pickle.dumps(guard_of("json"))
    with pytest.raises(TypeError):
        copy.copy(guard_of("json"))


def test_failures_say_where_their_rule_is() -> None:
    failure = guard_of("words <= 1\nshort: chars <= 2", MAIL).validate("a b c").failures[1]
    assert (failure.rule, failure.source, failure.path, failure.value) == ("short", "policy.guard:5", "$", 5)


def test_one_guard_serves_many_threads() -> None:
    guard = guard_of("no mail on fail fix\nwords <= 100_000", MAIL)
    texts = [f"{'word ' * (n * 500)} ann{n}@example.com" for n in range(12)]
    expected = [guard.validate(text).output for text in texts]
    wrong: list[Any] = []

    def work() -> None:
        for _ in range(20):
            got = [guard.validate(text).output for text in texts]
            if got != expected:
                wrong.append(got)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
