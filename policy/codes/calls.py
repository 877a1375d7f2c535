"""The codes of what can be wrong with calls of models (G110 on)."""

from __future__ import annotations

from guardc.policy.codes.entry import Code

__all__ = ["ENTRIES"]

_QUESTION = "guard question on input {\n    words <= 300                 on fail exception\n}\n"


def _answering(guard: str) -> str:
    return (
        f"edition 1\n\n{_QUESTION}\nguard reply on output {{\n    answers {guard}\n"
        "    words in 1..300              on fail reask\n}\n"
    )


def _repairing(setting: str) -> str:
    return (
        f'edition 1\n\nmodel repair {{\n    model   "ollama/phi3"\n    {setting}\n}}\n\nguard reply on output {{\n'
        "    reasks 2 via repair then refrain\n    words in 1..300              on fail reask\n}\n"
    )


ENTRIES = (
    Code(
        "G110",
        "guard that cannot be answered",
        "error",
        "`answers` stands in a guard on output and names the guard on input that judges what a model is asked. That "
        "one takes the messages of a chat, so it is not `as json`. `reasks` and `reask with` are about the answers of "
        "a model and stand in a guard on output too.",
        wrong=_answering("questoin"),
        right=_answering("question"),
    ),
    Code(
        "G111",
        "model that cannot be called",
        "error",
        "A model of a policy has the name of a model as LiteLLM has it and, if they are given, a temperature, a time "
        "limit of one call, and the most tokens of an answer. Keys and addresses are no part of a policy: LiteLLM "
        "finds them in the environment of the service.",
        wrong=_repairing('api_key "sk-..."'),
        right=_repairing("timeout 5 s"),
    ),
)
