"""A form that is filled in while a model writes: each field is judged, and shown, as soon as it has ended.

    python form.py                                  # a stand-in answers, and no key is needed
    python form.py gpt-4o-mini                      # any model of LiteLLM, with its key in the environment
    python form.py --async [MODEL]                  # the same on a loop of asyncio

Needs `pip install 'guardc[llm]'` for a real model. What is typed in, until its end, is made a ticket.
"""

import asyncio
import json
import sys
from pathlib import Path

import guardc

HERE = Path(__file__).parent
plan = guardc.compile(HERE / "form.guard")

# A model that takes a JSON Schema is given that of the shape; any other one has to be told.
ASKED = f"""Make a ticket of what the customer says. Answer with one JSON object, valid by this JSON Schema:
{json.dumps(plan.guard("ticket").schema)}"""

WRITTEN = {
    "title": "The lid of the kettle does not close",
    "priority": "very urgent",
    "summary": "The lid broke after a week; answers go to ann@example.com.",
    "parts": [{"name": "lid", "count": 1}, {"name": "apology", "count": 1000}],
}


def stand_in(**_):
    """Called as `litellm.completion` with `stream=True`, and returns what it returns: pieces of an answer."""
    text = json.dumps(WRITTEN)
    return ({"choices": [{"index": 0, "delta": {"content": text[at : at + 4]}}]} for at in range(0, len(text), 4))


def fill_in(**asked):
    with plan.guard("ticket").call(**asked, stream=True) as stream:
        for field in stream:
            print(f"{field.path} = {field.value!r}", flush=True)
    return stream.outcome


async def fill_in_on_a_loop(**asked):
    async with await plan.async_guard("ticket").call(**asked, stream=True) as stream:
        async for field in stream:
            print(f"{field.path} = {field.value!r}", flush=True)
    return stream.outcome


def main(*arguments):
    model = next((argument for argument in arguments if argument != "--async"), None)
    asked = {
        "messages": [
            {"role": "system", "content": ASKED},
            {"role": "user", "content": sys.stdin.read().strip() or "My kettle is broken."},
        ],
        "model": model,
        "llm": None if model else stand_in,
    }
    outcome = asyncio.run(fill_in_on_a_loop(**asked)) if "--async" in arguments else fill_in(**asked)

    # Only now is it known that the whole may be used; a field that was shown stands in it as it was shown.
    print(json.dumps(outcome.output) if outcome.passed else f"({outcome.error or 'The answer was stopped.'})")
    for failure in outcome.failures:
        print(f"    {failure.path}: {failure.rule} -> {failure.action}", file=sys.stderr)


if __name__ == "__main__":
    main(*sys.argv[1:])
