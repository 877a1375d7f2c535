"""The codes of what can be wrong with calls of models (G110 on)."""

from __future__ import annotations

from guardc.policy.codes.entry import Code

__all__ = ["ENTRIES"]

_QUESTION = "guard question on input {\n    words <= 300                 on fail exception\n}\n"

ENTRIES = (
    Code(
        "G110",
        "guard that cannot be answered",
        "error",
        "`answers` stands in a guard on output and names the guard on input that judges what a model is asked. That "
        "one takes the messages of a chat, so it is not `as json`. `reasks` and `reask with` are about the answers of "
        "a model and stand in a guard on output too.",
        wrong=f"edition 1\n\n{_QUESTION}\nguard reply on output {{\n    answers questoin\n"
        "    words in 1..300              on fail reask\n}\n",
        right=f"edition 1\n\n{_QUESTION}\nguard reply on output {{\n    answers question\n"
        "    words in 1..300              on fail reask\n}\n",
    ),
)
