"""Calls of a model with a guard around them: reasks, the conversation, budgets, failures. The model is a script."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from llm_script import HELLO, Model, StillClock, call, completion, guard_of, tool_call

import guardc
from guardc.runtime import MetadataError, ValidationError
from guardc.runtime.llm import CallError, Usage
from guardc.runtime.llm.drive import Clock, drive
from guardc.runtime.llm.start import Given, call_of

SHORT = "guard reply on output {\n    reasks 2 then refrain\n    words <= 3      on fail reask\n}"
MAIL = r"pattern mail = /\w+@\w+\.com/"
TICKET = """
shape Ticket {
    title  string chars in 1..10        on fail reask
    rank   number in 0..5               on fail reask
    note?  string                       on fail filter
}
guard ticket on output as json Ticket {
    reasks 2 then refrain
}
"""


class RefusedError(Exception):
    """As clients raise it."""

    def __init__(self, status: int, **headers: str) -> None:
        super().__init__("the key sk-secret is wrong")
        self.status_code = status
        self.response = type("Response", (), {"headers": headers})()


# --- answers ----------------------------------------------------------------------------------------------------------


def test_an_answer_that_passes_is_the_output() -> None:
    model = Model("all fine")
    outcome = call(guard_of(SHORT), model, temperature=0)
    assert outcome.passed
    assert outcome.output == outcome.unwrap() == "all fine"
    assert outcome.message == {"role": "assistant", "content": "all fine"}
    assert (outcome.action, outcome.failures, outcome.error, outcome.reask) == (None, (), None, None)
    assert outcome.usage == Usage(10, 2, 12)
    assert model.calls[0]["messages"] == HELLO
    assert model.calls[0]["temperature"] == 0


def test_an_answer_is_fixed_like_any_text() -> None:
    guard = guard_of(f'{MAIL}\nguard reply on output {{\n    no mail on fail fix with "[mail]"\n}}')
    outcome = call(guard, Model("write to ann@example.com"))
    assert outcome.passed
    assert outcome.output == "write to [mail]"
    assert outcome.message == {"role": "assistant", "content": "write to [mail]"}
    assert outcome.action == "fix"
    assert outcome.attempts[0].message == {"role": "assistant", "content": "write to ann@example.com"}


@pytest.mark.parametrize(("action", "output"), [("exception", None), ("refrain", ""), ("filter", None)])
def test_an_answer_that_does_not_pass_ends_the_call(action: str, output: Any) -> None:
    outcome = call(guard_of(f"guard reply on output {{\n    words <= 1 on fail {action}\n}}"), Model("far too long"))
    assert not outcome.passed
    assert (outcome.output, outcome.message, outcome.action) == (output, None, action)
    assert [failure.rule for failure in outcome.failures] == ["words <= 1"]
    assert (outcome.error is not None) == (action == "exception")
    with pytest.raises(ValidationError, match="words is 3"):
        outcome.unwrap()


def test_what_was_asked_is_judged_by_the_guard_that_is_answered() -> None:
    guard = guard_of(
        f"{MAIL}\nguard question on input from user {{\n    no mail on fail fix\n    words <= 4 on fail exception\n}}\n"
        "guard reply on output {\n    answers question\n    words <= 3 on fail exception\n}"
    )
    model = Model("yes")
    messages = [{"role": "system", "content": "I am x@y.com"}, {"role": "user", "content": "Is it a@b.com ?"}]
    outcome = call(guard, model, messages=messages)
    assert outcome.passed
    assert model.calls[0]["messages"] == [messages[0], {"role": "user", "content": "Is it [mail] ?"}]
    assert messages[1]["content"] == "Is it a@b.com ?"
    assert outcome.question is not None
    assert outcome.question.action == "fix"
    assert outcome.failures == ()

    stopped = call(guard, Model(), messages=[{"role": "user", "content": "one two three four five"}])
    assert not stopped.passed
    assert stopped.attempts == ()
    assert stopped.action == "exception"
    assert [failure.rule for failure in stopped.failures] == ["words <= 4"]
    assert isinstance(stopped.error, ValidationError)


def test_metadata_reach_both_guards() -> None:
    guard = guard_of(
        "metadata {\n    free bool\n}\nguard question on input {\n    when free: words <= 1 on fail refrain\n}\n"
        "guard reply on output {\n    answers question\n    when free: words <= 1 on fail refrain\n}"
    )
    assert call(guard, Model("one two"), metadata={"free": False}).passed
    assert call(guard, Model("one two"), metadata={"free": True}).judged is not None
    assert call(guard, Model(), metadata={"free": True}, messages=[{"role": "user", "content": "a b"}]).judged is None


# --- asking again -----------------------------------------------------------------------------------------------------


def test_an_answer_is_asked_again_in_the_same_conversation() -> None:
    model = Model("one two three four", "one two three")
    outcome = call(guard_of(SHORT), model)
    assert outcome.passed
    assert outcome.output == "one two three"
    assert model.calls[1]["messages"] == [
        *HELLO,
        {"role": "assistant", "content": "one two three four"},
        {
            "role": "user",
            "content": "The answer does not meet these requirements:\n- words is 4, must be at most 3\n"
            "Answer again and meet all of them.",
        },
    ]
    assert [attempt.messages for attempt in outcome.attempts] == [tuple(c["messages"]) for c in model.calls]
    assert [len(attempt.failures) for attempt in outcome.attempts] == [1, 0]
    assert outcome.usage.total_tokens == 24


@pytest.mark.parametrize(
    ("then", "output", "kind"), [("exception", None, ValidationError), ("refrain", "", None), ("filter", None, None)]
)
def test_the_policy_says_what_happens_after_the_last_answer(then: str, output: Any, kind: type | None) -> None:
    source = f'guard reply on output {{\n    reasks 1 then {then} "No luck."\n    words <= 1 on fail reask\n}}'
    outcome = call(guard_of(source), Model("a b", "a b c", "never asked for"))
    assert not outcome.passed
    assert len(outcome.attempts) == 2
    assert (outcome.output, outcome.message, outcome.action) == (output, None, then)
    assert outcome.reask is not None
    assert outcome.reask.messages == ("words is 3, must be at most 1",)
    assert [failure.value for failure in outcome.failures] == [3]
    assert (None if outcome.error is None else type(outcome.error)) is kind
    if kind is not None:
        assert str(outcome.error) == "No luck."
    assert outcome.attempts[-1].message == {"role": "assistant", "content": "a b c"}


def test_without_reasks_an_answer_is_asked_again_once_and_then_is_an_error() -> None:
    outcome = call(guard_of("guard reply on output {\n    words <= 1 on fail reask\n}"), Model("a b", "a b c"))
    assert (len(outcome.attempts), outcome.action) == (2, "exception")
    with pytest.raises(ValidationError, match="words is 3, must be at most 1"):
        outcome.unwrap()


def test_nothing_sticks_to_a_guard_between_calls() -> None:
    guard = guard_of(SHORT)
    first, second = Model("a b c d", "a b c d", "a"), Model("a b c d", "b")
    assert call(guard, first).output == "a"
    assert call(guard, second).output == "b"
    assert [len(given["messages"]) for given in second.calls] == [1, 3]
    assert HELLO == [{"role": "user", "content": "Hello."}]


def test_a_fix_is_tried_before_a_model_is_asked() -> None:
    rules = '    no mail on fail fix_reask with "x"\n    words in 2..3 on fail fix_reask\n'
    guard = guard_of(f"{MAIL}\nguard reply on output {{\n    reasks 1 then refrain\n{rules}}}")
    fixed = call(guard, Model("to a@b.com and on"))
    assert (fixed.output, fixed.action, len(fixed.attempts)) == ("to x and", "fix_reask", 1)
    # Nothing can be put in, so that this fix does not hold.
    model = Model("a@b.com", "no one")
    asked = call(guard, model)
    assert (asked.output, len(asked.attempts)) == ("no one", 2)
    assert model.said(1).splitlines()[1:-1] == ["- words is 1, must be in 2..3"]
    assert [failure.rule for failure in asked.attempts[0].failures] == ["no mail", "words in 2..3"]


def test_a_policy_has_words_of_its_own() -> None:
    source = SHORT.replace("reasks 2", 'reask with "Kürzer, {{bitte}}:\\n{requirements}"\n    reasks 2')
    model = Model("one two three four", "ok")
    assert call(guard_of(source), model).passed
    assert model.said(1) == "Kürzer, {bitte}:\n- words is 4, must be at most 3"


REPAIR = (
    'model repair {\n    model "small"\n    temperature 0\n    timeout 5 s\n    max_tokens 200\n}\n'
    "guard reply on output {\n    reasks 2 via repair then refrain\n    words <= 3      on fail reask\n}"
)


def test_another_model_repairs() -> None:
    model = Model("one two three four", "one two three")
    outcome = call(guard_of(REPAIR), model, model="large", temperature=1, api_key="of the large one", tools=TOOLS)
    assert outcome.output == "one two three"
    assert [attempt.model for attempt in outcome.attempts] == ["large", "small"]
    asked = {name: value for name, value in model.calls[1].items() if name != "messages"}
    assert asked == {
        "model": "small",
        "temperature": 0,
        "max_tokens": 200,
        "timeout": 5.0,
        "tools": TOOLS,
        "num_retries": 0,
        "max_retries": 0,
    }
    assert model.calls[0]["api_key"] == "of the large one"


def test_a_model_of_the_policy_has_no_more_time_than_is_left() -> None:
    clock = StillClock()

    def late(arguments: dict[str, Any]) -> str:
        clock.time += 57
        return "one two three four"

    model = Model(late, "ok")
    assert call(guard_of(REPAIR), model, clock).passed
    assert round(model.calls[1]["timeout"]) == 3


# --- structured values ------------------------------------------------------------------------------------------------


def test_only_what_failed_of_a_value_is_asked_again() -> None:
    model = Model('Here: {"title": "much too long a title", "rank": 3, "note": 7}', '{"$.title": "short"}')
    outcome = call(guard_of(TICKET, "ticket"), model)
    assert outcome.passed
    assert outcome.output == {"rank": 3, "title": "short"}
    assert outcome.message == {"role": "assistant", "content": '{"rank": 3, "title": "short"}'}
    assert "$.title: chars is 21" in model.said(1)
    assert "whose keys are exactly these paths" in model.said(1)
    assert "$.rank" not in model.said(1).partition("\n\n")[0].partition("shape")[0]


def test_an_answer_with_parts_is_judged_whole() -> None:
    model = Model('{"title": "", "rank": 3}', '{"$.title": "still much too long"}', '{"$.title": "ok"}')
    outcome = call(guard_of(TICKET, "ticket"), model)
    assert outcome.output == {"rank": 3, "title": "ok"}
    assert [len(attempt.failures) for attempt in outcome.attempts] == [1, 1, 0]


def test_parts_that_do_not_come_are_asked_again() -> None:
    outcome = call(guard_of(TICKET, "ticket"), Model('{"rank": 3}', "I cannot.", '{"$.title": "ok"}'))
    assert outcome.output == {"rank": 3, "title": "ok"}
    used_up = call(guard_of(TICKET, "ticket"), Model('{"rank": 3}', "I cannot.", "No."))
    assert (used_up.output, used_up.action) == ({}, "refrain")
    assert used_up.reask is not None
    assert used_up.reask.value == {"rank": 3}


def test_a_template_of_a_structured_guard_has_paths_and_schema() -> None:
    source = TICKET.replace("reasks 2", 'reask with "{paths}|{requirements}|{schema}"\n    reasks 2')
    model = Model('{"rank": 9, "title": "ok"}', '{"$.rank": 1}')
    assert call(guard_of(source, "ticket"), model).output == {"title": "ok", "rank": 1}
    assert model.said(1).startswith("$.rank|- $.rank: ")


def test_a_model_is_told_the_schema_of_its_answer() -> None:
    guard, model = guard_of(TICKET, "ticket"), Model('{"rank": 3}', '{"$.title": "ok"}')
    assert call(guard, model).passed
    whole, parts = (given["response_format"]["json_schema"] for given in model.calls)
    assert whole == {"name": "ticket", "schema": guard.schema, "strict": False}
    assert sorted(whole["schema"]["properties"]) == ["note", "rank", "title"]
    assert sorted(parts["schema"]["properties"]) == ["$.title"]


def test_a_format_of_the_caller_is_of_the_whole_answer() -> None:
    model = Model('{"rank": 3}', '{"$.title": "ok"}')
    call(guard_of(TICKET, "ticket"), model, response_format={"type": "json_object"})
    assert model.calls[0]["response_format"] == {"type": "json_object"}
    assert sorted(model.calls[1]["response_format"]["json_schema"]["schema"]["properties"]) == ["$.title"]


@pytest.mark.parametrize("shape", ["list of number", "Ticket"])
def test_no_format_is_sent_where_none_is_taken(shape: str) -> None:
    source = TICKET.replace("as json Ticket", f"as json {shape}") + "guard other on output as json Ticket {\n}\n"
    model = Model(*["never read"] * 3)
    call(guard_of(source, "ticket"), model, **({"response_format": None} if shape == "Ticket" else {}))
    assert not any("response_format" in given for given in model.calls)


def test_the_arguments_of_the_only_call_are_the_value() -> None:
    message = {"role": "assistant", "content": None, "tool_calls": [tool_call("file", '{"title": "a", "rank": 1}')]}
    outcome = call(guard_of(TICKET, "ticket"), Model(message))
    assert outcome.output == {"title": "a", "rank": 1}
    assert outcome.message is not None
    assert outcome.message["tool_calls"][0]["function"] == {"name": "file", "arguments": '{"title": "a", "rank": 1}'}


def test_prose_around_a_value_does_not_leave() -> None:
    message = {"role": "assistant", "content": 'my secret: {"title": "a", "rank": 1}', "reasoning_content": "secret"}
    outcome = call(guard_of(TICKET, "ticket"), Model(message))
    assert outcome.passed
    assert "secret" not in str(outcome.message)


# --- calls of tools ---------------------------------------------------------------------------------------------------

TOOLS = [{"type": "function", "function": {"name": "send", "parameters": {"type": "object"}}}]


def calling(*calls: Any, content: Any = None, **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content, "tool_calls": list(calls), **more}


def test_arguments_of_calls_are_judged_and_fixed() -> None:
    guard = guard_of(
        f"{MAIL}\nguard reply on output {{\n    no mail on fail fix\n    words in 1..3 on fail exception\n}}"
    )
    outcome = call(guard, Model(calling(tool_call("send", '{"to": "ann@example.com"}'))), tools=TOOLS)
    assert outcome.passed
    assert outcome.output == ""
    assert outcome.message is not None
    assert outcome.message["tool_calls"][0]["function"]["arguments"] == '{"to": "[mail]"}'
    assert [failure.path for failure in outcome.failures] == ["$[0].tool_calls[0].function.arguments.to"]


def test_what_stands_beside_the_content_is_judged() -> None:
    guard = guard_of(f"{MAIL}\nguard reply on output {{\n    no mail on fail refrain\n}}")
    outcome = call(guard, Model({"role": "assistant", "content": "ok", "reasoning_content": "a@b.com asks"}))
    assert (outcome.passed, outcome.output) == (False, "")


def test_a_call_that_did_not_pass_is_not_run_and_asked_again() -> None:
    guard = guard_of(f"{MAIL}\nguard reply on output {{\n    no mail on fail reask\n}}")
    model = Model(calling(tool_call("send", '{"to": "a@b.com"}')), "I will not.")
    assert call(guard, model, tools=TOOLS).output == "I will not."
    roles = [message["role"] for message in model.calls[1]["messages"]]
    assert roles == ["user", "assistant", "tool", "user"]
    assert model.calls[1]["messages"][2] == {
        "role": "tool",
        "tool_call_id": "call_0",
        "content": "This call was not run.",
    }


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (tool_call("send", '{"to": '), "the arguments of send must be one JSON object"),
        (tool_call("send", "[1]"), "the arguments of send must be one JSON object"),
        (tool_call("send", '{"to": 1, "to": 2}'), "the arguments of send must be one JSON object"),
        (tool_call("send", {"to": 1}), "the arguments of send must be one JSON object"),
        (tool_call("destroy", "{}"), "only these functions can be called: send"),
        (tool_call("", "{}"), "a call of a tool must name a function"),
        ({"id": "x", "type": "function"}, "a call of a tool must name a function"),
        ("send", "a call of a tool must be an object"),
    ],
)
def test_malformed_calls_are_asked_again(wrong: Any, said: str) -> None:
    model = Model(calling(wrong), "ok")
    outcome = call(guard_of(SHORT), model, tools=TOOLS)
    assert outcome.output == "ok"
    assert f"- {said}" in model.said(1)
    error = outcome.attempts[0].error
    assert error is not None
    assert error.kind == "tool call"
    # What is sent back is what services read: arguments are JSON, and every call has its answer.
    for message in model.calls[1]["messages"]:
        for kept in message.get("tool_calls", ()):
            assert kept["function"]["arguments"] == "{}"


def test_calls_without_arguments_are_calls() -> None:
    assert call(guard_of(SHORT), Model(calling(tool_call("send", ""))), tools=TOOLS).passed


# --- answers that cannot be judged ------------------------------------------------------------------------------------


@pytest.mark.parametrize("empty", ["", " \n", None, {"role": "assistant"}, {"role": "assistant", "content": []}])
def test_an_empty_answer_is_asked_again(empty: Any) -> None:
    model = Model(empty, "ok")
    outcome = call(guard_of(SHORT), model)
    assert outcome.output == "ok"
    assert [message["role"] for message in model.calls[1]["messages"]] == ["user", "user"]
    used_up = call(guard_of(SHORT), Model(*[empty] * 3))
    assert (used_up.passed, used_up.output, used_up.action, len(used_up.attempts)) == (False, "", "refrain", 3)
    assert isinstance(used_up.error, CallError)
    assert used_up.error.kind == "empty"


def test_an_empty_answer_does_not_forget_what_was_asked_again() -> None:
    model = Model('{"rank": 3}', "", '{"$.title": "ok"}')
    assert call(guard_of(TICKET, "ticket"), model).output == {"rank": 3, "title": "ok"}
    assert "must not be empty" in model.said(2)
    assert "$.title" in model.said(2)


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (completion("half of", "content_filter"), "content filter"),
        (completion({"role": "assistant", "content": None, "refusal": "No."}), "refusal"),
        ({"choices": []}, "response"),
        ({"choices": [{"message": None}]}, "response"),
    ],
)
def test_some_answers_are_not_asked_again(response: Any, kind: str) -> None:
    outcome = call(guard_of(SHORT), Model(response))
    assert not outcome.passed
    assert (outcome.output, outcome.action, len(outcome.attempts)) == (None, None, 1)
    assert isinstance(outcome.error, CallError)
    assert outcome.error.kind == kind
    assert outcome.attempts[0].error is outcome.error
    with pytest.raises(CallError):
        outcome.unwrap()


@pytest.mark.parametrize("response", [None, "text", 7, [], {}, {"choices": {}}, {"choices": [7]}])
def test_what_is_no_completion_is_an_error_of_its_own(response: Any) -> None:
    outcome = call(guard_of(SHORT), Model(lambda arguments: {"choices": []} | {"whole": response}))
    assert isinstance(outcome.error, CallError)
    plain = drive(_wanted(), lambda **arguments: response, StillClock())
    assert isinstance(plain.error, CallError)
    assert plain.error.kind == "response"


def _wanted(**more: Any) -> Any:
    guard = guard_of(SHORT)
    own = {"messages": HELLO, "model": "m", "llm": None, "metadata": None, "timeout": None, "retries": 2}
    return call_of(guard, None, guard._asking, Given(**{**own, "arguments": {}, **more}))


# --- calls that fail --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (RefusedError(429), "rate limit"),
        (RefusedError(500), "unavailable"),
        (RefusedError(503), "unavailable"),
        (RefusedError(408), "timeout"),
        (TimeoutError(), "timeout"),
        (ConnectionResetError(), "connection"),
    ],
)
def test_what_may_pass_is_tried_again(raised: Exception, kind: str) -> None:
    clock = StillClock()
    outcome = call(guard_of(SHORT), Model(raised, raised, "ok"), clock)
    assert outcome.output == "ok"
    assert clock.pauses == [0.5, 1.0]
    kinds = [None if attempt.error is None else attempt.error.kind for attempt in outcome.attempts]
    assert kinds == [kind, kind, None]
    given_up = call(guard_of(SHORT), Model(*[raised] * 3))
    assert isinstance(given_up.error, CallError)
    assert (given_up.error.kind, len(given_up.attempts)) == (kind, 3)


@pytest.mark.parametrize(
    ("raised", "kind"), [(RefusedError(401), "rejected"), (RefusedError(400), "rejected"), (KeyError("x"), "failed")]
)
def test_what_will_not_pass_is_not_tried_again(raised: Exception, kind: str) -> None:
    outcome = call(guard_of(SHORT), Model(raised))
    assert isinstance(outcome.error, CallError)
    assert (outcome.error.kind, outcome.error.cause) == (kind, raised)
    assert "sk-secret" not in str(outcome.error)


def test_retries_are_a_budget_of_the_whole_call() -> None:
    model = Model(RefusedError(429), "one two three four", RefusedError(429), RefusedError(429), "never")
    outcome = call(guard_of(SHORT), model)
    assert isinstance(outcome.error, CallError)
    assert outcome.error.kind == "rate limit"
    assert len(outcome.attempts) == 4
    # Nothing is lost: the last answer, its failures, and what was to be asked.
    assert [failure.value for failure in outcome.failures] == [4]
    assert outcome.reask is not None


def test_a_service_says_how_long_to_wait() -> None:
    clock = StillClock()
    assert call(guard_of(SHORT), Model(RefusedError(429, **{"retry-after": "7"}), "ok"), clock).passed
    assert clock.pauses == [7.0]


def test_pauses_are_up_to_half_left_to_chance() -> None:
    clock = StillClock()
    clock.chance = lambda: 0.0  # type: ignore[method-assign]
    call(guard_of(SHORT), Model(*[RefusedError(500)] * 8), clock, retries=7)
    assert clock.pauses == [0.25, 0.5, 1.0, 2.0, 4.0, 4.0, 4.0]


# --- the deadline -----------------------------------------------------------------------------------------------------


def test_every_call_has_what_is_left_of_the_time() -> None:
    clock = StillClock()

    def late(arguments: dict[str, Any]) -> str:
        clock.time += 40
        return "one two three four"

    model = Model(late, late, "never")
    outcome = call(guard_of(SHORT), model, clock)
    assert [round(given["timeout"]) for given in model.calls] == [60, 20]
    assert isinstance(outcome.error, CallError)
    assert outcome.error.kind == "timeout"
    assert [attempt.seconds for attempt in outcome.attempts] == [40, 40]
    assert [failure.value for failure in outcome.failures] == [4]


def test_a_pause_that_would_end_behind_the_deadline_is_not_made() -> None:
    clock = StillClock()
    outcome = call(guard_of(SHORT), Model(RefusedError(429, **{"retry-after": "61"})), clock)
    assert isinstance(outcome.error, CallError)
    assert (outcome.error.kind, clock.pauses) == ("rate limit", [])


def test_a_model_that_hangs_is_given_up() -> None:
    release = threading.Event()

    def hang(**arguments: Any) -> Any:
        release.wait()
        return completion("too late")

    outcome = drive(_wanted(timeout=0.02), hang, Clock())
    release.set()
    assert isinstance(outcome.error, CallError)
    assert outcome.error.kind == "timeout"
    assert len(outcome.attempts) == 1


def test_without_a_deadline_the_model_is_called_on_the_same_thread() -> None:
    seen: list[Any] = []

    def model(**arguments: Any) -> Any:
        seen.append((threading.get_ident(), "timeout" in arguments))
        return completion("ok")

    assert drive(_wanted(), model, Clock()).passed
    assert seen == [(threading.get_ident(), False)]


# --- mistakes of the program ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"messages": "Hello."}, TypeError, "a list of chat messages, not `str`"),
        ({"messages": []}, ValueError, "nothing to answer"),
        ({"messages": [7]}, TypeError, r"messages\[0\] must be a mapping"),
        ({"timeout": 0}, ValueError, "more than 0 seconds"),
        ({"timeout": "5"}, TypeError, "number of seconds"),
        ({"retries": -1}, ValueError, "0 or more"),
        ({"retries": 1.5}, TypeError, "whole number"),
        ({"num_retries": 3}, ValueError, "with `retries`"),
        ({"stream": True}, TypeError, "on output stream"),
        ({"n": 2}, ValueError, "one answer"),
        ({"llm": 7}, TypeError, "must be a function"),
        ({"llm": None}, TypeError, "name a model"),
        ({"metadata": 7}, MetadataError, "must be a mapping"),
    ],
)
def test_mistakes_of_the_program_are_raised(given: dict[str, Any], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        guard_of(SHORT).call(**{"messages": HELLO, "llm": Model(), **given})


def test_guards_that_do_not_judge_answers_cannot_be_called() -> None:
    with pytest.raises(ValueError, match="is on input"):
        guard_of("guard q on input {\n    words <= 3\n}", "q").call(messages=HELLO, llm=Model())
    with pytest.raises(ValueError, match="add `assistant` after `from`"):
        guard_of("guard q on output from tool {\n    words <= 3\n}", "q").call(messages=HELLO, llm=Model())


def test_a_model_may_be_a_coroutine_function() -> None:
    async def model(**arguments: Any) -> Any:
        return completion("ok")

    for timeout in (60.0, None):
        assert guard_of(SHORT).call(messages=HELLO, llm=model, timeout=timeout).unwrap() == "ok"


def test_messages_may_be_objects_of_a_library() -> None:
    class Message:
        def model_dump(self) -> dict[str, Any]:
            return {"role": "user", "content": "Hello."}

    model = Model("ok")
    assert guard_of(SHORT).call(messages=[Message()], llm=model).passed
    assert model.calls[0]["messages"] == HELLO


def test_the_outcome_of_a_call_tells_what_it_is() -> None:
    outcome = guard_of(SHORT).call(messages=HELLO, llm=Model("ok"))
    assert isinstance(outcome, guardc.CallOutcome)
    assert repr(outcome) == "<CallOutcome of 'reply': passed, action=None, attempts=1>"
    assert outcome.cost is None


# --- the whole in place of a part -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "output"),
    [
        ('{"$.title": "short"}', {"title": "short", "rank": 1, "note": "a"}),
        ('{"title": "short", "rank": 2}', {"title": "short", "rank": 2}),
        ('Sure:\n```json\n{"title": "short", "rank": 2}\n```', {"title": "short", "rank": 2}),
        ('{"$.title": "short", "title": "x"}', {"title": "short", "rank": 1, "note": "a"}),
        ('{"rank": 2}', None),
        ('{"title": "short"}', None),
    ],
)
def test_a_model_may_answer_with_the_whole_value(answer: str, output: Any) -> None:
    first = '{"title": "far too long a title", "rank": 1, "note": "a"}'
    guard = guard_of(TICKET.replace("reasks 2", "reasks 1"), "ticket")
    outcome = call(guard, Model(first, answer))
    assert outcome.output == ({} if output is None else output)
    assert outcome.passed == (output is not None)
