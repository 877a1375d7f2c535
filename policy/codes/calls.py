"""The codes of what can be wrong with calls of models and of services (G110 on)."""

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


def _served(setting: str) -> str:
    return (
        f'edition 1\n\nservice toxicity at env("TOX_URL") {{\n    protocol v2\n    {setting}\n}}\n\n'
        "guard reply on output {\n    toxicity.score < 0.4         on fail refrain\n}\n"
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
    Code(
        "G112",
        "service that cannot be asked",
        "error",
        "A service has a protocol, settings of its own, and an address that the policy names by the variable of the "
        "environment that holds it; so is a key. If its model gives several scores, `labels` names them in their "
        'order, and a rule says which it means: `toxicity.score("insult")`.',
        wrong=_served("batch 32"),
        right=_served("batch 32 within 2 ms"),
    ),
)
