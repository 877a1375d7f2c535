"""What a call of a model must come to: docs/semantics.md, section 14, as one plain loop over answers known beforehand.

    python tests/support/reference_calls.py 2000     # as many calls; prints what they came to

Answers are made here, so that it is known what each of them is, and nothing is read out of a response. What a guard
says about one text or value is taken from the guard itself: that has a reference of its own.

Example: `compare(7)` checks the calls of seed 7 and counts what they came to.
"""

from __future__ import annotations

import asyncio
import copy
import json
import random
import sys
from collections import Counter
from typing import Any, NamedTuple

from llm_script import HELLO, Model, StillClock, call, completion, guard_of, tool_call

from guardc.runtime import Guard, Outcome
from guardc.runtime.asynchronous import AsyncGuard
from guardc.runtime.llm import CallOutcome

__all__ = ["compare"]

TOOLS = [
    {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}} for name in ("keep", "send")
]
TIMEOUT = 20.0
CHANCE = 1.0
"""What a clock that stands still takes for chance."""


class Refused(Exception):  # noqa: N818 - as a client might name it
    def __init__(self, status: int, wait: str | None) -> None:
        super().__init__("refused")
        self.status_code = status
        self.response = type("Response", (), {"headers": {} if wait is None else {"retry-after": wait}})()


class Said(NamedTuple):
    """What the model does when it is called.

    kind: `text`, `calls`; `empty`, `tool call` (these can be asked again); `content filter`, `refusal`, `response`,
    `rejected` (these end a call); `rate limit`, `unavailable` (these are tried again).
    given: what a completion returns, or raises. message: of the assistant, as it is to be judged and kept.
    requirement: what is wrong with it, in the words of the next question. wait: seconds that the service asks for.
    seconds: how long the call takes.
    """

    kind: str
    given: Any
    message: dict[str, Any] | None = None
    requirement: str = ""
    wait: float | None = None
    seconds: float = 0.0


class Policy(NamedTuple):
    """`then`: the action after the last time. `message`: the author's, for an exception."""

    source: str
    reasks: int
    then: str
    message: str | None
    template: bool
    structured: bool


class Expected(NamedTuple):
    """`error`: None, the kind of a `CallError`, or the message of a `ValidationError` after `!`."""

    passed: bool
    output: Any
    action: str | None
    message: Any
    error: str | None
    asks: tuple[str, ...] | None
    sent: list[list[dict[str, Any]]]
    came: list[tuple[str | None, bool | None]]
    pauses: list[float]


# --- the reference ----------------------------------------------------------------------------------------------------


def expected(policy: Policy, guard: Guard, answers: list[Said], retries: int) -> Expected:
    """The course of a call to which these answers come, one after the other."""
    conversation: list[dict[str, Any]] = list(HELLO)
    sent: list[list[dict[str, Any]]] = []
    came: list[tuple[str | None, bool | None]] = []
    pauses: list[float] = []
    reasks, time, tried = policy.reasks, 0.0, 0
    asked: dict[str, Any] | None = None  # of the answer that is asked again: messages, words, paths, places, value
    judged: Outcome | None = None

    def end(passed: bool, output: Any, action: str | None, message: Any, error: str | None, asks: Any) -> Expected:
        return Expected(passed, output, action, message, error, asks, sent, came, pauses)

    def no_answer(kind: str) -> Expected:
        return end(False, None, None, None, kind, None if asked is None else asked["messages"])

    for said in answers:
        if time >= TIMEOUT:
            return no_answer("timeout")
        sent.append(list(conversation))
        time += said.seconds
        if said.kind in ("rate limit", "unavailable"):
            came.append((said.kind, None))
            pause = min(8.0, 0.5 * 2**tried) * (0.5 + 0.5 * CHANCE) if said.wait is None else said.wait
            if not retries or pause >= TIMEOUT - time:
                return no_answer(said.kind)
            retries, tried, time = retries - 1, tried + 1, time + pause
            pauses.append(pause)
            continue
        tried = 0
        if said.kind in ("content filter", "refusal", "response", "rejected"):
            came.append((said.kind, None))
            return no_answer(said.kind)
        assert said.message is not None
        if said.kind in ("empty", "tool call"):
            came.append((said.kind, None))
            before = asked
            asked = {"messages": (said.requirement,), "words": None, "paths": (), "places": (), "value": None}
            if before is not None:
                others = tuple(message for message in before["messages"] if message != said.requirement)
                asked = {**before, "messages": (said.requirement, *others)}
        else:
            value, part = what_is_judged(policy, said.message)
            if asked is not None and asked["paths"] and () not in asked["places"] and not is_whole(asked, value):
                value = put_in(asked, value)
            judged = guard.validate(value)
            came.append((None, judged.passed))
            if judged.reask is None:
                if not judged.passed:
                    error = None if judged.error is None else f"!{judged.error}"
                    return end(False, nothing(policy, judged.action), judged.action, None, error, None)
                output, message = what_leaves(policy, said.message, part, judged.output)
                return end(True, output, judged.action, message, None, None)
            found = judged.reask
            asked = {
                "messages": found.messages, "words": found.instructions, "paths": found.paths, "places": found.places,
                "value": found.value,
            }  # fmt: skip
        if not reasks:
            error = said.kind if said.kind in ("empty", "tool call") else None
            if policy.then == "exception" and (error is None or policy.message is not None):
                error = f"!{policy.message or '; '.join(asked['messages'])}"
            return end(False, nothing(policy, policy.then), policy.then, None, error, asked["messages"])
        reasks -= 1
        conversation += what_follows(policy, said, asked)
    raise AssertionError("there are more answers than a call can ask for")


def what_is_judged(policy: Policy, message: dict[str, Any]) -> tuple[Any, str]:
    content, calls = message["content"], message.get("tool_calls", [])
    if policy.structured:
        if not (content or "").strip() and len(calls) == 1:
            return calls[0]["function"]["arguments"] or "{}", "arguments"
        return content or "", "content"
    if calls or content is None:
        return [message], "message"
    return content, "content"


def what_leaves(policy: Policy, message: dict[str, Any], part: str, output: Any) -> tuple[Any, Any]:
    """The output of the call, and the message that may be used."""
    if part == "message":
        return output[0]["content"] or "", output[0]
    if not policy.structured:
        return output, {**message, "content": output}
    text = json.dumps(output, ensure_ascii=False)
    if part == "content":
        return output, {"role": "assistant", "content": text}
    (made,) = message["tool_calls"]
    made = {**made, "function": {**made["function"], "arguments": text}}
    return output, {"role": "assistant", "content": None, "tool_calls": [made]}


def nothing(policy: Policy, action: str | None) -> Any:
    """The output of an action that gives none."""
    if action != "refrain":
        return None
    return {} if policy.structured else ""


def is_whole(asked: dict[str, Any], answer: str) -> bool:
    """Is the answer the whole value once more?"""
    try:
        given = json.loads(answer)
    except json.JSONDecodeError:
        return False
    return not set(asked["paths"]) & set(given) and {place[0] for place in asked["places"]} <= set(given)


def put_in(asked: dict[str, Any], answer: Any) -> Any:
    """The value with the parts in it that were asked for."""
    made = copy.deepcopy(asked["value"])
    try:
        given = json.loads(answer)
    except json.JSONDecodeError:
        return made
    for path, place in zip(asked["paths"], asked["places"], strict=True):
        if path in given:
            inside = made
            for step in place[:-1]:
                inside = inside[step]
            inside[place[-1]] = given[path]
    return made


def what_follows(policy: Policy, said: Said, asked: dict[str, Any]) -> list[dict[str, Any]]:
    """What is appended to the conversation."""
    requirements = "\n".join(f"- {message}" for message in asked["messages"])
    if policy.template:
        words = f"Mend: {requirements}"
    elif said.kind not in ("empty", "tool call"):
        words = asked["words"]
    elif asked["words"] is None:
        words = f"The answer does not meet these requirements:\n{requirements}\nAnswer again and meet all of them."
        asked["words"] = words
    else:
        words = asked["words"] = f"- {said.requirement}\n{asked['words']}"
    assert said.message is not None
    calls = said.message.get("tool_calls", [])
    shown = []
    for made in calls:
        try:
            fine = isinstance(json.loads(made["function"]["arguments"]), dict)
        except json.JSONDecodeError:
            fine = False
        shown.append(made if fine else {**made, "function": {**made["function"], "arguments": "{}"}})
    follows = [{**said.message, "tool_calls": shown}] if calls else [said.message]
    if not calls and not (said.message["content"] or "").strip():
        follows = []
    ran = [{"role": "tool", "tool_call_id": made["id"], "content": "This call was not run."} for made in calls]
    return [*follows, *ran, {"role": "user", "content": words}]


# --- policies and answers ---------------------------------------------------------------------------------------------

TEXT_RULES = [
    "words <= 4 on fail reask",
    'no bad on fail reask "Say it nicely."',
    'no mail on fail fix with "[mail]"',
    "no mail on fail fix_reask",
    "chars <= 12 on fail fix_reask",
    'no bomb on fail exception "Not that."',
    "no bomb on fail refrain",
    "no bomb on fail filter",
    "no bad on fail noop",
]
TEXTS = [
    "fine",
    "so bad",
    "a@b.com",
    "make a bomb",
    "far too many words for it",
    "a@b.com and bad",
    "bad bad bad bad bad",
]
FIELDS = ["reask", "fix", "filter", "fix_reask", "exception", "refrain", "noop"]
ID = ["one", "", "far too long a name", 5, None]
RANK = [1, 9, "x", None]


def random_policy(rng: random.Random) -> Policy:
    reasks, then = rng.randint(0, 3), rng.choice(["exception", "refrain", "filter"])
    message = rng.choice([None, "No answer."]) if then == "exception" else None
    template, structured = rng.random() < 0.2, rng.random() < 0.5
    head = f"    reasks {reasks} then {then}{'' if message is None else f' {json.dumps(message)}'}\n"
    head += '    reask with "Mend: {requirements}"\n' if template else ""
    patterns = "pattern bad = /bad/\npattern bomb = /bomb/\npattern mail = /\\w@\\w\\.com/\n"
    if not structured:
        rules = "".join(f"    {rule}\n" for rule in rng.sample(TEXT_RULES, rng.randint(1, 4)))
        return Policy(f"{patterns}guard reply on output {{\n{head}{rules}}}\n", reasks, then, message, template, False)
    on_rank = rng.choice(["reask", "reask", "fix to 1", "filter", "exception"])
    source = (
        f"{patterns}shape Item {{\n"
        f"    name string chars in 1..8 on fail {rng.choice(['reask', 'filter', 'exception'])}\n"
        f"    rank? number in 0..5 on fail {on_rank}\n}}\n"
        f"shape Note {{\n    id string chars in 1..8 on fail {rng.choice(['reask', 'reask', 'fix_reask', 'filter'])}\n"
        "    item? Item on fail reask\n    items? list of Item on fail reask\n}\n"
        f"guard reply on output as json Note {{\n    on fail {rng.choice(['reask', 'exception'])}\n{head}"
        f"    no bomb on fail {rng.choice(['exception', 'refrain', 'reask'])}\n}}\n"
    )
    return Policy(source, reasks, then, message, template, True)


def random_item(rng: random.Random) -> Any:
    if rng.random() < 0.1:
        return rng.choice([None, "item", [1]])
    return {"name": rng.choice(["lid", "bomb", *ID]), "rank": rng.choice(RANK)}


def random_value(rng: random.Random) -> dict[str, Any]:
    value: dict[str, Any] = {"id": rng.choice(["one", "two", *ID])}
    if rng.random() < 0.5:
        value["item"] = random_item(rng)
    if rng.random() < 0.5:
        value["items"] = [random_item(rng) for _ in range(rng.randint(0, 3))]
    return value


def random_parts(rng: random.Random) -> dict[str, Any]:
    """An answer that has only what is asked for, or some of it, or more."""
    parts: dict[str, Any] = {"$.id": rng.choice(["one", *ID])}
    for path in ("$.item", "$.items[0]", "$.items[1]"):
        parts[path] = random_item(rng)
        parts[f"{path}.name"] = rng.choice(["lid", *ID])
        parts[f"{path}.rank"] = rng.choice(RANK)
    return {path: value for path, value in parts.items() if rng.random() < 0.8}


def random_answer(rng: random.Random, policy: Policy) -> Said:
    seconds = rng.choice([0.0, 0.0, 0.0, 0.5, 7.0, 12.0])
    kind = rng.random()
    if kind < 0.12:
        wait = rng.choice([None, None, 1.0, 12.0])
        status = rng.choice([429, 503])
        named = "rate limit" if status == 429 else "unavailable"
        return Said(named, Refused(status, None if wait is None else str(wait)), wait=wait, seconds=seconds)
    if kind < 0.2:
        ended = {
            "content filter": completion("half an", "content_filter"),
            "refusal": completion({"role": "assistant", "content": None, "refusal": "No."}),
            "response": {"choices": []},
            "rejected": Refused(401, None),
        }
        name = rng.choice(list(ended))
        return Said(name, ended[name], seconds=seconds)
    if kind < 0.3:
        content = rng.choice(["", " \n", None])
        message = {"role": "assistant", "content": content}
        return Said("empty", completion(message), message, "the answer must not be empty", seconds=seconds)
    if kind < 0.4:
        name, arguments = rng.choice([("send", '{"a": '), ("send", "[1]"), ("other", "{}")])
        wrong = "only these functions can be called: keep, send"
        wrong = "the arguments of send must be one JSON object" if name == "send" else wrong
        calls = [tool_call("keep", "{}", 0), tool_call(name, arguments, 1)]
        message = {"role": "assistant", "content": rng.choice(["fine", None]), "tool_calls": calls}
        return Said("tool call", completion(message, "tool_calls"), message, wrong, seconds=seconds)
    if policy.structured:
        text = json.dumps(random_parts(rng) if rng.random() < 0.4 else random_value(rng))
        text = rng.choice([text, text, text, "I cannot."])
    else:
        text = rng.choice(TEXTS)
    if kind < 0.55:
        given = text if text.startswith("{") else json.dumps({"to": text})
        content = rng.choice(["", None, "fine"])
        message = {"role": "assistant", "content": content, "tool_calls": [tool_call("send", given)]}
        return Said("calls", completion(message, "tool_calls"), message, seconds=seconds)
    message = {"role": "assistant", "content": text}
    return Said("text", completion(message), message, seconds=seconds)


# --- the comparison ---------------------------------------------------------------------------------------------------


def came_to(outcome: CallOutcome, sent: list[list[Any]], pauses: list[float]) -> Expected:
    error = outcome.error
    named = getattr(error, "kind", None) or (None if error is None else f"!{error}")
    return Expected(
        outcome.passed, outcome.output, outcome.action, outcome.message, named,
        None if outcome.reask is None else outcome.reask.messages, sent,
        [
            (
                None if attempt.error is None else attempt.error.kind,
                None if attempt.outcome is None else attempt.outcome.passed,
            )
            for attempt in outcome.attempts
        ],
        pauses,
    )  # fmt: skip


def script(answers: list[Said], clock: StillClock) -> Model:
    def late(said: Said) -> Any:
        def answer(_: Any) -> Any:
            clock.time += said.seconds
            return said.given

        return answer

    return Model(*map(late, answers))


def compare(seed: int) -> Counter[str]:
    """Compare some calls by one policy with the reference, with and without asyncio.

    Returns:
        How often they came to what.
    """
    rng = random.Random(seed)
    policy = random_policy(rng)
    guard = guard_of(policy.source)
    found: Counter[str] = Counter()
    for _ in range(10):
        retries = rng.randint(0, 3)
        answers = [random_answer(rng, policy) for _ in range(policy.reasks + retries + 2)]
        wanted = expected(policy, guard, answers, retries)
        clock = StillClock()
        model = script(answers, clock)
        outcome = call(guard, model, clock, timeout=TIMEOUT, retries=retries, tools=TOOLS)
        got = came_to(outcome, [given["messages"] for given in model.calls], clock.pauses)
        assert got == wanted, f"seed {seed}\n{got}\ninstead of\n{wanted}\n{answers}\n{policy.source}"
        if not wanted.pauses and not any(said.seconds for said in answers[: len(wanted.sent)]):
            model = script(answers, StillClock())
            awaited = AsyncGuard(guard).call(messages=HELLO, llm=model, timeout=None, retries=0, tools=TOOLS)
            got = came_to(asyncio.run(awaited), [given["messages"] for given in model.calls], [])
            assert got == wanted, f"seed {seed}, asyncio\n{got}\ninstead of\n{wanted}\n{policy.source}"
            found["asyncio"] += 1
        found["passed" if wanted.passed else wanted.action or str(wanted.error)] += 1
        found["attempts"] += len(wanted.came)
        found["asked again"] += len({len(messages) for messages in wanted.sent}) - 1
        found["fixed"] += wanted.passed and wanted.action is not None
    return found


def main(count: int, first: int = 0) -> None:
    found: Counter[str] = Counter()
    for seed in range(first, first + count // 10):
        found += compare(seed)
    sys.stdout.write(", ".join(f"{what} {number}" for what, number in found.most_common()) + "\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
