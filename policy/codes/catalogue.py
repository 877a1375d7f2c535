"""The codes of what can be wrong with cucumber expressions, given texts and the tests of the catalogue (G090 on)."""

from __future__ import annotations

from guardc.policy.codes.entry import Code
from guardc.policy.codes.language import guard

__all__ = ["ENTRIES"]

_PROMPT = 'text prompt = "You are the assistant of a small bank."'

ENTRIES = (
    Code(
        "G090",
        "invalid cucumber expression",
        "error",
        "A cucumber expression has text, parameters such as `{int}`, optional text in round brackets, and words with "
        "slashes between them of which one stands. A bracket, brace or slash that is meant as one has a backslash "
        "before it.",
        wrong=guard("is steps", before='pattern steps = cucumber "I have {number} cucumber(s)"'),
        right=guard("is steps", before='pattern steps = cucumber "I have {int} cucumber(s)"'),
    ),
    Code(
        "G091",
        "text without words",
        "error",
        "The text has no letter or digit in it, so that nothing can be compared with it.",
        wrong=guard("no leak(prompt)", before='text prompt = "..."'),
        right=guard("no leak(prompt)", before=_PROMPT),
    ),
    Code(
        "G092",
        "unknown option of `sql`",
        "error",
        "`sql` takes `dialect` with the name of one dialect, and `without` with the parts that a statement must not "
        "have.",
        wrong=guard('sql without "droop"'),
        right=guard('sql without "drop"'),
    ),
    Code(
        "G093",
        "too few numbers to compare with",
        "error",
        "The deviation of a row of numbers is how far they lie from their mean. It takes at least two of them.",
        wrong=guard("number within 2 deviations of [10]"),
        right=guard("number within 2 deviations of [10, 12, 11]"),
    ),
    Code(
        "G094",
        "unknown text",
        "error",
        "`leak` and `overlap` compare with a text that the policy, or a file it imports, declares with `text`.",
        wrong=guard("no leak(promt)", before=_PROMPT),
        right=guard("no leak(prompt)", before=_PROMPT),
    ),
)
