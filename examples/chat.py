"""A chat with a guard around the model: what is asked is judged, and so is what is answered.

    python chat.py                                  # a stand-in answers, and no key is needed
    python chat.py gpt-4o-mini                      # any model of LiteLLM, with its key in the environment
    python chat.py ollama_chat/llama3.2             # one that runs here

Needs `pip install 'guardc[llm]'` for a real model. One line is one message; an empty line ends the chat.
"""

import sys
from pathlib import Path

import guardc

HERE = Path(__file__).parent
guard = guardc.compile(HERE / "chat.guard").guard("reply")


def stand_in(messages, **_):
    """Called as `litellm.completion` is, and returns what it returns. It talks too much, until it is told not to."""
    said = messages[-1]["content"]
    told_off = "does not meet these requirements" in said
    text = "In short: write to help@example.com." if told_off else f"You said: {said} " + "And so on. " * 20
    return {"choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}]}


def main(model=None):
    conversation = [{"role": "system", "content": "You help the customers of a small shop."}]
    for line in sys.stdin:
        if not line.strip():
            break
        asked = [*conversation, {"role": "user", "content": line.strip()}]
        outcome = guard.call(messages=asked, model=model, llm=None if model else stand_in)

        if outcome.passed:
            print(outcome.output)
            # What was judged goes on, not what was typed: the input guard may have masked something.
            conversation = [*outcome.question.output, outcome.message]
        else:
            print(f"({outcome.error or 'No answer passed.'})")
        for number, attempt in enumerate(outcome.attempts, 1):
            failed = ", ".join(failure.rule for failure in attempt.failures) or attempt.error or "fine"
            print(f"    attempt {number}: {failed}", file=sys.stderr)


if __name__ == "__main__":
    main(*sys.argv[1:2])
