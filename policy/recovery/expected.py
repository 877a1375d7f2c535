"""What could stand at a place, in the author's words.

Vocabulary: a *form* is an example of how a statement is written.

Invariant: no more than three things are named; where more could follow, the form says it better.

Example: after `guard reply on output` it is "`{`", and the form is that of a guard.
"""

from __future__ import annotations

from guardc.policy.recovery.situation import Situation

__all__ = ["SIGNS", "form_here", "wanted_here"]

_FIELD_FORM = "a field is written like `summary string chars in 1..200 on fail fix` or `note? string or null`"
_RULE_FORM = "a rule is written like `no pii.email on fail fix` or `words in 1..300 on fail exception`"
FORMS = {
    "edition": "the edition is written `edition 1`",
    "import": 'an import is written `import std.pii` or `import "terms.guard" as terms`',
    "pattern": "a pattern is written `pattern order_id = /ORD-[0-9]{8}/`",
    "words": 'a word list is written `words rivals = ["Globex", "Initech"] ignore case`',
    "text": 'a text is written `text prompt = file("system-prompt.txt")`',
    "custom": "a custom validator is written `custom measure toxicity(language string)`",
    "classifier": 'a classifier is written `classifier spam = weights("spam.weights")`',
    "metadata": "metadata are written `metadata { ... }`, one `name type` a line",
    "defaults": "defaults are written `defaults { ... }`",
    "guard": "a guard is written `guard reply on output { ... }`",
    "shape": "a shape is written `shape Ticket { ... }`, one field a line",
    "judge": 'a judge is written `judge polite: "Is the text polite?" via small`, with the name of a model',
    "service": 'a service is written `service toxicity at env("TOX_URL") { ... }`, one setting a line',
    "model": "a model is written `model repair { ... }`, one setting a line",
    "hold": "this is written `hold at most 96 chars` or `hold at most 96 chars on fail exception`",
    "max": "a limit is written `max 64 KB on fail refrain`",
    "normalize": "this is written `normalize invisible, width`",
    "answers": "this is written `answers question`, with the name of a guard on input",
    "reasks": "this is written `reasks 2 then refrain`",
    "on": "this is written `on fail ACTION` or `on error ACTION`",
}

SIGNS = {
    "LBRACE": "`{`",
    "RBRACE": "`}`",
    "LPAR": "`(`",
    "RPAR": "`)`",
    "LSQB": "`[`",
    "RSQB": "`]`",
    "COMMA": "a comma",
    "COLON": "`:`",
    "EQUAL": "`=`",
    "RANGE": "`..`",
    "COMPARISON": "a comparison",
    "NUMBER": "a number",
    "STRING": "a string in double quotes",
    "REGEX": "a regex between slashes",
    "PATH": "a path",
    "_NL": "the end of the line",
    "ON": "`on fail`",
    "AT": "`at end`",
    "QUANTIFIER": "`no`, `has` or `is`",
}
_RARE = ("RBRACE", "LPAR", "COMMA", "EXCEPT", "AS", "WHERE", "IGNORE", "ANYWHERE", "LEET", "WITHIN", "COLON", "AT")
"""What is left out of a list of more than three things that could follow."""

_AFTER = {
    "no": "a detector",
    "has": "a detector",
    "is": "a detector",
    "except": "a detector",
    "normalize": "`invisible`, `width`, `confusables` or `escapes`",
    "when": "a condition",
    "and": "a condition",
    "or": "a condition",
    "not": "a condition",
    "fail": "an action",
    "then": "an action",
    "via": "a model",
    "answers": "a guard on input",
    "at": '`env("VARIABLE")`',
    "error": "an action",
    "where": "a check",
    "guard": "a name",
    "pattern": "a name",
    "words": "a name",
    "text": "a name",
    "as": "a name",
}


def wanted_here(s: Situation) -> str:
    """What the grammar would have taken, or nothing if that is more than three things."""
    accepts = set(s.accepts)
    before = s.before.text if s.before is not None else ""
    if before == "," and "NAME" in accepts and s.first is not None and s.first.text in {"no", "has", "is"}:
        return "a detector"
    if s.first is not None and s.first.text == "guard" and s.block is None:
        if before == "on":
            return "`input` or `output`"
        if "LBRACE" in accepts:
            return "`{`"
        if "ON" in accepts:
            return "`on input` or `on output`"
    if "NAME" in accepts and _lacks_type(s):
        return "a type: `string`, `number` or `bool`"
    if "NAME" in accepts and before in _AFTER:
        return _AFTER[before]
    if {"NAME", "QUANTIFIER"} <= accepts:
        return "a rule"
    if len(accepts) > 3:
        accepts -= set(_RARE)
    if len(accepts) > 3:
        return ""
    unit = s.before is not None and s.before.kind == "number"
    phrases = sorted("a unit" if unit and name == "NAME" else _phrase(name) for name in accepts)
    return " or ".join([", ".join(phrases[:-1]), phrases[-1]]) if len(phrases) > 1 else "".join(phrases)


def _lacks_type(s: Situation) -> bool:
    """True after the name of a metadata field or of a parameter."""
    before = s.before
    if before is None or before.kind != "name" or s.first is None:
        return False
    if s.block is not None:
        return s.block.text == "metadata" and before is s.first
    words = [word.text for word in s.outline.words[: s.index] if word.text != "\n"]
    return s.first.text == "custom" and len(words) > 1 and words[-2] in {"(", ","}


def _phrase(name: str) -> str:
    return "a name" if name == "NAME" else SIGNS.get(name, f"`{name.lower()}`")


def form_here(s: Situation) -> str | None:
    """The form of the statement that the place is in."""
    first, block = s.first, s.block
    if first is not None and block is None:
        return FORMS.get(first.text)
    if block is not None and block.text == "metadata":
        return 'a field is written `tier string` or `tier string = "free"`'
    if block is not None and block.text == "model":
        return 'a setting is written `model "ollama/phi3"`, `temperature 0` or `timeout 5 s`'
    if block is not None and block.text == "service":
        return "a setting is written `protocol v2`, `timeout 80 ms` or `batch 32 within 2 ms`"
    if block is not None and block.text == "shape":
        return _FIELD_FORM
    if first is not None and first.text in {"max", "hold", "normalize", "on", "answers", "reasks"}:
        return FORMS[first.text]
    return _RULE_FORM if block is not None else None
