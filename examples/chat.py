"""A chat with a guard around the model: what is asked is judged, and so is what is answered.

    python chat.py                                  # a stand-in answers, and no key is needed
    python chat.py gpt-4o-mini                      # any model of LiteLLM, with its key in the environment
    python chat.py ollama_chat/llama3.2             # one that runs here
    python chat.py --stream [MODEL]                 # answers come piece by piece
    python chat.py --async [MODEL]                  # the same on a loop of asyncio

Needs `pip install 'guardc[llm]'` for a real model. One line is one message; an empty line ends the chat.
"""

import asyncio
import sys
from pathlib import Path

import guardc

HERE = Path(__file__).parent
plan = guardc.compile(HERE / "chat.guard")


def stand_in(messages, stream=False, **_):
    """Called as `litellm.completion` is, and returns what it returns. It talks too much, until it is told not to."""
    said = messages[-1]["content"]
    told_off = "does not meet these requirements" in said
    text = "In short: write to help@example.com." if told_off else f"You said: {said} " + "And so on. " * 20
    if stream:
        return ({"choices": [{"index": 0, "delta": {"content": text[at : at + 4]}}]} for at in range(0, len(text), 4))
    return {"choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}]}


def at_once(**asked):
    outcome = plan.guard("reply").call(**asked)
    print(outcome.output if outcome.passed else f"({outcome.error or 'No answer passed.'})")
    return outcome


def piece_by_piece(**asked):
    with plan.guard("live").call(**asked, stream=True) as stream:
        for text in stream:
            print(text, end="", flush=True)
    print("" if stream.outcome.passed else f"({stream.outcome.error or 'The answer was stopped.'})")
    return stream.outcome


async def on_a_loop(**asked):
    async with await plan.async_guard("live").call(**asked, stream=True) as stream:
        async for text in stream:
            print(text, end="", flush=True)
    print("" if stream.outcome.passed else f"({stream.outcome.error or 'The answer was stopped.'})")
    return stream.outcome


WAYS = {"--stream": piece_by_piece, "--async": lambda **asked: asyncio.run(on_a_loop(**asked))}


def main(*arguments):
    answer = next((WAYS[argument] for argument in arguments if argument in WAYS), at_once)
    model = next((argument for argument in arguments if argument not in WAYS), None)
    conversation = [{"role": "system", "content": "You help the customers of a small shop."}]
    for line in sys.stdin:
        if not line.strip():
            break
        asked = [*conversation, {"role": "user", "content": line.strip()}]
        outcome = answer(messages=asked, model=model, llm=None if model else stand_in)

        if outcome.passed:
            # What was judged goes on, not what was typed: the input guard may have masked something.
            conversation = [*outcome.question.output, outcome.message]
        for number, attempt in enumerate(outcome.attempts, 1):
            failed = ", ".join(failure.rule for failure in attempt.failures) or attempt.error or "fine"
            print(f"    attempt {number}: {failed}", file=sys.stderr)


if __name__ == "__main__":
    main(*sys.argv[1:])
